// SPDX-License-Identifier: Apache-2.0
//
// daemon/snapshots/retention.h - when a schedule takes a snapshot, and which of its own it lets go.
//
// Pure functions of the time that they are given. Of each hour, day and so on the newest snapshot
// is kept, for the last so many hours and days that have one: a machine that slept for a month
// loses nothing. What bears a time that is still to come is from when the clock was wrong: it
// counts for nothing and is never let go. The newest one stays, whatever the clock says.
#pragma once

#include <QTimeZone>
#include <QVector>

#include <array>
#include <cstdint>
#include <optional>

namespace vexfs::daemon {

/// In order of length.
enum class Period
{
    Frequent,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly
};
constexpr size_t kPeriods = 6;

/// What is kept, and when it is taken: at the turn of the shortest period of which any are kept.
struct SnapshotSchedule
{
    static constexpr uint32_t kCountMax = 10'000;
    static constexpr uint32_t kMinutesMax = 60;

    bool isEnabled = false;
    std::array<uint32_t, kPeriods> keep{0, 24, 7, 4, 12, 0};  ///< By Period.
    uint32_t frequentMinutes = 15;
    double minFreePct = 10.0;
    bool skipUnchanged = true;
    bool operator==(const SnapshotSchedule &) const = default;

    /// Nothing when none are kept of any.
    std::optional<Period> shortest() const;
};

/// One that the schedule took.
struct TimelineSnapshot
{
    uint64_t id = 0;  ///< Rises in the order in which they were taken, whatever the clock said.
    int64_t createdUs = 0;
    bool isProtected = false;  ///< Locked, or to be kept until later: it counts, and stays.
};

/// Which hour, day, ... of all; rises with time. Weeks begin on Monday, days in that time zone.
int64_t periodNumber(Period period, int64_t timeUs, const SnapshotSchedule &schedule,
                     const QTimeZone &zone);

/// When the shortest period that is kept ends; 0 when none is, or the schedule is off.
int64_t nextTurnUs(const SnapshotSchedule &schedule, int64_t nowUs, const QTimeZone &zone);

/// Whether the last one taken is of another period than now. A clock that went back makes one, and
/// then no more than one in each period.
bool isDue(const SnapshotSchedule &schedule, const QVector<TimelineSnapshot> &taken,
           int64_t nowUs, const QTimeZone &zone);

/// Ids of what need not be kept, oldest first.
QVector<uint64_t> expired(const SnapshotSchedule &schedule,
                          const QVector<TimelineSnapshot> &taken, int64_t nowUs,
                          const QTimeZone &zone);

/// Ids of what may go for the sake of space, oldest first: neither protected nor the newest.
QVector<uint64_t> dispensable(const QVector<TimelineSnapshot> &taken);

} // namespace vexfs::daemon
