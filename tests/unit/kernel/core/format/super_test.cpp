// SPDX-License-Identifier: Apache-2.0
// Goal: a superblock is believed only when every byte of it is right, and the geometry that follows
// from a size has no hole and no overlap. Method: round trips, a flip of each byte, a brute count.
extern "C" {
#include "format/super.h"
}

#include <gtest/gtest.h>

#include <cstring>

namespace {

vexfs_super sample(uint64_t blocks)
{
    vexfs_super super{};
    super.sequence = 11;
    super.generation = 5;
    super.generation_limit = 4096;
    super.live_generation = 4;
    super.total_blocks = vexfs_total_blocks_usable(blocks);
    super.log_block = VEXFS_FRONT_BLOCKS + VEXFS_ZONE_HEAD_BLOCKS;
    super.log_blocks = vexfs_log_blocks_for(super.total_blocks);
    super.next_tree_id = 256;
    super.next_dead_id = 1;
    std::memcpy(super.label, "papers", 6);
    return super;
}

TEST(Super, ComesBackAsItWasWritten)
{
    const vexfs_super super = sample(100000);
    vexfs_disk_super disk;
    vexfs_super_encode(&super, &disk);
    vexfs_super back{};
    ASSERT_EQ(vexfs_super_decode(&disk, &back), 0);
    EXPECT_EQ(back.sequence, super.sequence);
    EXPECT_EQ(back.generation_limit, super.generation_limit);
    EXPECT_EQ(back.total_blocks, super.total_blocks);
    EXPECT_STREQ(reinterpret_cast<const char *>(back.label), "papers");
}

TEST(Super, IsRefusedWithAnyByteChanged)
{
    const vexfs_super super = sample(100000);
    vexfs_disk_super disk;
    vexfs_super_encode(&super, &disk);
    auto *bytes = reinterpret_cast<uint8_t *>(&disk);
    for (size_t i = 0; i < sizeof(disk); ++i) {
        vexfs_super back{};
        bytes[i] ^= 0x20;
        EXPECT_EQ(vexfs_super_decode(&disk, &back), i < 8 ? -EINVAL : -EBADMSG) << i;
        bytes[i] ^= 0x20;
    }
}

TEST(Super, FromTheFutureIsRefusedByName)
{
    vexfs_super super = sample(100000), back{};
    vexfs_disk_super disk;
    super.incompat = 1ull << 40;
    vexfs_super_encode(&super, &disk);
    EXPECT_EQ(vexfs_super_decode(&disk, &back), -EPROTONOSUPPORT);
}

TEST(Super, WithNumbersOutOfRangeIsRefused)
{
    vexfs_disk_super disk;
    vexfs_super back{};
    for (int which = 0; which < 6; ++which) {
        vexfs_super super = sample(100000);
        switch (which) {
        case 0: super.total_blocks += 1; break;
        case 1: super.log_block += 4; break;
        case 2: super.generation = super.generation_limit + 1; break;
        case 3: super.root_tree.level = VEXFS_LEVEL_MAX; break;
        // No device has it, and each write of a superblock would be outside of it.
        case 4: super.total_blocks = 0; break;
        default: std::memset(super.label, 'x', sizeof(super.label));
        }
        vexfs_super_encode(&super, &disk);
        EXPECT_EQ(vexfs_super_decode(&disk, &back), -EUCLEAN) << which;
    }
}

TEST(Geometry, CountsFreshBlocksAsTheFixedOnesLeaveThem)
{
    const uint64_t sizes[] = {4096, 5000, 524288, 524288 + 500, 524288 + 4000, 2 * 524288 + 2048};
    for (const uint64_t size : sizes) {
        const vexfs_super super = sample(size);
        ASSERT_EQ(super.total_blocks % VEXFS_QUAD_BLOCKS, 0u);
        uint64_t free = 0, fixedInPage = 0;
        for (uint64_t block = 0; block < super.total_blocks; ++block)
            free += !vexfs_block_is_fixed(&super, block);
        EXPECT_EQ(vexfs_fresh_blocks(&super, 0, super.total_blocks), free) << size;
        for (uint64_t block = 2048; block < 4096 && block < super.total_blocks; ++block)
            fixedInPage += !vexfs_block_is_fixed(&super, block);
        EXPECT_EQ(vexfs_fresh_blocks(&super, 2048, 4096), fixedInPage) << size;
    }
}

TEST(Geometry, TooSmallAndTooLargeAreTold)
{
    EXPECT_EQ(vexfs_total_blocks_usable(4095), 0u);
    EXPECT_EQ(vexfs_total_blocks_usable(4096), 4096u);
    EXPECT_EQ(vexfs_total_blocks_usable(~0ull), VEXFS_TOTAL_BLOCKS_MAX);
}

} // namespace
