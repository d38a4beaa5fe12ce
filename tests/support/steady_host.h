// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vexfs::test {

/// While one lives, the engine's clock and random numbers are the same in every run, so that the
/// same operations write the same bytes and a state can be named and made again. One at a time.
class SteadyHost
{
public:
    SteadyHost() { restart(1); }
    ~SteadyHost();
    SteadyHost(const SteadyHost &) = delete;
    SteadyHost &operator=(const SteadyHost &) = delete;

    /// Begins again: each number begins another sequence of times and random bytes.
    static void restart(uint64_t seed);
};

} // namespace vexfs::test
