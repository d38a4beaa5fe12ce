// SPDX-License-Identifier: Apache-2.0
//
// vexctl snapshot diff, show and restore.
#include "cli/output/human.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/snapshot/snapshot_verbs.h"
#include "common/base/file_uri.h"

#include <QMap>

#include <algorithm>
#include <memory>

namespace vexfs::cli {

namespace {

struct ChangeArguments
{
    std::shared_ptr<std::string> volume;
    std::string from;
    std::string to;
    std::vector<std::string> paths;
    std::string destination;
    bool isReplaced = false;
    bool isSkipped = false;
    bool isDryRun = false;
    std::string name;
    bool isLocked = false;
    bool isUnlocked = false;
    std::optional<std::string> description;
};

QString shownReference(const QString &reference)
{
    return shownPath(QByteArray::fromPercentEncoding(reference.toUtf8()));
}

QJsonObject jsonOfChange(const client::FileChange &change)
{
    QJsonObject out{{QStringLiteral("kind"), change.kind},
                    {QStringLiteral("path"), shownReference(change.path)},
                    {QStringLiteral("folder"), change.isFolder},
                    {QStringLiteral("size_bytes"), jsonNumber(change.sizeBytes)},
                    {QStringLiteral("old_size_bytes"), jsonNumber(change.oldSizeBytes)}};
    if (!change.oldPath.isEmpty())
        out.insert(QStringLiteral("old_path"), shownReference(change.oldPath));
    return out;
}

void writeChanges(const Command &command, const QList<client::FileChange> &changes)
{
    if (command.isJson) {
        QJsonArray rows;
        for (const client::FileChange &each : changes)
            rows.append(jsonOfChange(each));
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.changes/1")},
                                   {QStringLiteral("changes"), rows}});
        return;
    }
    for (const client::FileChange &each : changes) {
        QString line = each.kind.leftJustified(9) + shownReference(each.path);
        if (each.isFolder)
            line += u'/';
        if (!each.oldPath.isEmpty())
            line += QStringLiteral("  from ") + shownReference(each.oldPath);
        command.io.out << line.toStdString() << '\n';
    }
    command.say(QStringLiteral("Changed: %1.").arg(summary(changes)));
}

/// From here, where that is on the volume, else from its root.
QString uriOnVolume(const client::VolumeInfo &volume, const std::string &path)
{
    const QByteArray root = mountPath(volume);
    const QByteArray fromHere = absolutePath(path);
    if (path.starts_with('/') || fromHere == root || fromHere.startsWith(root + '/'))
        return base::uriFromPath(fromHere);
    return base::uriFromPath(base::cleanPath(root + '/' + QByteArray::fromStdString(path)));
}

/// Whether a reference from the root of the volume is at or below one of the places.
bool isAtOrBelow(const QString &reference, const QByteArrayList &places)
{
    const QByteArray path = QByteArray::fromPercentEncoding(reference.toUtf8());
    return std::any_of(places.begin(), places.end(), [&path](const QByteArray &place) {
        return place.isEmpty() || path == place || path.startsWith(place + '/');
    });
}

/// What of the changes happened at the paths that were given, if any were.
base::Result<QList<client::FileChange>> changesAt(const client::VolumeInfo &volume,
                                                  const ChangeArguments &arguments,
                                                  QList<client::FileChange> changes)
{
    const QByteArray root = mountPath(volume);
    QByteArrayList places;
    for (const std::string &each : arguments.paths) {
        const auto path = base::pathFromUri(uriOnVolume(volume, each));
        if (!path || (*path != root && !path->startsWith(root + '/'))) {
            return base::fail(base::Errc::NotOnVolume,
                              QStringLiteral("%1 is not on the volume at %2")
                                  .arg(QString::fromStdString(each), shownPath(root)));
        }
        places.append(path->mid(root.size() + 1));
    }
    if (!places.isEmpty()) {
        changes.removeIf([&places](const client::FileChange &each) {
            return !isAtOrBelow(each.path, places)
                && (each.oldPath.isEmpty() || !isAtOrBelow(each.oldPath, places));
        });
    }
    return changes;
}

Outcome diff(const Command &command, const ChangeArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto changes
        = allChanges(command, volume->object, QString::fromStdString(arguments.from),
                     QString::fromStdString(arguments.to));
    if (!changes)
        return tl::unexpected(changes.error());
    const auto wanted = changesAt(*volume, arguments, *changes);
    if (!wanted)
        return tl::unexpected(wanted.error());
    writeChanges(command, *wanted);
    return kDone;
}

// What came with a snapshot: against the one before it.
Outcome show(const Command &command, const ChangeArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const QString name = QString::fromStdString(arguments.from);
    QString after;
    bool isNext = false;
    do {
        const auto page = await(command, command.io.client.listSnapshots(volume->object, after));
        if (!page)
            return tl::unexpected(page.error());
        for (const client::SnapshotInfo &each : page->snapshots) {
            if (isNext) {
                ChangeArguments pair = arguments;
                pair.from = each.name.toStdString();
                pair.to = name.toStdString();
                command.say(QStringLiteral("Since %1 (%2):").arg(each.name,
                                                                 localTime(each.createdUs)));
                return diff(command, pair);
            }
            isNext = each.name == name;
        }
        after = page->next;
    } while (!after.isEmpty());
    if (!isNext)
        return base::fail(base::Errc::NotFound,
                          QStringLiteral("There is no snapshot '%1'").arg(name));
    command.say(QStringLiteral("It is the first; there is nothing to compare it with"));
    return kDone;
}

/// The volume that the files are on. Paths from its root, as diff tells them, do not say which.
base::Result<client::VolumeInfo> volumeOfFiles(const Command &command,
                                               const ChangeArguments &arguments)
{
    if (!arguments.volume->empty())
        return findVolume(command, QString::fromStdString(*arguments.volume));
    const std::string &first = arguments.paths.front();
    const auto volume = findVolume(command, QString::fromStdString(first));
    return volume || first.starts_with('/') ? volume : findVolume(command, {});
}

Outcome restoreFiles(const Command &command, const ChangeArguments &arguments)
{
    const auto volume = volumeOfFiles(command, arguments);
    if (!volume)
        return tl::unexpected(volume.error());
    client::RestoreOptions options;
    options.snapshot = QString::fromStdString(arguments.from);
    for (const std::string &each : arguments.paths)
        options.uris.append(uriOnVolume(*volume, each));
    if (!arguments.destination.empty())
        options.destinationUri = absoluteUri(arguments.destination);
    if (arguments.isReplaced)
        options.conflict = QStringLiteral("overwrite");
    if (arguments.isSkipped)
        options.conflict = QStringLiteral("skip");
    options.isDryRun = arguments.isDryRun;
    const auto object = await(command, command.io.client.restore(volume->object, options));
    if (!object)
        return tl::unexpected(object.error());
    return finishRestore(command, *object, arguments.isDryRun ? QStringLiteral("Would restore")
                                                              : QStringLiteral("Restored"));
}

Outcome rollback(const Command &command, const ChangeArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const QString name = QString::fromStdString(arguments.from);
    const auto job = succeededJob(command, command.io.client.rollback(volume->object, name));
    if (!job)
        return tl::unexpected(job.error());
    const QString before = job->result.value(QStringLiteral("undo-snapshot")).toString();
    if (command.isJson) {
        writeJson(command.io.out,
                  {{QStringLiteral("schema"), QStringLiteral("vexctl.rollback/1")},
                   {QStringLiteral("undo_snapshot"), before}});
    } else {
        command.say(QStringLiteral("Back at %1. What was there is in %2;  undo with: vexctl undo")
                        .arg(name, before));
    }
    return kDone;
}

Outcome change(const Command &command, const ChangeArguments &arguments)
{
    QVariantMap changes;
    if (!arguments.name.empty())
        changes.insert(QStringLiteral("name"), QString::fromStdString(arguments.name));
    if (arguments.isLocked || arguments.isUnlocked)
        changes.insert(QStringLiteral("locked"), arguments.isLocked);
    if (arguments.description) {
        changes.insert(QStringLiteral("description"),
                       QString::fromStdString(*arguments.description));
    }
    if (changes.isEmpty()) {
        return base::fail(base::Errc::InvalidArgs,
                          QStringLiteral("Say what to change: --name, --description, --lock or "
                                         "--unlock"));
    }
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    const auto done = await(command, command.io.client.setSnapshot(
                                         volume->object, QString::fromStdString(arguments.from),
                                         changes));
    if (!done)
        return tl::unexpected(done.error());
    return kDone;
}

} // namespace

base::Result<QList<client::FileChange>> allChanges(const Command &command, const QString &object,
                                                   const QString &from, const QString &to)
{
    QList<client::FileChange> all;
    QString after;
    do {
        const auto page = await(command, command.io.client.changes(object, from, to, after));
        if (!page)
            return tl::unexpected(page.error());
        all += page->changes;
        after = page->next;
    } while (!after.isEmpty());
    return all;
}

QString summary(const QList<client::FileChange> &changes)
{
    QMap<QString, int> counts;
    for (const client::FileChange &each : changes)
        ++counts[each.kind];
    QStringList parts;
    for (auto each = counts.constBegin(); each != counts.constEnd(); ++each)
        parts.append(QStringLiteral("%1 %2").arg(each.value()).arg(each.key()));
    return parts.isEmpty() ? QStringLiteral("nothing") : parts.join(QStringLiteral(", "));
}

Outcome finishRestore(const Command &command, const QString &object, const QString &said)
{
    const auto job = waitForJob(command, object);
    if (!job)
        return tl::unexpected(job.error());
    if (auto done = jobOutcome(*job); !done)
        return tl::unexpected(done.error());
    const auto count = [&](const char *key) { return job->result.value(QLatin1String(key)); };
    const QString pair = count("undo-snapshot").toString();
    if (command.isJson) {
        writeJson(command.io.out,
                  {{QStringLiteral("schema"), QStringLiteral("vexctl.restore/1")},
                   {QStringLiteral("restored"), jsonNumber(count("restored").toULongLong())},
                   {QStringLiteral("skipped"), jsonNumber(count("skipped").toULongLong())},
                   {QStringLiteral("undo_snapshot"), pair}});
    } else {
        command.say(QStringLiteral("%1 %2, left alone %3.%4")
                        .arg(said)
                        .arg(count("restored").toULongLong())
                        .arg(count("skipped").toULongLong())
                        .arg(pair.isEmpty() ? QString()
                                            : QStringLiteral("  Undo with: vexctl undo")));
    }
    sayProblems(command, *job);
    return job->problems > 0 ? kPartly : kDone;
}

void addSnapshotChangeVerbs(CLI::App *verb, Command *command,
                            const std::shared_ptr<std::string> &volume)
{
    auto arguments = std::make_shared<ChangeArguments>();
    arguments->volume = volume;
    using Act = Outcome (*)(const Command &, const ChangeArguments &);
    const auto run = [command, arguments](Act act) {
        return [command, arguments, act] {
            command->verb = [command, arguments, act] { return act(*command, *arguments); };
        };
    };
    CLI::App *comparing = verb->add_subcommand("diff", "Tells what differs");
    comparing->fallthrough();
    comparing->add_option("FROM", arguments->from, "A snapshot")
        ->required()
        ->type_name("SNAPSHOT");
    comparing
        ->add_option("TO", arguments->to, "Another one; the files of now otherwise, and for ''")
        ->type_name("SNAPSHOT");
    comparing->add_option("PATH", arguments->paths, "Only what is there, or below it");
    comparing->callback(run(diff));

    CLI::App *showing = verb->add_subcommand("show", "Tells what changed since the one before");
    showing->fallthrough();
    showing->add_option("NAME", arguments->from)->required()->type_name("SNAPSHOT");
    showing->callback(run(show));

    CLI::App *going = verb->add_subcommand("rollback", "Makes the files what they were then");
    going->fallthrough();
    going->add_option("NAME", arguments->from)->required()->type_name("SNAPSHOT");
    going->callback(run(rollback));

    CLI::App *setting = verb->add_subcommand("set", "Renames, locks or unlocks a snapshot");
    setting->fallthrough();
    setting->add_option("NAME", arguments->from)->required()->type_name("SNAPSHOT");
    setting->add_option("--name", arguments->name, "The new name");
    setting->add_option("-d,--description", arguments->description, "Why it was taken");
    CLI::Option *locks
        = setting->add_flag("--lock", arguments->isLocked, "It cannot be deleted");
    setting->add_flag("--unlock", arguments->isUnlocked, "It can be again")->excludes(locks);
    setting->callback(run(change));

    CLI::App *restoring = verb->add_subcommand("restore", "Brings files of a snapshot back");
    restoring->fallthrough();
    restoring->add_option("NAME", arguments->from)->required()->type_name("SNAPSHOT");
    restoring->add_option("PATH", arguments->paths, "Where they were")->required();
    restoring->add_option("--to", arguments->destination, "Into this folder instead");
    CLI::Option *replaces = restoring->add_flag("--replace", arguments->isReplaced,
                                                "In place of what is there now, not beside it");
    restoring->add_flag("--skip", arguments->isSkipped, "Not where something is there")
        ->excludes(replaces);
    restoring->add_flag("-n,--dry-run", arguments->isDryRun, "Only tell how many");
    restoring->callback(run(restoreFiles));
}

} // namespace vexfs::cli
