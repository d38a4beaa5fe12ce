// SPDX-License-Identifier: Apache-2.0
#include "common/dbus/names.h"

namespace vexfs::dbus {

namespace {

const QString kSourcePrefix = QStringLiteral("source-");

QString below(const QString &folder)
{
    return kRootPath + QLatin1Char('/') + folder + QLatin1Char('/');
}

} // namespace

QString volumePath(const QString &uuid)
{
    if (uuid.startsWith(kSourcePrefix))
        return below(QStringLiteral("sources"))
            + uuid.mid(kSourcePrefix.size()).replace(u'-', u'_');
    return below(QStringLiteral("volumes")) + QString(uuid).replace(u'-', u'_');
}

QString volumeUuid(const QString &path)
{
    const QString prefix = below(QStringLiteral("volumes"));
    const QString sources = below(QStringLiteral("sources"));
    if (path.startsWith(sources))
        return kSourcePrefix + path.mid(sources.size()).replace(u'_', u'-');
    if (!path.startsWith(prefix))
        return {};
    return path.mid(prefix.size()).replace(u'_', u'-');
}

QString jobPath(quint32 id)
{
    return below(QStringLiteral("jobs")) + QString::number(id);
}

quint32 jobId(const QString &path)
{
    const QString prefix = below(QStringLiteral("jobs"));
    return path.startsWith(prefix) ? path.mid(prefix.size()).toUInt() : 0;
}

} // namespace vexfs::dbus
