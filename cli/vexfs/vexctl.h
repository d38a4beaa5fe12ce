// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/vexctl.h - the whole command line, without a process around it.
#pragma once

#include "cli/vexfs/command.h"

#include <string>
#include <vector>

namespace vexfs::cli {

/// arguments: without the name of the program. Returns the exit status; never throws.
int runVexctl(const std::vector<std::string> &arguments, const std::string &version, IoLayer &io);

} // namespace vexfs::cli
