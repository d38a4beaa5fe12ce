// SPDX-License-Identifier: Apache-2.0
// Goal: a repair puts right what items of a tree say wrongly of each other, and nothing else.
// Method: a volume whose content is known, changed through the engine's own trees, so that every
//   checksum is right; repaired, checked, read, written to.
#include "tests/sim/edited_volume.h"

#include <cerrno>

namespace vexfs::test {
namespace {

TEST_F(Edited, ALostBackReferenceIsMadeFromTheEntry)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, m_ino["plain"], VEXFS_ITEM_BACKREF);
        removeItems(tree, m_ino["d/e"], VEXFS_ITEM_BACKREF);
    });
    expectAllBack();
}

TEST_F(Edited, ALostEntryIsMadeFromTheBackReference)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, m_ino["d"], VEXFS_ITEM_ENTRY);
        removeItems(tree, VEXFS_ROOT_INO, VEXFS_ITEM_ENTRY);
    });
    expectAllBack();
}

TEST_F(Edited, WrongNumbersOfInodesAreCorrected)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        changeInode(tree, m_ino["plain"], [](vexfs_inode *inode) { inode->nlink = 9; });
        changeInode(tree, m_ino["d"], [](vexfs_inode *inode) { inode->nlink = 1; });
        changeInode(tree, m_ino["d/e"], [](vexfs_inode *inode) { inode->size[0] = 77; });
        changeInode(tree, m_ino["d/file"], [](vexfs_inode *inode) { inode->blocks[0] = 3; });
    });
    expectAllBack();
}

TEST_F(Edited, WrongSumsOfATreeAreCorrected)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) {
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &subvol), 0);
        ASSERT_EQ(vexfs_inode_prepare(&subvol->tree, VEXFS_ROOT_INO, 0), 0); // so that it commits
        subvol->inodes = 1;
        subvol->next_ino = 3;
        subvol->vectors_bytes = 5;
    });
    expectAllBack();
}

TEST_F(Edited, AFileWithoutAnyNameGoesToLostAndFound)
{
    const uint64_t ino = m_ino["d/e/deep"];
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, ino, VEXFS_ITEM_BACKREF);
        removeItems(tree, m_ino["d/e"], VEXFS_ITEM_ENTRY);
    });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    const std::string path = "lost+found/#" + std::to_string(ino);
    ASSERT_EQ(files.count(path), 1u) << telling.text();
    EXPECT_EQ(files.at(path), m_files.at("d/e/deep"));
    EXPECT_EQ(files.at("d/file"), m_files.at("d/file"));
}

TEST_F(Edited, ABackReferenceOfAnotherNameGetsTheNameOfItsEntry)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        for (const char *path : {"plain", "d"}) {
            vexfs_key key = vexfs_backref_key(m_ino[path], 0);
            vexfs_cursor cursor;
            ASSERT_EQ(vexfs_cursor_open(&cursor, tree, &key), 0);
            key = vexfs_cursor_key(&cursor);
            vexfs_backref ref{};
            ASSERT_EQ(vexfs_backref_decode(vexfs_cursor_data(&cursor),
                                           vexfs_cursor_bytes(&cursor), &ref), 0);
            vexfs_cursor_close(&cursor);
            ref.name = {"quite another", 13};
            ASSERT_EQ(vexfs_tree_prepare(tree, &key, VEXFS_NAME_ROOM_BYTES), 0);
            vexfs_backref_update(tree, m_ino[path], key.offset, &ref);
        }
    });
    expectAllBack();
}

TEST_F(Edited, ContentWithoutAnInodeIsKept)
{
    const uint64_t ino = m_ino["d/e/deep"];
    damage([&](vexfs_txn *, vexfs_tree *tree) { removeItems(tree, ino, VEXFS_ITEM_INODE); });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    ASSERT_EQ(files.count("d/e/deep"), 1u) << telling.text();
    // The length went with the inode; what is known is the count of blocks.
    EXPECT_EQ(files.at("d/e/deep").substr(0, 9000), m_files.at("d/e/deep"));
    EXPECT_EQ(files.at("d/e/deep").size(), 3u * 4096);
}

/// An inline extent of no bytes: all sums agree with it.
void insertContent(vexfs_tree *tree, uint64_t ino)
{
    vexfs_disk_extent disk{};
    disk.kind = VEXFS_EXTENT_INLINE;
    const vexfs_key key = vexfs_fork_key(ino, 0, 0);
    ASSERT_EQ(vexfs_tree_prepare(tree, &key, VEXFS_TREE_ITEM_ROOM(sizeof(disk))), 0);
    vexfs_tree_insert(tree, &key, &disk, sizeof(disk));
}

TEST_F(Edited, ContentOfADirectoryIsFoundAndGoes)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) { insertContent(tree, m_ino["d/e"]); });
    expectAllBack();
}

TEST_F(Edited, ContentOfADirectoryWithoutAnInodeGoes)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        vexfs_key key = vexfs_fork_key(m_ino["d/file"], 0, 0);
        u8 item[VEXFS_ITEM_MAX_BYTES];
        u32 bytes = 0;
        ASSERT_EQ(vexfs_tree_read(tree, &key, item, sizeof(item), &bytes), 0);
        removeItems(tree, m_ino["d/file"], VEXFS_ITEM_EXTENT);
        key.object = m_ino["d/e"];
        ASSERT_EQ(vexfs_tree_prepare(tree, &key, VEXFS_TREE_ITEM_ROOM(bytes)), 0);
        vexfs_tree_insert(tree, &key, item, bytes);
        removeItems(tree, m_ino["d/e"], VEXFS_ITEM_INODE);
    });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    EXPECT_EQ(files.at("d/e/deep"), m_files.at("d/e/deep")) << telling.text();
    EXPECT_EQ(files.at("plain"), m_files.at("plain"));
}

TEST_F(Edited, EntriesWithoutAnInodeGo)
{
    const uint64_t ino = m_ino["plain"];
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, ino, VEXFS_ITEM_INODE);
        removeItems(tree, ino, VEXFS_ITEM_BACKREF);
        removeItems(tree, ino, VEXFS_ITEM_EXTENT);
    });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    EXPECT_EQ(files.size(), 2u) << telling.text();
    EXPECT_EQ(files.count("plain"), 0u);
}

TEST_F(Edited, ACircleOfDirectoriesIsCut)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        // "d" becomes a child of its own child.
        removeItems(tree, m_ino["d"], VEXFS_ITEM_BACKREF);
        vexfs_place place{};
        const vexfs_name name{"d", 1};
        ASSERT_EQ(vexfs_entry_find(tree, VEXFS_ROOT_INO, name, &place), 0);
        ASSERT_EQ(vexfs_entry_prepare(tree, VEXFS_ROOT_INO, place.cookie, 0), 0);
        vexfs_entry_remove(tree, VEXFS_ROOT_INO, place.cookie);
        ASSERT_EQ(vexfs_entry_find(tree, m_ino["d/e"], name, &place), 0);
        vexfs_backref ref{m_ino["d/e"], place.free_cookie, name};
        bool found = false;
        u64 offset = 0;
        u64 freeOffset = 0;
        ASSERT_EQ(vexfs_backref_find(tree, m_ino["d"], ref.parent, ref.cookie, &found, &offset,
                                     &freeOffset), 0);
        ASSERT_EQ(vexfs_entry_prepare(tree, ref.parent, ref.cookie, VEXFS_NAME_ROOM_BYTES), 0);
        vexfs_key key = vexfs_backref_key(m_ino["d"], freeOffset);
        ASSERT_EQ(vexfs_tree_prepare(tree, &key, VEXFS_NAME_ROOM_BYTES), 0);
        vexfs_entry_insert(tree, ref.parent, ref.cookie, m_ino["d"], S_IFDIR, name);
        vexfs_backref_insert(tree, m_ino["d"], freeOffset, &ref);
    });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    const std::string d = "lost+found/#" + std::to_string(m_ino["d"]);
    EXPECT_EQ(files.count(d + "/e/deep"), 1u) << telling.text();
    EXPECT_EQ(files.count(d + "/file"), 1u) << telling.text();
}

TEST_F(Edited, WrongReferenceCountsAreRebuilt)
{
    for (const uint16_t wrong : {uint16_t{0}, uint16_t{2}, uint16_t{9}}) {
        SetUp();
        damage([&](vexfs_txn *txn, vexfs_tree *tree) {
            vexfs_cursor cursor;
            vexfs_key key = vexfs_fork_key(m_ino["d/file"], 0, 0);
            ASSERT_EQ(vexfs_cursor_open(&cursor, tree, &key), 0);
            vexfs_extent extent{};
            ASSERT_EQ(vexfs_extent_decode(vexfs_cursor_data(&cursor),
                                          vexfs_cursor_bytes(&cursor), 0, &extent), 0);
            vexfs_cursor_close(&cursor);
            vexfs_count_page *page = nullptr;
            ASSERT_EQ(vexfs_space_page(&txn->space, extent.block / VEXFS_MAP_PAGE_COUNTS, &page),
                      0);
            page->counts[extent.block % VEXFS_MAP_PAGE_COUNTS] = vexfs_put16(wrong);
            page->counts[VEXFS_MAP_PAGE_COUNTS - 100] = vexfs_put16(3); // used by nobody
            vexfs_space_page_tally(page);
            vexfs_space_mark_dirty(&txn->space, page);
        });
        expectAllBack();
    }
}

TEST_F(Edited, LostRingsOfSuperblocksAreWrittenAgain)
{
    for (const uint64_t first : {uint64_t{8}, kBlocks - 8}) {
        SimImage image = m_image;
        for (uint64_t slot = 0; slot < 8; slot++)
            image[first + slot] = nullptr;
        u64 found = 0;
        ASSERT_EQ(findings(image, &found), 0);
        EXPECT_EQ(found, 1u);
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(image, &telling, &out), "");
        EXPECT_EQ(readable(out), m_files);
        EXPECT_NE(out[first], nullptr);
    }
}

TEST_F(Edited, WhatWasSyncedButNotCommittedSurvivesARepair)
{
    SimDevice device(m_image);
    const vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
    VolumeDriver driver(volume);
    uint64_t done = 0;
    ASSERT_EQ(driver.apply({OpKind::CreateFile, "synced", "", 0, 0644, 0}, &done), 0);
    ASSERT_EQ(driver.apply({OpKind::Write, "synced", "", 0, 50000, 3}, &done), 0);
    ASSERT_EQ(vexfs_volume_fsync(volume, {VEXFS_VOLUME_TREE_LIVE, lookup(volume, "synced")}), 0);
    SimImage image = device.image(); // the power is lost here
    ASSERT_EQ(vexfs_volume_close(volume), 0);
    const std::string content = readable(device.image()).at("synced");
    for (uint64_t slot = 0; slot < 8; slot++)
        image[8 + slot] = nullptr;
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(image, &telling, &out), "");
    const auto files = readable(out);
    ASSERT_EQ(files.count("synced"), 1u) << telling.text();
    EXPECT_EQ(files.at("synced"), content);
}

TEST_F(Edited, AnOlderStateIsTakenWhenTheRootTreeIsLost)
{
    vexfs_super super{};
    SimDevice device(m_image);
    ASSERT_EQ(vexfs_super_ring_read(device.dev(), &super), 0);
    SimImage image = m_image;
    flip(&image, super.root_tree.block, 100, 1);
    Telling telling;
    ASSERT_EQ(repairAndUse(image, &telling), "");
    EXPECT_TRUE(telling.has("went back to an older state")) << telling.text();
}

} // namespace
} // namespace vexfs::test
