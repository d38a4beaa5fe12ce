// SPDX-License-Identifier: Apache-2.0
// Goal: vexfs_repair() makes any damaged volume clean and usable, keeps at its place all that could
//   be read before, brings back what was only cut off, and can be interrupted at any write.
// Method: volumes with some of everything are damaged (bytes on the device, items under right
//   checksums), repaired, checked, read, written to. What a read-only mount of the damaged volume
//   could read is what must be there.
#include "tests/sim/repairing.h"
#include "tests/support/engine_inside.h"

#include <gtest/gtest.h>

#include <memory>

namespace vexfs::test {
namespace {

class Repair : public testing::Test
{
protected:
    void SetUp() override { ASSERT_EQ(randomVolume(4712, &m_healthy), ""); }
    SimImage m_healthy;
};

TEST_F(Repair, AFlippedByteInAnyBlockIsMended)
{
    Random random(testSeed(41));
    const std::vector<uint64_t> blocks = writtenBlocks(m_healthy);
    size_t repaired = 0;
    const size_t rounds = isFullRun() ? blocks.size() * 8 : blocks.size();
    for (size_t i = 0; i < rounds; i++) {
        SimImage image = m_healthy;
        flip(&image, blocks[i % blocks.size()], random.below(VEXFS_BLOCK_BYTES),
             static_cast<uint8_t>(1 + random.below(255)));
        u64 found = 0;
        if (findings(image, &found) || found == 0)
            continue;
        Telling telling;
        ASSERT_EQ(repairAndUse(image, &telling), "") << "block " << blocks[i % blocks.size()];
        repaired++;
    }
    std::printf("flips repaired: %zu of %zu\n", repaired, rounds);
    EXPECT_GT(repaired, 10u);
}

TEST_F(Repair, RandomDamageIsMendedAndTheVolumeTakesWrites)
{
    const uint64_t seed = testSeed(42);
    Random random(seed);
    const std::vector<uint64_t> blocks = writtenBlocks(m_healthy);
    int repaired = 0;
    for (int round = 0; round < (isFullRun() ? 2000 : 150); round++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round));
        SimImage image = m_healthy;
        for (uint64_t i = 1 + random.below(6); i > 0; i--) {
            const uint64_t block = blocks[random.below(blocks.size())];
            if (random.chance(20))
                image[block] = nullptr;
            else if (random.chance(20))
                image[block] = m_healthy[blocks[random.below(blocks.size())]];
            else
                flip(&image, block, random.below(VEXFS_BLOCK_BYTES), 0x5a);
        }
        u64 found = 0;
        if (findings(image, &found) || found == 0)
            continue; // not even a superblock, or nothing that the check looks at
        Telling telling;
        ASSERT_EQ(repairAndUse(image, &telling), "");
        repaired++;
    }
    std::printf("random damage repaired: %d\n", repaired);
    EXPECT_GT(repaired, 20);
}

/// Changes bytes of some leaves' items and gives all nodes the checksums that fit.
SimImage withWrongItems(const SimImage &image, Random &random)
{
    SimDevice device(image);
    auto txn = std::make_unique<vexfs_txn>();
    const vexfs_open_options options{};
    EXPECT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
    EXPECT_EQ(vexfs_txn_begin(txn.get(), VEXFS_SPACE_NORMAL), 0);
    for (uint64_t i = 1 + random.below(4); i > 0; i--) {
        vexfs_subvol *subvol = nullptr;
        const uint64_t ids[] = {1, 1, 1, 2, 256, 257, 258};
        const bool isRoot = random.chance(10);
        if (!isRoot && vexfs_subvol_get(txn.get(), ids[random.below(7)], &subvol))
            continue;
        vexfs_tree *tree = isRoot ? &txn->root_tree : &subvol->tree;
        vexfs_key key{};
        key.object = random.below(isRoot ? 260 : subvol->next_ino + 1);
        key.type = static_cast<u8>(random.below(0x50));
        if (vexfs_tree_prepare(tree, &key, 0))
            continue;
        vexfs_cursor cursor;
        if (vexfs_cursor_open_floor(&cursor, tree, &key) == 0 && !cursor.at_end) {
            vexfs_node *leaf = cursor.path[0];
            const u32 bytes = vexfs_cursor_bytes(&cursor);
            if (leaf->state == VEXFS_NODE_DIRTY && bytes) {
                u8 *data = vexfs_node_data(leaf->data, cursor.index[0]);
                data[random.below(bytes)] ^= static_cast<u8>(1 + random.below(255));
            }
            // A key, which may come out of order; the commit needs those of the root tree.
            if (leaf->state == VEXFS_NODE_DIRTY && !isRoot && random.chance(20)) {
                auto *item = reinterpret_cast<u8 *>(vexfs_node_items(leaf->data) +
                                                    cursor.index[0]);
                item[random.below(17)] ^= 1;
            }
        }
        vexfs_cursor_close(&cursor);
    }
    vexfs_txn_end(txn.get(), 0);
    EXPECT_EQ(vexfs_txn_commit(txn.get(), nullptr), 0);
    vexfs_txn_close(txn.get());
    return device.image();
}

TEST_F(Repair, WrongItemsUnderRightChecksumsAreMended)
{
    const uint64_t seed = testSeed(44);
    Random random(seed);
    int repaired = 0;
    for (int round = 0; round < (isFullRun() ? 5000 : 300); round++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round));
        SimImage image = withWrongItems(m_healthy, random);
        u64 found = 0;
        if (findings(image, &found) || found == 0)
            continue;
        Telling telling;
        ASSERT_EQ(repair(&image, &telling), "");
        ASSERT_EQ(use(&image), "") << telling.text();
        repaired++;
    }
    std::printf("wrong items repaired: %d\n", repaired);
    EXPECT_GT(repaired, 50);
}

TEST_F(Repair, ACleanVolumeHasNothingToRepairInIt)
{
    SimDevice device(m_healthy);
    const vexfs_check_options options{};
    u64 actions = 77;
    ASSERT_EQ(vexfs_repair(device.dev(), &options, &actions), 0);
    EXPECT_EQ(actions, 0u);
    EXPECT_EQ(checkImage(device.image()), "");
    EXPECT_EQ(readable(device.image()), readable(m_healthy));
}

/// With so many files that the tree has nodes between root and leaves.
class Tall : public testing::Test
{
protected:
    void SetUp() override
    {
        SimDevice device(formattedImage(32768));
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        VolumeDriver driver(volume);
        uint64_t done = 0;
        for (int i = 0; i < 30000; i++) {
            const std::string dir = "dir" + std::to_string(i / 500);
            if (i % 500 == 0) {
                ASSERT_EQ(driver.apply({OpKind::Mkdir, dir, "", 0, 0755, 0}, &done), 0);
            }
            const std::string path = dir + "/a file with a name " + std::to_string(i);
            ASSERT_EQ(driver.apply({OpKind::CreateFile, path, "", 0, 0644, 0}, &done), 0);
        }
        ASSERT_EQ(vexfs_volume_commit(volume, nullptr), 0);
        ASSERT_EQ(driver.apply({OpKind::SnapshotCreate, "s0", "", 0, 0, 0}, &done), 0);
        ASSERT_EQ(driver.apply({OpKind::CreateFile, "after", "", 0, 0644, 0}, &done), 0);
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
        auto txn = std::make_unique<vexfs_txn>();
        ASSERT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_subvol_get(txn.get(), VEXFS_VOLUME_TREE_LIVE, &subvol), 0);
        m_root = subvol->tree.root;
        vexfs_node *node = nullptr;
        ASSERT_EQ(vexfs_node_get(&txn->io, &m_root, &node), 0);
        for (u32 i = 0; i < vexfs_node_count(node->data); i++) {
            vexfs_ptr child{};
            vexfs_node_child(node->data, i, &child);
            m_children.push_back(child);
        }
        vexfs_node_put(&txn->io, node);
        vexfs_txn_close(txn.get());
        ASSERT_GE(m_root.level, 2) << "the tree is too low for the test";
        m_files = readable(m_image);
        ASSERT_EQ(m_files.size(), 30001u);
    }

    SimImage m_image;
    vexfs_ptr m_root{};
    std::vector<vexfs_ptr> m_children;
    std::map<std::string, std::string> m_files;
};

TEST_F(Tall, NothingIsLostWithAnInnerNode)
{
    // The root of the live tree alone; then a node below it, which the snapshot shares.
    for (const uint64_t block : {m_root.block, m_children[1].block}) {
        SimImage image = m_image;
        flip(&image, block, 2000, 0x10);
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(image, &telling, &out), "");
        EXPECT_EQ(readable(out).size(), m_files.size()) << telling.text();
        EXPECT_TRUE(readable(out) == m_files);
    }
}

TEST_F(Tall, ACrashInTheMiddleOfARepairCanBeRepaired)
{
    SimImage image = m_image;
    flip(&image, m_root.block, 2000, 0x10);
    SimDevice device(image);
    device.beginRecording();
    const vexfs_check_options options{};
    u64 actions = 0;
    ASSERT_EQ(vexfs_repair(device.dev(), &options, &actions), 0);
    Random random(testSeed(43));
    const size_t events = device.eventCount();
    for (int i = 0; i < (isFullRun() ? 200 : 12); i++) {
        const size_t at = random.below(events);
        SimImage crashed = device.reorderedImage(at, random);
        u64 left = 0;
        ASSERT_EQ(findings(crashed, &left), 0) << at;
        if (!left) {
            EXPECT_TRUE(readable(crashed) == m_files) << "event " << at;
            continue;
        }
        Telling telling;
        ASSERT_EQ(repair(&crashed, &telling), "") << "event " << at << " of " << events;
        EXPECT_TRUE(readable(crashed) == m_files) << "event " << at << " of " << events;
    }
    std::printf("a repair of %zu writes and flushes, interrupted\n", events);
}

} // namespace
} // namespace vexfs::test
