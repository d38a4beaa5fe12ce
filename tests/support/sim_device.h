// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/random.h"

#include <vexfs/posix_dev.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace vexfs::test {

using SimBlock = std::array<uint8_t, VEXFS_BLOCK_BYTES>;

/// The content of a device; copies share blocks. A null block is zeros.
using SimImage = std::vector<std::shared_ptr<const SimBlock>>;

/// Which blocks of it are not null.
std::vector<uint64_t> writtenBlocks(const SimImage &image);

/// One block written, or a barrier (no data).
struct SimEvent
{
    uint64_t block = 0;
    std::shared_ptr<const SimBlock> data;
    bool isFlush() const { return data == nullptr; }
};

/// A device that records writes block by block and barriers, and fails on demand.
/// Owned by the test; threads may use it at once.
class SimDevice
{
public:
    enum FaultKind : unsigned { Reads = 1, Writes = 2, Flushes = 4 };

    explicit SimDevice(SimImage image);
    explicit SimDevice(uint64_t blocks) : SimDevice(SimImage(blocks)) {}

    vexfs_dev *dev() { return &m_head.dev; }
    void setReadOnly(bool readOnly) { m_head.dev.read_only = readOnly; }

    SimImage image() const;

    /// From now on events are kept; what there is becomes the base of crashImage().
    void beginRecording();
    size_t eventCount() const;
    const std::vector<SimEvent> &events() const { return m_events; }

    /// What is on the medium when exactly the first @p count events happened.
    SimImage prefixImage(size_t count) const;
    /// One of the states that a crash after @p count events may leave: what was flushed is there;
    /// of what was written since, any subset, each block whole, absent, or torn at a sector.
    SimImage reorderedImage(size_t count, Random &random) const;

    /// The @p nth call (1 is the next one) of a kind in @p kinds fails with @p error, and with
    /// @p lasting so do all after it. A failed write may have written some of its blocks.
    void failCall(uint64_t nth, unsigned kinds, bool lasting = false, int error = -EIO);
    void clearFault();
    bool hasFailed() const;

    /// How a device can go wrong and say nothing.
    enum class Deceit {
        DropWrite,      ///< reported as done, never happens
        CorruptWrite,   ///< a byte of it is changed on the way
        MisdirectWrite, ///< lands on another block
        RepeatWrite,    ///< happens again after the next barrier, over what was written since
        CorruptRead,    ///< this once
        MisdirectRead,  ///< another block is returned, this once
    };
    /// The @p nth call (1 is the next one) of the kind that @p deceit is about goes wrong, of its
    /// blocks one; which, and how, @p seed decides.
    void deceive(uint64_t nth, Deceit deceit, uint64_t seed);
    bool hasDeceived() const;
    uint64_t callCount() const;

private:
    struct Head
    {
        vexfs_dev dev;
        SimDevice *self;
    };

    static const vexfs_dev_ops kOps;
    static SimDevice *self(vexfs_dev *dev) { return reinterpret_cast<Head *>(dev)->self; }
    int read(uint64_t block, uint32_t count, void *out);
    int write(uint64_t block, uint32_t count, const void *data);
    int discard(uint64_t block, uint32_t count); ///< recorded as writes of 0xdd
    int flush();
    int faultFor(unsigned kind);
    bool isDeceived(bool isRead);
    void store(uint64_t block, std::shared_ptr<const SimBlock> data);
    void storeDeceived(uint64_t block, std::shared_ptr<SimBlock> data);

    Head m_head{};
    mutable std::mutex m_mutex;
    SimImage m_image;
    SimImage m_base;
    std::vector<SimEvent> m_events;
    bool m_isRecording = false;
    uint64_t m_calls = 0;
    uint64_t m_callsToFault = 0;
    unsigned m_faultKinds = 0;
    bool m_isFaultLasting = false;
    int m_faultError = 0;
    bool m_hasFailed = false;
    Deceit m_deceit = Deceit::DropWrite;
    uint64_t m_callsToDeceit = 0;
    bool m_hasDeceived = false;
    Random m_deceitRandom{0};
    std::vector<SimEvent> m_toRepeat;
};

} // namespace vexfs::test
