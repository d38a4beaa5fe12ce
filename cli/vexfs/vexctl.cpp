// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/vexctl.h"

#include "cli/vexfs/compat.h"
#include "cli/vexfs/completion/complete.h"
#include "cli/vexfs/manual/manual.h"
#include "cli/vexfs/map/cmd_map.h"
#include "cli/vexfs/mcp/cmd_mcp.h"

#include <algorithm>
#include <numeric>

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

constexpr size_t kTypingErrorsMax = 2;

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
    addMapVerb(app, command);
    addJobVerb(app, command);
    addStatsVerb(app, command);
    addStatusVerb(app, command);
    addDoctorVerb(app, command);
    addBenchVerb(app, command);
    addCompletionVerbs(app, command);
}

/// How many letters have to be changed, added or taken away to make one of the other.
size_t editDistance(std::string_view one, std::string_view other)
{
    std::vector<size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), size_t(0));
    for (size_t i = 0; i < one.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < other.size(); ++j) {
            const size_t changed = diagonal + (one[i] != other[j] ? 1 : 0);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// CLI11 says that a command is wanted where a wrong one was given.
std::string usageMessage(const CLI::App &app, const CLI::ParseError &error)
{
    const CLI::App *level = &app;
    while (!level->get_subcommands().empty())
        level = level->get_subcommands().back();
    const std::vector<std::string> unknown = app.remaining(true);
    if (unknown.empty() || unknown.front().starts_with('-') ||
        error.get_exit_code() != static_cast<int>(CLI::ExitCodes::RequiredError))
        return error.what();
    std::string nearest;
    size_t least = kTypingErrorsMax + 1;
    for (const CLI::App *each : level->get_subcommands([](const CLI::App *) { return true; })) {
        const size_t distance = editDistance(unknown.front(), each->get_name());
        if (distance < least && !each->get_group().empty()) {
            least = distance;
            nearest = each->get_name();
        }
    }
    const std::string guess = nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
    return level->get_name() + " has no command '" + unknown.front() + "'" + guess;
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
        return report(*command,
                      {base::Errc::InvalidArgs, QString::fromStdString(usageMessage(app, error)) +
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
    std::string format;
    app.add_option("-f,--format", format)->group("")->check(CLI::IsMember({"human", "json"}));
    app.add_flag("-q,--quiet", command.isQuiet, "Say nothing but what was asked for");
    app.add_option("--timeout", command.timeoutSeconds, "Give up after so many seconds")
        ->check(CLI::PositiveNumber);
    app.require_subcommand(1);
    app.fallthrough();
    addVerbs(app, &command);
    addMcpVerb(app, &command, version);
    addManualVerb(app, &command, version);
    // Last: verbs would inherit it.
    app.footer(kFooter);
    if (const int status = parse(app, withPresentVerb(arguments), &command); status >= 0)
        return status;
    command.isJson = command.isJson || format == "json";
    const Outcome outcome = command.verb();
    io.out.flush();
    if (!outcome)
        return report(command, outcome.error());
    return *outcome;
}

} // namespace vexfs::cli
