// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"

#include <memory>

namespace vexfs::cli {

namespace {

void writeVolume(const Command &command, const client::VolumeInfo &volume)
{
    std::ostream &out = command.io.out;
    out << shownName(volume).toStdString() << ": " << volume.state.toStdString();
    if (volume.isMounted()) {
        out << " at " << shownPath(mountPath(volume)).toStdString() << ", "
            << humanBytes(volume.usedBytes).toStdString() << " of "
            << humanBytes(volume.sizeBytes).toStdString() << " used, " << volume.snapshots
            << " snapshots\n  index " << volume.index.state.toStdString() << ": "
            << volume.index.files << " files, " << volume.index.pending << " pending, "
            << volume.index.failed << " failed";
    }
    if (!volume.warnings.isEmpty())
        out << "\n  warnings: " << volume.warnings.join(QStringLiteral(", ")).toStdString();
    out << '\n';
}

Outcome status(const Command &command, const std::string &wanted)
{
    const auto daemon = await(command, command.io.client.daemon());
    if (!daemon)
        return tl::unexpected(daemon.error());
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    QList<client::VolumeInfo> volumes = inventory->volumes;
    if (!wanted.empty()) {
        const auto volume = findVolume(command, QString::fromStdString(wanted));
        if (!volume)
            return tl::unexpected(volume.error());
        volumes = {*volume};
    }
    qsizetype running = 0;
    for (const client::JobInfo &each : inventory->jobs)
        running += each.isFinished() ? 0 : 1;
    if (command.isJson) {
        QJsonArray rows;
        for (const client::VolumeInfo &each : volumes)
            rows.append(jsonOf(each));
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.status/1")},
                                   {QStringLiteral("version"), daemon->version},
                                   {QStringLiteral("api_version"), jsonNumber(daemon->apiVersion)},
                                   {QStringLiteral("role"), daemon->role},
                                   {QStringLiteral("jobs_running"), static_cast<int>(running)},
                                   {QStringLiteral("volumes"), rows}});
        return kDone;
    }
    command.io.out << "vexfsd " << daemon->version.toStdString() << " ("
                   << daemon->role.toStdString() << "), " << volumes.size() << " volumes, "
                   << running << " jobs at work\n";
    for (const client::VolumeInfo &each : volumes)
        writeVolume(command, each);
    return kDone;
}

} // namespace

void addStatusVerb(CLI::App &app, Command *command)
{
    auto wanted = std::make_shared<std::string>();
    CLI::App *verb = app.add_subcommand("status", "Tells about the daemon and its volumes");
    verb->add_option("VOLUME", *wanted, "Mount point, image file, label or uuid");
    verb->callback([command, wanted] {
        command->verb = [command, wanted] { return status(*command, *wanted); };
    });
}

} // namespace vexfs::cli
