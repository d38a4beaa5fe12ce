// SPDX-License-Identifier: Apache-2.0
// Goal: what deleting a set of snapshots would give back is told to the block, whatever they share
// with each other, with the live tree, with clones and within one file. Method: volumes after
// random operations with ten snapshots; for random sets what was told is compared with the free
// blocks after the set was really deleted. What trees refer to is compared with a reading of them.
#include "tests/support/random.h"
#include "tests/support/volume_driver.h"

#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace vexfs::test;

class Opened
{
public:
    explicit Opened(const SimImage &image) : m_device(image)
    {
        const vexfs_open_options options{};
        EXPECT_EQ(vexfs_volume_open(m_device.dev(), &options, &m_volume), 0);
    }
    ~Opened() { EXPECT_EQ(close(), 0); }

    vexfs_volume *operator*() const { return m_volume; }
    SimImage image() { return m_device.image(); }
    int close()
    {
        vexfs_volume *volume = m_volume;
        m_volume = nullptr;
        return volume ? vexfs_volume_close(volume) : 0;
    }

private:
    SimDevice m_device;
    vexfs_volume *m_volume = nullptr;
};

using Ranges = std::vector<vexfs_id_range>;

int ask(vexfs_volume *volume, const Ranges &ranges, vexfs_space_answer *answer,
        bool referenced = false)
{
    const vexfs_space_query query{ranges.data(), uint32_t(ranges.size()), referenced, nullptr,
                                  nullptr};
    return vexfs_volume_snapshot_space(volume, &query, answer);
}

std::vector<vexfs_snapshot> rowsOf(vexfs_volume *volume, uint32_t flags = 0)
{
    std::vector<vexfs_snapshot> rows(40);
    uint32_t count = 0;
    EXPECT_EQ(vexfs_volume_snapshot_list(volume, 0, flags, rows.data(), 40, &count), 0);
    rows.resize(count);
    return rows;
}

uint64_t freeBlocks(vexfs_volume *volume)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    return info.free_blocks;
}

/// Until nothing is left of what was deleted.
void clearAway(vexfs_volume *volume)
{
    int more = 1;
    while (more == 1)
        more = vexfs_volume_tick(volume);
    EXPECT_EQ(more, 0);
    EXPECT_EQ(vexfs_volume_commit(volume, nullptr), 0);
}

/// Random operations, with a snapshot or a clone after each hundred.
SimImage grownImage(uint64_t seed)
{
    SimImage image = formattedImage(16384);
    Opened volume(image);
    VolumeDriver driver(*volume);
    ModelVolume model;
    Random random(seed);
    for (int i = 0; i < 1000; i++) {
        Operation operation = randomOperation(random, model);
        if (i % 100 == 99)
            operation = {OpKind::SnapshotCreate, "r" + std::to_string(i / 100), "", 0, 0, 0};
        uint64_t done = 0;
        if (driver.apply(operation, &done) == 0)
            model.apply(operation, done);
    }
    vexfs_snapshot clone{};
    const uint64_t source = rowsOf(*volume).front().id;
    EXPECT_EQ(vexfs_volume_snapshot_create(*volume, source, "clone", 5, VEXFS_TREE_WRITABLE,
                                           &clone), 0);
    vexfs_id id{};
    vexfs_attr attr{};
    vexfs_create what{};
    what.mode = 0100644;
    EXPECT_EQ(vexfs_volume_create(*volume, {clone.id, 1}, "own", 3, &what, &id, &attr), 0);
    const std::string data = random.bytes(50000);
    uint32_t done = 0;
    EXPECT_EQ(vexfs_volume_write(*volume, id, 0, 0, data.data(), 50000, &done), 0);
    driver.evictHeld();
    clearAway(*volume);
    EXPECT_EQ(volume.close(), 0);
    return volume.image();
}

TEST(Reclaim, RefusesWhatIsNoSet)
{
    Opened volume(formattedImage(8192));
    vexfs_snapshot made{}, hidden{};
    ASSERT_EQ(vexfs_volume_snapshot_create(*volume, 1, "a", 1, 0, &made), 0);
    ASSERT_EQ(vexfs_volume_snapshot_create(*volume, 1, "h", 1, VEXFS_TREE_HIDDEN, &hidden), 0);
    vexfs_space_answer answer{};
    EXPECT_EQ(ask(*volume, {}, &answer), -EINVAL);
    EXPECT_EQ(ask(*volume, {{1, 1}}, &answer), -EINVAL) << "the live tree is no snapshot";
    EXPECT_EQ(ask(*volume, {{300, 299}}, &answer), -EINVAL);
    EXPECT_EQ(ask(*volume, {{256, 300}, {300, 301}}, &answer), -EINVAL) << "they overlap";
    EXPECT_EQ(ask(*volume, {{999, 999}}, &answer), -ENOENT);
    ASSERT_EQ(ask(*volume, {{256, 9999}}, &answer), 0);
    EXPECT_EQ(answer.snapshots, 1u) << "the hidden one is not meant";
    EXPECT_EQ(answer.reclaim_blocks, 0u) << "the live tree has all of it";
    ASSERT_EQ(ask(*volume, {{made.id, made.id}, {hidden.id, hidden.id}}, &answer), 0);
    EXPECT_EQ(answer.snapshots, 2u);
    ASSERT_EQ(ask(*volume, {{500, 9999}}, &answer, true), 0);
    EXPECT_EQ(answer.snapshots, 0u);
    EXPECT_EQ(answer.referenced_blocks, 0u);
    const Ranges all = {{256, 9999}};
    const vexfs_space_query query{all.data(), 1, false, [](void *) { return true; }, nullptr};
    EXPECT_EQ(vexfs_volume_snapshot_space(*volume, &query, &answer), -EINTR);
}

TEST(Reclaim, IsWhatComesBackToTheBlock)
{
    const uint64_t seed = testSeed(11);
    const SimImage image = grownImage(seed);
    Random random(seed + 1);
    uint64_t sets = 0, blocks = 0;
    for (int round = 0; round < 12; round++) {
        Opened volume(image);
        Ranges ranges;
        for (const vexfs_snapshot &row : rowsOf(*volume)) {
            if (round == 0 || random.chance(50))
                ranges.push_back({row.id, row.id});
        }
        if (ranges.empty())
            continue;
        vexfs_space_answer answer{};
        ASSERT_EQ(ask(*volume, ranges, &answer), 0);
        EXPECT_EQ(answer.snapshots, ranges.size());
        const uint64_t before = freeBlocks(*volume);
        for (const vexfs_id_range &range : ranges)
            ASSERT_EQ(vexfs_volume_snapshot_delete(*volume, range.first), 0);
        clearAway(*volume);
        EXPECT_EQ(freeBlocks(*volume) - before, answer.reclaim_blocks) << "round " << round;
        sets++;
        blocks += answer.reclaim_blocks;
    }
    std::printf("unit.core.reclaim: %llu sets, %llu blocks\n",
                static_cast<unsigned long long>(sets), static_cast<unsigned long long>(blocks));
    EXPECT_GT(blocks, 1000u) << "the sets share everything, or nothing was written";
}

TEST(Reclaim, WhatIsDroppedGoesTogetherWithTheNextCommit)
{
    const SimImage image = grownImage(3);
    Opened volume(image);
    const std::vector<vexfs_snapshot> rows = rowsOf(*volume);
    ASSERT_GT(rows.size(), 5u);
    Ranges ranges;
    for (const vexfs_snapshot &row : rows)
        ranges.push_back({row.id, row.id});
    vexfs_space_answer told{};
    ASSERT_EQ(ask(*volume, ranges, &told), 0);
    const uint64_t before = freeBlocks(*volume);
    EXPECT_EQ(vexfs_volume_snapshot_drop(*volume, 1), -EINVAL) << "no snapshot";
    for (const vexfs_snapshot &row : rows) {
        EXPECT_EQ(vexfs_volume_snapshot_drop(*volume, row.id), 0);
        EXPECT_EQ(vexfs_volume_snapshot_drop(*volume, row.id), -ENOENT);
    }
    EXPECT_EQ(rowsOf(*volume).size(), 0u);
    {
        Opened crashed(volume.image());
        EXPECT_EQ(rowsOf(*crashed).size(), rows.size()) << "nothing of it is on disk yet";
    }
    EXPECT_EQ(vexfs_volume_commit(*volume, nullptr), 0);
    {
        Opened crashed(volume.image());
        EXPECT_EQ(rowsOf(*crashed).size(), 0u);
        clearAway(*crashed);
        EXPECT_EQ(crashed.close(), 0);
        EXPECT_EQ(checkImage(crashed.image()), "");
    }
    clearAway(*volume);
    EXPECT_EQ(freeBlocks(*volume) - before, told.reclaim_blocks);
}

TEST(Reclaim, OfTheWholeIsMoreThanOfItsParts)
{
    Opened volume(formattedImage(8192));
    vexfs_create what{};
    what.mode = 0100644;
    vexfs_id id{};
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_volume_create(*volume, {1, 1}, "f", 1, &what, &id, &attr), 0);
    const std::string data = Random(3).bytes(400000);
    uint32_t done = 0;
    ASSERT_EQ(vexfs_volume_write(*volume, id, 0, 0, data.data(), 400000, &done), 0);
    vexfs_snapshot one{}, two{};
    ASSERT_EQ(vexfs_volume_snapshot_create(*volume, 1, "one", 3, 0, &one), 0);
    ASSERT_EQ(vexfs_volume_snapshot_create(*volume, 1, "two", 3, 0, &two), 0);
    ASSERT_EQ(vexfs_volume_truncate(*volume, id, 0, 0), 0);
    vexfs_space_answer each{}, both{};
    ASSERT_EQ(ask(*volume, {{one.id, one.id}}, &each), 0);
    EXPECT_EQ(each.reclaim_blocks, 0u) << "the other one has it too";
    ASSERT_EQ(ask(*volume, {{one.id, two.id}}, &both), 0);
    EXPECT_EQ(both.reclaim_blocks, 98u + 4u) << "98 blocks of data, and one leaf";
}

TEST(Reclaim, ReferencedIsWhatTheFilesHaveAndNodes)
{
    Opened volume(grownImage(5));
    for (const vexfs_snapshot &row : rowsOf(*volume)) {
        vexfs_space_answer first{}, again{};
        ASSERT_EQ(ask(*volume, {{row.id, row.id}}, &first, true), 0);
        ASSERT_EQ(ask(*volume, {{row.id, row.id}}, &again, true), 0);
        EXPECT_EQ(first.referenced_blocks, again.referenced_blocks) << "kept sums are the same";
        uint64_t blocks = 0, vectors = 0; // of the latter at most: they have holes
        for (uint64_t ino = 1; ino < 2000; ino++) {
            vexfs_attr attr{};
            if (vexfs_volume_getattr(*volume, {row.id, ino}, &attr) != 0)
                continue;
            blocks += attr.allocated_bytes / VEXFS_BLOCK_BYTES;
            vectors += attr.vectors_bytes / VEXFS_BLOCK_BYTES + 1;
        }
        EXPECT_GE(first.referenced_blocks, blocks);
        EXPECT_LE(first.referenced_blocks, blocks + vectors + 400) << "nodes are few";
    }
}

TEST(Reclaim, WithoutMemoryNothingIsToldAndLaterItIs)
{
    Opened volume(grownImage(7));
    vexfs_space_answer answer{}, without{};
    static int left;
    int refused = 0;
    // So that nodes are cached, and the nth allocation is another one each time.
    ASSERT_EQ(ask(*volume, {{256, 9999}}, &answer, false), 0);
    for (int nth = 1; nth < 100; nth++) {
        left = nth;
        vexfs_posix_set_alloc_hook([](size_t) { return --left != 0; });
        const int error = ask(*volume, {{256, 9999}}, &without, true);
        vexfs_posix_set_alloc_hook(nullptr);
        if (!error && left > 0)
            break;
        EXPECT_EQ(error, -ENOMEM);
        EXPECT_EQ(without.snapshots, 0u) << "the answer is untouched";
        refused++;
    }
    EXPECT_GE(refused, 4);
    EXPECT_EQ(ask(*volume, {{256, 9999}}, &answer, true), 0);
    EXPECT_EQ(answer.reclaim_blocks, without.reclaim_blocks);
    EXPECT_EQ(answer.referenced_blocks, without.referenced_blocks);
}

TEST(Reclaim, ACloneThatIsWrittenToMeanwhileIsToldFrom)
{
    Opened volume(formattedImage(8192));
    vexfs_snapshot clone{};
    ASSERT_EQ(vexfs_volume_snapshot_create(*volume, 1, "c", 1, VEXFS_TREE_WRITABLE, &clone), 0);
    struct Context
    {
        vexfs_volume *volume;
        uint64_t clone;
    } context{*volume, clone.id};
    const Ranges all = {{clone.id, clone.id}};
    // Asked between the portions, the clone changes.
    const vexfs_space_query query{all.data(), 1, false,
        [](void *data) {
            const auto *to = static_cast<Context *>(data);
            vexfs_setattr set{};
            set.valid = VEXFS_SET_MODE;
            set.mode = 0700;
            vexfs_attr attr{};
            EXPECT_EQ(vexfs_volume_setattr(to->volume, {to->clone, 1}, &set, &attr), 0);
            return false;
        },
        &context};
    vexfs_space_answer answer{};
    EXPECT_EQ(vexfs_volume_snapshot_space(*volume, &query, &answer), -EAGAIN);
}

TEST(Reclaim, ASnapshotThatGoesMeanwhileIsToldFrom)
{
    Opened volume(formattedImage(8192));
    vexfs_snapshot made{};
    ASSERT_EQ(vexfs_volume_snapshot_create(*volume, 1, "c", 1, 0, &made), 0);
    struct Context
    {
        vexfs_volume *volume;
        uint64_t id;
    } context{*volume, made.id};
    const Ranges all = {{made.id, made.id}};
    const vexfs_space_query query{all.data(), 1, false,
        [](void *data) {
            const auto *to = static_cast<Context *>(data);
            EXPECT_EQ(vexfs_volume_snapshot_delete(to->volume, to->id), 0);
            return false;
        },
        &context};
    vexfs_space_answer answer{};
    EXPECT_EQ(vexfs_volume_snapshot_space(*volume, &query, &answer), -EAGAIN);
}

} // namespace
