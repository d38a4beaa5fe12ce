// SPDX-License-Identifier: Apache-2.0
// Goal: what the engine cannot do it refuses with the errno that volume.h names, and memory that
//   runs out is -ENOMEM wherever it does. Method: calls beyond each limit; and calls with their
//   1st, 2nd, 3rd ... allocation failing, until they pass.
#include "tests/support/image/image_editor.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/overlay_device.h"
#include "tests/support/steady_host.h"
#include "tests/support/volume_driver.h"

#include <vexfs/check.h>
#include <vexfs/inspect.h>
#include <vexfs/maintain.h>
#include <vexfs/posix_hooks.h>
#include <vexfs/ranges.h>
#include <vexfs/scrub.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <sys/stat.h>

namespace vexfs::test {
namespace {

/// Refusals of what is damaged are warned of: hundreds of lines that nobody wants to read.
const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

int64_t allocationsLeft;

/// How often @p call met a failed allocation; each time it must say so, or have done without.
uint64_t sweepAllocations(const std::function<int()> &call)
{
    uint64_t met = 0;
    for (int64_t nth = 1;; nth++) {
        allocationsLeft = nth;
        vexfs_posix_set_alloc_hook([](size_t) { return --allocationsLeft != 0; });
        const int error = call();
        vexfs_posix_set_alloc_hook(nullptr);
        if (allocationsLeft > 0) {
            EXPECT_EQ(error, 0);
            return met;
        }
        EXPECT_TRUE(error == -ENOMEM || error == 0) << error;
        met++;
    }
}

class Refusals : public testing::Test
{
protected:
    Refusals() : m_device(sampleImage()) {}

    void SetUp() override
    {
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_volume_open(m_device.dev(), &options, &m_volume), 0);
        ASSERT_EQ(vexfs_volume_lookup(m_volume, m_root, "large", 5, &m_file, &m_attr), 0);
        ASSERT_EQ(vexfs_volume_lookup(m_volume, m_root, "d", 1, &m_dir, &m_attr), 0);
        ASSERT_EQ(vexfs_volume_lookup(m_volume, m_root, "small", 5, &m_small, &m_attr), 0);
    }
    void TearDown() override { EXPECT_EQ(vexfs_volume_close(m_volume), 0); }

    int create(const char *name, u32 bytes, u32 mode)
    {
        vexfs_create what{};
        what.mode = mode;
        vexfs_id id{};
        return vexfs_volume_create(m_volume, m_root, name, bytes, &what, &id, &m_attr);
    }

    SteadyHost m_host;
    OverlayDevice m_device;
    vexfs_volume *m_volume = nullptr;
    vexfs_id m_root{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
    vexfs_id m_file{}, m_dir{}, m_small{};
    vexfs_attr m_attr{};
    vexfs_removed m_removed{};
};

TEST_F(Refusals, Names)
{
    const std::string tooLong(VEXFS_NAME_MAX_BYTES + 1, 'n');
    const u32 bytes = static_cast<u32>(tooLong.size());
    vexfs_id id{};
    EXPECT_EQ(vexfs_volume_lookup(m_volume, m_root, tooLong.data(), bytes, &id, &m_attr),
              -ENAMETOOLONG);
    EXPECT_EQ(vexfs_volume_lookup(m_volume, m_root, "", 0, &id, &m_attr), -ENOENT);
    EXPECT_EQ(vexfs_volume_lookup(m_volume, m_file, ".", 1, &id, &m_attr), -ENOTDIR);
    EXPECT_EQ(create("x", 1, 0), -EINVAL);
    EXPECT_EQ(create("l", 1, S_IFLNK | 0777), -EINVAL);
    EXPECT_EQ(create(".", 1, S_IFREG | 0644), -EEXIST);
    EXPECT_EQ(create("..", 2, S_IFDIR | 0755), -EEXIST);
    const std::string target(VEXFS_SYMLINK_MAX_BYTES + 1, 't');
    vexfs_create link{};
    link.mode = S_IFLNK | 0777;
    link.target = target.data();
    link.target_bytes = static_cast<u32>(target.size());
    EXPECT_EQ(vexfs_volume_create(m_volume, m_root, "l", 1, &link, &id, &m_attr), -ENAMETOOLONG);
    EXPECT_EQ(vexfs_volume_unlink(m_volume, m_root, ".", 1, &m_removed), -EISDIR);
    EXPECT_EQ(vexfs_volume_rmdir(m_volume, m_root, ".", 1, &m_removed), -EINVAL);
    EXPECT_EQ(vexfs_volume_rmdir(m_volume, m_root, "..", 2, &m_removed), -ENOTEMPTY);
    const vexfs_id elsewhere{VEXFS_VOLUME_TREE_INDEX, VEXFS_ROOT_INO};
    EXPECT_EQ(vexfs_volume_link(m_volume, m_file, elsewhere, "a", 1, &m_attr), -EXDEV);
    char path[4096];
    EXPECT_EQ(vexfs_volume_path(m_volume, m_small, 0, path, 2), -ENAMETOOLONG);
}

TEST_F(Refusals, FirstAttributes)
{
    const std::string large(VEXFS_FIRST_XATTR_MAX_BYTES + 1, 'v');
    vexfs_first_xattr xattr{"user.n", large.data(), 0, 1};
    vexfs_create what{};
    what.mode = S_IFREG | 0644;
    what.xattrs = &xattr;
    what.xattr_count = 1;
    vexfs_id id{};
    EXPECT_EQ(vexfs_volume_create(m_volume, m_root, "x", 1, &what, &id, &m_attr), -ERANGE);
    xattr.name_bytes = 6;
    xattr.value_bytes = static_cast<u32>(large.size());
    EXPECT_EQ(vexfs_volume_create(m_volume, m_root, "x", 1, &what, &id, &m_attr), -E2BIG);
    // Each may be as large as this, and not both with names of this length.
    const std::string first(VEXFS_XATTR_NAME_MAX_BYTES, 'a'), second(first.size(), 'b');
    const vexfs_first_xattr most[] = {
        {first.data(), large.data(), VEXFS_XATTR_NAME_MAX_BYTES, VEXFS_FIRST_XATTR_MAX_BYTES},
        {second.data(), large.data(), VEXFS_XATTR_NAME_MAX_BYTES, VEXFS_FIRST_XATTR_MAX_BYTES}};
    what.xattrs = most;
    what.xattr_count = VEXFS_FIRST_XATTRS_MAX;
    EXPECT_EQ(vexfs_volume_create(m_volume, m_root, "x", 1, &what, &id, &m_attr), -E2BIG);
}

TEST_F(Refusals, WithoutAName)
{
    vexfs_create what{};
    what.mode = S_IFDIR | 0755;
    vexfs_id id{};
    EXPECT_EQ(vexfs_volume_create(m_volume, m_root, nullptr, 0, &what, &id, &m_attr), -EINVAL);
    EXPECT_EQ(vexfs_volume_create(m_volume, m_root, "", 0, &what, &id, &m_attr), -EINVAL);
    char out[4];
    u32 bytes = 0;
    EXPECT_EQ(vexfs_volume_getxattr(m_volume, m_small, "", 0, out, 4, &bytes), -ERANGE);
    EXPECT_EQ(vexfs_volume_path(m_volume, m_small, 0, out, 0), -ENAMETOOLONG);
    const u8 none[16] = {};
    EXPECT_EQ(vexfs_volume_set_uuid(m_volume, none), -EINVAL);
}

TEST_F(Refusals, TheWrongKindOfFile)
{
    const auto ignore = [](void *, const vexfs_entry *) { return true; };
    EXPECT_EQ(vexfs_volume_readdir(m_volume, m_small, 0, ignore, nullptr), -ENOTDIR);
    u64 at = 0;
    EXPECT_EQ(vexfs_volume_seek(m_volume, m_dir, 0, false, &at), -EINVAL);
    vexfs_id link{};
    ASSERT_EQ(vexfs_volume_lookup(m_volume, m_root, "link", 4, &link, &m_attr), 0);
    const vexfs_clone part{link, m_small, 0, 0, 1};
    EXPECT_EQ(vexfs_volume_clone(m_volume, &part, &at), -EINVAL);
}

TEST_F(Refusals, Renames)
{
    vexfs_rename rename{};
    rename.old_dir = rename.new_dir = m_root;
    rename.old_name = "small";
    rename.old_name_bytes = 5;
    rename.new_name = "other";
    rename.new_name_bytes = 5;
    rename.flags = 0x80;
    EXPECT_EQ(vexfs_volume_rename(m_volume, &rename, &m_removed), -EINVAL);
    rename.flags = VEXFS_RENAME_NOREPLACE | VEXFS_RENAME_EXCHANGE;
    EXPECT_EQ(vexfs_volume_rename(m_volume, &rename, &m_removed), -EINVAL);
    rename.flags = 0;
    rename.new_name = "..";
    rename.new_name_bytes = 2;
    EXPECT_LT(vexfs_volume_rename(m_volume, &rename, &m_removed), 0);
}

TEST_F(Refusals, Content)
{
    char byte = 0;
    u32 done = 0;
    EXPECT_EQ(vexfs_volume_read(m_volume, m_file, VEXFS_FORK_COUNT, 0, &byte, 1, &done), -EINVAL);
    EXPECT_EQ(vexfs_volume_write(m_volume, m_file, VEXFS_FORK_COUNT, 0, &byte, 1, &done), -EINVAL);
    EXPECT_EQ(vexfs_volume_write(m_volume, m_file, 0, VEXFS_FILE_MAX_BYTES, &byte, 1, &done),
              -EFBIG);
    EXPECT_EQ(vexfs_volume_truncate(m_volume, m_file, VEXFS_FORK_COUNT, 0), -EINVAL);
    EXPECT_EQ(vexfs_volume_truncate(m_volume, m_file, 0, VEXFS_FILE_MAX_BYTES + 1), -EFBIG);
    vexfs_setattr set{};
    set.valid = VEXFS_SET_SIZE;
    EXPECT_EQ(vexfs_volume_setattr(m_volume, m_dir, &set, nullptr), -EISDIR);
    vexfs_id link{};
    ASSERT_EQ(vexfs_volume_lookup(m_volume, m_root, "link", 4, &link, &m_attr), 0);
    EXPECT_EQ(vexfs_volume_setattr(m_volume, link, &set, nullptr), -EINVAL);
    set.size_bytes = VEXFS_FILE_MAX_BYTES + 1;
    EXPECT_EQ(vexfs_volume_setattr(m_volume, m_file, &set, nullptr), -EFBIG);
}

TEST_F(Refusals, ExtendedAttributes)
{
    const std::string large(VEXFS_XATTR_VALUE_MAX_BYTES + 1, 'v');
    const std::string longName(VEXFS_XATTR_NAME_MAX_BYTES + 1, 'n');
    const u32 nameBytes = static_cast<u32>(longName.size());
    char out[4];
    u32 bytes = 0;
    EXPECT_EQ(vexfs_volume_getxattr(m_volume, m_small, "user.large", 10, out, 4, &bytes), -ERANGE);
    EXPECT_EQ(vexfs_volume_listxattr(m_volume, m_small, out, 4, &bytes), -ERANGE);
    EXPECT_EQ(vexfs_volume_setxattr(m_volume, m_small, longName.data(), nameBytes, "v", 1, 0),
              -ERANGE);
    EXPECT_EQ(vexfs_volume_setxattr(m_volume, m_small, "user.a", 6, large.data(),
                                    static_cast<u32>(large.size()), 0),
              -E2BIG);
    EXPECT_EQ(vexfs_volume_setxattr(m_volume, m_small, "user.a", 6, "v", 1, 0x80), -EINVAL);
    EXPECT_EQ(vexfs_volume_setxattr(m_volume, m_small, "user.large", 10, "v", 1,
                                    VEXFS_XATTR_CREATE),
              -EEXIST);
    EXPECT_EQ(vexfs_volume_removexattr(m_volume, m_small, longName.data(), nameBytes), -ERANGE);
}

TEST_F(Refusals, ListsWithoutRoom)
{
    u32 count = 0;
    bool isEnd = false;
    vexfs_snapshot row{};
    EXPECT_EQ(vexfs_volume_snapshot_list(m_volume, 0, 0, &row, 0, &count), -EINVAL);
    EXPECT_EQ(vexfs_volume_diff(m_volume, 0, VEXFS_VOLUME_TREE_LIVE, 0, nullptr, 0, &count, &isEnd),
              -EINVAL);
}

TEST_F(Refusals, WithoutMemoryReadsSaySo)
{
    std::string buffer(70000, '\0');
    u32 got = 0;
    bool isEnd = false;
    std::vector<vexfs_change> rows(16);
    const auto ignore = [](void *, const vexfs_entry *) { return true; };
    uint64_t met = 0;
    met += sweepAllocations([&] {
        return vexfs_volume_read(m_volume, m_file, 0, 100, buffer.data(), 60000, &got);
    });
    // The second time all nodes are in the cache, and only the call's own memory is asked for.
    for (int i = 0; i < 2; i++) {
        const uint64_t ofAttribute = sweepAllocations([&] {
            return vexfs_volume_getxattr(m_volume, m_small, "user.large", 10, buffer.data(), 70000,
                                         &got);
        });
        EXPECT_GT(ofAttribute, 0u);
    }
    met += sweepAllocations(
        [&] { return vexfs_volume_readdir(m_volume, m_dir, 0, ignore, nullptr); });
    met += sweepAllocations([&] {
        return vexfs_volume_diff(m_volume, 0, VEXFS_VOLUME_TREE_LIVE, 0, rows.data(), 16, &got,
                                 &isEnd);
    });
    EXPECT_GT(met, 4u);
}

TEST_F(Refusals, WithoutMemoryChangesCanBeRepeated)
{
    u64 done = 0;
    u32 made = 0, got = 0;
    const vexfs_clone part{m_file, m_small, 4096, 8192, 4096};
    const u32 punch = VEXFS_ALLOCATE_PUNCH | VEXFS_ALLOCATE_KEEP_SIZE;
    vexfs_first_xattr xattr{"user.n", "v", 6, 1};
    vexfs_create what{};
    what.mode = S_IFREG | 0644;
    what.xattrs = &xattr;
    what.xattr_count = 1;
    vexfs_id id{};
    const std::vector<std::function<int()>> changes = {
        [&] { return vexfs_volume_allocate(m_volume, m_small, punch, 10, 20, &done); },
        [&] { return vexfs_volume_truncate(m_volume, m_small, 0, 40); },
        [&] { return vexfs_volume_allocate(m_volume, m_file, punch, 4100, 50, &done); },
        [&] { return vexfs_volume_allocate(m_volume, m_file, punch, 0, 16384, &done); },
        [&] { return vexfs_volume_allocate(m_volume, m_file, 0, 0, 16384, &done); },
        [&] { return vexfs_volume_copy(m_volume, &part, &done); },
        [&] { return vexfs_volume_clone(m_volume, &part, &done); },
        [&] { return vexfs_volume_write(m_volume, m_file, 0, 10, "bytes", 5, &got); },
        [&] { return vexfs_volume_setxattr(m_volume, m_small, "user.a", 6, "v", 1, 0); },
        [&] {
            const std::string name = "new" + std::to_string(made++);
            return vexfs_volume_create(m_volume, m_root, name.data(),
                                       static_cast<u32>(name.size()), &what, &id, &m_attr);
        },
    };
    for (const auto &change : changes)
        EXPECT_GT(sweepAllocations(change), 0u) << &change - changes.data();
    ASSERT_EQ(create("inline", 6, S_IFREG | 0644), 0);
    ASSERT_EQ(vexfs_volume_lookup(m_volume, m_root, "inline", 6, &id, &m_attr), 0);
    EXPECT_GT(sweepAllocations(
                  [&] { return vexfs_volume_write(m_volume, id, 0, 0, "bytes", 5, &got); }),
              0u);
    vexfs_rename rename{};
    rename.old_dir = rename.new_dir = m_root;
    rename.old_name = "inline";
    rename.new_name = "renamed";
    rename.old_name_bytes = 6;
    rename.new_name_bytes = 7;
    EXPECT_GT(sweepAllocations(
                  [&] { return vexfs_volume_rename(m_volume, &rename, &m_removed); }),
              0u);
    // A commit that lacks memory ends all writing, so this one is not swept.
    allocationsLeft = 1;
    vexfs_posix_set_alloc_hook([](size_t) { return --allocationsLeft != 0; });
    vexfs_snapshot row{};
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, VEXFS_VOLUME_TREE_LIVE, "new", 3, 0, &row),
              -ENOMEM);
    vexfs_posix_set_alloc_hook(nullptr);
}

TEST_F(Refusals, WithoutMemoryAScrubSaysSo)
{
    const vexfs_check_options options{};
    const uint64_t met = sweepAllocations([&] {
        vexfs_scrub *scrub = nullptr;
        vexfs_scrub_progress progress{};
        int error = vexfs_volume_scrub_begin(m_volume, &scrub);
        if (error)
            return error;
        do
            error = vexfs_volume_scrub_step(m_volume, scrub, &options, &progress);
        while (error == 1);
        vexfs_volume_scrub_end(scrub);
        return error;
    });
    EXPECT_GT(met, 5u);
}

TEST_F(Refusals, AScrubSeesThatTheNewestSuperblockWentBack)
{
    const u64 front = VEXFS_SUPER_FRONT_BLOCK;
    u64 newest = 0, older = 0, sequence = 0;
    for (u64 block = front; block < front + VEXFS_SUPER_SLOTS; block++) {
        vexfs_disk_super super{};
        memcpy(&super, m_device.at(block), sizeof(super));
        if (vexfs_get64(super.sequence) > sequence) {
            sequence = vexfs_get64(super.sequence);
            older = newest;
            newest = block;
        }
    }
    ASSERT_NE(older, 0u);
    memcpy(m_device.edit(newest), m_device.at(older), VEXFS_BLOCK_BYTES);
    vexfs_scrub *scrub = nullptr;
    ASSERT_EQ(vexfs_volume_scrub_begin(m_volume, &scrub), 0);
    const vexfs_check_options options{};
    vexfs_scrub_progress progress{};
    while (vexfs_volume_scrub_step(m_volume, scrub, &options, &progress) == 1)
        continue;
    vexfs_volume_scrub_end(scrub);
    EXPECT_EQ(progress.findings, 1u);
}

TEST(WithoutMemory, AVolumeGrowsLater)
{
    SteadyHost host;
    SimImage image = sampleImage();
    image.resize(2 * image.size());
    SimDevice device(std::move(image));
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
    u64 size = 0;
    allocationsLeft = 1;
    vexfs_posix_set_alloc_hook([](size_t) { return --allocationsLeft != 0; });
    EXPECT_EQ(vexfs_volume_grow(volume, &size), -ENOMEM);
    vexfs_posix_set_alloc_hook(nullptr);
    EXPECT_EQ(vexfs_volume_grow(volume, &size), 0);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
}

TEST(WithoutMemory, AMountCanBeRepeated)
{
    SteadyHost host;
    OverlayDevice device(sampleLogImage());
    const uint64_t met = sweepAllocations([&] {
        device.reset();
        vexfs_volume *volume = nullptr;
        vexfs_open_options options{};
        options.discard = true;
        const int error = vexfs_volume_open(device.dev(), &options, &volume);
        return error ? error : vexfs_volume_close(volume);
    });
    EXPECT_GT(met, 20u);
    EXPECT_EQ(checkDevice(device.dev()), "");
}

TEST_F(Refusals, WithoutMemoryToolsSaySo)
{
    OverlayDevice device(sampleImage());
    vexfs_check_options options{};
    options.data = true;
    vexfs_check_result result{};
    uint64_t met =
        sweepAllocations([&] { return vexfs_check(device.dev(), &options, &result); });
    u64 block = 0;
    vexfs_disk_super super{};
    met += sweepAllocations([&] {
        const u64 newest = 8; // of the back ring: both are looked at
        const int error = vexfs_inspect_super(device.dev(), newest, &block, &super);
        return error == -EINVAL ? 0 : error; // a slot that was never written
    });
    EXPECT_EQ(vexfs_inspect_super(device.dev(), 16, &block, &super), -EINVAL);
    vexfs_inspect_visitor visitor{};
    visitor.node = [](void *, const vexfs_disk_ptr *, const vexfs_disk_node *, int) {
        return true;
    };
    visitor.item = [](void *, const vexfs_disk_item *, const u8 *, u32) { return true; };
    met += sweepAllocations([&] { return vexfs_inspect_tree(device.dev(), 1, 2, &visitor); });
    met += sweepAllocations([&] {
        vexfs_format_options format{};
        return vexfs_volume_format(device.dev(), &format);
    });
    EXPECT_GT(met, 20u);
}

TEST_F(Refusals, WithoutMemoryARepairCanBeRepeated)
{
    OverlayDevice device(sampleImage());
    vexfs_check_options options{};
    options.report = [](void *, const vexfs_finding *) {};
    u64 actions = 0;
    const uint64_t met = sweepAllocations([&] {
        device.reset();
        memset(device.edit(VEXFS_FRONT_BLOCKS + 4), 0xff, VEXFS_BLOCK_BYTES);
        memset(device.edit(VEXFS_FRONT_BLOCKS + 5), 0xff, VEXFS_BLOCK_BYTES);
        return vexfs_repair(device.dev(), &options, &actions);
    });
    EXPECT_GT(met, 20u);
    EXPECT_EQ(checkDevice(device.dev()), "");
}

TEST(WithoutMemory, ARepairOfTreesAndMapCanBeRepeated)
{
    SteadyHost host;
    OverlayDevice device(sampleImage());
    const ImageMap map(sampleImage());
    u64 inner = 0;
    for (const auto &node : map.nodes())
        inner = node.level && node.tree ? node.block : inner;
    ASSERT_NE(inner, 0u);
    vexfs_check_options options{};
    options.report = [](void *, const vexfs_finding *) {};
    u64 actions = 0;
    const std::pair<u64, u64> places[] = {
        {inner, VEXFS_NODE_BLOCKS}, {VEXFS_FRONT_BLOCKS, 6}, {VEXFS_FRONT_BLOCKS + 2, 4}};
    for (const auto &[from, count] : places) {
        const uint64_t met = sweepAllocations([&, first = from, blocks = count] {
            device.reset();
            for (u64 i = 0; i < blocks; i++)
                memset(device.edit(first + i), 0xff, VEXFS_BLOCK_BYTES);
            return vexfs_repair(device.dev(), &options, &actions);
        });
        EXPECT_GT(met, 20u);
        EXPECT_EQ(checkDevice(device.dev()), "");
    }
}

TEST(FormatRefusals, SizesBeyondTheFormat)
{
    SimDevice device(4096);
    vexfs_format_options options{};
    options.size_blocks = VEXFS_TOTAL_BLOCKS_MAX + 4;
    EXPECT_EQ(vexfs_volume_format(device.dev(), &options), -EFBIG);
}

TEST(FormatRefusals, AVolumeThatTheDeviceDoesNotHold)
{
    const ImageMap map(sampleImage());
    OverlayDevice device(sampleImage());
    ImageEditor editor(map);
    editor.super().total_blocks = vexfs_put64(sampleImage().size() + 4096);
    editor.finish(device);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    EXPECT_EQ(vexfs_volume_open(device.dev(), &options, &volume), -ENOSPC);
    for (u64 slot = 0; slot < VEXFS_SUPER_SLOTS; slot++)
        memset(device.edit(VEXFS_SUPER_FRONT_BLOCK + slot), 0, VEXFS_BLOCK_BYTES);
    EXPECT_EQ(vexfs_volume_open(device.dev(), &options, &volume), -ENOSPC);
}

TEST(FormatRefusals, AReadOnlyDeviceIsNotOpenedForWriting)
{
    SimDevice device(sampleImage());
    device.setReadOnly(true);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    EXPECT_EQ(vexfs_volume_open(device.dev(), &options, &volume), -EROFS);
}

} // namespace
} // namespace vexfs::test
