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
    .discard = [](vexfs_dev *dev, u64 block, u32 count) {
        return self(dev)->discard(block, count);
    },
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

void SimDevice::deceive(uint64_t nth, Deceit deceit, uint64_t seed)
{
    const std::lock_guard lock(m_mutex);
    m_callsToDeceit = nth;
    m_deceit = deceit;
    m_hasDeceived = false;
    m_deceitRandom = Random(seed);
}

bool SimDevice::hasDeceived() const
{
    const std::lock_guard lock(m_mutex);
    return m_hasDeceived;
}

bool SimDevice::isDeceived(bool isRead)
{
    const bool isOfReads = m_deceit == Deceit::CorruptRead || m_deceit == Deceit::MisdirectRead;
    if (isRead != isOfReads || m_callsToDeceit == 0 || --m_callsToDeceit != 0)
        return false;
    m_hasDeceived = true;
    return true;
}

void SimDevice::store(uint64_t block, std::shared_ptr<const SimBlock> data)
{
    m_image[block] = data;
    if (m_isRecording)
        m_events.push_back({block, std::move(data)});
}

void SimDevice::storeDeceived(uint64_t block, std::shared_ptr<SimBlock> data)
{
    switch (m_deceit) {
    case Deceit::CorruptWrite:
        (*data)[m_deceitRandom.below(VEXFS_BLOCK_BYTES)] ^=
            static_cast<uint8_t>(1 + m_deceitRandom.below(255));
        store(block, std::move(data));
        break;
    case Deceit::MisdirectWrite:
        store(m_deceitRandom.below(m_image.size()), std::move(data));
        break;
    case Deceit::RepeatWrite:
        store(block, data);
        m_toRepeat.push_back({block, std::move(data)});
        break;
    default:
        break; // dropped
    }
}

int SimDevice::read(uint64_t block, uint32_t count, void *out)
{
    const std::lock_guard lock(m_mutex);
    if (const int error = faultFor(Reads))
        return error;
    auto *to = static_cast<uint8_t *>(out);
    const bool deceived = isDeceived(true);
    if (deceived && m_deceit == Deceit::MisdirectRead)
        block = m_deceitRandom.below(m_image.size() - count);
    auto *const corrupted = to + m_deceitRandom.below(count * VEXFS_BLOCK_BYTES);
    for (uint32_t i = 0; i < count; i++, to += VEXFS_BLOCK_BYTES) {
        if (const auto &data = m_image[block + i])
            memcpy(to, data->data(), VEXFS_BLOCK_BYTES);
        else
            memset(to, 0, VEXFS_BLOCK_BYTES);
    }
    if (deceived && m_deceit == Deceit::CorruptRead)
        *corrupted ^= 0x5a;
    return 0;
}

int SimDevice::write(uint64_t block, uint32_t count, const void *data)
{
    const std::lock_guard lock(m_mutex);
    const int error = faultFor(Writes);
    // A failed write of several blocks leaves the first half behind, as real disks may.
    const uint32_t written = error ? count / 2 : count;
    const auto *from = static_cast<const uint8_t *>(data);
    const uint32_t deceived =
        isDeceived(false) ? static_cast<uint32_t>(m_deceitRandom.below(count)) : count;
    for (uint32_t i = 0; i < written; i++, from += VEXFS_BLOCK_BYTES) {
        auto copy = std::make_shared<SimBlock>();
        memcpy(copy->data(), from, VEXFS_BLOCK_BYTES);
        if (i == deceived)
            storeDeceived(block + i, std::move(copy));
        else
            store(block + i, std::move(copy));
    }
    return error;
}

int SimDevice::discard(uint64_t block, uint32_t count)
{
    const std::lock_guard lock(m_mutex);
    if (const int error = faultFor(Writes))
        return error;
    static const auto kGone = [] {
        auto bytes = std::make_shared<SimBlock>();
        bytes->fill(0xdd);
        return bytes;
    }();
    for (uint32_t i = 0; i < count; i++)
        store(block + i, kGone);
    return 0;
}

int SimDevice::flush()
{
    const std::lock_guard lock(m_mutex);
    if (const int error = faultFor(Flushes))
        return error;
    if (m_isRecording)
        m_events.push_back({});
    for (const SimEvent &event : m_toRepeat)
        store(event.block, event.data);
    m_toRepeat.clear();
    return 0;
}

std::vector<uint64_t> writtenBlocks(const SimImage &image)
{
    std::vector<uint64_t> blocks;
    for (uint64_t block = 0; block < image.size(); block++) {
        if (image[block])
            blocks.push_back(block);
    }
    return blocks;
}

} // namespace vexfs::test
