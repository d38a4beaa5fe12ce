// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace vexfs::fuse {

/// How often the kernel holds each node, and which of them have lost their last name.
/// Owned by the driver; any thread.
class NodeTable
{
public:
    /// The kernel was given @p node once more.
    void add(uint64_t node);

    /// The kernel gave @p count holds back. True when none is left and the node has no name: the
    /// caller evicts it.
    [[nodiscard]] bool drop(uint64_t node, uint64_t count);

    /// @p node lost its last name. True when the kernel does not hold it: the caller evicts it.
    [[nodiscard]] bool unlink(uint64_t node);

    /// @p node has a name, maybe for the first time.
    void link(uint64_t node);

    /// All nodes without a name that are still held; for the end of the session.
    std::vector<uint64_t> unlinked();

    /// All nodes that the kernel holds.
    std::vector<uint64_t> all();

    uint64_t size();

private:
    struct Node
    {
        uint64_t count = 0;
        bool isUnlinked = false;
    };

    struct Shard
    {
        std::mutex mutex;
        std::unordered_map<uint64_t, Node> nodes;
    };

    Shard &shardOf(uint64_t node) { return m_shards[node % m_shards.size()]; }

    std::array<Shard, 16> m_shards;
};

/// Which files are open for writing, so that the kernel may have pages of them that were not
/// written back yet, and keeps an old count of their blocks. Owned by the driver; any thread.
class OpenWriters
{
public:
    void add(uint64_t node);
    void drop(uint64_t node);
    bool has(uint64_t node);

    /// Pages of @p node were written back.
    void noteWrite(uint64_t node);

    /// Of which open files that is so, each time once.
    std::vector<uint64_t> takeWritten();

private:
    struct Row
    {
        uint64_t count = 0;
        bool isWritten = false;
    };

    struct Shard
    {
        std::mutex mutex;
        std::unordered_map<uint64_t, Row> rows;
    };

    Shard &shardOf(uint64_t node) { return m_shards[node % m_shards.size()]; }

    std::array<Shard, 16> m_shards;
    std::atomic<bool> m_isAnyWritten{false};
};

} // namespace vexfs::fuse
