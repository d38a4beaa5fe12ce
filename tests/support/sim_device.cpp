// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sim_device.h"

#include <algorithm>
#include <cstring>

namespace vexfs::test {

namespace {

constexpr size_t kSectorBytes = 512;

} // namespace

const vexfs_dev_ops SimDevice::kOps = {
    .read = [](vexfs_dev *dev, u64 block, u32 count, void *out) {
        return self(dev)->read(block, count, out);
    },
    .write = [](vexfs_dev *dev, u64 block, u32 count, const void *data) {
        return self(dev)->write(block, count, data);
    },
    .flush = [](vexfs_dev *dev) { return self(dev)->flush(); },
    .close = [](vexfs_dev *) {},
};

SimDevice::SimDevice(SimImage image) : m_image(std::move(image))
{
    m_head.dev.ops = &kOps;
    m_head.dev.size_blocks = m_image.size();
    m_head.self = this;
}

SimImage SimDevice::image() const
{
    const std::lock_guard lock(m_mutex);
    return m_image;
}

void SimDevice::beginRecording()
{
    const std::lock_guard lock(m_mutex);
    m_base = m_image;
    m_events.clear();
    m_isRecording = true;
}

size_t SimDevice::eventCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_events.size();
}

SimImage SimDevice::prefixImage(size_t count) const
{
    const std::lock_guard lock(m_mutex);
    SimImage image = m_base;
    for (size_t i = 0; i < std::min(count, m_events.size()); i++) {
        if (!m_events[i].isFlush())
            image[m_events[i].block] = m_events[i].data;
    }
    return image;
}

SimImage SimDevice::reorderedImage(size_t count, Random &random) const
{
    const std::lock_guard lock(m_mutex);
    count = std::min(count, m_events.size());
    size_t durable = count;
    while (durable > 0 && !m_events[durable - 1].isFlush())
        durable--;
    SimImage image = m_base;
    for (size_t i = 0; i < count; i++) {
        const SimEvent &event = m_events[i];
        if (event.isFlush())
            continue;
        const uint64_t fate = i < durable ? 0 : random.below(10);
        if (fate < 5) {
            image[event.block] = event.data;
        } else if (fate < 7) {
            auto torn = std::make_shared<SimBlock>();
            if (image[event.block])
                *torn = *image[event.block];
            const size_t sectors = VEXFS_BLOCK_BYTES / kSectorBytes;
            const size_t cut = kSectorBytes * (1 + random.below(sectors - 1));
            if (random.chance(50))
                std::copy_n(event.data->begin(), cut, torn->begin());
            else
                std::copy(event.data->begin() + cut, event.data->end(), torn->begin() + cut);
            image[event.block] = std::move(torn);
        }
    }
    return image;
}

void SimDevice::failCall(uint64_t nth, unsigned kinds, bool lasting, int error)
{
    const std::lock_guard lock(m_mutex);
    m_callsToFault = nth;
    m_faultKinds = kinds;
    m_isFaultLasting = lasting;
    m_faultError = error;
    m_hasFailed = false;
}

void SimDevice::clearFault()
{
    failCall(0, 0);
}

bool SimDevice::hasFailed() const
{
    const std::lock_guard lock(m_mutex);
    return m_hasFailed;
}

uint64_t SimDevice::callCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_calls;
}

int SimDevice::faultFor(unsigned kind)
{
    m_calls++;
    if (!(m_faultKinds & kind))
        return 0;
    if (m_hasFailed && m_isFaultLasting)
        return m_faultError;
    if (m_callsToFault == 0 || --m_callsToFault != 0)
        return 0;
    m_hasFailed = true;
    return m_faultError;
}

int SimDevice::read(uint64_t block, uint32_t count, void *out)
{
    const std::lock_guard lock(m_mutex);
    if (const int error = faultFor(Reads))
        return error;
    auto *to = static_cast<uint8_t *>(out);
    for (uint32_t i = 0; i < count; i++, to += VEXFS_BLOCK_BYTES) {
        if (const auto &data = m_image[block + i])
            memcpy(to, data->data(), VEXFS_BLOCK_BYTES);
        else
            memset(to, 0, VEXFS_BLOCK_BYTES);
    }
    return 0;
}

int SimDevice::write(uint64_t block, uint32_t count, const void *data)
{
    const std::lock_guard lock(m_mutex);
    const int error = faultFor(Writes);
    // A failed write of several blocks leaves the first half behind, as real disks may.
    const uint32_t written = error ? count / 2 : count;
    const auto *from = static_cast<const uint8_t *>(data);
    for (uint32_t i = 0; i < written; i++, from += VEXFS_BLOCK_BYTES) {
        auto copy = std::make_shared<SimBlock>();
        memcpy(copy->data(), from, VEXFS_BLOCK_BYTES);
        m_image[block + i] = copy;
        if (m_isRecording)
            m_events.push_back({block + i, std::move(copy)});
    }
    return error;
}

int SimDevice::flush()
{
    const std::lock_guard lock(m_mutex);
    if (const int error = faultFor(Flushes))
        return error;
    if (m_isRecording)
        m_events.push_back({});
    return 0;
}

} // namespace vexfs::test
