// SPDX-License-Identifier: Apache-2.0
//
// vexctl snapshot schedule: what is taken by itself and how long it stays, told as a sentence.
#include "cli/output/human.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/snapshot/snapshot_verbs.h"

#include <array>
#include <memory>
#include <optional>

namespace vexfs::cli {

namespace {

struct KeptPeriod
{
    const char *name; ///< As the interface has it.
    const char *each; ///< "every hour"
};

constexpr std::array<KeptPeriod, 6> kPeriods{{{"frequent", ""},
                                              {"hourly", "every hour"},
                                              {"daily", "every day"},
                                              {"weekly", "every week"},
                                              {"monthly", "every month"},
                                              {"yearly", "every year"}}};

struct ScheduleArguments
{
    std::shared_ptr<std::string> volume;
    std::array<std::optional<uint32_t>, kPeriods.size()> keep;
    std::optional<uint32_t> minutes;
    std::optional<double> minFreePct;
    bool isOn = false;
    bool isOff = false;
    bool isAlways = false;
    bool isOnChange = false;
};

QVariantMap changesOf(const ScheduleArguments &arguments)
{
    QVariantMap changes;
    for (size_t i = 0; i < kPeriods.size(); ++i) {
        if (arguments.keep[i])
            changes.insert(QLatin1String(kPeriods[i].name), *arguments.keep[i]);
    }
    if (arguments.minutes)
        changes.insert(QStringLiteral("frequent-minutes"), *arguments.minutes);
    if (arguments.minFreePct)
        changes.insert(QStringLiteral("min-free-percent"), *arguments.minFreePct);
    if (arguments.isAlways || arguments.isOnChange)
        changes.insert(QStringLiteral("skip-unchanged"), arguments.isOnChange);
    // Who says what to keep wants it done.
    if (arguments.isOn || arguments.isOff || !changes.isEmpty())
        changes.insert(QStringLiteral("enabled"), !arguments.isOff);
    return changes;
}

QString sentenceOf(const QVariantMap &schedule)
{
    QStringList parts;
    for (const KeptPeriod &period : kPeriods) {
        const uint32_t count = schedule.value(QLatin1String(period.name)).toUInt();
        if (count == 0)
            continue;
        const QString each
            = *period.each != '\0'
                  ? QLatin1String(period.each)
                  : QStringLiteral("every %1 minutes")
                        .arg(schedule.value(QStringLiteral("frequent-minutes")).toUInt());
        parts.append(parts.isEmpty() ? QStringLiteral("%1 keep %2").arg(each).arg(count)
                                     : QStringLiteral("%1 %2").arg(each).arg(count));
    }
    QString text = parts.join(QStringLiteral(", "));
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    if (schedule.value(QStringLiteral("skip-unchanged")).toBool())
        text += QStringLiteral("; none where nothing changed");
    const double least = schedule.value(QStringLiteral("min-free-percent")).toDouble();
    if (least > 0)
        text += QStringLiteral("; stop when less than %1 % is free").arg(least);
    return text + u'.';
}

void tell(const Command &command, const client::VolumeInfo &volume)
{
    const bool isOn = volume.schedule.value(QStringLiteral("enabled")).toBool();
    if (command.isJson) {
        QJsonObject out{{QStringLiteral("schema"), QStringLiteral("vexctl.snapshot-schedule/1")}};
        for (auto each = volume.schedule.constBegin(); each != volume.schedule.constEnd(); ++each) {
            out.insert(QString(each.key()).replace(u'-', u'_'),
                       QJsonValue::fromVariant(each.value()));
        }
        out.insert(QStringLiteral("next_run_at"), volume.nextRunUs == 0
                                                      ? QJsonValue()
                                                      : QJsonValue(isoTime(volume.nextRunUs)));
        writeJson(command.io.out, out);
        return;
    }
    if (!isOn) {
        command.io.out << "No snapshots are taken by themselves.\n";
        command.say(QStringLiteral("Turn it on with: vexctl snapshot schedule --on"));
        return;
    }
    command.io.out << sentenceOf(volume.schedule).toStdString() << "\nThe next one: "
                   << localTime(volume.nextRunUs).toStdString() << '\n';
}

Outcome schedule(const Command &command, const ScheduleArguments &arguments)
{
    const QString wanted = QString::fromStdString(*arguments.volume);
    auto volume = findVolume(command, wanted);
    if (!volume)
        return tl::unexpected(volume.error());
    const QVariantMap changes = changesOf(arguments);
    if (!changes.isEmpty()) {
        const auto done
            = await(command, command.io.client.setSchedule(volume->object, changes));
        if (!done)
            return tl::unexpected(done.error());
        volume = findVolume(command, wanted);
        if (!volume)
            return tl::unexpected(volume.error());
    }
    tell(command, *volume);
    return kDone;
}

} // namespace

void addSnapshotScheduleVerb(CLI::App *verb, Command *command,
                             const std::shared_ptr<std::string> &volume)
{
    auto arguments = std::make_shared<ScheduleArguments>();
    arguments->volume = volume;
    CLI::App *setting = verb->add_subcommand(
        "schedule", "Shows or sets what is taken by itself, and how many of them stay");
    setting->fallthrough();
    for (size_t i = 0; i < kPeriods.size(); ++i) {
        setting->add_option(std::string("--") + kPeriods[i].name, arguments->keep[i],
                            "How many to keep, one of each");
    }
    setting->add_option("--frequent-minutes", arguments->minutes, "How often --frequent is")
        ->check(CLI::Range(1, 60));
    setting->add_option("--min-free", arguments->minFreePct,
                        "Percent: while less is free none is taken, and the oldest go")
        ->check(CLI::Range(0.0, 100.0));
    setting->add_flag("--always", arguments->isAlways, "Also where nothing changed")
        ->excludes(setting->add_flag("--on-change", arguments->isOnChange,
                                     "Only where something changed"));
    setting->add_flag("--on", arguments->isOn, "Takes them")
        ->excludes(setting->add_flag("--off", arguments->isOff, "Takes none; all stay"));
    setting->callback([command, arguments] {
        command->verb = [command, arguments] { return schedule(*command, *arguments); };
    });
}

} // namespace vexfs::cli
