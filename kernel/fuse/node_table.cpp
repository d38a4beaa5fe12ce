// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "node_table.h"

namespace vexfs::fuse {

void NodeTable::add(uint64_t node)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    shard.nodes[node].count++;
}

bool NodeTable::drop(uint64_t node, uint64_t count)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.nodes.find(node);
    if (found == shard.nodes.end())
        return false;
    if (found->second.count > count) {
        found->second.count -= count;
        return false;
    }
    const bool isUnlinked = found->second.isUnlinked;
    shard.nodes.erase(found);
    return isUnlinked;
}

bool NodeTable::unlink(uint64_t node)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.nodes.find(node);
    if (found == shard.nodes.end())
        return true;
    found->second.isUnlinked = true;
    return false;
}

void NodeTable::link(uint64_t node)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.nodes.find(node);
    if (found != shard.nodes.end())
        found->second.isUnlinked = false;
}

std::vector<uint64_t> NodeTable::unlinked()
{
    std::vector<uint64_t> out;
    for (Shard &shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        for (const auto &[number, node] : shard.nodes) {
            if (node.isUnlinked)
                out.push_back(number);
        }
    }
    return out;
}

std::vector<uint64_t> NodeTable::all()
{
    std::vector<uint64_t> out;
    for (Shard &shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        for (const auto &[number, node] : shard.nodes)
            out.push_back(number);
    }
    return out;
}

uint64_t NodeTable::size()
{
    uint64_t count = 0;
    for (Shard &shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        count += shard.nodes.size();
    }
    return count;
}

void OpenWriters::add(uint64_t node)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    shard.rows[node].count++;
}

void OpenWriters::drop(uint64_t node)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.rows.find(node);
    if (found != shard.rows.end() && --found->second.count == 0)
        shard.rows.erase(found);
}

bool OpenWriters::has(uint64_t node)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    return shard.rows.count(node) != 0;
}

void OpenWriters::noteWrite(uint64_t node)
{
    Shard &shard = shardOf(node);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.rows.find(node);
    if (found == shard.rows.end())
        return;
    found->second.isWritten = true;
    m_isAnyWritten.store(true, std::memory_order_relaxed);
}

std::vector<uint64_t> OpenWriters::takeWritten()
{
    std::vector<uint64_t> out;
    if (!m_isAnyWritten.exchange(false, std::memory_order_relaxed))
        return out;
    for (Shard &shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        for (auto &[node, row] : shard.rows) {
            if (row.isWritten)
                out.push_back(node);
            row.isWritten = false;
        }
    }
    return out;
}

} // namespace vexfs::fuse
