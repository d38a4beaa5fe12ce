// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/packed_memory.h - large memory that is read at random.
//
// Aligned, and in huge pages where the system gives them, so that a read costs no second miss for
// its address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vexfs::daemon {

class PackedMemory
{
public:
    PackedMemory() = default;
    PackedMemory(const PackedMemory &) = delete;
    PackedMemory &operator=(const PackedMemory &) = delete;
    ~PackedMemory();

    /// Grows in steps and keeps what is there; new bytes are zero. Throws std::bad_alloc.
    void resize(size_t bytes);

    uint8_t *data() const { return m_data; }
    size_t size() const { return m_size; }

private:
    uint8_t *m_data = nullptr;
    size_t m_size = 0;
    size_t m_mapped = 0;
};

} // namespace vexfs::daemon
