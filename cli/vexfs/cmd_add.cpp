// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"

#include <memory>

namespace vexfs::cli {

namespace {

struct AddArguments
{
    std::vector<std::string> paths;
    std::string into;
    bool keepsBoth = false;
    bool isMove = false;
    bool makesInto = false;
    bool isFlat = false;
    bool isBackground = false;
};

Outcome add(const Command &command, const AddArguments &arguments)
{
    client::AddOptions options;
    options.isRecursive = !arguments.isFlat;
    options.keepsBoth = arguments.keepsBoth;
    options.isMove = arguments.isMove;
    options.makesInto = arguments.makesInto;
    for (const std::string &each : arguments.paths)
        options.uris.append(absoluteUri(each));
    if (!arguments.into.empty())
        options.intoUri = absoluteUri(arguments.into);
    const auto begun = command.io.client.addUris(options);
    if (arguments.isBackground)
        return leaveJob(command, begun);
    const auto object = await(command, begun);
    if (!object)
        return tl::unexpected(object.error());
    const auto job = waitForJob(command, *object);
    if (!job)
        return tl::unexpected(job.error());
    sayProblems(command, *job);
    if (auto done = jobOutcome(*job); !done)
        return tl::unexpected(done.error());
    const auto count = [&job](const char *key) {
        return job->result.value(QLatin1String(key)).toULongLong();
    };
    const auto failed = count("failed");
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.add/1")},
                                   {QStringLiteral("added"), jsonNumber(count("added"))},
                                   {QStringLiteral("skipped"), jsonNumber(count("skipped"))},
                                   {QStringLiteral("failed"), jsonNumber(failed)},
                                   {QStringLiteral("job"), jsonNumber(job->id)}});
    } else if (!command.isQuiet) {
        command.io.out << (arguments.isMove ? "Moved " : "Added ") << count("added")
                       << ", already there " << count("skipped")
                       << ", failed " << failed << ".\n";
    }
    return failed > 0 ? kPartly : kDone;
}

} // namespace

void addAddVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<AddArguments>();
    CLI::App *verb = app.add_subcommand("add", "Copies or moves files and folders onto a volume");
    verb->add_option("PATH", arguments->paths, "Files and folders")->required();
    verb->add_option("--into", arguments->into,
                     "Folder on a mounted volume; the root of the only one otherwise");
    verb->add_flag("--create", arguments->makesInto,
                   "Make the folder of --into where it is not there")
        ->needs("--into");
    verb->add_flag("--move", arguments->isMove,
                   "Remove each original, once its copy is on disk or the same is there already");
    verb->add_flag("--keep-both", arguments->keepsBoth,
                   "Where another file of that name is, add as 'name (2)'");
    verb->add_flag("--no-recursive", arguments->isFlat, "Leave folders out");
    verb->add_flag("--background", arguments->isBackground,
                   "Print the number of the job and leave");
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return add(*command, *arguments); };
    });
}

} // namespace vexfs::cli
