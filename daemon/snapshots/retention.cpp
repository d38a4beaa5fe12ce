// SPDX-License-Identifier: Apache-2.0
#include "daemon/snapshots/retention.h"

#include <QDateTime>

#include <algorithm>

namespace vexfs::daemon {

namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kHourUs = 3600 * kSecondUs;
constexpr int64_t kWeekDays = 7;
constexpr int64_t kYearMonths = 12;

int64_t floorDiv(int64_t value, int64_t by)
{
    const int64_t quotient = value / by;
    return value % by < 0 ? quotient - 1 : quotient;
}

// Rounded down, so that a moment belongs to the second that it is in.
QDateTime localTime(int64_t timeUs, const QTimeZone &zone)
{
    return QDateTime::fromSecsSinceEpoch(floorDiv(timeUs, kSecondUs), zone);
}

// Hours do not shift with daylight saving time: each is there once.
int64_t hourOffsetUs(int64_t timeUs, const QTimeZone &zone)
{
    return zone.standardTimeOffset(localTime(timeUs, zone)) * kSecondUs;
}

int64_t frequentUs(const SnapshotSchedule &schedule)
{
    return int64_t(std::max(schedule.frequentMinutes, 1U)) * 60 * kSecondUs;
}

// The first day of the period after that of a day.
QDate dayAfter(Period period, const QDate &day)
{
    switch (period) {
    case Period::Weekly:
        return day.addDays(kWeekDays + 1 - day.dayOfWeek());
    case Period::Monthly:
        return QDate(day.year(), day.month(), 1).addMonths(1);
    case Period::Yearly:
        return QDate(day.year() + 1, 1, 1);
    default:
        return day.addDays(1);
    }
}

uint64_t newestId(const QVector<TimelineSnapshot> &taken)
{
    uint64_t newest = 0;
    for (const TimelineSnapshot &each : taken)
        newest = std::max(newest, each.id);
    return newest;
}

QVector<TimelineSnapshot> newestFirst(QVector<TimelineSnapshot> taken)
{
    std::sort(taken.begin(), taken.end(), [](const auto &a, const auto &b) {
        return std::pair(a.createdUs, a.id) > std::pair(b.createdUs, b.id);
    });
    return taken;
}

} // namespace

std::optional<Period> SnapshotSchedule::shortest() const
{
    for (size_t i = 0; i < kPeriods; ++i) {
        if (keep[i] > 0)
            return Period(i);
    }
    return std::nullopt;
}

int64_t periodNumber(Period period, int64_t timeUs, const SnapshotSchedule &schedule,
                     const QTimeZone &zone)
{
    if (period == Period::Frequent)
        return floorDiv(timeUs, frequentUs(schedule));
    if (period == Period::Hourly)
        return floorDiv(timeUs + hourOffsetUs(timeUs, zone), kHourUs);
    const QDate day = localTime(timeUs, zone).date();
    switch (period) {
    case Period::Weekly:
        // Day 0 of that count was a Monday.
        return floorDiv(day.toJulianDay(), kWeekDays);
    case Period::Monthly:
        return day.year() * kYearMonths + day.month();
    case Period::Yearly:
        return day.year();
    default:
        return day.toJulianDay();
    }
}

int64_t nextTurnUs(const SnapshotSchedule &schedule, int64_t nowUs, const QTimeZone &zone)
{
    const std::optional<Period> period = schedule.shortest();
    if (!schedule.isEnabled || !period)
        return 0;
    const int64_t number = periodNumber(*period, nowUs, schedule, zone);
    if (*period == Period::Frequent)
        return (number + 1) * frequentUs(schedule);
    if (*period == Period::Hourly)
        return (number + 1) * kHourUs - hourOffsetUs(nowUs, zone);
    const QDate next = dayAfter(*period, localTime(nowUs, zone).date());
    return next.startOfDay(zone).toSecsSinceEpoch() * kSecondUs;
}

bool isDue(const SnapshotSchedule &schedule, const QVector<TimelineSnapshot> &taken,
           int64_t nowUs, const QTimeZone &zone)
{
    const std::optional<Period> period = schedule.shortest();
    if (!schedule.isEnabled || !period)
        return false;
    const uint64_t newest = newestId(taken);
    for (const TimelineSnapshot &each : taken) {
        if (each.id == newest) {
            return periodNumber(*period, each.createdUs, schedule, zone)
                != periodNumber(*period, nowUs, schedule, zone);
        }
    }
    return true;
}

QVector<uint64_t> expired(const SnapshotSchedule &schedule,
                          const QVector<TimelineSnapshot> &taken, int64_t nowUs,
                          const QTimeZone &zone)
{
    const uint64_t newest = newestId(taken);
    std::array<uint32_t, kPeriods> used{};
    std::array<std::optional<int64_t>, kPeriods> last;
    QVector<uint64_t> out;
    for (const TimelineSnapshot &each : newestFirst(taken)) {
        if (each.createdUs > nowUs)
            continue;
        bool isKept = each.isProtected || each.id == newest;
        for (size_t i = 0; i < kPeriods; ++i) {
            if (used[i] >= schedule.keep[i])
                continue;
            const int64_t number = periodNumber(Period(i), each.createdUs, schedule, zone);
            if (last[i] == number)
                continue;
            last[i] = number;
            ++used[i];
            isKept = true;
        }
        if (!isKept)
            out.append(each.id);
    }
    std::reverse(out.begin(), out.end());
    return out;
}

QVector<uint64_t> dispensable(const QVector<TimelineSnapshot> &taken)
{
    const uint64_t newest = newestId(taken);
    QVector<uint64_t> out;
    for (const TimelineSnapshot &each : newestFirst(taken)) {
        if (!each.isProtected && each.id != newest)
            out.append(each.id);
    }
    std::reverse(out.begin(), out.end());
    return out;
}

} // namespace vexfs::daemon
