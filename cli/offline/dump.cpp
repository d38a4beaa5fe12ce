// SPDX-License-Identifier: Apache-2.0
// vexfs-dump: the raw structures of a volume that is not mounted, for people who debug.
#include "cli/offline/item_text.h"
#include "cli/offline/tools.h"
#include "cli/offline/volume_file.h"

#include <vexfs/inspect.h>
#include <vexfs/posix_identify.h>
#include <vexfs/volume.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace vexfs::cli {

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr uint32_t kSlots = 2 * VEXFS_SUPER_SLOTS;

void printSuper(std::ostream &out, const vexfs_disk_super &super)
{
    uint8_t uuid[16];
    memcpy(uuid, super.uuid, sizeof(uuid));
    const auto number = [&out](const char *name, uint64_t value) {
        out << "    " << name << ": " << value << "\n";
    };
    const auto *label = reinterpret_cast<const char *>(super.label);
    out << "    uuid: " << uuidText(uuid) << "\n    label: "
        << quoted(label, strnlen(label, sizeof(super.label))) << "\n    made: "
        << timeText(static_cast<int64_t>(vexfs_get64(super.created_ns) / 1000000000)) << "\n";
    number("format version", vexfs_get32(super.format_version));
    number("sequence", vexfs_get64(super.sequence));
    number("generation", vexfs_get64(super.generation));
    number("generation limit", vexfs_get64(super.generation_limit));
    number("live generation", vexfs_get64(super.live_generation));
    number("blocks", vexfs_get64(super.total_blocks));
    number("node bytes", vexfs_get32(super.node_bytes));
    number("compat", vexfs_get64(super.compat));
    number("ro-compat", vexfs_get64(super.ro_compat));
    number("incompat", vexfs_get64(super.incompat));
    number("log block", vexfs_get64(super.log_block));
    number("log blocks", vexfs_get32(super.log_blocks));
    number("next tree", vexfs_get64(super.next_tree_id));
    number("next dead", vexfs_get64(super.next_dead_id));
    out << "    root tree: " << pointerText(super.root_tree) << "\n";
}

int dumpSupers(vexfs_dev *device, std::ostream &out)
{
    uint64_t newest = 0;
    bool hasAny = false;
    vexfs_disk_super best{};
    for (uint32_t slot = 0; slot < kSlots; slot++) {
        u64 block = 0;
        vexfs_disk_super super{};
        const int error = vexfs_inspect_super(device, slot, &block, &super);
        out << (slot < VEXFS_SUPER_SLOTS ? "front" : "back") << " superblock "
            << slot % VEXFS_SUPER_SLOTS << " at block " << block << ": ";
        if (error) {
            out << (error == -EINVAL ? "empty" : strerror(-error)) << "\n";
            continue;
        }
        const uint64_t sequence = vexfs_get64(super.sequence);
        out << "sequence " << sequence << ", generation " << vexfs_get64(super.generation) << "\n";
        if (!hasAny || sequence > newest)
            best = super;
        newest = std::max(newest, sequence);
        hasAny = true;
    }
    if (!hasAny)
        return -EINVAL;
    out << "newest:\n";
    printSuper(out, best);
    return 0;
}

struct Printing
{
    std::ostream &out;
    bool hasNodes;
    uint64_t damaged = 0;
};

int dumpTree(vexfs_dev *device, uint64_t tree, uint64_t object, Printing &printing)
{
    vexfs_inspect_visitor visitor{};
    visitor.context = &printing;
    visitor.node = [](void *context, const vexfs_disk_ptr *pointer, const vexfs_disk_node *node,
                      int error) {
        Printing &to = *static_cast<Printing *>(context);
        to.damaged += error != 0;
        if (!to.hasNodes && !error)
            return true;
        to.out << "node " << pointerText(*pointer) << ": ";
        if (error)
            to.out << strerror(-error) << "\n";
        else
            to.out << vexfs_get16(node->item_count) << " items, first written by tree "
                   << vexfs_get64(node->tree) << "\n";
        return true;
    };
    visitor.item = [](void *context, const vexfs_disk_item *item, const u8 *data, u32 bytes) {
        static_cast<Printing *>(context)->out << "  " << itemText(*item, data, bytes) << "\n";
        return true;
    };
    return vexfs_inspect_tree(device, tree, object, &visitor);
}

struct Request
{
    std::string path;
    uint64_t tree = 0;
    uint64_t inode = 0;
    bool hasTree = false;
};

int dump(const Request &request, std::ostream &out, std::ostream &err)
{
    const Device device = openDevice("vexfs-dump", request.path, true, err);
    if (!device)
        return kExitFailed;
    const bool isOverview = !request.hasTree && request.inode == 0;
    const uint64_t tree =
        request.hasTree ? request.tree : isOverview ? 0 : uint64_t{VEXFS_VOLUME_TREE_LIVE};
    int error = isOverview ? dumpSupers(device.get(), out) : 0;
    Printing printing{out, request.hasTree && request.inode == 0};
    if (!error) {
        if (isOverview)
            out << "trees:\n";
        error = dumpTree(device.get(), tree, request.inode, printing);
    }
    if (error == -ESTALE) {
        err << "vexfs-dump: " << request.path << ": there is no tree " << tree << "\n";
        return kExitFailed;
    }
    if (error) {
        char text[1024];
        vexfs_explain_volume_error(request.path.c_str(), device.get(), error, text, sizeof(text));
        err << "vexfs-dump: " << text << "\n";
        return kExitFailed;
    }
    if (printing.damaged) {
        err << "vexfs-dump: " << request.path << ": " << printing.damaged
            << " nodes cannot be read\n";
        return kExitFailed;
    }
    return 0;
}

} // namespace

int runDump(int argc, const char *const *argv, std::ostream &out, std::ostream &err)
{
    Request request;
    CLI::App app("Prints the raw structures of a VexFS volume that is not mounted: superblocks and "
                 "trees, or one tree, or one inode.",
                 "vexfs-dump");
    const auto tree = app.add_option("--tree", request.tree,
                                     "Print a tree: 0 is the tree of trees, 1 the live one, 2 the "
                                     "index, snapshots have numbers from 256 on");
    app.add_option("--inode", request.inode, "Print one inode only, by default of the live tree");
    app.add_option("IMAGE|DEVICE", request.path, "What to print")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, out, err) == 0 ? 0 : kExitUsage;
    }
    request.hasTree = tree->count() > 0;
    return dump(request, out, err);
}

} // namespace vexfs::cli
