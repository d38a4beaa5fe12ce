// SPDX-License-Identifier: Apache-2.0
// Goal: the difference of two trees names exactly the inodes that differ and what about them, from
// any starting point, and costs what changed and not what is. Method: changes whose answer is
// known;
// random changes compared inode by inode with a full reading of both trees; counted node reads.
#include "tests/support/random.h"

#include <vexfs/posix_dev.h>
#include <vexfs/volume.h>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace {

constexpr uint32_t kFile = 0100644, kDir = 0040755;

class Diff : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_EQ(vexfs_dev_open_memory(65536, &m_dev), 0);
        const vexfs_format_options format{};
        ASSERT_EQ(vexfs_volume_format(m_dev, &format), 0);
        open();
    }

    void TearDown() override
    {
        EXPECT_EQ(vexfs_volume_close(m_volume), 0);
        vexfs_dev_close(m_dev);
    }

    void open()
    {
        vexfs_open_options options{};
        options.cache_bytes = 8 << 20;
        ASSERT_EQ(vexfs_volume_open(m_dev, &options, &m_volume), 0);
    }

    vexfs_id create(const std::string &name, uint32_t mode, vexfs_id dir = {1, 1})
    {
        vexfs_create what{};
        what.mode = mode;
        vexfs_id id{};
        vexfs_attr attr;
        EXPECT_EQ(vexfs_volume_create(m_volume, dir, name.data(), uint32_t(name.size()), &what,
                                      &id, &attr), 0);
        return id;
    }

    void write(vexfs_id id, const std::string &data, uint32_t fork = 0)
    {
        uint32_t done = 0;
        EXPECT_EQ(vexfs_volume_write(m_volume, id, fork, 0, data.data(), uint32_t(data.size()),
                                     &done), 0);
        EXPECT_EQ(done, data.size());
    }

    void remove(const std::string &name)
    {
        vexfs_removed removed{};
        EXPECT_EQ(vexfs_volume_unlink(m_volume, {1, 1}, name.data(), uint32_t(name.size()),
                                      &removed), 0);
        EXPECT_EQ(vexfs_volume_evict(m_volume, removed.id), 0);
    }

    uint64_t snapshot(const std::string &name, uint32_t flags = 0)
    {
        vexfs_snapshot out{};
        EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, name.data(), uint32_t(name.size()),
                                               flags, &out), 0);
        return out.id;
    }

    std::map<uint64_t, vexfs_change> diff(uint64_t from, uint64_t to, uint32_t page = 100)
    {
        std::map<uint64_t, vexfs_change> all;
        std::vector<vexfs_change> rows(page);
        uint64_t after = 0;
        bool end = false;
        while (!end) {
            uint32_t count = 0;
            EXPECT_EQ(vexfs_volume_diff(m_volume, from, to, after, rows.data(), page, &count,
                                        &end), 0);
            for (uint32_t i = 0; i < count; ++i) {
                EXPECT_GT(rows[i].ino, after) << "rows come in order";
                after = rows[i].ino;
                all[after] = rows[i];
            }
            if (!end && !count)
                break;
        }
        EXPECT_TRUE(end);
        return all;
    }

    uint64_t counter(const std::string &name)
    {
        std::vector<vexfs_counter> rows(64);
        const uint32_t count = vexfs_volume_counters(m_volume, rows.data(), 64);
        for (uint32_t i = 0; i < count; ++i) {
            if (rows[i].name == name)
                return rows[i].value;
        }
        ADD_FAILURE() << "no counter " << name;
        return 0;
    }

    vexfs_dev *m_dev = nullptr;
    vexfs_volume *m_volume = nullptr;
};

TEST_F(Diff, TellsADirectoryWhoseTimesAloneChanged)
{
    const vexfs_id dir = create("dir", kDir), other = create("other", kDir);
    const uint64_t before = snapshot("before");
    vexfs_removed removed{};
    create("passing", kFile, dir);
    ASSERT_EQ(vexfs_volume_unlink(m_volume, dir, "passing", 7, &removed), 0);
    ASSERT_EQ(vexfs_volume_evict(m_volume, removed.id), 0);
    create("staying", kFile, other);
    const auto changes = diff(before, snapshot("after"));
    EXPECT_EQ(changes.at(dir.ino).kinds, VEXFS_DIFF_TIMES);
    EXPECT_EQ(changes.at(other.ino).kinds, VEXFS_DIFF_ENTRIES);
}

TEST_F(Diff, TellsARenameFromALink)
{
    const vexfs_id dir = create("dir", kDir), moved = create("moved", kFile),
                   linked = create("linked", kFile), both = create("both", kFile);
    const uint64_t before = snapshot("before");
    vexfs_rename rename{};
    rename.old_dir = {1, 1};
    rename.new_dir = dir;
    rename.old_name = rename.new_name = "moved";
    rename.old_name_bytes = rename.new_name_bytes = 5;
    vexfs_removed removed{};
    ASSERT_EQ(vexfs_volume_rename(m_volume, &rename, &removed), 0);
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_volume_link(m_volume, linked, {1, 1}, "more", 4, &attr), 0);
    ASSERT_EQ(vexfs_volume_link(m_volume, both, {1, 1}, "other", 5, &attr), 0);
    ASSERT_EQ(vexfs_volume_unlink(m_volume, {1, 1}, "both", 4, &removed), 0);
    const auto changes = diff(before, snapshot("after"));
    EXPECT_EQ(changes.at(moved.ino).kinds, VEXFS_DIFF_NAMES | VEXFS_DIFF_RENAMED);
    EXPECT_EQ(changes.at(linked.ino).kinds, VEXFS_DIFF_NAMES);
    EXPECT_EQ(changes.at(both.ino).kinds, VEXFS_DIFF_NAMES | VEXFS_DIFF_RENAMED);
    const auto back = diff(snapshot("same"), before);
    EXPECT_EQ(back.at(moved.ino).kinds, VEXFS_DIFF_NAMES | VEXFS_DIFF_RENAMED);
    EXPECT_EQ(back.at(linked.ino).kinds, VEXFS_DIFF_NAMES);
}

TEST_F(Diff, NamesWhatChangedAboutEachInode)
{
    const vexfs_id dir = create("dir", kDir), data = create("data", kFile);
    const vexfs_id mode = create("mode", kFile), moved = create("moved", kFile);
    const vexfs_id xattr = create("xattr", kFile), vectors = create("vectors", kFile);
    const vexfs_id gone = create("gone", kFile), same = create("same", kFile);
    write(data, std::string(10000, 'a'));
    write(same, "same");
    const uint64_t before = snapshot("before");

    write(data, "b");
    vexfs_setattr set{};
    set.valid = VEXFS_SET_MODE;
    set.mode = 0600;
    ASSERT_EQ(vexfs_volume_setattr(m_volume, mode, &set, nullptr), 0);
    vexfs_rename rename{};
    rename.old_dir = {1, 1};
    rename.new_dir = dir;
    rename.old_name = rename.new_name = "moved";
    rename.old_name_bytes = rename.new_name_bytes = 5;
    vexfs_removed removed{};
    ASSERT_EQ(vexfs_volume_rename(m_volume, &rename, &removed), 0);
    ASSERT_EQ(vexfs_volume_setxattr(m_volume, xattr, "user.a", 6, "1", 1, 0), 0);
    write(vectors, std::string(5000, 'v'), 1);
    remove("gone");
    const vexfs_id made = create("made", kFile);
    const uint64_t after = snapshot("after");

    const auto changes = diff(before, after);
    auto kinds = [&](vexfs_id id) { return changes.count(id.ino) ? changes.at(id.ino).kinds : 0; };
    EXPECT_EQ(kinds(data), uint32_t(VEXFS_DIFF_DATA | VEXFS_DIFF_ATTRS));
    EXPECT_EQ(kinds(mode), uint32_t(VEXFS_DIFF_ATTRS));
    EXPECT_EQ(kinds(moved), uint32_t(VEXFS_DIFF_NAMES | VEXFS_DIFF_RENAMED));
    EXPECT_EQ(kinds(xattr), uint32_t(VEXFS_DIFF_XATTRS));
    EXPECT_EQ(kinds(vectors), uint32_t(VEXFS_DIFF_VECTORS));
    EXPECT_EQ(kinds(same), 0u);
    EXPECT_TRUE(kinds(gone) & VEXFS_DIFF_REMOVED);
    EXPECT_TRUE(kinds(made) & VEXFS_DIFF_CREATED);
    EXPECT_EQ(kinds(dir), uint32_t(VEXFS_DIFF_ENTRIES));
    EXPECT_EQ(kinds({1, 1}), uint32_t(VEXFS_DIFF_ENTRIES));
    EXPECT_EQ(changes.size(), 9u);
    EXPECT_EQ(changes.at(gone.ino).mode & 0170000, 0100000u);

    const auto back = diff(after, before);
    EXPECT_TRUE(back.at(gone.ino).kinds & VEXFS_DIFF_CREATED);
    EXPECT_TRUE(back.at(made.ino).kinds & VEXFS_DIFF_REMOVED);
    EXPECT_EQ(diff(before, before).size(), 0u);
    EXPECT_EQ(diff(0, before).size(), 9u) << "the empty tree: everything is created";
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, before), 0);
    uint32_t count = 0;
    bool end = false;
    vexfs_change row;
    EXPECT_EQ(vexfs_volume_diff(m_volume, before, after, 0, &row, 1, &count, &end), -ENOENT);
}

TEST_F(Diff, IsTheSameInPagesOfAnySize)
{
    for (int i = 0; i < 300; ++i)
        write(create("f" + std::to_string(i), kFile), std::string(size_t(i) * 37, 'x'));
    const uint64_t before = snapshot("before");
    for (int i = 0; i < 300; i += 3)
        remove("f" + std::to_string(i));
    for (int i = 0; i < 100; ++i)
        create("g" + std::to_string(i), kFile);
    const uint64_t after = snapshot("after");
    const auto whole = diff(before, after, 1000);
    EXPECT_EQ(whole.size(), 201u);
    for (uint32_t page : {1u, 2u, 7u, 200u, 201u, 202u}) {
        const auto paged = diff(before, after, page);
        ASSERT_EQ(paged.size(), whole.size()) << page;
        for (const auto &[ino, change] : whole)
            EXPECT_EQ(paged.at(ino).kinds, change.kinds) << page;
    }
}

TEST_F(Diff, CostsWhatChangedAndNotWhatIs)
{
    for (int i = 0; i < 20000; ++i)
        create("file-" + std::to_string(i), kFile);
    const uint64_t before = snapshot("before");
    vexfs_setattr set{};
    set.valid = VEXFS_SET_MODE;
    set.mode = 0600;
    ASSERT_EQ(vexfs_volume_setattr(m_volume, {1, 12345}, &set, nullptr), 0);
    const uint64_t after = snapshot("after");
    const uint64_t reads = counter("node_cache.hits") + counter("node_cache.misses");
    EXPECT_EQ(diff(before, after).size(), 1u);
    const uint64_t cost = counter("node_cache.hits") + counter("node_cache.misses") - reads;
    EXPECT_LE(cost, 30u) << "nodes looked at, of thousands";
}

TEST_F(Diff, OfADeletedSnapshotGivesEverythingBack)
{
    for (int i = 0; i < 500; ++i)
        write(create("f" + std::to_string(i), kFile), std::string(20000, 'x'));
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    struct vexfs_volume_info start{}, end{};
    vexfs_volume_info(m_volume, &start);
    const uint64_t id = snapshot("s");
    for (int i = 0; i < 500; ++i)
        remove("f" + std::to_string(i));
    ASSERT_EQ(vexfs_volume_snapshot_delete(m_volume, id), 0);
    int more = 1;
    for (int i = 0; i < 1000 && more == 1; ++i)
        more = vexfs_volume_tick(m_volume);
    ASSERT_EQ(more, 0);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    vexfs_volume_info(m_volume, &end);
    EXPECT_GE(end.free_blocks, start.free_blocks + 500 * 5);
}

} // namespace
