// SPDX-License-Identifier: Apache-2.0
//
// vexctl history, guard and undo.
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/snapshot/snapshot_verbs.h"
#include "common/base/file_uri.h"

#include <QDateTime>
#include <QFile>
#include <QProcess>

#include <csignal>
#include <memory>

namespace vexfs::cli {

namespace {

struct HistoryArguments
{
    std::string file;
    std::string restored;
    std::string destination;
    bool isReplaced = false;
    std::vector<std::string> compared;
};

/// What stands for the file as it is now, where no snapshot is called so.
const QString kNow = QStringLiteral("now");

base::Result<client::FileVersion> versionAt(const QList<client::FileVersion> &versions,
                                            const QString &name)
{
    for (const client::FileVersion &each : versions) {
        if (each.snapshots.contains(name))
            return each;
    }
    for (const client::FileVersion &each : versions) {
        if (each.isLive && name == kNow)
            return each;
    }
    return base::fail(base::Errc::NotFound, name == kNow
                          ? QStringLiteral("The file is not there any more")
                          : QStringLiteral("The file is in no snapshot '%1'").arg(name));
}

/// What diff(1) says of the two; empty where they are the same.
base::Result<QByteArray> differenceOf(const Command &command, const client::FileVersion &from,
                                      const client::FileVersion &to, const QStringList &labels)
{
    const auto before = base::pathFromUri(from.uri);
    const auto after = base::pathFromUri(to.uri);
    if (!before || !after || from.uri == to.uri)
        return QByteArray();
    QProcess process;
    process.start(QStringLiteral("diff"),
                  {QStringLiteral("-u"),
                   command.hasColour() ? QStringLiteral("--color=always")
                                       : QStringLiteral("--color=never"),
                   QStringLiteral("--label"), labels[0], QStringLiteral("--label"), labels[1],
                   QStringLiteral("--"), QFile::decodeName(*before), QFile::decodeName(*after)});
    constexpr int kTrouble = 2;
    const bool isEnded = process.waitForFinished(-1);
    if (!isEnded || process.exitStatus() != QProcess::NormalExit
        || process.exitCode() >= kTrouble) {
        const QByteArray said = process.readAllStandardError().trimmed();
        return base::fail(base::Errc::Failed,
                          QStringLiteral("The versions cannot be compared: %1")
                              .arg(said.isEmpty() ? process.errorString()
                                                  : QString::fromLocal8Bit(said)));
    }
    return process.readAllStandardOutput();
}

Outcome compare(const Command &command, const HistoryArguments &arguments,
                const QList<client::FileVersion> &versions)
{
    const QString from = QString::fromStdString(arguments.compared[0]);
    const QString to = QString::fromStdString(arguments.compared[1]);
    const auto before = versionAt(versions, from);
    const auto after = versionAt(versions, to);
    for (const auto *each : {&before, &after}) {
        if (!*each)
            return tl::unexpected(each->error());
    }
    const auto text = differenceOf(command, *before, *after, {from, to});
    if (!text)
        return tl::unexpected(text.error());
    if (command.isJson) {
        writeJson(command.io.out,
                  {{QStringLiteral("schema"), QStringLiteral("vexctl.history-diff/1")},
                   {QStringLiteral("differs"), !text->isEmpty()},
                   {QStringLiteral("diff"), QString::fromUtf8(*text)}});
        return kDone;
    }
    command.io.out << text->toStdString();
    if (text->isEmpty())
        command.say(QStringLiteral("Nothing differs"));
    return kDone;
}

void writeVersions(const Command &command, const QList<client::FileVersion> &versions)
{
    QJsonArray rows;
    Table table({QStringLiteral("CHANGED"), QStringLiteral(">SIZE"), QStringLiteral("SNAPSHOTS")});
    for (const client::FileVersion &each : versions) {
        QJsonObject row{{QStringLiteral("modified_at"), isoTime(each.mtimeUs)},
                        {QStringLiteral("size_bytes"), jsonNumber(each.sizeBytes)},
                        {QStringLiteral("live"), each.isLive},
                        {QStringLiteral("snapshots"), QJsonArray::fromStringList(each.snapshots)}};
        if (!each.deletedAfter.isEmpty())
            row.insert(QStringLiteral("deleted_after"), each.deletedAfter);
        setFile(&row, each.uri);
        rows.append(row);
        QString where = each.isLive ? QStringLiteral("now") : QString();
        if (!each.snapshots.isEmpty())
            where += (where.isEmpty() ? QString() : QStringLiteral(", "))
                + each.snapshots.constFirst();
        if (each.snapshots.size() > 1)
            where += QStringLiteral(" and %1 more").arg(each.snapshots.size() - 1);
        if (!each.deletedAfter.isEmpty())
            where += QStringLiteral("  (then deleted)");
        table.addRow({localTime(each.mtimeUs), humanBytes(each.sizeBytes), where});
    }
    if (command.isJson)
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.history/1")},
                                   {QStringLiteral("versions"), rows}});
    else
        table.write(command.io.out);
}

Outcome history(const Command &command, const HistoryArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(arguments.file));
    if (!volume)
        return tl::unexpected(volume.error());
    const QString uri = absoluteUri(arguments.file);
    if (!arguments.restored.empty()) {
        client::RestoreOptions options;
        options.snapshot = QString::fromStdString(arguments.restored);
        options.uris = QStringList{uri};
        if (!arguments.destination.empty())
            options.destinationUri = absoluteUri(arguments.destination);
        if (arguments.isReplaced)
            options.conflict = QStringLiteral("overwrite");
        const auto object = await(command, command.io.client.restore(volume->object, options));
        if (!object)
            return tl::unexpected(object.error());
        return finishRestore(command, *object, QStringLiteral("Restored"));
    }
    const auto versions = await(command, command.io.client.versions(volume->object, uri));
    if (!versions)
        return tl::unexpected(versions.error());
    if (!arguments.compared.empty())
        return compare(command, arguments, *versions);
    writeVersions(command, *versions);
    return kDone;
}

struct GuardArguments
{
    std::string volume;
    std::vector<std::string> words;
};

/// With the terminal as it is; Ctrl-C is the command's.
base::Result<int> runCommand(const QStringList &words)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.setInputChannelMode(QProcess::ForwardedInputChannel);
    process.start(words.constFirst(), words.mid(1));
    if (!process.waitForStarted(-1)) {
        return base::fail(base::Errc::NotFound, QStringLiteral("Cannot start '%1': %2")
                                                    .arg(words.constFirst(),
                                                         process.errorString()));
    }
    struct sigaction ignore = {};
    struct sigaction before = {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &before);
    process.waitForFinished(-1);
    sigaction(SIGINT, &before, nullptr);
    constexpr int kSignalled = 128;
    return process.exitStatus() == QProcess::NormalExit ? process.exitCode()
                                                        : kSignalled + process.exitCode();
}

Outcome guard(const Command &command, const GuardArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const QString name
        = QStringLiteral("undo-%1-guard")
              .arg(QDateTime::currentDateTime().toString(
                  QStringLiteral("yyyy-MM-dd_HH.mm.ss.zzz")));
    client::Client &client = command.io.client;
    const auto before = await(command, client.createSnapshot(volume->object, name, {}));
    if (!before)
        return tl::unexpected(before.error());
    QStringList words;
    for (const std::string &each : arguments.words)
        words.append(QString::fromStdString(each));
    command.io.out.flush();
    const auto status = runCommand(words);
    const auto after = await(
        command, client.createSnapshot(volume->object, name + QStringLiteral("-done"), {}));
    if (!status)
        return status;
    if (!after)
        return tl::unexpected(after.error());
    const auto changes = allChanges(command, volume->object, *before, *after);
    if (!changes)
        return tl::unexpected(changes.error());
    command.say(QStringLiteral("Changed: %1.%2")
                    .arg(summary(*changes),
                         changes->isEmpty() ? QString()
                                            : QStringLiteral("  Undo with: vexctl undo")));
    return *status;
}

struct UndoArguments
{
    std::string volume;
    std::string snapshot;
};

Outcome undo(const Command &command, const UndoArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto object
        = await(command, command.io.client.undo(volume->object,
                                                QString::fromStdString(arguments.snapshot)));
    if (!object)
        return tl::unexpected(object.error());
    return finishRestore(command, *object, QStringLiteral("Undone"));
}

} // namespace

void addHistoryVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<HistoryArguments>();
    CLI::App *verb = app.add_subcommand("history", "Lists the versions of a file in snapshots");
    verb->add_option("FILE", arguments->file, "As it is called now, or was")->required();
    CLI::Option *compared
        = verb->add_option("--diff", arguments->compared,
                           "Tell what differs from one snapshot to another, or to 'now'")
              ->expected(2)
              ->type_name("SNAPSHOT");
    verb->add_option("--restore", arguments->restored, "Bring back what this snapshot has")
        ->type_name("SNAPSHOT")
        ->excludes(compared);
    verb->add_option("--to", arguments->destination, "Into this folder instead");
    verb->add_flag("--replace", arguments->isReplaced, "In place of what is there now");
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return history(*command, *arguments); };
    });
}

void addGuardVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<GuardArguments>();
    CLI::App *verb = app.add_subcommand(
        "guard", "Runs a command so that what it does to a volume can be undone");
    verb->add_option("--volume", arguments->volume, "Mount point, image file, label or uuid");
    verb->add_option("COMMAND", arguments->words, "After --")->required();
    verb->footer("Example: vexctl guard -- ./clean-up ~/docs");
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return guard(*command, *arguments); };
    });
}

void addUndoVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<UndoArguments>();
    CLI::App *verb = app.add_subcommand(
        "undo", "Takes back what the last restore, undo or guarded command changed");
    verb->add_option("--volume", arguments->volume, "Mount point, image file, label or uuid");
    verb->add_option("SNAPSHOT", arguments->snapshot, "That was told; the last otherwise")
        ->type_name("SNAPSHOT");
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return undo(*command, *arguments); };
    });
}

} // namespace vexfs::cli
