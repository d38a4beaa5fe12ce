// SPDX-License-Identifier: Apache-2.0
//
// Goal: what a schedule keeps is what it promises, whatever the clock and the machine did.
// Method: cases by hand, then random histories (hours that were slept through, clocks that were set
// back and forth, locks) that are thinned out as they grow, and looked at from outside.
#include "daemon/snapshots/retention.h"

#include <QDateTime>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace vexfs::daemon;

namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kDay = 24 * kHour;

const QTimeZone kBerlin("Europe/Berlin");

int64_t at(const char *text)
{
    const QDateTime time
        = QDateTime::fromString(QLatin1String(text), QStringLiteral("yyyy-MM-dd HH:mm"));
    return QDateTime(time.date(), time.time(), kBerlin).toSecsSinceEpoch() * kSecond;
}

SnapshotSchedule scheduleOf(std::array<uint32_t, kPeriods> keep)
{
    SnapshotSchedule schedule;
    schedule.isEnabled = true;
    schedule.keep = keep;
    return schedule;
}

/// A volume with a schedule, as the daemon runs it.
class History
{
public:
    explicit History(const SnapshotSchedule &wanted) : schedule(wanted) {}

    void look(int64_t nowUs)
    {
        if (isDue(schedule, taken, nowUs, kBerlin)) {
            taken.append({++lastId, nowUs, false});
            everything.append(taken.last());
        }
        for (const uint64_t id : expired(schedule, taken, nowUs, kBerlin))
            taken.removeIf([id](const TimelineSnapshot &each) { return each.id == id; });
    }

    std::set<uint64_t> ids() const
    {
        std::set<uint64_t> out;
        for (const TimelineSnapshot &each : taken)
            out.insert(each.id);
        return out;
    }

    SnapshotSchedule schedule;
    QVector<TimelineSnapshot> taken;
    QVector<TimelineSnapshot> everything;
    uint64_t lastId = 0;
};

uint64_t seed()
{
    const char *given = std::getenv("VEXFS_TEST_SEED");
    const uint64_t value = given ? std::strtoull(given, nullptr, 0) : 20261128;
    std::printf("seed=%llu\n", static_cast<unsigned long long>(value));
    return value;
}

int rounds()
{
    return std::getenv("VEXFS_TEST_FULL") ? 400 : 40;
}

SnapshotSchedule randomSchedule(std::mt19937_64 &random)
{
    SnapshotSchedule schedule = scheduleOf({});
    do {
        for (uint32_t &each : schedule.keep)
            each = random() % 2 == 0 ? 0 : uint32_t(random() % 10);
        // Minutes make histories long.
        schedule.keep[0] = 0;
    } while (!schedule.shortest());
    return schedule;
}

} // namespace

TEST(Retention, NothingIsDueWhenItIsOffOrKeepsNone)
{
    SnapshotSchedule schedule = scheduleOf({});
    EXPECT_FALSE(isDue(schedule, {}, at("2026-11-28 12:00"), kBerlin));
    EXPECT_EQ(nextTurnUs(schedule, at("2026-11-28 12:00"), kBerlin), 0);
    schedule = scheduleOf({0, 24, 0, 0, 0, 0});
    schedule.isEnabled = false;
    EXPECT_FALSE(isDue(schedule, {}, at("2026-11-28 12:00"), kBerlin));
    EXPECT_EQ(nextTurnUs(schedule, at("2026-11-28 12:00"), kBerlin), 0);
}

TEST(Retention, TurnsComeWhenTheShortestPeriodEnds)
{
    const int64_t now = at("2026-11-28 12:34");
    const auto next = [now](std::array<uint32_t, kPeriods> keep) {
        return nextTurnUs(scheduleOf(keep), now, kBerlin);
    };
    EXPECT_EQ(next({9, 9, 0, 0, 0, 0}), at("2026-11-28 12:45"));
    EXPECT_EQ(next({0, 9, 9, 0, 0, 0}), at("2026-11-28 13:00"));
    EXPECT_EQ(next({0, 0, 9, 0, 0, 0}), at("2026-11-29 00:00"));
    EXPECT_EQ(next({0, 0, 0, 9, 0, 0}), at("2026-11-30 00:00")); // a Monday
    EXPECT_EQ(next({0, 0, 0, 0, 9, 0}), at("2026-12-01 00:00"));
    EXPECT_EQ(next({0, 0, 0, 0, 0, 9}), at("2027-01-01 00:00"));
}

TEST(Retention, TheTurnIsTheFirstMomentOfAnotherPeriod)
{
    std::mt19937_64 random(seed());
    for (int i = 0; i < 2000; ++i) {
        const size_t period = random() % kPeriods;
        SnapshotSchedule schedule = scheduleOf({});
        schedule.keep[period] = 1;
        schedule.frequentMinutes = uint32_t(1 + random() % 60);
        const int64_t now = int64_t(random() % (60ULL * 365 * kDay));
        const int64_t turn = nextTurnUs(schedule, now, kBerlin);
        const auto number = [&](int64_t time) {
            return periodNumber(Period(period), time, schedule, kBerlin);
        };
        ASSERT_GT(turn, now);
        ASSERT_EQ(number(turn - 1), number(now)) << period << ' ' << now;
        ASSERT_EQ(number(turn), number(now) + 1) << period << ' ' << now;
    }
}

TEST(Retention, AClockThatIsSetBackMakesOneSnapshotAndNoStorm)
{
    History history(scheduleOf({0, 24, 7, 0, 0, 0}));
    for (int hour = 0; hour < 100; ++hour)
        history.look(at("2026-11-20 00:00") + hour * kHour);
    const std::set<uint64_t> before = history.ids();
    const uint64_t last = history.lastId;
    for (int minute = 0; minute < 60; ++minute)
        history.look(at("1999-05-05 00:00") + minute * 60 * kSecond);
    EXPECT_EQ(history.lastId, last + 1);
    // What it already had stays, all of it.
    const std::set<uint64_t> after = history.ids();
    EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
    history.look(at("2026-11-25 00:00"));
    EXPECT_EQ(history.lastId, last + 2);
    EXPECT_LE(history.taken.size(), 24 + 7 + 2);
}

TEST(Retention, AMachineThatSleptLosesNothing)
{
    History history(scheduleOf({0, 24, 0, 0, 0, 0}));
    for (int hour = 0; hour < 48; ++hour)
        history.look(at("2026-01-01 00:00") + hour * kHour);
    ASSERT_EQ(history.taken.size(), 24);
    history.look(at("2026-11-28 12:00"));
    EXPECT_EQ(history.taken.size(), 24);
    EXPECT_EQ(history.lastId, 49U);
}

TEST(Retention, LockedOnesCountAndStay)
{
    const SnapshotSchedule schedule = scheduleOf({0, 2, 0, 0, 0, 0});
    const int64_t start = at("2026-11-28 00:00");
    const QVector<TimelineSnapshot> taken{{1, start, true},
                                          {2, start + kHour, false},
                                          {3, start + 2 * kHour, true},
                                          {4, start + 3 * kHour, false}};
    EXPECT_EQ(expired(schedule, taken, start + 4 * kHour, kBerlin), QVector<uint64_t>{2});
    EXPECT_EQ(dispensable(taken), QVector<uint64_t>{2});
}

TEST(Retention, EachHourIsThereOnceWhenClocksChange)
{
    for (const char *day : {"2026-03-29 00:00", "2026-10-25 00:00"}) {
        History history(scheduleOf({0, 100, 0, 0, 0, 0}));
        for (int minute = 0; minute < 26 * 60; minute += 10)
            history.look(at(day) + minute * 60 * kSecond);
        EXPECT_EQ(history.lastId, 26U) << day;
    }
}

// Of the last so many periods that had any, the newest of each is there; and little else is.
TEST(Retention, AsThinnedAsItGrewIsAsThinnedAtTheEnd)
{
    std::mt19937_64 random(seed());
    for (int round = 0; round < rounds(); ++round) {
        History history(randomSchedule(random));
        int64_t now = at("2020-01-01 00:00") + int64_t(random() % (365 * kDay));
        for (int step = 0; step < 600; ++step) {
            const uint64_t dice = random() % 100;
            now += dice < 90 ? int64_t(random() % kHour) + kHour / 2
                             : int64_t(random() % (dice < 98 ? 10 * kDay : 100 * kDay));
            history.look(now);
        }
        std::set<uint64_t> wanted;
        for (const TimelineSnapshot &each : history.everything)
            wanted.insert(each.id);
        for (const uint64_t id : expired(history.schedule, history.everything, now, kBerlin))
            wanted.erase(id);
        ASSERT_EQ(history.ids(), wanted) << "round " << round;
        for (size_t i = 0; i < kPeriods; ++i) {
            std::map<int64_t, uint64_t> newest;
            for (const TimelineSnapshot &each : history.everything)
                newest[periodNumber(Period(i), each.createdUs, history.schedule, kBerlin)]
                    = each.id;
            uint32_t count = 0;
            for (auto each = newest.rbegin();
                 each != newest.rend() && count < history.schedule.keep[i]; ++each, ++count)
                ASSERT_EQ(history.ids().count(each->second), 1U) << "round " << round;
        }
        size_t most = 1;
        for (const uint32_t each : history.schedule.keep)
            most += each;
        ASSERT_LE(history.ids().size(), most);
        ASSERT_TRUE(expired(history.schedule, history.taken, now, kBerlin).isEmpty());
    }
}

// The clock goes anywhere at any time: never more than one at a look, never the newest one gone,
// never a protected one, never one of a time to come.
TEST(Retention, WhateverTheClockDoesTheNewestAndTheProtectedStay)
{
    std::mt19937_64 random(seed());
    for (int round = 0; round < rounds(); ++round) {
        History history(randomSchedule(random));
        int64_t now = at("2020-01-01 00:00");
        for (int step = 0; step < 300; ++step) {
            const uint64_t dice = random() % 100;
            if (dice < 85)
                now += int64_t(random() % (2 * kHour));
            else
                now = int64_t(random() % (50ULL * 365 * kDay));
            if (dice % 10 == 0 && !history.taken.isEmpty()) {
                const uint64_t which = random() % uint64_t(history.taken.size());
                history.taken[qsizetype(which)].isProtected = true;
            }
            const QVector<TimelineSnapshot> before = history.taken;
            const uint64_t last = history.lastId;
            history.look(now);
            ASSERT_LE(history.lastId, last + 1);
            const std::set<uint64_t> left = history.ids();
            ASSERT_EQ(left.count(history.lastId), 1U);
            for (const TimelineSnapshot &each : before) {
                const bool hasToStay = each.isProtected || each.createdUs > now;
                ASSERT_TRUE(!hasToStay || left.count(each.id) == 1U);
            }
            // A second look at the same moment does nothing.
            history.look(now);
            ASSERT_EQ(history.ids(), left);
        }
    }
}

TEST(Retention, OrderInTheListDoesNotMatter)
{
    std::mt19937_64 random(seed());
    const SnapshotSchedule schedule = scheduleOf({0, 5, 4, 3, 2, 1});
    QVector<TimelineSnapshot> taken;
    for (uint64_t id = 1; id <= 300; ++id)
        taken.append({id, at("2026-01-01 00:00") + int64_t(random() % (300 * kDay)), id % 7 == 0});
    const int64_t now = at("2026-12-01 00:00");
    const QVector<uint64_t> wanted = expired(schedule, taken, now, kBerlin);
    std::shuffle(taken.begin(), taken.end(), random);
    EXPECT_EQ(expired(schedule, taken, now, kBerlin), wanted);
}
