// SPDX-License-Identifier: Apache-2.0
// vexctl volume check|scrub|label|resize.
#include "cli/output/human.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/volume/volume_verbs.h"

#include <memory>

namespace vexfs::cli {

using base::Errc;

namespace {

struct MaintenanceArguments
{
    std::string volume;
    std::string label;
    std::string size;
    std::string rate;
    client::CheckOptions check;
    bool isBackground = false;
};

base::Result<uint64_t> bytesOf(const std::string &text, const char *what)
{
    const auto bytes = parseBytes(QString::fromStdString(text));
    if (!bytes || *bytes == 0) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("%1 takes a size such as 64G").arg(QLatin1String(what)));
    }
    return *bytes;
}

/// The end of a check or scrub: what was found, and what can be done about it.
Outcome tellVerdict(const Command &command, const client::JobInfo &job, const char *schema,
                    const QString &verdict, const char *remedy)
{
    const bool isConsistent = job.result.value(QStringLiteral("consistent")).toBool();
    if (command.isJson) {
        QJsonObject out = jsonOf(job);
        out.insert(QStringLiteral("schema"), QLatin1String(schema));
        out.insert(QStringLiteral("consistent"), isConsistent);
        writeJson(command.io.out, out);
        return isConsistent ? kDone : kPartly;
    }
    command.io.out << oneLine(verdict).toStdString() << '\n';
    sayProblems(command, job);
    if (!isConsistent)
        command.say(QLatin1String(remedy));
    return isConsistent ? kDone : kPartly;
}

Outcome check(const Command &command, const MaintenanceArguments &arguments)
{
    const auto object = openVolume(command, arguments.volume);
    if (!object)
        return tl::unexpected(object.error());
    const auto begun = command.io.client.checkVolume(*object, arguments.check);
    if (arguments.isBackground)
        return leaveJob(command, begun);
    const auto job = succeededJob(command, begun);
    if (!job)
        return tl::unexpected(job.error());
    return tellVerdict(
        command, *job, "vexctl.volume-check/1",
        job->result.value(QStringLiteral("summary")).toString(),
        arguments.check.isRepair
            ? "Some damage could not be repaired: copy what can be read, and restore "
              "the rest from a backup"
            : "Repair it with: vexctl volume check --repair");
}

Outcome scrub(const Command &command, const MaintenanceArguments &arguments)
{
    uint64_t rate = 0;
    if (!arguments.rate.empty()) {
        const auto bytes = bytesOf(arguments.rate, "--rate");
        if (!bytes)
            return tl::unexpected(bytes.error());
        rate = *bytes;
    }
    const auto volume = findVolume(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto begun = command.io.client.scrubVolume(volume->object, rate);
    if (arguments.isBackground)
        return leaveJob(command, begun);
    const auto job = succeededJob(command, begun);
    if (!job)
        return tl::unexpected(job.error());
    const QString read = humanBytes(job->result.value(QStringLiteral("bytes")).toULongLong());
    const auto findings = job->result.value(QStringLiteral("findings")).toULongLong();
    return tellVerdict(command, *job, "vexctl.volume-scrub/1",
                       findings == 0
                           ? QStringLiteral("Read %1: all as it was written").arg(read)
                           : QStringLiteral("Read %1: %2 blocks are wrong").arg(read).arg(findings),
                       "Restore these files from a snapshot or a backup; damaged metadata is "
                       "repaired by: vexctl volume check --repair");
}

Outcome label(const Command &command, const MaintenanceArguments &arguments)
{
    const auto object = openVolume(command, arguments.volume);
    if (!object)
        return tl::unexpected(object.error());
    const QString label = QString::fromStdString(arguments.label);
    const auto done = await(command, command.io.client.setLabel(*object, label));
    if (!done)
        return tl::unexpected(done.error());
    if (label.isEmpty())
        command.say(QStringLiteral("The volume has no label now"));
    else
        command.say(QStringLiteral("The volume is called %1 now").arg(oneLine(label)));
    return kDone;
}

Outcome resize(const Command &command, const MaintenanceArguments &arguments)
{
    uint64_t size = 0;
    if (arguments.size != "max") {
        const auto bytes = bytesOf(arguments.size, "SIZE");
        if (!bytes)
            return tl::unexpected(bytes.error());
        size = *bytes;
    }
    const auto volume = findVolume(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto job = succeededJob(command, command.io.client.resizeVolume(volume->object, size));
    if (!job)
        return tl::unexpected(job.error());
    const auto now = job->result.value(QStringLiteral("size")).toULongLong();
    if (command.isJson) {
        writeJson(command.io.out,
                  {{QStringLiteral("schema"), QStringLiteral("vexctl.volume-resize/1")},
                   {QStringLiteral("size_bytes"), jsonNumber(now)}});
    } else {
        command.say(QStringLiteral("The volume has %1 now").arg(humanBytes(now)));
    }
    return kDone;
}

} // namespace

void addVolumeMaintenanceVerbs(CLI::App *verb, Command *command)
{
    auto arguments = std::make_shared<MaintenanceArguments>();
    const auto add = [&](const char *name, const char *help, const char *volumeHelp,
                         Outcome (*act)(const Command &, const MaintenanceArguments &)) {
        CLI::App *added = verb->add_subcommand(name, help);
        added->add_option("VOLUME", arguments->volume, volumeHelp)->required();
        added->callback([command, arguments, act] {
            command->verb = [command, arguments, act] { return act(*command, *arguments); };
        });
        return added;
    };
    CLI::App *checking = add("check", "Checks a volume that is not mounted, and repairs it",
                             "Image file, label or uuid", check);
    checking->add_flag("--repair", arguments->check.isRepair, "As far as possible");
    checking->add_flag("--data", arguments->check.hasData, "Read all data, too");

    CLI::App *scrubbing = add("scrub", "Reads all of a mounted volume and verifies every checksum",
                              "Mount point, image file, label or uuid", scrub);
    scrubbing->add_option("--rate", arguments->rate, "At most so much a second: 50M");

    for (CLI::App *each : {checking, scrubbing})
        each->add_flag("--background", arguments->isBackground,
                       "Print the number of the job and leave");

    CLI::App *labelling = add("label", "Gives a volume another name",
                              "Mount point, image file, label or uuid", label);
    labelling->add_option("LABEL", arguments->label, "'' for none")->required();

    CLI::App *resizing = add("resize", "Makes a mounted volume larger",
                             "Mount point, image file, label or uuid", resize);
    resizing
        ->add_option("SIZE", arguments->size, "64G, or 'max' for all that the image or device has")
        ->required();
}

} // namespace vexfs::cli
