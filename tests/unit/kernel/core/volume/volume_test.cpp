// SPDX-License-Identifier: Apache-2.0
// Goal: what hosts rely on at the facade beyond single operations: opening what is no volume,
// waiting for changes, snapshots by name, paths, back superblocks. Method: small volumes in memory.
#include "tests/support/sim_device.h"

#include <vexfs/check.h>
#include <vexfs/posix_dev.h>
#include <vexfs/volume.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace {

class Volume : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_EQ(vexfs_dev_open_memory(8192, &m_dev), 0);
        vexfs_format_options format{};
        format.label = "papers";
        format.label_bytes = 6;
        format.uid = 1000;
        ASSERT_EQ(vexfs_volume_format(m_dev, &format), 0);
        open();
    }

    void TearDown() override
    {
        if (m_volume) {
            EXPECT_EQ(vexfs_volume_close(m_volume), 0);
        }
        vexfs_dev_close(m_dev);
    }

    void open(bool readOnly = false)
    {
        vexfs_open_options options{};
        options.read_only = readOnly;
        ASSERT_EQ(vexfs_volume_open(m_dev, &options, &m_volume), 0);
    }

    void close()
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        m_volume = nullptr;
    }

    int create(const std::string &name, vexfs_id *id, uint32_t mode = 0100644,
               vexfs_id dir = {1, 1})
    {
        vexfs_create what{};
        what.mode = mode;
        vexfs_attr attr;
        return vexfs_volume_create(m_volume, dir, name.data(), uint32_t(name.size()), &what, id,
                                   &attr);
    }

    void zeroBlocks(uint64_t first, uint32_t count)
    {
        const std::vector<uint8_t> zeros(size_t(count) * VEXFS_BLOCK_BYTES);
        ASSERT_EQ(vexfs_port_dev_write(m_dev, first, count, zeros.data()), 0);
    }

    vexfs_dev *m_dev = nullptr;
    vexfs_volume *m_volume = nullptr;
};

TEST_F(Volume, OpensFromEitherRingAndNotFromNone)
{
    vexfs_id id{};
    ASSERT_EQ(create("kept", &id), 0);
    close();
    zeroBlocks(0, 16);
    open();
    vexfs_attr attr;
    EXPECT_EQ(vexfs_volume_lookup(m_volume, {1, 1}, "kept", 4, &id, &attr), 0);
    close();
    zeroBlocks(8192 - 8, 8);
    zeroBlocks(8, 4);
    vexfs_open_options options{};
    vexfs_volume *none = nullptr;
    zeroBlocks(8, 8);
    EXPECT_EQ(vexfs_volume_open(m_dev, &options, &none), -EINVAL);
    EXPECT_EQ(none, nullptr);
}

TEST_F(Volume, TellsItsLabelAndOwner)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(m_volume, &info);
    EXPECT_STREQ(info.label, "papers");
    vexfs_attr attr;
    ASSERT_EQ(vexfs_volume_getattr(m_volume, {1, 1}, &attr), 0);
    EXPECT_EQ(attr.uid, 1000u);
    EXPECT_EQ(attr.nlink, 2u);
    ASSERT_EQ(vexfs_volume_getattr(m_volume, {VEXFS_VOLUME_TREE_INDEX, 1}, &attr), 0);
    EXPECT_EQ(attr.mode, 0040700u);
}

TEST_F(Volume, DiscardsWhatWasFreedAndNothingElse)
{
    close();
    vexfs::test::SimDevice device(8192);
    vexfs_format_options format{};
    ASSERT_EQ(vexfs_volume_format(device.dev(), &format), 0);
    vexfs_open_options options{};
    options.discard = true;
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &m_volume), 0);
    vexfs_id kept{}, gone{};
    ASSERT_EQ(create("kept", &kept), 0);
    ASSERT_EQ(create("gone", &gone), 0);
    const std::vector<uint8_t> keptBytes(400000, 'k'), goneBytes(800000, 'g');
    u32 done = 0;
    ASSERT_EQ(vexfs_volume_write(m_volume, kept, 0, 0, keptBytes.data(), 400000, &done), 0);
    ASSERT_EQ(vexfs_volume_write(m_volume, gone, 0, 0, goneBytes.data(), 800000, &done), 0);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    const auto blocksFilledWith = [&](uint8_t byte) {
        int count = 0;
        for (const auto &block : device.image())
            count += block && *std::min_element(block->begin(), block->end()) == byte &&
                     *std::max_element(block->begin(), block->end()) == byte;
        return count;
    };
    ASSERT_EQ(blocksFilledWith('g'), 800000 / 4096);
    vexfs_removed removed{};
    ASSERT_EQ(vexfs_volume_unlink(m_volume, {1, 1}, "gone", 4, &removed), 0);
    ASSERT_EQ(vexfs_volume_evict(m_volume, removed.id), 0);
    ASSERT_EQ(vexfs_volume_close(m_volume), 0);
    EXPECT_EQ(blocksFilledWith('g'), 0);
    EXPECT_EQ(blocksFilledWith('k'), 400000 / 4096);
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &m_volume), 0);
    std::vector<uint8_t> read(400000);
    ASSERT_EQ(vexfs_volume_read(m_volume, kept, 0, 0, read.data(), 400000, &done), 0);
    EXPECT_EQ(read, keptBytes);
    ASSERT_EQ(vexfs_volume_close(m_volume), 0);
    open();
}

TEST_F(Volume, WaitsForAChangeOfTheLiveTreeOnly)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(m_volume, &info);
    uint64_t now = 0;
    ASSERT_EQ(vexfs_volume_wait(m_volume, info.live_generation, 20, &now), 0);
    EXPECT_EQ(now, info.live_generation) << "nothing happened";

    vexfs_id id{};
    ASSERT_EQ(create("daemon's own", &id, 0100600, {VEXFS_VOLUME_TREE_INDEX, 1}), 0);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    ASSERT_EQ(vexfs_volume_wait(m_volume, info.live_generation, 20, &now), 0);
    EXPECT_EQ(now, info.live_generation) << "another tree changed";

    std::thread writer([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        vexfs_id made{};
        EXPECT_EQ(create("file", &made), 0);
        EXPECT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    });
    ASSERT_EQ(vexfs_volume_wait(m_volume, info.live_generation, 60000, &now), 0);
    EXPECT_GT(now, info.live_generation);
    writer.join();
    vexfs_volume_shutdown(m_volume);
    EXPECT_EQ(vexfs_volume_wait(m_volume, now, 60000, &now), -ESHUTDOWN);
}

TEST_F(Volume, SnapshotsAreFoundByNameUnlessHidden)
{
    vexfs_snapshot made{}, found{};
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "monday", 6, 0, &made), 0);
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "monday", 6, 0, &found), -EEXIST);
    EXPECT_EQ(vexfs_volume_snapshot_lookup(m_volume, "monday", 6, &found), 0);
    EXPECT_EQ(found.id, made.id);
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "anchor", 6, VEXFS_TREE_HIDDEN, &made), 0);
    EXPECT_EQ(vexfs_volume_snapshot_lookup(m_volume, "anchor", 6, &found), -ENOENT);
    vexfs_snapshot rows[4];
    uint32_t count = 0;
    ASSERT_EQ(vexfs_volume_snapshot_list(m_volume, 0, 0, rows, 4, &count), 0);
    EXPECT_EQ(count, 1u);
    ASSERT_EQ(vexfs_volume_snapshot_list(m_volume, 0, VEXFS_TREE_HIDDEN, rows, 4, &count), 0);
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "a/b", 3, 0, &made), -EINVAL);
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 999, "x", 1, 0, &made), -ENOENT);
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, 1), -EINVAL) << "the live tree";
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, 999), -ENOENT);
}

TEST_F(Volume, ASnapshotIsReadOnlyAndACloneIsNot)
{
    vexfs_id id{};
    vexfs_snapshot fixed{}, clone{};
    ASSERT_EQ(create("file", &id), 0);
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "s", 1, 0, &fixed), 0);
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, fixed.id, "c", 1, VEXFS_TREE_WRITABLE,
                                           &clone), 0);
    uint32_t done = 0;
    EXPECT_EQ(vexfs_volume_write(m_volume, {fixed.id, id.ino}, 0, 0, "x", 1, &done), -EROFS);
    EXPECT_EQ(vexfs_volume_write(m_volume, {clone.id, id.ino}, 0, 0, "x", 1, &done), 0);
    vexfs_attr attr;
    ASSERT_EQ(vexfs_volume_getattr(m_volume, id, &attr), 0);
    EXPECT_EQ(attr.size_bytes, 0u) << "the live file is as it was";
    vexfs_rename rename{{1, 1}, {clone.id, 1}, "file", "file", 4, 4, 0, 0, 0};
    vexfs_removed removed{};
    EXPECT_EQ(vexfs_volume_rename(m_volume, &rename, &removed), -EXDEV);
}

TEST_F(Volume, AnInodeBecomesItsPaths)
{
    vexfs_id dir{}, sub{}, file{};
    vexfs_attr attr;
    ASSERT_EQ(create("dir", &dir, 0040755), 0);
    ASSERT_EQ(create("sub", &sub, 0040755, dir), 0);
    ASSERT_EQ(create("file", &file, 0100644, sub), 0);
    ASSERT_EQ(vexfs_volume_link(m_volume, file, {1, 1}, "other", 5, &attr), 0);
    char path[4096];
    std::vector<std::string> paths;
    for (uint32_t i = 0; vexfs_volume_path(m_volume, file, i, path, sizeof(path)) == 0; ++i)
        paths.emplace_back(path);
    std::sort(paths.begin(), paths.end());
    EXPECT_EQ(paths, (std::vector<std::string>{"dir/sub/file", "other"}));
    ASSERT_EQ(vexfs_volume_path(m_volume, {1, 1}, 0, path, sizeof(path)), 0);
    EXPECT_STREQ(path, "");
    EXPECT_EQ(vexfs_volume_path(m_volume, file, 0, path, 4), -ENAMETOOLONG);
    EXPECT_EQ(vexfs_volume_path(m_volume, {1, 9999}, 0, path, sizeof(path)), -ENOENT);
}

TEST_F(Volume, ReadOnlyOpensWriteNothing)
{
    close();
    std::vector<uint8_t> before(8192ul * VEXFS_BLOCK_BYTES), after(before.size());
    ASSERT_EQ(vexfs_port_dev_read(m_dev, 0, 8192, before.data()), 0);
    open(true);
    vexfs_id id{};
    EXPECT_EQ(create("file", &id), -EROFS);
    vexfs_snapshot made{};
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "s", 1, 0, &made), -EROFS);
    EXPECT_EQ(vexfs_volume_tick(m_volume), 0);
    close();
    ASSERT_EQ(vexfs_port_dev_read(m_dev, 0, 8192, after.data()), 0);
    EXPECT_TRUE(before == after);
}

TEST_F(Volume, FormatRefusesWhatCannotBeAVolume)
{
    vexfs_dev *small = nullptr;
    ASSERT_EQ(vexfs_dev_open_memory(4095, &small), 0);
    vexfs_format_options format{};
    EXPECT_EQ(vexfs_volume_format(small, &format), -ENOSPC);
    vexfs_dev_close(small);
    format.size_blocks = 8193;
    vexfs_dev *other = nullptr;
    ASSERT_EQ(vexfs_dev_open_memory(8192, &other), 0);
    EXPECT_EQ(vexfs_volume_format(other, &format), -ENOSPC);
    const std::string label(256, 'x');
    format = {};
    format.label = label.data();
    format.label_bytes = 256;
    EXPECT_EQ(vexfs_volume_format(other, &format), -EINVAL);
    vexfs_dev_close(other);
}

} // namespace
