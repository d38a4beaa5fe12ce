// SPDX-License-Identifier: Apache-2.0
// Goal: an extent item is taken only if every number in it is possible, and what is cut off one
//   leaves what was meant. Method: each field of good ones is set to what it must not be.
extern "C" {
#include "format/extent.h"
}

#include <vexfs/volume.h>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>

namespace {

constexpr u64 kLastBlock = VEXFS_FILE_MAX_BYTES / VEXFS_BLOCK_BYTES;
const std::array<u8, VEXFS_EXTENT_MAX_BLOCKS * 4> kSums = [] {
    std::array<u8, VEXFS_EXTENT_MAX_BLOCKS * 4> sums{};
    for (size_t i = 0; i < sums.size(); i++)
        sums[i] = static_cast<u8>(i / 4);
    return sums;
}();

vexfs_extent frame()
{
    vexfs_extent extent{};
    extent.kind = VEXFS_EXTENT_COMPRESSED;
    extent.csum_bytes = 4;
    extent.len = 20;
    extent.skip = 5;
    extent.block = 1000;
    extent.birth = 7;
    extent.disk_blocks = 9;
    extent.disk_bytes = 8 * VEXFS_BLOCK_BYTES + 1;
    extent.payload = kSums.data();
    return extent;
}

vexfs_extent plain()
{
    vexfs_extent extent = frame();
    extent.kind = VEXFS_EXTENT_PLAIN;
    extent.skip = extent.disk_bytes = 0;
    extent.disk_blocks = extent.len;
    return extent;
}

std::string encoded(const vexfs_extent &extent)
{
    std::string item(VEXFS_EXTENT_ITEM_MAX_BYTES, '\0');
    item.resize(vexfs_extent_encode(&extent, item.data()));
    return item;
}

int decode(const std::string &item, u64 at, vexfs_extent *out)
{
    return vexfs_extent_decode(item.data(), static_cast<u32>(item.size()), at, out);
}

/// What decoding says of @p extent after @p change.
int decodeChanged(vexfs_extent extent, const std::function<void(vexfs_extent &)> &change)
{
    change(extent);
    vexfs_extent out{};
    return decode(encoded(extent), 0, &out);
}

TEST(CompressedExtent, ComesBackAsItWas)
{
    vexfs_extent out{};
    const std::string item = encoded(frame());
    ASSERT_EQ(decode(item, kLastBlock - 19, &out), 0);
    EXPECT_EQ(out.skip, 5u);
    EXPECT_EQ(out.len, 20u);
    EXPECT_EQ(out.disk_blocks, 9u);
    EXPECT_EQ(out.disk_bytes, 8 * VEXFS_BLOCK_BYTES + 1);
    EXPECT_EQ(memcmp(out.payload, kSums.data(), 36), 0);
    EXPECT_EQ(decode(item, kLastBlock - 18, &out), -EUCLEAN) << "beyond the end of any file";
}

TEST(CompressedExtent, IsRefusedWithNumbersThatCannotBe)
{
    using Change = std::function<void(vexfs_extent &)>;
    const Change good[] = {
        [](auto &e) { e.skip = 12; },
        [](auto &e) { e.skip = 0, e.len = 32; },
        [](auto &e) { e.disk_bytes = 9 * VEXFS_BLOCK_BYTES; },
        [](auto &e) { e.disk_blocks = 31, e.disk_bytes = 31 * VEXFS_BLOCK_BYTES; },
        [](auto &e) { e.disk_blocks = 1, e.disk_bytes = 1; },
    };
    for (const Change &change : good)
        EXPECT_EQ(decodeChanged(frame(), change), 0) << &change - good;
    const Change bad[] = {
        [](auto &e) { e.len = 0; },
        [](auto &e) { e.len = 33, e.skip = 0; },
        [](auto &e) { e.skip = 13; },
        [](auto &e) { e.skip = 65535; },
        [](auto &e) { e.len = ~0u, e.skip = 0; },
        [](auto &e) { e.disk_bytes = 0; },
        [](auto &e) { e.disk_bytes = 8 * VEXFS_BLOCK_BYTES; },
        [](auto &e) { e.disk_bytes = 9 * VEXFS_BLOCK_BYTES + 1; },
        [](auto &e) { e.disk_bytes = ~0u; },
        [](auto &e) { e.disk_blocks = 32, e.disk_bytes = 32 * VEXFS_BLOCK_BYTES; },
        [](auto &e) { e.disk_blocks = 0, e.disk_bytes = 0; },
        [](auto &e) { e.csum_bytes = 0; },
        [](auto &e) { e.csum_bytes = 16; },
    };
    for (const Change &change : bad)
        EXPECT_EQ(decodeChanged(frame(), change), -EUCLEAN) << &change - bad;
    vexfs_extent out{};
    const std::string item = encoded(frame());
    EXPECT_EQ(decode(item + "1234", 0, &out), -EUCLEAN);
    EXPECT_EQ(decode(item.substr(0, item.size() - 4), 0, &out), -EUCLEAN);
}

TEST(OtherExtents, HaveNoNumbersOfCompressedOnes)
{
    EXPECT_EQ(decodeChanged(plain(), [](auto &) {}), 0);
    EXPECT_EQ(decodeChanged(plain(), [](auto &e) { e.skip = 1; }), -EUCLEAN);
    EXPECT_EQ(decodeChanged(plain(), [](auto &e) { e.disk_bytes = 1; }), -EUCLEAN);
    EXPECT_EQ(decodeChanged(plain(), [](auto &e) { e.disk_blocks--; }), -EUCLEAN);
    vexfs_extent bytes{};
    bytes.kind = VEXFS_EXTENT_INLINE;
    bytes.len = 10;
    bytes.payload = kSums.data();
    EXPECT_EQ(decodeChanged(bytes, [](auto &) {}), 0);
    EXPECT_EQ(decodeChanged(bytes, [](auto &e) { e.skip = 1; }), -EUCLEAN);
    EXPECT_EQ(decodeChanged(bytes, [](auto &e) { e.disk_bytes = 10; }), -EUCLEAN);
    EXPECT_EQ(decodeChanged(plain(), [](auto &e) { e.kind = 5; }), -EUCLEAN);
}

TEST(Cutting, LeavesTheFrameButTakesBlocksOfAPlainOne)
{
    vexfs_extent part = frame();
    vexfs_extent_cut_front(&part, 3);
    vexfs_extent_shorten(&part, 10);
    EXPECT_EQ(part.skip, 8u);
    EXPECT_EQ(part.len, 10u);
    EXPECT_EQ(part.block, 1000u);
    EXPECT_EQ(part.disk_blocks, 9u);
    EXPECT_EQ(part.payload, kSums.data());
    part = plain();
    vexfs_extent_cut_front(&part, 3);
    vexfs_extent_shorten(&part, 10);
    EXPECT_EQ(part.skip, 0u);
    EXPECT_EQ(part.len, 10u);
    EXPECT_EQ(part.block, 1003u);
    EXPECT_EQ(part.disk_blocks, 10u);
    EXPECT_EQ(part.payload, kSums.data() + 12);
}

} // namespace
