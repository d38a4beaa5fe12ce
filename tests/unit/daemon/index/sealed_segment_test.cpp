// SPDX-License-Identifier: Apache-2.0
//
// Goal: a segment that was built finds what an exact scan finds, by every metric and on every
// processor that this machine can play. Method: clustered random vectors of several dimensions; the
// exact truth is computed here.
#include "daemon/index/segment/graph_builder.h"
#include "daemon/index/segment/half.h"
#include "daemon/index/segment/sealed_segment.h"
#include "tests/support/random.h"

#include "kernel/include/uapi/vexfs/vector_fork.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <unistd.h>

using namespace vexfs::daemon;
using vexfs::test::Random;
using vexfs::test::testSeed;

namespace {

constexpr uint32_t kCount = 2000;
constexpr uint32_t kHits = 10;
constexpr int kQueries = 60;
constexpr double kRecallFloor = 0.95;

using Vector = std::vector<float>;

struct Case
{
    uint32_t metric;
    uint32_t dimension;
    bool hasHalves;
};

class SealedSegmentTest : public testing::TestWithParam<Case>
{
protected:
    void SetUp() override
    {
        for (int i = 0; i < 30; i++)
            m_centres.push_back(around({}, 1.0F));
        for (uint32_t i = 0; i < kCount; i++)
            m_vectors.push_back(next());
        m_path = std::string(testing::TempDir()) + "segment-" + std::to_string(getpid());
    }
    void TearDown() override { unlink(m_path.c_str()); }

    Vector around(const Vector &centre, float width)
    {
        Vector vector(GetParam().dimension);
        for (size_t i = 0; i < vector.size(); i++) {
            // Near enough to a normal distribution.
            float sum = -6.0F;
            for (int j = 0; j < 12; j++)
                sum += static_cast<float>(m_random.below(1 << 20)) / float(1 << 20);
            vector[i] = sum * width + (centre.empty() ? 0.0F : centre[i]);
        }
        return vector;
    }
    Vector next() { return around(m_centres[m_random.below(m_centres.size())], 0.4F); }

    std::unique_ptr<GraphBuilder> built(unsigned threads)
    {
        GraphBuildOptions options;
        options.dimension = GetParam().dimension;
        options.metric = GetParam().metric;
        options.threads = threads;
        auto builder = std::make_unique<GraphBuilder>(options);
        std::vector<int8_t> codes(options.dimension);
        for (const Vector &vector : m_vectors) {
            const float scale = quantise(vector, codes);
            builder->add(codes, scale);
        }
        EXPECT_TRUE(builder->build());
        return builder;
    }

    void write(const GraphBuilder &builder)
    {
        std::vector<uint32_t> links;
        Vector values;
        SegmentGraph graph;
        graph.model = "test";
        graph.dimension = GetParam().dimension;
        graph.metric = GetParam().metric;
        graph.count = kCount;
        graph.hasHalves = GetParam().hasHalves;
        graph.entries = builder.entries();
        graph.node = [&](uint32_t number) {
            links = builder.links(number);
            values = m_vectors[number];
            if (GetParam().metric == VEXFS_METRIC_COSINE) {
                const float length = std::sqrt(dot(values, values));
                for (float &value : values)
                    value /= length;
            }
            SegmentNode node;
            node.ino = number + 1;
            node.scale = builder.scale(number);
            node.codes = builder.codes(number);
            node.links = links;
            node.values = values;
            return node;
        };
        ASSERT_EQ(writeSegment(m_path, graph), 0);
    }

    static float dot(const Vector &a, const Vector &b)
    {
        float sum = 0.0F;
        for (size_t i = 0; i < a.size(); i++)
            sum += a[i] * b[i];
        return sum;
    }

    float distance(const Vector &a, const Vector &b) const
    {
        if (GetParam().metric == VEXFS_METRIC_L2)
            return dot(a, a) + dot(b, b) - 2.0F * dot(a, b);
        if (GetParam().metric == VEXFS_METRIC_DOT)
            return -dot(a, b);
        return 1.0F - dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
    }

    std::vector<uint64_t> nearest(const Vector &query, const std::set<uint64_t> *maybeOnly) const
    {
        std::vector<std::pair<float, uint64_t>> order;
        for (uint32_t i = 0; i < kCount; i++) {
            if (!maybeOnly || maybeOnly->contains(i + 1))
                order.emplace_back(distance(query, m_vectors[i]), i + 1);
        }
        std::sort(order.begin(), order.end());
        std::vector<uint64_t> best;
        for (uint32_t i = 0; i < kHits; i++)
            best.push_back(order[i].second);
        return best;
    }

    template <class Search>
    double recall(const SealedSegment &segment, const std::set<uint64_t> *maybeOnly, Search search)
    {
        size_t found = 0;
        for (int i = 0; i < kQueries; i++) {
            const Vector query = next();
            const std::vector<uint64_t> wanted = nearest(query, maybeOnly);
            for (const SegmentHit &hit : search(query)) {
                const uint64_t ino = segment.row(hit.node).ino;
                EXPECT_TRUE(!maybeOnly || maybeOnly->contains(ino));
                found += std::count(wanted.begin(), wanted.end(), ino);
                const float truth = distance(query, m_vectors[ino - 1]);
                EXPECT_NEAR(hit.distance, truth, 0.02F * (std::fabs(truth) + 1.0F));
            }
        }
        return double(found) / (kQueries * kHits);
    }

    Random m_random{testSeed(71)};
    std::vector<Vector> m_centres;
    std::vector<Vector> m_vectors;
    std::string m_path;
};

TEST_P(SealedSegmentTest, FindsWhatAnExactScanFindsOnEveryProcessor)
{
    write(*built(2));
    for (const auto memory : {SealedSegment::Memory::Packed, SealedSegment::Memory::Mapped}) {
        int error = 0;
        const auto segment = SealedSegment::open(m_path, memory, error);
        ASSERT_TRUE(segment) << error;
        ASSERT_EQ(segment->count(), kCount);
        for (const char *name : {"scalar", "avx2", "vnni"}) {
            const WalkKernels *kernels = walkKernelsNamed(name);
            if (!kernels) {
                std::printf("this machine has no %s\n", name);
                continue;
            }
            segment->useKernels(*kernels);
            for (const bool isCoarse : {false, true}) {
                SegmentLook look{kHits, 64, 3.0F};
                look.isCoarse = isCoarse;
                const double share = recall(*segment, nullptr, [&](const Vector &query) {
                    return segment->search(query, look);
                });
                std::printf("%s%s: recall@10 %.3f\n", name, isCoarse ? ", coarse" : "", share);
                EXPECT_GE(share, kRecallFloor) << name;
            }
        }
    }
}

TEST_P(SealedSegmentTest, FiltersByEachWay)
{
    write(*built(2));
    int error = 0;
    const auto segment = SealedSegment::open(m_path, SealedSegment::Memory::Packed, error);
    ASSERT_TRUE(segment) << error;
    for (const unsigned percent : {5U, 30U, 80U}) {
        std::set<uint64_t> only;
        for (uint64_t ino = 1; ino <= kCount; ino++) {
            if (m_random.below(100) < percent)
                only.insert(ino);
        }
        std::vector<uint64_t> bits((kCount + 63) / 64);
        std::vector<uint32_t> nodes;
        for (uint32_t node = 0; node < kCount; node++) {
            if (only.contains(segment->row(node).ino)) {
                bits[node >> 6] |= uint64_t{1} << (node & 63);
                nodes.push_back(node);
            }
        }
        EXPECT_GE(recall(*segment, &only, [&](const Vector &query) {
                      return segment->scan(query, nodes, kHits);
                  }), kRecallFloor);
        const FilterCosts costs;
        const WalkFilter filter{bits.data(), nullptr};
        for (const FilterWay way : {FilterWay::During, FilterWay::After}) {
            SegmentLook look{kHits, 64, 3.0F};
            look.maybeFilter = &filter;
            look.way = way;
            look.reach = costs.choose({kCount, uint32_t(nodes.size()), 64, 0}, way).reach;
            const double share = recall(*segment, &only, [&](const Vector &query) {
                return segment->search(query, look);
            });
            EXPECT_GE(share, kRecallFloor) << nameOf(way) << " " << percent;
        }
    }
}

TEST_P(SealedSegmentTest, GraphDependsOnTheVectorsAlone)
{
    const auto one = built(1);
    const auto three = built(3);
    for (uint32_t node = 0; node < kCount; node++)
        ASSERT_EQ(one->links(node), three->links(node));
}

INSTANTIATE_TEST_SUITE_P(Metrics, SealedSegmentTest,
                         testing::Values(Case{VEXFS_METRIC_COSINE, 128, false},
                                         Case{VEXFS_METRIC_COSINE, 250, true},
                                         Case{VEXFS_METRIC_L2, 128, true},
                                         Case{VEXFS_METRIC_L2, 48, false},
                                         Case{VEXFS_METRIC_DOT, 256, false}));

TEST(FilterCosts, ChooseByCountsAndByWhatWasMeasured)
{
    FilterCosts costs;
    EXPECT_EQ(costs.choose({100'000, 500, 64, 500}).way, FilterWay::Scan);
    EXPECT_EQ(costs.choose({100'000, 50'000, 64, 0}).way, FilterWay::After);
    // Looking up a wide filter costs more than walking a little farther.
    EXPECT_EQ(costs.choose({100'000, 90'000, 64, 90'000}).way, FilterWay::After);
    // A walk cannot keep enough in view for what is rare and for so many.
    EXPECT_EQ(costs.choose({100'000, 1000, 1000, 0}).way, FilterWay::Scan);
    const FilterCounts half{100'000, 50'000, 64, 0};
    for (int i = 0; i < 20; i++) {
        costs.learn(costs.choose(half, FilterWay::After), 2000, 2000 * 1000.0);
        costs.learn(costs.choose(half, FilterWay::During), 2000, 2000 * 30.0);
    }
    const FilterChoice choice = costs.choose(half);
    EXPECT_EQ(choice.way, FilterWay::During);
    EXPECT_NEAR(choice.distances, 2000, 100);
    EXPECT_NEAR(choice.nanoseconds, 60'000, 3000);
    // What is far in size is learnt by its own measurements.
    EXPECT_EQ(costs.choose({100'000, 500, 64, 500}).way, FilterWay::Scan);
    // However costly, what was asked for is what is priced.
    EXPECT_EQ(costs.choose({100'000, 50'000, 64, 0}, FilterWay::After).way, FilterWay::After);
}

TEST(FilterCosts, TryOutWhatIsHardlyKnown)
{
    FilterCosts costs;
    const FilterCounts counts{100'000, 10'000, 64, 0};
    // The true times: the guesses have them in another order.
    const auto nanosecondsOf = [](FilterWay way) {
        return way == FilterWay::Scan     ? 900'000.0
               : way == FilterWay::During ? 300'000.0
                                          : 400'000.0;
    };
    int fastest = 0;
    for (int i = 0; i < 1000; i++) {
        const FilterChoice choice = costs.choose(counts);
        costs.learn(choice, 1000, nanosecondsOf(choice.way));
        fastest += choice.way == FilterWay::During ? 1 : 0;
    }
    EXPECT_GE(fastest, 900);
}

TEST(Half, RoundsAndComesBack)
{
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        const auto half = static_cast<uint16_t>(bits);
        const float value = floatOfHalf(half);
        ASSERT_TRUE(std::isnan(value) || halfOfFloat(value) == half) << bits;
    }
    EXPECT_TRUE(std::isnan(floatOfHalf(halfOfFloat(NAN))));
    EXPECT_EQ(floatOfHalf(halfOfFloat(1.0F + 0x1p-11F)), 1.0F);
    EXPECT_EQ(floatOfHalf(halfOfFloat(1.0F + 0x1p-11F + 0x1p-20F)), 1.0F + 0x1p-10F);
    EXPECT_TRUE(std::isinf(floatOfHalf(halfOfFloat(70000.0F))));
}

} // namespace
