// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/vexfs/command.h"

namespace vexfs::cli {

/// As the others in command.h. version: told to who connects.
void addMcpVerb(CLI::App &app, Command *command, const std::string &version);

} // namespace vexfs::cli
