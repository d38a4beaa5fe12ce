// SPDX-License-Identifier: Apache-2.0
//
// common/dbus/names.h - the names under which VexFS is found on the bus.
#pragma once

#include <QString>

namespace vexfs::dbus {

inline const QString kService = QStringLiteral("org.vexfs.VexFS1");
inline const QString kRootPath = QStringLiteral("/org/vexfs/VexFS1");

inline const QString kManager = QStringLiteral("org.vexfs.VexFS1.Manager");
inline const QString kVolume = QStringLiteral("org.vexfs.VexFS1.Volume");
inline const QString kSnapshots = QStringLiteral("org.vexfs.VexFS1.Snapshots");
inline const QString kIndex = QStringLiteral("org.vexfs.VexFS1.Index");
inline const QString kSearch = QStringLiteral("org.vexfs.VexFS1.Search");
inline const QString kDocuments = QStringLiteral("org.vexfs.VexFS1.Documents");
inline const QString kSource = QStringLiteral("org.vexfs.VexFS1.Source");
inline const QString kStatistics = QStringLiteral("org.vexfs.VexFS1.Statistics");
inline const QString kMap = QStringLiteral("org.vexfs.VexFS1.Map");
inline const QString kJob = QStringLiteral("org.vexfs.VexFS1.Job");

inline const QString kProperties = QStringLiteral("org.freedesktop.DBus.Properties");
inline const QString kObjectManager = QStringLiteral("org.freedesktop.DBus.ObjectManager");

/// ".../volumes/1234_..." for the RFC 4122 text of a volume's uuid, ".../sources/1234_..." for a
/// source's id ("source-" and such a text), and back ("" for other paths).
QString volumePath(const QString &uuid);
QString volumeUuid(const QString &path);

/// ".../jobs/7", and back (0 for other paths).
QString jobPath(quint32 id);
quint32 jobId(const QString &path);

} // namespace vexfs::dbus
