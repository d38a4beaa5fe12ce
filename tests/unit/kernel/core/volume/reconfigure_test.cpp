// SPDX-License-Identifier: Apache-2.0
// Goal: a volume in use becomes writable with all that was on disk, log included, and read-only
//   again as a close leaves it; other options count from then on; caches give back what they hold.
// Method: volumes in memory whose device fails on demand; after each, the image is checked.
#include "tests/support/volume_driver.h"

#include <vexfs/maintain.h>
#include <vexfs/posix_hooks.h>
#include <vexfs/ranges.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace vexfs::test {
namespace {

vexfs_open_options readOnly(bool yes)
{
    vexfs_open_options options{};
    options.read_only = yes;
    return options;
}

class Reconfigure : public testing::Test
{
protected:
    static vexfs_volume *open(SimDevice &device, bool isReadOnly)
    {
        const vexfs_open_options options = readOnly(isReadOnly);
        vexfs_volume *volume = nullptr;
        EXPECT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        return volume;
    }

    static int change(vexfs_volume *volume, bool isReadOnly)
    {
        const vexfs_open_options options = readOnly(isReadOnly);
        return vexfs_volume_reconfigure(volume, &options);
    }

    static int create(vexfs_volume *volume, const std::string &name, vexfs_id *id)
    {
        vexfs_create what{};
        vexfs_attr attr{};
        what.mode = 0100644;
        return vexfs_volume_create(volume, {1, 1}, name.data(), u32(name.size()), &what, id, &attr);
    }

    static int find(vexfs_volume *volume, const std::string &name)
    {
        vexfs_id id{};
        vexfs_attr attr{};
        return vexfs_volume_lookup(volume, {1, 1}, name.data(), u32(name.size()), &id, &attr);
    }

    static struct vexfs_volume_info info(vexfs_volume *volume)
    {
        struct vexfs_volume_info out{};
        vexfs_volume_info(volume, &out);
        return out;
    }

    /// An image that a crash left: a file in the log only, and one without a name.
    static SimImage crashed()
    {
        SimDevice device(formattedImage(8192));
        vexfs_volume *volume = open(device, false);
        vexfs_id id{}, orphan{};
        EXPECT_EQ(create(volume, "committed", &id), 0);
        EXPECT_EQ(vexfs_volume_commit(volume, nullptr), 0);
        EXPECT_EQ(create(volume, "logged", &id), 0);
        EXPECT_EQ(create(volume, "orphan", &orphan), 0);
        vexfs_removed removed{};
        EXPECT_EQ(vexfs_volume_unlink(volume, {1, 1}, "orphan", 6, &removed), 0);
        EXPECT_EQ(vexfs_volume_fsync(volume, id), 0);
        const SimImage image = device.image();
        EXPECT_EQ(vexfs_volume_close(volume), 0);
        return image;
    }
};

TEST_F(Reconfigure, WritableHasWhatTheLogHad)
{
    SimDevice device(crashed());
    vexfs_volume *volume = open(device, true);
    vexfs_id id{};
    EXPECT_EQ(find(volume, "logged"), 0);
    EXPECT_EQ(create(volume, "no", &id), -EROFS);
    const u64 inodes = info(volume).inodes;
    ASSERT_EQ(change(volume, false), 0);
    EXPECT_FALSE(info(volume).read_only);
    EXPECT_EQ(find(volume, "logged"), 0);
    EXPECT_EQ(info(volume).inodes, inodes - 1);
    EXPECT_EQ(create(volume, "after", &id), 0);
    EXPECT_EQ(vexfs_volume_fsync(volume, id), 0);
    // As it would be after a crash now, and after an orderly end.
    SimDevice cut(device.image());
    vexfs_volume *again = open(cut, false);
    EXPECT_EQ(find(again, "after"), 0);
    EXPECT_EQ(find(again, "logged"), 0);
    EXPECT_EQ(vexfs_volume_close(again), 0);
    EXPECT_EQ(checkImage(cut.image()), "");
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST_F(Reconfigure, ReadOnlyIsAsAfterAClose)
{
    SimDevice device(formattedImage(8192));
    vexfs_volume *volume = open(device, false);
    vexfs_id id{};
    for (int turn = 0; turn < 4; turn++) {
        ASSERT_EQ(create(volume, "file" + std::to_string(turn), &id), 0);
        ASSERT_EQ(vexfs_volume_fsync(volume, id), 0);
        ASSERT_EQ(change(volume, true), 0);
        EXPECT_TRUE(info(volume).read_only);
        EXPECT_EQ(info(volume).features & 4, 0u) << "the log holds nothing";
        EXPECT_EQ(create(volume, "no", &id), -EROFS);
        EXPECT_EQ(vexfs_volume_tick(volume), 0);
        EXPECT_EQ(checkImage(device.image()), "");
        ASSERT_EQ(change(volume, false), 0);
    }
    EXPECT_EQ(change(volume, false), 0);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST_F(Reconfigure, HeldFilesWithoutANameStay)
{
    SimDevice device(formattedImage(8192));
    vexfs_volume *volume = open(device, false);
    vexfs_id id{};
    vexfs_attr attr{};
    vexfs_removed removed{};
    ASSERT_EQ(create(volume, "held", &id), 0);
    ASSERT_EQ(vexfs_volume_unlink(volume, {1, 1}, "held", 4, &removed), 0);
    ASSERT_EQ(change(volume, true), 0);
    ASSERT_EQ(change(volume, false), 0);
    EXPECT_EQ(vexfs_volume_getattr(volume, id, &attr), 0);
    EXPECT_EQ(vexfs_volume_evict(volume, id), 0);
    EXPECT_EQ(vexfs_volume_getattr(volume, id, &attr), -ESTALE);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST_F(Reconfigure, SomebodyElseWroteMeanwhile)
{
    SimDevice device(formattedImage(8192));
    vexfs_volume *reader = open(device, true), *writer = open(device, false);
    vexfs_id id{};
    ASSERT_EQ(create(writer, "theirs", &id), 0);
    ASSERT_EQ(vexfs_volume_close(writer), 0);
    EXPECT_EQ(change(reader, false), -EBUSY);
    EXPECT_TRUE(info(reader).read_only);
    EXPECT_EQ(vexfs_volume_close(reader), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST_F(Reconfigure, WhatMayOnlyBeReadStaysSo)
{
    SimDevice device(formattedImage(8192));
    device.setReadOnly(true);
    vexfs_volume *volume = open(device, true);
    EXPECT_EQ(change(volume, false), -EROFS);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
}

TEST_F(Reconfigure, FailsWithTheDeviceAtEachCall)
{
    const SimImage image = crashed();
    int failures = 0;
    for (u64 nth = 1;; nth++) {
        SimDevice device(image);
        vexfs_volume *volume = open(device, true);
        device.failCall(nth, SimDevice::Reads | SimDevice::Writes | SimDevice::Flushes);
        const int error = change(volume, false);
        const bool hasFailed = device.hasFailed();
        device.clearFault();
        failures += error != 0;
        // Again, unless a commit failed: then only a new open helps.
        if (!info(volume).poisoned)
            EXPECT_EQ(change(volume, false), 0) << nth;
        else
            EXPECT_EQ(change(volume, true), 0) << nth;
        vexfs_volume_close(volume);
        volume = open(device, false);
        EXPECT_EQ(find(volume, "logged"), 0) << nth;
        EXPECT_EQ(vexfs_volume_close(volume), 0);
        EXPECT_EQ(checkImage(device.image()), "") << nth;
        if (!hasFailed)
            break;
    }
    EXPECT_GT(failures, 3);
}

TEST_F(Reconfigure, WithoutMemoryItIsTriedAgain)
{
    const SimImage image = crashed();
    static int64_t left;
    int refused = 0;
    for (int64_t nth = 1;; nth++) {
        SimDevice device(image);
        vexfs_volume *volume = open(device, true);
        left = nth;
        vexfs_posix_set_alloc_hook([](size_t) { return --left != 0; });
        const int error = change(volume, false);
        vexfs_posix_set_alloc_hook(nullptr);
        refused += error == -ENOMEM;
        EXPECT_TRUE(!error || error == -ENOMEM) << error;
        EXPECT_EQ(change(volume, false), 0) << nth;
        EXPECT_EQ(find(volume, "logged"), 0);
        EXPECT_EQ(vexfs_volume_close(volume), 0);
        EXPECT_EQ(checkImage(device.image()), "") << nth;
        if (left > 0)
            break;
    }
    EXPECT_GT(refused, 0);
}

TEST_F(Reconfigure, FailedVolumesStayReadOnly)
{
    SimDevice device(formattedImage(8192));
    vexfs_volume *volume = open(device, false);
    vexfs_id id{};
    ASSERT_EQ(create(volume, "lost", &id), 0);
    device.failCall(1, SimDevice::Writes, true);
    EXPECT_EQ(vexfs_volume_commit(volume, nullptr), -EIO);
    device.clearFault();
    EXPECT_EQ(change(volume, true), 0);
    EXPECT_EQ(change(volume, false), -EROFS);
    vexfs_volume_close(volume);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST_F(Reconfigure, CompressionCountsFromThenOn)
{
    SimDevice device(formattedImage(8192));
    vexfs_volume *volume = open(device, false);
    vexfs_open_options options{};
    options.compress = 99;
    EXPECT_EQ(vexfs_volume_reconfigure(volume, &options), -EINVAL);
    options.compress = 3;
    ASSERT_EQ(vexfs_volume_reconfigure(volume, &options), 0);
    EXPECT_EQ(info(volume).compress_level, 3u);
    EXPECT_EQ(info(volume).features & 1, 1u);
    options.compress = VEXFS_COMPRESS_NONE;
    ASSERT_EQ(vexfs_volume_reconfigure(volume, &options), 0);
    EXPECT_EQ(info(volume).compress_level, 0u);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST_F(Reconfigure, CachesGiveBackWhatTheyHold)
{
    SimDevice device(formattedImage(16384, 3));
    vexfs_volume *volume = open(device, false);
    const std::string text(200000, 'x');
    vexfs_id id{};
    for (int i = 0; i < 400; i++)
        ASSERT_EQ(create(volume, "a file with some name " + std::to_string(i), &id), 0);
    u32 done = 0;
    ASSERT_EQ(vexfs_volume_write(volume, id, 0, 0, text.data(), u32(text.size()), &done), 0);
    // What changed is not to be had back before it is on disk.
    ASSERT_EQ(vexfs_volume_commit(volume, nullptr), 0);
    const u64 held = vexfs_volume_cache_bytes(volume);
    EXPECT_GT(held, 100000u);
    const u64 some = vexfs_volume_cache_shrink(volume, 20000);
    EXPECT_GE(some, 20000u);
    EXPECT_EQ(vexfs_volume_cache_bytes(volume), held - some);
    EXPECT_GT(vexfs_volume_cache_shrink(volume, held), 0u);
    EXPECT_EQ(vexfs_volume_cache_shrink(volume, held), 0u);
    std::string back(text.size(), '?');
    ASSERT_EQ(vexfs_volume_read(volume, id, 0, 0, back.data(), u32(back.size()), &done), 0);
    EXPECT_EQ(back, text);
    EXPECT_EQ(find(volume, "a file with some name 7"), 0);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST_F(Reconfigure, NamesInADirectory)
{
    SimDevice device(formattedImage(8192));
    vexfs_volume *volume = open(device, false);
    vexfs_id id{};
    vexfs_attr attr{};
    char name[256];
    ASSERT_EQ(create(volume, "first", &id), 0);
    ASSERT_EQ(vexfs_volume_name_in(volume, {1, 1}, id, name, sizeof(name)), 0);
    EXPECT_STREQ(name, "first");
    EXPECT_EQ(vexfs_volume_name_in(volume, {1, 1}, id, name, 5), -ENAMETOOLONG);
    EXPECT_EQ(vexfs_volume_name_in(volume, {1, id.ino}, id, name, sizeof(name)), -ENOENT);
    EXPECT_EQ(vexfs_volume_name_in(volume, {2, 1}, id, name, sizeof(name)), -ENOENT);
    EXPECT_EQ(vexfs_volume_name_in(volume, {999, 1}, {999, 2}, name, sizeof(name)), -ESTALE);
    ASSERT_EQ(vexfs_volume_link(volume, id, {1, 1}, "second", 6, &attr), 0);
    vexfs_removed removed{};
    ASSERT_EQ(vexfs_volume_unlink(volume, {1, 1}, "first", 5, &removed), 0);
    ASSERT_EQ(vexfs_volume_name_in(volume, {1, 1}, id, name, sizeof(name)), 0);
    EXPECT_STREQ(name, "second");
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

} // namespace
} // namespace vexfs::test
