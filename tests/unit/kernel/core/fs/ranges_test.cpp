// SPDX-License-Identifier: Apache-2.0
// Goal: what the facade promises of ranges beyond what the model can tell: which blocks are shared,
//   what is refused, what reserved blocks beyond the end become. Method: small volumes in memory,
//   every reference recounted at the end.
#include "tests/support/volume_driver.h"

#include <vexfs/ranges.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace vexfs::test {
namespace {

constexpr u64 kMiB = 1 << 20;
constexpr u32 kKeep = VEXFS_ALLOCATE_KEEP_SIZE;

class Ranges : public testing::Test
{
protected:
    Ranges() : m_device(formattedImage(16384)) {}

    void SetUp() override
    {
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_volume_open(m_device.dev(), &options, &m_volume), 0);
    }

    void TearDown() override
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        EXPECT_EQ(checkImage(m_device.image()), "");
    }

    vexfs_id make(const std::string &name, const std::string &content = "", mode_t mode = 0100644)
    {
        vexfs_create what{};
        what.mode = mode;
        vexfs_id id{};
        vexfs_attr attr{};
        EXPECT_EQ(vexfs_volume_create(m_volume, {1, 1}, name.data(), u32(name.size()), &what, &id,
                                      &attr),
                  0);
        write(id, 0, content);
        return id;
    }

    void write(vexfs_id id, u64 at, const std::string &content)
    {
        for (size_t done = 0; done < content.size();) {
            u32 part = 0;
            ASSERT_EQ(vexfs_volume_write(m_volume, id, 0, at + done, content.data() + done,
                                         u32(content.size() - done), &part),
                      0);
            done += part;
        }
    }

    std::string read(vexfs_id id, u64 at, u32 bytes)
    {
        std::string out(bytes, '?');
        u32 got = 0;
        EXPECT_EQ(vexfs_volume_read(m_volume, id, 0, at, out.data(), bytes, &got), 0);
        out.resize(got);
        return out;
    }

    vexfs_attr attrOf(vexfs_id id)
    {
        vexfs_attr attr{};
        EXPECT_EQ(vexfs_volume_getattr(m_volume, id, &attr), 0);
        return attr;
    }

    u64 freeBlocks()
    {
        EXPECT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
        struct vexfs_volume_info info{};
        vexfs_volume_info(m_volume, &info);
        return info.free_blocks;
    }

    SimDevice m_device;
    vexfs_volume *m_volume = nullptr;
    u64 m_done = 0;
};

TEST_F(Ranges, AClonesBlocksAreThoseOfItsSource)
{
    const std::string content = std::string(kMiB, 'x') + "rest";
    const vexfs_id from = make("from", content);
    const vexfs_id to = make("to", "inline before");
    const u64 before = freeBlocks();
    const vexfs_clone clone{from, to, 0, 0, content.size()};
    ASSERT_EQ(vexfs_volume_clone(m_volume, &clone, &m_done), 0);
    EXPECT_EQ(m_done, content.size());
    EXPECT_EQ(read(to, 0, u32(2 * kMiB)), content);
    EXPECT_LT(before - freeBlocks(), 16u) << "258 blocks are shared";
    EXPECT_EQ(attrOf(to).allocated_bytes, 257u * VEXFS_BLOCK_BYTES);
    write(from, 100, "changed");
    EXPECT_EQ(read(to, 90, 30), std::string(30, 'x'));
}

TEST_F(Ranges, ASnapshotsFilesAreClonedIntoTheLiveTree)
{
    const std::string content(300000, 's');
    const vexfs_id file = make("file", content);
    vexfs_snapshot row{};
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "old", 3, 0, &row), 0);
    write(file, 0, std::string(300000, 'n'));
    const vexfs_id back = make("back");
    const vexfs_clone clone{{row.id, file.ino}, back, 0, 0, kMiB};
    ASSERT_EQ(vexfs_volume_clone(m_volume, &clone, &m_done), 0);
    EXPECT_EQ(m_done, content.size()) << "short at the end of the source";
    ASSERT_EQ(vexfs_volume_snapshot_delete(m_volume, row.id), 0);
    while (vexfs_volume_tick(m_volume) == 1) {
    }
    EXPECT_EQ(read(back, 0, 400000), content);
    const vexfs_clone into{back, {row.id, file.ino}, 0, 0, 4096};
    EXPECT_EQ(vexfs_volume_clone(m_volume, &into, &m_done), -ESTALE);
}

TEST_F(Ranges, WhatCannotBeClonedIsRefused)
{
    const vexfs_id from = make("from", std::string(100000, 'x'));
    const vexfs_id small = make("small", "inline");
    const vexfs_id dir = make("dir", "", 0040755);
    const auto expect = [this](const vexfs_clone &clone, int error) {
        EXPECT_EQ(vexfs_volume_clone(m_volume, &clone, &m_done), error);
    };
    expect({from, small, 1, 0, 4096}, -EINVAL);
    expect({from, small, 0, 1, 4096}, -EINVAL);
    expect({from, small, 0, 0, 5}, -EINVAL);
    expect({small, from, 0, 0, 4096}, -EINVAL);
    expect({from, from, 0, 4096, 8192}, -EINVAL);
    expect({from, dir, 0, 0, 4096}, -EISDIR);
    expect({dir, from, 0, 0, 4096}, -EISDIR);
    expect({from, small, 0, VEXFS_FILE_MAX_BYTES - 4095, 4096}, -EFBIG);
    expect({from, {1, 999}, 0, 0, 4096}, -ESTALE);
    EXPECT_EQ(read(small, 0, 10), "inline");
}

TEST_F(Ranges, ReservedBlocksBeyondTheEndGoWithATruncation)
{
    const vexfs_id file = make("file", "content");
    ASSERT_EQ(vexfs_volume_allocate(m_volume, file, kKeep, 0, kMiB, &m_done), 0);
    EXPECT_EQ(m_done, kMiB);
    EXPECT_EQ(attrOf(file).size_bytes, 7u);
    EXPECT_EQ(attrOf(file).allocated_bytes, kMiB);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    EXPECT_EQ(checkImage(m_device.image()), "");
    write(file, 5000, "later");
    EXPECT_EQ(read(file, 0, 8), std::string("content\0", 8));
    EXPECT_EQ(attrOf(file).allocated_bytes, kMiB) << "written into what was reserved";
    ASSERT_EQ(vexfs_volume_truncate(m_volume, file, 0, 5001), 0);
    EXPECT_EQ(attrOf(file).allocated_bytes, 2u * VEXFS_BLOCK_BYTES);
    ASSERT_EQ(vexfs_volume_allocate(m_volume, file, VEXFS_ALLOCATE_PUNCH | kKeep, 0,
                                    VEXFS_FILE_MAX_BYTES, &m_done),
              0);
    EXPECT_EQ(attrOf(file).allocated_bytes, 0u);
    EXPECT_EQ(read(file, 0, 6000), std::string(5001, '\0'));
}

TEST_F(Ranges, MoreThanThereIsIsRefusedAtOnce)
{
    const vexfs_id file = make("file");
    const u64 before = freeBlocks();
    EXPECT_EQ(vexfs_volume_allocate(m_volume, file, 0, 0, 1ull << 40, &m_done), -ENOSPC);
    EXPECT_LT(before - freeBlocks(), 16u);
    EXPECT_EQ(vexfs_volume_allocate(m_volume, file, 0x20, 0, 1, &m_done), -EOPNOTSUPP);
    EXPECT_EQ(vexfs_volume_allocate(m_volume, file, VEXFS_ALLOCATE_PUNCH, 0, 1, &m_done),
              -EOPNOTSUPP);
    EXPECT_EQ(vexfs_volume_allocate(m_volume, file, 0, 0, 0, &m_done), -EINVAL);
    EXPECT_EQ(vexfs_volume_allocate(m_volume, file, 0, VEXFS_FILE_MAX_BYTES, 1, &m_done), -EFBIG);
}

TEST_F(Ranges, DataAndHolesAreFoundInTheLargestFile)
{
    const vexfs_id file = make("file");
    write(file, 1ull << 62, "x");
    ASSERT_EQ(vexfs_volume_truncate(m_volume, file, 0, VEXFS_FILE_MAX_BYTES), 0);
    u64 at = 0;
    ASSERT_EQ(vexfs_volume_seek(m_volume, file, 0, false, &at), 0);
    EXPECT_EQ(at, 1ull << 62);
    ASSERT_EQ(vexfs_volume_seek(m_volume, file, at, true, &at), 0);
    EXPECT_EQ(at, (1ull << 62) + VEXFS_BLOCK_BYTES);
    EXPECT_EQ(vexfs_volume_seek(m_volume, file, at, false, &at), -ENXIO);
    EXPECT_EQ(vexfs_volume_seek(m_volume, file, VEXFS_FILE_MAX_BYTES, true, &at), -ENXIO);
    ASSERT_EQ(vexfs_volume_allocate(m_volume, file, kKeep, 0, kMiB, &m_done), 0);
    ASSERT_EQ(vexfs_volume_seek(m_volume, file, 0, false, &at), 0);
    EXPECT_EQ(at, 1ull << 62) << "what is only reserved is a hole";
}

TEST_F(Ranges, AFileIsMadeWithItsFirstAttributes)
{
    const std::string large(VEXFS_FIRST_XATTR_MAX_BYTES, 'v');
    const vexfs_first_xattr xattrs[] = {
        {"user.first", large.data(), 10, u32(large.size())},
        {"user.second", "2", 11, 1},
    };
    vexfs_create what{};
    what.mode = 0040755;
    what.xattrs = xattrs;
    what.xattr_count = 2;
    vexfs_id id{};
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_volume_create(m_volume, {1, 1}, "dir", 3, &what, &id, &attr), 0);
    std::string out(large.size(), '?');
    u32 bytes = 0;
    ASSERT_EQ(vexfs_volume_getxattr(m_volume, id, "user.first", 10, out.data(), u32(out.size()),
                                    &bytes),
              0);
    EXPECT_EQ(out, large);
    ASSERT_EQ(vexfs_volume_removexattr(m_volume, id, "user.second", 11), 0);
    what.xattr_count = 3;
    EXPECT_EQ(vexfs_volume_create(m_volume, {1, 1}, "x", 1, &what, &id, &attr), -EINVAL);
    what.xattr_count = 1;
    what.mode = 0120777;
    EXPECT_EQ(vexfs_volume_create(m_volume, {1, 1}, "x", 1, &what, &id, &attr), -EINVAL);
}

/// A whole extent that goes while a snapshot shares the leaf that names it.
TEST_F(Ranges, AHoleThatWasSyncedAfterASnapshotIsThereAfterACrash)
{
    const vexfs_id file = make("file", std::string(100000, 'x'));
    vexfs_snapshot row{};
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "old", 3, 0, &row), 0);
    ASSERT_EQ(vexfs_volume_allocate(m_volume, file, VEXFS_ALLOCATE_PUNCH | kKeep, 0, 100000,
                                    &m_done),
              0);
    ASSERT_EQ(vexfs_volume_fsync(m_volume, file), 0);
    SimDevice crashed(m_device.image());
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    ASSERT_EQ(vexfs_volume_open(crashed.dev(), &options, &volume), 0);
    std::swap(volume, m_volume);
    EXPECT_EQ(read(file, 0, 200000), std::string(100000, '\0'));
    EXPECT_EQ(read({row.id, file.ino}, 0, 200000), std::string(100000, 'x'));
    std::swap(volume, m_volume);
    ASSERT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(crashed.image()), "");
}

TEST_F(Ranges, PlacesAreInOrderAndTheLastSaysSo)
{
    const vexfs_id id = make("file");
    write(id, 0, std::string(2 * 4096, 'a'));
    write(id, 10 * 4096, std::string(4096, 'b'));
    u64 done = 0;
    ASSERT_EQ(vexfs_volume_allocate(m_volume, id, kKeep, 20 * 4096, 4096, &done), 0);
    vexfs_placed rows[8]{};
    u32 count = 0;
    ASSERT_EQ(vexfs_volume_places(m_volume, id, 0, rows, 8, &count), 0);
    ASSERT_EQ(count, 3u);
    EXPECT_EQ(rows[0].offset_bytes, 0u);
    EXPECT_EQ(rows[0].len_bytes, 2u * 4096);
    EXPECT_EQ(rows[0].flags, 0u);
    EXPECT_EQ(rows[1].offset_bytes, 10u * 4096);
    EXPECT_EQ(rows[2].flags, VEXFS_PLACE_UNWRITTEN | VEXFS_PLACE_LAST);
    // From the middle of one, and with less room than there are.
    ASSERT_EQ(vexfs_volume_places(m_volume, id, 4096, rows, 1, &count), 0);
    ASSERT_EQ(count, 1u);
    EXPECT_EQ(rows[0].offset_bytes, 4096u);
    EXPECT_EQ(rows[0].flags, 0u);
    ASSERT_EQ(vexfs_volume_places(m_volume, id, 1u << 30, rows, 8, &count), 0);
    EXPECT_EQ(count, 0u);
    EXPECT_EQ(vexfs_volume_places(m_volume, {1, 1}, 0, rows, 8, &count), -EINVAL);
    EXPECT_EQ(vexfs_volume_places(m_volume, {1, 9999}, 0, rows, 8, &count), -ESTALE);
    EXPECT_EQ(vexfs_volume_places(m_volume, {999, 1}, 0, rows, 8, &count), -ESTALE);
}

TEST_F(Ranges, PlacesTellWhatIsShared)
{
    const vexfs_id id = make("file"), other = make("other"), small = make("small", "few");
    write(id, 0, std::string(4 * 4096, 'a'));
    vexfs_placed row{};
    u32 count = 0;
    ASSERT_EQ(vexfs_volume_places(m_volume, small, 0, &row, 1, &count), 0);
    EXPECT_EQ(row.flags, VEXFS_PLACE_INLINE | VEXFS_PLACE_LAST);
    EXPECT_EQ(row.len_bytes, 3u);
    ASSERT_EQ(vexfs_volume_places(m_volume, id, 0, &row, 1, &count), 0);
    EXPECT_EQ(row.flags, VEXFS_PLACE_LAST);
    // One block in the middle of it is enough.
    const vexfs_clone clone{id, other, 2 * 4096, 0, 4096};
    u64 done = 0;
    ASSERT_EQ(vexfs_volume_clone(m_volume, &clone, &done), 0);
    ASSERT_EQ(vexfs_volume_places(m_volume, id, 0, &row, 1, &count), 0);
    EXPECT_EQ(row.flags, VEXFS_PLACE_SHARED | VEXFS_PLACE_LAST);
    ASSERT_EQ(vexfs_volume_truncate(m_volume, other, 0, 0), 0);
    ASSERT_EQ(vexfs_volume_places(m_volume, id, 0, &row, 1, &count), 0);
    EXPECT_EQ(row.flags, VEXFS_PLACE_LAST);
    vexfs_snapshot snapshot{};
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "s", 1, 0, &snapshot), 0);
    ASSERT_EQ(vexfs_volume_places(m_volume, id, 0, &row, 1, &count), 0);
    EXPECT_EQ(row.flags, VEXFS_PLACE_SHARED | VEXFS_PLACE_LAST);
}

} // namespace
} // namespace vexfs::test
