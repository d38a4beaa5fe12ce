// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is asked of a map without a volume: polygons and samples. Method: by hand.
#include "daemon/service/map/map_calls.h"
#include "daemon/service/map/map_changes.h"

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

TEST(MapChanges, AreWhatCameMovedAndWent)
{
    const std::vector<MapPoint> before{{1, {0, 0}, 0}, {2, {1, 0}, 0}, {4, {2, 0}, 1}, {9, {}, 0}};
    const std::vector<MapPoint> after{{2, {1, 0}, 0}, {3, {5, 5}, 0}, {4, {2, 1}, 1}, {9, {}, 2}};
    const MapChange change = changeOf(before, after, 7);
    EXPECT_EQ(change.generation, 7U);
    EXPECT_FALSE(change.isCut);
    EXPECT_EQ(change.removed, std::vector<uint64_t>{1});
    ASSERT_EQ(change.placed.size(), 3U);
    EXPECT_EQ(change.placed[0].ino, 3U);
    EXPECT_EQ(change.placed[1].ino, 4U);
    EXPECT_EQ(change.placed[2].ino, 9U);
    EXPECT_TRUE(changeOf(before, before, 7).placed.empty());
    EXPECT_EQ(changeOf(before, {}, 7).removed.size(), 4U);
}

TEST(MapChanges, AreToldOnceAndTheLastCounts)
{
    MapChanges changes;
    EXPECT_FALSE(changes.take());
    changes.add({1, {{2, {1, 1}, 0}, {3, {}, 0}}, {4}, false});
    changes.add({2, {{4, {}, 0}}, {2}, false});
    const auto all = changes.take();
    ASSERT_TRUE(all);
    EXPECT_EQ(all->generation, 2U);
    EXPECT_EQ(all->removed, std::vector<uint64_t>{2});
    ASSERT_EQ(all->placed.size(), 2U);
    EXPECT_EQ(all->placed[0].ino, 3U);
    EXPECT_FALSE(changes.take());
}

TEST(MapChanges, AreCutWhenEitherListIsLong)
{
    MapChanges changes;
    MapChange many{1, {}, {}, false};
    for (uint64_t i = 1; i <= kChangedMost; ++i)
        many.removed.push_back(i);
    changes.add(many);
    EXPECT_EQ(changes.take()->removed.size(), kChangedMost);
    changes.add(many);
    changes.add({1, {}, {kChangedMost + 1}, false});
    const auto cut = changes.take();
    ASSERT_TRUE(cut);
    EXPECT_TRUE(cut->isCut && cut->removed.empty() && cut->placed.empty());
    changes.add({1, {}, {}, true});
    changes.add({2, {}, {5}, false});
    EXPECT_TRUE(changes.take()->removed.empty());
    changes.add({3, {}, {5}, false});
    EXPECT_EQ(changes.take()->removed.size(), 1U);
}
