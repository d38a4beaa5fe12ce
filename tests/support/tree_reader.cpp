// SPDX-License-Identifier: Apache-2.0
// Reading a volume back, and comparing it with what it should hold.
#include "tests/support/volume_driver.h"

#include <vexfs/check.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <sstream>
#include <sys/stat.h>

namespace vexfs::test {

namespace {

struct Listed
{
    std::string name;
    vexfs_id id;
    u32 type;
    u64 cookie;
};

class Reader
{
public:
    Reader(vexfs_volume *volume, uint64_t tree, TreeState *out)
        : m_volume(volume), m_tree(tree), m_out(out)
    {}

    std::string read();

private:
    std::string fail(const std::string &path, const char *what, int error) const;
    std::string readNode(const std::string &path, vexfs_id id, NodeState *state);
    std::string readFork(const std::string &path, vexfs_id id, u32 fork, uint64_t size,
                         std::string *out);
    std::string readXattrs(const std::string &path, vexfs_id id, NodeState *state);
    std::string readDir(const std::string &path, vexfs_id id, vexfs_id parent);
    std::string checkPath(const std::string &path, vexfs_id id, u32 nlink) const;

    vexfs_volume *m_volume;
    uint64_t m_tree;
    TreeState *m_out;
    std::vector<std::tuple<std::string, vexfs_id, vexfs_id>> m_dirs; // path, itself, its parent
};

std::string Reader::fail(const std::string &path, const char *what, int error) const
{
    return std::string(what) + " of '" + path + "' in tree " + std::to_string(m_tree) +
           " failed: " + strerror(-error);
}

/// In portions of at most 1 MiB, and a byte further than it should go.
std::string Reader::readFork(const std::string &path, vexfs_id id, u32 fork, uint64_t size,
                             std::string *out)
{
    std::string buffer(std::min<uint64_t>(size + 1, 1 << 20), '\0');
    for (;;) {
        u32 got = 0;
        const int error = vexfs_volume_read(m_volume, id, fork, out->size(), buffer.data(),
                                            static_cast<u32>(buffer.size()), &got);
        if (error)
            return fail(path, "read", error);
        out->append(buffer, 0, got);
        if (got < buffer.size())
            return "";
    }
}

std::string Reader::readXattrs(const std::string &path, vexfs_id id, NodeState *state)
{
    u32 bytes = 0;
    int error = vexfs_volume_listxattr(m_volume, id, nullptr, 0, &bytes);
    if (error)
        return fail(path, "listxattr", error);
    std::string names(bytes, '\0');
    if (bytes)
        error = vexfs_volume_listxattr(m_volume, id, names.data(), bytes, &bytes);
    if (error)
        return fail(path, "listxattr", error);
    std::istringstream in(names);
    for (std::string name; std::getline(in, name, '\0');) {
        const u32 nameBytes = static_cast<u32>(name.size());
        error = vexfs_volume_getxattr(m_volume, id, name.data(), nameBytes, nullptr, 0, &bytes);
        std::string value(bytes, '\0');
        if (!error && bytes)
            error = vexfs_volume_getxattr(m_volume, id, name.data(), nameBytes, value.data(), bytes,
                                          &bytes);
        if (error)
            return fail(path, "getxattr", error);
        state->xattrs[name] = value;
    }
    return "";
}

std::string Reader::checkPath(const std::string &path, vexfs_id id, u32 nlink) const
{
    char found[4096];
    for (u32 index = 0; index < nlink; index++) {
        const int error = vexfs_volume_path(m_volume, id, index, found, sizeof(found));
        if (error)
            return fail(path, "path", error);
        if (path == found)
            return "";
    }
    return "no path of the inode is '" + path + "'";
}

std::string Reader::readNode(const std::string &path, vexfs_id id, NodeState *state)
{
    state->ino = id.ino;
    if (const int error = vexfs_volume_getattr(m_volume, id, &state->attr))
        return fail(path, "getattr", error);
    const u32 type = state->attr.mode & S_IFMT;
    std::string problem;
    if (type == S_IFREG) {
        problem = readFork(path, id, 0, state->attr.size_bytes, &state->data);
        if (problem.empty())
            problem = readFork(path, id, 1, state->attr.vectors_bytes, &state->vectors);
    } else if (type == S_IFLNK) {
        char target[4096];
        u32 bytes = 0;
        const int error = vexfs_volume_readlink(m_volume, id, target, sizeof(target), &bytes);
        if (error)
            return fail(path, "readlink", error);
        state->target.assign(target, bytes);
    }
    if (problem.empty())
        problem = readXattrs(path, id, state);
    if (problem.empty())
        problem = checkPath(path, id, type == S_IFDIR ? 1 : state->attr.nlink);
    return problem;
}

std::string Reader::readDir(const std::string &path, vexfs_id id, vexfs_id parent)
{
    std::vector<Listed> rows;
    const int error = vexfs_volume_readdir(
        m_volume, id, 0,
        [](void *context, const vexfs_entry *entry) {
            static_cast<std::vector<Listed> *>(context)->push_back(
                {std::string(entry->name, entry->name_bytes), entry->id, entry->type,
                 entry->cookie});
            return true;
        },
        &rows);
    if (error)
        return fail(path, "readdir", error);
    if (rows.size() < 2 || rows[0].name != "." || rows[1].name != "..")
        return "readdir of '" + path + "' does not begin with . and ..";
    if (rows[1].id.ino != parent.ino)
        return "'..' of '" + path + "' is another directory";
    std::set<std::string> names;
    u64 cookie = 0;
    for (const Listed &row : rows) {
        if (row.cookie <= cookie || !names.insert(row.name).second)
            return "readdir of '" + path + "': cookie or name '" + row.name + "' out of order";
        cookie = row.cookie;
        if (row.name == "." || row.name == "..")
            continue;
        vexfs_id found{};
        vexfs_attr attr{};
        const std::string child = path.empty() ? row.name : path + "/" + row.name;
        const int lookup = vexfs_volume_lookup(m_volume, id, row.name.data(),
                                               static_cast<u32>(row.name.size()), &found, &attr);
        if (lookup)
            return fail(child, "lookup", lookup);
        if (found.ino != row.id.ino || (attr.mode & S_IFMT) != row.type)
            return "readdir and lookup disagree on '" + child + "'";
        const std::string problem = readNode(child, found, &(*m_out)[child]);
        if (!problem.empty())
            return problem;
        if (row.type == S_IFDIR)
            m_dirs.emplace_back(child, found, id);
    }
    return "";
}

std::string Reader::read()
{
    const vexfs_id root{m_tree, VEXFS_ROOT_INO};
    std::string problem = readNode("", root, &(*m_out)[""]);
    m_dirs.emplace_back("", root, root);
    for (size_t i = 0; problem.empty() && i < m_dirs.size(); i++) {
        const auto [path, id, parent] = m_dirs[i];
        problem = readDir(path, id, parent);
    }
    return problem;
}

void report(void *context, const vexfs_finding *finding)
{
    std::ostringstream line;
    line << finding->what << " tree=" << finding->tree << " ino=" << finding->ino
         << " block=" << finding->block << " expected=" << finding->expected
         << " actual=" << finding->actual << " error=" << finding->error << "\n";
    *static_cast<std::string *>(context) += line.str();
}

} // namespace

std::string readTree(vexfs_volume *volume, uint64_t tree, TreeState *out)
{
    return Reader(volume, tree, out).read();
}

std::string readVolume(vexfs_volume *volume, VolumeState *out)
{
    std::string problem = readTree(volume, VEXFS_VOLUME_TREE_LIVE, &out->live);
    std::vector<vexfs_snapshot> rows(64);
    u32 count = 0;
    const int error = vexfs_volume_snapshot_list(volume, 0, 0, rows.data(), 64, &count);
    if (error)
        return std::string("list of snapshots failed: ") + strerror(-error);
    for (u32 i = 0; i < count && problem.empty(); i++) {
        const std::string name(rows[i].name, rows[i].name_bytes);
        problem = readTree(volume, rows[i].id, &out->snapshots[name]);
    }
    return problem;
}

std::string volumeDifference(vexfs_volume *volume, const ModelVolume &model)
{
    VolumeState state;
    const std::string problem = readVolume(volume, &state);
    return problem.empty() ? model.difference(state) : problem;
}

std::string checkImage(const SimImage &image)
{
    SimDevice device(image);
    device.setReadOnly(true);
    return checkDevice(device.dev());
}

std::string checkDevice(vexfs_dev *dev)
{
    std::string findings;
    vexfs_check_options options{};
    options.data = true;
    options.report = report;
    options.context = &findings;
    vexfs_check_result result{};
    const int error = vexfs_check(dev, &options, &result);
    if (error)
        return std::string("vexfs_check failed: ") + strerror(-error);
    if (result.findings && findings.empty())
        return "findings that were not reported";
    return findings;
}

SimImage formattedImage(uint64_t blocks, u32 compress)
{
    SimDevice device(blocks);
    vexfs_format_options options{};
    options.label = "sim";
    options.label_bytes = 3;
    options.compress = compress;
    const int error = vexfs_volume_format(device.dev(), &options);
    if (error) {
        fprintf(stderr, "format failed: %s\n", strerror(-error));
        abort();
    }
    return device.image();
}

} // namespace vexfs::test
