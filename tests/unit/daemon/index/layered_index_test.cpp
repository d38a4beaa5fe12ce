// SPDX-License-Identifier: Apache-2.0
//
// Goal: sealed segments, the graph on top and what is forgotten make one answer, whatever happens
// to them: nothing is lost, nothing comes twice, and a damaged file never becomes an answer.
// Method: the same random changes to the exact index; sealing between and during them.
#include "daemon/index/vector_index.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <random>
#include <set>
#include <sys/resource.h>
#include <thread>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

constexpr uint32_t kDimension = 64;
constexpr double kRecallFloor = 0.95;
const VectorIndexIdentity kIdentity{"test/1", kDimension};

class LayeredIndexTest : public testing::Test
{
protected:
    LayeredIndexTest()
    {
        const auto seed = unsigned(qEnvironmentVariableIntValue("VEXFS_TEST_SEED"));
        printf("seed=%u\n", seed);
        m_random.seed(seed);
        for (auto &centre : m_centres)
            centre = spread(1.0F, {});
        m_layers = createLayeredIndex(kIdentity, m_folder.path());
    }

    std::vector<float> spread(float width, const std::vector<float> &around)
    {
        std::normal_distribution<float> normal(0.0F, width);
        std::vector<float> vector(kDimension);
        float squares = 0.0F;
        for (size_t i = 0; i < kDimension; ++i) {
            vector[i] = normal(m_random) + (around.empty() ? 0.0F : around[i]);
            squares += vector[i] * vector[i];
        }
        for (float &value : vector)
            value /= std::sqrt(squares);
        return vector;
    }

    // In clusters, as texts are.
    std::vector<float> randomVector() { return spread(0.1F, m_centres[m_random() % 40]); }

    void put(uint64_t ino)
    {
        std::vector<std::vector<float>> vectors(1 + m_random() % 3);
        for (auto &vector : vectors)
            vector = randomVector();
        ASSERT_TRUE(m_layers->put(ino, vectors));
        ASSERT_TRUE(m_exact->put(ino, vectors));
    }

    void remove(uint64_t ino)
    {
        m_layers->remove(ino);
        m_exact->remove(ino);
    }

    void changeAtRandom(int changes, uint64_t inodes)
    {
        for (int i = 0; i < changes; ++i) {
            const uint64_t ino = 1 + m_random() % inodes;
            if (m_random() % 4 == 0)
                remove(ino);
            else
                put(ino);
        }
    }

    static std::multiset<uint64_t> inodesOf(const VectorIndex &index)
    {
        const std::vector<uint64_t> all = index.inodes();
        return {all.begin(), all.end()};
    }

    // Nothing lost and nothing twice, and what is near is found.
    void expectSame(const VectorIndex &index)
    {
        EXPECT_EQ(index.count(), m_exact->count());
        EXPECT_EQ(inodesOf(index), inodesOf(*m_exact));
        const auto all = index.search(randomVector(), m_exact->count() + 10, nullptr);
        ASSERT_TRUE(all);
        std::set<std::pair<uint64_t, uint32_t>> chunks;
        for (const VectorHit &hit : *all)
            EXPECT_TRUE(chunks.insert({hit.ino, hit.chunk}).second) << "twice: " << hit.ino;
        EXPECT_GE(recall(index, nullptr), kRecallFloor);
    }

    double recall(const VectorIndex &index, const InodeSet *maybeOnly, size_t count = 10)
    {
        size_t wanted = 0;
        size_t found = 0;
        for (int i = 0; i < 100; ++i) {
            const std::vector<float> query = randomVector();
            const auto truth = *m_exact->search(query, count, maybeOnly);
            const auto hits = *index.search(query, count, maybeOnly);
            EXPECT_EQ(hits.size(), truth.size());
            wanted += truth.size();
            for (const VectorHit &hit : hits) {
                EXPECT_TRUE(!maybeOnly || maybeOnly->contains(hit.ino));
                for (const VectorHit &each : truth)
                    found += each.ino == hit.ino && each.chunk == hit.chunk ? 1 : 0;
            }
        }
        return wanted == 0 ? 1.0 : double(found) / double(wanted);
    }

    std::mt19937 m_random;
    std::array<std::vector<float>, 40> m_centres;
    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath(QStringLiteral("vectors.vxi"));
    std::unique_ptr<VectorIndex> m_layers;
    std::unique_ptr<VectorIndex> m_exact = createExactIndex(kIdentity);
};

TEST_F(LayeredIndexTest, IsOneAnswerBeforeBetweenAndAfterSealing)
{
    for (int round = 0; round < 4; ++round) {
        changeAtRandom(700, 900);
        expectSame(*m_layers);
        ASSERT_TRUE(m_layers->settle());
        expectSame(*m_layers);
    }
    for (uint64_t ino = 1; ino <= 900; ++ino)
        remove(ino);
    EXPECT_EQ(m_layers->count(), 0U);
    ASSERT_TRUE(m_layers->settle());
    EXPECT_TRUE(m_layers->search(randomVector(), 5, nullptr)->empty());
    put(7);
    expectSame(*m_layers);
}

TEST_F(LayeredIndexTest, ChangesWhileItIsSealedCount)
{
    changeAtRandom(1500, 1200);
    std::atomic<bool> isDone{false};
    std::thread sealer([&] {
        while (!isDone)
            EXPECT_TRUE(m_layers->settle());
    });
    changeAtRandom(3000, 1200);
    isDone = true;
    sealer.join();
    expectSame(*m_layers);
    ASSERT_TRUE(m_layers->settle());
    expectSame(*m_layers);
}

TEST_F(LayeredIndexTest, SealsByItselfWhenMuchIsFresh)
{
    for (uint64_t ino = 1; ino <= 3000; ++ino)
        put(ino);
    std::vector<VectorPlan> plans;
    for (int i = 0; i < 600 && plans.size() < 2; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        ASSERT_TRUE(m_layers->explain(randomVector(), 10, nullptr, FilterWay::None, plans));
    }
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_STREQ(plans[1].part, "sealed");
    expectSame(*m_layers);
}

TEST_F(LayeredIndexTest, TellsThatItIsAboutToSeal)
{
    EXPECT_FALSE(m_layers->isSettling());
    for (uint64_t ino = 1; m_layers->count() + 10 < kSealMinVectors; ++ino)
        put(ino);
    EXPECT_FALSE(m_layers->isSettling());
    uint64_t ino = 100'000;
    while (!m_layers->isSettling() && ino < 110'000)
        put(ino++);
    EXPECT_GE(m_layers->count(), kSealMinVectors);
    while (m_layers->isSettling())
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSERT_TRUE(m_layers->save(m_path, 1));
    m_layers = createLayeredIndex(kIdentity, m_folder.path());
    ASSERT_TRUE(m_layers->load(m_path));
    std::vector<VectorPlan> plans;
    ASSERT_TRUE(m_layers->explain(randomVector(), 10, nullptr, FilterWay::None, plans));
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_LT(plans[0].rows, kSealMinVectors); // it was all of them
    expectSame(*m_layers);
}

TEST_F(LayeredIndexTest, StoredStateComesBackAndTakesMore)
{
    changeAtRandom(900, 700);
    ASSERT_TRUE(m_layers->settle());
    changeAtRandom(300, 700);
    ASSERT_TRUE(m_layers->save(m_path, 42));
    m_layers = createLayeredIndex(kIdentity, m_folder.path());
    ASSERT_EQ(*m_layers->load(m_path), 42U);
    expectSame(*m_layers);
    changeAtRandom(300, 700);
    ASSERT_TRUE(m_layers->settle());
    ASSERT_TRUE(m_layers->save(m_path, 43));
    // Only what the state names is left: the main file, a top and a segment.
    EXPECT_EQ(QDir(m_folder.path()).entryList(QDir::Files).size(), 3);
    m_layers = createLayeredIndex(kIdentity, m_folder.path());
    ASSERT_EQ(*m_layers->load(m_path), 43U);
    expectSame(*m_layers);
    const auto other = createLayeredIndex({"other/1", kDimension}, m_folder.path());
    EXPECT_EQ(other->load(m_path).error().code, Errc::Conflict);
}

TEST_F(LayeredIndexTest, DamageToAnyFileIsFoundAndChangesNothing)
{
    changeAtRandom(400, 300);
    ASSERT_TRUE(m_layers->settle());
    changeAtRandom(40, 300);
    ASSERT_TRUE(m_layers->save(m_path, 1));
    int damages = 0;
    for (const QString &name : QDir(m_folder.path()).entryList(QDir::Files)) {
        QFile file(m_folder.filePath(name));
        ASSERT_TRUE(file.open(QIODevice::ReadWrite));
        const QByteArray good = file.readAll();
        for (int i = 0; i < 12; ++i) {
            QByteArray bad = good;
            if (i % 3 == 2) {
                bad.truncate(qsizetype(m_random() % size_t(good.size())));
            } else {
                const auto at = qsizetype(m_random() % size_t(good.size()));
                bad[at] = char(bad[at] ^ (1 << m_random() % 8));
            }
            ASSERT_TRUE(file.resize(0) && file.seek(0) && file.write(bad) == bad.size()
                        && file.flush());
            auto index = createLayeredIndex(kIdentity, m_folder.path());
            const auto loaded = index->load(m_path);
            // What a flipped bit of the model's name makes is another model's.
            EXPECT_TRUE(!loaded || index->count() == m_layers->count()) << qPrintable(name);
            EXPECT_TRUE(loaded || index->count() == 0);
            damages += loaded ? 0 : 1;
        }
        ASSERT_TRUE(file.resize(0) && file.seek(0) && file.write(good) == good.size());
        file.close();
        const QString aside = m_folder.filePath(QStringLiteral("aside"));
        ASSERT_TRUE(QFile::rename(file.fileName(), aside));
        EXPECT_FALSE(createLayeredIndex(kIdentity, m_folder.path())->load(m_path));
        ASSERT_TRUE(QFile::rename(aside, file.fileName()));
    }
    // All but those that hit what nobody reads.
    EXPECT_GE(damages, 30);
    EXPECT_EQ(*createLayeredIndex(kIdentity, m_folder.path())->load(m_path), 1U);
}

TEST_F(LayeredIndexTest, NoRoomForASegmentLeavesEverythingAsItWas)
{
    changeAtRandom(500, 400);
    ASSERT_TRUE(m_layers->settle());
    changeAtRandom(100, 400);
    ASSERT_TRUE(m_layers->save(m_path, 5));
    const QStringList before = QDir(m_folder.path()).entryList(QDir::Files);
    // A file that may not grow is as good as a disk that is full.
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit small{20000, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_FALSE(m_layers->settle());
    EXPECT_FALSE(m_layers->save(m_path, 6));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
    EXPECT_EQ(QDir(m_folder.path()).entryList(QDir::Files), before);
    expectSame(*m_layers);
    m_layers = createLayeredIndex(kIdentity, m_folder.path());
    EXPECT_EQ(*m_layers->load(m_path), 5U);
    expectSame(*m_layers);
    EXPECT_TRUE(m_layers->settle());
    expectSame(*m_layers);
}

TEST_F(LayeredIndexTest, FiltersOfAnyWidthKeepRecallAndSayTheirPlan)
{
    for (uint64_t ino = 1; ino <= 2500; ++ino)
        put(ino);
    ASSERT_TRUE(m_layers->settle());
    for (const unsigned percent : {1U, 10U, 50U, 95U}) {
        InodeSet only;
        for (uint64_t ino = 1; ino <= 2500; ++ino) {
            if (m_random() % 100 < percent)
                only.insert(ino);
        }
        EXPECT_GE(recall(*m_layers, &only), kRecallFloor) << percent;
        std::vector<VectorPlan> plans;
        ASSERT_TRUE(m_layers->explain(randomVector(), 10, &only, FilterWay::None, plans));
        for (const VectorPlan &plan : plans) {
            printf("%u %%: %s: %s, %llu of %llu rows, %.0f distances (%llu), %.0f us (%.0f)\n",
                   percent, plan.part, nameOf(plan.way), (unsigned long long)plan.expectedRows,
                   (unsigned long long)plan.rows, plan.expectedDistances,
                   (unsigned long long)plan.actualDistances, plan.expectedUs, plan.actualUs);
        }
        ASSERT_EQ(plans.size(), 2U);
        EXPECT_TRUE(percent > 1 || plans[1].way == FilterWay::Scan);
        EXPECT_NE(plans[1].way, FilterWay::None);
        EXPECT_EQ(plans[1].actualRows, 10U);
        EXPECT_GT(plans[1].expectedUs, 0.0);
    }
}

TEST_F(LayeredIndexTest, TheWayThatIsAskedForIsTakenAndPricedBesideTheOthers)
{
    for (uint64_t ino = 1; ino <= 2500; ++ino)
        put(ino);
    ASSERT_TRUE(m_layers->settle());
    for (uint64_t ino = 2501; ino <= 2600; ++ino)
        put(ino);
    for (const unsigned percent : {2U, 50U}) {
        InodeSet only;
        for (uint64_t ino = 1; ino <= 2600; ++ino) {
            if (m_random() % 100 < percent)
                only.insert(ino);
        }
        for (const FilterWay way : kFilterWays) {
            const std::vector<float> query = randomVector();
            std::vector<VectorPlan> plans;
            const auto hits = m_layers->explain(query, 10, &only, way, plans);
            const auto truth = m_exact->search(query, 10, &only);
            ASSERT_TRUE(hits && truth);
            ASSERT_EQ(plans.size(), 2U);
            EXPECT_EQ(plans[1].way, way);
            // hnswlib cannot filter during its walk.
            EXPECT_EQ(plans[0].way, way == FilterWay::During ? FilterWay::Scan : way);
            EXPECT_EQ(hits->size(), truth->size()) << percent << nameOf(way);
            EXPECT_GT(plans[1].actualDistances, 0U);
            for (const double us : plans[1].waysUs)
                EXPECT_GT(us, 0.0);
            EXPECT_TRUE(way != FilterWay::Scan || (*hits)[0].ino == (*truth)[0].ino);
        }
    }
}

TEST_F(LayeredIndexTest, AWalkThatFindsTooFewIsCompleted)
{
    for (uint64_t ino = 1; ino <= 2500; ++ino)
        put(ino);
    ASSERT_TRUE(m_layers->settle());
    const InodeSet only{1, 2, 3};
    for (const FilterWay way : {FilterWay::During, FilterWay::After}) {
        std::vector<VectorPlan> plans;
        const auto hits = m_layers->explain(randomVector(), 1000, &only, way, plans);
        const auto truth = m_exact->search(randomVector(), 1000, &only);
        ASSERT_TRUE(hits && truth);
        EXPECT_EQ(hits->size(), truth->size()) << nameOf(way);
        EXPECT_EQ(plans[1].way, way);
    }
}

TEST_F(LayeredIndexTest, AllThatPassesIsFoundWhenAllIsAskedFor)
{
    for (uint64_t ino = 1; ino <= 1500; ++ino)
        put(ino);
    ASSERT_TRUE(m_layers->settle());
    for (const uint64_t files : {10U, 700U, 1400U}) {
        InodeSet only;
        for (uint64_t ino = 1; ino <= files; ++ino)
            only.insert(ino);
        const auto hits = m_layers->search(randomVector(), SIZE_MAX, &only);
        const auto truth = m_exact->search(randomVector(), SIZE_MAX, &only);
        ASSERT_TRUE(hits && truth);
        EXPECT_EQ(hits->size(), truth->size()) << files;
    }
}

TEST_F(LayeredIndexTest, WrongDimensionIsRefused)
{
    EXPECT_EQ(m_layers->put(1, {{1.0F}}).error().code, Errc::InvalidVector);
    EXPECT_EQ(m_layers->search(std::vector<float>{1.0F}, 5, nullptr).error().code,
              Errc::InvalidVector);
    EXPECT_EQ(m_layers->load(m_path).error().code, Errc::NotFound);
}

} // namespace
