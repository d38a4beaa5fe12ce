// SPDX-License-Identifier: Apache-2.0
// Goal: room that was promised to a host is there when it writes, whatever others take meanwhile;
// and nobody is promised what is not there. Method: a small volume in memory, filled to the end.
#include <vexfs/check.h>
#include <vexfs/posix_dev.h>
#include <vexfs/volume.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace {

constexpr u32 kBlocks = 8192;
constexpr u32 kPiece = 1 << 20;

class Promise : public testing::Test
{
protected:
    void SetUp() override
    {
        const vexfs_format_options format{};
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_dev_open_memory(kBlocks, &m_dev), 0);
        ASSERT_EQ(vexfs_volume_format(m_dev, &format), 0);
        ASSERT_EQ(vexfs_volume_open(m_dev, &options, &m_volume), 0);
        m_promised = create("promised");
        m_other = create("other");
    }

    void TearDown() override
    {
        EXPECT_EQ(vexfs_volume_close(m_volume), 0);
        const vexfs_check_options options{};
        vexfs_check_result result{};
        EXPECT_EQ(vexfs_check(m_dev, &options, &result), 0);
        EXPECT_EQ(result.findings, 0u);
        vexfs_dev_close(m_dev);
    }

    vexfs_id create(const std::string &name)
    {
        vexfs_create what{};
        vexfs_id id{};
        vexfs_attr attr{};
        what.mode = 0100644;
        EXPECT_EQ(vexfs_volume_create(m_volume, {1, 1}, name.data(), u32(name.size()), &what, &id,
                                      &attr),
                  0);
        return id;
    }

    /// Writes to the other file until there is no room.
    void fill()
    {
        for (u64 offset = 0;;) {
            u32 done = 0;
            const int error = vexfs_volume_write(m_volume, m_other, 0, offset, m_data.data(),
                                                 u32(m_data.size()), &done);
            if (error) {
                ASSERT_EQ(error, -ENOSPC);
                return;
            }
            offset += done;
        }
    }

    u64 available()
    {
        struct vexfs_volume_info info{};
        vexfs_volume_info(m_volume, &info);
        return info.available_blocks;
    }

    vexfs_dev *m_dev = nullptr;
    vexfs_volume *m_volume = nullptr;
    vexfs_id m_promised{}, m_other{};
    const std::vector<u8> m_data = std::vector<u8>(kPiece, 0x5a);
};

TEST_F(Promise, IsKeptWhenOthersFillTheVolume)
{
    const u32 blocks = 4 * kPiece / VEXFS_BLOCK_BYTES;
    const u64 before = available();
    ASSERT_EQ(vexfs_volume_promise(m_volume, blocks), 0);
    EXPECT_EQ(available(), before - blocks);
    fill();
    vexfs_id id{};
    vexfs_attr attr{};
    u32 done = 0;
    // Once more, with what the commit of the first attempt may have freed.
    fill();
    for (u32 i = 0; i < 4; i++) {
        ASSERT_EQ(vexfs_volume_write_promised(m_volume, m_promised, u64(i) * kPiece, m_data.data(),
                                              kPiece, &done),
                  0);
        EXPECT_EQ(done, kPiece);
    }
    vexfs_volume_unpromise(m_volume, blocks);
    ASSERT_EQ(vexfs_volume_lookup(m_volume, {1, 1}, "promised", 8, &id, &attr), 0);
    EXPECT_EQ(attr.size_bytes, 4u * kPiece);
}

TEST_F(Promise, IsKeptForSingleBlocksOfAnOldFile)
{
    constexpr u32 kWrites = 512;
    u32 done = 0;
    for (u32 i = 0; i < 8; i++)
        ASSERT_EQ(vexfs_volume_write(m_volume, m_promised, 0, u64(i) * kPiece, m_data.data(),
                                     kPiece, &done),
                  0);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    ASSERT_EQ(vexfs_volume_promise(m_volume, kWrites), 0);
    fill();
    for (u64 i = 0; i < kWrites; i++)
        ASSERT_EQ(vexfs_volume_write_promised(m_volume, m_promised,
                                              i * 4 * VEXFS_BLOCK_BYTES, m_data.data(),
                                              VEXFS_BLOCK_BYTES, &done),
                  0)
            << i;
    vexfs_volume_unpromise(m_volume, kWrites);
}

TEST_F(Promise, IsRefusedWhenThereIsNoRoom)
{
    const u64 before = available();
    EXPECT_EQ(vexfs_volume_promise(m_volume, before + 1), -ENOSPC);
    EXPECT_EQ(available(), before);
    ASSERT_EQ(vexfs_volume_promise(m_volume, before / 2), 0);
    EXPECT_EQ(vexfs_volume_promise(m_volume, before / 2), -ENOSPC);
    vexfs_volume_unpromise(m_volume, before / 2);
    EXPECT_EQ(available(), before);
    EXPECT_EQ(vexfs_volume_promise(m_volume, before / 2), 0);
    vexfs_volume_unpromise(m_volume, before / 2);
}

TEST_F(Promise, CountsOnWhatTheNextCommitFrees)
{
    fill();
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    EXPECT_EQ(vexfs_volume_promise(m_volume, 1024), -ENOSPC);
    ASSERT_EQ(vexfs_volume_truncate(m_volume, m_other, 0, 0), 0);
    EXPECT_EQ(vexfs_volume_promise(m_volume, 1024), 0);
    vexfs_volume_unpromise(m_volume, 1024);
}

TEST_F(Promise, IsNotGivenByAVolumeThatMayOnlyBeRead)
{
    ASSERT_EQ(vexfs_volume_close(m_volume), 0);
    vexfs_open_options options{};
    options.read_only = true;
    ASSERT_EQ(vexfs_volume_open(m_dev, &options, &m_volume), 0);
    EXPECT_EQ(vexfs_volume_promise(m_volume, 1), -EROFS);
}

} // namespace
