// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/mount_table.h"

#include <QFile>
#include <QSocketNotifier>

namespace vexfs::daemon {

namespace {

const QString kMountInfo = QStringLiteral("/proc/self/mountinfo");

/// The kernel writes blanks, tabs, newlines and backslashes as \ooo.
QByteArray unescaped(const QByteArray &text)
{
    QByteArray out;
    for (qsizetype i = 0; i < text.size(); ++i) {
        bool isOctal = false;
        const int code = text[i] == '\\' ? text.mid(i + 1, 3).toInt(&isOctal, 8) : 0;
        if (isOctal && i + 3 < text.size()) {
            out += static_cast<char>(code);
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

} // namespace

QList<MountEntry> parseMountInfo(const QByteArray &text)
{
    QList<MountEntry> out;
    for (const QByteArray &line : text.split('\n')) {
        const QList<QByteArray> fields = line.split(' ');
        const qsizetype separator = fields.indexOf("-");
        if (separator < 6 || fields.size() < separator + 3)
            continue;
        const bool isByKernel = fields[separator + 1] == "vexfs";
        if (!isByKernel && fields[separator + 1] != "fuse.vexfs")
            continue;
        const bool isReadOnly = fields[5].split(',').contains("ro");
        out.append(MountEntry{unescaped(fields[4]), unescaped(fields[separator + 2]), isReadOnly,
                              isByKernel});
    }
    return out;
}

QByteArray imageBehind(const QByteArray &source, const QString &blockDevices)
{
    static const QByteArray kLoop = QByteArrayLiteral("/dev/loop");
    if (!source.startsWith(kLoop))
        return source;
    const QString name = QString::fromLatin1(source.mid(qstrlen("/dev/")));
    QFile file(blockDevices + u'/' + name + QStringLiteral("/loop/backing_file"));
    if (!file.open(QIODevice::ReadOnly))
        return source;
    QByteArray image = file.readAll();
    if (image.endsWith('\n'))
        image.chop(1);
    return image.isEmpty() || image.endsWith(" (deleted)") ? source : image;
}

MountTable::MountTable(QObject *parent) : QObject(parent) {}

MountTable::~MountTable() = default;

base::Status MountTable::start()
{
    m_file = std::make_unique<QFile>(kMountInfo);
    if (!m_file->open(QIODevice::ReadOnly)) {
        return base::fail(
            base::Errc::Failed,
            QStringLiteral("Cannot watch %1: %2").arg(kMountInfo, m_file->errorString()));
    }
    // A change of the table is told as an exceptional condition (POLLPRI), see proc(5).
    m_notifier = std::make_unique<QSocketNotifier>(m_file->handle(), QSocketNotifier::Exception);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &MountTable::changed);
    return {};
}

base::Result<QList<MountEntry>> MountTable::read()
{
    QFile file(kMountInfo);
    if (!file.open(QIODevice::ReadOnly)) {
        return base::fail(base::Errc::Failed,
                          QStringLiteral("Cannot read %1: %2").arg(kMountInfo, file.errorString()));
    }
    QList<MountEntry> mounts = parseMountInfo(file.readAll());
    for (MountEntry &each : mounts)
        each.source = imageBehind(each.source, QStringLiteral("/sys/block"));
    return mounts;
}

} // namespace vexfs::daemon
