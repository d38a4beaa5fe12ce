// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/find_volume.h"

#include "common/base/file_uri.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <utility>

namespace vexfs::cli {

using base::Errc;
using client::VolumeInfo;

namespace {

bool isBelow(const QByteArray &path, const QByteArray &folder)
{
    return !folder.isEmpty() && (path == folder || path.startsWith(folder + '/'));
}

QList<VolumeInfo> thatMatch(const QList<VolumeInfo> &volumes, const QString &wanted)
{
    QList<VolumeInfo> out;
    for (const VolumeInfo &each : volumes) {
        if (each.uuid == wanted || each.label == wanted)
            out.append(each);
    }
    if (!out.isEmpty())
        return out;
    const QByteArray path = absolutePath(wanted.toStdString());
    for (const VolumeInfo &each : volumes) {
        const bool isDevice = each.devices.contains(QFile::decodeName(path));
        if (isDevice || isBelow(path, mountPath(each)))
            out.append(each);
    }
    // A volume may be mounted inside of a folder that is indexed: the innermost is meant.
    const auto depth = [](const VolumeInfo &each) { return mountPath(each).size(); };
    qsizetype deepest = 0;
    for (const VolumeInfo &each : std::as_const(out))
        deepest = std::max(deepest, depth(each));
    out.removeIf([&](const VolumeInfo &each) { return depth(each) < deepest; });
    return out;
}

QList<VolumeInfo> thatAreMeant(const QList<VolumeInfo> &volumes)
{
    const QByteArray here = QFile::encodeName(QDir::currentPath());
    QList<VolumeInfo> mounted;
    for (const VolumeInfo &each : volumes) {
        if (isBelow(here, mountPath(each)))
            return {each};
        if (each.isMounted())
            mounted.append(each);
    }
    return mounted;
}

} // namespace

QByteArray absolutePath(const std::string &path)
{
    const QByteArray bytes = QByteArray::fromStdString(path);
    if (bytes.startsWith('/'))
        return base::cleanPath(bytes);
    return base::cleanPath(QFile::encodeName(QDir::currentPath()) + '/' + bytes);
}

QString absoluteUri(const std::string &path)
{
    return base::uriFromPath(absolutePath(path));
}

QByteArray mountPath(const VolumeInfo &volume)
{
    if (!volume.isMounted())
        return {};
    const auto path = base::pathFromUri(volume.mountUris.constFirst());
    return path ? *path : QByteArray();
}

QString shownName(const VolumeInfo &volume)
{
    return volume.label.isEmpty() ? volume.uuid : volume.label;
}

namespace {

/// The one that is meant, of several.
base::Result<VolumeInfo> theOne(const QList<VolumeInfo> &found, const QString &wanted)
{
    if (found.size() == 1)
        return found.constFirst();
    if (found.isEmpty() && wanted.isEmpty())
        return base::fail(Errc::NotFound, QStringLiteral("No volume is mounted"));
    if (found.isEmpty())
        return base::fail(Errc::NotFound, QStringLiteral("No volume is known as '%1'").arg(wanted));
    QStringList names;
    for (const VolumeInfo &each : found)
        names.append(each.uuid);
    return base::fail(Errc::InvalidArgs, QStringLiteral("Say which volume is meant: ") +
                                             names.join(QStringLiteral(", ")));
}

/// A plain folder, as far as it is like a volume.
VolumeInfo likeVolume(const client::SourceInfo &source)
{
    VolumeInfo out;
    out.object = source.object;
    out.uuid = source.id;
    const auto path = base::pathFromUri(source.uri);
    out.label = path ? QFile::decodeName(*path) : source.uri;
    out.state = source.state;
    out.mountUris = {source.uri};
    out.index = source.index;
    return out;
}

} // namespace

base::Result<VolumeInfo> findVolume(const Command &command, const QString &wanted)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    return theOne(wanted.isEmpty() ? thatAreMeant(inventory->volumes)
                                   : thatMatch(inventory->volumes, wanted),
                  wanted);
}

base::Result<VolumeInfo> findIndexed(const Command &command, const QString &wanted)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    QList<VolumeInfo> all = inventory->volumes;
    for (const client::SourceInfo &each : inventory->sources)
        all.append(likeVolume(each));
    return theOne(wanted.isEmpty() ? thatAreMeant(all) : thatMatch(all, wanted), wanted);
}

} // namespace vexfs::cli
