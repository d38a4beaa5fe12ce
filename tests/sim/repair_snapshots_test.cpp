// SPDX-License-Identifier: Apache-2.0
// Goal: a repair leaves each snapshot findable by a name of its own, whatever the root tree says.
// Method: volumes with a few snapshots, and with so many that the root tree is high, changed
//   through the engine's own trees; repaired, and every snapshot looked up.
#include "tests/sim/edited_volume.h"

#include <array>

namespace vexfs::test {
namespace {

/// The same with three snapshots, "s0" to "s2".
class EditedSnapshots : public Edited
{
protected:
    void SetUp() override
    {
        Edited::SetUp();
        SimDevice device(m_image);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (vexfs_snapshot &row : m_rows) {
            const std::string name = "s" + std::to_string(&row - m_rows.data());
            ASSERT_EQ(vexfs_volume_snapshot_create(volume, VEXFS_VOLUME_TREE_LIVE, name.data(), 2,
                                                   0, &row), 0);
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
    }

    static void rename(vexfs_txn *txn, uint64_t id, const std::string &name)
    {
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_subvol_get(txn, id, &subvol), 0);
        ASSERT_EQ(subvol->name_bytes, name.size()); // a commit makes no room for more
        vexfs_key key = vexfs_key_make(id, VEXFS_ITEM_ROOT, 0);
        ASSERT_EQ(vexfs_tree_prepare(&txn->root_tree, &key, 0), 0); // begins the commit
        memcpy(subvol->name, name.data(), name.size());
        subvol->dirty = true;
    }

    /// Repairs; then each snapshot is found by its name of @p names, and can be deleted.
    void expectNames(const std::vector<std::string> &names)
    {
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
        SimDevice device(out);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (size_t i = 0; i < m_rows.size(); i++) {
            vexfs_snapshot found{};
            ASSERT_EQ(vexfs_volume_snapshot_lookup(volume, names[i].data(),
                                                   static_cast<u32>(names[i].size()), &found), 0)
                << names[i] << "\n" << telling.text();
            EXPECT_EQ(found.id, m_rows[i].id);
            EXPECT_EQ(vexfs_volume_snapshot_delete(volume, found.id), 0);
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        EXPECT_EQ(checkImage(device.image()), "");
        EXPECT_EQ(nameItems(device.image()), 0u);
    }

    static size_t nameItems(const SimImage &image)
    {
        SimDevice device(image);
        auto txn = std::make_unique<vexfs_txn>();
        const vexfs_open_options options{};
        EXPECT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
        vexfs_key key = vexfs_key_make(0, VEXFS_ITEM_ROOT_NAME, 0);
        vexfs_cursor cursor;
        size_t count = 0;
        EXPECT_EQ(vexfs_cursor_open(&cursor, &txn->root_tree, &key), 0);
        int error = 0;
        while (!error && !cursor.at_end) {
            key = vexfs_cursor_key(&cursor);
            count += key.object == 0 && key.type == VEXFS_ITEM_ROOT_NAME;
            error = vexfs_cursor_next(&cursor);
        }
        EXPECT_EQ(error, 0);
        vexfs_cursor_close(&cursor);
        vexfs_txn_close(txn.get());
        return count;
    }

    std::string number(size_t row) const { return "#" + std::to_string(m_rows[row].id); }

    std::array<vexfs_snapshot, 3> m_rows{};
};

TEST_F(EditedSnapshots, OneOfTwoWithTheSameNameGetsAnother)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) { rename(txn, m_rows[2].id, "s0"); });
    expectNames({"s0", "s1", number(2)});
}

TEST_F(EditedSnapshots, ANameThatNoLookupTakesIsReplaced)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) { rename(txn, m_rows[1].id, "a/"); });
    expectNames({"s0", number(1), "s2"});
}

TEST_F(EditedSnapshots, ANameAtAKeyOfAnotherHashIsMoved)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) {
        vexfs_place place{};
        ASSERT_EQ(vexfs_snap_name_find(txn, {"s1", 2}, &place), 0);
        ASSERT_TRUE(place.found);
        vexfs_key from = vexfs_key_make(0, VEXFS_ITEM_ROOT_NAME, place.cookie);
        vexfs_key to = from;
        to.offset -= 1000;
        std::array<char, VEXFS_ROOT_ITEM_MAX_BYTES> item{};
        u32 bytes = 0;
        ASSERT_EQ(vexfs_tree_read(&txn->root_tree, &from, item.data(), item.size(), &bytes), 0);
        ASSERT_EQ(vexfs_tree_prepare(&txn->root_tree, &to, VEXFS_TREE_ITEM_ROOM(bytes)), 0);
        vexfs_tree_insert(&txn->root_tree, &to, item.data(), bytes);
        ASSERT_EQ(vexfs_tree_prepare(&txn->root_tree, &from, 0), 0);
        vexfs_tree_remove(&txn->root_tree, &from);
    });
    expectNames({"s0", "s1", "s2"});
}

/// With so many snapshots that the root tree has nodes above its leaves.
class ManySnapshots : public Edited
{
protected:
    static constexpr int kSnapshots = 150;

    void SetUp() override
    {
        Edited::SetUp();
        SimDevice device(m_image);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (int i = 0; i < kSnapshots; i++) {
            const std::string name = nameOf(i);
            vexfs_snapshot row{};
            ASSERT_EQ(vexfs_volume_snapshot_create(volume, VEXFS_VOLUME_TREE_LIVE, name.data(),
                                                   static_cast<u32>(name.size()), 0, &row), 0);
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
        ASSERT_EQ(checkImage(m_image), "");
    }

    static std::string nameOf(int i) { return std::string(150, 'n') + std::to_string(i); }

    /// Runs @p change on the root of the root tree.
    void damageRoot(const std::function<void(void *)> &change)
    {
        damage([&](vexfs_txn *txn, vexfs_tree *) {
            vexfs_tree &tree = txn->root_tree;
            vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
            ASSERT_EQ(vexfs_tree_prepare(&tree, &live, 0), 0);
            ASSERT_GT(tree.root.level, 0u) << "the root tree is too low for the test";
            vexfs_node *node = vexfs_node_dirty_find(tree.io, tree.root.block);
            ASSERT_NE(node, nullptr);
            ASSERT_GT(vexfs_node_count(node->data), 2u);
            change(node->data);
        }, false);
    }

    void expectAllThere()
    {
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
        EXPECT_TRUE(telling.has("put the root tree in order")) << telling.text();
        EXPECT_FALSE(telling.has("went back")) << telling.text();
        EXPECT_TRUE(readable(out) == m_files);
        SimDevice device(out);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (int i = 0; i < kSnapshots; i++) {
            const std::string name = nameOf(i);
            vexfs_snapshot found{};
            EXPECT_EQ(vexfs_volume_snapshot_lookup(volume, name.data(),
                                                   static_cast<u32>(name.size()), &found), 0) << i;
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
    }
};

TEST_F(ManySnapshots, AreFoundAgainWhenLeavesChangedPlaces)
{
    for (const u32 first : {0u, 1u}) {
        SCOPED_TRACE(first);
        const SimImage healthy = m_image;
        damageRoot([first](void *root) {
            vexfs_ptr one{}, two{};
            vexfs_node_child(root, first, &one);
            vexfs_node_child(root, first + 1, &two);
            vexfs_node_set_child(root, first, &two);
            vexfs_node_set_child(root, first + 1, &one);
        });
        ASSERT_NO_FATAL_FAILURE(expectAllThere());
        m_image = healthy;
    }
}

TEST_F(ManySnapshots, AreFoundAgainWhenALeafBeginsBeforeItsKey)
{
    damageRoot([](void *root) {
        const u32 last = vexfs_node_count(root) - 1;
        vexfs_key key = vexfs_node_key(root, last);
        key.object++;
        vexfs_node_set_key(root, last, &key);
    });
    expectAllThere();
}

} // namespace
} // namespace vexfs::test
