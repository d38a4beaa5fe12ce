// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "common/base/file_uri.h"

#include <memory>

namespace vexfs::cli {

namespace {

struct SourceArguments
{
    std::string folder;
};

QByteArray pathOf(const client::SourceInfo &source)
{
    const auto path = base::pathFromUri(source.uri);
    return path ? *path : source.uri.toUtf8();
}

QJsonObject rowOf(const client::SourceInfo &source)
{
    QJsonObject row{{QStringLiteral("id"), source.id},
                    {QStringLiteral("state"), source.state},
                    {QStringLiteral("message"), source.message},
                    {QStringLiteral("folders"), jsonNumber(source.folders)},
                    {QStringLiteral("watched_folders"), jsonNumber(source.watchedFolders)},
                    {QStringLiteral("unreadable_folders"), jsonNumber(source.unreadableFolders)},
                    {QStringLiteral("rescan_interval"), jsonNumber(source.rescanSeconds)},
                    {QStringLiteral("index"), jsonOf(source.index)}};
    setFile(&row, source.uri);
    return row;
}

Outcome add(const Command &command, const SourceArguments &arguments)
{
    const auto object =
        await(command, command.io.client.addSource(absoluteUri(arguments.folder)));
    if (!object)
        return tl::unexpected(object.error());
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.source/1")},
                                   {QStringLiteral("object"), *object}});
    }
    command.say(QStringLiteral("It is indexed where it lies. How far: vexctl source list"));
    return kDone;
}

Outcome list(const Command &command, const SourceArguments &)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    if (command.isJson) {
        QJsonArray rows;
        for (const client::SourceInfo &each : inventory->sources)
            rows.append(rowOf(each));
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.sources/1")},
                                   {QStringLiteral("sources"), rows}});
        return kDone;
    }
    Table table({QStringLiteral("Folder"), QStringLiteral("State"), QStringLiteral(">Files"),
                 QStringLiteral(">Pending"), QStringLiteral("Index")});
    for (const client::SourceInfo &each : inventory->sources) {
        table.addRow({shownPath(pathOf(each)), each.state, QString::number(each.index.files),
                      QString::number(each.index.pending), each.index.state});
    }
    table.write(command.io.out);
    for (const client::SourceInfo &each : inventory->sources) {
        const QString name = shownPath(pathOf(each));
        if (each.state == QLatin1String("partly-watched")) {
            command.say(QStringLiteral("%1: %2 of %3 folders are watched, so all is looked at "
                                       "every %4 s; raise fs.inotify.max_user_watches")
                            .arg(name)
                            .arg(each.watchedFolders)
                            .arg(each.folders)
                            .arg(each.rescanSeconds));
        } else if (!each.message.isEmpty()) {
            command.say(name + QStringLiteral(": ") + oneLine(each.message));
        }
        if (each.unreadableFolders > 0) {
            command.say(QStringLiteral("%1: %2 folders may not be read")
                            .arg(name)
                            .arg(each.unreadableFolders));
        }
    }
    return kDone;
}

Outcome remove(const Command &command, const SourceArguments &arguments)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    const QByteArray path = absolutePath(arguments.folder);
    for (const client::SourceInfo &each : inventory->sources) {
        if (pathOf(each) != path && each.id.toStdString() != arguments.folder)
            continue;
        const auto removed = await(command, command.io.client.removeSource(each.object));
        if (!removed)
            return tl::unexpected(removed.error());
        command.say(QStringLiteral("It is no longer searched; the folder is as it was"));
        return kDone;
    }
    return base::fail(
        base::Errc::NotFound,
        QStringLiteral("%1 is no source; see: vexctl source list").arg(shownPath(path)));
}

} // namespace

void addSourceVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<SourceArguments>();
    CLI::App *verb = app.add_subcommand("source", "Indexes plain folders where they lie");
    verb->require_subcommand(1);
    const auto sub = [&](const char *name, const char *what,
                         Outcome (*act)(const Command &, const SourceArguments &)) {
        CLI::App *added = verb->add_subcommand(name, what);
        added->fallthrough();
        added->callback([command, arguments, act] {
            command->verb = [command, arguments, act] { return act(*command, *arguments); };
        });
        return added;
    };
    sub("add", "Indexes a folder on any filesystem, from now on", add)
        ->add_option("FOLDER", arguments->folder, "Its files stay where they are")
        ->required();
    sub("list", "Tells which folders are indexed, and how far", list);
    sub("remove", "Forgets a folder and its index; its files stay", remove)
        ->add_option("FOLDER", arguments->folder, "As it was added")
        ->required();
}

} // namespace vexfs::cli
