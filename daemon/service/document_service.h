// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/document_service.h - copies or moves files and folders onto a volume.
#pragma once

#include "common/base/error.h"
#include "daemon/jobs/job.h"

#include <QByteArray>
#include <QList>

namespace vexfs::daemon {

class VolumeService;

enum class OnDuplicate
{
    Skip,    ///< What is there stays; a problem is listed unless the content is the same.
    KeepBoth ///< "name (2).txt"
};

struct AddRequest
{
    QList<QByteArray> sources; ///< Absolute paths.
    QByteArray into;           ///< Absolute path of a folder on a mounted volume; empty: the root.
    bool isRecursive = true;
    OnDuplicate onDuplicate = OnDuplicate::Skip;
    bool isMove = false;     ///< Originals go once what became of them is on disk.
    bool isIntoMade = false; ///< The folder is made where it is not there.
};

/// Owner: main; thread: any but that of the bus.
class DocumentService
{
public:
    explicit DocumentService(VolumeService *volumes);

    /// Completes the request and checks it: NotOnVolume, NotFound, InvalidArgs (no source, or no
    /// target where it must be told). Returns the uuid of the volume.
    base::Result<QString> prepare(AddRequest *request) const;

    /// The work of a job that adds what prepare() has accepted. Result: added, skipped, failed.
    JobWork addition(const QString &uuid, const AddRequest &request);

private:
    VolumeService *const m_volumes;
};

} // namespace vexfs::daemon
