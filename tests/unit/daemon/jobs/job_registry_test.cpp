// SPDX-License-Identifier: Apache-2.0
//
// Goal: a job ends in the state that its work says, tells its progress, can be cancelled, keeps its
// problems within bounds and is gone after its time. Method: small pieces of work, one of which
// throws and one of which waits to be cancelled; signals are counted.
#include "daemon/jobs/job_registry.h"

#include <QDeadlineTimer>
#include <QEventLoop>
#include <QThread>
#include <gtest/gtest.h>

#include <stdexcept>

using namespace vexfs;
using namespace vexfs::daemon;
using base::Errc;

namespace {

JobStatus waitForEnd(JobRegistry &jobs, uint32_t id)
{
    QEventLoop loop;
    QTimer::singleShot(10000, &loop, &QEventLoop::quit);
    QObject::connect(&jobs, &JobRegistry::jobFinished, &loop, [&loop, id](uint32_t ended) {
        if (ended == id)
            loop.quit();
    });
    loop.exec();
    return jobs.status(id).value();
}

void waitMs(int milliseconds)
{
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

base::Result<QVariantMap> untilCancelled(Job &job)
{
    const QDeadlineTimer limit(60'000);
    while (!job.isCancelRequested() && !limit.hasExpired())
        QThread::msleep(1);
    if (!job.isCancelRequested())
        return base::fail(Errc::TimedOut, QStringLiteral("nobody cancelled"));
    return base::fail(Errc::Cancelled, QStringLiteral("stopped"));
}

} // namespace

TEST(JobRegistry, GivesTheResultOfTheWork)
{
    JobRegistry jobs;
    const auto id = jobs.start({QStringLiteral("ingest"), {QStringLiteral("u")}}, [](Job &job) {
        job.setStage(QStringLiteral("copying"));
        job.setItems({3, 4});
        return base::Result<QVariantMap>(QVariantMap{{QStringLiteral("added"), 3}});
    });
    const JobStatus status = waitForEnd(jobs, id);
    EXPECT_EQ(status.state, JobState::Succeeded);
    EXPECT_EQ(status.kind, QStringLiteral("ingest"));
    EXPECT_EQ(status.stage, QStringLiteral("copying"));
    EXPECT_EQ(status.result.value(QStringLiteral("added")).toInt(), 3);
    EXPECT_EQ(status.progress(), 1);
    EXPECT_GE(status.endTimeUs, status.startTimeUs);
}

TEST(JobRegistry, WorkThatFailsOrThrowsFailsTheJobAlone)
{
    JobRegistry jobs;
    const auto failing =
        jobs.start({QStringLiteral("a"), {}}, [](Job &) -> base::Result<QVariantMap> {
            return base::fail(Errc::NoSpace, QStringLiteral("full"));
        });
    EXPECT_EQ(waitForEnd(jobs, failing).error.code, Errc::NoSpace);
    const auto throwing =
        jobs.start({QStringLiteral("a"), {}},
                   [](Job &) -> base::Result<QVariantMap> { throw std::runtime_error("broken"); });
    const JobStatus status = waitForEnd(jobs, throwing);
    EXPECT_EQ(status.state, JobState::Failed);
    EXPECT_TRUE(status.error.what.contains(QLatin1String("broken")));
}

TEST(JobRegistry, CancelStopsWorkThatAsks)
{
    JobRegistry jobs;
    const auto id = jobs.start({QStringLiteral("a"), {}}, untilCancelled);
    EXPECT_EQ(jobs.dismiss(id).error().code, Errc::Busy);
    EXPECT_TRUE(jobs.cancel(id));
    EXPECT_EQ(waitForEnd(jobs, id).state, JobState::Cancelled);
    EXPECT_EQ(jobs.cancel(id).error().code, Errc::AlreadyFinished);
    EXPECT_TRUE(jobs.dismiss(id));
    EXPECT_EQ(jobs.cancel(id).error().code, Errc::NotFound);
    EXPECT_EQ(jobs.status(id).error().code, Errc::NotFound);
}

TEST(JobRegistry, PausedWorkRestsUntilItMayGoOn)
{
    JobRegistry jobs;
    std::atomic<uint64_t> steps{0};
    JobRequest request{QStringLiteral("ingest"), {}};
    request.isPausable = true;
    const auto work = [&steps](Job &job) {
        while (!job.isCancelRequested()) {
            job.setItems({++steps, 0});
            QThread::msleep(1);
        }
        return base::Result<QVariantMap>(base::fail(Errc::Cancelled, QStringLiteral("stopped")));
    };
    // More than there are threads for work.
    QList<uint32_t> paused;
    for (int i = 0; i < 6; ++i) {
        paused.append(jobs.start(request, work));
        ASSERT_TRUE(jobs.setPaused(paused.last(), true));
    }
    const auto state = [&jobs](uint32_t id) { return jobs.status(id).value().state; };
    const QDeadlineTimer limit(60'000);
    for (const uint32_t id : std::as_const(paused)) {
        while (state(id) != JobState::Paused && !limit.hasExpired())
            waitMs(1);
        ASSERT_EQ(state(id), JobState::Paused);
    }
    const uint64_t before = steps;
    const double rate = jobs.status(paused.first()).value().rate(1);
    waitMs(50);
    EXPECT_EQ(steps, before);
    EXPECT_EQ(jobs.status(paused.first()).value().rate(2), rate);
    EXPECT_TRUE(jobs.setPaused(paused.first(), false));
    while (steps == before && !limit.hasExpired())
        waitMs(1);
    EXPECT_GT(steps, before);
    EXPECT_EQ(state(paused.first()), JobState::Running);
    // What is paused can be cancelled.
    EXPECT_TRUE(jobs.cancel(paused.last()));
    EXPECT_EQ(waitForEnd(jobs, paused.last()).state, JobState::Cancelled);
    EXPECT_EQ(jobs.setPaused(paused.last(), true).error().code, Errc::AlreadyFinished);
    EXPECT_EQ(jobs.setPaused(9999, true).error().code, Errc::NotFound);
    const auto other = jobs.start({QStringLiteral("a"), {}}, untilCancelled);
    EXPECT_EQ(jobs.setPaused(other, true).error().code, Errc::NotSupported);
    jobs.stop();
}

TEST(JobRegistry, RefusesToCancelWhatCannotBe)
{
    JobRegistry jobs;
    std::atomic<bool> mayEnd{false};
    JobRequest request{QStringLiteral("format"), {}};
    request.isCancelable = false;
    const auto id = jobs.start(request, [&mayEnd](Job &) {
        while (!mayEnd)
            QThread::msleep(1);
        return base::Result<QVariantMap>(QVariantMap());
    });
    EXPECT_EQ(jobs.cancel(id).error().code, Errc::NotSupported);
    mayEnd = true;
    EXPECT_EQ(waitForEnd(jobs, id).state, JobState::Succeeded);
}

TEST(JobRegistry, CountsAllProblemsAndKeepsTheFirst)
{
    JobRegistry jobs;
    const auto id = jobs.start({QStringLiteral("a"), {}}, [](Job &job) {
        for (int i = 0; i < Job::kProblemsMax + 5; ++i)
            job.addProblem(QString::number(i), {Errc::NotFound, QStringLiteral("gone")});
        return base::Result<QVariantMap>(QVariantMap());
    });
    EXPECT_EQ(waitForEnd(jobs, id).problemCount, static_cast<uint64_t>(Job::kProblemsMax + 5));
    ASSERT_EQ(jobs.problems(id)->size(), Job::kProblemsMax);
    EXPECT_EQ(jobs.problems(id)->constFirst().uri, QStringLiteral("0"));
}

TEST(JobRegistry, TellsChangesAtMostFourTimesASecond)
{
    JobRegistry jobs;
    int told = 0;
    QObject::connect(&jobs, &JobRegistry::jobChanged, &jobs, [&told](uint32_t) { ++told; });
    QElapsedTimer took;
    took.start();
    const auto id = jobs.start({QStringLiteral("a"), {}}, [](Job &job) {
        for (uint64_t i = 0; i < 600; ++i) {
            job.setItems({i, 600});
            QThread::msleep(1);
        }
        return base::Result<QVariantMap>(QVariantMap());
    });
    waitForEnd(jobs, id);
    EXPECT_GE(told, 2);
    EXPECT_LE(told, static_cast<int>(took.elapsed() / 250) + 2);
}

TEST(JobRegistry, RemovesJobsAfterTheirTime)
{
    JobRegistry jobs;
    jobs.setKeepTimeMs(20);
    QString removed;
    QObject::connect(&jobs, &JobRegistry::jobRemoved, &jobs,
                     [&removed](uint32_t, const QString &kind, const QString &state) {
                         removed = kind + u' ' + state;
                     });
    const auto id = jobs.start({QStringLiteral("index"), {}},
                               [](Job &) { return base::Result<QVariantMap>(QVariantMap()); });
    waitForEnd(jobs, id);
    EXPECT_TRUE(jobs.status(id));
    const QDeadlineTimer limit(60'000);
    while (removed.isEmpty() && !limit.hasExpired())
        waitMs(1);
    EXPECT_FALSE(jobs.status(id));
    EXPECT_EQ(removed, QStringLiteral("index succeeded"));
}

TEST(JobRegistry, EndCancelsWhatRuns)
{
    std::atomic<bool> isCancelled{false};
    std::atomic<bool> hasEnded{false};
    {
        JobRegistry jobs;
        jobs.start({QStringLiteral("a"), {}}, [&](Job &job) {
            auto result = untilCancelled(job);
            isCancelled = job.isCancelRequested();
            hasEnded = true;
            return result;
        });
    }
    EXPECT_TRUE(isCancelled);
    EXPECT_TRUE(hasEnded);
}

TEST(JobStatus, ProgressIsThatOfBytesWhereTheyAreKnown)
{
    JobStatus status;
    EXPECT_EQ(status.progress(), -1);
    status.items = {1, 2};
    EXPECT_EQ(status.progress(), 0.5);
    status.bytes = {1, 4};
    EXPECT_EQ(status.progress(), 0.25);
    status.bytes = {9, 4};
    EXPECT_EQ(status.progress(), 1);
}

TEST(JobRegistry, TellsOfEachItemByPagesAndKeepsThemWithinBounds)
{
    JobRegistry jobs;
    const auto id = jobs.start({QStringLiteral("ingest"), {}}, [](Job &job) {
        for (int i = 0; i < Job::kItemsMax + 5; ++i) {
            const auto number =
                job.addItem({QStringLiteral("file:///%1").arg(i), ItemState::Waiting, {}, {}});
            EXPECT_EQ(number, static_cast<uint64_t>(i));
        }
        job.setItem(1, ItemState::Ready, QStringLiteral("file:///v/1"));
        job.setItem(2, ItemState::Failed, {}, {Errc::NoSpace, QStringLiteral("full")});
        // One that was only counted.
        job.setItem(Job::kItemsMax + 1, ItemState::Ready);
        return base::Result<QVariantMap>(QVariantMap());
    });
    waitForEnd(jobs, id);
    const JobItems first = jobs.items(id, 0, 3).value();
    ASSERT_EQ(first.items.size(), 3);
    EXPECT_EQ(first.total, static_cast<uint64_t>(Job::kItemsMax + 5));
    EXPECT_EQ(first.next, 3U);
    EXPECT_EQ(first.items[0].state, ItemState::Waiting);
    EXPECT_EQ(first.items[1].target, QStringLiteral("file:///v/1"));
    EXPECT_EQ(first.items[2].error.what, QStringLiteral("full"));
    const JobItems last = jobs.items(id, Job::kItemsMax - 1, 3).value();
    EXPECT_EQ(last.items.size(), 1);
    EXPECT_EQ(last.next, 0U);
    EXPECT_EQ(jobs.items(id, ~uint64_t(0), 3).value().items.size(), 0);
    EXPECT_EQ(jobs.items(id + 1, 0, 3).error().code, Errc::NotFound);
}
