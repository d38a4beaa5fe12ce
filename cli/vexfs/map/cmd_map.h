// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/vexfs/command.h"

namespace vexfs::cli {

/// As the others in command.h.
void addMapVerb(CLI::App &app, Command *command);

} // namespace vexfs::cli
