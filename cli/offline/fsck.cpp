// SPDX-License-Identifier: Apache-2.0
// fsck.vexfs: checks a volume that is not mounted, and repairs it. Exit codes: fsck(8).
#include "cli/offline/tools.h"
#include "cli/offline/volume_file.h"

#include <vexfs/check.h>
#include <vexfs/posix_identify.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <unistd.h>

namespace vexfs::cli {

namespace {

constexpr int kExitClean = 0;
constexpr int kExitCorrected = 1;
constexpr int kExitErrorsLeft = 4;
constexpr int kExitOperational = 8;
constexpr int kExitUsage = 16;

/// A badly damaged volume has a finding for each inode; nobody reads more lines than this.
constexpr uint64_t kPrintedMax = 1000;

constexpr int kRoundsMax = 3;

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

struct Wish
{
    std::string path;
    bool hasData = false;
    bool isRepairWanted = false;
    bool isDry = false;
};

/// One verification. Returns an exit code: clean, errors left, or operational.
int check(const Wish &wish, std::ostream &out, std::ostream &err)
{
    const Device device = openDevice("fsck.vexfs", wish.path, true, err);
    if (!device)
        return kExitOperational;
    Printer printer{out};
    vexfs_check_options options{};
    options.data = wish.hasData;
    options.report = print;
    options.context = &printer;
    vexfs_check_result result{};
    if (const int error = vexfs_check(device.get(), &options, &result))
        return explain(wish.path, device.get(), error, err);
    if (printer.count > kPrintedMax)
        out << "and " << printer.count - kPrintedMax << " more\n";
    const std::string verdict =
        result.findings ? std::to_string(result.findings) + " findings" : "clean";
    out << wish.path << ": " << verdict << "; " << result.inodes << " inodes, " << result.entries
        << " names, " << result.extents << " extents, " << result.nodes << " nodes in "
        << result.trees << " trees; " << result.used_blocks << " blocks used, "
        << result.free_blocks << " free";
    if (wish.hasData)
        out << "; " << result.data_blocks_read << " data blocks read";
    out << "\n";
    return result.findings == 0 ? kExitClean : kExitErrorsLeft;
}

/// Does one round of repair. Returns an exit code: corrected, errors left, or operational.
int repair(const Wish &wish, std::ostream &out, std::ostream &err)
{
    const Device device = openDevice("fsck.vexfs", wish.path, false, err);
    if (!device)
        return kExitOperational;
    Printer printer{out};
    vexfs_check_options options{};
    options.report = print;
    options.context = &printer;
    u64 actions = 0;
    const int error = vexfs_repair(device.get(), &options, &actions);
    if (printer.count > kPrintedMax)
        out << "and " << printer.count - kPrintedMax << " more\n";
    if (error == -ENOSPC) {
        err << "fsck.vexfs: " << wish.path << ": the volume has no room for copies of its damaged "
            << "trees. Delete snapshots or files from a mount, or make the image larger; then "
            << "repair again.\n";
        return kExitErrorsLeft;
    }
    if (error)
        return explain(wish.path, device.get(), error, err);
    out << wish.path << ": " << actions << " repairs\n";
    return actions ? kExitCorrected : kExitErrorsLeft;
}

/// Asks on the terminal; without one the answer is no.
bool isRepairAgreed(const Wish &wish, std::ostream &out, std::ostream &err)
{
    if (wish.isDry || wish.isRepairWanted)
        return wish.isRepairWanted;
    if (!isatty(STDIN_FILENO)) {
        err << "fsck.vexfs: " << wish.path << ": nothing was changed; repair with -y\n";
        return false;
    }
    out << "Repair " << wish.path << "? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

int checkAndRepair(const Wish &wish, std::ostream &out, std::ostream &err)
{
    int code = check(wish, out, err);
    if (code != kExitErrorsLeft || !isRepairAgreed(wish, out, err))
        return code;
    // What one round uncovers, the next one mends; damaged content stays as it is.
    for (int round = 0; round < kRoundsMax && code == kExitErrorsLeft; round++) {
        code = repair(wish, out, err);
        if (code != kExitCorrected)
            return code;
        code = check(wish, out, err);
    }
    return code == kExitClean ? kExitCorrected : code;
}

} // namespace

int runFsck(int argc, const char *const *argv, std::ostream &out, std::ostream &err)
{
    Wish wish;
    bool isYes = false;
    bool isPreen = false;
    CLI::App app("Checks a VexFS volume that is not mounted, and repairs it. Without -n, -y and -p "
                 "it asks before it changes anything, or changes nothing without a terminal.",
                 "fsck.vexfs");
    const auto dry = app.add_flag("-n", wish.isDry, "Change nothing");
    const auto yes = app.add_flag("-y", isYes, "Repair without questions, as far as possible");
    app.add_flag("-p,-a", isPreen, "The same as -y; for use at boot")
        ->excludes(dry)
        ->excludes(yes);
    yes->excludes(dry);
    app.add_flag("--data", wish.hasData, "Read all data and verify its checksums too");
    app.add_option("IMAGE|DEVICE", wish.path, "What to check")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, out, err) == 0 ? kExitClean : kExitUsage;
    }
    wish.isRepairWanted = isYes || isPreen;
    return checkAndRepair(wish, out, err);
}

} // namespace vexfs::cli
