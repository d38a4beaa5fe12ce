// SPDX-License-Identifier: Apache-2.0
//
// Goal: what the window shows follows from what the daemon answers, in whatever order answers come.
// Method: models over a client whose answers the test gives; no window.
#include "gui/models/cache_history.h"
#include "common/base/file_uri.h"
#include "gui/models/drop_list.h"
#include "gui/models/file_history.h"
#include "gui/models/job_model.h"
#include "gui/models/map/file_list.h"
#include "gui/models/map_model.h"
#include "gui/models/search_model.h"
#include "gui/models/service.h"
#include "gui/models/shown_path.h"
#include "gui/models/snapshot_model.h"
#include "gui/models/text_diff.h"
#include "tests/gui/fake_client.h"

#include <QAbstractItemModelTester>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

using namespace vexfs;
using namespace vexfs::gui;

namespace {

QStringList words(std::initializer_list<const char *> list)
{
    QStringList out;
    for (const char *word : list)
        out.append(QString::fromUtf8(word));
    return out;
}

client::SearchReply replyOf(std::initializer_list<const char *> list)
{
    const QStringList names = words(list);
    client::SearchReply reply;
    for (const QString &name : names) {
        client::SearchHit hit;
        hit.uri = QStringLiteral("file:///v/") + name;
        reply.hits.append(hit);
    }
    return reply;
}

QStringList namesOf(const SearchModel &model)
{
    QStringList names;
    for (int row = 0; row < model.rowCount(); ++row)
        names.append(model.index(row).data().toString());
    return names;
}

// Continuations run in the event loop.
void settle()
{
    QCoreApplication::processEvents();
    QCoreApplication::processEvents();
}

template <class T> base::Result<T> failed()
{
    return base::fail(base::Errc::ServiceUnavailable, QStringLiteral("nobody is there"));
}

} // namespace

class ModelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theTimeLeftIsToldOfWhatTakesLong()
    {
        const quint64 second = 1'000'000;
        client::JobInfo job;
        job.state = QStringLiteral("running");
        job.startTimeUs = 100 * second;
        job.itemsDone = 30;
        job.itemsTotal = 90;
        job.rate = 0.5;
        QCOMPARE(jobProgress(job, 109 * second), QStringLiteral("30 of 90"));
        QCOMPARE(jobProgress(job, 110 * second), QStringLiteral("30 of 90, 2 min left"));
        job.rate = 20;
        QCOMPARE(jobProgress(job, 110 * second), QStringLiteral("30 of 90, 3 s left"));
        // A clock that was set back, a rate that is not known, one that stands.
        QCOMPARE(jobProgress(job, 0), QStringLiteral("30 of 90"));
        job.rate = 0;
        QCOMPARE(jobProgress(job, 200 * second), QStringLiteral("30 of 90"));
        job.rate = 20;
        job.itemsDone = 90;
        QCOMPARE(jobProgress(job, 200 * second), QStringLiteral("90 of 90"));
        job.itemsDone = 30;
        job.state = QStringLiteral("paused");
        QCOMPARE(jobProgress(job, 200 * second), QStringLiteral("30 of 90"));
    }

    void meaningJoinsWordsAndTheRowStays()
    {
        test::FakeClient daemon;
        SearchModel model(daemon);
        QAbstractItemModelTester tester(&model);
        model.setQuery(QStringLiteral("car"));
        QCOMPARE(daemon.searches.size(), size_t(0)); // people type on
        QTRY_COMPARE(daemon.searches.size(), size_t(2));
        QCOMPARE(model.state(), SearchModel::State::Searching);
        QCOMPARE(daemon.searches[0].mode, QStringLiteral("keyword"));
        daemon.searches[0].answer(replyOf({"a", "b", "c"}));
        settle();
        QCOMPARE(namesOf(model), words({"a", "b", "c"}));
        const QPersistentModelIndex chosen = model.index(1);
        daemon.searches[1].answer(replyOf({"x", "c", "b", "y"}));
        settle();
        QCOMPARE(namesOf(model), words({"x", "c", "b", "y"}));
        QCOMPARE(chosen.data().toString(), QStringLiteral("b"));
        QCOMPARE(model.state(), SearchModel::State::Found);
    }

    void moreHitsAreAskedForByWhoScrolls()
    {
        test::FakeClient daemon;
        SearchModel model(daemon); // a model tester would fetch more itself
        model.setQuery(QStringLiteral("car"));
        model.askNow();
        const quint32 first = daemon.lastSearch.limit;
        client::SearchReply page;
        for (quint32 i = 0; i < first; ++i) {
            client::SearchHit hit;
            hit.uri = QStringLiteral("file:///%1").arg(i);
            page.hits.append(hit);
        }
        daemon.searches[0].answer(page);
        settle();
        QVERIFY(!model.isWhole());
        QVERIFY(!model.canFetchMore({})); // meaning is still to come
        daemon.searches[1].answer(page);
        settle();
        QVERIFY(model.isWhole() && model.canFetchMore({}));
        model.fetchMore({});
        QCOMPARE(daemon.searches.size(), size_t(3));
        QVERIFY(daemon.lastSearch.limit > first);
        QVERIFY(!model.canFetchMore({})); // once
        page.hits.append(page.hits.constFirst());
        page.hits.last().uri = QStringLiteral("file:///more");
        daemon.searches[2].answer(page);
        settle();
        QCOMPARE(model.rowCount(), int(first) + 1);
        QVERIFY(!model.canFetchMore({})); // there are no more
        // The next question begins small again.
        model.setQuery(QStringLiteral("cart"));
        model.askNow();
        QCOMPARE(daemon.lastSearch.limit, first);
    }

    void answersToOldQuestionsAreDropped()
    {
        test::FakeClient daemon;
        SearchModel model(daemon);
        model.setQuery(QStringLiteral("car"));
        model.askNow();
        model.setQuery(QStringLiteral("cart"));
        model.askNow();
        QCOMPARE(daemon.searches.size(), size_t(4));
        daemon.searches[3].answer(replyOf({"new"}));
        settle();
        daemon.searches[1].answer(replyOf({"old"}));
        daemon.searches[2].answer(replyOf({"words of the new, late"}));
        settle();
        QCOMPARE(namesOf(model), words({"new"}));
        model.setQuery({});
        QCOMPARE(model.rowCount(), 0);
        QCOMPARE(model.state(), SearchModel::State::Idle);
    }

    void nothingWeakAndFailedAreTold()
    {
        test::FakeClient daemon;
        SearchModel model(daemon);
        const auto ask = [&] {
            daemon.searches.clear();
            model.askNow();
        };
        model.setQuery(QStringLiteral("spaceship koala"));
        ask();
        daemon.searches[0].answer(replyOf({}));
        settle();
        QCOMPARE(model.state(), SearchModel::State::Searching); // meaning may find some
        daemon.searches[1].answer(replyOf({}));
        settle();
        QCOMPARE(model.state(), SearchModel::State::Nothing);
        ask();
        client::SearchReply weak = replyOf({"guess"});
        weak.isWeak = true;
        daemon.searches[1].answer(weak);
        settle();
        QCOMPARE(model.state(), SearchModel::State::Weak);
        ask();
        daemon.searches[0].answer(failed<client::SearchReply>());
        daemon.searches[1].answer(failed<client::SearchReply>());
        settle();
        QCOMPARE(model.state(), SearchModel::State::Failed);
        QCOMPARE(model.problem(), QStringLiteral("nobody is there"));
        QCOMPARE(model.rowCount(), 0);
    }

    void theServiceGoesAndComesBack()
    {
        test::FakeClient daemon;
        Service service(daemon);
        QSignalSpy spy(&service, &Service::availabilityChanged);
        service.refresh();
        service.refresh(); // not twice at once
        QCOMPARE(daemon.inventories.size(), size_t(1));
        daemon.inventories[0].answer(failed<client::Inventory>());
        settle();
        QCOMPARE(spy.size(), 1);
        QVERIFY(!service.isAvailable());
        client::Inventory inventory;
        inventory.volumes.resize(2);
        inventory.volumes[0].object = QStringLiteral("/v/0");
        inventory.volumes[1].object = QStringLiteral("/v/1");
        inventory.volumes[1].mountUris = {QStringLiteral("file:///m")};
        inventory.volumes[1].index.pending = 7;
        service.refresh();
        daemon.inventories[1].answer(inventory);
        settle();
        QCOMPARE(spy.size(), 2);
        QVERIFY(service.isAvailable());
        QCOMPARE(service.currentVolume(), QStringLiteral("/v/1")); // the one that is mounted
        QVERIFY(service.activity().contains(u'7'));
        service.refresh();
        daemon.inventories[2].answer(failed<client::Inventory>());
        settle();
        QCOMPARE(spy.size(), 3);
        QVERIFY(service.currentVolume().isEmpty());
    }

    void snapshotsComePageByPage()
    {
        test::FakeClient daemon;
        SnapshotModel model(daemon);
        QAbstractItemModelTester tester(&model);
        model.setVolume(QStringLiteral("/v/0"));
        model.setVolume(QStringLiteral("/v/1")); // what is of the first comes too late
        client::SnapshotPage page;
        page.snapshots.resize(2);
        page.snapshots[0].name = QStringLiteral("late");
        page.total = 3;
        page.next = QStringLiteral("more");
        daemon.listings[0].answer(page);
        settle();
        QCOMPARE(model.rowCount(), 0);
        page.snapshots[0].name = QStringLiteral("first");
        daemon.listings[1].answer(page);
        settle();
        QCOMPARE(model.rowCount(), 2);
        QVERIFY(model.canFetchMore({}));
        model.fetchMore({});
        QCOMPARE(daemon.listings[2].mode, QStringLiteral("more"));
        client::SnapshotPage last;
        last.snapshots.resize(1);
        last.total = 3;
        daemon.listings[2].answer(last);
        settle();
        QCOMPARE(model.rowCount(), 3);
        QVERIFY(!model.canFetchMore({}));
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("first"));
    }

    void jobsKeepTheirRows()
    {
        test::FakeClient daemon;
        Service service(daemon);
        JobModel model(service);
        QAbstractItemModelTester tester(&model);
        client::Inventory inventory;
        inventory.jobs.resize(2);
        inventory.jobs[0].id = 1;
        inventory.jobs[0].object = QStringLiteral("/jobs/1");
        inventory.jobs[0].kind = QStringLiteral("index");
        inventory.jobs[1].id = 2;
        inventory.jobs[1].object = QStringLiteral("/jobs/2");
        inventory.jobs[1].progress = 0.5;
        service.refresh();
        daemon.inventories.back().answer(inventory);
        settle();
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.job(0)->id, uint32_t(2));
        QCOMPARE(model.index(0, 0).data(JobModel::PercentRole).toInt(), 50);
        QCOMPARE(model.index(1, 0).data(JobModel::PercentRole).toInt(), 0);
        const QPersistentModelIndex chosen = model.index(1, 0);
        inventory.jobs[0].progress = 0.25;
        service.refresh();
        daemon.inventories.back().answer(inventory);
        settle();
        QVERIFY(chosen.isValid());
        QCOMPARE(chosen.data(JobModel::PercentRole).toInt(), 25);
        // One that has ended has no bar.
        inventory.jobs[0].state = QStringLiteral("succeeded");
        service.refresh();
        daemon.inventories.back().answer(inventory);
        settle();
        QCOMPARE(chosen.data(JobModel::PercentRole).toInt(), -1);
    }

    void droppedFilesComeOnceAndByAnyName()
    {
        test::FakeClient daemon;
        DropList list(daemon);
        QAbstractItemModelTester tester(&list);
        QMimeData other;
        other.setData(QStringLiteral("application/x-of-nobody"), "no file");
        QVERIFY(!DropList::accepts(other));
        QCOMPARE(list.add(other), 0);
        QMimeData files;
        files.setData(QStringLiteral("text/uri-list"),
                      "# comment\r\nfile:///a/b%20c\r\nfile:///a/%FF%0A.txt\r\nhttp://x/\r\n");
        QVERIFY(DropList::accepts(files));
        QCOMPARE(list.add(files), 2);
        QCOMPARE(list.add(files), 0);
        QSignalSpy started(&list, &DropList::started);
        list.start(QStringLiteral("file:///v/in"), false);
        QTRY_COMPARE(started.size(), 1);
        QCOMPARE(daemon.added[0].uris,
                 words({"file:///a/b%20c", "file:///a/%FF%0A.txt"}));
        QCOMPARE(daemon.added[0].intoUri, QStringLiteral("file:///v/in"));
        QVERIFY(!daemon.added[0].isRecursive);
        QVERIFY(list.isEmpty());
    }

    void namesCanBeRead()
    {
        QCOMPARE(shownName(QStringLiteral("file:///a/b%20c")), QStringLiteral("b c"));
        QCOMPARE(shownType(QStringLiteral("application/x-of-nobody")),
                 QStringLiteral("application/x-of-nobody"));
        QVERIFY(shownType(QStringLiteral("application/pdf")) != QStringLiteral("application/pdf"));
        // A line break, a character that turns the direction, and what is no UTF-8.
        for (const char *uri : {"file:///a/x%0Ay", "file:///a/x%E2%80%AEy", "file:///a/x%FFy"})
            QCOMPARE(shownName(QLatin1String(uri)), QStringLiteral("x\uFFFDy"));
        QCOMPARE(shownFolder(QStringLiteral("file:///a/b/c")), QStringLiteral("/a/b"));
        QCOMPARE(shownFolder(QStringLiteral("file:///a")), QStringLiteral("/"));
    }

    void textsAreComparedByLines()
    {
        const auto kinds = [](const QList<DiffLine> &rows) {
            QString out;
            for (const DiffLine &row : rows)
                out += QStringLiteral("=~-+").at(int(row.kind));
            return out;
        };
        QCOMPARE(kinds(compareLines({}, {})), QString());
        QCOMPARE(kinds(compareLines(words({"a", "b", "c"}), words({"a", "x", "c", "d"}))),
                 QStringLiteral("=~=+"));
        QCOMPARE(kinds(compareLines(words({"a", "b", "c"}), words({"c"}))), QStringLiteral("--="));
        const QList<DiffLine> rows = compareLines(words({"a", "old"}), words({"a", "new", "more"}));
        QCOMPARE(kinds(rows), QStringLiteral("=~+"));
        QCOMPARE(rows[1].left, QStringLiteral("old"));
        QCOMPARE(rows[1].right, QStringLiteral("new"));
        QCOMPARE(rows[2].right, QStringLiteral("more"));
    }

    void whatIsNoTextIsNotCompared()
    {
        const QTemporaryDir folder;
        const auto write = [&](const QByteArray &name, const QByteArray &bytes) {
            const QByteArray path = QFile::encodeName(folder.path()) + '/' + name;
            const int fd = ::open(path.constData(), O_WRONLY | O_CREAT, 0600);
            QFile file;
            if (!file.open(fd, QIODevice::WriteOnly, QFileDevice::AutoCloseHandle)
                || file.write(bytes) != bytes.size())
                qFatal("cannot write %s", path.constData());
            return base::uriFromPath(path);
        };
        // Names and texts that are no UTF-8 are texts.
        const QString odd = write("x\xff\n.txt", "caf\xe9\nb\n");
        const QString plain = write("plain", "a\nb");
        const Comparison both = compareFiles(plain, odd).result();
        QCOMPARE(both.problem, QString());
        QCOMPARE(both.lines.size(), 2);
        QCOMPARE(both.lines[0].right, QStringLiteral("caf\u00e9"));
        QCOMPARE(compareFiles({}, plain).result().lines.size(), 2);
        const QString binary = write("binary", QByteArray("a\0b", 3));
        QVERIFY(compareFiles(plain, binary).result().problem.contains(QStringLiteral("no text")));
        const QString large = write("large", QByteArray(20'001, '\n'));
        QVERIFY(compareFiles(large, plain).result().problem.contains(QStringLiteral("too large")));
        QVERIFY(!compareFiles(plain, plain + u'x').result().problem.isEmpty());
        // Nobody writes to this pipe: it must not be waited for.
        const QByteArray pipe = QFile::encodeName(folder.path()) + "/pipe";
        QCOMPARE(::mkfifo(pipe.constData(), 0600), 0);
        QVERIFY(!compareFiles(plain, base::uriFromPath(pipe)).result().problem.isEmpty());
        QVERIFY(!compareFiles(plain, base::uriFromPath("/")).result().problem.isEmpty());
    }

    void versionsOfAFileAreRestoredAndThatIsUndone()
    {
        test::FakeClient daemon;
        FileHistory history(daemon);
        QSignalSpy failed(&history, &FileHistory::failed);
        history.setFile(QStringLiteral("/v/0"), QStringLiteral("file:///v/old"));
        history.setFile(QStringLiteral("/v/0"), QStringLiteral("file:///v/a"));
        QVERIFY(history.isAsked());
        client::FileVersion live;
        live.uri = QStringLiteral("file:///v/a");
        live.isLive = true;
        live.snapshots = words({"tuesday"});
        client::FileVersion past;
        past.uri = QStringLiteral("file:///v/.vexfs/snapshots/monday/a");
        past.snapshots = words({"monday", "sunday"});
        // The first question's answer comes late and is dropped.
        daemon.histories[1].answer(QList<client::FileVersion>{live, past});
        settle();
        daemon.histories[0].answer(QList<client::FileVersion>{past});
        settle();
        QCOMPARE(history.rowCount(), 2);
        history.restore(0, true); // it is there already
        history.restore(7, true);
        QVERIFY(daemon.restores.empty());
        QSignalSpy restored(&history, &FileHistory::restored);
        daemon.endedJob.state = QStringLiteral("succeeded");
        daemon.endedJob.result = {{QStringLiteral("restored"), 1ULL},
                                  {QStringLiteral("undo-snapshot"), QStringLiteral("undo-1")}};
        history.restore(1, true);
        QTRY_COMPARE(restored.size(), 1);
        QCOMPARE(daemon.restores[0].snapshot, QStringLiteral("monday"));
        QCOMPARE(daemon.restores[0].conflict, QStringLiteral("overwrite"));
        QVERIFY(restored[0][1].toBool());
        QSignalSpy undone(&history, &FileHistory::undone);
        history.undo();
        history.undo(); // there is no second one to take back
        QTRY_COMPARE(undone.size(), 1);
        QCOMPARE(daemon.undone, words({"undo-1"}));
        // A job that fails, and a daemon that goes while it runs.
        daemon.histories.back().answer(QList<client::FileVersion>{live, past});
        settle();
        daemon.endedJob.state = QStringLiteral("failed");
        daemon.endedJob.errorMessage = QStringLiteral("no space");
        history.restore(1, false);
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed[0][0].toString(), QStringLiteral("no space"));
        daemon.endedJob = {};
        history.restore(1, false);
        QTRY_COMPARE(failed.size(), 2);
        history.reload();
        daemon.histories.back().answer(base::fail(base::Errc::NotFound, QStringLiteral("gone")));
        settle();
        QCOMPARE(history.rowCount(), 0);
        QCOMPARE(failed.size(), 3);
    }

    void sharesOfHitsAreOfTheLastLook()
    {
        test::FakeClient daemon;
        CacheHistory history(daemon);
        history.setVolume(QStringLiteral("/v/0"));
        history.setWatched(true);
        client::CounterValues values;
        values.timeUs = 1'000'000;
        values.counters = {{QStringLiteral("node_cache.hits"), 50},
                           {QStringLiteral("node_cache.misses"), 50},
                           {QStringLiteral("node_cache.evictions"), 3}};
        daemon.looks.back().answer(values);
        settle();
        QCOMPARE(history.series().size(), 1);
        QCOMPARE(history.series()[0].points.constLast().hitShare, 0.5);
        const auto look = [&] {
            history.setWatched(true);
            daemon.looks.back().answer(values);
            settle();
        };
        values.timeUs = 2'000'000;
        values.counters[QStringLiteral("node_cache.hits")] = 140;
        values.counters[QStringLiteral("node_cache.misses")] = 60;
        look();
        QCOMPARE(history.series()[0].points.constLast().hitShare, 0.9);
        values.timeUs = 3'000'000; // nothing was asked: as before
        look();
        QCOMPARE(history.series()[0].points.constLast().hitShare, 0.9);
        values.counters[QStringLiteral("node_cache.misses")] = 2000;
        values.timeUs = 400'000'000; // five minutes are kept
        look();
        QCOMPARE(history.series()[0].points.size(), 1);
        QVERIFY(history.advice().contains(shownCache(QStringLiteral("node_cache"))));
        history.setWatched(false);
    }

    void aMapIsLaidOutWhenThereIsNone()
    {
        test::FakeClient daemon;
        Service service(daemon);
        MapModel map(service);
        QCOMPARE(map.state(), MapModel::State::NoVolume);
        map.setVolume(QStringLiteral("/v"));
        QCOMPARE(map.state(), MapModel::State::Loading);
        daemon.maps.back().answer(base::fail(base::Errc::IndexNotReady, QStringLiteral("none")));
        settle();
        QCOMPARE(map.state(), MapModel::State::Missing);
        map.layOut(false);
        settle();
        QCOMPARE(daemon.layouts, 1);
        QCOMPARE(map.state(), MapModel::State::LayingOut);
        client::Inventory inventory;
        inventory.jobs.append(client::JobInfo());
        inventory.jobs[0].object = QStringLiteral("/jobs/2");
        inventory.jobs[0].state = QStringLiteral("succeeded");
        daemon.inventories.back().answer(inventory);
        settle();
        QVERIFY(!map.isLayingOut());
        client::MapPoints points;
        points.points = {{7, 0, 0, 0, 0}, {9, 1, 1, 0, 0.5F}};
        daemon.maps.back().answer(points);
        settle();
        QCOMPARE(map.state(), MapModel::State::Ready);
        QCOMPARE(map.hits(), 1);
        // What is pointed out stands in the table first, and alone.
        QCOMPARE(map.rowCount(), 1);
        map.choose({0, 1});
        QCOMPARE(map.rowCount(), 2);
        map.choose({1});
        QCOMPARE(map.rowCount(), 1);
        client::MapDocument gone;
        daemon.documents.back().answer(QList<client::MapDocument>{gone});
        settle();
        QCOMPARE(map.index(0, 0).data().toString(), MapModel::tr("A file that is gone"));
        QVERIFY(map.uri(0).isEmpty());
    }

    void aMapThatIsNoLongerAskedForIsDropped()
    {
        test::FakeClient daemon;
        Service service(daemon);
        MapModel map(service);
        map.setVolume(QStringLiteral("/one"));
        map.setVolume(QStringLiteral("/two"));
        QCOMPARE(daemon.maps.size(), size_t(2));
        client::MapPoints points;
        points.points = {{7, 0, 0, 0, 0}};
        daemon.maps[0].answer(points);
        settle();
        QCOMPARE(map.points().points.size(), 0);
        daemon.maps[1].answer(points);
        settle();
        QCOMPARE(map.points().points.size(), 1);
    }

    static client::MapPoints pointsOf(const QList<quint64> &ids)
    {
        client::MapPoints points;
        for (const quint64 id : ids)
            points.points.append({id, float(id), 0, 0, 0, false});
        return points;
    }

    void theMapGoesBackInTime()
    {
        test::FakeClient daemon;
        Service service(daemon);
        MapModel map(service);
        map.setVolume(QStringLiteral("/v"));
        daemon.maps.back().answer(pointsOf({3, 5, 9}));
        client::SnapshotPage page;
        page.snapshots.resize(3);
        const QStringList names{QStringLiteral("new"), QStringLiteral("own"),
                                QStringLiteral("old")};
        for (int i = 0; i < 3; ++i) {
            page.snapshots[i].name = names[i];
            page.snapshots[i].createdUs = 30 - 10 * uint64_t(i);
        }
        page.snapshots[1].isWritable = true;
        daemon.listings.back().answer(page);
        settle();
        QCOMPARE(map.moments().size(), 2);
        QCOMPARE(map.moments()[0].snapshot, QStringLiteral("old"));
        map.choose({0, 2});
        client::MapDocument document;
        document.uri = QStringLiteral("file:///v/now");
        daemon.documents.back().answer(QList<client::MapDocument>{document, document});
        settle();
        QCOMPARE(map.uri(0), document.uri);

        // On the way past another one: only the last is asked for.
        const size_t asked = daemon.maps.size();
        map.setMoment(QStringLiteral("new"));
        map.setMoment(QStringLiteral("old"));
        QVERIFY(map.isBusy());
        QTRY_COMPARE(daemon.maps.size(), asked + 1);
        QCOMPARE(daemon.mapMoments.constLast(), QStringLiteral("old"));
        QVERIFY(map.shownMoment().isEmpty());
        daemon.maps.back().answer(pointsOf({5, 9, 11}));
        settle();
        QVERIFY(!map.isBusy());
        QCOMPARE(map.shownMoment(), QStringLiteral("old"));
        // What is still there stays chosen, and its old name is asked for.
        QCOMPARE(map.chosenPoints(), QList<int>{1});
        QCOMPARE(map.points().points[1].id, 9U);
        QVERIFY(map.uri(0).isEmpty());
        QCOMPARE(daemon.documents.back().mode, QStringLiteral("old"));
        QCOMPARE(daemon.clusters.back().mode, QStringLiteral("old"));
        document.uri = QStringLiteral("file:///v/.vexfs/snapshots/old/then");
        daemon.documents.back().answer(QList<client::MapDocument>{document});
        settle();
        QCOMPARE(map.uri(0), document.uri);
    }

    void theMapFollowsTheFiles()
    {
        test::FakeClient daemon;
        Service service(daemon);
        MapModel map(service);
        map.setVolume(QStringLiteral("/v"));
        QCOMPARE(daemon.mapWatches, QStringList{QStringLiteral("/v")});
        client::MapPoints points = pointsOf({3, 5, 9});
        points.generation = 1;
        daemon.maps.back().answer(points);
        settle();
        map.choose({1, 2});
        // What is gone takes its point along, and nothing is asked.
        const size_t asked = daemon.maps.size();
        daemon.mapWatcher({1, {}, {5, 77}});
        QCOMPARE(daemon.maps.size(), asked);
        QCOMPARE(map.points().points.size(), 2);
        QCOMPARE(map.chosenPoints(), QList<int>{1});
        QCOMPARE(map.points().points[1].id, 9U);
        // More than that is asked for; what is chosen stays.
        daemon.mapWatcher({2, {11}, {}});
        QCOMPARE(daemon.maps.size(), asked + 1);
        points = pointsOf({1, 3, 9, 11});
        points.generation = 2;
        daemon.maps.back().answer(points);
        settle();
        QCOMPARE(map.chosenPoints(), QList<int>{2});
        daemon.mapWatcher({2, {}, {}});
        QCOMPARE(daemon.maps.size(), asked + 2);
        daemon.maps.back().answer(points);
        settle();
        // A snapshot has its files until there is another layout.
        map.setMoment(QStringLiteral("then"));
        QTRY_COMPARE(daemon.maps.size(), asked + 3);
        daemon.maps.back().answer(points);
        settle();
        daemon.mapWatcher({2, {}, {3}});
        QCOMPARE(daemon.maps.size(), asked + 3);
        QCOMPARE(map.points().points.size(), 4);
        daemon.mapWatcher({3, {}, {}});
        QCOMPARE(daemon.maps.size(), asked + 4);
        QCOMPARE(daemon.mapMoments.constLast(), QStringLiteral("then"));
        // Another volume's map is another's.
        const QPointer<QObject> context = daemon.mapWatchContext;
        QVERIFY(context);
        map.setVolume(QString());
        QVERIFY(!context);
    }

    void aListIsSavedInEachFormat()
    {
        client::MapDocument odd;
        odd.uri = QStringLiteral("file:///v/a%0A%22b%22,%FF.txt");
        odd.title = QStringLiteral("One \"two\", three");
        odd.type = QStringLiteral("text/plain");
        odd.mtimeUs = 1'500'000;
        odd.sizeBytes = 7;
        client::MapDocument plain;
        plain.uri = QStringLiteral("file:///v/plain%20one");
        const QList<client::MapDocument> files{odd, client::MapDocument(), plain};
        const QByteArray csv = listOf(files, ListFormat::Csv);
        QVERIFY(csv.startsWith("path,uri,title,type,modified,size\r\n\"/v/a\n\"\"b\"\","));
        QVERIFY(csv.contains(",\"One \"\"two\"\", three\",text/plain,"
                             "1970-01-01T00:00:01.500Z,7\r\n"));
        QVERIFY(csv.endsWith("\r\n/v/plain one,file:///v/plain%20one,,,"
                             "1970-01-01T00:00:00.000Z,0\r\n"));
        const auto json = QJsonDocument::fromJson(listOf(files, ListFormat::Json)).array();
        QCOMPARE(json.size(), 2);
        QCOMPARE(json[0].toObject().value(QStringLiteral("title")).toString(), odd.title);
        QCOMPARE(json[0].toObject().value(QStringLiteral("uri")).toString(), odd.uri);
        // A line for each, so what has a line break in it is not told as a path.
        QCOMPARE(listOf(files, ListFormat::Paths), odd.uri.toUtf8() + "\n/v/plain one\n");
        QCOMPARE(listFormatOf(QStringLiteral("/a/B.CSV")), ListFormat::Csv);
        QCOMPARE(listFormatOf(QStringLiteral("/a/csv")), ListFormat::Paths);
    }

    void aListIsSavedWholeOrNotAtAll()
    {
        test::FakeClient daemon;
        FileList list(daemon);
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("list.txt"));
        QList<quint64> saved;
        QStringList told;
        connect(&list, &FileList::saved, this, [&](quint64 files) { saved.append(files); });
        connect(&list, &FileList::failed, this, [&](const QString &what) { told.append(what); });
        client::MapDocument document;
        document.uri = QStringLiteral("file:///v/a");
        QList<qulonglong> ids;
        for (qulonglong i = 0; i < 1500; ++i)
            ids.append(i);
        // Page by page; an error on the second leaves nothing.
        list.choose(QStringLiteral("/v"), QStringLiteral("then"), ids);
        list.save(path);
        daemon.documents.back().answer(QList<client::MapDocument>(1000, document));
        settle();
        QCOMPARE(daemon.documents.size(), size_t(2));
        QCOMPARE(daemon.documents.back().mode, QStringLiteral("then"));
        daemon.documents.back().answer(
            base::fail(base::Errc::NotFound, QStringLiteral("no snapshot")));
        settle();
        QCOMPARE(told.size(), 1);
        QVERIFY(told[0].contains(QStringLiteral("no snapshot")));
        QVERIFY(!QFile::exists(path));
        // Some are gone meanwhile.
        list.choose(QStringLiteral("/v"), {}, {1, 2});
        list.save(path);
        daemon.documents.back().answer(
            QList<client::MapDocument>{document, client::MapDocument()});
        QTRY_COMPARE(saved, QList<quint64>{1});
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("/v/a\n"));
        file.close();
        // A folder that is not there, and a file that is: it stays as it is.
        list.choose(QStringLiteral("/v"), {}, {1});
        list.save(folder.filePath(QStringLiteral("no/list.txt")));
        daemon.documents.back().answer(QList<client::MapDocument>{document});
        QTRY_COMPARE(told.size(), 2);
        list.save(path);
        daemon.documents.back().answer(QList<client::MapDocument>{document, document});
        QTRY_COMPARE(told.size(), 3);
        QVERIFY(told[2].contains(FileList::tr("there is a file of that name already")));
        QCOMPARE(saved.size(), 1);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("/v/a\n"));
    }

    void aMomentThatIsGoneLeadsBack()
    {
        test::FakeClient daemon;
        Service service(daemon);
        MapModel map(service);
        QStringList told;
        connect(&map, &MapModel::failed, this, [&](const QString &what) { told.append(what); });
        const base::Error gone{base::Errc::NotFound, QStringLiteral("There is no snapshot")};
        const auto go = [&](const char *moment, const base::Result<client::MapPoints> &answer) {
            const size_t asked = daemon.maps.size();
            map.setMoment(QLatin1String(moment));
            QTRY_COMPARE(daemon.maps.size(), asked + 1);
            daemon.maps.back().answer(answer);
            settle();
        };
        map.setVolume(QStringLiteral("/v"));
        daemon.maps.back().answer(pointsOf({3, 5}));
        settle();
        go("one", pointsOf({3}));
        // Another one is not there: what is shown stays.
        const size_t listed = daemon.listings.size();
        go("two", tl::unexpected(gone));
        QCOMPARE(told.size(), 1);
        QCOMPARE(map.moment(), QStringLiteral("one"));
        QCOMPARE(map.points().points.size(), 1);
        QVERIFY(!map.isBusy());
        QCOMPARE(daemon.listings.size(), listed + 1);
        // The one that is shown goes: there is always a now.
        map.reload();
        daemon.maps.back().answer(tl::unexpected(gone));
        settle();
        QVERIFY(map.moment().isEmpty());
        QCOMPARE(daemon.mapMoments.constLast(), QString());
        daemon.maps.back().answer(pointsOf({3, 5}));
        settle();
        QVERIFY(map.shownMoment().isEmpty());
        QCOMPARE(map.points().points.size(), 2);
        // An answer that comes after the next question is none.
        map.setMoment(QStringLiteral("one"));
        QTRY_COMPARE(daemon.mapMoments.constLast(), QStringLiteral("one"));
        const auto late = daemon.maps.back();
        map.setMoment(QStringLiteral("two"));
        map.setMoment(QString());
        const size_t open = daemon.maps.size();
        QTest::qWait(400);
        // The daemon looks at one moment at a time.
        QCOMPARE(daemon.maps.size(), open);
        late.answer(pointsOf({7}));
        settle();
        QCOMPARE(map.points().points.size(), 2);
        QCOMPARE(daemon.maps.size(), open + 1);
        // A query that makes no sense does not lead away from where one is.
        QTRY_COMPARE(daemon.mapMoments.constLast(), QString());
        daemon.maps.back().answer(pointsOf({3, 5}));
        settle();
        go("one", pointsOf({3}));
        map.setQuery(QStringLiteral("\""));
        const size_t before = daemon.maps.size();
        QTRY_COMPARE(daemon.maps.size(), before + 1);
        daemon.maps.back().answer(base::fail(base::Errc::InvalidQuery, QStringLiteral("no")));
        settle();
        QCOMPARE(map.moment(), QStringLiteral("one"));
        QCOMPARE(map.points().points.size(), 1);
    }

    void aLayoutWhoseDaemonDiedIsNotWaitedFor()
    {
        test::FakeClient daemon;
        Service service(daemon);
        MapModel map(service);
        map.setVolume(QStringLiteral("/v"));
        map.layOut(false);
        settle();
        QVERIFY(map.isLayingOut());
        daemon.inventories.back().answer(
            base::fail(base::Errc::ServiceUnavailable, QStringLiteral("gone")));
        settle();
        QVERIFY(!map.isLayingOut());
        daemon.maps.back().answer(
            base::fail(base::Errc::ServiceUnavailable, QStringLiteral("gone")));
        settle();
        QCOMPARE(map.state(), MapModel::State::Failed);
    }
};

QTEST_GUILESS_MAIN(ModelsTest)
#include "models_test.moc"
