// SPDX-License-Identifier: Apache-2.0
//
// Goal: the graph finds what the exact scan finds, and a damaged file never becomes an answer.
// Method: both indexes get the same random vectors and the same changes.
#include "daemon/index/vector_index.h"

#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

constexpr uint32_t kDimension = 48;
constexpr double kRecallFloor = 0.95;
const VectorIndexIdentity kIdentity{"test/1", kDimension};

using Vectors = std::vector<std::vector<float>>;

class VectorIndexTest : public testing::Test
{
protected:
    VectorIndexTest()
    {
        const auto seed = unsigned(qEnvironmentVariableIntValue("VEXFS_TEST_SEED"));
        printf("seed=%u\n", seed);
        m_random.seed(seed);
    }

    std::vector<float> randomVector()
    {
        std::normal_distribution<float> normal;
        std::vector<float> vector(kDimension);
        float squares = 0.0F;
        for (float &value : vector) {
            value = normal(m_random);
            squares += value * value;
        }
        for (float &value : vector)
            value /= std::sqrt(squares);
        return vector;
    }

    void put(uint64_t ino, size_t chunks)
    {
        Vectors vectors;
        for (size_t i = 0; i < chunks; ++i)
            vectors.push_back(randomVector());
        ASSERT_TRUE(m_graph->put(ino, vectors));
        ASSERT_TRUE(m_exact->put(ino, vectors));
    }

    void remove(uint64_t ino)
    {
        m_graph->remove(ino);
        m_exact->remove(ino);
    }

    double recall(const InodeSet *maybeOnly, size_t count = 10, int queries = 100)
    {
        size_t wanted = 0;
        size_t found = 0;
        for (int i = 0; i < queries; ++i) {
            const std::vector<float> query = randomVector();
            const auto truth = *m_exact->search(query, count, maybeOnly);
            const auto hits = *m_graph->search(query, count, maybeOnly);
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
    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath(QStringLiteral("vectors.vxi"));
    std::unique_ptr<VectorIndex> m_graph = createHnswIndex(kIdentity);
    std::unique_ptr<VectorIndex> m_exact = createExactIndex(kIdentity);
};

TEST_F(VectorIndexTest, RecallStaysAboveItsFloorWhileFilesComeAndGo)
{
    for (uint64_t ino = 1; ino <= 1500; ++ino)
        put(ino, 1 + ino % 3);
    EXPECT_GE(recall(nullptr), kRecallFloor);
    for (uint64_t ino = 1; ino <= 1500; ino += 2)
        remove(ino);
    for (uint64_t ino = 2; ino <= 1500; ino += 6)
        put(ino, 2);
    EXPECT_EQ(m_graph->count(), m_exact->count());
    EXPECT_GE(recall(nullptr), kRecallFloor);
    // So many gone that the graph is built anew.
    for (uint64_t ino = 2; ino <= 1400; ino += 2)
        remove(ino);
    put(3, 1);
    EXPECT_EQ(m_graph->count(), m_exact->count());
    EXPECT_GE(recall(nullptr), kRecallFloor);
}

TEST_F(VectorIndexTest, FilterIsExactWhenNarrow)
{
    for (uint64_t ino = 1; ino <= 1000; ++ino)
        put(ino, 1);
    InodeSet only;
    for (uint64_t ino = 1; ino <= 1000; ino += 100)
        only.insert(ino);
    EXPECT_EQ(recall(&only), 1.0);
    only.clear();
    EXPECT_TRUE(m_graph->search(randomVector(), 5, &only)->empty());
}

TEST_F(VectorIndexTest, EmptyIndexAndWrongDimension)
{
    EXPECT_TRUE(m_graph->search(randomVector(), 5, nullptr)->empty());
    EXPECT_EQ(m_graph->put(1, {{1.0F}}).error().code, Errc::InvalidVector);
    EXPECT_EQ(m_graph->search(std::vector<float>{1.0F}, 5, nullptr).error().code,
              Errc::InvalidVector);
    m_graph->remove(42);
    ASSERT_TRUE(m_graph->save(m_path, 3));
    EXPECT_EQ(*m_graph->load(m_path), 3U);
}

TEST_F(VectorIndexTest, SavedIndexAnswersAsBeforeAndTakesMore)
{
    for (uint64_t ino = 1; ino <= 400; ++ino)
        put(ino, 2);
    for (uint64_t ino = 1; ino <= 50; ++ino)
        remove(ino);
    ASSERT_TRUE(m_graph->save(m_path, 99));
    m_graph = createHnswIndex(kIdentity);
    EXPECT_EQ(*m_graph->load(m_path), 99U);
    EXPECT_EQ(m_graph->count(), m_exact->count());
    EXPECT_GE(recall(nullptr), kRecallFloor);
    for (uint64_t ino = 1000; ino <= 2000; ++ino)
        put(ino, 1);
    remove(60);
    EXPECT_GE(recall(nullptr), kRecallFloor);
}

TEST_F(VectorIndexTest, DamagedOrForeignFilesAreRefusedAndChangeNothing)
{
    for (uint64_t ino = 1; ino <= 60; ++ino)
        put(ino, 1);
    ASSERT_TRUE(m_graph->save(m_path, 1));
    QFile file(m_path);
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    const QByteArray good = file.readAll();
    file.close();
    const auto loaded = [&](const QByteArray &bytes) {
        QFile out(m_path);
        EXPECT_TRUE(out.open(QIODevice::WriteOnly));
        out.write(bytes);
        out.close();
        return m_graph->load(m_path);
    };
    for (qsizetype i = 0; i < good.size(); i += i < 140 ? 1 : 97) {
        QByteArray flipped = good;
        flipped[i] = char(flipped[i] ^ 0x04);
        const auto result = loaded(flipped);
        // Generation and spare header bytes carry no vectors; all else must be refused.
        EXPECT_TRUE(!result || i < 140) << i;
        EXPECT_FALSE(loaded(good.left(i)));
    }
    EXPECT_EQ(m_graph->count(), 60U);
    ASSERT_TRUE(loaded(good));
    EXPECT_EQ(createHnswIndex({"other/1", kDimension})->load(m_path).error().code,
              Errc::Conflict);
    EXPECT_EQ(m_graph->load(m_folder.filePath(QStringLiteral("none"))).error().code,
              Errc::NotFound);
}

} // namespace
