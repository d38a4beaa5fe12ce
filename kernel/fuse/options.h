// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vexfs::fuse {

/// What the command line asks for.
struct Options
{
    std::string image;      ///< absolute
    std::string mountpoint; ///< absolute
    bool isReadOnly = false;
    bool isForeground = false;
    bool isFake = false; ///< mount -f: do everything but mount
    bool isDebug = false;
    bool doesDiscard = true; ///< give freed space back to the host of the image
    bool isQuickToWake = true; ///< idle processors stay awake while many requests come
    bool isNoAtime = false; ///< times of access are not kept
    uint64_t cacheBytes = 0;
    uint32_t commitIntervalMs = 0;
    uint32_t compress = 0; ///< as in vexfs_open_options
    std::vector<std::string> mountOptions; ///< for libfuse and the kernel
};

enum class ParseResult { Run, Help, Version, Error };

/// Understands our own conventions and those of mount(8) helpers (mount.fuse.vexfs).
/// On Error @p message says what is wrong.
ParseResult parseOptions(int argc, char **argv, Options *options, std::string *message);

extern const char kUsage[];

} // namespace vexfs::fuse
