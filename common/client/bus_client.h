// SPDX-License-Identifier: Apache-2.0
//
// common/client/bus_client.h - the client that talks to the daemon over D-Bus.
#pragma once

#include "common/client/client.h"

#include <QObject>

#include <memory>

namespace vexfs::client {

/// On the session bus of the environment, which starts the daemon where it knows how to.
class BusClient : public QObject, public Client
{
    Q_OBJECT

public:
    explicit BusClient(QObject *parent = nullptr);
    ~BusClient() override;

    Reply<DaemonInfo> daemon() override;
    Reply<Inventory> inventory() override;
    Reply<base::Permissions> permissions() override;
    Reply<QString> createVolume(const CreateVolumeOptions &options) override;
    Reply<QString> openVolume(const QString &device) override;
    Reply<QString> mount(const QString &volume, const MountOptions &options) override;
    Reply<Done> unmount(const QString &volume, bool isForced) override;
    Reply<Done> setLabel(const QString &volume, const QString &label) override;
    Reply<QString> resizeVolume(const QString &volume, uint64_t sizeBytes) override;
    Reply<QString> checkVolume(const QString &volume, const CheckOptions &options) override;
    Reply<QString> scrubVolume(const QString &volume, uint64_t bytesPerSecond) override;
    Reply<QString> addSource(const QString &uri) override;
    Reply<Done> removeSource(const QString &source) override;
    Reply<QString> createSnapshot(const QString &volume, const QString &name,
                                  const SnapshotOptions &options) override;
    Reply<SnapshotPage> listSnapshots(const QString &volume, const QString &after) override;
    Reply<QString> deleteSnapshots(const QString &volume, const QStringList &names) override;
    Reply<ChangePage> changes(const QString &volume, const QString &from, const QString &to,
                              const QString &after) override;
    Reply<QList<FileVersion>> versions(const QString &volume, const QString &uri) override;
    Reply<quint64> estimateReclaim(const QString &volume, const QStringList &names) override;
    Reply<Done> setSnapshot(const QString &volume, const QString &name,
                            const QVariantMap &changes) override;
    Reply<Done> setSchedule(const QString &volume, const QVariantMap &schedule) override;
    Reply<QString> rollback(const QString &volume, const QString &snapshot) override;
    Reply<QString> restore(const QString &volume, const RestoreOptions &options) override;
    Reply<QString> undo(const QString &volume, const QString &snapshot) override;
    Reply<Done> pauseIndex(const QString &volume, uint32_t minutes,
                           const QString &reason) override;
    Reply<Done> resumeIndex(const QString &volume) override;
    Reply<Done> configureIndex(const QString &volume, const QVariantMap &changes) override;
    Reply<QString> setModel(const QString &volume, const QString &model,
                            const QVariantMap &options) override;
    Reply<QList<ModelInfo>> listModels(const QString &volume) override;
    Reply<QString> reindex(const QString &volume, const QStringList &uris, bool isForced) override;
    Reply<QVariantMap> explain(const QString &volume, const QString &uri,
                               const QString &query) override;
    Reply<FailurePage> listFailures(const QString &volume, const QString &after) override;
    Reply<QList<FileState>> listStates(const QString &volume, const QStringList &uris) override;
    Reply<MapPoints> mapPoints(const QString &volume, const QString &query,
                               const QString &snapshot) override;
    Reply<QList<MapCluster>> mapClusters(const QString &volume, const QString &snapshot) override;
    Reply<QList<MapDocument>> mapDocuments(const QString &volume, const QList<qulonglong> &ids,
                                           const QString &snapshot) override;
    void watchMap(const QString &volume, QObject *context, MapWatcher told) override;
    Reply<QString> relayoutMap(const QString &volume, const QVariantMap &options) override;
    Reply<SearchReply> search(const QString &query, const SearchOptions &options) override;
    Reply<QList<Suggestion>> suggest(const QString &prefix, uint32_t limit) override;
    Reply<CounterValues> statistics(const QString &volume, const QStringList &names) override;
    Reply<QString> addUris(const AddOptions &options) override;
    Reply<JobInfo> job(const QString &object) override;
    Reply<QList<JobProblem>> jobProblems(const QString &object) override;
    Reply<JobItemPage> jobItems(const QString &object, const QString &after) override;
    Reply<Done> cancelJob(const QString &object) override;
    Reply<Done> setJobPaused(const QString &object, bool isPaused) override;

private:
    struct Target;
    template <class T, class Decode>
    Reply<T> call(const Target &target, const QVariantList &arguments, Decode decode);

    class Private;
    std::unique_ptr<Private> d;
};

} // namespace vexfs::client
