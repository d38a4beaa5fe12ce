// SPDX-License-Identifier: Apache-2.0
//
// Goal: the clock wakes at its time, for one time at once, and not when it is told not to.
// Method: times of day that are some milliseconds away.
#include "daemon/service/schedule/wall_clock.h"

#include <QDateTime>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QTimer>
#include <gtest/gtest.h>

using namespace vexfs::daemon;

namespace {

int64_t inMs(int ms)
{
    return (QDateTime::currentMSecsSinceEpoch() + ms) * 1000;
}

/// How often it woke until it did, or a time has passed.
int wakes(WallClock &clock, int patienceMs)
{
    int count = 0;
    QEventLoop loop;
    QObject::connect(&clock, &WallClock::woke, &loop, [&] {
        ++count;
        loop.quit();
    });
    QTimer::singleShot(patienceMs, &loop, &QEventLoop::quit);
    loop.exec();
    return count;
}

} // namespace

TEST(WallClock, WakesAtItsTimeAndOnce)
{
    WallClock clock;
    const int64_t time = inMs(150);
    clock.wakeAt(time);
    EXPECT_EQ(wakes(clock, 30'000), 1);
    EXPECT_GE(inMs(0), time - 1000);
    EXPECT_EQ(wakes(clock, 300), 0);
}

TEST(WallClock, ATimeThatIsOverWakesAtOnce)
{
    WallClock clock;
    clock.wakeAt(inMs(-5000));
    EXPECT_EQ(wakes(clock, 30'000), 1);
}

TEST(WallClock, AnotherTimeTakesThePlaceOfTheFirst)
{
    WallClock clock;
    clock.wakeAt(inMs(100));
    clock.wakeAt(0);
    EXPECT_EQ(wakes(clock, 400), 0);
    clock.wakeAt(inMs(600'000));
    clock.wakeAt(inMs(100));
    EXPECT_EQ(wakes(clock, 30'000), 1);
}
