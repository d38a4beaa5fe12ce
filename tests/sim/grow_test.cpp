// SPDX-License-Identifier: Apache-2.0
// Goal: a volume grows into a larger device while it is in use, and a crash at any write of that
//   leaves the old volume or the new one, whole.
// Method: volumes that end at various places of the map; every prefix of the writes and many of
//   their reorderings; what a larger volume left at the new end; the new space used to the end.
#include "tests/support/volume_driver.h"

#include <vexfs/check.h>
#include <vexfs/maintain.h>

#include <gtest/gtest.h>

namespace vexfs::test {
namespace {

struct Opened
{
    explicit Opened(SimDevice *device)
    {
        const vexfs_open_options options{};
        EXPECT_EQ(vexfs_volume_open(device->dev(), &options, &volume), 0);
    }
    ~Opened()
    {
        if (volume) {
            EXPECT_EQ(vexfs_volume_close(volume), 0);
        }
    }
    vexfs_volume *volume = nullptr;
};

u64 sizeOf(vexfs_volume *volume)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    return info.size_blocks;
}

SimImage withContent(uint64_t blocks, ModelVolume *model)
{
    SimDevice device(formattedImage(blocks));
    Opened opened(&device);
    VolumeDriver driver(opened.volume);
    Random random(blocks);
    for (int i = 0; i < 60; i++) {
        Operation operation = randomOperation(random, *model);
        operation.number = std::min<uint64_t>(operation.number, 9000);
        uint64_t done = 0;
        if (driver.apply(operation, &done) != -ENOSPC)
            model->apply(operation, done);
    }
    EXPECT_EQ(driver.evictHeld(), 0);
    EXPECT_EQ(vexfs_volume_commit(opened.volume, nullptr), 0);
    EXPECT_EQ(vexfs_volume_close(opened.volume), 0);
    opened.volume = nullptr;
    return device.image();
}

void expectOneOrTheOther(const SimImage &image, const ModelVolume &model, u64 before, u64 after)
{
    ASSERT_EQ(checkImage(image), "");
    SimDevice device(image);
    Opened opened(&device);
    ASSERT_NE(opened.volume, nullptr);
    const u64 size = sizeOf(opened.volume);
    EXPECT_TRUE(size == before || size == after) << size;
    ASSERT_EQ(volumeDifference(opened.volume, model), "");
    u64 grown = 0;
    ASSERT_EQ(vexfs_volume_grow(opened.volume, &grown), 0);
    EXPECT_EQ(grown, after);
}

/// Fills all there is, and frees it again.
void useToTheEnd(vexfs_volume *volume)
{
    VolumeDriver driver(volume);
    uint64_t done = 0;
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    ASSERT_EQ(driver.apply({OpKind::CreateFile, "filler", "", 0, 0644, 0}, &done), 0);
    uint64_t offset = 0;
    int error = 0;
    while (!error) {
        error = driver.apply({OpKind::Write, "filler", "", offset, 1 << 20, 1}, &done);
        offset += done;
    }
    ASSERT_EQ(error, -ENOSPC);
    EXPECT_GT(offset + (2 << 20), info.available_blocks * VEXFS_BLOCK_BYTES / 10 * 9);
    ASSERT_EQ(driver.apply({OpKind::Unlink, "filler", "", 0, 0, 0}, &done), 0);
    driver.evictHeld();
    ASSERT_EQ(vexfs_volume_commit(volume, nullptr), 0);
}

void growFromTo(uint64_t before, uint64_t deviceBlocks, uint64_t after, bool isStale)
{
    SCOPED_TRACE(std::to_string(before) + " to " + std::to_string(deviceBlocks));
    ModelVolume model;
    SimImage image = withContent(before, &model);
    if (isStale) {
        // What a larger volume, used for longer, had at its end.
        SimDevice larger(formattedImage(deviceBlocks));
        for (int i = 0; i < 20; i++)
            Opened again(&larger);
        const SimImage stale = larger.image();
        image.resize(deviceBlocks);
        for (uint64_t block = after - 8; block < after; block++)
            image[block] = stale[block];
    }
    image.resize(deviceBlocks);
    SimDevice device(image);
    {
        Opened opened(&device);
        ASSERT_NE(opened.volume, nullptr);
        ASSERT_EQ(sizeOf(opened.volume), before);
        ASSERT_EQ(vexfs_volume_commit(opened.volume, nullptr), 0);
        device.beginRecording();
        u64 size = 0;
        ASSERT_EQ(vexfs_volume_grow(opened.volume, &size), 0);
        ASSERT_EQ(size, after);
        const size_t events = device.eventCount();
        Random random(testSeed(51));
        for (size_t count = 0; count <= events; count++) {
            SCOPED_TRACE("event " + std::to_string(count));
            ASSERT_NO_FATAL_FAILURE(
                expectOneOrTheOther(device.prefixImage(count), model, before, after));
            for (int i = 0; i < (isFullRun() ? 30 : 4); i++) {
                ASSERT_NO_FATAL_FAILURE(expectOneOrTheOther(
                    device.reorderedImage(count, random), model, before, after));
            }
        }
        ASSERT_EQ(volumeDifference(opened.volume, model), "");
        if (after < 100000) {
            ASSERT_NO_FATAL_FAILURE(useToTheEnd(opened.volume));
        }
        ASSERT_EQ(volumeDifference(opened.volume, model), "");
    }
    ASSERT_EQ(checkImage(device.image()), "");
    SimDevice again(device.image());
    Opened opened(&again);
    EXPECT_EQ(sizeOf(opened.volume), after);
}

TEST(Grow, FromTheMiddleAndTheEndOfAMapPage)
{
    growFromTo(4096, 5000, 5000, false);
    growFromTo(5000, 6143, 6140, false);
    growFromTo(6144, 20000, 20000, false);
}

TEST(Grow, ByAsLittleAsARing)
{
    growFromTo(5000, 5008, 5008, false);
}

TEST(Grow, OverTheEndsOfZones)
{
    growFromTo(8192, 524288 + 1024, 524288 + 1024, false);
    growFromTo(524288, 3 * 524288 + 100, 3 * 524288, false);
}

TEST(Grow, OverTheRemainsOfALargerVolume)
{
    growFromTo(4096, 16384, 16384, true);
}

TEST(Grow, ToTheSameSizeOrHardlyMoreIsNoChange)
{
    ModelVolume model;
    SimImage image = withContent(5000, &model);
    image.resize(5004);
    SimDevice device(image);
    Opened opened(&device);
    u64 size = 0;
    ASSERT_EQ(vexfs_volume_grow(opened.volume, &size), 0);
    EXPECT_EQ(size, 5000u);
}

TEST(Grow, ASyncAfterwardsIsReplayed)
{
    ModelVolume model;
    SimImage image = withContent(4096, &model);
    image.resize(16384);
    SimDevice device(image);
    Opened opened(&device);
    u64 size = 0;
    ASSERT_EQ(vexfs_volume_grow(opened.volume, &size), 0);
    VolumeDriver driver(opened.volume);
    uint64_t done = 0;
    ASSERT_EQ(driver.apply({OpKind::CreateFile, "late", "", 0, 0644, 0}, &done), 0);
    for (uint64_t at = 0; at < (24u << 20); at += 1 << 20) {
        ASSERT_EQ(driver.apply({OpKind::Write, "late", "", at, 1 << 20, 2}, &done), 0);
    }
    vexfs_id id{};
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_volume_lookup(opened.volume, {VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO}, "late",
                                  4, &id, &attr), 0);
    ASSERT_EQ(vexfs_volume_fsync(opened.volume, id), 0);
    SimDevice crashed(device.image());
    Opened after(&crashed);
    ASSERT_NE(after.volume, nullptr);
    ASSERT_EQ(vexfs_volume_getattr(after.volume, id, &attr), 0);
    EXPECT_EQ(attr.size_bytes, 24u << 20);
}

TEST(Label, IsOnDiskAtOnceAndBounded)
{
    SimDevice device(formattedImage(4096));
    Opened opened(&device);
    const std::string label = "Über-Papiere";
    ASSERT_EQ(vexfs_volume_set_label(opened.volume, label.data(),
                                     static_cast<u32>(label.size())), 0);
    SimDevice crashed(device.image());
    Opened after(&crashed);
    struct vexfs_volume_info info{};
    vexfs_volume_info(after.volume, &info);
    EXPECT_EQ(std::string(info.label), label);
    const std::string longest(255, 'x');
    EXPECT_EQ(vexfs_volume_set_label(opened.volume, longest.data(), 255), 0);
    EXPECT_EQ(vexfs_volume_set_label(opened.volume, longest.data(), 256), -EINVAL);
    EXPECT_EQ(vexfs_volume_set_label(opened.volume, "", 0), 0);
}

} // namespace
} // namespace vexfs::test
