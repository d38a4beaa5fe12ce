// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/sim_device.h"

#include <vexfs/posix_dev.h>

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

namespace vexfs::test {

/// A device over an image that is shared and never copied: what is put or written over it is
/// forgotten again by reset(). For one thread. The image must outlive it.
class OverlayDevice
{
public:
    explicit OverlayDevice(const SimImage &base);
    OverlayDevice(const OverlayDevice &) = delete;
    OverlayDevice &operator=(const OverlayDevice &) = delete;

    vexfs_dev *dev() { return &m_head.dev; }
    void setReadOnly(bool readOnly) { m_head.dev.read_only = readOnly; }

    /// Changes what reset() goes back to. @p data must outlive the device; null is zeros.
    void settle(uint64_t block, const uint8_t *data);
    /// Shows @p data, which must outlive the next reset(), at @p block.
    void put(uint64_t block, const uint8_t *data);
    /// A private copy of what is at @p block, to be changed in place until reset().
    uint8_t *edit(uint64_t block);
    /// What is at @p block now.
    const uint8_t *at(uint64_t block) const;
    void reset();

    /// Blocks that are read from now on go into @p blocks; null ends it.
    void trackReads(std::set<uint64_t> *blocks) { m_reads = blocks; }

private:
    struct Head
    {
        vexfs_dev dev;
        OverlayDevice *self;
    };

    static const vexfs_dev_ops kOps;
    static OverlayDevice *self(vexfs_dev *dev) { return reinterpret_cast<Head *>(dev)->self; }
    void touch(uint64_t block);

    Head m_head{};
    std::vector<const uint8_t *> m_settled;
    std::vector<const uint8_t *> m_view;
    std::vector<uint8_t> m_state; ///< by block: untouched, put, or private
    std::vector<uint64_t> m_touched;
    std::vector<std::unique_ptr<SimBlock>> m_pool;
    size_t m_poolUsed = 0;
    std::set<uint64_t> *m_reads = nullptr;
};

} // namespace vexfs::test
