// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_fs.h"

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <sys/stat.h>

namespace vexfs::test {

namespace {

constexpr uint64_t kRoot = 1;

std::vector<std::string> split(const std::string &path)
{
    std::vector<std::string> parts;
    std::istringstream in(path);
    for (std::string part; std::getline(in, part, '/');)
        parts.push_back(part);
    return parts;
}

std::string resized(const std::string &bytes, uint64_t size)
{
    std::string out = bytes;
    out.resize(size);
    return out;
}

} // namespace

ModelTree::ModelTree()
{
    Node root;
    root.mode = S_IFDIR | 0755;
    root.nlink = 2;
    root.parent = kRoot;
    m_nodes[kRoot] = root;
}

void ModelTree::setRootOwner(uint32_t uid, uint32_t gid)
{
    m_nodes[kRoot].uid = uid;
    m_nodes[kRoot].gid = gid;
}

int ModelTree::find(const std::string &path, uint64_t *ino) const
{
    uint64_t at = kRoot;
    for (const std::string &part : split(path)) {
        const Node &node = m_nodes.at(at);
        if (part.size() > VEXFS_NAME_MAX_BYTES)
            return -ENAMETOOLONG;
        if (!S_ISDIR(node.mode))
            return -ENOTDIR;
        const auto entry = node.entries.find(part);
        if (entry == node.entries.end())
            return -ENOENT;
        at = entry->second;
    }
    *ino = at;
    return 0;
}

int ModelTree::locate(const std::string &path, Place *place) const
{
    const size_t slash = path.rfind('/');
    place->name = slash == std::string::npos ? path : path.substr(slash + 1);
    const std::string dir = slash == std::string::npos ? "" : path.substr(0, slash);
    if (const int error = find(dir, &place->dir))
        return error;
    const Node &node = m_nodes.at(place->dir);
    // The order in which the engine looks; POSIX leaves it open.
    if (place->name.size() > VEXFS_NAME_MAX_BYTES)
        return -ENAMETOOLONG;
    if (!S_ISDIR(node.mode))
        return -ENOTDIR;
    const auto entry = node.entries.find(place->name);
    place->ino = entry == node.entries.end() ? 0 : entry->second;
    return 0;
}

int ModelTree::create(const Operation &operation, uint32_t mode)
{
    Place place;
    if (const int error = locate(operation.path, &place))
        return error;
    if (place.ino)
        return -EEXIST;
    const Node &dir = m_nodes.at(place.dir);
    Node node;
    node.mode = mode;
    if (dir.mode & S_ISGID) {
        node.gid = dir.gid;
        if (S_ISDIR(mode))
            node.mode |= S_ISGID;
    }
    node.target = S_ISLNK(mode) ? operation.second : "";
    node.nlink = S_ISDIR(mode) ? 1 : 0; // its own "."; addName() counts the name
    const uint64_t ino = m_nextIno++;
    m_nodes[ino] = node;
    addName(place.dir, place.name, ino);
    return 0;
}

void ModelTree::addName(uint64_t dir, const std::string &name, uint64_t ino)
{
    Node &node = m_nodes.at(ino);
    node.nlink++;
    if (S_ISDIR(node.mode)) {
        node.parent = dir;
        m_nodes.at(dir).nlink++;
    }
    m_nodes.at(dir).entries[name] = ino;
    m_nodes.at(dir).mtime.reset();
}

void ModelTree::dropName(uint64_t dir, const std::string &name)
{
    const uint64_t ino = m_nodes.at(dir).entries.at(name);
    m_nodes.at(dir).entries.erase(name);
    m_nodes.at(dir).mtime.reset();
    Node &node = m_nodes.at(ino);
    node.nlink--;
    if (S_ISDIR(node.mode))
        m_nodes.at(dir).nlink--;
    const bool isGone = S_ISDIR(node.mode) ? node.nlink < 2 : node.nlink == 0;
    if (isGone)
        m_nodes.erase(ino);
}

int ModelTree::link(const Operation &operation)
{
    uint64_t ino = 0;
    Place place;
    if (const int error = find(operation.path, &ino))
        return error;
    if (const int error = locate(operation.second, &place))
        return error;
    // When both hold, POSIX leaves open which is told; the engine looks at the inode first.
    if (S_ISDIR(m_nodes.at(ino).mode))
        return -EPERM;
    if (place.ino)
        return -EEXIST;
    addName(place.dir, place.name, ino);
    return 0;
}

int ModelTree::unlink(const Operation &operation)
{
    Place place;
    if (const int error = locate(operation.path, &place))
        return error;
    if (!place.ino)
        return -ENOENT;
    if (S_ISDIR(m_nodes.at(place.ino).mode))
        return -EISDIR;
    dropName(place.dir, place.name);
    return 0;
}

int ModelTree::rmdir(const Operation &operation)
{
    Place place;
    if (const int error = locate(operation.path, &place))
        return error;
    if (!place.ino)
        return -ENOENT;
    if (!S_ISDIR(m_nodes.at(place.ino).mode))
        return -ENOTDIR;
    if (!m_nodes.at(place.ino).entries.empty())
        return -ENOTEMPTY;
    dropName(place.dir, place.name);
    return 0;
}

bool ModelTree::isWithin(uint64_t ino, uint64_t ancestor) const
{
    while (ino != ancestor && ino != kRoot)
        ino = m_nodes.at(ino).parent;
    return ino == ancestor;
}

int ModelTree::checkRename(const Place &from, const Place &to, uint32_t flags) const
{
    if (!from.ino)
        return -ENOENT;
    if ((flags & VEXFS_RENAME_NOREPLACE) && to.ino)
        return -EEXIST;
    if ((flags & VEXFS_RENAME_EXCHANGE) && !to.ino)
        return -ENOENT;
    const bool isDir = S_ISDIR(m_nodes.at(from.ino).mode);
    if (isDir && isWithin(to.dir, from.ino))
        return -EINVAL;
    if (!to.ino || to.ino == from.ino)
        return 0;
    const Node &target = m_nodes.at(to.ino);
    const bool isOntoDir = S_ISDIR(target.mode);
    if (isOntoDir && isWithin(from.dir, to.ino))
        return flags & VEXFS_RENAME_EXCHANGE ? -EINVAL : isDir ? -ENOTEMPTY : -EISDIR;
    if (flags & VEXFS_RENAME_EXCHANGE)
        return 0;
    if (isDir && !isOntoDir)
        return -ENOTDIR;
    if (!isDir && isOntoDir)
        return -EISDIR;
    return isOntoDir && !target.entries.empty() ? -ENOTEMPTY : 0;
}

int ModelTree::exchange(const Place &from, const Place &to)
{
    m_nodes.at(from.dir).entries[from.name] = to.ino;
    m_nodes.at(to.dir).entries[to.name] = from.ino;
    m_nodes.at(from.dir).mtime.reset();
    m_nodes.at(to.dir).mtime.reset();
    for (const auto &[ino, oldDir, newDir] : {std::tuple{from.ino, from.dir, to.dir},
                                              std::tuple{to.ino, to.dir, from.dir}}) {
        if (!S_ISDIR(m_nodes.at(ino).mode))
            continue;
        m_nodes.at(ino).parent = newDir;
        m_nodes.at(oldDir).nlink--;
        m_nodes.at(newDir).nlink++;
    }
    return 0;
}

int ModelTree::rename(const Operation &operation)
{
    const auto flags = static_cast<uint32_t>(operation.number);
    Place from;
    Place to;
    if (const int error = locate(operation.path, &from))
        return error;
    if (const int error = locate(operation.second, &to))
        return error;
    if (const int error = checkRename(from, to, flags))
        return error;
    if (from.ino == to.ino)
        return 0;
    if (flags & VEXFS_RENAME_EXCHANGE)
        return exchange(from, to);
    if (to.ino)
        dropName(to.dir, to.name);
    addName(to.dir, to.name, from.ino);
    // Not dropName(): the inode has its new name already and must not be freed.
    Node &node = m_nodes.at(from.ino);
    m_nodes.at(from.dir).entries.erase(from.name);
    m_nodes.at(from.dir).mtime.reset();
    node.nlink--;
    if (S_ISDIR(node.mode))
        m_nodes.at(from.dir).nlink--;
    if (flags & VEXFS_RENAME_WHITEOUT) {
        Node whiteout;
        whiteout.mode = S_IFCHR;
        if (m_nodes.at(from.dir).mode & S_ISGID)
            whiteout.gid = m_nodes.at(from.dir).gid;
        m_nodes[m_nextIno] = whiteout;
        addName(from.dir, from.name, m_nextIno++);
    }
    return 0;
}

int ModelTree::write(const Operation &operation, uint64_t doneBytes)
{
    uint64_t ino = 0;
    if (const int error = find(operation.path, &ino))
        return error;
    Node &node = m_nodes.at(ino);
    if (S_ISDIR(node.mode))
        return -EISDIR;
    if (!S_ISREG(node.mode))
        return -EINVAL;
    const bool isVectors = operation.kind == OpKind::WriteVectors;
    Bytes &bytes = isVectors ? node.vectors : node.data;
    const std::string content = operation.content().substr(0, doneBytes);
    std::string next = bytes ? *bytes : "";
    if (!content.empty() && next.size() < operation.offset + content.size())
        next.resize(operation.offset + content.size());
    next.replace(content.empty() ? 0 : operation.offset, content.size(), content);
    bytes = std::make_shared<const std::string>(std::move(next));
    if (!isVectors && !content.empty())
        node.mtime.reset();
    return 0;
}

int ModelTree::createUnnamed(const Operation &operation, uint64_t doneBytes)
{
    if (const int error = create(operation, S_IFREG | (operation.number & 0777)))
        return error;
    Operation write = operation;
    write.kind = OpKind::Write;
    write.offset = 0;
    return this->write(write, doneBytes);
}

int ModelTree::findFile(const std::string &path, uint64_t *ino) const
{
    if (const int error = find(path, ino))
        return error;
    const uint32_t mode = m_nodes.at(*ino).mode;
    if (S_ISDIR(mode))
        return -EISDIR;
    return S_ISREG(mode) ? 0 : -EINVAL;
}

int ModelTree::allocate(const Operation &operation, uint64_t doneBytes)
{
    uint64_t ino = 0;
    if (const int error = find(operation.path, &ino))
        return error;
    if (operation.number == 0)
        return -EINVAL;
    if (const int error = findFile(operation.path, &ino))
        return error;
    Node &node = m_nodes.at(ino);
    const OpKind kind = operation.kind;
    const uint64_t done = std::min(doneBytes, operation.number);
    std::string next = node.data ? *node.data : "";
    const bool grows = kind == OpKind::Reserve || kind == OpKind::ZeroRange;
    if (grows && done == operation.number && next.size() < operation.offset + done)
        next.resize(operation.offset + done);
    const bool clears = kind != OpKind::Reserve && kind != OpKind::ReserveKeep;
    if (clears && operation.offset < next.size()) {
        const uint64_t bytes = std::min<uint64_t>(done, next.size() - operation.offset);
        next.replace(operation.offset, bytes, bytes, '\0');
    }
    node.data = std::make_shared<const std::string>(std::move(next));
    node.mtime.reset();
    return 0;
}

int ModelTree::copyRange(const Operation &operation, uint64_t doneBytes)
{
    uint64_t from = 0;
    uint64_t to = 0;
    if (const int error = find(operation.path, &from))
        return error;
    if (const int error = find(operation.second, &to))
        return error;
    const bool isApart = operation.offset >= operation.target + operation.number ||
                         operation.target >= operation.offset + operation.number;
    if (from == to && !isApart)
        return -EINVAL;
    if (operation.number == 0)
        return 0;
    if (const int error = findFile(operation.second, &to))
        return error;
    if (const int error = findFile(operation.path, &from))
        return error;
    const Bytes &source = m_nodes.at(from).data;
    if (!source || operation.offset >= source->size())
        return 0;
    const std::string bytes =
        source->substr(operation.offset, std::min(doneBytes, operation.number));
    Node &node = m_nodes.at(to);
    std::string next = node.data ? *node.data : "";
    if (next.size() < operation.target + bytes.size())
        next.resize(operation.target + bytes.size());
    next.replace(operation.target, bytes.size(), bytes);
    node.data = std::make_shared<const std::string>(std::move(next));
    node.mtime.reset();
    return 0;
}

int ModelTree::truncate(const Operation &operation)
{
    uint64_t ino = 0;
    if (const int error = find(operation.path, &ino))
        return error;
    Node &node = m_nodes.at(ino);
    if (S_ISDIR(node.mode))
        return -EISDIR;
    if (!S_ISREG(node.mode))
        return -EINVAL;
    const bool isVectors = operation.kind == OpKind::TruncateVectors;
    Bytes &bytes = isVectors ? node.vectors : node.data;
    bytes = std::make_shared<const std::string>(resized(bytes ? *bytes : "", operation.offset));
    if (!isVectors)
        node.mtime.reset();
    return 0;
}

int ModelTree::setAttributes(const Operation &operation)
{
    uint64_t ino = 0;
    if (const int error = find(operation.path, &ino))
        return error;
    Node &node = m_nodes.at(ino);
    if (operation.kind == OpKind::Chmod)
        node.mode = (node.mode & S_IFMT) | (operation.number & 07777);
    if (operation.kind == OpKind::Chown) {
        node.uid = static_cast<uint32_t>(operation.number);
        node.gid = static_cast<uint32_t>(operation.offset);
    }
    if (operation.kind == OpKind::Utimes) {
        node.mtime = vexfs_time{static_cast<s64>(operation.offset),
                                static_cast<u32>(operation.number)};
    }
    return 0;
}

int ModelTree::changeXattr(const Operation &operation)
{
    uint64_t ino = 0;
    if (const int error = find(operation.path, &ino))
        return error;
    auto &xattrs = m_nodes.at(ino).xattrs;
    if (operation.kind == OpKind::SetXattr) {
        if (operation.offset == VEXFS_XATTR_CREATE && xattrs.count(operation.second))
            return -EEXIST;
        if (operation.offset == VEXFS_XATTR_REPLACE && !xattrs.count(operation.second))
            return -ENODATA;
        xattrs[operation.second] = operation.content();
        return 0;
    }
    return xattrs.erase(operation.second) ? 0 : -ENODATA;
}

int ModelTree::apply(const Operation &operation, uint64_t doneBytes)
{
    switch (operation.kind) {
    case OpKind::Mkdir: return create(operation, S_IFDIR | (operation.number & 07777));
    case OpKind::CreateFile: return create(operation, S_IFREG | (operation.number & 07777));
    case OpKind::Symlink: return create(operation, S_IFLNK | 0777);
    case OpKind::Mkfifo: return create(operation, S_IFIFO | (operation.number & 07777));
    case OpKind::Link: return link(operation);
    case OpKind::Unlink:
    case OpKind::UnlinkHeld: return unlink(operation);
    case OpKind::Rmdir: return rmdir(operation);
    case OpKind::Rename: return rename(operation);
    case OpKind::Write:
    case OpKind::WriteVectors: return write(operation, doneBytes);
    case OpKind::Truncate:
    case OpKind::TruncateVectors: return truncate(operation);
    case OpKind::Chmod:
    case OpKind::Chown:
    case OpKind::Utimes: return setAttributes(operation);
    case OpKind::SetXattr:
    case OpKind::RemoveXattr: return changeXattr(operation);
    case OpKind::Fsync: {
        uint64_t ino = 0;
        return find(operation.path, &ino);
    }
    case OpKind::CreateUnnamed: return createUnnamed(operation, doneBytes);
    case OpKind::Reserve:
    case OpKind::ReserveKeep:
    case OpKind::Punch:
    case OpKind::ZeroRange:
    case OpKind::ZeroRangeKeep: return allocate(operation, doneBytes);
    case OpKind::CopyRange: return copyRange(operation, doneBytes);
    default: return 0;
    }
}

std::vector<std::string> ModelTree::paths() const
{
    std::vector<std::string> out{""};
    for (size_t i = 0; i < out.size(); i++) {
        uint64_t ino = 0;
        if (find(out[i], &ino) != 0)
            continue;
        const std::string prefix = out[i].empty() ? "" : out[i] + "/";
        for (const auto &[name, child] : m_nodes.at(ino).entries)
            out.push_back(prefix + name);
    }
    return out;
}

bool ModelTree::isDirectory(const std::string &path) const
{
    uint64_t ino = 0;
    return find(path, &ino) == 0 && S_ISDIR(m_nodes.at(ino).mode);
}

bool ModelTree::isFile(const std::string &path) const
{
    uint64_t ino = 0;
    return find(path, &ino) == 0 && S_ISREG(m_nodes.at(ino).mode);
}

uint64_t ModelTree::sizeBytes(const std::string &path) const
{
    uint64_t ino = 0;
    if (find(path, &ino) != 0 || !m_nodes.at(ino).data)
        return 0;
    return m_nodes.at(ino).data->size();
}

std::string ModelTree::nodeDifference(const Node &node, const NodeState &state) const
{
    std::ostringstream out;
    const auto number = [&out](const char *what, uint64_t expected, uint64_t actual) {
        if (expected != actual)
            out << what << " should be " << expected << " but is " << actual << "; ";
    };
    const auto bytes = [&out](const char *what, const std::string &expected,
                              const std::string &actual) {
        if (expected == actual)
            return;
        size_t at = 0;
        while (at < expected.size() && at < actual.size() && expected[at] == actual[at])
            at++;
        out << what << " differs at " << at << " (should have " << expected.size() << " bytes, has "
            << actual.size() << "); ";
    };
    number("mode", node.mode, state.attr.mode);
    number("nlink", node.nlink, state.attr.nlink);
    number("uid", node.uid, state.attr.uid);
    number("gid", node.gid, state.attr.gid);
    if (S_ISREG(node.mode)) {
        number("size", node.data ? node.data->size() : 0, state.attr.size_bytes);
        number("vectors size", node.vectors ? node.vectors->size() : 0, state.attr.vectors_bytes);
    }
    if (node.mtime) {
        number("mtime", static_cast<uint64_t>(node.mtime->sec),
               static_cast<uint64_t>(state.attr.mtime.sec));
        number("mtime ns", node.mtime->nsec, state.attr.mtime.nsec);
    }
    bytes("data", node.data ? *node.data : "", state.data);
    bytes("vectors", node.vectors ? *node.vectors : "", state.vectors);
    bytes("target", node.target, state.target);
    if (node.xattrs != state.xattrs)
        out << "xattrs differ (" << node.xattrs.size() << " and " << state.xattrs.size() << "); ";
    return out.str();
}

std::string ModelTree::difference(const TreeState &state) const
{
    std::map<uint64_t, uint64_t> inoOfModel;
    const std::vector<std::string> expected = paths();
    for (const std::string &path : expected) {
        const auto found = state.find(path);
        if (found == state.end())
            return "'" + path + "' is missing";
        uint64_t ino = 0;
        if (find(path, &ino) != 0)
            return "'" + path + "' is lost in the model";
        const auto known = inoOfModel.emplace(ino, found->second.ino);
        if (known.first->second != found->second.ino)
            return "'" + path + "' should be another link of an inode, but is one of its own";
        const std::string text = nodeDifference(m_nodes.at(ino), found->second);
        if (!text.empty())
            return "'" + path + "': " + text;
    }
    if (state.size() == expected.size())
        return "";
    for (const auto &[path, node] : state) {
        uint64_t ino = 0;
        if (find(path, &ino) != 0)
            return "'" + path + "' should not exist";
    }
    return "more names than there should be";
}

int ModelVolume::apply(const Operation &operation, uint64_t doneBytes)
{
    if (operation.kind == OpKind::SnapshotCreate)
        return snapshots.emplace(operation.path, live).second ? 0 : -EEXIST;
    if (operation.kind == OpKind::SnapshotDelete)
        return snapshots.erase(operation.path) ? 0 : -ENOENT;
    if (operation.kind == OpKind::SnapshotRename) {
        const auto found = snapshots.find(operation.path);
        if (found == snapshots.end())
            return -ENOENT;
        if (operation.second == operation.path)
            return 0;
        if (!snapshots.emplace(operation.second, found->second).second)
            return -EEXIST;
        snapshots.erase(operation.path);
        return 0;
    }
    if (operation.kind == OpKind::Rollback)
        return rollBack(operation.path, operation.second);
    return live.apply(operation, doneBytes);
}

int ModelVolume::rollBack(const std::string &to, const std::string &safety)
{
    const auto found = snapshots.find(to);
    if (found == snapshots.end())
        return -ENOENT;
    if (!snapshots.emplace(safety, live).second)
        return -EEXIST;
    live = found->second;
    return 0;
}

std::string ModelVolume::difference(const VolumeState &state) const
{
    const std::string problem = live.difference(state.live);
    if (!problem.empty())
        return problem;
    for (const auto &[name, tree] : snapshots) {
        const auto found = state.snapshots.find(name);
        if (found == state.snapshots.end())
            return "snapshot '" + name + "' is missing";
        const std::string text = tree.difference(found->second);
        if (!text.empty())
            return "snapshot '" + name + "': " + text;
    }
    return state.snapshots.size() == snapshots.size() ? "" : "more snapshots than there should be";
}

} // namespace vexfs::test
