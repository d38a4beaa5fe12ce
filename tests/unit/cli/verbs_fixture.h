// SPDX-License-Identifier: Apache-2.0
//
// tests/unit/cli/verbs_fixture.h - verbs of vexctl in the process of a test, against a client that
// answers from what the test puts into it and writes down what it was asked.
#pragma once

#include "cli/vexfs/vexctl.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QPromise>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace vexfs::cli::test {

using client::Done;
using client::Reply;

template <class T>
Reply<T> ready(base::Result<T> result)
{
    QPromise<base::Result<T>> promise;
    promise.start();
    promise.addResult(std::move(result));
    promise.finish();
    return promise.future();
}

/// Answers at once. Every member is what the next call of that kind gets.
class ScriptedClient : public client::Client
{
public:
    QStringList asked;
    client::Inventory known;
    base::Result<client::SearchReply> found;
    client::JobInfo endedJob;
    base::Result<Done> done = Done();
    base::Result<QVariantMap> explained;
    base::Result<client::MapPoints> mapped;
    client::SearchOptions searchOptions;
    client::AddOptions addOptions;
    client::CreateVolumeOptions createOptions;
    QVariantMap configured;
    QString undoSnapshot;
    bool isSilent = false;

    Reply<client::DaemonInfo> daemon() override
    {
        if (isSilent) {
            QPromise<base::Result<client::DaemonInfo>> never;
            never.start();
            m_never = never.future();
            m_promises.push_back(std::move(never));
            return m_never;
        }
        return ready<client::DaemonInfo>(client::DaemonInfo{QStringLiteral("0.1.0"), 1, {}, {}});
    }
    Reply<base::Permissions> permissions() override { return ready<base::Permissions>({}); }
    Reply<client::Inventory> inventory() override { return ready<client::Inventory>(known); }
    Reply<QString> createVolume(const client::CreateVolumeOptions &options) override
    {
        createOptions = options;
        return path(QStringLiteral("create"));
    }
    Reply<QString> openVolume(const QString &device) override
    {
        return path(QStringLiteral("open ") + device);
    }
    Reply<QString> mount(const QString &volume, const client::MountOptions &) override
    {
        asked.append(QStringLiteral("mount ") + volume);
        return ready<QString>(QStringLiteral("file:///mnt/docs"));
    }
    Reply<Done> unmount(const QString &volume, bool isForced) override
    {
        asked.append(QStringLiteral("unmount %1 %2").arg(volume).arg(isForced));
        return ready<Done>(done);
    }
    Reply<Done> setLabel(const QString &, const QString &label) override
    {
        return plain(QStringLiteral("label ") + label);
    }
    Reply<QString> resizeVolume(const QString &, uint64_t sizeBytes) override
    {
        return path(QStringLiteral("resize %1").arg(sizeBytes));
    }
    Reply<QString> checkVolume(const QString &volume, const client::CheckOptions &) override
    {
        return path(QStringLiteral("check ") + volume);
    }
    Reply<QString> scrubVolume(const QString &volume, uint64_t bytesPerSecond) override
    {
        return path(QStringLiteral("scrub %1 %2").arg(volume).arg(bytesPerSecond));
    }
    Reply<QString> addSource(const QString &uri) override
    {
        return path(QStringLiteral("add source ") + uri);
    }
    Reply<Done> removeSource(const QString &source) override
    {
        return plain(QStringLiteral("remove source ") + source);
    }
    Reply<QString> createSnapshot(const QString &, const QString &name,
                                  const client::SnapshotOptions &) override
    {
        asked.append(QStringLiteral("snapshot ") + name);
        return ready<QString>(name.isEmpty() ? QStringLiteral("now") : name);
    }
    Reply<client::SnapshotPage> listSnapshots(const QString &, const QString &after) override
    {
        client::SnapshotPage page;
        page.snapshots.append({after.isEmpty() ? QStringLiteral("b") : QStringLiteral("a"),
                               QStringLiteral("file:///mnt/docs/.vexfs/snapshots/x"), 1000000, 3,
                               false, false, QStringLiteral("timeline"),
                               QStringLiteral("why")});
        if (!undoSnapshot.isEmpty())
            page.snapshots.append({undoSnapshot, {}, 1000000, 3, false, false, {}, {}});
        page.next = after.isEmpty() ? QStringLiteral("7") : QString();
        return ready<client::SnapshotPage>(page);
    }
    Reply<Done> setSchedule(const QString &, const QVariantMap &schedule) override
    {
        configured = schedule;
        return plain(QStringLiteral("schedule"));
    }
    Reply<client::MapPoints> mapPoints(const QString &, const QString &query,
                                       const QString &snapshot) override
    {
        asked.append(QStringLiteral("map %1 %2").arg(query, snapshot));
        return ready<client::MapPoints>(mapped);
    }
    Reply<QList<client::MapCluster>> mapClusters(const QString &, const QString &) override
    {
        return ready<QList<client::MapCluster>>(
            QList<client::MapCluster>{{7, 1.5, 2.5, 2, QStringLiteral("rent, flat")}});
    }
    Reply<QList<client::MapDocument>> mapDocuments(const QString &, const QList<qulonglong> &ids,
                                                   const QString &) override
    {
        // The first alone may be read.
        QList<client::MapDocument> rows(ids.size());
        rows[0].uri = QStringLiteral("file:///mnt/docs/a%20b.txt");
        rows[0].title = QStringLiteral("Contract");
        return ready<QList<client::MapDocument>>(rows);
    }
    void watchMap(const QString &, QObject *, client::MapWatcher) override {}
    Reply<QString> relayoutMap(const QString &, const QVariantMap &) override
    {
        return path(QStringLiteral("relayout"));
    }
    Reply<QString> deleteSnapshots(const QString &, const QStringList &names) override
    {
        return path(QStringLiteral("delete ") + names.join(u','));
    }
    Reply<client::ChangePage> changes(const QString &, const QString &from, const QString &to,
                                      const QString &after) override
    {
        asked.append(QStringLiteral("changes %1 %2").arg(from, to));
        client::ChangePage page;
        if (after.isEmpty()) {
            page.changes.append({QStringLiteral("modified"), QStringLiteral("a%20b.txt"), {}, 3, 2,
                                 false});
            page.next = QStringLiteral("a%20b.txt");
        } else {
            page.changes.append({QStringLiteral("renamed"), QStringLiteral("d"),
                                 QStringLiteral("c"), 0, 0, true});
        }
        return ready<client::ChangePage>(page);
    }
    Reply<QList<client::FileVersion>> versions(const QString &, const QString &uri) override
    {
        asked.append(QStringLiteral("versions ") + uri);
        return ready<QList<client::FileVersion>>(QList<client::FileVersion>{
            {uri, {}, 2000000, 7, true, {}},
            {QStringLiteral("file:///mnt/docs/.vexfs/snapshots/b/x"),
             {QStringLiteral("b"), QStringLiteral("a")}, 1000000, 5, false, {}}});
    }
    Reply<QString> restore(const QString &, const client::RestoreOptions &options) override
    {
        return path(QStringLiteral("restore %1 %2 %3 %4").arg(
            options.snapshot, options.uris.join(u','), options.conflict, options.destinationUri));
    }
    Reply<quint64> estimateReclaim(const QString &, const QStringList &names) override
    {
        asked.append(QStringLiteral("estimate ") + names.join(u','));
        return ready<quint64>(quint64(1) << 20U);
    }
    Reply<Done> setSnapshot(const QString &, const QString &name,
                            const QVariantMap &changes) override
    {
        return plain(QStringLiteral("set %1 %2 %3").arg(
            name, changes.value(QStringLiteral("name")).toString(),
            changes.value(QStringLiteral("locked")).toString()));
    }
    Reply<QString> rollback(const QString &, const QString &snapshot) override
    {
        return path(QStringLiteral("rollback ") + snapshot);
    }
    Reply<QString> undo(const QString &, const QString &snapshot) override
    {
        return path(QStringLiteral("undo ") + snapshot);
    }
    Reply<Done> pauseIndex(const QString &, uint32_t minutes, const QString &reason) override
    {
        return plain(QStringLiteral("pause %1 %2").arg(minutes).arg(reason));
    }
    Reply<Done> resumeIndex(const QString &) override { return plain(QStringLiteral("resume")); }
    Reply<QString> reindex(const QString &, const QStringList &uris, bool) override
    {
        return path(QStringLiteral("reindex ") + uris.join(u','));
    }
    Reply<Done> configureIndex(const QString &, const QVariantMap &changes) override
    {
        configured = changes;
        return plain(QStringLiteral("configure"));
    }
    Reply<QString> setModel(const QString &, const QString &model,
                            const QVariantMap &options) override
    {
        return path(QStringLiteral("model ") + model + u' ' + options.keys().join(u','));
    }
    Reply<QList<client::ModelInfo>> listModels(const QString &) override
    {
        client::ModelInfo builtin;
        builtin.model = QStringLiteral("builtin");
        builtin.source = QStringLiteral("builtin");
        builtin.dimension = 256;
        builtin.bytes = 4'603'439;
        builtin.license = QStringLiteral("WordNet-3.0");
        client::ModelInfo remote;
        remote.model = QStringLiteral("https://models.example.org/v1/embeddings");
        remote.source = QStringLiteral("openai");
        remote.name = QStringLiteral("small");
        remote.isLocal = false;
        remote.volumes = {QStringLiteral("/org/vexfs/VexFS1/volumes/away")};
        client::ModelInfo broken;
        broken.model = QStringLiteral("/models/onnx-only");
        broken.source = QStringLiteral("folder");
        broken.isInstalled = false;
        broken.problem = QStringLiteral("has its weights as model.onnx only");
        return ready<QList<client::ModelInfo>>(QList{builtin, remote, broken});
    }
    Reply<QVariantMap> explain(const QString &, const QString &uri, const QString &query) override
    {
        asked.append(QStringLiteral("explain ") + uri
                     + (query.isEmpty() ? QString() : u' ' + query));
        return ready<QVariantMap>(explained);
    }
    Reply<client::FailurePage> listFailures(const QString &, const QString &) override
    {
        client::FailurePage page;
        page.failures.append(
            {QStringLiteral("file:///mnt/docs/bad.pdf"), QStringLiteral("encrypted"), 0});
        return ready<client::FailurePage>(page);
    }
    Reply<client::SearchReply> search(const QString &query,
                                      const client::SearchOptions &options) override
    {
        asked.append(QStringLiteral("search ") + query);
        searchOptions = options;
        return ready<client::SearchReply>(found);
    }
    Reply<QList<client::Suggestion>> suggest(const QString &prefix, uint32_t limit) override
    {
        asked.append(QStringLiteral("suggest %1 %2").arg(prefix).arg(limit));
        return ready<QList<client::Suggestion>>(QList<client::Suggestion>{
            {QStringLiteral("invoice"), QStringLiteral("term")}});
    }
    Reply<client::CounterValues> statistics(const QString &, const QStringList &names) override
    {
        asked.append(QStringLiteral("stats ") + names.join(u','));
        client::CounterValues values;
        values.timeUs = 1'000'000 * (1 + ++m_told);
        if (names.contains(QStringLiteral("none")))
            return ready<client::CounterValues>(values);
        values.counters = {{QStringLiteral("cache.results.hits"), 30U * m_told},
                           {QStringLiteral("cache.results.misses"), 10U * m_told}};
        values.gauges = {{QStringLiteral("index.bytes"), 4096}};
        return ready<client::CounterValues>(values);
    }
    Reply<QString> addUris(const client::AddOptions &options) override
    {
        addOptions = options;
        return path(QStringLiteral("add"));
    }
    Reply<client::JobInfo> job(const QString &) override
    {
        return ready<client::JobInfo>(endedJob);
    }
    Reply<QList<client::JobProblem>> jobProblems(const QString &) override
    {
        return ready<QList<client::JobProblem>>(QList<client::JobProblem>{
            {QStringLiteral("file:///x"), QStringLiteral("e"), QStringLiteral("unreadable")}});
    }
    Reply<client::JobItemPage> jobItems(const QString &, const QString &) override
    {
        return ready<client::JobItemPage>(client::JobItemPage());
    }
    Reply<QList<client::FileState>> listStates(const QString &, const QStringList &) override
    {
        return ready<QList<client::FileState>>(QList<client::FileState>());
    }
    Reply<Done> setJobPaused(const QString &object, bool isPaused) override
    {
        return plain((isPaused ? QStringLiteral("pause ") : QStringLiteral("resume ")) + object);
    }
    Reply<Done> cancelJob(const QString &object) override
    {
        return plain(QStringLiteral("cancel ") + object);
    }

private:
    Reply<QString> path(const QString &what)
    {
        asked.append(what);
        return ready<QString>(QStringLiteral("/org/vexfs/VexFS1/jobs/1"));
    }
    Reply<Done> plain(const QString &what)
    {
        asked.append(what);
        return ready<Done>(done);
    }

    Reply<client::DaemonInfo> m_never;
    unsigned m_told = 0;
    std::vector<QPromise<base::Result<client::DaemonInfo>>> m_promises;
};

class VerbsTest : public testing::Test
{
protected:
    void SetUp() override
    {
        client::VolumeInfo volume;
        volume.object = QStringLiteral("/v/1");
        volume.uuid = QStringLiteral("0a1b2c3d-0000-4000-8000-0123456789ab");
        volume.label = QStringLiteral("docs");
        volume.state = QStringLiteral("mounted");
        volume.devices = QStringList{QStringLiteral("/img/docs.vexfs")};
        volume.mountUris = QStringList{QStringLiteral("file:///mnt/docs")};
        m_client.known.volumes = {volume};
        m_client.endedJob.id = 1;
        m_client.endedJob.object = QStringLiteral("/org/vexfs/VexFS1/jobs/1");
        m_client.endedJob.state = QStringLiteral("succeeded");
        client::SearchHit hit;
        hit.uri = QStringLiteral("file:///mnt/docs/a%20b.txt");
        hit.score = 0.834;
        hit.snippet = QStringLiteral("line one\nline two");
        hit.matched = QStringList{QStringLiteral("meaning")};
        hit.page = 3;
        client::SearchReply reply;
        reply.hits = {hit};
        reply.tookUs = 40000;
        m_client.found = reply;
        m_client.explained = QVariantMap{{QStringLiteral("state"), QStringLiteral("indexed")},
                                         {QStringLiteral("text-bytes"), 5}};
    }

    int run(const std::vector<std::string> &arguments)
    {
        m_out.str("");
        m_err.str("");
        IoLayer io{m_in, m_out, m_err, m_client};
        return runVexctl(arguments, "0.1.0", io);
    }

    QJsonObject outJson() const
    {
        return QJsonDocument::fromJson(QByteArray::fromStdString(m_out.str())).object();
    }

    QJsonObject errJson() const
    {
        const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(m_err.str()));
        return document.object()[QStringLiteral("error")].toObject();
    }

    ScriptedClient m_client;
    std::istringstream m_in;
    std::ostringstream m_out;
    std::ostringstream m_err;
};

} // namespace vexfs::cli::test
