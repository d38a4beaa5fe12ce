// SPDX-License-Identifier: Apache-2.0
// Goal: a trim of a volume discards what is free, all of it, and nothing else. Method: a volume in
//   memory whose device fills discarded blocks with a pattern, opened without discarding.
#include "tests/support/volume_driver.h"

#include <vexfs/maintain.h>
#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

namespace vexfs::test {
namespace {

constexpr u64 kBlocks = 8192;
constexpr std::chrono::milliseconds kBesideFsync{500};
constexpr u64 kStepBlocks = 1024;

class Trim : public testing::Test
{
protected:
    explicit Trim(u64 blocks = kBlocks) : m_device(formattedImage(blocks)) {}

    void SetUp() override { open(false); }
    void TearDown() override
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        EXPECT_EQ(checkImage(m_device.image()), "");
    }

    void open(bool readOnly, bool discards = false)
    {
        vexfs_open_options options{};
        options.read_only = readOnly;
        options.discard = discards;
        ASSERT_EQ(vexfs_volume_open(m_device.dev(), &options, &m_volume), 0);
    }

    void apply(const Operation &operation)
    {
        uint64_t done = 0;
        ASSERT_EQ(VolumeDriver(m_volume).apply(operation, &done), 0) << operation.text();
    }

    int trim(u64 from, u64 to, u64 minBlocks, u64 *trimmed)
    {
        vexfs_trim run{from, to, minBlocks, 0};
        int more = 1;
        while (more == 1)
            more = vexfs_volume_trim_step(m_volume, &run);
        *trimmed = run.trimmed_blocks;
        return more;
    }

    u64 blocksFilledWith(uint8_t byte) const
    {
        const SimImage image = m_device.image();
        u64 count = 0;
        for (const auto &block : image)
            count += block && std::all_of(block->begin(), block->end(),
                                          [byte](uint8_t at) { return at == byte; });
        return count;
    }

    u64 freeBlocks()
    {
        struct vexfs_volume_info info{};
        vexfs_volume_info(m_volume, &info);
        return info.free_blocks;
    }

    SimDevice m_device;
    vexfs_volume *m_volume = nullptr;
};

TEST_F(Trim, DiscardsAllThatIsFreeAndNothingElse)
{
    apply({OpKind::CreateFile, "kept", "", 0, 0644, 0});
    apply({OpKind::Write, "kept", "", 0, 1000000, 1});
    apply({OpKind::CreateFile, "gone", "", 0, 0644, 0});
    apply({OpKind::Write, "gone", "", 0, 2000000, 2});
    apply({OpKind::Commit, "", "", 0, 0, 0});
    apply({OpKind::Unlink, "gone", "", 0, 0, 0});
    u64 before = 0;
    ASSERT_EQ(trim(0, kBlocks, 1, &before), 0);
    EXPECT_LT(before, freeBlocks()) << "the last commit still has the file";
    apply({OpKind::Commit, "", "", 0, 0, 0});
    u64 trimmed = 0;
    ASSERT_EQ(trim(0, kBlocks, 1, &trimmed), 0);
    EXPECT_EQ(trimmed, freeBlocks());
    EXPECT_GE(trimmed - before, 2000000u / VEXFS_BLOCK_BYTES);
    EXPECT_EQ(blocksFilledWith(0xdd), trimmed);
    EXPECT_EQ(checkImage(m_device.image()), "");
    // And what was held meanwhile can be used.
    apply({OpKind::CreateFile, "new", "", 0, 0644, 0});
    apply({OpKind::Write, "new", "", 0, 20 << 20, 4});
}

TEST_F(Trim, LeavesShortRunsAndWhatLiesOutside)
{
    for (int i = 0; i < 200; i++) {
        const std::string path = "f" + std::to_string(i);
        apply({OpKind::CreateFile, path, "", 0, 0644, 0});
        apply({OpKind::Write, path, "", 0, 4096, 1});
    }
    apply({OpKind::Commit, "", "", 0, 0, 0});
    for (int i = 0; i < 200; i += 2)
        apply({OpKind::Unlink, "f" + std::to_string(i), "", 0, 0, 0});
    apply({OpKind::Commit, "", "", 0, 0, 0});
    u64 all = 0, runs = 0, part = 0;
    ASSERT_EQ(trim(0, kBlocks, 1, &all), 0);
    ASSERT_EQ(trim(0, kBlocks, 64, &runs), 0);
    EXPECT_LT(runs + 80, all) << "a hundred blocks lie alone";
    ASSERT_EQ(trim(5000, 5100, 1, &part), 0);
    EXPECT_EQ(part, 100u);
    ASSERT_EQ(trim(5000, 5100, VEXFS_TRIM_RUN_MAX, &part), 0);
    EXPECT_EQ(part, 100u) << "a part of a long run";
    ASSERT_EQ(trim(7000, 7100, VEXFS_TRIM_RUN_MAX, &part), 0);
    EXPECT_EQ(part, 0u) << "the back superblocks are in the same page of the map";
    ASSERT_EQ(trim(kBlocks, 2 * kBlocks, 1, &part), 0);
    EXPECT_EQ(part, 0u);
}

TEST_F(Trim, RefusesWhatCannotBe)
{
    u64 trimmed = 0;
    EXPECT_EQ(trim(0, kBlocks, 0, &trimmed), -EINVAL);
    EXPECT_EQ(trim(0, kBlocks, VEXFS_TRIM_RUN_MAX + 1, &trimmed), -EINVAL);
    ASSERT_EQ(vexfs_volume_close(m_volume), 0);
    open(true);
    EXPECT_EQ(trim(0, kBlocks, 1, &trimmed), -EROFS);
    ASSERT_EQ(vexfs_volume_close(m_volume), 0);
    open(false);
    m_device.failCall(1, SimDevice::Writes);
    EXPECT_EQ(trim(0, kBlocks, 1, &trimmed), -EIO);
    m_device.clearFault();
    EXPECT_EQ(trimmed, 0u);
}

class LargeTrim : public Trim
{
protected:
    LargeTrim() : Trim(4 * kBlocks) {}
};

TEST_F(LargeTrim, DoesNotKeepAnFsyncWaiting)
{
    using Clock = std::chrono::steady_clock;
    constexpr u64 kLarge = 24000; // blocks: more than may wait while the volume is being changed
    ASSERT_EQ(vexfs_volume_close(m_volume), 0);
    open(false, true);
    apply({OpKind::CreateFile, "large", "", 0, 0644, 0});
    for (u64 at = 0; at < kLarge; at += 1000)
        apply({OpKind::Write, "large", "", at * VEXFS_BLOCK_BYTES, 1000 * VEXFS_BLOCK_BYTES, 1});
    apply({OpKind::CreateFile, "small", "", 0, 0644, 0});
    apply({OpKind::Commit, "", "", 0, 0, 0});
    apply({OpKind::Unlink, "large", "", 0, 0, 0});
    apply({OpKind::Commit, "", "", 0, 0, 0});

    const auto start = Clock::now();
    for (int i = 0; i < 20; i++) {
        apply({OpKind::Write, "small", "", 0, 100, static_cast<uint64_t>(i)});
        apply({OpKind::Fsync, "small", "", 0, 0, 0});
        ASSERT_GE(vexfs_volume_tick(m_volume), 0);
    }
    const u64 steps = 1 + (Clock::now() - start) / kBesideFsync;
    const u64 besideFsyncs = blocksFilledWith(0xdd);
    EXPECT_GT(besideFsyncs, 0u) << "it goes on, though";
    EXPECT_LE(besideFsyncs, steps * kStepBlocks);

    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    for (int i = 0; i < 4; i++)
        ASSERT_EQ(vexfs_volume_tick(m_volume), 1);
    EXPECT_GE(blocksFilledWith(0xdd), besideFsyncs + 3 * kStepBlocks);
}

TEST_F(Trim, WithoutMemorySaysSo)
{
    u64 trimmed = 0;
    vexfs_posix_set_alloc_hook([](size_t) { return false; });
    EXPECT_EQ(trim(0, kBlocks, 1, &trimmed), -ENOMEM);
    vexfs_posix_set_alloc_hook(nullptr);
    EXPECT_EQ(trimmed, 0u);
    EXPECT_EQ(trim(0, kBlocks, 1, &trimmed), 0);
    EXPECT_EQ(trimmed, freeBlocks());
}

} // namespace
} // namespace vexfs::test
