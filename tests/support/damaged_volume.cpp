// SPDX-License-Identifier: Apache-2.0
#include "tests/support/damaged_volume.h"

#include <algorithm>
#include <cerrno>

namespace vexfs::test {

bool isReported(int error)
{
    return error == -EIO || error == -EBADMSG || error == -EUCLEAN;
}

namespace {

/// Reads one inode of the damaged volume and compares it with what it was.
std::string compareNode(vexfs_volume *volume, vexfs_id id, const NodeState &state)
{
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(volume, id, &attr))
        return isReported(error) ? "" : "getattr gives " + std::to_string(error);
    if (attr.mode != state.attr.mode || attr.size_bytes != state.attr.size_bytes)
        return "wrong attributes";
    std::string buffer(65536, '\0');
    for (u32 fork = 0; fork < 2; fork++) {
        const std::string &wanted = fork ? state.vectors : state.data;
        for (size_t at = 0; at < wanted.size(); at += buffer.size()) {
            u32 got = 0;
            const int error = vexfs_volume_read(volume, id, fork, at, buffer.data(),
                                                static_cast<u32>(buffer.size()), &got);
            if (error && !isReported(error))
                return "read gives " + std::to_string(error);
            if (!error && buffer.compare(0, got, wanted, at, buffer.size()) != 0)
                return "wrong data";
        }
    }
    return "";
}

} // namespace

std::string readableDifference(vexfs_volume *volume, const TreeState &tree)
{
    for (const auto &[path, state] : tree) {
        vexfs_id id{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
        int error = 0;
        for (size_t at = 0; at < path.size() && !error;) {
            const size_t slash = std::min(path.find('/', at), path.size());
            vexfs_attr attr{};
            error = vexfs_volume_lookup(volume, id, path.data() + at,
                                        static_cast<u32>(slash - at), &id, &attr);
            at = slash + 1;
        }
        if (error && !isReported(error))
            return "lookup of '" + path + "' gives " + std::to_string(error);
        const std::string problem = error ? "" : compareNode(volume, id, state);
        if (!problem.empty())
            return "'" + path + "': " + problem;
    }
    return "";
}

} // namespace vexfs::test
