// SPDX-License-Identifier: Apache-2.0
//
// daemon/map/random.h - the same numbers from the same seed, with any standard library.
//
// SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
#pragma once

#include <cstdint>

namespace vexfs::daemon {

class Random
{
public:
    explicit Random(uint64_t seed) : m_state(seed) {}

    uint64_t next()
    {
        m_state += 0x9e3779b97f4a7c15ULL;
        uint64_t mixed = m_state;
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31U);
    }
    /// 0..count-1; count is not 0 and below 2^32.
    uint32_t below(uint64_t count) { return uint32_t(((next() >> 32U) * count) >> 32U); }
    /// -1..1
    float symmetric() { return float(double(next() >> 11U) * 0x1p-52 - 1.0); }

private:
    uint64_t m_state;
};

} // namespace vexfs::daemon
