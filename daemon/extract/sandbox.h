// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/sandbox.h - takes from this process everything that reading a document does not
// need.
#pragma once

#include <string>

namespace vexfs::extract {

/// No new privileges, no files (Landlock where the kernel has it), no sockets, limits on memory,
/// time and output, and no system call outside of a list. Returns what could not be done; empty is
/// success. A kernel without Landlock is no failure: the list refuses opening files by itself.
std::string enterSandbox();

} // namespace vexfs::extract
