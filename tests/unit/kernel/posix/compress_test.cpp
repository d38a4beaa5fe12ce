// SPDX-License-Identifier: Apache-2.0
// Goal: the port's compression gives back what it was given at every level and size, takes all its
//   memory at once, and no frame, whatever it is, writes beyond its room. Method: round trips;
//   frames that are truncated, followed by something, skipped, too large, made of noise.
#include "tests/support/random.h"

#include <vexfs/port.h>
#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>
#include <zstd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>

namespace vexfs::test {
namespace {

constexpr u32 kFrameMax = 128 << 10;

using Compressor = std::unique_ptr<vexfs_compressor, decltype(&vexfs_port_compressor_destroy)>;
using Decompressor =
    std::unique_ptr<vexfs_decompressor, decltype(&vexfs_port_decompressor_destroy)>;

Compressor compressorOf(u32 level)
{
    return {vexfs_port_compressor_create(level), vexfs_port_compressor_destroy};
}

/// Unpacks into @p room bytes between guards; the error, or the content in @p out.
int unpack(const std::string &frame, u32 room, std::string *out)
{
    static const Decompressor decompressor{vexfs_port_decompressor_create(),
                                           vexfs_port_decompressor_destroy};
    constexpr size_t kGuard = 64;
    std::string memory(room + kGuard, '#');
    u32 bytes = 0;
    const int error = vexfs_port_decompress(decompressor.get(), frame.data(), u32(frame.size()),
                                            memory.data(), room, &bytes);
    EXPECT_EQ(memory.substr(room), std::string(kGuard, '#')) << "written beyond its room";
    EXPECT_LE(bytes, room);
    *out = memory.substr(0, bytes);
    return error;
}

std::string textOf(size_t bytes)
{
    std::string out;
    for (size_t i = 0; out.size() < bytes; i++)
        out += "the " + std::to_string(i * i) + "th line of a text\n";
    out.resize(bytes);
    return out;
}

std::string pack(const std::string &content, u32 level)
{
    const Compressor compressor = compressorOf(level);
    std::string frame(ZSTD_compressBound(content.size()), '\0');
    u32 bytes = 0;
    EXPECT_EQ(vexfs_port_compress(compressor.get(), content.data(), u32(content.size()),
                                  frame.data(), u32(frame.size()), &bytes),
              0);
    frame.resize(bytes);
    return frame;
}

/// Whatever libzstd itself makes of @p content.
std::string zstdOf(const std::string &content)
{
    std::string frame(ZSTD_compressBound(content.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 3));
    return frame;
}

std::atomic<int> allocations;

TEST(Compression, GivesBackWhatItWasGivenAtEveryLevelAndTakesNoMemoryMeanwhile)
{
    for (u32 level = 1; level <= VEXFS_COMPRESS_LEVEL_MAX; level++) {
        const Compressor compressor = compressorOf(level);
        ASSERT_NE(compressor, nullptr);
        vexfs_posix_set_alloc_hook([](size_t) {
            allocations++;
            return true;
        });
        allocations = 0;
        for (const u32 bytes : {8192u, 12288u, 65536u, 131072u, 8192u}) {
            const std::string content = textOf(bytes);
            std::string frame(bytes, '\0'), back;
            u32 got = 0;
            ASSERT_EQ(vexfs_port_compress(compressor.get(), content.data(), bytes, frame.data(),
                                          bytes - 4096, &got),
                      0)
                << level << " " << bytes;
            EXPECT_LT(got, bytes / 2);
            frame.resize(got);
            ASSERT_EQ(unpack(frame, kFrameMax, &back), 0);
            EXPECT_EQ(back, content);
        }
        vexfs_posix_set_alloc_hook(nullptr);
        EXPECT_LE(allocations, level == 1 ? 1 : 0) << "the one is the decompressor of this test";
    }
}

TEST(Compression, RandomBytesDoNotFit)
{
    Random random(testSeed(1));
    const std::string content = random.bytes(kFrameMax);
    std::string frame(kFrameMax, '\0');
    u32 bytes = 77;
    EXPECT_EQ(vexfs_port_compress(compressorOf(3).get(), content.data(), kFrameMax, frame.data(),
                                  kFrameMax - 4096, &bytes),
              -ENOSPC);
    EXPECT_EQ(bytes, 77u);
}

TEST(Compression, WithoutMemoryThereIsNone)
{
    vexfs_posix_set_alloc_hook([](size_t) { return false; });
    EXPECT_EQ(vexfs_port_compressor_create(3), nullptr);
    EXPECT_EQ(vexfs_port_decompressor_create(), nullptr);
    vexfs_posix_set_alloc_hook(nullptr);
    vexfs_port_compressor_destroy(nullptr);
    vexfs_port_decompressor_destroy(nullptr);
}

TEST(HostileFrames, AreRefusedWhenTheyAreNotExactlyOneFrame)
{
    const std::string frame = pack(textOf(20000), 3);
    std::string out;
    for (size_t bytes = 0; bytes < frame.size(); bytes++)
        ASSERT_EQ(unpack(frame.substr(0, bytes), kFrameMax, &out), -EUCLEAN) << bytes;
    EXPECT_EQ(unpack(frame + '\0', kFrameMax, &out), -EUCLEAN);
    EXPECT_EQ(unpack(frame + frame, kFrameMax, &out), -EUCLEAN);
    // A frame that is to be skipped, alone and before a good one; the magic numbers of version 0.
    const std::string skipped("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
    EXPECT_EQ(unpack(skipped, kFrameMax, &out), -EUCLEAN);
    EXPECT_EQ(unpack(skipped + frame, kFrameMax, &out), -EUCLEAN);
    for (const char version : {'\x1e', '\x22', '\x23', '\x24', '\x25', '\x26', '\x27'})
        EXPECT_EQ(unpack(version + frame.substr(1), kFrameMax, &out), -EUCLEAN);
    EXPECT_EQ(unpack(frame, kFrameMax, &out), 0);
}

TEST(HostileFrames, HoldNoMoreThanTheirRoom)
{
    std::string out;
    EXPECT_EQ(unpack(zstdOf(std::string(kFrameMax, 'z')), kFrameMax, &out), 0);
    EXPECT_EQ(out.size(), kFrameMax);
    EXPECT_EQ(unpack(zstdOf(std::string(kFrameMax + 1, 'z')), kFrameMax, &out), -EUCLEAN);
    // 64 MiB in a few KiB, with the window to go with it.
    const std::string bomb = zstdOf(std::string(64 << 20, 'b'));
    ASSERT_LT(bomb.size(), 16384u);
    EXPECT_EQ(unpack(bomb, kFrameMax, &out), -EUCLEAN);
    EXPECT_EQ(unpack(zstdOf(""), kFrameMax, &out), 0);
    EXPECT_EQ(out, "");
}

TEST(HostileFrames, OfNoiseWriteNothingBeyondTheirRoom)
{
    Random random(testSeed(2));
    const std::string good[] = {pack(textOf(kFrameMax), 1), pack(textOf(9000), 15),
                                zstdOf(std::string(1 << 20, 'x') + random.bytes(500))};
    size_t refused = 0;
    for (int round = 0; round < (isFullRun() ? 200000 : 5000); round++) {
        std::string frame = good[round % 3], out;
        for (uint64_t flips = 1 + random.below(4); flips > 0; flips--)
            frame[random.below(random.chance(50) ? 24 : frame.size())] ^=
                static_cast<char>(1 + random.below(255));
        refused += unpack(frame, random.chance(50) ? kFrameMax : 4096, &out) != 0;
    }
    EXPECT_GT(refused, 1000u);
}

} // namespace
} // namespace vexfs::test
