// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace vexfs::cli {

enum class DriverChoice { Auto, Kernel, Fuse };

/// What mount(8) asks its helper for:
/// mount.vexfs SOURCE TARGET [-sfnv] [-N NS] [-t TYPE] [-o LIST].
struct MountRequest
{
    std::string source;
    std::string target;
    std::vector<std::string> options; ///< without driver=
    DriverChoice driver = DriverChoice::Auto;
    bool isFake = false;
    bool isSloppy = false;
    bool hasNoTable = false; ///< -n: nothing is noted in /run/mount
    bool wantsHelp = false;
};

/// What umount(8) asks its helper for: umount.vexfs TARGET [-flnrv] [-N NS] [-t TYPE].
struct UmountRequest
{
    std::string target;
    bool isLazy = false;
    bool isForced = false;
    bool isReadOnlyElse = false; ///< -r: mount it read-only when it is busy
    bool hasNoTable = false;
    bool wantsHelp = false;
};

/// False and what is wrong in @p message when the arguments make no sense.
bool parseMount(int argc, const char *const *argv, MountRequest *request, std::string *message);
bool parseUmount(int argc, const char *const *argv, UmountRequest *request, std::string *message);

/// The options for a driver: without those that only the other one has use for.
std::vector<std::string> optionsForKernel(const MountRequest &request);
std::vector<std::string> optionsForFuse(const MountRequest &request, bool isRoot);

/// With commas in between.
std::string joined(const std::vector<std::string> &options);

} // namespace vexfs::cli
