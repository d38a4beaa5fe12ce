// SPDX-License-Identifier: Apache-2.0
// Goal: a node is a sorted map of bytes whatever is done to it, and damage to its structure is
// seen.
// Method: random insertions, removals, resizes and splits beside a std::map; flips of header bytes.
extern "C" {
#include "format/node.h"
}

#include "tests/support/random.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>
#include <vector>

namespace {

using Key = std::tuple<uint64_t, uint8_t, uint64_t>;
using Bytes = std::vector<uint8_t>;
const uint8_t kUuid[16] = {1, 2, 3};

vexfs_key diskKey(const Key &key)
{
    return vexfs_key_make(std::get<0>(key), std::get<1>(key), std::get<2>(key));
}

class Node : public testing::Test
{
protected:
    void SetUp() override { vexfs_node_init(m_node.data(), 0, 1, kUuid); }

    vexfs_ptr pointer() const
    {
        vexfs_ptr ptr{};
        return ptr;
    }

    static void expectSame(const void *node, const std::map<Key, Bytes> &expected)
    {
        vexfs_ptr ptr{};
        ASSERT_EQ(vexfs_node_verify(node, &ptr, kUuid), 0);
        ASSERT_EQ(vexfs_node_count(node), expected.size());
        uint32_t index = 0;
        for (const auto &[key, bytes] : expected) {
            const vexfs_key wanted = diskKey(key), is = vexfs_node_key(node, index);
            ASSERT_EQ(vexfs_key_compare(&wanted, &is), 0);
            const uint8_t *data = vexfs_node_data(node, index);
            ASSERT_EQ(Bytes(data, data + vexfs_node_data_bytes(node, index)), bytes);
            ++index;
        }
    }

    alignas(16) std::array<uint8_t, VEXFS_NODE_BYTES> m_node{};
};

TEST_F(Node, IsAMapOfBytes)
{
    vexfs::test::Random random(42);
    std::map<Key, Bytes> model;
    for (int step = 0; step < 20000; ++step) {
        const Key key{random.below(6), uint8_t(random.below(3)), random.below(9)};
        const vexfs_key k = diskKey(key);
        bool exact = false;
        const uint32_t index = vexfs_node_find(m_node.data(), &k, &exact);
        ASSERT_EQ(exact, model.count(key) == 1);
        Bytes bytes(random.below(700));
        for (auto &byte : bytes)
            byte = uint8_t(random.below(256));
        if (!exact && vexfs_node_free_bytes(m_node.data()) >= bytes.size() + 24) {
            vexfs_node_insert(m_node.data(), index, &k, bytes.data(), uint32_t(bytes.size()));
            model[key] = bytes;
        } else if (exact && random.below(2)) {
            vexfs_node_remove(m_node.data(), index);
            model.erase(key);
        } else if (exact) {
            Bytes &old = model[key];
            if (bytes.size() > old.size() + vexfs_node_free_bytes(m_node.data()))
                continue;
            const size_t kept = std::min(old.size(), bytes.size());
            vexfs_node_resize(m_node.data(), index, uint32_t(bytes.size()));
            old.resize(bytes.size());
            std::copy(bytes.begin() + long(kept), bytes.end(),
                      vexfs_node_data(m_node.data(), index) + kept);
            std::copy(bytes.begin() + long(kept), bytes.end(), old.begin() + long(kept));
        }
        if (step % 100 == 0)
            expectSame(m_node.data(), model);
    }
    expectSame(m_node.data(), model);
}

TEST_F(Node, SplitsAndJoinsWithoutLoss)
{
    std::map<Key, Bytes> model;
    for (uint64_t i = 0; i < 60; ++i) {
        const Key key{i, 1, 0};
        const vexfs_key k = diskKey(key);
        model[key] = Bytes(i * 3, uint8_t(i));
        vexfs_node_insert(m_node.data(), uint32_t(i), &k, model[key].data(), uint32_t(i * 3));
    }
    std::array<uint8_t, VEXFS_NODE_BYTES> right{};
    vexfs_node_init(right.data(), 0, 1, kUuid);
    vexfs_node_move_tail(m_node.data(), 25, right.data());
    EXPECT_EQ(vexfs_node_count(m_node.data()), 25u);
    EXPECT_EQ(vexfs_node_count(right.data()), 35u);
    vexfs_node_append_all(m_node.data(), right.data());
    expectSame(m_node.data(), model);
}

TEST_F(Node, DamageIsSeen)
{
    for (uint64_t i = 0; i < 20; ++i) {
        const vexfs_key k = vexfs_key_make(i, 1, 0);
        vexfs_node_insert(m_node.data(), uint32_t(i), &k, nullptr, 50);
    }
    const vexfs_ptr ptr{};
    ASSERT_EQ(vexfs_node_verify(m_node.data(), &ptr, kUuid), 0);
    for (const size_t at : {0u, 4u, 6u, 7u, 8u, 16u, 32u}) {
        m_node[at] ^= 0x81;
        EXPECT_EQ(vexfs_node_verify(m_node.data(), &ptr, kUuid), -EUCLEAN) << at;
        m_node[at] ^= 0x81;
    }
    // Items: keys out of order, data that overlaps or lies outside.
    for (const size_t at : {64u + 24 * 3 + 7, 64u + 24 * 3 + 18, 64u + 24 * 3 + 20}) {
        m_node[at] ^= 0x81;
        EXPECT_EQ(vexfs_node_verify(m_node.data(), &ptr, kUuid), -EUCLEAN) << at;
        m_node[at] ^= 0x81;
    }
}

} // namespace
