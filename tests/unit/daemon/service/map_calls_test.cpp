// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is asked of a map without a volume: polygons and samples. Method: by hand.
#include "daemon/service/map/map_calls.h"

#include <gtest/gtest.h>

using namespace vexfs::daemon;

TEST(MapCalls, APolygonHasWhatIsInside)
{
    const std::vector<Place> hook{{0, 0}, {4, 0}, {4, 4}, {3, 4}, {3, 1}, {0, 1}};
    EXPECT_TRUE(isInside(hook, {1, 0.5F}));
    EXPECT_TRUE(isInside(hook, {3.5F, 3}));
    EXPECT_FALSE(isInside(hook, {1, 2}));
    EXPECT_FALSE(isInside(hook, {-1, 0.5F}));
    EXPECT_FALSE(isInside({{0, 0}, {0, 0}, {0, 0}}, {0, 0}));
}

TEST(MapCalls, ASampleHasItsPartOfEachCluster)
{
    std::vector<MapPoint> points;
    for (uint64_t i = 0; i < 1000; ++i)
        points.push_back({i + 1, {}, i % 10 == 0 ? 1U : 0U});
    const auto sample = sampled(points, 100);
    ASSERT_EQ(sample.size(), 100U);
    uint64_t last = 0;
    int small = 0;
    for (const MapPoint &each : sample) {
        EXPECT_GT(each.ino, last);
        last = each.ino;
        small += each.cluster == 1 ? 1 : 0;
    }
    EXPECT_EQ(small, 10);
    EXPECT_EQ(sampled(points, 5000).size(), 1000U);
    EXPECT_TRUE(sampled(points, 0).empty());
}
