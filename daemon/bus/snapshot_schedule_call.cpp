// SPDX-License-Identifier: Apache-2.0
//
// Schedules of snapshots on the bus, and what is noted of snapshots.
#include "daemon/bus/volume_object.h"

#include <QDBusArgument>

#include <limits>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

constexpr quint64 kTimeMost = std::numeric_limits<qint64>::max();
constexpr double kPercent = 100.0;

/// By Period.
constexpr std::array<const char *, kPeriods> kNames{"frequent", "hourly",  "daily",
                                                    "weekly",   "monthly", "yearly"};

Status editSchedule(const QVariantMap &values, SnapshotSchedule &schedule)
{
    dbus::Options options(values, {"enabled", "frequent", "hourly", "daily", "weekly", "monthly",
                                   "yearly", "frequent-minutes", "min-free-percent",
                                   "skip-unchanged"});
    for (size_t i = 0; i < kPeriods; ++i) {
        schedule.keep[i] = uint32_t(
            options.number(kNames[i], schedule.keep[i], SnapshotSchedule::kCountMax));
    }
    schedule.isEnabled = options.boolean("enabled", schedule.isEnabled);
    schedule.frequentMinutes = uint32_t(options.number(
        "frequent-minutes", schedule.frequentMinutes, SnapshotSchedule::kMinutesMax));
    schedule.minFreePct = options.real("min-free-percent", schedule.minFreePct, 0.0, kPercent);
    schedule.skipUnchanged = options.boolean("skip-unchanged", schedule.skipUnchanged);
    if (schedule.frequentMinutes == 0) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("'frequent-minutes' must be at least 1"));
    }
    return options.status();
}

} // namespace

void setSchedule(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    const QVariantMap values = qdbus_cast<QVariantMap>(call.argument(0));
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SnapshotScheduler *scheduler = context.services.scheduler;
    answerFromPool(context, call, [scheduler, uuid, values]() -> Result<QVariantList> {
        const Status done = scheduler->changeSchedule(
            uuid, [&values](SnapshotSchedule &each) { return editSchedule(values, each); });
        if (!done)
            return tl::unexpected(done.error());
        return QVariantList();
    });
}

QVariantMap scheduleProperties(const BusContext &context, const QString &uuid)
{
    const SnapshotSchedule schedule = context.services.scheduler->schedule(uuid);
    QVariantMap values{
        {QStringLiteral("enabled"), schedule.isEnabled},
        {QStringLiteral("frequent-minutes"), schedule.frequentMinutes},
        {QStringLiteral("min-free-percent"), schedule.minFreePct},
        {QStringLiteral("skip-unchanged"), schedule.skipUnchanged},
    };
    for (size_t i = 0; i < kPeriods; ++i)
        values.insert(QLatin1String(kNames[i]), schedule.keep[i]);
    const auto next = static_cast<qulonglong>(context.services.scheduler->nextRunUs(uuid));
    return {{QStringLiteral("Schedule"), values}, {QStringLiteral("NextRun"), next}};
}

Result<SnapshotEdit> snapshotRecordEdit(const QVariantMap &values, dbus::Options *options)
{
    SnapshotEdit edit;
    if (options->has("description"))
        edit.description = options->text("description");
    if (options->has("cleanup"))
        edit.cleanup = options->word("cleanup", kManualCleanup, {kManualCleanup, kTimelineCleanup});
    if (options->has("keep-until"))
        edit.keepUntilUs = int64_t(options->number("keep-until", 0, kTimeMost));
    if (options->has("metadata")) {
        const QVariant given = values.value(QStringLiteral("metadata"));
        const auto argument = given.value<QDBusArgument>();
        if (!given.canConvert<QDBusArgument>()
            || argument.currentSignature() != QLatin1String("a{ss}")) {
            return base::fail(Errc::InvalidArgs,
                              QStringLiteral("'metadata' must be of type a{ss}"));
        }
        edit.metadata = qdbus_cast<QMap<QString, QString>>(argument);
    }
    return edit;
}

} // namespace vexfs::daemon
