// SPDX-License-Identifier: Apache-2.0
//
// Goal: a snapshot's files lie where today's map has them, or beside what they are like; and a
// snapshot that goes away while it is drawn is an error, not a map of nothing.
// Method: the real service over a folder that plays the volume, with a copy of it that plays the
// snapshot. What callers may read is looked at by integration.daemon.map, which is not root.
#include "daemon/service/index_service.h"
#include "tests/support/folder_volume.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <atomic>
#include <map>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

constexpr int kWaitMs = 60'000;
const QString kThen = QStringLiteral("then");

class SnapshotVolume : public test::FolderVolume
{
public:
    using FolderVolume::FolderVolume;

    base::Result<QVector<SnapshotTree>> snapshots() override
    {
        if (m_id == 0 || m_looksLeft == 0)
            return QVector<SnapshotTree>();
        if (m_looksLeft > 0)
            --m_looksLeft;
        return QVector<SnapshotTree>{{m_id, 0, "then"}};
    }

    std::atomic<uint64_t> m_id{0};
    std::atomic<int> m_looksLeft{-1};
};

class SnapshotMapTest : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(m_folder.isValid());
        QDir(m_folder.path()).mkpath(QStringLiteral("root/.vexfs/snapshots"));
        QDir(m_folder.path()).mkpath(QStringLiteral("copy"));
        ASSERT_TRUE(QFile::link(m_folder.filePath(QStringLiteral("copy")),
                                m_folder.filePath(QStringLiteral("root/.vexfs/snapshots/then"))));
        start();
    }

    void start()
    {
        const QByteArray folder = QFile::encodeName(m_folder.path());
        const uint64_t id = m_volume ? m_volume->m_id.load() : 0;
        m_service.reset();
        m_volume = std::make_shared<SnapshotVolume>(folder + "/root", folder + "/state");
        m_volume->m_id = id;
        IndexConfig config;
        config.extractProgram = QStringLiteral(VEXFS_TEST_EXTRACT);
        config.modelDirectory = QStringLiteral(VEXFS_TEST_MODEL);
        config.debounceMs = 50;
        m_service = std::make_unique<IndexService>(m_volume, config);
        ASSERT_TRUE(m_service->start());
    }

    void settle() { ASSERT_TRUE(m_service->waitIdle(kWaitMs)); }

    void write(const char *name, const QByteArray &text, const char *folder = "root")
    {
        QFile file(m_folder.filePath(QLatin1String(folder) + u'/' + QLatin1String(name)));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

    void layOut()
    {
        const auto done = m_service->layOutMap({}, [](LayoutStage, double) { return true; });
        ASSERT_TRUE(done) << qPrintable(done.error().what);
    }

    /// Roses and engines; a snapshot of all of them.
    void makeFiles()
    {
        for (int i = 0; i < 6; ++i) {
            const QByteArray each = QByteArray::number(i);
            write("rose" + each, "Roses and tulips in the garden, pruned in spring, bed " + each);
            write("engine" + each, "The engine of the car: pistons, valves and oil, page " + each);
        }
        settle();
        const auto anchors = m_volume->listAnchors();
        ASSERT_TRUE(anchors && !anchors->isEmpty());
        m_volume->m_id = anchors->constLast();
    }
    void write(const QByteArray &name, const QByteArray &text)
    {
        write((name + ".txt").constData(), text);
        write((name + ".txt").constData(), text, "copy");
    }

    std::map<uint64_t, MapPoint> points(const QString &snapshot)
    {
        const auto view = m_service->mapView(snapshot);
        EXPECT_TRUE(view) << qPrintable(view ? QString() : view.error().what);
        std::map<uint64_t, MapPoint> out;
        for (const MapPoint &each : view ? view->points : std::vector<MapPoint>())
            out.emplace(each.ino, each);
        return out;
    }
    QByteArray pathOf(uint64_t ino, const QString &snapshot)
    {
        const auto documents = m_service->mapDocuments({ino}, snapshot);
        EXPECT_TRUE(documents && documents->size() == 1);
        return documents && documents->constFirst() ? documents->constFirst()->path : QByteArray();
    }
    uint64_t inodeOf(const char *name)
    {
        const auto report = m_service->explain(name);
        return report ? report->ino : 0;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<SnapshotVolume> m_volume;
    std::unique_ptr<IndexService> m_service;
};

double distance(const Place &a, const Place &b)
{
    return std::hypot(double(a.x) - double(b.x), double(a.y) - double(b.y));
}

TEST_F(SnapshotMapTest, WhatLivesIsAtItsPlaceAndWhatIsGoneBesideItsKind)
{
    makeFiles();
    const uint64_t gone = inodeOf("rose3.txt");
    const uint64_t changed = inodeOf("rose4.txt");
    layOut();
    const auto before = points({});
    ASSERT_EQ(before.size(), 12U);
    // First, lest the folder's filesystem gives it the inode number of what is removed.
    write("new.txt", "Roses of a later year.", "root");
    ASSERT_TRUE(QFile::remove(m_folder.filePath(QStringLiteral("root/rose3.txt"))));
    write("rose4.txt", "The engine of another car stands still.", "root");
    settle();

    // Where the map still has the place of a file that is gone, it is there.
    EXPECT_EQ(points({}).size(), 11U);
    auto then = points(kThen);
    ASSERT_EQ(then.size(), 12U);
    for (const auto &[ino, point] : then) {
        EXPECT_EQ(point.place, before.at(ino).place);
        EXPECT_EQ(point.flags,
                  ino == gone ? PointGone : ino == changed ? uint32_t(PointOther) : 0U);
        EXPECT_TRUE(pathOf(ino, kThen).startsWith(".vexfs/snapshots/then/"));
    }
    EXPECT_EQ(pathOf(gone, kThen), QByteArray(".vexfs/snapshots/then/rose3.txt"));
    EXPECT_TRUE(pathOf(gone, {}).isEmpty());

    // With a map that never had it, by its vectors: the same after a restart.
    layOut();
    const auto after = points({});
    ASSERT_EQ(after.size(), 12U);
    then = points(kThen);
    ASSERT_EQ(then.size(), 12U);
    const Place place = then.at(gone).place;
    const double toRose = distance(place, after.at(inodeOf("rose1.txt")).place);
    EXPECT_LT(toRose, distance(place, after.at(inodeOf("engine1.txt")).place));
    EXPECT_EQ(then.at(gone).flags, uint32_t(PointGone));
    EXPECT_EQ(then.at(changed).place, before.at(changed).place);
    EXPECT_EQ(points(kThen).at(gone).place, place);
    start();
    settle();
    EXPECT_EQ(points(kThen).at(gone).place, place);
}

TEST_F(SnapshotMapTest, NeighboursAreOfTheSnapshot)
{
    makeFiles();
    layOut();
    const uint64_t rose = inodeOf("rose0.txt");
    write("new.txt", "Roses and tulips in the garden, pruned in spring, bed 0", "root");
    settle();
    const uint64_t later = inodeOf("new.txt");
    ASSERT_NE(later, 0U);
    const auto now = m_service->mapDocuments({rose});
    const auto then = m_service->mapDocuments({rose, later, 1U << 30U}, kThen);
    ASSERT_TRUE(now && then && then->size() == 3);
    EXPECT_TRUE((*now)[0]->neighbours.contains(later));
    EXPECT_FALSE((*then)[0]->neighbours.isEmpty());
    EXPECT_FALSE((*then)[0]->neighbours.contains(later));
    EXPECT_FALSE((*then)[1]);
    EXPECT_FALSE((*then)[2]);
}

TEST_F(SnapshotMapTest, ASnapshotThatIsNotThereIsNotFoundAtAnyMoment)
{
    makeFiles();
    EXPECT_EQ(m_service->mapView(kThen).error().code, Errc::IndexNotReady);
    EXPECT_EQ(m_service->mapDocuments({1}, kThen).error().code, Errc::IndexNotReady);
    layOut();
    EXPECT_EQ(m_service->mapView(QStringLiteral("never")).error().code, Errc::NotFound);
    EXPECT_EQ(m_service->mapDocuments({1}, QStringLiteral("never")).error().code, Errc::NotFound);
    // The thread that indexes must not look, too: it would count.
    m_service->pause();
    const auto outcome = [&](auto ask) {
        int looks = 0;
        while (looks < 100) {
            m_volume->m_looksLeft = looks;
            const auto answer = ask();
            m_volume->m_looksLeft = -1;
            if (answer)
                break;
            EXPECT_EQ(answer.error().code, Errc::NotFound);
            ++looks;
        }
        return looks;
    };
    EXPECT_EQ(outcome([&] { return m_service->mapView(kThen); }), 3);
    EXPECT_EQ(outcome([&] { return m_service->mapDocuments({inodeOf("rose0.txt")}, kThen); }), 2);
}

} // namespace
