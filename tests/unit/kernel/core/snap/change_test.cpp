// SPDX-License-Identifier: Apache-2.0
// Goal: what exists of snapshots can be renamed, locked, filled and published, and the live tree
// can be rolled back, each wholly or not at all. Method: each refusal first; then what can be seen
// by name and by list before and after, again after a remount; the whole volume checked at the end.
#include "tests/support/volume_driver.h"

#include <vexfs/posix_dev.h>
#include <vexfs/posix_hooks.h>
#include <vexfs/volume.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

namespace {

using vexfs::test::checkDevice;

constexpr uint32_t kFile = 0100644, kDir = 0040755;

class SnapshotChange : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_EQ(vexfs_dev_open_memory(8192, &m_dev), 0);
        vexfs_format_options format{};
        format.uid = 1000;
        format.gid = 1001;
        ASSERT_EQ(vexfs_volume_format(m_dev, &format), 0);
        open();
    }

    void TearDown() override
    {
        EXPECT_EQ(vexfs_volume_close(m_volume), 0);
        EXPECT_EQ(checkDevice(m_dev), "");
        vexfs_dev_close(m_dev);
    }

    void open()
    {
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_volume_open(m_dev, &options, &m_volume), 0);
    }

    void reopen()
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        open();
    }

    vexfs_id create(const std::string &name, uint32_t mode = kFile, vexfs_id dir = {1, 1})
    {
        vexfs_create what{};
        what.mode = mode;
        vexfs_id id{};
        vexfs_attr attr;
        EXPECT_EQ(vexfs_volume_create(m_volume, dir, name.data(), uint32_t(name.size()), &what,
                                      &id, &attr), 0);
        return id;
    }

    int write(vexfs_id id, const std::string &data)
    {
        uint32_t done = 0;
        return vexfs_volume_write(m_volume, id, 0, 0, data.data(), uint32_t(data.size()), &done);
    }

    std::string read(vexfs_id id)
    {
        std::string out(100, '\0');
        uint32_t got = 0;
        EXPECT_EQ(vexfs_volume_read(m_volume, id, 0, 0, out.data(), uint32_t(out.size()), &got), 0);
        out.resize(got);
        return out;
    }

    int lookup(uint64_t tree, const std::string &name, vexfs_id *id)
    {
        vexfs_attr attr;
        return vexfs_volume_lookup(m_volume, {tree, 1}, name.data(), uint32_t(name.size()), id,
                                   &attr);
    }

    uint64_t snapshot(const std::string &name, uint32_t flags = 0, uint64_t source = 1)
    {
        vexfs_snapshot out{};
        EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, source, name.data(),
                                               uint32_t(name.size()), flags, &out), 0);
        return out.id;
    }

    int change(uint64_t id, uint32_t mask, uint32_t flags, const char *name = nullptr)
    {
        const vexfs_snapshot_change what{id, mask, flags, name,
                                         name ? uint32_t(std::string(name).size()) : 0};
        return vexfs_volume_snapshot_change(m_volume, &what);
    }

    int rollback(uint64_t id, const std::string &name, uint32_t flags = 0,
                 uint64_t *safety = nullptr)
    {
        vexfs_snapshot out{};
        const int error = vexfs_volume_rollback(m_volume, id, name.data(), uint32_t(name.size()),
                                                flags, &out);
        if (safety)
            *safety = out.id;
        return error;
    }

    uint64_t found(const std::string &name)
    {
        vexfs_snapshot out{};
        return vexfs_volume_snapshot_lookup(m_volume, name.data(), uint32_t(name.size()), &out)
                   ? 0
                   : out.id;
    }

    uint32_t listed(uint32_t flags = 0)
    {
        std::vector<vexfs_snapshot> rows(20);
        uint32_t count = 0;
        EXPECT_EQ(vexfs_volume_snapshot_list(m_volume, 0, flags, rows.data(), 20, &count), 0);
        return count;
    }

    uint64_t visible()
    {
        struct vexfs_volume_info info{};
        vexfs_volume_info(m_volume, &info);
        return info.snapshots;
    }

    vexfs_dev *m_dev = nullptr;
    vexfs_volume *m_volume = nullptr;
};

TEST_F(SnapshotChange, RefusesWhatCannotBe)
{
    const uint64_t one = snapshot("one");
    const uint64_t two = snapshot("two", VEXFS_TREE_WRITABLE);
    EXPECT_EQ(change(1, 0, 0, "live"), -EINVAL) << "the live tree has no name";
    EXPECT_EQ(change(9999, 0, 0, "x"), -ENOENT);
    EXPECT_EQ(change(one, 0, 0, "two"), -EEXIST);
    EXPECT_EQ(change(one, 0, 0, ""), -EINVAL);
    EXPECT_EQ(change(one, 0, 0, ".."), -EINVAL);
    EXPECT_EQ(change(one, 0, 0, "a/b"), -EINVAL);
    EXPECT_EQ(change(one, 0x100, 0), -EINVAL) << "an unknown flag";
    EXPECT_EQ(change(one, 0, VEXFS_TREE_LOCKED), -EINVAL) << "a flag outside the mask";
    EXPECT_EQ(change(one, VEXFS_TREE_WRITABLE, VEXFS_TREE_WRITABLE), -EINVAL)
        << "what is read-only stays so";
    EXPECT_EQ(change(two, VEXFS_TREE_STAGING, VEXFS_TREE_STAGING), -EINVAL) << "not hidden";
    vexfs_snapshot out{};
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "s", 1,
                                           VEXFS_TREE_STAGING | VEXFS_TREE_HIDDEN, &out), -EINVAL);
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 0, "e", 1, 0, &out), -EINVAL)
        << "nobody could ever fill it";
    EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 0, "one", 3, VEXFS_TREE_WRITABLE, &out),
              -EEXIST);
    EXPECT_EQ(found("one"), one);
    EXPECT_EQ(found("two"), two);
    EXPECT_EQ(visible(), 2u);
}

TEST_F(SnapshotChange, ANameIsChangedAndTheIdStays)
{
    const uint64_t one = snapshot("one");
    EXPECT_EQ(change(one, 0, 0, "one"), 0) << "the name it has";
    const std::string longName(255, 'n');
    EXPECT_EQ(change(one, 0, 0, longName.c_str()), 0);
    EXPECT_EQ(found("one"), 0u);
    EXPECT_EQ(found(longName), one);
    reopen();
    EXPECT_EQ(found(longName), one);
    EXPECT_EQ(change(one, 0, 0, "s"), 0);
    EXPECT_EQ(snapshot(longName), one + 1) << "the name is free again";
    EXPECT_EQ(found("s"), one);
}

TEST_F(SnapshotChange, ALockedOneIsNotDeleted)
{
    const uint64_t one = snapshot("one");
    EXPECT_EQ(change(one, VEXFS_TREE_LOCKED, VEXFS_TREE_LOCKED), 0);
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, one), -EBUSY);
    reopen();
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, one), -EBUSY);
    EXPECT_EQ(change(one, 0, 0, "other"), 0) << "a lock is no bar to a name";
    EXPECT_EQ(change(one, VEXFS_TREE_LOCKED, 0), 0);
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, one), 0);
    EXPECT_EQ(listed(), 0u);
}

TEST_F(SnapshotChange, AnEmptyTreeIsFilledUnseenAndPublishedAtOnce)
{
    create("live");
    const uint32_t staging = VEXFS_TREE_STAGING | VEXFS_TREE_HIDDEN | VEXFS_TREE_WRITABLE;
    const uint64_t tree = snapshot(".staging", staging, 0);
    vexfs_attr root{};
    EXPECT_EQ(vexfs_volume_getattr(m_volume, {tree, 1}, &root), 0);
    EXPECT_EQ(root.mode, 0040700u);
    EXPECT_EQ(root.uid, 1000u);
    EXPECT_EQ(root.gid, 1001u);
    vexfs_id id{};
    EXPECT_EQ(lookup(tree, "live", &id), -ENOENT) << "it is empty";
    EXPECT_EQ(listed(), 0u);
    EXPECT_EQ(listed(VEXFS_TREE_HIDDEN), 1u);
    EXPECT_EQ(visible(), 0u);
    EXPECT_EQ(found(".staging"), tree) << "found by who knows the name";
    const vexfs_id file = create("in it", kFile, {tree, 1});
    EXPECT_EQ(write(file, "content"), 0);

    EXPECT_EQ(change(tree, VEXFS_TREE_FLAGS, 0, "received"), 0);
    EXPECT_EQ(found(".staging"), 0u);
    EXPECT_EQ(found("received"), tree);
    EXPECT_EQ(listed(), 1u);
    EXPECT_EQ(visible(), 1u);
    EXPECT_EQ(write(file, "more"), -EROFS);
    reopen();
    EXPECT_EQ(visible(), 1u);
    EXPECT_EQ(found("received"), tree);
    EXPECT_EQ(read(file), "content");
}

// As long as the commit at the end is not reached, which cannot be undone without memory.
TEST_F(SnapshotChange, AnEmptyTreeThatCannotBeMadeLeavesNothing)
{
    static int left;
    int refused = 0;
    for (int nth = 1; nth < 50; nth++) {
        left = nth;
        vexfs_snapshot out{};
        vexfs_posix_set_alloc_hook([](size_t) { return --left != 0; });
        const int error = vexfs_volume_snapshot_create(m_volume, 0, "empty", 5,
                                                       VEXFS_TREE_WRITABLE, &out);
        vexfs_posix_set_alloc_hook(nullptr);
        struct vexfs_volume_info info{};
        vexfs_volume_info(m_volume, &info);
        if (!error || info.poisoned)
            break;
        EXPECT_EQ(error, -ENOMEM);
        EXPECT_EQ(listed(), 0u);
        refused++;
    }
    EXPECT_GE(refused, 3);
    (void)vexfs_volume_close(m_volume); // -EROFS when it was the commit
    open();
}

TEST_F(SnapshotChange, ACloneIsItsOwn)
{
    const vexfs_id file = create("file");
    ASSERT_EQ(write(file, "before"), 0);
    const uint64_t clone = snapshot("clone", VEXFS_TREE_WRITABLE);
    ASSERT_EQ(write({clone, file.ino}, "clone!"), 0);
    ASSERT_EQ(write(file, "live!!"), 0);
    const uint64_t of = snapshot("of the clone", 0, clone);
    ASSERT_EQ(write({clone, file.ino}, "later!"), 0);
    reopen();
    EXPECT_EQ(read(file), "live!!");
    EXPECT_EQ(read({clone, file.ino}), "later!");
    EXPECT_EQ(read({of, file.ino}), "clone!");
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, clone), 0) << "an origin can go";
    EXPECT_EQ(read({of, file.ino}), "clone!");
}

// More than the table of loaded trees has slots, and some of each slot go.
TEST_F(SnapshotChange, OfManyEachIsFoundUntilItGoes)
{
    const vexfs_id file = create("file");
    std::vector<uint64_t> ids;
    for (int i = 0; i < 1300; i++) {
        if (i % 100 == 0) {
            ASSERT_EQ(write(file, "text " + std::to_string(i / 100) + "  "), 0);
        }
        ids.push_back(snapshot(std::to_string(i)));
    }
    const auto isThere = [&](size_t i) {
        vexfs_attr attr{};
        const int error = vexfs_volume_getattr(m_volume, {ids[i], file.ino}, &attr);
        EXPECT_TRUE(error == 0 || error == -ESTALE) << error;
        if (!error) {
            EXPECT_EQ(read({ids[i], file.ino}).substr(0, 7),
                      ("text " + std::to_string(i / 100) + "  ").substr(0, 7));
        }
        return !error;
    };
    for (size_t i = 0; i < ids.size(); i++)
        EXPECT_TRUE(isThere(i)) << i;
    for (size_t i = 0; i < ids.size(); i += 3)
        ASSERT_EQ(vexfs_volume_snapshot_delete(m_volume, ids[i]), 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < ids.size(); i++)
            EXPECT_EQ(isThere(i), i % 3 != 0) << i;
        reopen();
    }
}

TEST_F(SnapshotChange, TheListSaysWhenItBecameAnother)
{
    const auto changes = [&] {
        struct vexfs_volume_info info{};
        vexfs_volume_info(m_volume, &info);
        return info.snapshot_changes;
    };
    std::vector<uint64_t> seen{changes()};
    const uint64_t hidden = snapshot("hidden", VEXFS_TREE_HIDDEN);
    EXPECT_EQ(changes(), seen[0]);
    const auto isLater = [&](const char *what) {
        EXPECT_GT(changes(), seen.back()) << what;
        seen.push_back(changes());
    };
    const uint64_t id = snapshot("one");
    isLater("made");
    ASSERT_EQ(change(id, 0, 0, "two"), 0);
    isLater("renamed");
    ASSERT_EQ(change(id, VEXFS_TREE_LOCKED, VEXFS_TREE_LOCKED), 0);
    isLater("locked");
    ASSERT_EQ(change(hidden, VEXFS_TREE_HIDDEN, 0), 0);
    isLater("shown");
    ASSERT_EQ(change(hidden, VEXFS_TREE_HIDDEN, VEXFS_TREE_HIDDEN), 0);
    isLater("hidden");
    ASSERT_EQ(rollback(id, "safety"), 0);
    isLater("rolled back");
    ASSERT_EQ(vexfs_volume_snapshot_delete(m_volume, found("safety")), 0);
    isLater("deleted");
    ASSERT_EQ(vexfs_volume_snapshot_delete(m_volume, hidden), 0);
    EXPECT_EQ(changes(), seen.back());
}

TEST_F(SnapshotChange, RollbackRefusesWhatCannotBe)
{
    const vexfs_id file = create("file");
    const uint64_t one = snapshot("one");
    ASSERT_EQ(write(file, "now"), 0);
    EXPECT_EQ(rollback(1, "safety"), -EINVAL);
    EXPECT_EQ(rollback(2, "safety"), -EINVAL);
    EXPECT_EQ(rollback(9999, "safety"), -ENOENT);
    EXPECT_EQ(rollback(one, "one"), -EEXIST) << "the safety snapshot needs a name of its own";
    EXPECT_EQ(rollback(one, "."), -EINVAL);
    EXPECT_EQ(rollback(one, "safety", VEXFS_TREE_WRITABLE), -EINVAL);
    EXPECT_EQ(read(file), "now");
    EXPECT_EQ(listed(), 1u);
}

TEST_F(SnapshotChange, RollbackBringsBackAndKeepsWhatWas)
{
    const vexfs_id kept = create("kept"), removed = create("removed");
    ASSERT_EQ(write(kept, "then"), 0);
    const uint64_t then = snapshot("then");
    ASSERT_EQ(write(kept, "now!"), 0);
    const vexfs_id late = create("late");
    vexfs_removed gone{};
    ASSERT_EQ(vexfs_volume_unlink(m_volume, {1, 1}, "removed", 7, &gone), 0);
    // A host still has it open.
    EXPECT_EQ(gone.id.ino, removed.ino);

    uint64_t safety = 0;
    ASSERT_EQ(rollback(then, "safety", VEXFS_TREE_LOCKED, &safety), 0);
    EXPECT_EQ(found("safety"), safety);
    EXPECT_EQ(read(kept), "then");
    EXPECT_EQ(read({safety, kept.ino}), "now!");
    vexfs_attr attr{};
    EXPECT_EQ(vexfs_volume_getattr(m_volume, late, &attr), -ESTALE);
    EXPECT_EQ(write(late, "x"), -ESTALE);
    EXPECT_EQ(vexfs_volume_evict(m_volume, removed), 0) << "the host closes it";
    vexfs_id id{};
    EXPECT_EQ(lookup(1, "removed", &id), 0) << "and it is there again";
    EXPECT_EQ(id.ino, removed.ino);
    EXPECT_GT(create("later still").ino, late.ino) << "no number is given out twice";
    EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, safety), -EBUSY);

    reopen();
    EXPECT_EQ(read(kept), "then");
    ASSERT_EQ(rollback(safety, "undo"), 0);
    EXPECT_EQ(read(kept), "now!");
    EXPECT_EQ(lookup(1, "late", &id), 0);
    EXPECT_EQ(lookup(1, "later still", &id), -ENOENT);
}

TEST_F(SnapshotChange, RollbackTwiceAndToACloneThatWasJustWritten)
{
    const vexfs_id file = create("file");
    ASSERT_EQ(write(file, "first"), 0);
    const uint64_t clone = snapshot("clone", VEXFS_TREE_WRITABLE);
    ASSERT_EQ(write({clone, file.ino}, "clone"), 0);
    ASSERT_EQ(rollback(clone, "safety"), 0);
    ASSERT_EQ(rollback(clone, "again"), 0);
    ASSERT_EQ(write({clone, file.ino}, "later"), 0);
    EXPECT_EQ(read(file), "clone");
    reopen();
    EXPECT_EQ(read(file), "clone");
    EXPECT_EQ(read({clone, file.ino}), "later");
    EXPECT_EQ(read({found("safety"), file.ino}), "first");
    EXPECT_EQ(read({found("again"), file.ino}), "clone");
}

// What a writer does between two looks at the tree must not end up in another one: each file is
// written in one go with one letter, so that a mixture tells.
TEST_F(SnapshotChange, RollbackWaitsForWhoIsWriting)
{
    constexpr uint32_t kBytes = 300000;
    std::vector<vexfs_id> files;
    for (int i = 0; i < 3; i++)
        files.push_back(create("f" + std::to_string(i)));
    uint64_t back = snapshot("s");
    std::atomic<bool> isOver{false};
    std::vector<std::thread> writers;
    for (const vexfs_id &file : files) {
        writers.emplace_back([this, file, &isOver] {
            for (char letter = 'a'; !isOver; letter = char('a' + (letter - 'a' + 1) % 26)) {
                ASSERT_EQ(vexfs_volume_truncate(m_volume, file, 0, 0), 0);
                const std::string data(kBytes, letter);
                uint32_t done = 0;
                ASSERT_EQ(vexfs_volume_write(m_volume, file, 0, 0, data.data(), kBytes, &done), 0);
            }
        });
    }
    for (int i = 0; i < 25; i++) {
        uint64_t safety = 0;
        EXPECT_EQ(rollback(back, "s" + std::to_string(i), 0, &safety), 0);
        const vexfs_id_range range{back, safety};
        const vexfs_space_query query{&range, 1, true, nullptr, nullptr};
        vexfs_space_answer answer{};
        EXPECT_EQ(vexfs_volume_snapshot_space(m_volume, &query, &answer), 0);
        EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, back), 0);
        back = safety;
        EXPECT_GE(vexfs_volume_tick(m_volume), 0);
    }
    isOver = true;
    for (std::thread &writer : writers)
        writer.join();
    std::string data(kBytes + 1, '\0');
    for (const vexfs_id &file : files) {
        uint32_t got = 0;
        ASSERT_EQ(vexfs_volume_read(m_volume, {back, file.ino}, 0, 0, data.data(), kBytes + 1,
                                    &got), 0);
        EXPECT_EQ(data.substr(0, got).find_first_not_of(got ? data[0] : 'a'), std::string::npos);
    }
}

} // namespace
