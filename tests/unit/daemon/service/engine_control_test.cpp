// SPDX-License-Identifier: Apache-2.0
//
// Goal: whatever other threads want of the indexing thread reaches it, and they are told.
// Method: the test is the indexing thread; those who wait are real threads, and each is known to
// wait, by what it left behind, before anything is done for it.
#include "daemon/service/engine/engine_control.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;
using namespace std::chrono_literals;

namespace {

constexpr int kWaitMs = 600'000; // it is woken long before
constexpr auto kNoPause = 0ms;

class EngineControlTest : public testing::Test
{
protected:
    void SetUp() override
    {
        control.begin();
        // What was there when it began.
        ASSERT_TRUE(control.takeFeedTurn(false, kNoPause));
        control.feedIsTaken();
    }

    /// Somebody who waits until all is indexed; is known to wait when this returns.
    std::future<bool> waiter()
    {
        auto answer = std::async(std::launch::async, [this] { return control.waitIdle(kWaitMs); });
        control.waitForWork(std::nullopt);
        return answer;
    }

    EngineControl control;
};

TEST_F(EngineControlTest, WhoWaitsIsToldWhenWhatWasThereIsTaken)
{
    EXPECT_FALSE(control.takeFeedTurn(false, kNoPause));
    auto answer = waiter();
    // Of a turn before it came, it is not told.
    control.tellWaiters();
    EXPECT_EQ(answer.wait_for(20ms), std::future_status::timeout);
    EXPECT_FALSE(control.isUndisturbed());
    // It is worth a look at the feed however busy it is here.
    EXPECT_TRUE(control.takeFeedTurn(true, kNoPause));
    EXPECT_FALSE(control.hasServed());
    control.feedIsTaken();
    EXPECT_TRUE(control.hasServed());
    control.tellWaiters();
    EXPECT_TRUE(answer.get());
    EXPECT_TRUE(control.isUndisturbed());
}

TEST_F(EngineControlTest, WhoWaitsIsToldOfAPauseAHoldAndTheEnd)
{
    auto first = waiter();
    control.setPaused({true, 0min, QStringLiteral("lunch")});
    EXPECT_FALSE(first.get());
    const auto halt = control.halt();
    ASSERT_TRUE(halt);
    EXPECT_TRUE(halt->isPaused);
    EXPECT_EQ(halt->message, QStringLiteral("lunch"));
    control.setHold(QStringLiteral("battery"), QStringLiteral("low"));
    control.setPaused({});
    // Another one by now: it is not waited for.
    control.waitWhile(*halt);
    const auto hold = control.halt();
    ASSERT_TRUE(hold);
    EXPECT_FALSE(hold->isPaused);
    EXPECT_EQ(hold->hold, QStringLiteral("battery"));
    EXPECT_EQ(hold->message, QStringLiteral("low"));
    EXPECT_FALSE(control.isUndisturbed());
    EXPECT_FALSE(control.waitIdle(kWaitMs));
    control.setHold({}, {});
    EXPECT_FALSE(control.halt());
    auto second = waiter();
    control.end();
    EXPECT_FALSE(second.get());
    // Nothing sleeps after it.
    control.restUntilEnd(std::chrono::milliseconds(kWaitMs));
    control.rest(std::chrono::milliseconds(kWaitMs));
    control.waitForLearning();
    EXPECT_FALSE(control.takeFeedTurn(false, std::chrono::milliseconds(kWaitMs)));
}

TEST_F(EngineControlTest, TasksAreDoneInOrderOrCancelled)
{
    const auto ask = [this](base::Status answer) {
        return std::async(std::launch::async, [this, answer] {
            return control.runOnThread([answer](Catalog &) { return answer; });
        });
    };
    EXPECT_EQ(control.takeTask(), nullptr);
    auto good = ask({});
    control.waitForWork(std::nullopt);
    EXPECT_FALSE(control.isUndisturbed());
    const auto task = control.takeTask();
    ASSERT_NE(task, nullptr);
    EXPECT_EQ(control.takeTask(), nullptr);
    EXPECT_EQ(good.wait_for(20ms), std::future_status::timeout);
    control.finishTask(task, {});
    EXPECT_TRUE(good.get());

    auto bad = ask({});
    control.waitForWork(std::nullopt);
    control.finishTask(control.takeTask(), base::fail(Errc::NoSpace, QStringLiteral("full")));
    EXPECT_EQ(bad.get().error().code, Errc::NoSpace);

    auto late = ask({});
    control.waitForWork(std::nullopt);
    control.end();
    EXPECT_EQ(late.get().error().code, Errc::Cancelled);
}

TEST_F(EngineControlTest, WhatChangesIsTakenSoonAndNotAllTheTimeByWhoIsBusy)
{
    control.noteChange();
    // The last turn was a moment ago. That it is less than half a second is for slow machines: it
    // may be taken then, too.
    const bool isTakenBusy = control.takeFeedTurn(true, kNoPause);
    EXPECT_EQ(control.takeFeedTurn(false, kNoPause), !isTakenBusy);
    EXPECT_FALSE(control.takeFeedTurn(false, kNoPause));
    EXPECT_FALSE(control.waitForWork(1ms));
    control.noteLearnt();
    control.waitForLearning();
}

} // namespace
