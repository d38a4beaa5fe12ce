// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/snapshot/snapshot_verbs.h"
#include "common/base/file_uri.h"

#include <memory>

namespace vexfs::cli {

namespace {

struct SnapshotArguments
{
    std::shared_ptr<std::string> volume = std::make_shared<std::string>();
    std::vector<std::string> names;
    std::string description;
    bool isWritable = false;
    bool isDryRun = false;
    bool isAll = false;
};

const char *reasonOf(const client::SnapshotInfo &snapshot)
{
    if (snapshot.isForUndo())
        return "for undo";
    return snapshot.cleanup == QLatin1String("timeline") ? "schedule" : "by you";
}

Outcome create(const Command &command, const SnapshotArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const QString wanted =
        arguments.names.empty() ? QString() : QString::fromStdString(arguments.names.front());
    const client::SnapshotOptions options{arguments.isWritable,
                                          QString::fromStdString(arguments.description)};
    const auto name
        = await(command, command.io.client.createSnapshot(volume->object, wanted, options));
    if (!name)
        return tl::unexpected(name.error());
    const QByteArray path = mountPath(*volume) + "/.vexfs/snapshots/" + name->toUtf8();
    if (command.isJson) {
        QJsonObject out{{QStringLiteral("schema"), QStringLiteral("vexctl.snapshot-create/1")},
                        {QStringLiteral("name"), *name}};
        setFile(&out, base::uriFromPath(path));
        writeJson(command.io.out, out);
    } else if (!command.isQuiet) {
        command.io.out << "Created snapshot " << name->toStdString() << "\nSee it at "
                       << shownPath(path).toStdString() << '\n';
    }
    return kDone;
}

base::Result<QList<client::SnapshotInfo>> allSnapshots(const Command &command,
                                                       const QString &object)
{
    QList<client::SnapshotInfo> out;
    QString after;
    do {
        const auto page = await(command, command.io.client.listSnapshots(object, after));
        if (!page)
            return tl::unexpected(page.error());
        out += page->snapshots;
        after = page->next;
    } while (!after.isEmpty());
    return out;
}

Outcome list(const Command &command, const SnapshotArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto snapshots = allSnapshots(command, volume->object);
    if (!snapshots)
        return tl::unexpected(snapshots.error());
    if (command.isJson) {
        QJsonArray rows;
        for (const client::SnapshotInfo &each : *snapshots)
            rows.append(jsonOf(each));
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.snapshots/1")},
                                   {QStringLiteral("snapshots"), rows}});
        return kDone;
    }
    if (snapshots->isEmpty()) {
        command.say(QStringLiteral("There are no snapshots"));
        return kDone;
    }
    Table table({QStringLiteral("CREATED"), QStringLiteral(">FILES"), QStringLiteral("WHY"),
                 QStringLiteral("NAME"), QStringLiteral("DESCRIPTION")});
    int left = 0;
    for (const client::SnapshotInfo &each : *snapshots) {
        if (each.isForUndo() && !arguments.isAll) {
            ++left;
            continue;
        }
        table.addRow({localTime(each.createdUs), QString::number(each.files),
                      QLatin1String(reasonOf(each)), each.name, oneLine(each.description)});
    }
    if (left < snapshots->size())
        table.write(command.io.out);
    if (left > 0)
        command.say(QStringLiteral("%1 more are kept for undo: add --all").arg(left));
    return kDone;
}

Outcome remove(const Command &command, const SnapshotArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    QStringList names;
    for (const std::string &each : arguments.names)
        names.append(QString::fromStdString(each));
    if (arguments.isDryRun) {
        const auto bytes
            = await(command, command.io.client.estimateReclaim(volume->object, names));
        if (!bytes)
            return tl::unexpected(bytes.error());
        if (command.isJson) {
            writeJson(command.io.out,
                      {{QStringLiteral("schema"), QStringLiteral("vexctl.snapshot-estimate/1")},
                       {QStringLiteral("reclaim_bytes"), jsonNumber(*bytes)}});
        } else {
            command.io.out << "Deleting them gives back " << humanBytes(*bytes).toStdString()
                           << '\n';
        }
        return kDone;
    }
    const auto job =
        succeededJob(command, command.io.client.deleteSnapshots(volume->object, names));
    if (!job)
        return tl::unexpected(job.error());
    command.say(QStringLiteral("Deleted %1").arg(names.join(QStringLiteral(", "))));
    return kDone;
}

} // namespace

void addSnapshotVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<SnapshotArguments>();
    CLI::App *verb = app.add_subcommand("snapshot", "Takes, lists and deletes snapshots");
    verb->require_subcommand(1);
    verb->add_option("--volume", *arguments->volume, "Mount point, image file, label or uuid");
    const auto run = [command,
                      arguments](Outcome (*act)(const Command &, const SnapshotArguments &)) {
        return [command, arguments, act] {
            command->verb = [command, arguments, act] { return act(*command, *arguments); };
        };
    };
    CLI::App *making = verb->add_subcommand("create", "Takes a snapshot, at once");
    making->fallthrough();
    making->add_option("NAME", arguments->names, "The time of day otherwise")->expected(0, 1);
    making->add_option("-d,--description", arguments->description, "Why it is taken");
    making->add_flag("--writable", arguments->isWritable, "One that can be changed");
    making->callback(run(create));

    CLI::App *listing = verb->add_subcommand("list", "Lists snapshots, newest first");
    listing->fallthrough();
    listing->add_flag("-a,--all", arguments->isAll, "Those that are kept for undo, too");
    listing->callback(run(list));

    CLI::App *removing = verb->add_subcommand("delete", "Deletes snapshots");
    removing->fallthrough();
    removing->add_option("NAME", arguments->names)->required()->type_name("SNAPSHOT");
    removing->add_flag("-n,--dry-run", arguments->isDryRun, "Only tell what that gives back");
    removing->callback(run(remove));
    addSnapshotChangeVerbs(verb, command, arguments->volume);
    addSnapshotScheduleVerb(verb, command, arguments->volume);
    addSnapshotStreamVerbs(verb, command, arguments->volume);
}

} // namespace vexfs::cli
