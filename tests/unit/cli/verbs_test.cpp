// SPDX-License-Identifier: Apache-2.0
//
// Goal: every verb asks the daemon for the right thing, answers people and programs as CLI.md says,
// and exits with the right status. Method: the verbs run in this process against a client that
// answers from what a test puts into it and writes down what it was asked.
#include "cli/vexfs/vexctl.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPromise>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <sstream>

using namespace vexfs;
using namespace vexfs::cli;
using base::Errc;
using client::Done;
using client::Reply;

namespace {

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

} // namespace

TEST_F(VerbsTest, SearchLooksAsDocumented)
{
    EXPECT_EQ(run({"search", "flat", "rental", "--type", "pdf", "-k", "5", "--mode", "hybrid"}), 0);
    EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("search flat rental")});
    EXPECT_EQ(m_client.searchOptions.limit, 5U);
    EXPECT_EQ(m_client.searchOptions.mode, QStringLiteral("hybrid"));
    EXPECT_EQ(m_client.searchOptions.types, QStringList{QStringLiteral("pdf")});
    EXPECT_EQ(m_out.str(), " 0.83 meaning  /mnt/docs/a b.txt  p. 3\n      line one line two\n");
    EXPECT_EQ(m_err.str(), "1 file (0.04 s).\n");
}

TEST_F(VerbsTest, SearchInJsonHasItsSchema)
{
    EXPECT_EQ(run({"search", "--json", "x"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("schema")].toString(), QStringLiteral("vexctl.search/1"));
    const QJsonObject hit = outJson()[QStringLiteral("hits")].toArray()[0].toObject();
    EXPECT_EQ(hit[QStringLiteral("uri")].toString(), QStringLiteral("file:///mnt/docs/a%20b.txt"));
    EXPECT_EQ(hit[QStringLiteral("path")].toString(), QStringLiteral("/mnt/docs/a b.txt"));
    EXPECT_EQ(m_err.str(), "");
    EXPECT_EQ(run({"search", "--jsonl", "x"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("page")].toInt(), 3);
}

TEST_F(VerbsTest, SearchForXargsAndForTests)
{
    EXPECT_EQ(run({"search", "-0", "x"}), 0);
    EXPECT_EQ(m_out.str(), std::string("/mnt/docs/a b.txt\0", 18));
    m_client.found = client::SearchReply();
    EXPECT_EQ(run({"search", "x"}), 0);
    EXPECT_EQ(run({"search", "-e", "x"}), 3);
}

TEST_F(VerbsTest, PathsThatAreNotUtf8HaveOnlyAUri)
{
    client::SearchReply reply;
    client::SearchHit hit;
    hit.uri = QStringLiteral("file:///mnt/%FF");
    reply.hits = {hit};
    m_client.found = reply;
    EXPECT_EQ(run({"search", "--jsonl", "x"}), 0);
    EXPECT_FALSE(outJson().contains(QStringLiteral("path")));
    EXPECT_EQ(run({"search", "-0", "x"}), 0);
    EXPECT_EQ(m_out.str(), std::string("/mnt/\xff\0", 7));
}

TEST_F(VerbsTest, ErrorsBecomeStatusAndJson)
{
    const std::pair<Errc, int> table[] = {{Errc::InvalidQuery, 2},  {Errc::NotFound, 3},
                                          {Errc::NotAuthorized, 4}, {Errc::ServiceUnavailable, 5},
                                          {Errc::TimedOut, 7},      {Errc::IndexNotReady, 1},
                                          {Errc::Cancelled, 130}};
    for (const auto &[code, status] : table) {
        m_client.found = base::fail(code, QStringLiteral("why"));
        EXPECT_EQ(run({"search", "x"}), status);
        EXPECT_EQ(m_err.str().substr(0, 12), "vexctl: why\n");
        EXPECT_EQ(run({"--json", "search", "x"}), status);
        EXPECT_EQ(errJson()[QStringLiteral("name")].toString(), base::errcBusName(code));
        EXPECT_EQ(m_out.str(), "");
    }
}

TEST_F(VerbsTest, BadUsageIsStatus2)
{
    for (const std::vector<std::string> &each : {std::vector<std::string>{},
                                                 {"nonsense"},
                                                 {"search"},
                                                 {"search", "-k", "0", "x"},
                                                 {"search", "-k", "1001", "x"},
                                                 {"search", "--mode", "odd", "x"},
                                                 {"volume"},
                                                 {"volume", "create"},
                                                 {"volume", "create", "x", "--size", "many"},
                                                 {"job", "show", "x"},
                                                 {"--timeout", "-1", "status"},
                                                 {"search", "--no-such-option", "x"}}) {
        EXPECT_EQ(run(each), 2) << (each.empty() ? "" : each.back());
        EXPECT_NE(m_err.str(), "");
    }
    EXPECT_EQ(run({"--json", "search"}), 2);
    EXPECT_FALSE(errJson()[QStringLiteral("message")].toString().isEmpty());
}

TEST_F(VerbsTest, HelpAndVersionAreStatus0)
{
    EXPECT_EQ(run({"--help"}), 0);
    EXPECT_NE(m_out.str().find("Examples:"), std::string::npos);
    EXPECT_EQ(run({"--version"}), 0);
    EXPECT_EQ(m_out.str(), "vexctl 0.1.0\n");
}

TEST_F(VerbsTest, AddTellsWhatFailedAndExits6)
{
    m_client.endedJob.result = {{QStringLiteral("added"), 2},
                                {QStringLiteral("skipped"), 1},
                                {QStringLiteral("failed"), 1}};
    m_client.endedJob.problems = 1;
    EXPECT_EQ(run({"add", "/a", "b", "--into", "/mnt/docs"}), 6);
    EXPECT_EQ(m_client.addOptions.uris.constFirst(), QStringLiteral("file:///a"));
    EXPECT_TRUE(m_client.addOptions.uris.constLast().endsWith(QLatin1String("/b")));
    EXPECT_EQ(m_client.addOptions.intoUri, QStringLiteral("file:///mnt/docs"));
    EXPECT_EQ(m_out.str(), "Added 2, already there 1, failed 1.\n");
    EXPECT_FALSE(m_client.addOptions.isMove || m_client.addOptions.makesInto);
    EXPECT_EQ(m_err.str(), "/x: unreadable\n");
    m_out.str({});
    EXPECT_EQ(run({"add", "/a", "--move", "--into", "/mnt/docs/Inbox", "--create"}), 6);
    EXPECT_TRUE(m_client.addOptions.isMove && m_client.addOptions.makesInto);
    EXPECT_EQ(m_out.str(), "Moved 2, already there 1, failed 1.\n");
}

TEST_F(VerbsTest, AFailedJobIsTheErrorOfItsVerb)
{
    m_client.endedJob.state = QStringLiteral("failed");
    m_client.endedJob.errorName = base::errcBusName(Errc::NoSpace);
    m_client.endedJob.errorMessage = QStringLiteral("full");
    EXPECT_EQ(run({"add", "/a"}), 1);
    EXPECT_EQ(m_err.str(), "vexctl: full\n");
    m_client.endedJob.state = QStringLiteral("cancelled");
    EXPECT_EQ(run({"job", "wait", "1"}), 3);
    m_client.known.jobs = {m_client.endedJob};
    EXPECT_EQ(run({"job", "wait", "1"}), 130);
}

TEST_F(VerbsTest, JobsArePausedAndGoOn)
{
    m_client.known.jobs = {m_client.endedJob};
    const QString object = m_client.endedJob.object;
    m_client.asked.clear();
    EXPECT_EQ(run({"job", "pause", "1"}), 0);
    EXPECT_EQ(run({"job", "resume", "1"}), 0);
    EXPECT_EQ(m_client.asked,
              (QStringList{QStringLiteral("pause ") + object, QStringLiteral("resume ") + object}));
    EXPECT_EQ(run({"job", "pause", "7"}), 3);
}

TEST_F(VerbsTest, VolumesAreFoundByWhatPeopleCallThem)
{
    for (const char *each : {"docs", "0a1b2c3d-0000-4000-8000-0123456789ab", "/img/docs.vexfs",
                             "/mnt/docs", "/mnt/docs/below"}) {
        m_client.asked.clear();
        EXPECT_EQ(run({"volume", "umount", each}), 0) << each;
        EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("unmount /v/1 0")});
    }
    EXPECT_EQ(run({"volume", "umount", "other"}), 3);
    EXPECT_EQ(run({"volume", "status"}), 0);
    EXPECT_NE(m_out.str().find("/mnt/docs"), std::string::npos);
}

TEST_F(VerbsTest, TheOnlyVolumeIsMeantUnlessThereAreTwo)
{
    EXPECT_EQ(run({"snapshot", "create"}), 0);
    auto second = m_client.known.volumes.constFirst();
    second.uuid = QStringLiteral("second");
    m_client.known.volumes.append(second);
    EXPECT_EQ(run({"snapshot", "create"}), 2);
    EXPECT_NE(m_err.str().find("second"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "--volume", "second", "create"}), 0);
    m_client.known.volumes.clear();
    EXPECT_EQ(run({"snapshot", "create"}), 3);
}

TEST_F(VerbsTest, CreatePassesSizesAndPlaces)
{
    m_client.endedJob.result = {
        {QStringLiteral("volume"), QStringLiteral("/org/vexfs/VexFS1/volumes/0a1b_2c")},
        {QStringLiteral("uri"), QStringLiteral("file:///mnt/new")}};
    EXPECT_EQ(run({"volume", "create", "/img/x", "/mnt/new", "--size", "2G", "-L", "l"}), 0);
    EXPECT_EQ(m_client.createOptions.sizeBytes, 2ULL << 30U);
    EXPECT_EQ(m_client.createOptions.mountPoint, QStringLiteral("file:///mnt/new"));
    EXPECT_EQ(m_out.str(), "Created volume 0a1b-2c\nMounted at /mnt/new\n");
}

TEST_F(VerbsTest, AsksForDifferencesVersionsAndRestoring)
{
    m_client.endedJob.result = QVariantMap{{QStringLiteral("restored"), 2U},
                                           {QStringLiteral("skipped"), 1U},
                                           {QStringLiteral("undo-snapshot"), QStringLiteral("u")}};
    EXPECT_EQ(run({"snapshot", "--json", "diff", "a", "b"}), 0);
    const QJsonArray changes = outJson()[QStringLiteral("changes")].toArray();
    ASSERT_EQ(changes.size(), 2);
    EXPECT_EQ(changes[0].toObject()[QStringLiteral("path")].toString(), QStringLiteral("a b.txt"));
    EXPECT_EQ(changes[1].toObject()[QStringLiteral("old_path")].toString(), QStringLiteral("c"));
    EXPECT_EQ(run({"snapshot", "show", "b"}), 0);
    EXPECT_EQ(m_client.asked.last(), QStringLiteral("changes a b"));
    EXPECT_EQ(run({"history", "/mnt/docs/x"}), 0);
    EXPECT_NE(m_out.str().find("b and 1 more"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "restore", "a", "/mnt/docs/x", "--replace"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("restore a file:///mnt/docs/x overwrite ")));
    EXPECT_NE(m_err.str().find("Restored 2, left alone 1.  Undo with: vexctl undo"),
              std::string::npos);
    EXPECT_EQ(run({"snapshot", "restore", "a", "sub/x"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("restore a file:///mnt/docs/sub/x  ")))
        << m_client.asked.join(u'\n').toStdString();
    EXPECT_EQ(run({"snapshot", "restore", "a", "/elsewhere/x"}), 3);
    EXPECT_EQ(run({"snapshot", "delete", "a", "b", "--dry-run"}), 0);
    EXPECT_EQ(m_client.asked.last(), QStringLiteral("estimate a,b"));
    EXPECT_NE(m_out.str().find("1.0 MiB"), std::string::npos) << m_out.str();
    EXPECT_EQ(run({"snapshot", "set", "a", "--name", "b", "--lock"}), 0);
    EXPECT_EQ(m_client.asked.last(), QStringLiteral("set a b true"));
    EXPECT_EQ(run({"snapshot", "set", "a"}), 2);
    EXPECT_EQ(run({"snapshot", "rollback", "a"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("rollback a")));
    EXPECT_EQ(run({"undo"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("undo ")));
    EXPECT_EQ(run({"guard"}), 2);
    EXPECT_EQ(run({"guard", "--", "sh", "-c", "exit 5"}), 5);
    EXPECT_EQ(run({"guard", "--", "/no/such/program"}), 3);
}

TEST_F(VerbsTest, SnapshotsAreListedOverAllPages)
{
    EXPECT_EQ(run({"snapshot", "list", "--json"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("snapshots")].toArray().size(), 2);
    m_client.undoSnapshot = QStringLiteral("undo-2026-01-02_03.04.05.006-restore");
    EXPECT_EQ(run({"snapshot", "list"}), 0);
    EXPECT_EQ(m_out.str().find("undo-"), std::string::npos);
    EXPECT_NE(m_err.str().find("2 more are kept for undo"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "list", "--all"}), 0);
    EXPECT_NE(m_out.str().find("for undo"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "list", "--json"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("snapshots")].toArray().size(), 4);
    m_client.asked.clear();
    EXPECT_EQ(run({"snapshot", "delete", "a", "b"}), 0);
    EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("delete a,b")});
}

TEST_F(VerbsTest, IndexAndExplain)
{
    EXPECT_EQ(run({"index", "status"}), 0);
    EXPECT_EQ(run({"index", "pause"}), 0);
    const std::pair<const char *, const char *> times[] = {
        {"90", "pause 90 talk"}, {"90m", "pause 90 talk"}, {"1h30m", "pause 90 talk"},
        {"2d", "pause 2880 talk"}};
    for (const auto &[typed, asked] : times) {
        EXPECT_EQ(run({"index", "pause", "--for", typed, "--reason", "talk"}), 0);
        EXPECT_EQ(m_client.asked.constLast(), QLatin1String(asked));
    }
    for (const char *bad : {"soon", "0", "-1h", "1x"})
        EXPECT_EQ(run({"index", "pause", "--for", bad}), 2) << bad;
    EXPECT_EQ(run({"index", "resume"}), 0);
    EXPECT_EQ(run({"index", "failures"}), 0);
    EXPECT_EQ(m_out.str(), "/mnt/docs/bad.pdf: encrypted\n");
    EXPECT_EQ(run({"explain", "/mnt/docs/f", "--json"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("text_bytes")].toInt(), 5);
    m_client.explained = QVariantMap{{QStringLiteral("state"), QStringLiteral("missing")}};
    EXPECT_EQ(run({"explain", "/mnt/docs/f"}), 3);
    EXPECT_EQ(run({"explain", "/elsewhere"}), 3);
    m_client.explained = QVariantMap{
        {QStringLiteral("state"), QStringLiteral("indexed")},
        {QStringLiteral("verdict"), QStringLiteral("outranked")},
        {QStringLiteral("matched-terms"), QStringList{QStringLiteral("a"), QStringLiteral("b")}}};
    EXPECT_EQ(run({"explain", "/mnt/docs/f", "--query", "tea"}), 0);
    EXPECT_TRUE(m_client.asked.constLast().endsWith(QLatin1String(" tea")));
    EXPECT_NE(m_out.str().find("a, b"), std::string::npos);
}

TEST_F(VerbsTest, ConditionsReachTheDaemonAsTheyWereMeant)
{
    QTemporaryDir parent;
    ASSERT_TRUE(QDir(parent.path()).mkdir(QStringLiteral("my docs")));
    const std::string folder = parent.path().toStdString() + "/my docs";
    EXPECT_EQ(run({"search", "in:Work rent type:pdf"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("search in:Work rent type:pdf"));
    EXPECT_EQ(run({"search", "tea", "in:" + folder, "-k", "3", "--since", "2025-01", "--until",
                   "7d", "--prefix", "--explain"}),
              0);
    EXPECT_EQ(m_client.asked.constLast(),
              QStringLiteral("search tea in:\"%1\" after:\"2025-01\" before:\"7d\"")
                  .arg(QString::fromStdString(folder)));
    EXPECT_TRUE(m_client.searchOptions.isPrefix);
    EXPECT_TRUE(m_client.searchOptions.isExplained);
    EXPECT_EQ(run({"similar", "/mnt/docs/a.txt", "-0"}), 0);
    EXPECT_EQ(m_client.searchOptions.similarUri, QStringLiteral("file:///mnt/docs/a.txt"));
    EXPECT_EQ(run({"search", "--snapshots", "--similar", "/mnt/docs/a.txt"}), 0);
    EXPECT_EQ(m_client.searchOptions.snapshots, QStringLiteral("all"));
    EXPECT_EQ(run({"search", "x", "--at", "2025"}), 0);
    EXPECT_EQ(m_client.searchOptions.at, QStringLiteral("2025"));
}

TEST_F(VerbsTest, AVectorIsOneInJsonAndAnythingElseIsText)
{
    EXPECT_EQ(run({"search", "--query", "[1, -0.5]", "--metric", "cosine"}), 0);
    const QByteArray floats("\x00\x00\x80\x3f\x00\x00\x00\xbf", 8);
    EXPECT_EQ(m_client.searchOptions.vector, floats);
    EXPECT_EQ(m_client.searchOptions.mode, QStringLiteral("vector"));
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("search "));
    EXPECT_EQ(run({"search", "--query", "tea cup"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("search tea cup"));
    EXPECT_TRUE(m_client.searchOptions.vector.isEmpty());
    for (const char *bad : {"[", "[]", "[\"x\"]", "[1,"})
        EXPECT_EQ(run({"search", "--query", bad}), 2) << bad;
}

TEST_F(VerbsTest, UnknownCommandsAreNamed)
{
    EXPECT_EQ(run({"serch", "x"}), 2);
    EXPECT_EQ(m_err.str(),
              "vexctl: vexctl has no command 'serch'; did you mean 'search'? (see --help)\n");
    EXPECT_EQ(run({"snapshot", "creat", "x"}), 2);
    EXPECT_EQ(m_err.str(),
              "vexctl: snapshot has no command 'creat'; did you mean 'create'? (see --help)\n");
    EXPECT_EQ(run({"frobnicate"}), 2);
    EXPECT_EQ(m_err.str(), "vexctl: vexctl has no command 'frobnicate' (see --help)\n");
    EXPECT_EQ(run({}), 2);
    EXPECT_NE(m_err.str().find("subcommand is required"), std::string::npos);
}

TEST_F(VerbsTest, OfGuessesPeopleGetThreeAndProgramsAll)
{
    client::SearchReply reply;
    for (int i = 0; i < 5; ++i) {
        client::SearchHit hit;
        hit.uri = QStringLiteral("file:///mnt/guess-%1").arg(i);
        reply.hits.append(hit);
    }
    reply.isWeak = true;
    m_client.found = reply;
    EXPECT_EQ(run({"search", "x"}), 0);
    EXPECT_NE(m_out.str().find("guess-2"), std::string::npos);
    EXPECT_EQ(m_out.str().find("guess-3"), std::string::npos);
    EXPECT_NE(m_err.str().find("3 files"), std::string::npos);
    EXPECT_EQ(run({"search", "-0", "x"}), 0);
    EXPECT_NE(m_out.str().find("guess-4"), std::string::npos);
    EXPECT_EQ(run({"search", "--json", "x"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("hits")].toArray().size(), 5);
}

TEST_F(VerbsTest, WhatDoesNotFitIsSaid)
{
    client::SearchReply reply;
    reply.isWeak = true;
    reply.rewritten = QStringLiteral("household");
    m_client.found = reply;
    EXPECT_EQ(run({"search", "hoseuhold"}), 0);
    EXPECT_NE(m_err.str().find("Nothing fits."), std::string::npos);
    EXPECT_NE(m_err.str().find("household"), std::string::npos);
    EXPECT_EQ(run({"search", "-o", "x"}), 3);
    reply.stages = {{{}, QStringLiteral("words"), QStringLiteral("BM25"), 12.4, 9, 1500}};
    m_client.found = reply;
    EXPECT_EQ(run({"search", "--explain", "x"}), 0);
    EXPECT_NE(m_out.str().find("words"), std::string::npos);
    EXPECT_NE(m_out.str().find("1.50"), std::string::npos);
    EXPECT_EQ(run({"search", "--json", "x"}), 0);
    const auto stage = outJson()[QStringLiteral("stages")].toArray()[0].toObject();
    EXPECT_EQ(stage[QStringLiteral("took_us")].toInt(), 1500);
}

TEST_F(VerbsTest, ThePlanThatIsAskedForIsPassedOnAndShownBesideTheOthers)
{
    client::SearchPlan plan;
    plan.part = QStringLiteral("sealed");
    plan.way = QStringLiteral("during");
    plan.estimatedRows = 600;
    plan.taken = 93;
    plan.estimatedUs = 345.4;
    plan.tookUs = 321;
    plan.waysUs = {{QStringLiteral("during"), 345.4}, {QStringLiteral("scan"), 777.2}};
    client::SearchReply reply;
    reply.stages = {{{}, QStringLiteral("meaning"), QStringLiteral("x"), 600, 93, 400, {plan}}};
    m_client.found = reply;
    EXPECT_EQ(run({"search", "x", "--in", "/", "--plan", "during"}), 0);
    EXPECT_EQ(m_client.searchOptions.plan, QStringLiteral("during"));
    EXPECT_TRUE(m_client.searchOptions.isExplained);
    for (const char *each : {"during", "600", "93", "345", "321", "taken", "scan", "777"})
        EXPECT_NE(m_out.str().find(each), std::string::npos) << each << m_out.str();
    EXPECT_EQ(run({"search", "--json", "x", "--explain"}), 0);
    EXPECT_TRUE(m_client.searchOptions.plan.isEmpty());
    const auto told = outJson()[QStringLiteral("stages")].toArray()[0].toObject()
                          [QStringLiteral("plans")].toArray()[0].toObject();
    EXPECT_EQ(told[QStringLiteral("estimated_rows")].toInt(), 600);
    EXPECT_EQ(told[QStringLiteral("ways_us")].toObject()[QStringLiteral("scan")].toDouble(), 777.2);
    EXPECT_EQ(run({"search", "x", "--plan", "fastest"}), 2);
}

TEST_F(VerbsTest, ModelsAreListedWithWhereTheTextGoes)
{
    EXPECT_EQ(run({"index", "models"}), 0);
    for (const char *each : {"builtin", "256", "openai small", "leaves this machine", "here"})
        EXPECT_NE(m_out.str().find(each), std::string::npos) << each << m_out.str();
    EXPECT_NE(m_err.str().find("model.onnx only"), std::string::npos);
    EXPECT_EQ(run({"--json", "index", "models"}), 0);
    const auto rows = outJson()[QStringLiteral("models")].toArray();
    ASSERT_EQ(rows.size(), 3);
    EXPECT_EQ(rows[0].toObject()[QStringLiteral("bytes")].toInt(), 4'603'439);
    EXPECT_FALSE(rows[1].toObject()[QStringLiteral("local")].toBool(true));
    EXPECT_FALSE(rows[2].toObject()[QStringLiteral("installed")].toBool(true));
}

TEST_F(VerbsTest, SuggestionsAndStatistics)
{
    EXPECT_EQ(run({"suggest", "inv", "-k", "3"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("suggest inv 3"));
    EXPECT_EQ(m_out.str(), "term     invoice\n");
    EXPECT_EQ(run({"stats"}), 0);
    EXPECT_NE(m_out.str().find("75.0 %"), std::string::npos);
    EXPECT_EQ(run({"stats", "cache.*", "--watch", "0.05", "--count", "2", "--json"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("stats cache.*"));
    EXPECT_EQ(run({"stats", "--watch", "0.05", "--count", "2"}), 0);
    EXPECT_NE(m_out.str().find("30.0"), std::string::npos) << m_out.str();
    EXPECT_EQ(run({"stats", "none"}), 3);
    EXPECT_EQ(run({"stats", "--watch", "0"}), 2);
}

TEST_F(VerbsTest, TimeoutIsStatus7)
{
    m_client.isSilent = true;
    EXPECT_EQ(run({"--timeout", "0.05", "status"}), 7);
}

TEST_F(VerbsTest, QuietSaysOnlyWhatWasAsked)
{
    EXPECT_EQ(run({"-q", "search", "x"}), 0);
    EXPECT_EQ(m_err.str(), "");
    EXPECT_EQ(run({"-q", "volume", "umount", "docs"}), 0);
    EXPECT_EQ(m_out.str() + m_err.str(), "");
}

TEST_F(VerbsTest, SettingsOfAnIndexHaveTheTypesOfTheInterface)
{
    EXPECT_EQ(run({"index", "config", "ocr=yes", "max-file-size=20M", "cpu-limit=0.5",
                   "exclude=*.log,/mnt/docs/tmp", "roots=", "on-battery=run"}),
              0);
    const QVariantMap expected{
        {QStringLiteral("ocr"), true},
        {QStringLiteral("max-file-size"), qulonglong(20) << 20},
        {QStringLiteral("cpu-limit"), 0.5},
        {QStringLiteral("exclude"),
         QStringList{QStringLiteral("*.log"), QStringLiteral("file:///mnt/docs/tmp")}},
        {QStringLiteral("roots"), QStringList()},
        {QStringLiteral("on-battery"), QStringLiteral("run")}};
    EXPECT_EQ(m_client.configured, expected);
    for (const char *bad : {"ocr", "=1", "ocr=maybe", "max-file-size=-1", "cpu-limit=half"})
        EXPECT_EQ(run({"index", "config", bad}), 2) << bad;
}

TEST_F(VerbsTest, SourcesAreAddedListedAndRemoved)
{
    client::SourceInfo source;
    source.object = QStringLiteral("/sources/1");
    source.uri = QStringLiteral("file:///home/ann/Documents");
    source.state = QStringLiteral("partly-watched");
    source.folders = 9;
    source.watchedFolders = 3;
    m_client.known.sources = {source};
    EXPECT_EQ(run({"source", "list"}), 0);
    EXPECT_NE(m_out.str().find("/home/ann/Documents"), std::string::npos);
    EXPECT_NE(m_err.str().find("max_user_watches"), std::string::npos);
    EXPECT_EQ(run({"source", "remove", "/home/ann"}), 3);
    EXPECT_EQ(run({"source", "remove", "/home/ann/Documents"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("remove source /sources/1")));
    EXPECT_EQ(run({"index", "status", "--volume", "/home/ann/Documents/a.txt"}), 0);
}

TEST_F(VerbsTest, AScheduleIsASentence)
{
    client::VolumeInfo &volume = m_client.known.volumes[0];
    EXPECT_EQ(run({"snapshot", "schedule"}), 0);
    EXPECT_EQ(m_out.str(), "No snapshots are taken by themselves.\n");
    EXPECT_TRUE(m_client.asked.isEmpty());
    volume.schedule = {{QStringLiteral("enabled"), true},
                       {QStringLiteral("frequent"), 0},
                       {QStringLiteral("hourly"), 24},
                       {QStringLiteral("daily"), 7},
                       {QStringLiteral("min-free-percent"), 10.0},
                       {QStringLiteral("skip-unchanged"), true}};
    EXPECT_EQ(run({"snapshot", "schedule", "--hourly", "24", "--on-change"}), 0);
    EXPECT_EQ(m_client.configured,
              (QVariantMap{{QStringLiteral("enabled"), true},
                           {QStringLiteral("hourly"), 24U},
                           {QStringLiteral("skip-unchanged"), true}}));
    EXPECT_EQ(m_out.str().substr(0, m_out.str().find('\n')),
              "Every hour keep 24, every day 7; none where nothing changed; stop when less than "
              "10 % is free.");
    EXPECT_EQ(run({"snapshot", "schedule", "--off"}), 0);
    EXPECT_EQ(m_client.configured, (QVariantMap{{QStringLiteral("enabled"), false}}));
    EXPECT_EQ(run({"snapshot", "schedule", "--on", "--off"}), 2);
    EXPECT_EQ(run({"snapshot", "schedule", "--frequent-minutes", "0"}), 2);
}

TEST_F(VerbsTest, CompletionKnowsVerbsOptionsAndSnapshots)
{
    const auto offered = [this](std::vector<std::string> words) {
        words.insert(words.begin(), {"complete", "--"});
        EXPECT_EQ(run(words), 0);
        EXPECT_EQ(m_err.str(), "");
        QStringList out;
        for (const QString &line : QString::fromStdString(m_out.str()).split(u'\n')) {
            if (!line.isEmpty())
                out.append(line.section(u'\t', 0, 0));
        }
        return out.join(u' ');
    };
    EXPECT_EQ(offered({"hist"}), QStringLiteral("history"));
    EXPECT_EQ(offered({"snapshot", "re"}), QStringLiteral("restore receive"));
    EXPECT_EQ(offered({"snapshot", "delete", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"snapshot", "delete", "b", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"snapshot", "delete", "c"}), QString());
    EXPECT_EQ(offered({"snapshot", "send", "b", "--from", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"snapshot", "restore", "b", "x"}), QStringLiteral(":files"));
    EXPECT_EQ(offered({"search", "x", "--at", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"history", "a"}), QStringLiteral(":files"));
    EXPECT_EQ(offered({"snapshot", "--volume", ""}), QStringLiteral("docs"));
    EXPECT_EQ(offered({"snapshot", "create", "--wri"}), QStringLiteral("--writable"));
    EXPECT_EQ(offered({"no-such-verb", "x"}), QString());
    EXPECT_EQ(offered({"comple"}), QStringLiteral("completion"));
    m_client.known.volumes.clear();
    EXPECT_EQ(offered({"snapshot", "delete", ""}), QString());
    EXPECT_EQ(run({"completion", "bash"}), 0);
    EXPECT_NE(m_out.str().find("complete -F"), std::string::npos);
    EXPECT_EQ(run({"completion", "csh"}), 2);
}

TEST_F(VerbsTest, MapListsWhatThereIs)
{
    m_client.mapped
        = client::MapPoints{{{1, 1, 2, 7, 0, false}, {2, 2, 3, 7, 0, false}}, 5, {}, false};
    EXPECT_EQ(run({"map", "--at", "then"}), 0);
    EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("map  then")});
    EXPECT_EQ(m_out.str(), "FILES  ABOUT\n    2  rent, flat\n");
    EXPECT_NE(m_err.str().find("2 files, 2 of them in 1 groups."), std::string::npos);
}

TEST_F(VerbsTest, MapInJsonHasEachFileThatMayBeRead)
{
    m_client.mapped = client::MapPoints{
        {{1, 1, 2, 7, 0.5F, false}, {2, 2, 3, client::MapPoint().cluster, 0, true}}, 5, {}, true};
    EXPECT_EQ(run({"map", "--json", "--query", "rent"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("schema")].toString(), QStringLiteral("vexctl.map/1"));
    EXPECT_TRUE(outJson()[QStringLiteral("stale")].toBool());
    const QJsonArray points = outJson()[QStringLiteral("points")].toArray();
    ASSERT_EQ(points.size(), 2);
    const QJsonObject first = points[0].toObject();
    EXPECT_EQ(first[QStringLiteral("path")].toString(), QStringLiteral("/mnt/docs/a b.txt"));
    EXPECT_EQ(first[QStringLiteral("cluster")].toInt(), 7);
    EXPECT_EQ(first[QStringLiteral("score")].toDouble(), 0.5);
    EXPECT_FALSE(points[1].toObject().contains(QStringLiteral("uri")));
    EXPECT_FALSE(points[1].toObject().contains(QStringLiteral("cluster")));
    EXPECT_TRUE(points[1].toObject()[QStringLiteral("gone")].toBool());
}

TEST_F(VerbsTest, MapGoesToAFile)
{
    const QTemporaryDir folder;
    const std::string name = folder.filePath(QStringLiteral("m.svg")).toStdString();
    m_client.mapped = client::MapPoints{{{1, 1, 2, 7, 0, false}}, 5, {}, false};
    EXPECT_EQ(run({"map", "--out", name, "--layout"}), 0);
    EXPECT_EQ(m_client.asked.constFirst(), QStringLiteral("relayout"));
    QFile file(QString::fromStdString(name));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_TRUE(file.readAll().contains("<title>/mnt/docs/a b.txt</title>"));
    EXPECT_EQ(run({"map", "--out", "map.bmp"}), 2);
    EXPECT_EQ(run({"map", "--out", "/nowhere/map.svg"}), 1);
    EXPECT_NE(m_err.str().find("/nowhere/map.svg cannot be written"), std::string::npos);
    m_client.mapped = base::fail(Errc::IndexNotReady, QStringLiteral("why"));
    EXPECT_EQ(run({"map"}), 1);
    EXPECT_NE(m_err.str().find("vexctl map --layout"), std::string::npos);
}

TEST_F(VerbsTest, FormsOfOtherImplementationsGoOn)
{
    EXPECT_EQ(run({"-f", "json", "list-indexes"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("schema")].toString(), QStringLiteral("vexctl.status/1"));
    EXPECT_EQ(run({"status", "--format", "human"}), 0);
    EXPECT_EQ(m_out.str().substr(0, 6), "vexfsd");
    EXPECT_EQ(run({"--format", "xml", "status"}), 2);
    EXPECT_EQ(run({"--timeout", "5", "fsck", "--repair", "docs"}), 6); // the scripted job says so
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("check /v/1"));
    EXPECT_EQ(run({"search", "--query", "[1,2]", "--metric", "cosine", "/mnt/docs"}), 0);
    EXPECT_EQ(m_client.searchOptions.scopeUris, QStringList{QStringLiteral("file:///mnt/docs")});
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("search "));
    EXPECT_EQ(run({"search", "rent", "/mnt/other"}), 0);
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("search rent /mnt/other"));
    EXPECT_TRUE(m_client.searchOptions.scopeUris.isEmpty());
    EXPECT_EQ(run({"search", "/mnt/docs"}), 0);
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("search /mnt/docs"));
    EXPECT_EQ(run({"search", "--file", "/mnt/docs/a.txt"}), 0);
    EXPECT_EQ(m_client.searchOptions.similarUri, QStringLiteral("file:///mnt/docs/a.txt"));
    EXPECT_EQ(run({"search", "--help"}), 0);
    EXPECT_EQ(m_out.str().find("--file"), std::string::npos);
}
