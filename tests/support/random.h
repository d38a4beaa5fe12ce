// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace vexfs::test {

/// A small generator (splitmix64) whose sequence is the same on every machine.
class Random
{
public:
    explicit Random(uint64_t seed) : m_state(seed) {}

    uint64_t next()
    {
        uint64_t z = (m_state += 0x9e3779b97f4a7c15ull);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }

    /// 0 .. limit - 1.
    uint64_t below(uint64_t limit) { return limit ? next() % limit : 0; }

    bool chance(unsigned percent) { return below(100) < percent; }

    std::string bytes(size_t count)
    {
        std::string out(count, '\0');
        for (char &c : out)
            c = static_cast<char>(next());
        return out;
    }

private:
    uint64_t m_state;
};

/// The seed of a randomised test: VEXFS_TEST_SEED or @p standard; printed, to be repeated.
inline uint64_t testSeed(uint64_t standard)
{
    const char *given = getenv("VEXFS_TEST_SEED");
    const uint64_t seed = given ? strtoull(given, nullptr, 0) : standard;
    printf("seed=%llu\n", static_cast<unsigned long long>(seed));
    return seed;
}

/// Whether the long variants are wanted (tests/run --full).
inline bool isFullRun()
{
    return getenv("VEXFS_TEST_FULL") != nullptr;
}

/// Whether this program is slowed down by a sanitizer: exhaustive searches are for those that are
/// not, since a sanitizer finds nothing new in the millionth state.
constexpr bool isSanitized()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    return false;
#endif
}

} // namespace vexfs::test
