// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/volume/volume_verbs.h"
#include "common/base/file_uri.h"

#include <QFile>
#include <QFileInfo>

#include <memory>

namespace vexfs::cli {

using base::Errc;
using client::VolumeInfo;

namespace {

struct VolumeArguments
{
    std::string volume;
    std::string mountPoint;
    std::string label;
    std::string size;
    bool isForced = false;
    bool isMounted = false;
    bool isReadOnly = false;
};

void writeMounted(const Command &command, const QString &uri)
{
    const auto path = base::pathFromUri(uri);
    if (command.isJson) {
        QJsonObject out{{QStringLiteral("schema"), QStringLiteral("vexctl.mount/1")}};
        setFile(&out, uri);
        writeJson(command.io.out, out);
    } else if (!command.isQuiet) {
        command.io.out << "Mounted at " << (path ? *path : uri.toUtf8()).toStdString() << '\n';
    }
}

Outcome create(const Command &command, const VolumeArguments &arguments)
{
    client::CreateVolumeOptions options;
    options.device = absoluteUri(arguments.volume);
    options.label = QString::fromStdString(arguments.label);
    options.isForced = arguments.isForced;
    options.isMounted = arguments.isMounted || !arguments.mountPoint.empty();
    if (!arguments.mountPoint.empty())
        options.mountPoint = absoluteUri(arguments.mountPoint);
    if (!arguments.size.empty()) {
        const auto bytes = parseBytes(QString::fromStdString(arguments.size));
        if (!bytes || *bytes == 0)
            return base::fail(Errc::InvalidArgs, QStringLiteral("--size takes a size such as 64G"));
        options.sizeBytes = *bytes;
    }
    const auto job = succeededJob(command, command.io.client.createVolume(options));
    if (!job)
        return tl::unexpected(job.error());
    const QString made = job->result.value(QStringLiteral("volume")).toString();
    const QString uuid = made.section(u'/', -1).replace(u'_', u'-');
    const QString uri = job->result.value(QStringLiteral("uri")).toString();
    if (command.isJson) {
        QJsonObject out{{QStringLiteral("schema"), QStringLiteral("vexctl.volume-create/1")},
                        {QStringLiteral("uuid"), uuid}};
        if (!uri.isEmpty())
            setFile(&out, uri);
        writeJson(command.io.out, out);
        return kDone;
    }
    if (!command.isQuiet)
        command.io.out << "Created volume " << uuid.toStdString() << '\n';
    if (!uri.isEmpty())
        writeMounted(command, uri);
    else
        command.say(QStringLiteral("Mount it with: vexctl volume mount %1")
                        .arg(QString::fromStdString(arguments.volume)));
    return kDone;
}

Outcome mount(const Command &command, const VolumeArguments &arguments)
{
    const auto object = openVolume(command, arguments.volume);
    if (!object)
        return tl::unexpected(object.error());
    client::MountOptions options;
    options.isReadOnly = arguments.isReadOnly;
    if (!arguments.mountPoint.empty())
        options.mountPoint = absoluteUri(arguments.mountPoint);
    const auto uri = await(command, command.io.client.mount(*object, options));
    if (!uri)
        return tl::unexpected(uri.error());
    writeMounted(command, *uri);
    return kDone;
}

Outcome unmount(const Command &command, const VolumeArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto done = await(command, command.io.client.unmount(volume->object, arguments.isForced));
    if (!done)
        return tl::unexpected(done.error());
    command.say(QStringLiteral("Unmounted %1").arg(shownName(*volume)));
    return kDone;
}

Outcome list(const Command &command)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    if (command.isJson) {
        QJsonArray volumes;
        for (const VolumeInfo &each : inventory->volumes)
            volumes.append(jsonOf(each));
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.volumes/1")},
                                   {QStringLiteral("volumes"), volumes}});
        return kDone;
    }
    Table table({QStringLiteral("LABEL"), QStringLiteral("STATE"), QStringLiteral(">USED"),
                 QStringLiteral(">SIZE"), QStringLiteral("MOUNTED AT"), QStringLiteral("IMAGE"),
                 QStringLiteral("UUID")});
    for (const VolumeInfo &each : inventory->volumes) {
        table.addRow({each.label, each.state,
                      each.isMounted() ? humanBytes(each.usedBytes) : QStringLiteral("-"),
                      each.isMounted() ? humanBytes(each.sizeBytes) : QStringLiteral("-"),
                      each.isMounted() ? shownPath(mountPath(each)) : QStringLiteral("-"),
                      each.devices.join(u' '), each.uuid});
    }
    if (inventory->volumes.isEmpty())
        command.say(
            QStringLiteral("No volume is known. Make one with: vexctl volume create IMAGE"));
    else
        table.write(command.io.out);
    return kDone;
}

Outcome status(const Command &command, const VolumeArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    if (command.isJson) {
        QJsonObject out = jsonOf(*volume);
        out.insert(QStringLiteral("schema"), QStringLiteral("vexctl.volume/1"));
        writeJson(command.io.out, out);
        return kDone;
    }
    const auto line = [&command](const char *name, const QString &value) {
        const QString text = QLatin1String(name) + u':';
        command.io.out << text.leftJustified(12).toStdString() << oneLine(value).toStdString()
                       << '\n';
    };
    line("Label", volume->label);
    line("UUID", volume->uuid);
    line("State", volume->state);
    line("Image", volume->devices.join(u' '));
    if (volume->isMounted()) {
        line("Mounted at", shownPath(mountPath(*volume)));
        line("Size", humanBytes(volume->sizeBytes));
        line("Used", QStringLiteral("%1, of which vectors %2")
                         .arg(humanBytes(volume->usedBytes), humanBytes(volume->vectorsBytes)));
        line("Snapshots", QString::number(volume->snapshots));
        line("Index", QStringLiteral("%1, %2 files, %3 pending, %4 failed")
                          .arg(volume->index.state)
                          .arg(volume->index.files)
                          .arg(volume->index.pending)
                          .arg(volume->index.failed));
    }
    if (!volume->warnings.isEmpty())
        line("Warnings", volume->warnings.join(QStringLiteral(", ")));
    return kDone;
}

} // namespace

base::Result<QString> openVolume(const Command &command, const std::string &wanted)
{
    const auto known = findVolume(command, QString::fromStdString(wanted));
    if (known)
        return known->object;
    const QByteArray path = absolutePath(wanted);
    if (known.error().code != Errc::NotFound || !QFileInfo::exists(QFile::decodeName(path)))
        return tl::unexpected(known.error());
    return await(command, command.io.client.openVolume(base::uriFromPath(path)));
}

void addVolumeVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<VolumeArguments>();
    CLI::App *verb = app.add_subcommand("volume", "Makes, mounts, lists, checks and grows volumes");
    verb->require_subcommand(1);
    const auto run = [command,
                      arguments](Outcome (*act)(const Command &, const VolumeArguments &)) {
        return [command, arguments, act] {
            command->verb = [command, arguments, act] { return act(*command, *arguments); };
        };
    };
    CLI::App *making = verb->add_subcommand("create", "Makes a volume in an image file");
    making->add_option("IMAGE", arguments->volume)->required();
    making->add_option("MOUNTPOINT", arguments->mountPoint, "Also mount it here");
    making->add_option("-L,--label", arguments->label, "Its name");
    making->add_option("--size", arguments->size, "64G; it takes only the space that it uses");
    making->add_flag("--mount", arguments->isMounted, "Also mount it, at the usual place");
    making->add_flag("--force", arguments->isForced, "Overwrite what the file holds");
    making->callback(run(create));

    CLI::App *mounting = verb->add_subcommand("mount", "Mounts a volume and indexes it");
    mounting->add_option("VOLUME", arguments->volume, "Image file, label or uuid")->required();
    mounting->add_option("MOUNTPOINT", arguments->mountPoint,
                         "A folder; the usual place otherwise");
    mounting->add_flag("--read-only", arguments->isReadOnly);
    mounting->callback(run(mount));

    CLI::App *unmounting = verb->add_subcommand("umount", "Unmounts a volume");
    unmounting->alias("unmount");
    unmounting->add_option("VOLUME", arguments->volume, "Mount point, image file, label or uuid")
        ->required();
    unmounting->add_flag("--force", arguments->isForced, "Even when files on it are open");
    unmounting->callback(run(unmount));

    CLI::App *listing = verb->add_subcommand("list", "Lists the volumes that are known");
    listing->callback([command] { command->verb = [command] { return list(*command); }; });

    CLI::App *telling = verb->add_subcommand("status", "Tells about one volume");
    telling->add_option("VOLUME", arguments->volume, "Mount point, image file, label or uuid");
    telling->callback(run(status));
    addVolumeMaintenanceVerbs(verb, command);
}

} // namespace vexfs::cli
