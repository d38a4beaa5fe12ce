// SPDX-License-Identifier: Apache-2.0
// Goal: a sealed segment that was written is read back, gives nearly what an exact search gives,
// and a wrong one gives errors. Method: graphs over clustered vectors, by the one writer and the
// one reader; recall beside the oracle; every byte of the header flipped; links that lead nowhere;
// an I/O error at each read; what of an interrupted write is left.
#include "tests/support/random.h"
#include "tests/support/vector/test_segment.h"

#include <vexfs/posix_vector.h>

#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>

using namespace vexfs::test;
using vexfs::daemon::SegmentGraph;
using vexfs::daemon::writeSegment;

namespace {

constexpr size_t kCount = 1500;

class Segment : public testing::Test
{
protected:
    static TestGraph makeGraph(uint32_t dimension, size_t count = kCount)
    {
        VectorSource source(31, dimension, 40);
        std::vector<TestVector> vectors(count);
        for (TestVector &vector : vectors)
            vector = source.next();
        return TestGraph(std::move(vectors), 24, 5);
    }

    SegmentBytes write(const SegmentGraph &graph)
    {
        EXPECT_EQ(writeSegment(m_path, graph), 0);
        return SegmentBytes::ofFile(m_path);
    }

    void TearDown() override { std::filesystem::remove(m_path); }

    std::string m_path = testing::TempDir() + "segment." + std::to_string(getpid());
};

std::vector<vexfs_segment_hit> find(const vexfs_segment &segment,
                                    const vexfs_segment_source &source, const TestVector &query,
                                    u32 ef, const vexfs_vector_kernels *kernels)
{
    vexfs_segment_search *search = nullptr;
    EXPECT_EQ(vexfs_segment_search_create(&segment, &source, kernels, ef, &search), 0);
    const vexfs_segment_hit *hits = nullptr;
    u32 count = 0;
    EXPECT_EQ(vexfs_segment_search_run(search, query.codes.data(),
                                       std::bit_cast<u32>(query.scale), nullptr, nullptr, &hits,
                                       &count), 0);
    std::vector<vexfs_segment_hit> out(hits, hits + count);
    for (vexfs_segment_hit &hit : out)
        hit.rank = vexfs_segment_search_score(search, hit.rank);
    vexfs_segment_search_destroy(search);
    return out;
}

TEST_F(Segment, FindsWhatAnExactSearchFinds)
{
    const TestGraph made = makeGraph(96);
    std::vector<OracleRow> rows;
    for (uint32_t i = 0; i < kCount; i++)
        rows.push_back({100 + i / 3, i % 3, made.vectors()[i]});
    for (const auto metric : {VEXFS_NEAR_COSINE, VEXFS_NEAR_L2, VEXFS_NEAR_DOT}) {
        SegmentBytes bytes = write(made.graph(metric));
        vexfs_segment segment{};
        ASSERT_EQ(bytes.open(&segment), 0);
        EXPECT_EQ(segment.nodes, kCount);
        const auto source = bytes.source();
        ASSERT_EQ(vexfs_segment_verify(&segment, &source), 0);
        size_t right = 0;
        constexpr size_t kQueries = 100;
        for (size_t i = 0; i < kQueries; i++) {
            TestVector query = made.vectors()[i * 7];
            query.codes[i % 96] = static_cast<int8_t>(query.codes[i % 96] / 2);
            std::set<std::pair<uint64_t, uint32_t>> wanted;
            const auto oracle = oracleSearch(rows, query, metric, 10);
            for (const OracleHit &hit : oracle)
                wanted.insert({hit.ino, hit.record});
            const auto hits = find(segment, source, query, 64, vexfs_posix_vector_kernels());
            ASSERT_GE(hits.size(), 10u);
            for (size_t j = 0; j < 10; j++) {
                vexfs_hit row{};
                ASSERT_EQ(vexfs_segment_row(&segment, &source, hits[j].node, &row), 0);
                right += wanted.count({row.ino, row.record});
                EXPECT_EQ(row.end_bytes, row.begin_bytes + 5);
                EXPECT_EQ(row.page, row.begin_bytes + 1);
                if (row.ino == oracle[0].ino && row.record == oracle[0].record) {
                    EXPECT_NEAR(double(hits[j].rank) / 4294967296.0, oracle[0].score, 1e-5);
                }
            }
        }
        std::printf("metric %d: recall@10 %.3f with ef 64 of %zu\n", int(metric),
                    double(right) / (10 * kQueries), kCount);
        EXPECT_GE(right, kQueries * 10 * 95 / 100);
    }
}

TEST_F(Segment, AllKernelsAndWaysOfReadingGiveTheSame)
{
    const TestGraph made = makeGraph(70, 400);
    SegmentBytes bytes = write(made.graph());
    vexfs_segment segment{};
    ASSERT_EQ(bytes.open(&segment), 0);
    const auto mapped = bytes.source();
    const auto copied = bytes.copyingSource();
    ASSERT_EQ(vexfs_segment_verify(&segment, &copied), 0);
    for (u32 i = 0; const auto *kernels = vexfs_posix_vector_kernels_at(i); i++) {
        const auto wanted = find(segment, mapped, made.vectors()[5], 30, &vexfs_vector_scalar);
        for (const auto *source : {&mapped, &copied}) {
            const auto got = find(segment, *source, made.vectors()[5], 30, kernels);
            ASSERT_EQ(got.size(), wanted.size());
            for (size_t j = 0; j < got.size(); j++) {
                EXPECT_EQ(got[j].node, wanted[j].node);
                EXPECT_EQ(got[j].rank, wanted[j].rank);
            }
        }
    }
    // With room for all in view, the best are exact, and each is there once.
    const auto all = find(segment, mapped, made.vectors()[5], 400, &vexfs_vector_scalar);
    std::set<u32> nodes;
    for (size_t i = 0; i < all.size(); i++) {
        EXPECT_TRUE(nodes.insert(all[i].node).second);
        EXPECT_TRUE(i == 0 || all[i - 1].rank >= all[i].rank);
    }
}

TEST_F(Segment, EveryByteOfTheHeaderIsChecked)
{
    SegmentBytes bytes = write(makeGraph(16, 40).graph());
    vexfs_segment segment{};
    for (size_t at = 0; at < VEXFS_SEGMENT_HEADER_BYTES; at++) {
        bytes.data()[at] ^= 0x40;
        const int error = bytes.open(&segment);
        EXPECT_TRUE(error == -EBADMSG || error == -EUCLEAN) << "byte " << at << ": " << error;
        bytes.data()[at] ^= 0x40;
    }
    ASSERT_EQ(bytes.open(&segment), 0);
    EXPECT_EQ(vexfs_segment_open(bytes.data(), bytes.size() - 1, &segment), -EUCLEAN);
    EXPECT_EQ(vexfs_segment_open(bytes.data(), bytes.size() + 1, &segment), -EUCLEAN);
}

TEST_F(Segment, AHeaderWhoseChecksumIsRightIsStillNotBelieved)
{
    const std::string good = [&] {
        SegmentBytes bytes = write(makeGraph(16, 40).graph());
        return std::string(reinterpret_cast<char *>(bytes.data()), bytes.size());
    }();
    const auto with = [&](size_t at, const std::string &content) {
        std::string text = good;
        text.replace(at, content.size(), content);
        SegmentBytes bytes(text);
        bytes.repairChecksums();
        vexfs_segment segment{};
        return bytes.open(&segment);
    };
    using std::string;
    EXPECT_EQ(with(0, "X"), -EUCLEAN);                           // magic
    EXPECT_EQ(with(12, string("\1", 1)), -EPROTONOSUPPORT);      // version
    EXPECT_EQ(with(116, string("\2", 1)), -EPROTONOSUPPORT);     // element
    EXPECT_EQ(with(48, string("\0", 1)), -EUCLEAN);              // model
    EXPECT_EQ(with(112, string("\0\0\0\0", 4)), -EUCLEAN);       // dimension
    EXPECT_EQ(with(112, string("\1\x10\0\0", 4)), -EUCLEAN);     // 4,097
    EXPECT_EQ(with(117, string("\0", 1)), -EUCLEAN);             // metric
    EXPECT_EQ(with(117, string("\4", 1)), -EUCLEAN);
    EXPECT_EQ(with(118, string("\0\0", 2)), -EUCLEAN);           // links
    EXPECT_EQ(with(118, string("\xff\xff", 2)), -EUCLEAN);
    EXPECT_EQ(with(120, string("\0\0\0\0", 4)), -EUCLEAN);       // nodes
    EXPECT_EQ(with(120, string("\xff\xff\xff\xff", 4)), -EUCLEAN);
    EXPECT_EQ(with(124, string("\0\0\0\0", 4)), -EUCLEAN);       // entries
    EXPECT_EQ(with(124, string("\xff\xff\0\0", 4)), -EUCLEAN);
    for (size_t at = 128; at < 176; at += 4)                     // sizes and offsets
        EXPECT_EQ(with(at, string("\x13", 1)), -EUCLEAN) << at;
    EXPECT_EQ(with(184, string("\x40", 1)), -EUCLEAN);           // halves where there are none
    EXPECT_EQ(with(184, good.substr(160, 8)), -EUCLEAN);         // or for which there is no room
}

TEST_F(Segment, HalvesBehindTheNodesAreCoveredByTheChecksums)
{
    const TestGraph source = makeGraph(16, 40);
    SegmentGraph graph = source.graph();
    const auto node = graph.node;
    std::vector<float> values(16, 0.5F);
    graph.hasHalves = true;
    graph.node = [&](uint32_t i) {
        vexfs::daemon::SegmentNode with = node(i);
        with.values = values;
        return with;
    };
    SegmentBytes bytes = write(graph);
    vexfs_segment segment{};
    ASSERT_EQ(bytes.open(&segment), 0);
    ASSERT_NE(segment.halves_offset, 0u);
    ASSERT_EQ(segment.halves_bytes, 64u);
    ASSERT_EQ(segment.csums_offset, segment.halves_offset + uint64_t{segment.nodes} * 64);
    const auto reader = bytes.source();
    EXPECT_EQ(vexfs_segment_verify(&segment, &reader), 0);
    EXPECT_EQ(bytes.data()[segment.halves_offset + 1], 0x38); // 0.5 is 0x3800
    bytes.data()[segment.halves_offset + 1] ^= 1;
    EXPECT_EQ(vexfs_segment_verify(&segment, &reader), -EBADMSG);
}

TEST_F(Segment, ContentThatIsWrongGivesErrorsOrOtherHits)
{
    SegmentBytes bytes = write(makeGraph(16, 40).graph());
    vexfs_segment segment{};
    ASSERT_EQ(bytes.open(&segment), 0);
    const auto source = bytes.source();
    const auto run = [&](u32 scale = 0x3f800000) {
        vexfs_segment_search *search = nullptr;
        EXPECT_EQ(vexfs_segment_search_create(&segment, &source, &vexfs_vector_scalar, 50,
                                              &search), 0);
        const int8_t query[16] = {1, 2, 3};
        const vexfs_segment_hit *hits = nullptr;
        u32 count = 0;
        const int error = vexfs_segment_search_run(search, query, scale, nullptr, nullptr, &hits,
                                                   &count);
        vexfs_segment_search_destroy(search);
        return error;
    };
    EXPECT_EQ(run(), 0);
    EXPECT_EQ(run(0), -EINVAL);
    EXPECT_EQ(run(0xff800000), -EINVAL);
    const auto damage = [&](uint64_t at, auto check) {
        uint8_t saved[4];
        memcpy(saved, bytes.data() + at, 4);
        memset(bytes.data() + at, 0xff, 4);
        EXPECT_EQ(vexfs_segment_verify(&segment, &source), -EBADMSG);
        check();
        memcpy(bytes.data() + at, saved, 4);
    };
    damage(segment.entries_offset, [&] { EXPECT_EQ(run(), -EUCLEAN); });
    const uint64_t numbers = segment.nodes_offset + segment.code_bytes;
    damage(numbers + sizeof(vexfs_disk_segment_node), [&] { EXPECT_EQ(run(), -EUCLEAN); });
    for (const uint64_t at : {0, 4, 8, 12}) // reciprocal, square, scale
        damage(numbers + at, [&] { EXPECT_EQ(run(), 0); });
    damage(segment.rows_offset + 8, [&] { // begin
        vexfs_hit row{};
        EXPECT_EQ(vexfs_segment_row(&segment, &source, 0, &row), -EUCLEAN);
    });
    damage(segment.csums_offset, [] {});
    EXPECT_EQ(vexfs_segment_verify(&segment, &source), 0);
    // Content and its checksum that agree, but not with the table of all checksums.
    bytes.data()[segment.rows_offset] ^= 1;
    const u64 chunk = (segment.rows_offset - VEXFS_SEGMENT_HEADER_BYTES) /
                      VEXFS_SEGMENT_CHUNK_BYTES;
    const u64 begin = VEXFS_SEGMENT_HEADER_BYTES + chunk * VEXFS_SEGMENT_CHUNK_BYTES;
    const u64 end = std::min<u64>(begin + VEXFS_SEGMENT_CHUNK_BYTES, segment.csums_offset);
    const auto csum = vexfs_put32(vexfs_port_crc32c(0, bytes.data() + begin, end - begin));
    memcpy(bytes.data() + segment.csums_offset + chunk * sizeof(csum), &csum, sizeof(csum));
    EXPECT_EQ(vexfs_segment_verify(&segment, &source), -EBADMSG);
    vexfs_posix_set_alloc_hook([](size_t) { return false; });
    EXPECT_EQ(vexfs_segment_verify(&segment, &source), -ENOMEM);
    vexfs_posix_set_alloc_hook(nullptr);
}

TEST_F(Segment, ErrorsOfReadingAndInterruptionsComeThrough)
{
    SegmentBytes bytes = write(makeGraph(16, 60).graph());
    vexfs_segment segment{};
    ASSERT_EQ(bytes.open(&segment), 0);
    struct Failing
    {
        vexfs_segment_source inner;
        int left;
    } failing{bytes.source(), 0};
    const vexfs_segment_source source{
        [](void *context, u64 offset, u32 count, void *scratch, const u8 **out) {
            auto *self = static_cast<Failing *>(context);
            if (self->left-- == 0)
                return -EIO;
            return self->inner.get(self->inner.context, offset, count, scratch, out);
        },
        &failing};
    vexfs_segment_search *search = nullptr;
    ASSERT_EQ(vexfs_segment_search_create(&segment, &source, &vexfs_vector_scalar, 10, &search), 0);
    const int8_t query[16] = {1, 2, 3};
    const vexfs_segment_hit *hits = nullptr;
    u32 count = 0;
    int fails = 0;
    for (int at = 0;; at++, fails++) {
        failing.left = at;
        const int error = vexfs_segment_search_run(search, query, 0x3f800000, nullptr, nullptr,
                                                   &hits, &count);
        if (!error)
            break;
        ASSERT_EQ(error, -EIO);
    }
    EXPECT_GT(fails, 20);
    failing.left = 1 << 20;
    EXPECT_EQ(vexfs_segment_search_run(search, query, 0x3f800000, [](void *) { return true; },
                                       nullptr, &hits, &count), -EINTR);
    vexfs_segment_search_destroy(search);
    for (int at = 0; at < 2; at++) {
        failing.left = at;
        EXPECT_EQ(vexfs_segment_verify(&segment, &source), -EIO);
    }
    for (const u32 ef : {0u, VEXFS_SEGMENT_EF_MAX + 1})
        EXPECT_EQ(vexfs_segment_search_create(&segment, &source, &vexfs_vector_scalar, ef,
                                              &search), -EINVAL);
    vexfs_hit row{};
    failing.left = 0;
    EXPECT_EQ(vexfs_segment_row(&segment, &source, 0, &row), -EIO);
}

TEST_F(Segment, TheWriterRefusesWhatIsNoGraphAndLeavesTheFileAsItWas)
{
    const TestGraph made = makeGraph(16, 40);
    write(made.graph());
    const auto refused = [&](auto change) {
        SegmentGraph graph = made.graph();
        change(graph);
        const int error = writeSegment(m_path, graph);
        SegmentBytes bytes = SegmentBytes::ofFile(m_path);
        vexfs_segment segment{};
        EXPECT_EQ(bytes.open(&segment), 0);
        EXPECT_FALSE(std::filesystem::exists(m_path + ".new"));
        return error;
    };
    EXPECT_EQ(refused([](auto &g) { g.count = 0; }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.dimension = 0; }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.model.clear(); }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.model.assign(64, 'x'); }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.metric = 0; }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.maxLinks = 129; }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.entries.clear(); }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.entries[0] = 40; }), -EINVAL);
    EXPECT_EQ(refused([](auto &g) { g.count = 39; }), -EINVAL); // some link to the last one
    EXPECT_EQ(writeSegment(m_path + ".folder/x", made.graph()), -ENOENT);
    EXPECT_EQ(writeSegment("/dev/full/x", made.graph()), -ENOTDIR);
}

} // namespace
