// SPDX-License-Identifier: Apache-2.0
// Goal: what is compressed and what not, what it takes, and that parts of it are cut, shared and
//   given back as those of plain extents are. Method: small volumes in memory, every reference
//   recounted and all data checked at the end.
#include "tests/support/volume_driver.h"

#include <vexfs/format.h>
#include <vexfs/maintain.h>
#include <vexfs/ranges.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <string>

namespace vexfs::test {
namespace {

constexpr u64 kBlock = VEXFS_BLOCK_BYTES;
constexpr u64 kFrame = VEXFS_FRAME_MAX_BYTES;
constexpr u32 kPunch = VEXFS_ALLOCATE_PUNCH | VEXFS_ALLOCATE_KEEP_SIZE;
constexpr char kAttribute[] = VEXFS_XATTR_COMPRESSION;
constexpr vexfs_id kRoot{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};

std::string textOf(size_t bytes, unsigned seed = 0)
{
    std::string out;
    for (size_t i = 0; out.size() < bytes; i++)
        out += std::to_string(i * 7919 + seed) + " bottles of " + std::to_string(i % 97) + "\n";
    out.resize(bytes);
    return out;
}

class Compression : public testing::Test
{
protected:
    explicit Compression(u32 level = 3) : m_device(formattedImage(16384, level)) {}

    void SetUp() override { open({}); }

    void TearDown() override
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        EXPECT_EQ(checkImage(m_device.image()), "");
    }

    void open(const vexfs_open_options &options)
    {
        ASSERT_EQ(vexfs_volume_open(m_device.dev(), &options, &m_volume), 0);
    }

    void remount(const vexfs_open_options &options = {})
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        ASSERT_EQ(checkImage(m_device.image()), "");
        ASSERT_NO_FATAL_FAILURE(open(options));
    }

    vexfs_id make(const std::string &name, const std::string &content = "", u32 mode = 0100644,
                  vexfs_id dir = kRoot)
    {
        vexfs_create what{};
        what.mode = mode;
        what.target = "target";
        what.target_bytes = (mode & 0170000) == 0120000 ? 6 : 0;
        vexfs_id id{};
        vexfs_attr attr{};
        EXPECT_EQ(vexfs_volume_create(m_volume, dir, name.data(), u32(name.size()), &what, &id,
                                      &attr),
                  0);
        write(id, 0, content);
        return id;
    }

    void write(vexfs_id id, u64 at, const std::string &content, u32 fork = 0)
    {
        for (size_t done = 0; done < content.size();) {
            u32 part = 0;
            ASSERT_EQ(vexfs_volume_write(m_volume, id, fork, at + done, content.data() + done,
                                         u32(content.size() - done), &part),
                      0);
            done += part;
        }
    }

    std::string read(vexfs_id id, u64 at = 0, u32 bytes = 4 << 20)
    {
        std::string out(bytes, '?');
        u32 got = 0;
        EXPECT_EQ(vexfs_volume_read(m_volume, id, 0, at, out.data(), bytes, &got), 0);
        out.resize(got);
        return out;
    }

    /// Blocks that the extents of the file refer to.
    u64 blocksOf(vexfs_id id)
    {
        vexfs_attr attr{};
        EXPECT_EQ(vexfs_volume_getattr(m_volume, id, &attr), 0);
        return attr.allocated_bytes / kBlock;
    }

    u64 freeBlocks()
    {
        EXPECT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
        struct vexfs_volume_info info{};
        vexfs_volume_info(m_volume, &info);
        return info.free_blocks;
    }

    int setAttribute(vexfs_id id, const std::string &value, u32 flags = 0)
    {
        return vexfs_volume_setxattr(m_volume, id, kAttribute, sizeof(kAttribute) - 1,
                                     value.data(), u32(value.size()), flags);
    }

    /// The attribute's value, or the error as a number.
    std::string attribute(vexfs_id id, u32 size = 10)
    {
        char out[10] = {};
        u32 bytes = 0;
        const int error = vexfs_volume_getxattr(m_volume, id, kAttribute, sizeof(kAttribute) - 1,
                                                out, size, &bytes);
        return error ? std::to_string(error) : std::string(out, size ? bytes : 0);
    }

    std::map<std::string, u64> counters()
    {
        vexfs_counter rows[64];
        std::map<std::string, u64> out;
        const u32 count = vexfs_volume_counters(m_volume, rows, 64);
        for (u32 i = 0; i < count; i++)
            out[rows[i].name] = rows[i].value;
        return out;
    }

    /// The incompat features of the newest superblock in the front ring.
    u64 incompatOnDisk()
    {
        const SimImage image = m_device.image();
        u64 newest = 0, incompat = 0;
        for (u32 i = 0; i < VEXFS_SUPER_SLOTS; i++) {
            vexfs_disk_super super{};
            if (!image[VEXFS_SUPER_FRONT_BLOCK + i])
                continue;
            memcpy(&super, image[VEXFS_SUPER_FRONT_BLOCK + i]->data(), sizeof(super));
            if (vexfs_get64(super.sequence) >= newest) {
                newest = vexfs_get64(super.sequence);
                incompat = vexfs_get64(super.incompat);
            }
        }
        return incompat;
    }

    SimDevice m_device;
    vexfs_volume *m_volume = nullptr;
    u64 m_done = 0;
};

/// A volume that says nothing of compression.
class NoCompression : public Compression
{
protected:
    NoCompression() : Compression(0) {}
};

TEST_F(Compression, TextTakesAFractionAndReadsBackAlsoAfterARemount)
{
    const std::string content = textOf(3 << 20);
    const u64 before = freeBlocks();
    const vexfs_id id = make("text", content);
    EXPECT_LT(blocksOf(id), 768u / 3);
    EXPECT_LT(before - freeBlocks(), 768u / 3 + 16);
    EXPECT_EQ(read(id), content);
    remount();
    EXPECT_EQ(read(id), content);
    for (u64 at : {u64{0}, u64{1}, kBlock - 1, kFrame - 3, kFrame + 5000, 2 * kFrame - 1}) {
        for (u32 bytes : {1u, 100u, 4096u, 5000u, 200000u})
            ASSERT_EQ(read(id, at, bytes), content.substr(at, bytes)) << at << " " << bytes;
    }
}

TEST_F(Compression, ASmallFileIsCompressedWithItsLastBlock)
{
    const std::string content = textOf(10000);
    const vexfs_id id = make("small", content);
    EXPECT_EQ(blocksOf(id), 1u);
    EXPECT_EQ(read(id), content);
    write(id, 10000, "and more");
    EXPECT_EQ(read(id), content + "and more");
    vexfs_volume_truncate(m_volume, id, 0, 9000);
    vexfs_volume_truncate(m_volume, id, 0, 12000);
    EXPECT_EQ(read(id), content.substr(0, 9000) + std::string(3000, '\0'));
}

TEST_F(Compression, APartOfALastBlockThatIsNotTheFilesIsKept)
{
    const std::string before = textOf(40000, 1), now = textOf(10000, 2);
    const vexfs_id id = make("file", before);
    write(id, 0, now);
    EXPECT_EQ(read(id), now + before.substr(10000));
}

TEST_F(Compression, RandomDataAndSmallPiecesStayPlain)
{
    Random random(1);
    const vexfs_id noise = make("noise", random.bytes(1 << 20));
    EXPECT_EQ(blocksOf(noise), 256u);
    EXPECT_EQ(counters()["compression.given_bytes"], 0u);
    EXPECT_EQ(counters()["compression.left_bytes"], 1u << 20);
    const vexfs_id pieces = make("pieces");
    const std::string content = textOf(20 * kBlock);
    for (u64 at = 0; at < content.size(); at += kBlock)
        write(pieces, at, content.substr(at, kBlock));
    EXPECT_EQ(blocksOf(pieces), 20u);
    EXPECT_EQ(read(pieces), content);
}

TEST_F(Compression, WhatSavesLessThanAnEighthStaysPlainAndIsNotTriedAtEachPiece)
{
    // Six bits in a byte are seen as worth a try; 7.3 bits too, but do not become small enough.
    Random random(2);
    std::string sixBits = random.bytes(1 << 20), more = sixBits;
    for (char &c : sixBits)
        c = static_cast<char>(c & 0x3f);
    for (char &c : more)
        c = static_cast<char>(static_cast<unsigned char>(c) % 200);
    const vexfs_id compressible = make("six", sixBits);
    EXPECT_LT(blocksOf(compressible), 204u);
    EXPECT_EQ(counters()["compression.left_bytes"], 0u);
    const vexfs_id not_worth = make("more", more);
    EXPECT_EQ(blocksOf(not_worth), 256u);
    EXPECT_EQ(read(not_worth), more);
    EXPECT_EQ(counters()["compression.left_bytes"], 4 * kFrame) << "of eight pieces";
}

TEST_F(Compression, RepeatedNoiseIsCompressed)
{
    Random random(3);
    const std::string block = random.bytes(kBlock);
    std::string content;
    for (int i = 0; i < 32; i++)
        content += block;
    const vexfs_id id = make("repeated", content);
    EXPECT_EQ(blocksOf(id), 2u);
    EXPECT_EQ(read(id), content);
}

TEST_F(Compression, PiecesEndWhereFramesOfTheFileDo)
{
    const std::string content = textOf(4 * kFrame);
    const vexfs_id id = make("file", content.substr(0, kFrame / 2));
    // The second half of frame 0, and whole ones then: as if it had been written at once.
    write(id, kFrame / 2, content.substr(kFrame / 2));
    EXPECT_EQ(read(id), content);
    const u64 hits = counters()["frame_cache.hits"], misses = counters()["frame_cache.misses"];
    EXPECT_EQ(misses, 5u) << "frames";
    EXPECT_EQ(hits, 0u);
    EXPECT_EQ(read(id, kFrame + 5, 100), content.substr(kFrame + 5, 100));
    EXPECT_EQ(counters()["frame_cache.hits"], 1u);
}

TEST_F(Compression, OverwritingAPartOfAFrameKeepsTheRestAndGivesItBackInTheEnd)
{
    std::string content = textOf(kFrame);
    const u64 before = freeBlocks();
    const vexfs_id id = make("file", content);
    const u64 frame = blocksOf(id);
    // The middle: two parts refer to the frame, and the file counts both.
    Random random(4);
    content.replace(8 * kBlock, kBlock, random.bytes(kBlock));
    write(id, 8 * kBlock, content.substr(8 * kBlock, kBlock));
    EXPECT_EQ(blocksOf(id), 2 * frame + 1);
    EXPECT_EQ(read(id), content);
    // The ends: nothing is freed yet, and the middle again.
    for (const u64 at : {u64{0}, 31 * kBlock, 20 * kBlock, 20 * kBlock}) {
        content.replace(at, kBlock, random.bytes(kBlock));
        write(id, at, content.substr(at, kBlock));
        ASSERT_EQ(read(id), content);
    }
    EXPECT_EQ(blocksOf(id), 3 * frame + 4);
    remount();
    EXPECT_EQ(read(id), content);
    content = random.bytes(kFrame);
    write(id, 0, content);
    EXPECT_EQ(blocksOf(id), 32u);
    ASSERT_EQ(vexfs_volume_truncate(m_volume, id, 0, 0), 0);
    EXPECT_EQ(blocksOf(id), 0u);
    EXPECT_LE(before - freeBlocks(), 8u);
}

TEST_F(Compression, HolesAndTruncationCutFrames)
{
    std::string content = textOf(3 * kFrame);
    const vexfs_id id = make("file", content);
    const auto punch = [&](u64 at, u64 bytes) {
        ASSERT_EQ(vexfs_volume_allocate(m_volume, id, kPunch, at, bytes, &m_done), 0);
        content.replace(at, bytes, std::string(bytes, '\0'));
        ASSERT_EQ(read(id), content);
    };
    ASSERT_NO_FATAL_FAILURE(punch(5 * kBlock, 3 * kBlock));
    ASSERT_NO_FATAL_FAILURE(punch(20 * kBlock + 17, 100));
    ASSERT_NO_FATAL_FAILURE(punch(kFrame - 2 * kBlock, kFrame + 4 * kBlock));
    ASSERT_EQ(vexfs_volume_allocate(m_volume, id, VEXFS_ALLOCATE_ZERO, 10 * kBlock, 5 * kBlock,
                                    &m_done),
              0);
    content.replace(10 * kBlock, 5 * kBlock, std::string(5 * kBlock, '\0'));
    ASSERT_EQ(read(id), content);
    u64 at = 0;
    ASSERT_EQ(vexfs_volume_seek(m_volume, id, 0, true, &at), 0);
    EXPECT_EQ(at, 5 * kBlock);
    ASSERT_EQ(vexfs_volume_seek(m_volume, id, at, false, &at), 0);
    EXPECT_EQ(at, 8 * kBlock);
    ASSERT_EQ(vexfs_volume_truncate(m_volume, id, 0, 2 * kFrame + 9 * kBlock + 5), 0);
    content.resize(2 * kFrame + 9 * kBlock + 5);
    EXPECT_EQ(read(id), content);
    remount();
    EXPECT_EQ(read(id), content);
}

TEST_F(Compression, PartsOfAFrameAreClonedByReference)
{
    const std::string content = textOf(2 * kFrame);
    const vexfs_id from = make("from", content);
    const vexfs_id to = make("to", textOf(2 * kFrame, 5));
    const u64 before = freeBlocks();
    std::string expected = read(to);
    const vexfs_clone clone{from, to, 10 * kBlock, 3 * kBlock, 30 * kBlock};
    ASSERT_EQ(vexfs_volume_clone(m_volume, &clone, &m_done), 0);
    expected.replace(3 * kBlock, 30 * kBlock, content.substr(10 * kBlock, 30 * kBlock));
    EXPECT_EQ(read(to), expected);
    EXPECT_LT(before - freeBlocks(), 8u) << "no data is copied";
    // Of a frame into itself, and a part of that again.
    const vexfs_clone within{from, from, 0, 16 * kBlock, 4 * kBlock};
    ASSERT_EQ(vexfs_volume_clone(m_volume, &within, &m_done), 0);
    const vexfs_clone again{from, from, 17 * kBlock, 2 * kBlock, 2 * kBlock};
    ASSERT_EQ(vexfs_volume_clone(m_volume, &again, &m_done), 0);
    std::string mine = content;
    mine.replace(16 * kBlock, 4 * kBlock, content.substr(0, 4 * kBlock));
    mine.replace(2 * kBlock, 2 * kBlock, content.substr(kBlock, 2 * kBlock));
    EXPECT_EQ(read(from), mine);
    vexfs_removed removed{};
    ASSERT_EQ(vexfs_volume_unlink(m_volume, kRoot, "from", 4, &removed), 0);
    ASSERT_EQ(vexfs_volume_evict(m_volume, from), 0);
    remount();
    EXPECT_EQ(read(to), expected);
}

TEST_F(Compression, ASnapshotKeepsItsFrames)
{
    const std::string content = textOf(2 * kFrame), other = textOf(5 * kBlock, 9);
    const vexfs_id id = make("file", content);
    vexfs_snapshot row{};
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "old", 3, 0, &row), 0);
    write(id, 7 * kBlock, other);
    EXPECT_EQ(read({row.id, id.ino}), content);
    EXPECT_EQ(setAttribute({row.id, id.ino}, "none"), -EROFS);
    ASSERT_EQ(vexfs_volume_snapshot_delete(m_volume, row.id), 0);
    while (vexfs_volume_tick(m_volume) == 1) {
    }
    std::string expected = content;
    expected.replace(7 * kBlock, other.size(), other);
    EXPECT_EQ(read(id), expected);
}

TEST_F(Compression, ReservedBlocksAndVectorsHaveWhatTheyHad)
{
    const vexfs_id id = make("file");
    ASSERT_EQ(vexfs_volume_allocate(m_volume, id, 0, 0, 2 * kFrame, &m_done), 0);
    EXPECT_EQ(blocksOf(id), 64u);
    const std::string content = textOf(kFrame);
    write(id, kFrame / 2, content);
    EXPECT_EQ(read(id), std::string(kFrame / 2, '\0') + content + std::string(kFrame / 2, '\0'));
    EXPECT_EQ(blocksOf(id), 64u) << "they are written where they are";
    write(id, 0, content, VEXFS_FORK_COUNT - 1);
    std::string back(kFrame, '?');
    u32 got = 0;
    ASSERT_EQ(vexfs_volume_read(m_volume, id, 1, 0, back.data(), u32(kFrame), &got), 0);
    EXPECT_EQ(back, content);
}

TEST_F(NoCompression, TheAttributeIsInheritedAndCanBeRemoved)
{
    const vexfs_id dir = make("dir", "", 0040755);
    EXPECT_EQ(incompatOnDisk() & VEXFS_INCOMPAT_ZSTD, 0u);
    EXPECT_EQ(attribute(dir), std::to_string(-ENODATA));
    ASSERT_EQ(setAttribute(dir, "zstd"), 0);
    EXPECT_EQ(incompatOnDisk() & VEXFS_INCOMPAT_ZSTD, VEXFS_INCOMPAT_ZSTD)
        << "before anything that others cannot read is there";
    EXPECT_EQ(attribute(dir), "zstd");
    EXPECT_EQ(attribute(dir, 0), "");
    EXPECT_EQ(attribute(dir, 3), std::to_string(-ERANGE));
    const vexfs_id sub = make("sub", "", 0040755, dir);
    const vexfs_id file = make("file", textOf(kFrame), 0100644, sub);
    EXPECT_EQ(attribute(file), "zstd");
    EXPECT_LT(blocksOf(file), 16u);
    EXPECT_EQ(attribute(make("link", "", 0120777, sub)), std::to_string(-ENODATA));
    ASSERT_EQ(setAttribute(sub, "none"), 0);
    EXPECT_EQ(attribute(make("plain", "", 0100644, sub)), "none");
    ASSERT_EQ(vexfs_volume_removexattr(m_volume, file, kAttribute, sizeof(kAttribute) - 1), 0);
    EXPECT_EQ(attribute(file), std::to_string(-ENODATA));
    EXPECT_EQ(vexfs_volume_removexattr(m_volume, file, kAttribute, sizeof(kAttribute) - 1),
              -ENODATA);
    write(file, 0, textOf(kFrame));
    EXPECT_EQ(blocksOf(file), 32u);
    remount();
    EXPECT_EQ(attribute(dir), "zstd");
    EXPECT_EQ(attribute(sub), "none");
}

TEST_F(NoCompression, TheAttributeTakesNothingElse)
{
    const vexfs_id file = make("file");
    for (const char *value : {"", "lzo", "zstd ", "ZSTD", "zst", "nonet"})
        EXPECT_EQ(setAttribute(file, value), -EINVAL) << value;
    EXPECT_EQ(setAttribute(file, "zstd", 4), -EINVAL);
    EXPECT_EQ(setAttribute(file, "zstd", VEXFS_XATTR_REPLACE), -ENODATA);
    EXPECT_EQ(setAttribute(file, "zstd", VEXFS_XATTR_CREATE), 0);
    EXPECT_EQ(setAttribute(file, "none", VEXFS_XATTR_CREATE), -EEXIST);
    EXPECT_EQ(setAttribute(file, "none", VEXFS_XATTR_REPLACE), 0);
    EXPECT_EQ(setAttribute(make("link", "", 0120777), "zstd"), -EINVAL);
    EXPECT_EQ(setAttribute(make("pipe", "", 0010600), "zstd"), -EINVAL);
    EXPECT_EQ(setAttribute({VEXFS_VOLUME_TREE_LIVE, 999}, "zstd"), -ESTALE);
    EXPECT_EQ(attribute({VEXFS_VOLUME_TREE_LIVE, 999}), std::to_string(-ESTALE));
    vexfs_setattr set{};
    set.valid = VEXFS_SET_COMPRESSION;
    set.compression = 3;
    EXPECT_EQ(vexfs_volume_setattr(m_volume, file, &set, nullptr), -EINVAL);
}

TEST_F(NoCompression, TheAttributeIsListedWithTheOthers)
{
    const vexfs_id file = make("file");
    ASSERT_EQ(vexfs_volume_setxattr(m_volume, file, "user.a", 6, "v", 1, 0), 0);
    ASSERT_EQ(setAttribute(file, "none"), 0);
    const std::string expected = std::string("user.a\0", 7) + std::string(kAttribute, 18);
    char out[100];
    u32 bytes = 0;
    ASSERT_EQ(vexfs_volume_listxattr(m_volume, file, nullptr, 0, &bytes), 0);
    EXPECT_EQ(bytes, expected.size());
    ASSERT_EQ(vexfs_volume_listxattr(m_volume, file, out, bytes, &bytes), 0);
    EXPECT_EQ(std::string(out, bytes), expected);
    EXPECT_EQ(vexfs_volume_listxattr(m_volume, file, out, u32(expected.size() - 1), &bytes),
              -ERANGE);
    EXPECT_EQ(vexfs_volume_listxattr(m_volume, file, out, 3, &bytes), -ERANGE);
    EXPECT_EQ(vexfs_volume_listxattr(m_volume, {VEXFS_VOLUME_TREE_LIVE, 999}, out, 3, &bytes),
              -ESTALE);
}

TEST_F(NoCompression, AMountMayCompressWhatItWrites)
{
    const std::string content = textOf(kFrame);
    EXPECT_EQ(blocksOf(make("before", content)), 32u);
    vexfs_open_options options{};
    options.compress = 9;
    remount(options);
    EXPECT_EQ(incompatOnDisk() & VEXFS_INCOMPAT_ZSTD, VEXFS_INCOMPAT_ZSTD);
    const vexfs_id id = make("now", content);
    EXPECT_LT(blocksOf(id), 16u);
    struct vexfs_volume_info info{};
    vexfs_volume_info(m_volume, &info);
    EXPECT_EQ(info.compress_level, 9u);
    remount();
    EXPECT_EQ(blocksOf(make("after", content)), 32u);
    EXPECT_EQ(read(id), content);
    const vexfs_id decided = make("decided", "");
    ASSERT_EQ(setAttribute(decided, "zstd"), 0);
    options.compress = VEXFS_COMPRESS_NONE;
    remount(options);
    write(decided, 0, content);
    EXPECT_LT(blocksOf(decided), 16u) << "what is said of a file stands above the mount";
}

TEST_F(Compression, AMountMayLeaveItAndAFileToo)
{
    const std::string content = textOf(kFrame);
    const vexfs_id file = make("file", "");
    ASSERT_EQ(setAttribute(file, "none"), 0);
    write(file, 0, content);
    EXPECT_EQ(blocksOf(file), 32u);
    vexfs_open_options options{};
    options.compress = VEXFS_COMPRESS_NONE;
    remount(options);
    EXPECT_EQ(blocksOf(make("plain", content)), 32u);
    remount();
    EXPECT_LT(blocksOf(make("packed", content)), 16u);
}

TEST(CompressionLevels, BeyondTheLastAreRefused)
{
    SimDevice device(4096);
    vexfs_format_options format{};
    format.compress = VEXFS_COMPRESS_LEVEL_MAX + 1;
    EXPECT_EQ(vexfs_volume_format(device.dev(), &format), -EINVAL);
    format.compress = VEXFS_COMPRESS_LEVEL_MAX;
    ASSERT_EQ(vexfs_volume_format(device.dev(), &format), 0);
    vexfs_open_options options{};
    options.compress = VEXFS_COMPRESS_LEVEL_MAX + 1;
    vexfs_volume *volume = nullptr;
    EXPECT_EQ(vexfs_volume_open(device.dev(), &options, &volume), -EINVAL);
    options.compress = 0;
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    EXPECT_EQ(info.compress_level, VEXFS_COMPRESS_LEVEL_MAX);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
}

TEST_F(Compression, WhatWasSyncedIsThereAfterACrash)
{
    std::string content = textOf(3 * kFrame);
    const vexfs_id id = make("file", content);
    vexfs_snapshot row{};
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "old", 3, 0, &row), 0);
    // Parts, shared parts and the end of frames, all in the log.
    write(id, 5 * kBlock, std::string(3 * kBlock, 'x'));
    content.replace(5 * kBlock, 3 * kBlock, std::string(3 * kBlock, 'x'));
    const vexfs_clone clone{id, id, 40 * kBlock, 10 * kBlock, 5 * kBlock};
    ASSERT_EQ(vexfs_volume_clone(m_volume, &clone, &m_done), 0);
    content.replace(10 * kBlock, 5 * kBlock, content.substr(40 * kBlock, 5 * kBlock));
    ASSERT_EQ(vexfs_volume_allocate(m_volume, id, kPunch, 2 * kFrame, kFrame, &m_done), 0);
    content.replace(2 * kFrame, kFrame, std::string(kFrame, '\0'));
    ASSERT_EQ(vexfs_volume_fsync(m_volume, id), 0);
    SimDevice crashed(m_device.image());
    EXPECT_EQ(checkImage(crashed.image()), "");
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    ASSERT_EQ(vexfs_volume_open(crashed.dev(), &options, &volume), 0);
    std::swap(volume, m_volume);
    EXPECT_EQ(read(id), content);
    EXPECT_EQ(read({row.id, id.ino}), textOf(3 * kFrame));
    std::swap(volume, m_volume);
    ASSERT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(crashed.image()), "");
}

} // namespace
} // namespace vexfs::test
