// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/index_exclude.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"
#include "common/base/file_uri.h"
#include "common/dbus/names.h"

#include <QRegularExpression>

#include <memory>
#include <optional>

namespace vexfs::cli {

namespace {

struct IndexArguments
{
    std::string volume;
    std::vector<std::string> paths;
    bool isForced = false;
    bool isBackground = false;
    std::string pauseTime;
    std::string reason;
    std::string model;
    std::string modelName;
    std::string dialect;
    std::string keyFile;
    std::vector<std::string> settings;
    std::string action;
    std::vector<std::string> globs;
};

/// "90", "90m", "1h", "1h30m", "2d", in minutes; nothing when it is no time.
std::optional<uint32_t> minutesOf(const std::string &text)
{
    static const QRegularExpression time(
        QStringLiteral("^(?:(\\d{1,3})d)?(?:(\\d{1,4})h)?(?:(\\d{1,6})m?)?$"));
    const auto match = time.match(QString::fromStdString(text));
    const uint32_t minutes = 24 * 60 * match.captured(1).toUInt() + 60 * match.captured(2).toUInt()
                             + match.captured(3).toUInt();
    return match.hasMatch() && minutes > 0 ? std::optional(minutes) : std::nullopt;
}

Outcome status(const Command &command, const IndexArguments &arguments)
{
    const auto volume = findIndexed(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const client::IndexInfo &index = volume->index;
    if (command.isJson) {
        QJsonObject out = jsonOf(index);
        out.insert(QStringLiteral("schema"), QStringLiteral("vexctl.index/1"));
        out.insert(QStringLiteral("volume"), volume->uuid);
        writeJson(command.io.out, out);
        return kDone;
    }
    std::ostream &out = command.io.out;
    out << "Index of " << shownName(*volume).toStdString() << ": " << index.state.toStdString();
    if (!index.waitReason.isEmpty())
        out << ", " << index.waitReason.toStdString();
    if (!index.message.isEmpty())
        out << " (" << oneLine(index.message).toStdString() << ')';
    out << '\n'
        << index.files << " files in " << index.chunks << " passages, " << index.pending
        << " pending, " << index.failed << " failed\n"
        << "Model " << index.model.toStdString() << ", " << index.dimension << " dimensions; "
        << humanBytes(index.bytesOnDisk).toStdString() << " on disk\n";
    if (index.failed > 0)
        command.say(QStringLiteral("See why: vexctl index failures"));
    return kDone;
}

Outcome setPaused(const Command &command, const IndexArguments &arguments, bool isPaused)
{
    const auto volume = findIndexed(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    client::Client &client = command.io.client;
    const auto minutes = arguments.pauseTime.empty() ? std::optional(0U)
                                                     : minutesOf(arguments.pauseTime);
    if (!minutes) {
        return base::fail(base::Errc::InvalidArgs,
                          QStringLiteral("--for wants a time such as 30m, 1h or 2d"));
    }
    const QString reason = QString::fromStdString(arguments.reason);
    const auto done = await(command, isPaused
                                         ? client.pauseIndex(volume->object, *minutes, reason)
                                         : client.resumeIndex(volume->object));
    if (!done)
        return tl::unexpected(done.error());
    command.say(isPaused ? QStringLiteral("Paused. Go on with: vexctl index resume")
                         : QStringLiteral("Resumed"));
    return kDone;
}

Outcome pause(const Command &command, const IndexArguments &arguments)
{
    return setPaused(command, arguments, true);
}

Outcome resume(const Command &command, const IndexArguments &arguments)
{
    return setPaused(command, arguments, false);
}

/// What the job of @a reply came to, when it has ended well.
base::Result<QVariantMap> resultOf(const Command &command, const client::Reply<QString> &reply)
{
    const auto job = succeededJob(command, reply);
    if (!job)
        return tl::unexpected(job.error());
    return job->result;
}

Outcome rebuild(const Command &command, const IndexArguments &arguments)
{
    const std::string &wanted = arguments.volume.empty() && !arguments.paths.empty()
                                    ? arguments.paths.front()
                                    : arguments.volume;
    const auto volume = findIndexed(command, QString::fromStdString(wanted));
    if (!volume)
        return tl::unexpected(volume.error());
    QStringList uris;
    for (const std::string &each : arguments.paths)
        uris.append(absoluteUri(each));
    const auto begun = command.io.client.reindex(volume->object, uris, arguments.isForced);
    if (arguments.isBackground)
        return leaveJob(command, begun);
    const auto result = resultOf(command, begun);
    if (!result)
        return tl::unexpected(result.error());
    command.say(QStringLiteral("Indexed %1 files again")
                    .arg(result->value(QStringLiteral("files")).toULongLong()));
    return kDone;
}

Outcome model(const Command &command, const IndexArguments &arguments)
{
    const auto volume = findIndexed(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    if (arguments.model.empty()) {
        command.io.out << volume->index.model.toStdString() << '\n';
        return kDone;
    }
    QString wanted = QString::fromStdString(arguments.model);
    const bool isAddress = wanted.startsWith(QLatin1String("http:"))
                           || wanted.startsWith(QLatin1String("https:"));
    if (isAddress)
        command.say(
            QStringLiteral("The text of all files, and of searches, goes to %1").arg(wanted));
    else if (wanted != QLatin1String("builtin"))
        wanted = absoluteUri(arguments.model);
    QVariantMap options;
    for (const auto &[name, value] :
         {std::pair("name", &arguments.modelName), std::pair("dialect", &arguments.dialect),
          std::pair("key-file", &arguments.keyFile)}) {
        if (!value->empty())
            options.insert(QLatin1String(name), QString::fromStdString(*value));
    }
    const auto begun = command.io.client.setModel(volume->object, wanted, options);
    if (arguments.isBackground)
        return leaveJob(command, begun);
    const auto result = resultOf(command, begun);
    if (!result)
        return tl::unexpected(result.error());
    command.say(QStringLiteral("All files have vectors of %1")
                    .arg(result->value(QStringLiteral("model")).toString()));
    return kDone;
}

/// What people call the volumes and folders whose files have a model's vectors.
QStringList usersOf(const Command &command, const client::ModelInfo &model)
{
    QStringList names;
    for (const QString &object : model.volumes) {
        const QString id = dbus::volumeUuid(object);
        const auto volume = findIndexed(command, id);
        names.append(volume ? shownName(*volume) : id);
    }
    return names;
}

QJsonObject jsonOfModel(const client::ModelInfo &model)
{
    QJsonArray volumes;
    for (const QString &object : model.volumes)
        volumes.append(dbus::volumeUuid(object));
    QJsonObject row{{QStringLiteral("model"), model.model},
                    {QStringLiteral("source"), model.source},
                    {QStringLiteral("dimension"), int(model.dimension)},
                    {QStringLiteral("local"), model.isLocal},
                    {QStringLiteral("tuned"), model.isTuned},
                    {QStringLiteral("installed"), model.isInstalled},
                    {QStringLiteral("bytes"), jsonNumber(model.bytes)},
                    {QStringLiteral("volumes"), volumes}};
    for (const auto &[name, value] :
         {std::pair("id", model.id), std::pair("name", model.name),
          std::pair("license", model.license), std::pair("problem", model.problem)}) {
        if (!value.isEmpty())
            row.insert(QLatin1String(name), value);
    }
    if (!model.languages.isEmpty())
        row.insert(QStringLiteral("languages"), QJsonArray::fromStringList(model.languages));
    return row;
}

QStringList cellsOf(const Command &command, const client::ModelInfo &model)
{
    const QString what = model.isTuned ? model.source + QStringLiteral(", tuned")
        : model.name.isEmpty()         ? model.source
                                       : model.source + u' ' + model.name;
    return {oneLine(model.model), what,
            model.dimension > 0 ? QString::number(model.dimension) : QString(),
            model.bytes > 0 ? humanBytes(model.bytes) : QString(),
            model.isLocal ? QStringLiteral("here") : QStringLiteral("leaves this machine"),
            usersOf(command, model).join(QStringLiteral(", "))};
}

Outcome models(const Command &command, const IndexArguments &arguments)
{
    const auto volume = findIndexed(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto rows = await(command, command.io.client.listModels(volume->object));
    if (!rows)
        return tl::unexpected(rows.error());
    QJsonArray out;
    Table table({QStringLiteral("model"), QStringLiteral("source"), QStringLiteral(">dimensions"),
                 QStringLiteral(">size"), QStringLiteral("text"), QStringLiteral("used by")});
    for (const client::ModelInfo &each : *rows) {
        out.append(jsonOfModel(each));
        table.addRow(cellsOf(command, each));
    }
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.models/1")},
                                   {QStringLiteral("models"), out}});
        return kDone;
    }
    table.write(command.io.out);
    for (const client::ModelInfo &each : *rows) {
        if (!each.problem.isEmpty())
            command.say(QStringLiteral("Cannot be used: %1").arg(oneLine(each.problem)));
    }
    return kDone;
}

Outcome failures(const Command &command, const IndexArguments &arguments)
{
    const auto volume = findIndexed(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    QJsonArray rows;
    QString after;
    do {
        const auto page = await(command, command.io.client.listFailures(volume->object, after));
        if (!page)
            return tl::unexpected(page.error());
        for (const client::IndexFailure &each : page->failures) {
            const auto path = base::pathFromUri(each.uri);
            QJsonObject row{{QStringLiteral("reason"), each.reason},
                            {QStringLiteral("failed_at"), isoTime(each.failedAtUs)}};
            setFile(&row, each.uri);
            rows.append(row);
            if (!command.isJson) {
                command.io.out << shownPath(path ? *path : each.uri.toUtf8()).toStdString() << ": "
                               << oneLine(each.reason).toStdString() << '\n';
            }
        }
        after = page->next;
    } while (!after.isEmpty());
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.failures/1")},
                                   {QStringLiteral("failures"), rows}});
    } else if (rows.isEmpty()) {
        command.say(QStringLiteral("No file failed"));
    }
    return kDone;
}

} // namespace

void addIndexVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<IndexArguments>();
    CLI::App *verb = app.add_subcommand("index", "Tells about the index, pauses and rebuilds it");
    verb->require_subcommand(1);
    verb->add_option("--volume", arguments->volume, "Mount point, image file, label or uuid");
    const auto add = [&](const char *name, const char *what,
                         Outcome (*act)(const Command &, const IndexArguments &)) {
        CLI::App *added = verb->add_subcommand(name, what);
        added->fallthrough();
        added->callback([command, arguments, act] {
            command->verb = [command, arguments, act] { return act(*command, *arguments); };
        });
        return added;
    };
    add("status", "How far it is", status);
    CLI::App *pausing = add("pause", "Holds indexing back; searches go on", pause);
    pausing->add_option("--for", arguments->pauseTime, "30m, 1h, 2d; otherwise until resume");
    pausing->add_option("--reason", arguments->reason, "Told by index status");
    add("resume", "Goes on", resume);
    CLI::App *rebuilding = add("rebuild", "Indexes files again and waits for it", rebuild);
    rebuilding->add_option("PATH", arguments->paths, "Files and folders; everything otherwise");
    rebuilding->add_flag("--force", arguments->isForced, "Even what has fitting vectors");
    add("models", "Lists the models there are, and who uses them", models);
    CLI::App *modelling = add("model", "Names the model, or embeds all files by another", model);
    modelling->add_option("MODEL", arguments->model,
                          "builtin, a sentence encoder's folder, or an endpoint's http(s) address");
    modelling->add_option("--name", arguments->modelName, "Of the model behind an address");
    modelling->add_option("--dialect", arguments->dialect, "Of an address: openai or ollama");
    modelling->add_option("--key-file", arguments->keyFile, "What an address is shown as the key");
    for (CLI::App *each : {rebuilding, modelling})
        each->add_flag("--background", arguments->isBackground,
                       "Print the number of the job and leave");
    CLI::App *configuring = add("config", "Tells what is set of it, or sets KEY=VALUE",
                                [](const Command &asked, const IndexArguments &given) {
                                    return configureIndex(asked, given.volume, given.settings);
                                });
    configuring->add_option("KEY=VALUE", arguments->settings,
                            "enabled, roots, exclude, max-file-size, types, ocr, on-battery, "
                            "cpu-limit; lists with commas, KEY= for none");
    CLI::App *excluding = add("exclude", "Lists what is left out, or changes that",
                              [](const Command &asked, const IndexArguments &given) {
                                  return excludeFromIndex(asked, given.volume, given.action,
                                                          given.globs);
                              });
    excluding->add_option("ACTION", arguments->action, "add or rm")
        ->check(CLI::IsMember({"add", "rm"}));
    excluding->add_option("GLOB", arguments->globs,
                          "Files and folders, or globs: '*.log', 'node_modules', '/tmp/*'");
    add("failures", "Lists the files that could not be indexed, and why", failures);
}

} // namespace vexfs::cli
