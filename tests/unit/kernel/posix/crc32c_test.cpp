// SPDX-License-Identifier: Apache-2.0
// Goal: both ways to a CRC-32C give what RFC 3720 B.4 says, and agree on every length and offset.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include <vexfs/port.h>
#include <vexfs/posix_hooks.h>

namespace {

using Sum = u32 (*)(u32, const void *, size_t);

void expectRfcVectors(Sum sum)
{
    std::vector<u8> bytes(32, 0);
    EXPECT_EQ(sum(0, bytes.data(), 32), 0x8a9136aau);
    bytes.assign(32, 0xff);
    EXPECT_EQ(sum(0, bytes.data(), 32), 0x62a8ab43u);
    std::iota(bytes.begin(), bytes.end(), u8{0});
    EXPECT_EQ(sum(0, bytes.data(), 32), 0x46dd794eu);
    std::iota(bytes.rbegin(), bytes.rend(), u8{0});
    EXPECT_EQ(sum(0, bytes.data(), 32), 0x113fdb5cu);
    const u8 iscsiRead[48] = {0x01, 0xc0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0,    0, 0, 0, 0,
                              0x14, 0,    0, 0, 0, 0, 4, 0,    0, 0, 0, 0x14, 0, 0, 0, 0x18,
                              0x28, 0,    0, 0, 0, 0, 0, 0,    2, 0, 0, 0,    0, 0, 0, 0};
    EXPECT_EQ(sum(0, iscsiRead, 48), 0xd9963a56u);
    EXPECT_EQ(sum(0, "123456789", 9), 0xe3069283u);
    EXPECT_EQ(sum(0, nullptr, 0), 0u);
}

TEST(Crc32c, TableGivesTheVectorsOfTheRfc)
{
    expectRfcVectors(vexfs_posix_crc32c_table);
}

TEST(Crc32c, PortGivesTheVectorsOfTheRfc)
{
    expectRfcVectors(vexfs_port_crc32c);
}

TEST(Crc32c, InstructionAndTableAgree)
{
    if (!vexfs_posix_has_crc32c_sse42()) {
        std::printf("no SSE 4.2 here: the port must use the table\n");
        EXPECT_EQ(vexfs_port_crc32c(0, "abc", 3), vexfs_posix_crc32c_table(0, "abc", 3));
        return;
    }
    std::vector<u8> bytes(600);
    u32 state = 1;
    for (u8 &byte : bytes)
        byte = static_cast<u8>((state = state * 1664525u + 1013904223u) >> 24);
    for (size_t begin = 0; begin < 9; begin++) {
        for (size_t length = 0; length + begin <= bytes.size(); length += 1 + length / 40) {
            ASSERT_EQ(vexfs_posix_crc32c_sse42(7, &bytes[begin], length),
                      vexfs_posix_crc32c_table(7, &bytes[begin], length))
                << begin << " " << length;
        }
    }
}

TEST(Crc32c, ContinuesFromASumBefore)
{
    const u32 first = vexfs_port_crc32c(0, "12345", 5);
    EXPECT_EQ(vexfs_port_crc32c(first, "6789", 4), 0xe3069283u);
}

} // namespace
