// SPDX-License-Identifier: Apache-2.0
// Goal: an inode is freed exactly when it has no name and the kernel holds it no more.
#include "kernel/fuse/node_id.h"
#include "kernel/fuse/node_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace vexfs::fuse {
namespace {

TEST(NodeTable, UnlinkedAndNotHeldIsFreedAtOnce)
{
    NodeTable table;
    EXPECT_TRUE(table.unlink(5));
}

TEST(NodeTable, UnlinkedWhileHeldIsFreedByTheLastForget)
{
    NodeTable table;
    table.add(5);
    table.add(5);
    table.add(5);
    EXPECT_FALSE(table.unlink(5));
    EXPECT_EQ(table.unlinked(), std::vector<uint64_t>{5});
    EXPECT_FALSE(table.drop(5, 2));
    EXPECT_TRUE(table.drop(5, 1));
    EXPECT_TRUE(table.unlinked().empty());
    EXPECT_EQ(table.size(), 0u);
}

TEST(NodeTable, ForgettingANamedNodeFreesNothing)
{
    NodeTable table;
    table.add(21);
    EXPECT_FALSE(table.drop(21, 1));
    EXPECT_FALSE(table.drop(21, 1));
    EXPECT_EQ(table.size(), 0u);
}

TEST(NodeTable, CountsAddUpOverThreads)
{
    NodeTable table;
    std::atomic<int> freed{0};
    table.add(7);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&] {
            for (int k = 0; k < 10000; k++) {
                table.add(7);
                freed += table.drop(7, 1);
            }
        });
    }
    EXPECT_FALSE(table.unlink(7));
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(freed, 0);
    EXPECT_TRUE(table.drop(7, 1));
}

TEST(OpenWriters, TellOnceWhoseOpenFilesWereWritten)
{
    OpenWriters writers;
    writers.noteWrite(5);
    writers.add(5);
    writers.add(5);
    writers.add(21); // of the same shard
    EXPECT_TRUE(writers.takeWritten().empty());
    writers.noteWrite(5);
    writers.drop(5);
    EXPECT_EQ(writers.takeWritten(), std::vector<uint64_t>{5});
    EXPECT_TRUE(writers.takeWritten().empty());
    writers.noteWrite(5);
    writers.drop(5);
    EXPECT_FALSE(writers.has(5));
    EXPECT_TRUE(writers.has(21));
    EXPECT_TRUE(writers.takeWritten().empty()) << "closed: the kernel asks again by itself";
}

TEST(NodeId, LiveInodesKeepTheirNumbersAndOthersComeBack)
{
    EXPECT_EQ(nodeOfId({VEXFS_VOLUME_TREE_LIVE, 1}), 1u);
    EXPECT_EQ(nodeOfId({VEXFS_VOLUME_TREE_LIVE, 123456}), 123456u);
    const vexfs_id ids[] = {{1, 77}, {2, 1}, {256, 1}, {900, 5}};
    for (const vexfs_id id : ids) {
        const vexfs_id back = idOfNode(nodeOfId(id));
        EXPECT_EQ(back.tree, id.tree);
        EXPECT_EQ(back.ino, id.ino);
        EXPECT_FALSE(isVirtual(nodeOfId(id)));
    }
    EXPECT_TRUE(isVirtual(kControlDir));
    EXPECT_TRUE(isVirtual(kSnapshotsDir));
}

TEST(NodeId, NumbersThatDoNotFitAreRefused)
{
    EXPECT_EQ(nodeOfId({VEXFS_VOLUME_TREE_LIVE, 1ull << 40}), 0u);
    EXPECT_EQ(nodeOfId({1ull << 24, 1}), 0u);
    EXPECT_NE(nodeOfId({(1ull << 24) - 1, kInoMask}), 0u);
}

} // namespace
} // namespace vexfs::fuse
