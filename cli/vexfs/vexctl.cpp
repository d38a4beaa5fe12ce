// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/vexctl.h"

#include "cli/vexfs/completion/complete.h"
#include "cli/vexfs/manual/manual.h"

#include <algorithm>

namespace vexfs::cli {

namespace {

const char kFooter[] = R"(
Examples:
  vexctl volume create ~/docs.vexfs --size 64G -L docs --mount
  vexctl add ~/Documents --into /run/user/1000/vexfs/docs
  vexctl search "flat rental contract" --type pdf
  vexctl snapshot create before-clean-up
  vexctl history thesis.odt
  vexctl guard -- ./clean-up ~/docs

Exit status: 0 done, 1 failed, 2 usage, 3 no such thing, 4 not permitted, 5 no daemon,
6 done in part, 7 timed out, 130 interrupted.)";

void addVerbs(CLI::App &app, Command *command)
{
    addSearchVerb(app, command);
    addAddVerb(app, command);
    addVolumeVerb(app, command);
    addSnapshotVerb(app, command);
    addSourceVerb(app, command);
    addTagVerb(app, command);
    addHistoryVerb(app, command);
    addGuardVerb(app, command);
    addUndoVerb(app, command);
    addIndexVerb(app, command);
    addExplainVerb(app, command);
    addJobVerb(app, command);
    addStatsVerb(app, command);
    addStatusVerb(app, command);
    addBenchVerb(app, command);
    addCompletionVerbs(app, command);
}

/// CLI11 tells bad usage by exceptions; they end here.
int parse(CLI::App &app, std::vector<std::string> arguments, Command *command)
{
    std::reverse(arguments.begin(), arguments.end());
    try {
        app.parse(arguments);
    } catch (const CLI::ParseError &error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
            return app.exit(error, command->io.out, command->io.err);
        return report(*command, {base::Errc::InvalidArgs, QString::fromStdString(error.what()) +
                                                              QStringLiteral(" (see --help)")});
    }
    return -1;
}

} // namespace

int runVexctl(const std::vector<std::string> &arguments, const std::string &version, IoLayer &io)
{
    Command command{io, false, false, 0, {}};
    // So that errors in the arguments themselves are told as JSON, too.
    command.isJson = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    CLI::App app("Works with VexFS volumes: search, files, snapshots, index.", "vexctl");
    app.set_version_flag("--version", "vexctl " + version);
    app.add_flag("--json", command.isJson, "Answer in JSON, errors too");
    app.add_flag("-q,--quiet", command.isQuiet, "Say nothing but what was asked for");
    app.add_option("--timeout", command.timeoutSeconds, "Give up after so many seconds")
        ->check(CLI::PositiveNumber);
    app.require_subcommand(1);
    app.fallthrough();
    addVerbs(app, &command);
    addManualVerb(app, &command, version);
    // Last: verbs would inherit it.
    app.footer(kFooter);
    if (const int status = parse(app, arguments, &command); status >= 0)
        return status;
    const Outcome outcome = command.verb();
    io.out.flush();
    if (!outcome)
        return report(command, outcome.error());
    return *outcome;
}

} // namespace vexfs::cli
