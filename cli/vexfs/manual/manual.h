// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/manual/manual.h - vexctl(1), written from the tree that parses the command line.
#pragma once

#include "cli/vexfs/command.h"

#include <string>

namespace vexfs::cli {

/// The page as man(7) has it. date: as 2026-11-28.
std::string manualPage(const CLI::App &app, const std::string &version, const std::string &date);

/// Adds the hidden verb that prints it, for whoever packages it.
void addManualVerb(CLI::App &app, Command *command, const std::string &version);

} // namespace vexfs::cli
