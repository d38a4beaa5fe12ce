// SPDX-License-Identifier: Apache-2.0
// Goal: the hash is the published SipHash-2-4, so that other readers of the format agree. Method:
// vectors of the reference implementation (key 00..0f, message 00, 00 01, ...; appendix A of the
// paper for 15 bytes).
extern "C" {
#include "format/hash.h"
}

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace {

TEST(Hash, EqualsTheReferenceVectors)
{
    std::array<uint8_t, 16> key;
    std::array<uint8_t, 16> message;
    std::iota(key.begin(), key.end(), uint8_t(0));
    std::iota(message.begin(), message.end(), uint8_t(0));
    EXPECT_EQ(vexfs_hash(key.data(), message.data(), 0), 0x726fdb47dd0e0e31ull);
    EXPECT_EQ(vexfs_hash(key.data(), message.data(), 1), 0x74f839c593dc67fdull);
    EXPECT_EQ(vexfs_hash(key.data(), message.data(), 8), 0x93f5f5799a932462ull);
    EXPECT_EQ(vexfs_hash(key.data(), message.data(), 15), 0xa129ca6149be45e5ull);
}

TEST(Hash, CookiesArePositiveAndLeaveRoomForDots)
{
    for (uint64_t hash : {0ull, 1ull, 255ull, ~0ull, 1ull << 63}) {
        const uint64_t cookie = vexfs_cookie(hash);
        EXPECT_GE(cookie, VEXFS_COOKIE_PROBES);
        EXPECT_EQ(cookie % VEXFS_COOKIE_PROBES, 0u);
        EXPECT_LE(cookie + VEXFS_COOKIE_PROBES - 1, uint64_t(INT64_MAX));
    }
}

} // namespace
