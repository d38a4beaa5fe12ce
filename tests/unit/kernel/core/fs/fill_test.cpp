// SPDX-License-Identifier: Apache-2.0
// Goal: what fallocate() reserved can be written when nothing else is left, and nobody else who has
//   the same blocks sees that. Method: small volumes in memory, filled to ENOSPC; a device that
//   takes a snapshot while a write's data is on its way; every reference recounted at the end.
#include "tests/support/volume_driver.h"

#include <vexfs/ranges.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <numeric>
#include <string>

namespace vexfs::test {
namespace {

constexpr u64 kBlock = VEXFS_BLOCK_BYTES;
constexpr u64 kMiB = 1 << 20;

/// Passes everything on, and calls before the first write that was asked for.
struct HookDevice
{
    explicit HookDevice(vexfs_dev *device) : dev{&kOps, device->size_blocks, false}, inner(device)
    {
    }

    static int read(vexfs_dev *dev, u64 block, u32 count, void *out)
    {
        return vexfs_port_dev_read(self(dev)->inner, block, count, out);
    }
    static int write(vexfs_dev *dev, u64 block, u32 count, const void *data)
    {
        const std::function<void()> hook = std::move(self(dev)->onWrite);
        self(dev)->onWrite = nullptr;
        if (hook)
            hook();
        return vexfs_port_dev_write(self(dev)->inner, block, count, data);
    }
    static int flush(vexfs_dev *dev) { return vexfs_port_dev_flush(self(dev)->inner); }
    static HookDevice *self(vexfs_dev *dev) { return reinterpret_cast<HookDevice *>(dev); }

    static constexpr vexfs_dev_ops kOps{read, write, flush, nullptr, nullptr};
    vexfs_dev dev; ///< first, since it is what the engine passes back
    vexfs_dev *inner;
    std::function<void()> onWrite;
};

class Fill : public testing::Test
{
protected:
    Fill() : m_memory(formattedImage(16384)), m_device(m_memory.dev()) {}

    void SetUp() override { open(); }

    void TearDown() override
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        EXPECT_EQ(checkImage(m_memory.image()), "");
    }

    void open()
    {
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_volume_open(&m_device.dev, &options, &m_volume), 0);
    }

    vexfs_id make(const std::string &name)
    {
        vexfs_create what{};
        what.mode = 0100644;
        vexfs_id id{};
        vexfs_attr attr{};
        m_error = vexfs_volume_create(m_volume, {1, 1}, name.data(), u32(name.size()), &what, &id,
                                      &attr);
        return id;
    }

    int write(vexfs_id id, u64 at, const std::string &content)
    {
        int error = 0;
        for (size_t done = 0; done < content.size() && !error;) {
            u32 part = 0;
            error = vexfs_volume_write(m_volume, id, 0, at + done, content.data() + done,
                                       u32(content.size() - done), &part);
            done += part;
        }
        return error;
    }

    std::string read(vexfs_id id, u64 at, u32 bytes)
    {
        std::string out(bytes, '?');
        u32 got = 0;
        EXPECT_EQ(vexfs_volume_read(m_volume, id, 0, at, out.data(), bytes, &got), 0);
        out.resize(got);
        return out;
    }

    /// Large files, then small ones, until there is room for neither.
    void fillUp()
    {
        for (const u64 bytes : {kMiB, kBlock}) {
            for (int round = 0; round < 2; round++) {
                do {
                    const vexfs_id id = make("fill-" + std::to_string(m_files++));
                    if (!m_error)
                        m_error = write(id, 0, std::string(bytes, 'f'));
                } while (!m_error);
                ASSERT_EQ(m_error, -ENOSPC);
                ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
            }
        }
    }

    void emptyOut()
    {
        for (int i = 0; i < m_files; i++) {
            const std::string name = "fill-" + std::to_string(i);
            vexfs_removed removed{};
            const int error = vexfs_volume_unlink(m_volume, {1, 1}, name.data(), u32(name.size()),
                                                  &removed);
            if (error == -ENOENT)
                continue;
            ASSERT_EQ(error, 0) << name;
            ASSERT_EQ(vexfs_volume_evict(m_volume, removed.id), 0) << name;
        }
    }

    vexfs_id reserve(u64 bytes)
    {
        const vexfs_id file = make("reserved");
        u64 done = 0;
        EXPECT_EQ(vexfs_volume_allocate(m_volume, file, 0, 0, bytes, &done), 0);
        EXPECT_EQ(done, bytes);
        return file;
    }

    u64 snapshot(const std::string &name)
    {
        vexfs_snapshot row{};
        EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, name.data(), u32(name.size()), 0, &row),
                  0);
        return row.id;
    }

    /// How many blocks of the device have changed since @p before.
    u64 blocksWritten(const SimImage &before) const
    {
        const SimImage after = m_memory.image();
        u64 count = 0;
        for (size_t i = 0; i < after.size(); i++)
            count += after[i] != before[i];
        return count;
    }

    SimDevice m_memory;
    HookDevice m_device;
    vexfs_volume *m_volume = nullptr;
    int m_error = 0;
    int m_files = 0;
};

TEST_F(Fill, AFullVolumeTakesWhatWasReserved)
{
    const vexfs_id file = reserve(24 * kMiB);
    fillUp();
    for (u64 at = 0; at < 24 * kMiB; at += kMiB)
        ASSERT_EQ(write(file, at, std::string(kMiB, char('a' + at / kMiB))), 0) << at;
    EXPECT_EQ(write(file, 24 * kMiB, std::string(64 * kBlock, 'x')), -ENOSPC);
    for (u64 at = 0; at < 24 * kMiB; at += kMiB)
        EXPECT_EQ(read(file, at, kMiB), std::string(kMiB, char('a' + at / kMiB)));
    emptyOut();
}

TEST_F(Fill, AFullVolumeTakesSingleBlocksInAnyOrder)
{
    const u64 blocks = 24 * kMiB / kBlock;
    const vexfs_id file = reserve(blocks * kBlock);
    fillUp();
    std::vector<u64> order(blocks);
    std::iota(order.begin(), order.end(), 0);
    Random random(testSeed(7));
    for (size_t i = order.size() - 1; i; i--)
        std::swap(order[i], order[random.below(i + 1)]);
    for (const u64 block : order) {
        // Bytes of one block, so that each is read and filled up with zeros.
        ASSERT_EQ(write(file, block * kBlock + 96, std::string(1000, char('a' + block % 26))), 0);
        const int error = block % 64 == 0 ? vexfs_volume_fsync(m_volume, file) : 0;
        ASSERT_EQ(error, 0);
    }
    ASSERT_EQ(vexfs_volume_close(m_volume), 0);
    open();
    for (u64 block = 0; block < blocks; block++) {
        const std::string data = read(file, block * kBlock, kBlock);
        ASSERT_EQ(data, std::string(96, '\0') + std::string(1000, char('a' + block % 26)) +
                            std::string(kBlock - 1096, '\0'));
    }
    emptyOut();
}

TEST_F(Fill, WhatASnapshotHasTooIsWrittenElsewhere)
{
    const vexfs_id file = reserve(kMiB);
    const u64 id = snapshot("before");
    ASSERT_EQ(write(file, 0, std::string(kMiB, 'n')), 0);
    EXPECT_EQ(read({id, file.ino}, 0, kMiB), std::string(kMiB, '\0'));
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_volume_getattr(m_volume, file, &attr), 0);
    EXPECT_EQ(attr.allocated_bytes, kMiB);
    ASSERT_EQ(vexfs_volume_snapshot_delete(m_volume, id), 0);
    while (vexfs_volume_tick(m_volume) == 1) {
    }
    EXPECT_EQ(read(file, 0, kMiB), std::string(kMiB, 'n'));
}

TEST_F(Fill, ASnapshotMadeMeanwhileKeepsItsZeros)
{
    const vexfs_id file = reserve(kMiB);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    u64 id = 0;
    m_device.onWrite = [this, &id] { id = snapshot("meanwhile"); };
    ASSERT_EQ(write(file, 0, std::string(kMiB, 'n')), 0);
    ASSERT_NE(id, 0u);
    EXPECT_EQ(read({id, file.ino}, 0, kMiB), std::string(kMiB, '\0'));
    EXPECT_EQ(read(file, 0, kMiB), std::string(kMiB, 'n'));
}

TEST_F(Fill, AFailedWriteLeavesTheReservation)
{
    const vexfs_id file = reserve(kMiB);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    m_memory.failCall(1, SimDevice::Writes);
    EXPECT_EQ(write(file, 0, std::string(kMiB, 'n')), -EIO);
    m_memory.clearFault();
    EXPECT_EQ(read(file, 0, kMiB), std::string(kMiB, '\0'));
    const SimImage before = m_memory.image();
    ASSERT_EQ(write(file, 0, std::string(kMiB, 'm')), 0);
    EXPECT_EQ(blocksWritten(before), kMiB / kBlock);
    EXPECT_EQ(read(file, 0, kMiB), std::string(kMiB, 'm'));
}

} // namespace
} // namespace vexfs::test
