// SPDX-License-Identifier: Apache-2.0
//
// Goal: memory that a daemon hands over as a map is read, and never beyond its end. Method: sealed
// files as the daemon makes them, and such that do not fit what is told of them.
#include "common/client/map_points.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <limits>

#include <sys/mman.h>
#include <unistd.h>

using namespace vexfs;

namespace {

struct Record
{
    uint64_t id = 0;
    float x = 0;
    float y = 0;
    uint32_t cluster = 0;
    uint32_t flags = 0;
};
static_assert(sizeof(Record) == 24 && std::endian::native == std::endian::little);

class MapPoints : public testing::Test
{
protected:
    void SetUp() override { m_file = memfd_create("map", MFD_CLOEXEC); }
    void TearDown() override { close(m_file); }

    static QVariantMap info(qulonglong count, uint32_t stride)
    {
        return {{QStringLiteral("count"), count}, {QStringLiteral("stride"), stride}};
    }

    int m_file = -1;
};

} // namespace

TEST_F(MapPoints, AreReadAsTheyWereWritten)
{
    const float odd = std::numeric_limits<float>::quiet_NaN();
    const std::array<Record, 3> records{{{7, 1.5F, -2, 4, 0}, {8, odd, 0, 0, 0}, {9, 0, 1, 5, 3}}};
    ASSERT_EQ(write(m_file, records.data(), sizeof(records)), ssize_t(sizeof(records)));
    const auto read = client::readMapPoints(m_file, info(3, 24));
    ASSERT_TRUE(read);
    // What has no place is no point.
    ASSERT_EQ(read->points.size(), 2);
    EXPECT_EQ(read->points[0].id, 7U);
    EXPECT_EQ(read->points[0].x, 1.5F);
    EXPECT_EQ(read->points[0].y, -2.0F);
    EXPECT_EQ(read->points[1].cluster, 5U);
    EXPECT_FALSE(read->points[0].isGone);
    EXPECT_TRUE(read->points[1].isGone);
}

TEST_F(MapPoints, AreNotReadBeyondTheEnd)
{
    ASSERT_EQ(ftruncate(m_file, 24 * 3), 0);
    const auto code = [&](qulonglong count, uint32_t stride) {
        const auto read = client::readMapPoints(m_file, info(count, stride));
        return read.has_value() ? base::Errc::Failed : read.error().code;
    };
    EXPECT_EQ(code(4, 24), base::Errc::Corrupt);
    EXPECT_EQ(code(3, 28), base::Errc::Corrupt);
    EXPECT_EQ(code(3, 8), base::Errc::Corrupt);
    EXPECT_EQ(code(3, 0), base::Errc::Corrupt);
    EXPECT_EQ(code(std::numeric_limits<qulonglong>::max(), 24), base::Errc::Corrupt);
    EXPECT_EQ(client::readMapPoints(-1, info(1, 24)).error().code, base::Errc::Corrupt);
    EXPECT_TRUE(client::readMapPoints(m_file, info(0, 24))->points.isEmpty());
}
