// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/segment/packed_memory.h"

#include <cstring>
#include <new>
#include <sys/mman.h>

namespace vexfs::daemon {

namespace {

constexpr size_t kHugePage = 2 << 20;
constexpr size_t kSmallMax = kHugePage;

size_t roundedUp(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

/// Huge pages are only given to what begins at a multiple of their size.
uint8_t *mapAligned(size_t bytes)
{
    void *at = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        throw std::bad_alloc();
    auto *from = static_cast<uint8_t *>(at);
    const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(from) % kHugePage) % kHugePage;
    if (before > 0)
        munmap(from, before);
    if (before < kHugePage)
        munmap(from + before + bytes, kHugePage - before);
    // An advice; where it is not followed, searches are slower.
    madvise(from + before, bytes, MADV_HUGEPAGE);
    return from + before;
}

} // namespace

PackedMemory::~PackedMemory()
{
    if (m_data)
        munmap(m_data, m_mapped);
}

void PackedMemory::resize(size_t bytes)
{
    if (bytes > m_mapped) {
        const size_t step = bytes <= kSmallMax ? 65536 : kHugePage;
        const size_t wanted = roundedUp(bytes > kSmallMax ? bytes + bytes / 4 : bytes * 2, step);
        uint8_t *to = mapAligned(wanted);
        if (m_data) {
            memcpy(to, m_data, m_size);
            munmap(m_data, m_mapped);
        }
        m_data = to;
        m_mapped = wanted;
    }
    m_size = bytes;
}

} // namespace vexfs::daemon
