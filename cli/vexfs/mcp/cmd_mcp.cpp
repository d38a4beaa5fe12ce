// SPDX-License-Identifier: Apache-2.0
//
// vexctl mcp serve: lets assistants search and read, by the Model Context Protocol.
#include "cli/vexfs/mcp/cmd_mcp.h"

#include "cli/vexfs/mcp/roots.h"
#include "cli/vexfs/mcp/tools.h"

#include <memory>

namespace vexfs::cli {

void addMcpVerb(CLI::App &app, Command *command, const std::string &version)
{
    auto roots = std::make_shared<std::vector<std::string>>();
    CLI::App *verb = app.add_subcommand("mcp", "Lets assistants search and read files");
    verb->require_subcommand(1);
    CLI::App *serving = verb->add_subcommand(
        "serve", "Answers the Model Context Protocol on standard input; changes nothing");
    serving
        ->add_option("--root", *roots,
                     "Only files in this folder, and their versions; may be repeated; all that is "
                     "indexed otherwise")
        ->type_name("DIR")
        ->expected(1)
        ->take_all();
    serving->callback([command, roots, version] {
        command->verb = [command, roots, version]() -> Outcome {
            // A mistake in the folders is told now, and not to whom it does not concern.
            if (const auto known = Roots::of(*command, *roots); !known)
                return tl::unexpected(known.error());
            McpServer server(QString::fromStdString(version), mcpTools(*command, *roots));
            server.serve(command->io.in, command->io.out);
            return kDone;
        };
    });
}

} // namespace vexfs::cli
