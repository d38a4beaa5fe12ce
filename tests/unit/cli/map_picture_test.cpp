// SPDX-License-Identifier: Apache-2.0
//
// Goal: the picture of a map has each file at its place, and is XML whatever files are called.
// Method: it is read back as XML; places are compared with each other, not with numbers.
#include "cli/vexfs/map/map_picture.h"

#include <QXmlStreamReader>
#include <gtest/gtest.h>

using namespace vexfs;
using namespace vexfs::cli;
using client::MapCluster;
using client::MapPoint;
using client::MapPoints;

namespace {

struct Dot
{
    double x = 0;
    double y = 0;
    double radius = 0;
    QString fill;
    QString stroke;
    QString name;
};

struct Picture
{
    bool isWellFormed = false;
    QList<Dot> dots;
    QStringList labels;
};

Picture read(const QByteArray &bytes)
{
    Picture out;
    QXmlStreamReader in(bytes);
    while (!in.atEnd()) {
        if (in.readNext() != QXmlStreamReader::StartElement)
            continue;
        const QXmlStreamAttributes all = in.attributes();
        if (in.name() == QLatin1String("circle"))
            out.dots.append({all.value(QLatin1String("cx")).toDouble(),
                             all.value(QLatin1String("cy")).toDouble(),
                             all.value(QLatin1String("r")).toDouble(),
                             all.value(QLatin1String("fill")).toString(),
                             all.value(QLatin1String("stroke")).toString(),
                             {}});
        else if (in.name() == QLatin1String("title"))
            out.dots.last().name = in.readElementText();
        else if (in.name() == QLatin1String("text") && !all.hasAttribute(QLatin1String("stroke")))
            out.labels.append(in.readElementText());
    }
    out.isWellFormed = !in.hasError();
    return out;
}

} // namespace

TEST(MapPicture, PointsAreWhereTheyAre)
{
    const MapPoints points{{{1, -3, 5, 0, 0, false}, {2, 3, 5, 0, 0, false},
                            {3, 0, 8, 1, 0, false}},
                           0,
                           {},
                           false};
    const Picture picture = read(mapPicture({points, {}, {}, false}));
    EXPECT_TRUE(picture.isWellFormed);
    ASSERT_EQ(picture.dots.size(), 3);
    const Dot &left = picture.dots[0];
    const Dot &right = picture.dots[1];
    const Dot &below = picture.dots[2];
    EXPECT_EQ(left.y, right.y);
    EXPECT_LT(left.x, below.x);
    EXPECT_LT(below.x, right.x);
    // Both ways alike: 3 down are half of 6 across.
    EXPECT_NEAR((below.y - left.y) * 2, right.x - left.x, 0.5);
    EXPECT_EQ(left.fill, right.fill);
    EXPECT_NE(left.fill, below.fill);
    for (const Dot &each : picture.dots) {
        EXPECT_GT(each.x, 0);
        EXPECT_LT(each.x, 1600);
        EXPECT_GT(each.y, 0);
        EXPECT_LT(each.y, 1200);
    }
}

TEST(MapPicture, OnePointAndNoneAreMapsToo)
{
    EXPECT_TRUE(read(mapPicture({{}, {}, {}, false})).isWellFormed);
    const MapPoints one{{{1, 4, 4, 0, 0, false}}, 0, {}, false};
    const Picture picture = read(mapPicture({one, {}, {}, false}));
    ASSERT_EQ(picture.dots.size(), 1);
    EXPECT_EQ(picture.dots[0].x, 800);
    EXPECT_EQ(picture.dots[0].y, 600);
}

TEST(MapPicture, HitsStandOutAndWhatIsGoneIsHollow)
{
    const MapPoints points{{{1, 0, 0, 0, 0.9F, false}, {2, 1, 0, 0, 0, false},
                            {3, 2, 0, 0, 0, true}},
                           0,
                           {},
                           false};
    const Picture picture = read(mapPicture({points, {}, {{1, QStringLiteral("hit")}}, true}));
    ASSERT_EQ(picture.dots.size(), 3);
    const Dot &hit = picture.dots.constLast(); // above the others
    EXPECT_EQ(hit.name, QStringLiteral("hit"));
    EXPECT_GT(hit.radius, picture.dots[0].radius);
    EXPECT_NE(hit.fill, picture.dots[0].fill);
    EXPECT_EQ(picture.dots[1].fill, QStringLiteral("none"));
    EXPECT_EQ(picture.dots[1].stroke, picture.dots[0].fill);
}

TEST(MapPicture, NamesCannotForgeElements)
{
    const QString name = QStringLiteral("</title><script>&\"\u00e4");
    const MapPoints points{{{1, 0, 0, 0, 0, false}}, 0, {}, false};
    const QList<MapCluster> clusters{{0, 0, 0, 1, QStringLiteral("<b>")}};
    const Picture picture = read(mapPicture({points, clusters, {{1, name}}, false}));
    EXPECT_TRUE(picture.isWellFormed);
    EXPECT_EQ(picture.dots[0].name, name);
    EXPECT_EQ(picture.labels, QStringList{QStringLiteral("<b>")});
}

TEST(MapPicture, LabelsDoNotLieOnEachOther)
{
    const MapPoints points{{{1, 0, 0, 0, 0, false}, {2, 10, 10, 1, 0, false}}, 0, {}, false};
    const QList<MapCluster> clusters{{0, 5, 5, 9, QStringLiteral("largest")},
                                     {1, 5, 5.01, 5, QStringLiteral("hidden")},
                                     {2, 5, 1, 3, QStringLiteral("elsewhere")}};
    EXPECT_EQ(read(mapPicture({points, clusters, {}, false})).labels,
              (QStringList{QStringLiteral("largest"), QStringLiteral("elsewhere")}));
}
