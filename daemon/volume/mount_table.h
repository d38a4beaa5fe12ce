// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/mount_table.h - the VexFS mounts that this process sees, and word when they change.
#pragma once

#include "common/base/error.h"

#include <QList>
#include <QObject>

#include <memory>

class QFile;
class QSocketNotifier;

namespace vexfs::daemon {

struct MountEntry
{
    QByteArray mountPoint;
    QByteArray source; ///< an image or a device
    bool isReadOnly = false;
    bool isByKernel = false; ///< the module's, not vexfs-fuse's
};

/// The VexFS lines of a mountinfo file (proc(5)). Lines that do not parse are left out.
QList<MountEntry> parseMountInfo(const QByteArray &text);

/// The image that a loop device shows, by what the folder @p blockDevices (/sys/block) says;
/// @p source itself when it is no loop device or its image is gone.
QByteArray imageBehind(const QByteArray &source, const QString &blockDevices);

/// Owner: volume service; thread: that of its owner.
class MountTable : public QObject
{
    Q_OBJECT

public:
    explicit MountTable(QObject *parent = nullptr);
    ~MountTable() override;

    /// Begins to watch. Failed when /proc is not there.
    base::Status start();

    /// Sources are images where a loop device shows one.
    static base::Result<QList<MountEntry>> read();

Q_SIGNALS:
    /// Something was mounted or unmounted somewhere.
    void changed();

private:
    std::unique_ptr<QFile> m_file;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace vexfs::daemon
