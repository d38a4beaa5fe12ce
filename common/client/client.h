// SPDX-License-Identifier: Apache-2.0
//
// common/client/client.h - the daemon, as its clients see it.
//
// Every call is asynchronous: a future of a value or an error. ServiceUnavailable when there is no
// bus or no daemon.
#pragma once

#include "common/base/error.h"
#include "common/base/permission.h"
#include "common/client/client_types.h"

#include <QFuture>

#include <functional>

class QObject;

namespace vexfs::client {

template <class T>
using Reply = QFuture<base::Result<T>>;

using MapWatcher = std::function<void(const MapChange &)>;

/// Nothing, as the value of a reply.
struct Done
{};

/// BusClient is the real one; tests of what lies above have their own.
/// Owner: main; thread: that of its owner, where futures become ready.
class Client
{
public:
    virtual ~Client() = default;

    virtual Reply<DaemonInfo> daemon() = 0;
    virtual Reply<Inventory> inventory() = 0;
    /// Asks nobody anything. NotSupported by a daemon that is older than the question.
    virtual Reply<base::Permissions> permissions() = 0;

    /// Jobs are told by their object.
    virtual Reply<QString> createVolume(const CreateVolumeOptions &options) = 0;
    virtual Reply<QString> openVolume(const QString &device) = 0;
    virtual Reply<QString> mount(const QString &volume, const MountOptions &options) = 0;
    virtual Reply<Done> unmount(const QString &volume, bool isForced) = 0;
    virtual Reply<Done> setLabel(const QString &volume, const QString &label) = 0;
    /// sizeBytes: of its image file; 0 for all that there is.
    virtual Reply<QString> resizeVolume(const QString &volume, uint64_t sizeBytes) = 0;
    virtual Reply<QString> checkVolume(const QString &volume, const CheckOptions &options) = 0;
    /// bytesPerSecond: 0 for as fast as it goes.
    virtual Reply<QString> scrubVolume(const QString &volume, uint64_t bytesPerSecond) = 0;

    virtual Reply<QString> createSnapshot(const QString &volume, const QString &name,
                                          const SnapshotOptions &options) = 0;
    virtual Reply<SnapshotPage> listSnapshots(const QString &volume, const QString &after) = 0;
    virtual Reply<QString> deleteSnapshots(const QString &volume, const QStringList &names) = 0;

    /// The object of it.
    virtual Reply<QString> addSource(const QString &uri) = 0;
    virtual Reply<Done> removeSource(const QString &source) = 0;

    /// '' is the live tree.
    virtual Reply<ChangePage> changes(const QString &volume, const QString &from, const QString &to,
                                      const QString &after) = 0;
    virtual Reply<QList<FileVersion>> versions(const QString &volume, const QString &uri) = 0;
    virtual Reply<quint64> estimateReclaim(const QString &volume, const QStringList &names) = 0;
    /// changes: as the interface has them.
    virtual Reply<Done> setSnapshot(const QString &volume, const QString &name,
                                    const QVariantMap &changes) = 0;
    /// As one step; what is not named stays.
    virtual Reply<Done> setSchedule(const QString &volume, const QVariantMap &schedule) = 0;
    virtual Reply<QString> rollback(const QString &volume, const QString &snapshot) = 0;
    virtual Reply<QString> restore(const QString &volume, const RestoreOptions &options) = 0;
    virtual Reply<QString> undo(const QString &volume, const QString &snapshot) = 0;

    /// minutes: 0 until it is resumed.
    virtual Reply<Done> pauseIndex(const QString &volume, uint32_t minutes,
                                   const QString &reason) = 0;
    virtual Reply<Done> resumeIndex(const QString &volume) = 0;
    virtual Reply<QString> reindex(const QString &volume, const QStringList &uris,
                                   bool isForced) = 0;
    /// As Index.Configure takes them.
    virtual Reply<Done> configureIndex(const QString &volume, const QVariantMap &changes) = 0;
    /// options: as the interface has them.
    virtual Reply<QString> setModel(const QString &volume, const QString &model,
                                    const QVariantMap &options) = 0;
    /// The same from each volume.
    virtual Reply<QList<ModelInfo>> listModels(const QString &volume) = 0;
    /// query: empty, or what the file should have been found by.
    virtual Reply<QVariantMap> explain(const QString &volume, const QString &uri,
                                       const QString &query) = 0;
    virtual Reply<FailurePage> listFailures(const QString &volume, const QString &after) = 0;
    /// At most 1000; the rows are in the order of the URIs.
    virtual Reply<QList<FileState>> listStates(const QString &volume, const QStringList &uris) = 0;

    /// query: empty, or what scores the points. snapshot: whose files they are; empty for now.
    virtual Reply<MapPoints> mapPoints(const QString &volume, const QString &query,
                                       const QString &snapshot) = 0;
    virtual Reply<QList<MapCluster>> mapClusters(const QString &volume,
                                                 const QString &snapshot) = 0;
    virtual Reply<QList<MapDocument>> mapDocuments(const QString &volume,
                                                   const QList<qulonglong> &ids,
                                                   const QString &snapshot) = 0;
    /// Calls with each change as long as context lives.
    virtual void watchMap(const QString &volume, QObject *context, MapWatcher told) = 0;
    /// options: as the interface has them.
    virtual Reply<QString> relayoutMap(const QString &volume, const QVariantMap &options) = 0;

    virtual Reply<SearchReply> search(const QString &query, const SearchOptions &options) = 0;
    virtual Reply<QList<Suggestion>> suggest(const QString &prefix, uint32_t limit) = 0;
    /// An empty list means all; '*' ends a prefix.
    virtual Reply<CounterValues> statistics(const QString &volume, const QStringList &names) = 0;
    virtual Reply<QString> addUris(const AddOptions &options) = 0;

    virtual Reply<JobInfo> job(const QString &object) = 0;
    virtual Reply<QList<JobProblem>> jobProblems(const QString &object) = 0;
    virtual Reply<JobItemPage> jobItems(const QString &object, const QString &after) = 0;
    virtual Reply<Done> cancelJob(const QString &object) = 0;
    virtual Reply<Done> setJobPaused(const QString &object, bool isPaused) = 0;
};

} // namespace vexfs::client
