// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/mcp/tools.h - what programs may ask of the daemon. Nothing that changes anything.
#pragma once

#include "cli/vexfs/command.h"
#include "cli/vexfs/mcp/server.h"

namespace vexfs::cli {

/// roots: as vexctl mcp serve has them; looked at with each call. Borrows command.
QList<McpTool> mcpTools(const Command &command, const std::vector<std::string> &roots);

} // namespace vexfs::cli
