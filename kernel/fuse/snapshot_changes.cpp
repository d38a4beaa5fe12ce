// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Changes of trees as a whole, which no request of the kernel's asked for.
#include "snapshot_changes.h"

#include <map>
#include <set>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace vexfs::fuse {

namespace {

bool isOfTree(uint64_t node, uint64_t tree)
{
    return !isVirtual(node) && idOfNode(node).tree == tree;
}

/// What is in the directories that the kernel holds, by node.
using Names = std::map<uint64_t, std::set<std::string>>;

void addNames(Driver &driver, uint64_t tree, Names *names)
{
    std::vector<uint64_t> nodes = driver.nodes.all();
    if (tree == VEXFS_VOLUME_TREE_LIVE)
        nodes.push_back(VEXFS_ROOT_INO); // was never looked up
    for (const uint64_t node : nodes) {
        vexfs_attr attr{};
        if (!isOfTree(node, tree) || vexfs_volume_getattr(driver.volume, idOfNode(node), &attr) ||
            !S_ISDIR(attr.mode))
            continue;
        vexfs_volume_readdir(driver.volume, idOfNode(node), 0,
                             [](void *context, const vexfs_entry *entry) {
                                 static_cast<std::set<std::string> *>(context)->emplace(
                                     entry->name, entry->name_bytes);
                                 return true;
                             },
                             &(*names)[node]);
    }
}

/// The kernel writes back what it has of these, and asks again from now on.
void invalidate(Driver &driver, uint64_t tree)
{
    for (const uint64_t node : driver.nodes.all()) {
        if (isOfTree(node, tree))
            fuse_lowlevel_notify_inval_inode(driver.session, node, 0, 0);
    }
    if (tree == VEXFS_VOLUME_TREE_LIVE)
        fuse_lowlevel_notify_inval_inode(driver.session, VEXFS_ROOT_INO, 0, 0);
}

/// The kernel looks up again what is there and what was not. All directories have to be gone
/// through: what is in use stays below a name that is forgotten.
void forgetEntries(Driver &driver, const Names &names)
{
    for (const auto &[directory, entries] : names) {
        for (const std::string &name : entries) {
            if (!isFixed(directory, name))
                fuse_lowlevel_notify_inval_entry(driver.session, directory, name.data(),
                                                 name.size());
        }
    }
}

} // namespace

void changeUnderKernel(Driver &driver, uint64_t tree, std::function<int()> change,
                       std::function<void(int error)> done)
{
    driver.worker.add([&driver, tree, change = std::move(change), done = std::move(done)] {
        Names names;
        addNames(driver, tree, &names);
        invalidate(driver, tree);
        const int error = change();
        if (error == 0) {
            if (tree == VEXFS_VOLUME_TREE_LIVE)
                driver.replacements.fetch_add(1, std::memory_order_relaxed);
            addNames(driver, tree, &names);
            forgetEntries(driver, names);
            invalidate(driver, tree);
        }
        driver.waits.poll();
        done(error);
    });
}

} // namespace vexfs::fuse
