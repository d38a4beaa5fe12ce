// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/vexfs/command.h"

namespace vexfs::cli {

/// vexctl index exclude, in cmd_index_config.cpp; action: "add", "rm", or empty for the list.
Outcome excludeFromIndex(const Command &command, const std::string &volume,
                         const std::string &action, const std::vector<std::string> &globs);

} // namespace vexfs::cli
