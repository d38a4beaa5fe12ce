// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/operation.h"

#include <vexfs/volume.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vexfs::test {

/// What a test read back of one inode; see readTree().
struct NodeState
{
    uint64_t ino = 0;
    vexfs_attr attr{};
    std::string data;
    std::string vectors;
    std::string target;
    std::map<std::string, std::string> xattrs;
};

/// A whole tree as read back: path without leading '/' ("" is the root) to inode.
using TreeState = std::map<std::string, NodeState>;

/// A whole volume as read back: the live tree and the visible snapshots by name.
struct VolumeState
{
    TreeState live;
    std::map<std::string, TreeState> snapshots;
};

/// What a tree should hold: names, content, attributes, in memory. A value; copies are cheap
/// because content is shared.
class ModelTree
{
public:
    ModelTree();

    /// Does @p operation as POSIX says. @p doneBytes limits a write that came out short.
    /// Returns 0 or a negative errno, and then nothing changed.
    int apply(const Operation &operation, uint64_t doneBytes = UINT64_MAX);

    /// What differs between this and @p state, in words; empty when nothing does.
    std::string difference(const TreeState &state) const;

    /// All paths, "" for the root first.
    std::vector<std::string> paths() const;
    bool isDirectory(const std::string &path) const;
    bool isFile(const std::string &path) const;
    uint64_t sizeBytes(const std::string &path) const;
    void setRootOwner(uint32_t uid, uint32_t gid);

private:
    using Bytes = std::shared_ptr<const std::string>;

    struct Node
    {
        uint32_t mode = 0;
        uint32_t nlink = 0;
        uint32_t uid = 0;
        uint32_t gid = 0;
        Bytes data;
        Bytes vectors;
        std::string target;
        std::map<std::string, std::string> xattrs;
        std::map<std::string, uint64_t> entries;
        uint64_t parent = 0;
        std::optional<vexfs_time> mtime; ///< known only when it was set and not touched since
    };

    /// A path taken apart: the directory that holds its last name.
    struct Place
    {
        uint64_t dir = 0;
        std::string name;
        uint64_t ino = 0; ///< 0 when there is no such name
    };

    int find(const std::string &path, uint64_t *ino) const;
    int locate(const std::string &path, Place *place) const;
    int create(const Operation &operation, uint32_t mode);
    int link(const Operation &operation);
    int unlink(const Operation &operation);
    int rmdir(const Operation &operation);
    int rename(const Operation &operation);
    int checkRename(const Place &from, const Place &to, uint32_t flags) const;
    int exchange(const Place &from, const Place &to);
    int createUnnamed(const Operation &operation, uint64_t doneBytes);
    int findFile(const std::string &path, uint64_t *ino) const;
    int allocate(const Operation &operation, uint64_t doneBytes);
    int copyRange(const Operation &operation, uint64_t doneBytes);
    int write(const Operation &operation, uint64_t doneBytes);
    int truncate(const Operation &operation);
    int setAttributes(const Operation &operation);
    int changeXattr(const Operation &operation);
    void dropName(uint64_t dir, const std::string &name);
    void addName(uint64_t dir, const std::string &name, uint64_t ino);
    bool isWithin(uint64_t ino, uint64_t ancestor) const;
    std::string nodeDifference(const Node &node, const NodeState &state) const;

    std::map<uint64_t, Node> m_nodes;
    uint64_t m_nextIno = 2;
};

/// The live tree and its snapshots.
class ModelVolume
{
public:
    int apply(const Operation &operation, uint64_t doneBytes = UINT64_MAX);
    std::string difference(const VolumeState &state) const;

    ModelTree live;
    std::map<std::string, ModelTree> snapshots;

private:
    int rollBack(const std::string &to, const std::string &safety);
};

} // namespace vexfs::test
