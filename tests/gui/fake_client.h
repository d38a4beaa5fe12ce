// SPDX-License-Identifier: Apache-2.0
//
// tests/gui/fake_client.h - a daemon whose answers come when the test says so.
#pragma once

#include "common/client/client.h"

#include <QPointer>
#include <QPromise>

#include <memory>
#include <vector>

namespace vexfs::test {

/// What a test does not prepare fails with ServiceUnavailable.
class FakeClient : public client::Client
{
public:
    /// A question that waits for its answer.
    template <class T> struct Open
    {
        QString what; ///< query, volume, object
        QString mode;
        std::shared_ptr<QPromise<base::Result<T>>> promise;

        void answer(const base::Result<T> &result) const
        {
            promise->addResult(result);
            promise->finish();
        }
    };

    std::vector<Open<client::SearchReply>> searches;
    client::SearchOptions lastSearch;
    std::vector<Open<client::Inventory>> inventories;
    std::vector<Open<client::SnapshotPage>> listings;
    std::vector<Open<client::CounterValues>> looks;
    std::vector<Open<client::JobItemPage>> items;
    std::vector<Open<QList<client::FileState>>> fileStates; ///< URIs, a line each
    std::vector<Open<client::MapPoints>> maps;
    QStringList mapMoments; ///< of each of them
    QStringList mapWatches;
    client::MapWatcher mapWatcher; ///< the last one
    QPointer<QObject> mapWatchContext;
    std::vector<Open<QList<client::MapCluster>>> clusters;
    std::vector<Open<QList<client::MapDocument>>> documents;
    int layouts = 0;
    std::vector<client::AddOptions> added;
    std::vector<Open<QList<client::FileVersion>>> histories;
    std::vector<client::RestoreOptions> restores;
    QStringList held; ///< "pause JOB" or "resume JOB"
    QStringList undone;
    QStringList reindexed;
    std::vector<Open<base::Permissions>> permissionsAsked;
    client::JobInfo endedJob; ///< what every job is, where it has a state

    client::Reply<client::SearchReply> search(const QString &query,
                                              const client::SearchOptions &options) override
    {
        lastSearch = options;
        return open(searches, query, options.mode);
    }
    client::Reply<base::Permissions> permissions() override
    {
        return open(permissionsAsked, {}, {});
    }
    client::Reply<client::Inventory> inventory() override { return open(inventories, {}, {}); }
    client::Reply<client::SnapshotPage> listSnapshots(const QString &volume,
                                                      const QString &after) override
    {
        return open(listings, volume, after);
    }
    client::Reply<client::CounterValues> statistics(const QString &volume,
                                                    const QStringList &) override
    {
        return open(looks, volume, {});
    }
    client::Reply<QString> addUris(const client::AddOptions &options) override
    {
        added.push_back(options);
        return ready<QString>(QStringLiteral("/jobs/1"));
    }

    client::Reply<client::DaemonInfo> daemon() override { return away<client::DaemonInfo>(); }
    client::Reply<QString> createVolume(const client::CreateVolumeOptions &) override
    {
        return away<QString>();
    }
    client::Reply<QString> openVolume(const QString &) override { return away<QString>(); }
    client::Reply<QString> mount(const QString &, const client::MountOptions &) override
    {
        return away<QString>();
    }
    client::Reply<client::Done> setLabel(const QString &, const QString &) override
    {
        return away<client::Done>();
    }
    client::Reply<QString> resizeVolume(const QString &, uint64_t) override
    {
        return away<QString>();
    }
    client::Reply<QString> checkVolume(const QString &, const client::CheckOptions &) override
    {
        return away<QString>();
    }
    client::Reply<QString> scrubVolume(const QString &, uint64_t) override
    {
        return away<QString>();
    }
    client::Reply<client::Done> unmount(const QString &, bool) override
    {
        return away<client::Done>();
    }
    client::Reply<client::Done> configureIndex(const QString &, const QVariantMap &) override
    {
        return away<client::Done>();
    }
    client::Reply<QString> createSnapshot(const QString &, const QString &,
                                         const client::SnapshotOptions &) override
    {
        return away<QString>();
    }
    client::Reply<client::Done> setSchedule(const QString &, const QVariantMap &) override
    {
        return away<client::Done>();
    }
    client::Reply<QString> deleteSnapshots(const QString &, const QStringList &) override
    {
        return away<QString>();
    }
    client::Reply<client::Done> pauseIndex(const QString &, uint32_t, const QString &) override
    {
        return away<client::Done>();
    }
    client::Reply<client::Done> resumeIndex(const QString &) override
    {
        return away<client::Done>();
    }
    client::Reply<QString> reindex(const QString &, const QStringList &uris, bool) override
    {
        reindexed += uris;
        return ready<QString>(QStringLiteral("/jobs/4"));
    }
    client::Reply<QString> setModel(const QString &, const QString &, const QVariantMap &) override
    {
        return away<QString>();
    }
    client::Reply<QList<client::ModelInfo>> listModels(const QString &) override
    {
        return away<QList<client::ModelInfo>>();
    }
    client::Reply<QVariantMap> explain(const QString &, const QString &, const QString &) override
    {
        return away<QVariantMap>();
    }
    client::Reply<client::FailurePage> listFailures(const QString &, const QString &) override
    {
        return away<client::FailurePage>();
    }
    client::Reply<client::MapPoints> mapPoints(const QString &volume, const QString &query,
                                               const QString &snapshot) override
    {
        mapMoments.append(snapshot);
        return open(maps, volume, query);
    }
    client::Reply<QList<client::MapCluster>> mapClusters(const QString &volume,
                                                         const QString &snapshot) override
    {
        return open(clusters, volume, snapshot);
    }
    client::Reply<QList<client::MapDocument>> mapDocuments(const QString &volume,
                                                           const QList<qulonglong> &,
                                                           const QString &snapshot) override
    {
        return open(documents, volume, snapshot);
    }
    void watchMap(const QString &volume, QObject *context, client::MapWatcher told) override
    {
        mapWatches.append(volume);
        mapWatcher = std::move(told);
        mapWatchContext = context;
    }
    client::Reply<QString> relayoutMap(const QString &, const QVariantMap &) override
    {
        ++layouts;
        return ready<QString>(QStringLiteral("/jobs/2"));
    }
    client::Reply<QList<client::Suggestion>> suggest(const QString &, uint32_t) override
    {
        return away<QList<client::Suggestion>>();
    }
    client::Reply<client::JobInfo> job(const QString &) override
    {
        return endedJob.state.isEmpty() ? away<client::JobInfo>()
                                        : ready<client::JobInfo>(endedJob);
    }
    client::Reply<QList<client::JobProblem>> jobProblems(const QString &) override
    {
        return away<QList<client::JobProblem>>();
    }
    client::Reply<client::JobItemPage> jobItems(const QString &object,
                                                const QString &after) override
    {
        return open(items, object, after);
    }
    client::Reply<QList<client::FileState>> listStates(const QString &volume,
                                                       const QStringList &uris) override
    {
        return open(fileStates, volume, uris.join(u'\n'));
    }
    client::Reply<QString> addSource(const QString &) override { return away<QString>(); }
    client::Reply<client::Done> removeSource(const QString &) override
    {
        return away<client::Done>();
    }
    client::Reply<client::ChangePage> changes(const QString &, const QString &, const QString &,
                                              const QString &) override
    {
        return away<client::ChangePage>();
    }
    client::Reply<QList<client::FileVersion>> versions(const QString &,
                                                       const QString &uri) override
    {
        return open(histories, uri, {});
    }
    client::Reply<quint64> estimateReclaim(const QString &, const QStringList &) override
    {
        return away<quint64>();
    }
    client::Reply<client::Done> setSnapshot(const QString &, const QString &,
                                            const QVariantMap &) override
    {
        return away<client::Done>();
    }
    client::Reply<QString> rollback(const QString &, const QString &) override
    {
        return away<QString>();
    }
    client::Reply<QString> restore(const QString &, const client::RestoreOptions &options) override
    {
        restores.push_back(options);
        return ready<QString>(QStringLiteral("/jobs/2"));
    }
    client::Reply<QString> undo(const QString &, const QString &snapshot) override
    {
        undone.append(snapshot);
        return ready<QString>(QStringLiteral("/jobs/3"));
    }
    client::Reply<client::Done> setJobPaused(const QString &object, bool isPaused) override
    {
        held.append((isPaused ? QStringLiteral("pause ") : QStringLiteral("resume ")) + object);
        return ready<client::Done>(client::Done());
    }
    client::Reply<client::Done> cancelJob(const QString &) override
    {
        return away<client::Done>();
    }

private:
    template <class T>
    static client::Reply<T> open(std::vector<Open<T>> &questions, const QString &what,
                                 const QString &mode)
    {
        auto promise = std::make_shared<QPromise<base::Result<T>>>();
        promise->start();
        questions.push_back({what, mode, promise});
        return promise->future();
    }
    template <class T> static client::Reply<T> ready(const base::Result<T> &result)
    {
        QPromise<base::Result<T>> promise;
        promise.start();
        promise.addResult(result);
        promise.finish();
        return promise.future();
    }
    template <class T> static client::Reply<T> away()
    {
        return ready<T>(base::fail(base::Errc::ServiceUnavailable, QStringLiteral("not here")));
    }
};

} // namespace vexfs::test
