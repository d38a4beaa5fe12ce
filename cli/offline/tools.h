// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>

namespace vexfs::cli {

// Each is a whole program: arguments as main() gets them, messages to the streams, and the exit
// code back, so that tests run them in their own process.
int runMkfs(int argc, const char *const *argv, std::ostream &out, std::ostream &err);
int runFsck(int argc, const char *const *argv, std::ostream &out, std::ostream &err);
int runTune(int argc, const char *const *argv, std::ostream &out, std::ostream &err);
int runDump(int argc, const char *const *argv, std::ostream &out, std::ostream &err);

} // namespace vexfs::cli
