// SPDX-License-Identifier: Apache-2.0
#include "tests/support/overlay_device.h"

#include <cstring>

namespace vexfs::test {

namespace {

const SimBlock kZeros{};

enum : uint8_t { kUntouched, kPut, kPrivate };

} // namespace

const vexfs_dev_ops OverlayDevice::kOps = {
    .read = [](vexfs_dev *dev, u64 block, u32 count, void *out) {
        auto *to = static_cast<uint8_t *>(out);
        for (u32 i = 0; i < count; i++, to += VEXFS_BLOCK_BYTES)
            memcpy(to, self(dev)->at(block + i), VEXFS_BLOCK_BYTES);
        for (u32 i = 0; self(dev)->m_reads && i < count; i++)
            self(dev)->m_reads->insert(block + i);
        return 0;
    },
    .write = [](vexfs_dev *dev, u64 block, u32 count, const void *data) {
        const auto *from = static_cast<const uint8_t *>(data);
        for (u32 i = 0; i < count; i++, from += VEXFS_BLOCK_BYTES)
            memcpy(self(dev)->edit(block + i), from, VEXFS_BLOCK_BYTES);
        return 0;
    },
    .flush = [](vexfs_dev *) { return 0; },
    .discard =
        [](vexfs_dev *dev, u64 block, u32 count) {
            for (u32 i = 0; i < count; i++)
                memset(self(dev)->edit(block + i), 0xdd, VEXFS_BLOCK_BYTES);
            return 0;
        },
    .close = [](vexfs_dev *) {},
};

OverlayDevice::OverlayDevice(const SimImage &base) : m_state(base.size(), kUntouched)
{
    m_settled.reserve(base.size());
    for (const auto &block : base)
        m_settled.push_back(block ? block->data() : kZeros.data());
    m_view = m_settled;
    m_head.dev.ops = &kOps;
    m_head.dev.size_blocks = base.size();
    m_head.self = this;
}

void OverlayDevice::settle(uint64_t block, const uint8_t *data)
{
    m_settled[block] = data ? data : kZeros.data();
    if (m_state[block] == kUntouched)
        m_view[block] = m_settled[block];
}

void OverlayDevice::touch(uint64_t block)
{
    if (m_state[block] == kUntouched)
        m_touched.push_back(block);
}

void OverlayDevice::put(uint64_t block, const uint8_t *data)
{
    touch(block);
    m_state[block] = kPut;
    m_view[block] = data ? data : kZeros.data();
}

uint8_t *OverlayDevice::edit(uint64_t block)
{
    if (m_state[block] != kPrivate) {
        if (m_poolUsed == m_pool.size())
            m_pool.push_back(std::make_unique<SimBlock>());
        uint8_t *own = m_pool[m_poolUsed++]->data();
        memcpy(own, m_view[block], VEXFS_BLOCK_BYTES);
        touch(block);
        m_state[block] = kPrivate;
        m_view[block] = own;
    }
    // Private blocks lie in m_pool, which is ours to change.
    return const_cast<uint8_t *>(m_view[block]);
}

const uint8_t *OverlayDevice::at(uint64_t block) const
{
    return m_view[block];
}

void OverlayDevice::reset()
{
    for (const uint64_t block : m_touched) {
        m_view[block] = m_settled[block];
        m_state[block] = kUntouched;
    }
    m_touched.clear();
    m_poolUsed = 0;
}

} // namespace vexfs::test
