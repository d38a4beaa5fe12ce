// SPDX-License-Identifier: Apache-2.0
// Goal: what the engine's parts refuse each other: counts that no tree can have, names of one hash
//   beyond the probes that there are, items that contradict each other, room that is not there.
// Method: the parts are called as the engine calls them, on a transaction that is never committed.
#include "tests/support/engine_inside.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/overlay_device.h"
#include "tests/support/steady_host.h"

#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace vexfs::test {
namespace {

const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

constexpr u32 kRoom = 600;

class Inside : public testing::Test
{
protected:
    Inside() : m_device(sampleImage()), m_txn(std::make_unique<vexfs_txn>()) {}

    void SetUp() override
    {
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_txn_open(txn(), m_device.dev(), &options), 0);
        ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
        ASSERT_EQ(vexfs_subvol_get_writable(txn(), VEXFS_VOLUME_TREE_LIVE, &m_live), 0);
        m_small = find("small");
        m_large = find("large");
    }
    void TearDown() override { vexfs_txn_close(txn()); }

    vexfs_txn *txn() { return m_txn.get(); }
    vexfs_space *space() { return &m_txn->space; }
    u64 end() const { return m_txn->io.super.total_blocks; }
    static vexfs_name name(const std::string &text)
    {
        return {text.data(), static_cast<u32>(text.size())};
    }
    vexfs_place find(const std::string &text)
    {
        vexfs_place place{};
        EXPECT_EQ(vexfs_entry_find(&m_live->tree, VEXFS_ROOT_INO, name(text), &place), 0);
        return place;
    }
    u64 hash(const std::string &text)
    {
        return vexfs_hash(m_txn->io.super.hash_seed, text.data(), static_cast<u32>(text.size()));
    }
    void insert(vexfs_tree *tree, vexfs_key key, const std::string &data)
    {
        ASSERT_EQ(vexfs_tree_prepare(tree, &key, kRoom), 0);
        vexfs_tree_insert(tree, &key, data.data(), static_cast<u32>(data.size()));
    }
    void insertBackref(u64 ino, u64 parent, u64 cookie)
    {
        bool found = false;
        u64 offset = 0, free = 0;
        ASSERT_EQ(vexfs_backref_find(&m_live->tree, ino, parent, cookie, &found, &offset, &free),
                  0);
        ASSERT_FALSE(found);
        const vexfs_key key = vexfs_backref_key(ino, free);
        const vexfs_backref ref{parent, cookie, {"b", 1}};
        ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, kRoom), 0);
        vexfs_backref_insert(&m_live->tree, ino, free, &ref);
    }
    /// All places that the entries of one hash may have are taken.
    void fillEntries(const std::string &text)
    {
        const u64 base = vexfs_cookie(hash(text));
        for (u64 i = 0; i < VEXFS_COOKIE_PROBES; i++) {
            const vexfs_key key = vexfs_entry_key(VEXFS_ROOT_INO, base + i);
            const std::string other = "o" + std::to_string(i);
            ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, kRoom), 0);
            vexfs_entry_insert(&m_live->tree, VEXFS_ROOT_INO, base + i, m_small.ino,
                               VEXFS_S_IFREG, name(other));
        }
    }
    int rename(const std::string &from, const std::string &to, u32 flags = 0)
    {
        vexfs_rename what{};
        what.old_dir = what.new_dir = m_root;
        what.old_name = from.data();
        what.old_name_bytes = static_cast<u32>(from.size());
        what.new_name = to.data();
        what.new_name_bytes = static_cast<u32>(to.size());
        what.flags = flags;
        vexfs_removed removed{};
        return vexfs_name_rename(txn(), &what, &removed);
    }
    void takeAllSpace()
    {
        u64 block = 0;
        int error = 0;
        while (!error)
            error = vexfs_space_alloc_node(space(), &block);
        EXPECT_EQ(error, -ENOSPC);
    }

    SteadyHost m_host;
    OverlayDevice m_device;
    std::unique_ptr<vexfs_txn> m_txn;
    vexfs_subvol *m_live = nullptr;
    const vexfs_id m_root{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
    vexfs_place m_small{}, m_large{};
};

TEST_F(Inside, CountsThatNoTreeCanHave)
{
    u32 refs = 0;
    EXPECT_EQ(vexfs_space_take(space(), end(), 1), -EUCLEAN);
    EXPECT_EQ(vexfs_space_take(space(), 0, 1), -EUCLEAN);
    EXPECT_EQ(vexfs_space_refs(space(), end(), &refs), -EUCLEAN);
    EXPECT_EQ(vexfs_space_prepare(space(), end() - 1, 2, false), -EUCLEAN);
    EXPECT_EQ(vexfs_space_prepare(space(), 0, 1, false), -EUCLEAN);
    u64 block = 0;
    ASSERT_EQ(vexfs_space_alloc_node(space(), &block), 0);
    for (u32 count = 1; count < VEXFS_REF_MAX; count++)
        vexfs_space_inc(space(), block, 1);
    EXPECT_EQ(vexfs_space_prepare(space(), block, 1, true), -EMLINK);
    EXPECT_EQ(vexfs_space_prepare(space(), block, 1, false), 0);
    // A root that nothing is said to refer to is not changed.
    const u64 root = m_live->tree.root.block;
    ASSERT_EQ(vexfs_space_refs(space(), root, &refs), 0);
    for (; refs; refs--)
        vexfs_space_dec(space(), root, VEXFS_NODE_BLOCKS);
    EXPECT_EQ(vexfs_inode_prepare(&m_live->tree, VEXFS_ROOT_INO, 0), -EUCLEAN);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, ABlockThatIsInUseIsNoNewNode)
{
    vexfs_node *node = nullptr, *other = nullptr;
    ASSERT_EQ(vexfs_node_get(&m_txn->io, &m_live->tree.root, &node), 0);
    EXPECT_EQ(vexfs_node_create(&m_txn->io, node->block, 0, false, &other), -EUCLEAN);
    vexfs_node_put(&m_txn->io, node);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, WithoutRoom)
{
    takeAllSpace();
    vexfs_tree tree = m_live->tree;
    EXPECT_EQ(vexfs_tree_create(&tree), -ENOSPC);
    EXPECT_EQ(vexfs_txn_step_locked(txn(), VEXFS_SPACE_NORMAL), -ENOSPC);
    u64 block = 0;
    u32 got = 0;
    int error = 0;
    while (!error)
        error = vexfs_space_reserve(space(), VEXFS_SPACE_NORMAL, 0, 4, &block, &got);
    EXPECT_EQ(error, -ENOSPC);
    // Totals that promise what no page has.
    space()->avail_blocks = 4;
    EXPECT_EQ(vexfs_space_reserve(space(), VEXFS_SPACE_NORMAL, 0, 4, &block, &got), -ENOSPC);
    space()->avail_quads = 1;
    EXPECT_EQ(vexfs_space_alloc_node(space(), &block), -ENOSPC);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, DamageEndsChanges)
{
    space()->damaged = true;
    EXPECT_EQ(vexfs_inode_prepare(&m_live->tree, VEXFS_ROOT_INO, 0), -EUCLEAN);
    vexfs_ptr wrong = m_live->tree.root;
    vexfs_node *node = nullptr, *other = nullptr;
    ASSERT_EQ(vexfs_node_get(&m_txn->io, &m_live->tree.root, &node), 0);
    wrong.level++;
    EXPECT_EQ(vexfs_node_get(&m_txn->io, &wrong, &other), -EUCLEAN);
    vexfs_node_put(&m_txn->io, node);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, AnEmptyLeafBeforeAPlace)
{
    vexfs_cursor cursor{};
    const vexfs_key lowest{};
    ASSERT_EQ(vexfs_cursor_open(&cursor, &m_live->tree, &lowest), 0);
    const vexfs_key inFirst = vexfs_cursor_key(&cursor);
    const vexfs_node *first = cursor.path[0];
    while (!cursor.at_end && cursor.path[0] == first)
        ASSERT_EQ(vexfs_cursor_next(&cursor), 0);
    ASSERT_FALSE(cursor.at_end);
    const vexfs_key second = vexfs_cursor_key(&cursor);
    vexfs_cursor_close(&cursor);
    ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &inFirst, 0), 0);
    ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &second, 0), 0);
    vexfs_tree_remove(&m_live->tree, &second);
    ASSERT_EQ(vexfs_cursor_open(&cursor, &m_live->tree, &inFirst), 0);
    reinterpret_cast<vexfs_disk_node *>(cursor.path[0]->data)->item_count = vexfs_put16(0);
    vexfs_cursor_close(&cursor);
    EXPECT_EQ(vexfs_cursor_open_floor(&cursor, &m_live->tree, &second), -EUCLEAN);
    vexfs_cursor_close(&cursor);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, AnEmptyLeafOfATreeThatIsCompared)
{
    vexfs_txn_end(txn(), 0);
    vexfs_snapshot snapshot{};
    ASSERT_EQ(vexfs_snap_create(txn(), VEXFS_VOLUME_TREE_LIVE, {"s", 1}, 0, &snapshot), 0);
    ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
    const vexfs_key key = vexfs_inode_key(m_small.ino);
    ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, 0), 0);
    vexfs_cursor cursor{};
    ASSERT_EQ(vexfs_cursor_open(&cursor, &m_live->tree, &key), 0);
    reinterpret_cast<vexfs_disk_node *>(cursor.path[0]->data)->item_count = vexfs_put16(0);
    vexfs_cursor_close(&cursor);
    vexfs_txn_end(txn(), 0);
    vexfs_change rows[64];
    u32 count = 0;
    bool isEnd = false;
    EXPECT_EQ(vexfs_snap_diff(txn(), snapshot.id, VEXFS_VOLUME_TREE_LIVE, 0, rows, 64, &count,
                              &isEnd),
              -EUCLEAN);
}

TEST_F(Inside, ARecordThatTakesInodeNumbersBack)
{
    vexfs_txn_end(txn(), 0);
    ASSERT_EQ(vexfs_txn_commit(txn(), nullptr), 0);
    m_live->next_ino--;
    vexfs_setattr set{};
    set.valid = VEXFS_SET_MODE;
    set.mode = 0600;
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_inode_setattr(txn(), {VEXFS_VOLUME_TREE_LIVE, m_small.ino}, &set, &attr), 0);
    ASSERT_EQ(vexfs_txn_sync(txn()), 0);
    auto other = std::make_unique<vexfs_txn>();
    const vexfs_open_options options{};
    ASSERT_EQ(vexfs_txn_open(other.get(), m_device.dev(), &options), 0);
    EXPECT_EQ(vexfs_txn_replay(other.get()), -EUCLEAN);
    vexfs_txn_close(other.get());
}

TEST_F(Inside, AFileWhoseParentIsAFile)
{
    const vexfs_key first = vexfs_backref_key(m_small.ino, 0);
    vexfs_cursor cursor{};
    ASSERT_EQ(vexfs_cursor_open(&cursor, &m_live->tree, &first), 0);
    const vexfs_key key = vexfs_cursor_key(&cursor);
    vexfs_cursor_close(&cursor);
    ASSERT_EQ(key.object, m_small.ino);
    ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, 0), 0);
    vexfs_tree_remove(&m_live->tree, &key);
    insertBackref(m_small.ino, m_large.ino, 1000);
    vexfs_credentials who{};
    who.in_group = [](void *, u32) { return true; };
    vexfs_access access{};
    vexfs_access_init(&access, &who);
    bool may = true;
    EXPECT_EQ(vexfs_access_check(&access, m_live, m_small.ino, &may), -EUCLEAN);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, ATreeThatIsDeletedBetweenSteps)
{
    takeAllSpace();
    auto *gone = static_cast<vexfs_subvol *>(vexfs_port_alloc(sizeof(vexfs_subvol)));
    ASSERT_NE(gone, nullptr);
    gone->gone = true;
    EXPECT_EQ(vexfs_txn_step(txn(), VEXFS_SPACE_NORMAL, gone), -ESTALE);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, ItemsThatAreTooShort)
{
    vexfs_name out{};
    u64 number = 0;
    u32 type = 0, bytes = 0;
    const std::string zeros(400, '\0');
    EXPECT_EQ(vexfs_entry_decode(zeros.data(), 3, &number, &type, &out), -EUCLEAN);
    vexfs_disk_entry entry{};
    entry.name_bytes = 1;
    std::string item(reinterpret_cast<const char *>(&entry), sizeof(entry));
    item += "x";
    EXPECT_EQ(vexfs_entry_decode(item.data(), static_cast<u32>(item.size()), &number, &type, &out),
              -EUCLEAN);
    EXPECT_EQ(vexfs_xattr_decode(zeros.data(), 3, &bytes, &type), -EUCLEAN);
    EXPECT_EQ(vexfs_snap_name_decode(zeros.data(), 3, &number, &out), -EUCLEAN);
    auto subvol = std::make_unique<vexfs_subvol>();
    EXPECT_EQ(vexfs_subvol_decode(zeros.data(), sizeof(vexfs_disk_root), subvol.get()), -EUCLEAN);
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, ADirectoryOrALinkCountAtItsEnd)
{
    vexfs_inode inode{};
    ASSERT_EQ(vexfs_inode_read(&m_live->tree, m_small.ino, &inode), 0);
    ASSERT_EQ(vexfs_inode_prepare(&m_live->tree, m_small.ino, 0), 0);
    inode.nlink = VEXFS_LINK_MAX;
    vexfs_inode_update(&m_live->tree, m_small.ino, &inode);
    vexfs_txn_end(txn(), 0);
    const vexfs_id small{VEXFS_VOLUME_TREE_LIVE, m_small.ino};
    vexfs_attr attr{};
    EXPECT_EQ(vexfs_name_link(txn(), small, m_root, {"l", 1}, &attr), -EMLINK);
    vexfs_create what{};
    what.mode = VEXFS_S_IFDIR | 0755;
    vexfs_id dir{}, file{};
    vexfs_removed removed{};
    ASSERT_EQ(vexfs_name_create(txn(), m_root, {"x", 1}, &what, &dir, &attr), 0);
    ASSERT_EQ(vexfs_name_remove(txn(), m_root, {"x", 1}, true, &removed), 0);
    what.mode = VEXFS_S_IFREG | 0644;
    EXPECT_EQ(vexfs_name_create(txn(), dir, {"f", 1}, &what, &file, &attr), -ENOENT);
}

TEST_F(Inside, StepsOfAPoisonedVolume)
{
    vexfs_txn_poison(txn(), "test", -EIO);
    EXPECT_EQ(vexfs_txn_step(txn(), VEXFS_SPACE_NORMAL, nullptr), -EROFS);
    EXPECT_EQ(vexfs_txn_step_locked(txn(), VEXFS_SPACE_NORMAL), -EROFS);
    vexfs_txn_end(txn(), 0);
    EXPECT_EQ(vexfs_txn_set_label(txn(), "x", 1), -EROFS);
}

TEST_F(Inside, NamesOfOneHash)
{
    fillEntries("n");
    vexfs_txn_end(txn(), 0);
    vexfs_create what{};
    what.mode = VEXFS_S_IFREG | 0644;
    vexfs_id id{};
    vexfs_attr attr{};
    EXPECT_EQ(vexfs_name_create(txn(), m_root, {"n", 1}, &what, &id, &attr), -ENOSPC);
    EXPECT_EQ(rename("small", "n"), -ENOSPC);
}

TEST_F(Inside, BackReferencesOfOneHash)
{
    const vexfs_place place = find("n");
    struct vexfs_le64 words[2] = {vexfs_put64(VEXFS_ROOT_INO), vexfs_put64(place.free_cookie)};
    const u64 base =
        vexfs_cookie(vexfs_hash(m_txn->io.super.hash_seed, words, sizeof(words)));
    for (u64 i = 0; i < VEXFS_COOKIE_PROBES; i++) {
        const vexfs_key key = vexfs_backref_key(m_small.ino, base + i);
        const vexfs_backref ref{1000 + i, 1, {"b", 1}};
        ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, kRoom), 0);
        vexfs_backref_insert(&m_live->tree, m_small.ino, base + i, &ref);
    }
    vexfs_txn_end(txn(), 0);
    EXPECT_EQ(rename("small", "n"), -ENOSPC);
}

TEST_F(Inside, AttributesOfOneHash)
{
    const u64 window = u64(VEXFS_COOKIE_PROBES) << VEXFS_XATTR_PROBE_SHIFT;
    const u64 base = hash("user.n") & ~(window - 1);
    for (u64 i = 0; i < VEXFS_COOKIE_PROBES; i++) {
        vexfs_disk_xattr head{};
        head.name_bytes = 1;
        std::string item(reinterpret_cast<const char *>(&head), sizeof(head));
        insert(&m_live->tree,
               vexfs_key_make(m_small.ino, VEXFS_ITEM_XATTR,
                              base + (i << VEXFS_XATTR_PROBE_SHIFT)),
               item + "x");
    }
    vexfs_txn_end(txn(), 0);
    const vexfs_id small{VEXFS_VOLUME_TREE_LIVE, m_small.ino};
    EXPECT_EQ(vexfs_xattr_set(txn(), small, "user.n", 6, "v", 1, 0), -ENOSPC);
}

TEST_F(Inside, AnAttributeThatLacksAPart)
{
    const u64 window = u64(VEXFS_COOKIE_PROBES) << VEXFS_XATTR_PROBE_SHIFT;
    const vexfs_key part = vexfs_key_make(m_small.ino, VEXFS_ITEM_XATTR,
                                          (hash("user.large") & ~(window - 1)) + 1);
    u8 none = 0;
    u32 bytes = 0;
    ASSERT_EQ(vexfs_tree_read(&m_live->tree, &part, &none, 0, &bytes), 0);
    ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &part, 0), 0);
    vexfs_tree_remove(&m_live->tree, &part);
    vexfs_txn_end(txn(), 0);
    const vexfs_id small{VEXFS_VOLUME_TREE_LIVE, m_small.ino};
    EXPECT_EQ(vexfs_xattr_set(txn(), small, "user.large", 10, "v", 1, 0), -EUCLEAN);
}

TEST_F(Inside, InlineExtentsThatAreNone)
{
    const vexfs_key key = vexfs_fork_key(m_small.ino, 0, 0);
    const vexfs_id small{VEXFS_VOLUME_TREE_LIVE, m_small.ino};
    const std::string csums(VEXFS_CSUM_CRC32C_BYTES, '\0');
    vexfs_extent blocks{};
    blocks.kind = VEXFS_EXTENT_PLAIN;
    blocks.csum_bytes = VEXFS_CSUM_CRC32C_BYTES;
    blocks.len = 1;
    blocks.block = end() - 1;
    blocks.birth = 1;
    blocks.disk_blocks = 1;
    blocks.payload = reinterpret_cast<const u8 *>(csums.data());
    std::string plain(VEXFS_EXTENT_ITEM_MAX_BYTES, '\0');
    plain.resize(vexfs_extent_encode(&blocks, plain.data()));
    const std::string tooLong(sizeof(vexfs_disk_extent) + VEXFS_INLINE_MAX_BYTES + 1, '\0');
    for (const std::string &item : {plain, tooLong}) {
        u8 none = 0;
        u32 bytes = 0;
        u32 done = 0;
        if (vexfs_tree_read(&m_live->tree, &key, &none, 0, &bytes) == 0) {
            ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, 0), 0);
            vexfs_tree_remove(&m_live->tree, &key);
        }
        insert(&m_live->tree, key, item);
        vexfs_txn_end(txn(), 0);
        EXPECT_EQ(vexfs_fork_write(txn(), small, 0, 0, "v", 1, &done), -EUCLEAN);
        ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
    }
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, SnapshotsOfOneHash)
{
    vexfs_snapshot row{};
    u32 count = 0;
    vexfs_txn_end(txn(), 0);
    ASSERT_EQ(vexfs_snap_list(txn(), 0, 0, &row, 1, &count), 0);
    ASSERT_EQ(count, 1u);
    ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
    for (u64 i = 0; i < VEXFS_COOKIE_PROBES; i++) {
        vexfs_disk_root_name head{};
        head.tree = vexfs_put64(row.id);
        head.name_bytes = 4;
        const std::string item(reinterpret_cast<const char *>(&head), sizeof(head));
        insert(&m_txn->root_tree,
               vexfs_key_make(0, VEXFS_ITEM_ROOT_NAME, vexfs_cookie(hash("n")) + i),
               item + std::to_string(1000 + i));
    }
    auto other = std::make_unique<vexfs_subvol>();
    other->tree.id = row.id + 1000;
    other->name_bytes = 1;
    other->name[0] = 'n';
    EXPECT_EQ(vexfs_snap_name_restore(txn(), other.get()), -ENOSPC);
    other->name_bytes = row.name_bytes;
    memcpy(other->name, row.name, row.name_bytes);
    EXPECT_EQ(vexfs_snap_name_restore(txn(), other.get()), -EEXIST);
    vexfs_txn_end(txn(), 0);
    EXPECT_EQ(vexfs_snap_create(txn(), VEXFS_VOLUME_TREE_LIVE, {"n", 1}, 0, &row), -ENOSPC);
    const vexfs_snapshot_change rename{row.id, 0, 0, "n", 1};
    EXPECT_EQ(vexfs_snap_change(txn(), &rename), -ENOSPC);
}

TEST_F(Inside, ASnapshotWithoutItsName)
{
    vexfs_snapshot row{};
    u32 count = 0;
    vexfs_txn_end(txn(), 0);
    ASSERT_EQ(vexfs_snap_list(txn(), 0, 0, &row, 1, &count), 0);
    ASSERT_EQ(count, 1u);
    ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
    const u64 cookie = vexfs_cookie(hash(std::string(row.name, row.name_bytes)));
    const vexfs_key name = vexfs_key_make(0, VEXFS_ITEM_ROOT_NAME, cookie);
    ASSERT_EQ(vexfs_tree_prepare(&m_txn->root_tree, &name, 0), 0);
    vexfs_tree_remove(&m_txn->root_tree, &name);
    vexfs_txn_end(txn(), 0);
    const vexfs_snapshot_change rename{row.id, 0, 0, "other", 5};
    EXPECT_EQ(vexfs_snap_change(txn(), &rename), -EUCLEAN);
    EXPECT_EQ(vexfs_snap_delete(txn(), row.id, true), -EUCLEAN);
}

TEST_F(Inside, BackReferencesOfNamesThatAreNotThere)
{
    insertBackref(m_small.ino, VEXFS_ROOT_INO, find("other").free_cookie);
    insertBackref(m_large.ino, VEXFS_ROOT_INO, m_small.cookie);
    vexfs_txn_end(txn(), 0);
    EXPECT_EQ(rename("small", "other"), -EUCLEAN);
    EXPECT_EQ(rename("small", "large", VEXFS_RENAME_EXCHANGE), -EUCLEAN);
}

TEST_F(Inside, DirectoriesThatAreEachOthersParents)
{
    vexfs_txn_end(txn(), 0);
    vexfs_create what{};
    what.mode = VEXFS_S_IFDIR | 0755;
    vexfs_id x{}, y{};
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_name_create(txn(), m_root, {"x", 1}, &what, &x, &attr), 0);
    ASSERT_EQ(vexfs_name_create(txn(), x, {"y", 1}, &what, &y, &attr), 0);
    ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
    bool found = false;
    u64 offset = 0, free = 0;
    ASSERT_EQ(vexfs_backref_find(&m_live->tree, x.ino, VEXFS_ROOT_INO, find("x").cookie, &found,
                                 &offset, &free),
              0);
    ASSERT_TRUE(found);
    const vexfs_key key = vexfs_backref_key(x.ino, offset);
    ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, kRoom), 0);
    vexfs_tree_remove(&m_live->tree, &key);
    const vexfs_backref ref{y.ino, 1000, {"x", 1}};
    vexfs_backref_insert(&m_live->tree, x.ino, offset, &ref);
    vexfs_txn_end(txn(), 0);
    std::string path(65536, '\0');
    EXPECT_EQ(vexfs_name_path(txn(), y, 0, path.data(), 65536), -EUCLEAN);
    vexfs_rename rename{};
    rename.old_dir = m_root;
    rename.new_dir = y;
    rename.old_name = rename.new_name = "d";
    rename.old_name_bytes = rename.new_name_bytes = 1;
    vexfs_removed removed{};
    EXPECT_EQ(vexfs_name_rename(txn(), &rename, &removed), -EUCLEAN);
}

TEST_F(Inside, InlineBytesOfAFileThatHasBlocks)
{
    const vexfs_key key = vexfs_fork_key(m_large.ino, 0, 0);
    const u8 bytes[7] = "inline";
    vexfs_extent extent{};
    extent.kind = VEXFS_EXTENT_INLINE;
    extent.len = sizeof(bytes);
    extent.payload = bytes;
    std::string item(100, '\0');
    item.resize(vexfs_extent_encode(&extent, item.data()));
    ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, kRoom), 0);
    vexfs_tree_remove(&m_live->tree, &key);
    vexfs_tree_insert(&m_live->tree, &key, item.data(), static_cast<u32>(item.size()));
    vexfs_txn_end(txn(), 0);
    u64 done = 0;
    const vexfs_id large{VEXFS_VOLUME_TREE_LIVE, m_large.ino};
    EXPECT_EQ(vexfs_fork_allocate(txn(), large, VEXFS_ALLOCATE_PUNCH | VEXFS_ALLOCATE_KEEP_SIZE, 0,
                                  1 << 20, &done),
              -EUCLEAN);
}

TEST_F(Inside, WhatIsNotInlineInASmallFile)
{
    const vexfs_key key = vexfs_fork_key(m_small.ino, 0, 0);
    const vexfs_id small{VEXFS_VOLUME_TREE_LIVE, m_small.ino};
    const auto put = [&](const std::string &item) {
        ASSERT_EQ(vexfs_tree_prepare(&m_live->tree, &key, 5000), 0);
        vexfs_tree_remove(&m_live->tree, &key);
        vexfs_tree_insert(&m_live->tree, &key, item.data(), static_cast<u32>(item.size()));
        vexfs_txn_end(txn(), 0);
    };
    u32 done = 0;
    put(std::string(4500, '\1'));
    EXPECT_EQ(vexfs_fork_write(txn(), small, 0, 1, "x", 1, &done), -EUCLEAN);
    vexfs_disk_extent hole{};
    hole.kind = VEXFS_EXTENT_UNWRITTEN;
    ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
    put(std::string(reinterpret_cast<const char *>(&hole), sizeof(hole)));
    EXPECT_EQ(vexfs_fork_write(txn(), small, 0, 1, "x", 1, &done), -EUCLEAN);
}

/// A frame of @p bytes of text, as the engine's compressor makes it.
std::string frameOf(u32 bytes)
{
    std::string text, frame(VEXFS_FRAME_MAX_BYTES, '\0');
    while (text.size() < bytes)
        text += "and " + std::to_string(text.size()) + " more ";
    u32 got = 0;
    vexfs_compressor *compressor = vexfs_port_compressor_create(3);
    EXPECT_EQ(vexfs_port_compress(compressor, text.data(), bytes, frame.data(),
                                  VEXFS_FRAME_MAX_BYTES, &got),
              0);
    vexfs_port_compressor_destroy(compressor);
    frame.resize(got);
    return frame;
}

TEST_F(Inside, FramesThatAreNotWhatTheirExtentsSay)
{
    constexpr u32 kBlock = VEXFS_BLOCK_BYTES;
    struct Case
    {
        std::string frame;
        u32 blocks;
        int error;
    };
    const std::string good = frameOf(5 * kBlock);
    const Case cases[] = {
        {good, 5, 0},
        {good, 4, 0},
        {good, 6, -EUCLEAN},                          // holds less than is shown
        {good.substr(0, good.size() - 1), 5, -EUCLEAN}, // truncated
        {good + "x", 5, -EUCLEAN},                    // goes on behind its end
        {frameOf(5 * kBlock - 1), 4, -EUCLEAN},       // not whole blocks
        {frameOf(VEXFS_FRAME_MAX_BYTES + kBlock), 5, -EUCLEAN}, // too much
        {std::string(100, 'n'), 2, -EUCLEAN},
        {std::string(1, '\x28'), 2, -EUCLEAN},
    };
    const vexfs_id large{VEXFS_VOLUME_TREE_LIVE, m_large.ino};
    for (const Case &one : cases) {
        SCOPED_TRACE(&one - cases);
        auto run = std::make_unique<vexfs_run>();
        const u32 want = static_cast<u32>(one.frame.size() - 1) / kBlock + 1;
        ASSERT_EQ(vexfs_run_reserve_frame_locked(txn(), m_live, large.ino, 1000, one.blocks,
                                                 static_cast<u32>(one.frame.size()), run.get()),
                  0);
        ASSERT_EQ(run->disk_blocks, want);
        std::string disk = one.frame;
        disk.resize(want * kBlock);
        ASSERT_EQ(vexfs_run_write(txn(), run.get(), reinterpret_cast<const u8 *>(disk.data())), 0);
        vexfs_store store{};
        store.ino = large.ino;
        store.run = run.get();
        store.size_bytes = (1000 + one.blocks) * kBlock;
        store.sets_size = true;
        ASSERT_EQ(vexfs_fork_store_locked(m_live, &store), 0);
        vexfs_txn_end(txn(), 0);
        std::string out(one.blocks * kBlock, '?');
        u32 got = 0;
        const int error = vexfs_fork_read(txn(), large, 0, 1000 * kBlock, out.data(),
                                          one.blocks * kBlock, &got);
        EXPECT_EQ(error, one.error);
        vexfs_extent extent{};
        extent.kind = VEXFS_EXTENT_COMPRESSED;
        extent.len = one.blocks;
        extent.block = run->block;
        extent.birth = run->birth + 1; // so that no idle bench has it
        extent.disk_blocks = run->disk_blocks;
        extent.disk_bytes = run->frame_bytes;
        auto *sums = reinterpret_cast<u8 *>(run->csum);
        extent.payload = sums;
        EXPECT_EQ(vexfs_fork_frame_check(txn(), &extent), one.error);
        sums[0] ^= 1;
        extent.birth++;
        EXPECT_EQ(vexfs_fork_frame_check(txn(), &extent), -EBADMSG);
        ASSERT_EQ(vexfs_txn_begin(txn(), VEXFS_SPACE_NORMAL), 0);
    }
    vexfs_txn_end(txn(), 0);
}

TEST_F(Inside, AFrameWithAsManyReferencesAsCanBeIsNotCutInTwo)
{
    constexpr u32 kBlock = VEXFS_BLOCK_BYTES;
    const vexfs_id large{VEXFS_VOLUME_TREE_LIVE, m_large.ino};
    const std::string frame = frameOf(8 * kBlock);
    auto run = std::make_unique<vexfs_run>();
    ASSERT_EQ(vexfs_run_reserve_frame_locked(txn(), m_live, large.ino, 1000, 8,
                                             static_cast<u32>(frame.size()), run.get()),
              0);
    std::string disk = frame;
    disk.resize(run->disk_blocks * kBlock);
    ASSERT_EQ(vexfs_run_write(txn(), run.get(), reinterpret_cast<const u8 *>(disk.data())), 0);
    vexfs_store store{};
    store.ino = large.ino;
    store.run = run.get();
    store.size_bytes = 1008 * kBlock;
    ASSERT_EQ(vexfs_fork_store_locked(m_live, &store), 0);
    for (u32 refs = 1; refs < VEXFS_REF_MAX - 1; refs++)
        vexfs_space_inc(space(), run->block, run->disk_blocks);
    vexfs_txn_end(txn(), 0);
    u64 done = 0;
    const u32 punch = VEXFS_ALLOCATE_PUNCH | VEXFS_ALLOCATE_KEEP_SIZE;
    // A part of it into its middle takes two references, and there is one.
    const vexfs_clone clone{large, large, 1000 * kBlock, 1005 * kBlock, kBlock};
    EXPECT_EQ(vexfs_fork_clone(txn(), &clone, &done), -EMLINK);
    ASSERT_EQ(vexfs_fork_allocate(txn(), large, punch, 1002 * kBlock, kBlock, &done), 0);
    EXPECT_EQ(vexfs_fork_allocate(txn(), large, punch, 1005 * kBlock, kBlock, &done), -EMLINK);
    const std::string block(kBlock, 'x');
    u32 written = 0;
    EXPECT_EQ(vexfs_fork_write(txn(), large, 0, 1005 * kBlock, block.data(), kBlock, &written),
              -EMLINK);
    // What needs none is possible.
    EXPECT_EQ(vexfs_fork_allocate(txn(), large, punch, 1003 * kBlock, kBlock, &done), 0);
    EXPECT_EQ(vexfs_fork_write(txn(), large, 0, 1007 * kBlock, block.data(), kBlock, &written), 0);
    EXPECT_FALSE(txn()->space.damaged);
}

} // namespace
} // namespace vexfs::test
