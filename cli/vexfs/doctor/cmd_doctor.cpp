// SPDX-License-Identifier: Apache-2.0
//
// vexctl doctor: what VexFS needs to work here, one line each, with what to do about it.
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace vexfs::cli {

namespace {

using base::Action;
using base::Permission;

enum class Verdict { Good, Doubtful, Bad };

struct Finding
{
    Verdict verdict = Verdict::Good;
    QString subject;
    QString text;
    QString remedy; ///< Empty where there is nothing to do.
};

constexpr const char *kVerdictWords[] = {"good", "doubtful", "bad"};
constexpr const char *kVerdictMarks[] = {"ok  ", "note", "BAD "};

/// The session bus, and who answers there.
QList<Finding> ofDaemon(const Command &command)
{
    const auto daemon = await(command, command.io.client.daemon());
    if (daemon) {
        return {{Verdict::Good, QStringLiteral("service"),
                 QStringLiteral("vexfsd %1 answers, for the %2").arg(daemon->version, daemon->role),
                 {}}};
    }
    const QString bus = qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS");
    const QString place = qEnvironmentVariable("XDG_RUNTIME_DIR") + QStringLiteral("/bus");
    if (bus.isEmpty() && !QFile::exists(place)) {
        return {{Verdict::Bad, QStringLiteral("service"),
                 QStringLiteral("There is no session bus"),
                 QStringLiteral("Log in to a desktop, or begin with: dbus-run-session bash")}};
    }
    return {{Verdict::Bad, QStringLiteral("service"), daemon.error().what,
             suggestion(daemon.error())}};
}

/// What mounts volumes: the kernel's module where it is loaded, else vexfs-fuse.
QList<Finding> ofDrivers()
{
    QFile known(QStringLiteral("/proc/filesystems"));
    bool hasModule = false;
    if (known.open(QIODevice::ReadOnly))
        hasModule = known.readAll().contains("\tvexfs\n");
    const int error = ::access("/dev/fuse", R_OK | W_OK) == 0 ? 0 : errno;
    Finding fuse{Verdict::Good, QStringLiteral("FUSE"),
                 QStringLiteral("/dev/fuse can be used"), {}};
    if (error != 0) {
        fuse = {hasModule ? Verdict::Doubtful : Verdict::Bad, QStringLiteral("FUSE"),
                QStringLiteral("/dev/fuse cannot be used: %1")
                    .arg(QString::fromLocal8Bit(::strerror(error))),
                QStringLiteral("Load it with: modprobe fuse; in a container, pass the device in")};
    }
    const Finding module{Verdict::Good, QStringLiteral("module"),
                         hasModule ? QStringLiteral("vexfs.ko is loaded")
                                   : QStringLiteral("vexfs.ko is not loaded; vexfs-fuse is used"),
                         {}};
    return {fuse, module};
}

/// Of a user daemon what is denied is missing: a device, or a program.
QList<Finding> ofPermissions(const Command &command)
{
    const auto permissions = await(command, command.io.client.permissions());
    if (!permissions)
        return {{Verdict::Doubtful, QStringLiteral("rights"), permissions.error().what, {}}};
    const std::pair<Action, const char *> needed[] = {
        {Action::VolumeMount, "Volumes cannot be mounted"},
        {Action::VolumeManage, "Volumes cannot be made or changed"},
        {Action::MaintainRepair, "Volumes cannot be repaired"}};
    QList<Finding> out;
    for (const auto &[action, text] : needed) {
        if (permissions->value(action, Permission::Yes) == Permission::No) {
            out.append({Verdict::Bad, QStringLiteral("rights"), QLatin1String(text),
                        QStringLiteral("The service lacks a program or /dev/fuse: is the "
                                       "installation whole?")});
        }
    }
    if (out.isEmpty())
        out.append({Verdict::Good, QStringLiteral("rights"),
                    QStringLiteral("Volumes can be made, mounted and repaired"), {}});
    return out;
}

QString remedyOf(const QString &warning, const QString &name)
{
    if (warning == QLatin1String("nearly-full"))
        return QStringLiteral("Delete snapshots, or: vexctl volume resize %1 SIZE").arg(name);
    if (warning == QLatin1String("checksum-errors"))
        return QStringLiteral("See which files are damaged: vexctl volume scrub %1").arg(name);
    return QStringLiteral("See: vexctl volume status %1").arg(name);
}

QList<Finding> ofVolume(const client::VolumeInfo &volume)
{
    const QString name = shownName(volume);
    const QString subject = QStringLiteral("volume %1").arg(name);
    if (volume.state == QLatin1String("error"))
        return {{Verdict::Bad, subject, QStringLiteral("It cannot be used"),
                 QStringLiteral("Check it: vexctl volume check %1").arg(name)}};
    if (!volume.isMounted())
        return {{Verdict::Good, subject, QStringLiteral("It is not mounted"), {}}};
    QList<Finding> out;
    for (const QString &warning : volume.warnings)
        out.append({Verdict::Doubtful, subject, warning, remedyOf(warning, name)});
    if (volume.index.state == QLatin1String("error"))
        out.append({Verdict::Bad, subject,
                    QStringLiteral("Its index does not work: %1").arg(volume.index.message),
                    QStringLiteral("Build it again: vexctl index rebuild --volume %1").arg(name)});
    if (volume.index.failed > 0)
        out.append({Verdict::Doubtful, subject,
                    QStringLiteral("%1 files could not be read").arg(volume.index.failed),
                    QStringLiteral("See: vexctl index failures --volume %1").arg(name)});
    if (out.isEmpty())
        out.append({Verdict::Good, subject,
                    QStringLiteral("Mounted; %1 files can be found").arg(volume.index.files), {}});
    return out;
}

QList<Finding> ofVolumes(const Command &command)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return {{Verdict::Bad, QStringLiteral("volumes"), inventory.error().what, {}}};
    QList<Finding> out;
    for (const client::VolumeInfo &each : inventory->volumes)
        out += ofVolume(each);
    if (out.isEmpty())
        out.append({Verdict::Good, QStringLiteral("volumes"), QStringLiteral("There are none yet"),
                    QStringLiteral("Make one: vexctl volume create docs.vexfs --size 64G -L docs "
                                   "--mount")});
    return out;
}

/// The model lies beside the program of each volume: any of them tells whether it is there.
QList<Finding> ofModels(const Command &command)
{
    const auto volume = findIndexed(command, {});
    if (!volume)
        return {};
    const auto models = await(command, command.io.client.listModels(volume->object));
    if (!models)
        return {{Verdict::Bad, QStringLiteral("model"), models.error().what,
                 suggestion(models.error())}};
    QList<Finding> out;
    for (const client::ModelInfo &each : *models) {
        if (!each.problem.isEmpty())
            out.append({Verdict::Doubtful, QStringLiteral("model"), each.problem, {}});
    }
    out.prepend({Verdict::Good, QStringLiteral("model"),
                 QStringLiteral("%1 can be used").arg(models->size() - out.size()), {}});
    return out;
}

QJsonObject jsonOf(const Finding &finding)
{
    QJsonObject row{{QStringLiteral("verdict"),
                     QLatin1String(kVerdictWords[static_cast<size_t>(finding.verdict)])},
                    {QStringLiteral("subject"), finding.subject},
                    {QStringLiteral("message"), finding.text}};
    if (!finding.remedy.isEmpty())
        row.insert(QStringLiteral("remedy"), finding.remedy);
    return row;
}

void write(const Command &command, const QList<Finding> &findings)
{
    if (command.isJson) {
        QJsonArray rows;
        for (const Finding &each : findings)
            rows.append(jsonOf(each));
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.doctor/1")},
                                   {QStringLiteral("findings"), rows}});
        return;
    }
    for (const Finding &each : findings) {
        command.io.out << kVerdictMarks[static_cast<size_t>(each.verdict)] << ' '
                       << each.subject.toStdString() << ": " << each.text.toStdString() << '\n';
        if (!each.remedy.isEmpty())
            command.io.out << "     " << each.remedy.toStdString() << '\n';
    }
}

Outcome examine(const Command &command)
{
    QList<Finding> findings = ofDaemon(command);
    const bool isServed = findings.constFirst().verdict == Verdict::Good;
    findings += ofDrivers();
    if (isServed)
        findings += ofPermissions(command) + ofVolumes(command) + ofModels(command);
    write(command, findings);
    const bool isBad = std::any_of(findings.cbegin(), findings.cend(), [](const Finding &each) {
        return each.verdict == Verdict::Bad;
    });
    return isBad ? kFailed : kDone;
}

} // namespace

void addDoctorVerb(CLI::App &app, Command *command)
{
    CLI::App *verb = app.add_subcommand("doctor", "Tells what keeps VexFS from working here");
    verb->callback([command] {
        command->verb = [command] { return examine(*command); };
    });
}

} // namespace vexfs::cli
