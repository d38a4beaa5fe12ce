// SPDX-License-Identifier: Apache-2.0
//
// Goal: what the graph has is found in the segment that is sealed from it, by the engine's reader.
// Method: random vectors, many of them forgotten again, beside the exact index.
#include "daemon/index/vector_index.h"
#include "tests/support/random.h"
#include "tests/support/vector/test_segment.h"

#include <vexfs/posix_vector.h>

#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

using namespace vexfs::daemon;
using vexfs::base::Errc;
using namespace vexfs::test;

namespace {

constexpr uint32_t kDimension = 48;
constexpr int kFiles = 900;
constexpr int kQueries = 100;
constexpr size_t kHits = 10;
const VectorIndexIdentity kIdentity{"test/1", kDimension};

std::vector<float> valuesOf(const TestVector &vector)
{
    std::vector<float> values;
    float square = 0;
    for (const int8_t code : vector.codes) {
        values.push_back(float(code));
        square += values.back() * values.back();
    }
    for (float &value : values)
        value /= std::sqrt(square);
    return values;
}

class Sealing : public testing::Test
{
protected:
    SealRequest request() const
    {
        SealRequest request;
        request.path = m_folder.filePath(QStringLiteral("segment"));
        request.tree = 1;
        request.generation = 42;
        request.place = [](uint64_t ino, uint32_t chunk) {
            return ChunkPlace{ino * 100 + chunk, ino * 100 + chunk + 9, chunk + 1};
        };
        return request;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<VectorIndex> m_graph = createHnswIndex(kIdentity);
    std::unique_ptr<VectorIndex> m_exact = createExactIndex(kIdentity);
};

TEST_F(Sealing, WhatIsSealedIsFound)
{
    Random random(testSeed(51));
    VectorSource source(52, kDimension, 60);
    for (uint64_t ino = 1; ino <= kFiles; ino++) {
        std::vector<std::vector<float>> vectors(1 + random.below(4));
        for (auto &vector : vectors)
            vector = valuesOf(source.next());
        ASSERT_TRUE(m_graph->put(ino, vectors));
        ASSERT_TRUE(m_exact->put(ino, vectors));
    }
    for (uint64_t ino = 1; ino <= kFiles; ino += 3) {
        m_graph->remove(ino);
        m_exact->remove(ino);
    }
    const auto sealed = m_graph->seal(request());
    ASSERT_TRUE(sealed) << qPrintable(sealed.error().what);
    SegmentBytes bytes = SegmentBytes::ofFile(request().path.toStdString());
    vexfs_segment segment{};
    ASSERT_EQ(bytes.open(&segment), 0);
    EXPECT_EQ(segment.nodes, m_exact->count());
    EXPECT_EQ(segment.generation, 42u);
    const auto reader = bytes.source();
    ASSERT_EQ(vexfs_segment_verify(&segment, &reader), 0);
    vexfs_segment_search *search = nullptr;
    ASSERT_EQ(vexfs_segment_search_create(&segment, &reader, vexfs_posix_vector_kernels(), 64,
                                          &search), 0);
    size_t found = 0;
    for (int i = 0; i < kQueries; i++) {
        const TestVector query = source.next();
        std::set<std::pair<uint64_t, uint32_t>> wanted;
        const auto truth = m_exact->search(valuesOf(query), kHits, nullptr);
        ASSERT_TRUE(truth);
        for (const VectorHit &hit : *truth)
            wanted.insert({hit.ino, hit.chunk});
        const vexfs_segment_hit *hits = nullptr;
        u32 count = 0;
        ASSERT_EQ(vexfs_segment_search_run(search, query.codes.data(),
                                           std::bit_cast<u32>(query.scale), nullptr, nullptr,
                                           &hits, &count), 0);
        ASSERT_GE(count, kHits);
        for (size_t j = 0; j < kHits; j++) {
            vexfs_hit row{};
            ASSERT_EQ(vexfs_segment_row(&segment, &reader, hits[j].node, &row), 0);
            EXPECT_EQ(row.begin_bytes, row.ino * 100 + row.record);
            EXPECT_NE(row.ino % 3, 1u) << "forgotten";
            found += wanted.count({row.ino, row.record});
        }
    }
    vexfs_segment_search_destroy(search);
    std::printf("recall@10 %.3f of %u\n", double(found) / (kHits * kQueries), segment.nodes);
    EXPECT_GE(found, kHits * kQueries * 95 / 100);
}

TEST_F(Sealing, NothingIsNotSealedAndAnErrorLeavesNothing)
{
    EXPECT_EQ(m_graph->seal(request()).error().code, Errc::NotFound);
    EXPECT_EQ(m_exact->seal(request()).error().code, Errc::NotSupported);
    VectorSource source(53, kDimension, 3);
    ASSERT_TRUE(m_graph->put(7, {valuesOf(source.next())}));
    SealRequest elsewhere = request();
    elsewhere.path = m_folder.filePath(QStringLiteral("no/such/folder"));
    EXPECT_FALSE(m_graph->seal(elsewhere));
    EXPECT_TRUE(m_graph->seal(request()));
}

} // namespace
