// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/places/source_service.h - plain folders that are indexed where they lie.
#pragma once

#include "daemon/service/volume_service.h"
#include "daemon/volume/known_sources.h"
#include "daemon/volume/plain_folder.h"

#include <QHash>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <memory>
#include <mutex>

namespace vexfs::daemon {

struct SourceStatus
{
    QString id; ///< "source-" and a uuid
    QByteArray root;
    bool isThere = false;
    QString error; ///< why it is not there, or not indexed
    PlainFolderStatus folder;
};

/// A folder that is there and its index, kept alive while a call works on it.
struct SourceHandle
{
    QString id;
    QByteArray root;
    std::shared_ptr<PlainFolder> folder; ///< null when it is not there
    std::shared_ptr<IndexService> index; ///< null when it could not be started
    QString error;
};

/// Owner: main; thread: start() and stop() on its own, add() and remove() on any but that of the
/// bus, for they block. What is indexed stays, and stays known, when a folder is away.
class SourceService : public QObject
{
    Q_OBJECT

public:
    SourceService(QString stateDirectory, VolumeService *volumes, QObject *parent = nullptr);
    ~SourceService() override;

    base::Status start();
    void stop();

    /// Returns its id. NotFound (no such folder), InvalidArgs (no folder), AlreadyExists (it, or a
    /// folder around it or inside of it, is a source), Conflict (it lies on a mounted volume, which
    /// has an index of its own).
    base::Result<QString> add(const QByteArray &path);
    /// Takes away its index; the folder itself is left as it is. NotFound.
    base::Status remove(const QString &id);

    /// These do not block.
    QList<SourceStatus> sources() const;
    base::Result<SourceHandle> handle(const QString &id) const;
    QList<SourceHandle> handles() const;

    void setLimits(const WorkLimits &limits);

Q_SIGNALS:
    void sourceAdded(const QString &id);
    /// It may be gone: then handle() fails.
    void sourceChanged(const QString &id);
    void indexChanged(const QString &id);

private:
    QString folderOf(const QString &id) const;
    base::Status verifyNew(const QByteArray &root) const;
    void attach(const SourceHandle &source);
    void let(SourceHandle source);
    void look();

    const QString m_stateDirectory;
    VolumeService *const m_volumes;
    KnownSources m_known;
    QTimer m_timer;
    QThreadPool m_pool;
    std::atomic<bool> m_isStopped{false};

    /// Order: m_operation before m_mutex, which guards what follows and is not held while anything
    /// blocks.
    std::mutex m_operation;
    mutable std::mutex m_mutex;
    QHash<QString, SourceHandle> m_sources;
    WorkLimits m_limits;
};

/// Whether an id is a source's.
bool isSourceId(const QString &id);

} // namespace vexfs::daemon
