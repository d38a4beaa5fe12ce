// SPDX-License-Identifier: Apache-2.0
// fsck.vexfs: checks a volume that is not mounted. Exit codes are those of fsck(8).
#include "cli/offline/tools.h"
#include "cli/offline/volume_file.h"

#include <vexfs/check.h>
#include <vexfs/posix_identify.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace vexfs::cli {

namespace {

constexpr int kExitClean = 0;
constexpr int kExitErrorsLeft = 4;
constexpr int kExitOperational = 8;
constexpr int kExitUsage = 16;

/// A badly damaged volume has a finding for each inode; nobody reads more lines than this.
constexpr uint64_t kPrintedMax = 1000;

struct Printer
{
    std::ostream &out;
    uint64_t count = 0;
};

void print(void *context, const vexfs_finding *finding)
{
    Printer &printer = *static_cast<Printer *>(context);
    if (++printer.count > kPrintedMax)
        return;
    std::ostream &out = printer.out;
    if (finding->tree)
        out << "tree " << finding->tree << " ";
    if (finding->ino)
        out << "inode " << finding->ino << " ";
    if (finding->block)
        out << "block " << finding->block << " ";
    out << finding->what;
    if (finding->error)
        out << ": " << strerror(-finding->error);
    else if (finding->expected || finding->actual)
        out << ": should be " << finding->expected << ", is " << finding->actual;
    out << "\n";
}

int explain(const std::string &path, vexfs_dev *device, int error, std::ostream &err)
{
    char text[1024];
    vexfs_explain_volume_error(path.c_str(), device, error, text, sizeof(text));
    err << "fsck.vexfs: " << text << "\n";
    // Damage so deep that the walk could not begin is damage all the same.
    return error == -EBADMSG || error == -EUCLEAN ? kExitErrorsLeft : kExitOperational;
}

int check(const std::string &path, bool hasData, bool isRepairWanted, std::ostream &out,
          std::ostream &err)
{
    const Device device = openDevice("fsck.vexfs", path, true, err);
    if (!device)
        return kExitOperational;
    Printer printer{out};
    vexfs_check_options options{};
    options.data = hasData;
    options.report = print;
    options.context = &printer;
    vexfs_check_result result{};
    if (const int error = vexfs_check(device.get(), &options, &result))
        return explain(path, device.get(), error, err);
    if (printer.count > kPrintedMax)
        out << "and " << printer.count - kPrintedMax << " more\n";
    const std::string verdict =
        result.findings ? std::to_string(result.findings) + " findings" : "clean";
    out << path << ": " << verdict << "; " << result.inodes << " inodes, " << result.entries
        << " names, " << result.extents << " extents, " << result.nodes << " nodes in "
        << result.trees << " trees; " << result.used_blocks << " blocks used, "
        << result.free_blocks << " free";
    if (hasData)
        out << "; " << result.data_blocks_read << " data blocks read";
    out << "\n";
    if (result.findings == 0)
        return kExitClean;
    if (isRepairWanted)
        err << "fsck.vexfs: " << path
            << ": this version finds damage but cannot repair it; nothing was changed. Copy what "
               "can be read from a mount with -o ro.\n";
    return kExitErrorsLeft;
}

} // namespace

int runFsck(int argc, const char *const *argv, std::ostream &out, std::ostream &err)
{
    std::string path;
    bool isDry = false;
    bool isYes = false;
    bool isPreen = false;
    bool hasData = false;
    CLI::App app("Checks a VexFS volume that is not mounted.", "fsck.vexfs");
    const auto dry = app.add_flag("-n", isDry, "Change nothing (this version never does)");
    const auto yes = app.add_flag("-y", isYes, "Repair without questions, as far as possible");
    app.add_flag("-p,-a", isPreen, "Repair what is safe, as far as possible; for use at boot")
        ->excludes(dry)
        ->excludes(yes);
    yes->excludes(dry);
    app.add_flag("--data", hasData, "Read all data and verify its checksums too");
    app.add_option("IMAGE|DEVICE", path, "What to check")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, out, err) == 0 ? kExitClean : kExitUsage;
    }
    return check(path, hasData, isYes || isPreen, out, err);
}

} // namespace vexfs::cli
