// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>

namespace vexfs::cli {

// Each is a whole program, called by mount(8) or umount(8): arguments as main() gets them, messages
// to the stream, and an exit code of mount(8) back.
int runMount(int argc, const char *const *argv, std::ostream &out, std::ostream &err);
int runUmount(int argc, const char *const *argv, std::ostream &out, std::ostream &err);

// Exit codes of mount(8).
inline constexpr int kExitUsage = 1;
inline constexpr int kExitSystem = 2;
inline constexpr int kExitMount = 32;

} // namespace vexfs::cli
