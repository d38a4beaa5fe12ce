// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/sim/repairing.h"
#include "tests/support/engine_inside.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

namespace vexfs::test {

/// A volume whose content is known, changed through the engine's own trees.
class Edited : public testing::Test
{
protected:
    void SetUp() override
    {
        SimDevice device(formattedImage(kBlocks));
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        VolumeDriver driver(volume);
        const auto run = [&](OpKind kind, const char *path, const char *other = "",
                             uint64_t number = 0, uint64_t offset = 0) {
            uint64_t done = 0;
            ASSERT_EQ(driver.apply({kind, path, other, offset, number, 7}, &done), 0) << path;
        };
        run(OpKind::Mkdir, "d", "", 0755);
        run(OpKind::Mkdir, "d/e", "", 0755);
        run(OpKind::CreateFile, "d/file", "", 0644);
        run(OpKind::Write, "d/file", "", 100000);
        run(OpKind::CreateFile, "d/e/deep", "", 0644);
        run(OpKind::Write, "d/e/deep", "", 9000);
        run(OpKind::CreateFile, "plain", "", 0644);
        run(OpKind::Write, "plain", "", 5000);
        run(OpKind::Link, "plain", "d/second");
        ASSERT_EQ(vexfs_volume_commit(volume, nullptr), 0);
        for (const char *path : {"d", "d/e", "d/file", "d/e/deep", "plain"})
            m_ino[path] = lookup(volume, path);
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
        ASSERT_EQ(checkImage(m_image), "");
        m_files = readable(m_image);
        ASSERT_EQ(m_files.size(), 4u);
    }

    static uint64_t lookup(vexfs_volume *volume, const std::string &path)
    {
        vexfs_id id{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
        for (size_t at = 0; at < path.size();) {
            const size_t slash = std::min(path.find('/', at), path.size());
            vexfs_attr attr{};
            EXPECT_EQ(vexfs_volume_lookup(volume, id, path.data() + at,
                                          static_cast<u32>(slash - at), &id, &attr), 0);
            at = slash + 1;
        }
        return id.ino;
    }

    /// Runs @p change on the live tree and commits; the volume must be damaged afterwards.
    void damage(const std::function<void(vexfs_txn *, vexfs_tree *)> &change,
                bool storesTree = true)
    {
        SimDevice device(m_image);
        auto txn = std::make_unique<vexfs_txn>();
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_txn_begin(txn.get(), VEXFS_SPACE_NORMAL), 0);
        ASSERT_EQ(vexfs_subvol_get(txn.get(), VEXFS_VOLUME_TREE_LIVE, &subvol), 0);
        change(txn.get(), &subvol->tree);
        subvol->dirty = subvol->dirty || storesTree;
        vexfs_txn_end(txn.get(), 0);
        ASSERT_EQ(vexfs_txn_commit(txn.get(), nullptr), 0);
        vexfs_txn_close(txn.get());
        m_image = device.image();
        u64 found = 0;
        ASSERT_EQ(findings(m_image, &found), 0);
        ASSERT_GT(found, 0u) << "the damage is none";
    }

    static void removeItems(vexfs_tree *tree, uint64_t object, u8 type)
    {
        for (;;) {
            vexfs_cursor cursor;
            vexfs_key key{};
            key.object = object;
            key.type = type;
            ASSERT_EQ(vexfs_cursor_open(&cursor, tree, &key), 0);
            const bool isThere = !cursor.at_end && vexfs_cursor_key(&cursor).object == object &&
                                 vexfs_cursor_key(&cursor).type == type;
            if (isThere)
                key = vexfs_cursor_key(&cursor);
            vexfs_cursor_close(&cursor);
            if (!isThere)
                return;
            ASSERT_EQ(vexfs_tree_prepare(tree, &key, 0), 0);
            vexfs_tree_remove(tree, &key);
        }
    }

    static void changeInode(vexfs_tree *tree, uint64_t ino,
                            const std::function<void(vexfs_inode *)> &change)
    {
        vexfs_inode inode{};
        ASSERT_EQ(vexfs_inode_read(tree, ino, &inode), 0);
        ASSERT_EQ(vexfs_inode_prepare(tree, ino, 0), 0);
        change(&inode);
        vexfs_inode_update(tree, ino, &inode);
    }

    /// Repairs; afterwards all files are there again, wherever they were.
    void expectAllBack()
    {
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
        EXPECT_EQ(readable(out), m_files) << telling.text();
    }

    SimImage m_image;
    std::map<std::string, uint64_t> m_ino;
    std::map<std::string, std::string> m_files;
};

} // namespace vexfs::test
