// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is alike lies together, better than along the principal axes; places are the same for
// the same seed and stay as the volume grows; what makes no sense is refused. Method: made vectors
// in clusters, their exact neighbours, and counts of who is near whom on the plane.
#include "daemon/map/clusters.h"
#include "daemon/map/layout.h"
#include "daemon/map/map_file.h"
#include "daemon/map/placement.h"
#include "tests/unit/daemon/map/made_vectors.h"

#include <QFile>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include <limits>
#include <set>

using namespace vexfs;
using namespace vexfs::daemon;

namespace {

std::vector<uint32_t> nearestOnPlane(const std::vector<Place> &places, size_t point, size_t count)
{
    std::vector<std::pair<float, uint32_t>> all;
    for (size_t i = 0; i < places.size(); ++i) {
        const float x = places[i].x - places[point].x;
        const float y = places[i].y - places[point].y;
        if (i != point)
            all.emplace_back(x * x + y * y, uint32_t(i));
    }
    std::partial_sort(all.begin(), all.begin() + long(count), all.end());
    std::vector<uint32_t> out;
    for (size_t i = 0; i < count; ++i)
        out.push_back(all[i].second);
    return out;
}

// The share of ten neighbours that are so on the plane, too.
double preserved(const test::MadeVectors &made, const std::vector<Place> &places)
{
    constexpr size_t kNear = 10;
    size_t kept = 0;
    size_t asked = 0;
    for (size_t i = 0; i < made.count; i += 7) {
        const auto plane = nearestOnPlane(places, i, kNear);
        for (const Neighbour &each : made.exactNeighbours(i, kNear + 1))
            kept += size_t(std::count(plane.begin(), plane.end(), each.point));
        asked += kNear;
    }
    return double(kept) / double(asked);
}

// The share of each point's nearest on the plane that are of its cluster.
double purity(const test::MadeVectors &made, const std::vector<Place> &places)
{
    size_t same = 0;
    size_t asked = 0;
    for (size_t i = 0; i < made.count; i += 7) {
        for (const uint32_t each : nearestOnPlane(places, i, 5)) {
            same += each % made.centres == i % made.centres ? 1 : 0;
            ++asked;
        }
    }
    return double(same) / double(asked);
}

} // namespace

TEST(MapLayout, KeepsNeighboursBetterThanThePrincipalAxes)
{
    const test::MadeVectors made(1200, 48, 12);
    const auto axes = layOut(made.input(), {.isOnlyAxes = true});
    const auto places = layOut(made.input(), {});
    ASSERT_TRUE(axes && places);
    EXPECT_GT(preserved(made, *places), 2.0 * preserved(made, *axes));
    EXPECT_GT(purity(made, *places), 0.95);
}

TEST(MapLayout, IsTheSameForTheSameSeed)
{
    const test::MadeVectors made(300, 16, 5);
    const auto first = layOut(made.input(), {.seed = 3});
    const auto second = layOut(made.input(), {.seed = 3});
    const auto other = layOut(made.input(), {.seed = 4});
    ASSERT_TRUE(first && second && other);
    EXPECT_EQ(*first, *second);
    EXPECT_NE(*first, *other);
}

TEST(MapLayout, KnownPointsStayAndNewOnesComeToTheirKind)
{
    const test::MadeVectors whole(600, 32, 6);
    test::MadeVectors part = whole;
    part.count = 480;
    const auto before = layOut(part.input(), {});
    ASSERT_TRUE(before);
    LayoutInput grown = whole.input();
    grown.known.assign(before->begin(), before->end());
    grown.known.resize(whole.count);
    const auto after = layOut(grown, {});
    ASSERT_TRUE(after);
    for (size_t i = 0; i < before->size(); ++i)
        ASSERT_EQ((*after)[i], (*before)[i]) << i;
    EXPECT_GT(purity(whole, *after), 0.95);
}

TEST(MapLayout, WhatMakesNoSenseIsRefused)
{
    const test::MadeVectors made(20, 4, 2);
    LayoutInput huge = made.input();
    huge.count = kMapPointsMax + 1;
    EXPECT_EQ(layOut(huge, {}).error().code, base::Errc::TooLarge);
    LayoutInput odd = made.input();
    odd.known.resize(3);
    EXPECT_EQ(layOut(odd, {}).error().code, base::Errc::InvalidArgs);
    EXPECT_EQ(layOut(made.input(), {.neighbours = 1}).error().code, base::Errc::InvalidArgs);
    LayoutInput broken = made.input();
    broken.neighbours = [](size_t, size_t) -> base::Result<std::vector<Neighbour>> {
        return base::fail(base::Errc::Corrupt, QStringLiteral("damaged"));
    };
    EXPECT_EQ(layOut(broken, {}).error().code, base::Errc::Corrupt);
}

TEST(MapLayout, IsCancelledInEachStage)
{
    const test::MadeVectors made(50, 8, 2);
    for (const LayoutStage stage :
         {LayoutStage::Axes, LayoutStage::Neighbours, LayoutStage::Places}) {
        LayoutOptions options;
        options.goOn = [stage](LayoutStage now, double) { return now != stage; };
        const auto places = layOut(made.input(), options);
        ASSERT_FALSE(places);
        EXPECT_EQ(places.error().code, base::Errc::Cancelled);
    }
}

TEST(MapLayout, OddVectorsHavePlacesToo)
{
    test::MadeVectors made(64, 8, 2);
    std::fill_n(made.rows.begin(), 8 * 20, 0.0F);
    made.rows[8 * 30] = std::numeric_limits<float>::quiet_NaN();
    made.rows[8 * 31] = std::numeric_limits<float>::infinity();
    std::copy_n(made.rows.begin() + 8 * 40, 8, made.rows.begin() + 8 * 41);
    LayoutInput input = made.input();
    input.neighbours = [&](size_t point, size_t most) {
        auto all = made.exactNeighbours(20, most);
        all.push_back({uint32_t(point), 1.0F});
        all.push_back({uint32_t(made.count), 1.0F});
        all.push_back({3, std::numeric_limits<float>::quiet_NaN()});
        return base::Result<std::vector<Neighbour>>(all);
    };
    for (const size_t count : {size_t(0), size_t(1), size_t(2), size_t(3), made.count}) {
        input.count = count;
        const auto places = layOut(input, {});
        ASSERT_TRUE(places);
        ASSERT_EQ(places->size(), count);
        for (const Place &each : *places)
            ASSERT_TRUE(std::isfinite(each.x) && std::isfinite(each.y)) << count;
    }
}

TEST(MapClusters, AreTheHillsOfTheMap)
{
    Random random(5);
    std::vector<Place> places;
    for (int i = 0; i < 900; ++i) {
        const float at = float(i % 3) * 20.0F;
        places.push_back({at + random.symmetric(), random.symmetric()});
    }
    places.push_back({30.0F, 30.0F});
    const Clustering found = findClusters(places);
    ASSERT_GE(found.clusters.size(), 3);
    std::array<std::set<uint32_t>, 3> of;
    for (size_t i = 0; i < 900; ++i)
        of[i % 3].insert(found.ofPoint[i]);
    for (const uint32_t each : of[0])
        EXPECT_TRUE(of[1].count(each) == 0 && of[2].count(each) == 0);
    EXPECT_EQ(found.ofPoint[900], kNoCluster);
    EXPECT_EQ(findClusters({}).clusters.size(), 0);
    EXPECT_EQ(findClusters(std::vector<Place>(50)).clusters.size(), 1);
}

TEST(MapClusters, AreNamedByWhatOnlyTheyHave)
{
    QVector<MapCluster> clusters(2);
    std::vector<std::pair<uint32_t, QByteArray>> texts;
    for (int i = 0; i < 5; ++i) {
        texts.emplace_back(0, "the letter about bees and honey 2024");
        texts.emplace_back(1, "the letter about invoices and taxes 2024");
    }
    texts.emplace_back(0, "\xff\xfe broken");
    texts.emplace_back(9, "of no cluster");
    nameClusters(texts, clusters);
    EXPECT_EQ(clusters[0].label.split(QStringLiteral(" · ")).mid(0, 2),
              (QStringList{QStringLiteral("bees"), QStringLiteral("honey")}));
    EXPECT_FALSE(clusters[1].label.contains(QStringLiteral("bees")));
    EXPECT_TRUE(clusters[1].label.contains(QStringLiteral("taxes")));
}

TEST(MapPlacement, IsAmongTheNearestOfOneCluster)
{
    // Three of one hill that are near, one of another that is nearer than each of them.
    const std::vector<PlacedNeighbour> near{{{1, {0, 0}, 0}, 0.80F},
                                            {{2, {1, 0}, 0}, 0.80F},
                                            {{3, {0.5F, 1}, 0}, 0.80F},
                                            {{4, {50, 50}, 1}, 0.82F}};
    const MapPoint point = placeAmong(9, near);
    EXPECT_EQ(point.ino, 9U);
    EXPECT_EQ(point.cluster, 0U);
    EXPECT_NEAR(point.place.x, 0.5, 0.01);
    EXPECT_NEAR(point.place.y, 1.0 / 3.0, 0.01);
    // In any order, and copies part.
    const std::vector<PlacedNeighbour> turned(near.rbegin(), near.rend());
    EXPECT_EQ(placeAmong(9, turned).place, point.place);
    EXPECT_NE(placeAmong(10, near).place, point.place);
    // A copy of one lies beside it; points of no cluster are no group.
    const std::vector<PlacedNeighbour> copy{{{1, {0, 0}, kNoCluster}, 1.0F},
                                            {{2, {70, 0}, kNoCluster}, 0.9F},
                                            {{3, {90, 0}, kNoCluster}, 0.9F}};
    EXPECT_NEAR(placeAmong(9, copy).place.x, 0.0, 0.01);
    EXPECT_EQ(placeAmong(9, copy).cluster, kNoCluster);
}

TEST(MapFile, IsReadAsItWasWrittenOrNotAtAll)
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("map"));
    EXPECT_EQ(loadMap(path).error().code, base::Errc::NotFound);
    MapState map;
    map.model = "m";
    map.projection = QStringLiteral("umap");
    map.generation = 9;
    map.clusters.append({{1.0F, 2.0F}, 2, QStringLiteral("bees")});
    map.points = {{3, {1.0F, 2.0F}, 0}, {5, {-1.0F, 0.5F}, kNoCluster}};
    ASSERT_TRUE(saveMap(map, path));
    const auto read = loadMap(path);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->points[1].place, map.points[1].place);
    EXPECT_EQ(read->clusters[0].label, QStringLiteral("bees"));
    EXPECT_EQ(read->generation, 9U);
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    const QByteArray good = file.readAll();
    file.close();
    const auto write = [&](const QByteArray &bytes) {
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
    };
    for (qsizetype i = 0; i < good.size(); ++i) {
        QByteArray bad = good;
        bad[i] = char(bad[i] ^ 0x40);
        write(bad);
        ASSERT_EQ(loadMap(path).error().code, base::Errc::Corrupt) << i;
        write(good.left(i));
        ASSERT_EQ(loadMap(path).error().code, base::Errc::Corrupt) << i;
    }
    EXPECT_FALSE(saveMap(map, folder.filePath(QStringLiteral("none/map"))));
}
