// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"

#include <memory>

namespace vexfs::cli {

namespace {

base::Result<client::JobInfo> findJob(const Command &command, uint32_t id)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    for (const client::JobInfo &each : inventory->jobs) {
        if (each.id == id)
            return each;
    }
    return base::fail(base::Errc::NotFound,
                      QStringLiteral("There is no job %1, or no longer").arg(id));
}

QString shownProgress(const client::JobInfo &job)
{
    return job.progress < 0 ? QStringLiteral("-")
                            : QStringLiteral("%1 %").arg(static_cast<int>(job.progress * 100));
}

Outcome list(const Command &command)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    if (command.isJson) {
        QJsonArray rows;
        for (const client::JobInfo &each : inventory->jobs)
            rows.append(jsonOf(each));
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.jobs/1")},
                                   {QStringLiteral("jobs"), rows}});
        return kDone;
    }
    if (inventory->jobs.isEmpty()) {
        command.say(QStringLiteral("There are no jobs"));
        return kDone;
    }
    Table table({QStringLiteral(">ID"), QStringLiteral("KIND"), QStringLiteral("STATE"),
                 QStringLiteral(">DONE"), QStringLiteral(">PROBLEMS"), QStringLiteral("STARTED")});
    for (const client::JobInfo &each : inventory->jobs) {
        table.addRow({QString::number(each.id), each.kind, each.state, shownProgress(each),
                      QString::number(each.problems), localTime(each.startTimeUs)});
    }
    table.write(command.io.out);
    return kDone;
}

Outcome tell(const Command &command, const client::JobInfo &job)
{
    if (command.isJson) {
        QJsonObject out = jsonOf(job);
        out.insert(QStringLiteral("schema"), QStringLiteral("vexctl.job/1"));
        const auto problems = await(command, command.io.client.jobProblems(job.object));
        if (!problems)
            return tl::unexpected(problems.error());
        QJsonArray rows;
        for (const client::JobProblem &each : *problems) {
            QJsonObject row{{QStringLiteral("error"), each.errorName},
                            {QStringLiteral("message"), each.message}};
            setFile(&row, each.uri);
            rows.append(row);
        }
        out.insert(QStringLiteral("problem_list"), rows);
        writeJson(command.io.out, out);
        return kDone;
    }
    command.io.out << "Job " << job.id << ": " << job.kind.toStdString() << ", "
                   << job.state.toStdString() << ", " << shownProgress(job).toStdString() << '\n';
    if (!job.errorMessage.isEmpty())
        command.io.out << oneLine(job.errorMessage).toStdString() << '\n';
    sayProblems(command, job);
    return kDone;
}

Outcome show(const Command &command, uint32_t id)
{
    const auto job = findJob(command, id);
    return job ? tell(command, *job) : Outcome(tl::unexpected(job.error()));
}

Outcome wait(const Command &command, uint32_t id)
{
    const auto found = findJob(command, id);
    if (!found)
        return tl::unexpected(found.error());
    const auto job = waitForJob(command, found->object);
    if (!job)
        return tl::unexpected(job.error());
    const auto told = tell(command, *job);
    if (auto done = jobOutcome(*job); !done)
        return tl::unexpected(done.error());
    if (told && job->problems > 0)
        return kPartly;
    return told;
}

Outcome cancel(const Command &command, uint32_t id)
{
    const auto job = findJob(command, id);
    if (!job)
        return tl::unexpected(job.error());
    const auto done = await(command, command.io.client.cancelJob(job->object));
    if (!done)
        return tl::unexpected(done.error());
    command.say(QStringLiteral("Job %1 is being cancelled").arg(id));
    return kDone;
}

Outcome setPaused(const Command &command, uint32_t id, bool isPaused)
{
    const auto job = findJob(command, id);
    if (!job)
        return tl::unexpected(job.error());
    const auto done = await(command, command.io.client.setJobPaused(job->object, isPaused));
    if (!done)
        return tl::unexpected(done.error());
    command.say(isPaused ? QStringLiteral("Job %1 is being paused").arg(id)
                         : QStringLiteral("Job %1 goes on").arg(id));
    return kDone;
}

Outcome pause(const Command &command, uint32_t id)
{
    return setPaused(command, id, true);
}

Outcome resume(const Command &command, uint32_t id)
{
    return setPaused(command, id, false);
}

} // namespace

void addJobVerb(CLI::App &app, Command *command)
{
    auto id = std::make_shared<uint32_t>(0);
    CLI::App *verb = app.add_subcommand("job", "Lists, follows, pauses and cancels long work");
    verb->require_subcommand(1);
    CLI::App *listing = verb->add_subcommand("list", "Lists jobs, and those that ended lately");
    listing->callback([command] { command->verb = [command] { return list(*command); }; });
    const auto add = [&](const char *name, const char *what,
                         Outcome (*act)(const Command &, uint32_t)) {
        CLI::App *added = verb->add_subcommand(name, what);
        added->add_option("ID", *id)->required();
        added->callback([command, id, act] {
            command->verb = [command, id, act] { return act(*command, *id); };
        });
    };
    add("show", "Tells about one job, and what failed in it", show);
    add("wait", "Waits until it has ended; its exit status is that of the job", wait);
    add("pause", "Lets it rest, where it can: adding files, laying out a map", pause);
    add("resume", "Lets it go on", resume);
    add("cancel", "Stops it; what is done stays done", cancel);
}

} // namespace vexfs::cli
