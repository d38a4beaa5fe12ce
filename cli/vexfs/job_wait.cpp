// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/job_wait.h"

#include "cli/output/human.h"
#include "cli/output/progress_bar.h"
#include "cli/vexfs/json.h"
#include "common/base/file_uri.h"
#include "common/dbus/names.h"

#include <QElapsedTimer>

#include <csignal>

#include <unistd.h>

namespace vexfs::cli {

using base::Errc;

namespace {

/// The daemon changes progress at most four times a second.
constexpr int kLookMs = 200;
/// A job that ends at once is not to be kept waiting for.
constexpr int kFirstLookMs = 10;
constexpr qsizetype kProblemsShown = 20;

volatile std::sig_atomic_t interrupts = 0;

void onInterrupt(int)
{
    interrupts = interrupts + 1;
    if (interrupts > 1)
        _exit(kInterrupted);
}

/// Catches Ctrl-C for as long as it lives.
class InterruptCatcher
{
public:
    InterruptCatcher()
    {
        interrupts = 0;
        struct sigaction action = {};
        action.sa_handler = onInterrupt;
        sigaction(SIGINT, &action, &m_before);
    }
    ~InterruptCatcher() { sigaction(SIGINT, &m_before, nullptr); }
    InterruptCatcher(const InterruptCatcher &) = delete;
    InterruptCatcher &operator=(const InterruptCatcher &) = delete;

private:
    struct sigaction m_before = {};
};

QString shownProgress(const client::JobInfo &job)
{
    QString text = job.stage;
    if (job.itemsTotal > 0)
        text += QStringLiteral("  %1 of %2").arg(job.itemsDone).arg(job.itemsTotal);
    if (job.bytesTotal > 0)
        text += QStringLiteral("  %1/s").arg(humanBytes(static_cast<uint64_t>(job.rate)));
    return text;
}

void sleepMs(int milliseconds)
{
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

} // namespace

base::Result<client::JobInfo> waitForJob(const Command &command, const QString &object)
{
    const InterruptCatcher catcher;
    ProgressBar bar(command.io.err, command.io.isErrTerminal);
    QElapsedTimer waited;
    waited.start();
    bool isCancelling = false;
    int pauseMs = kFirstLookMs;
    for (;;) {
        const auto job = await(command, command.io.client.job(object));
        if (!job || job->isFinished())
            return job;
        if (!command.isQuiet && !command.isJson)
            bar.update(job->progress, shownProgress(*job));
        if (interrupts > 0 && !isCancelling) {
            isCancelling = true;
            const auto asked = await(command, command.io.client.cancelJob(object));
            if (!asked && asked.error().code != Errc::AlreadyFinished)
                return tl::unexpected(asked.error());
        }
        const auto limitMs = static_cast<qint64>(command.timeoutSeconds * 1000);
        if (limitMs > 0 && waited.elapsed() > limitMs) {
            return base::fail(
                Errc::TimedOut,
                QStringLiteral("Job %1 is still at work; see: vexctl job show %1").arg(job->id));
        }
        sleepMs(pauseMs);
        pauseMs = std::min(pauseMs * 2, kLookMs);
    }
}

base::Status jobOutcome(const client::JobInfo &job)
{
    if (job.state == QLatin1String("succeeded"))
        return {};
    if (job.state == QLatin1String("cancelled"))
        return base::fail(Errc::Cancelled, job.errorMessage);
    return base::fail(base::errcFromBusName(job.errorName), job.errorMessage);
}

base::Result<client::JobInfo> succeededJob(const Command &command,
                                           const client::Reply<QString> &begun)
{
    const auto object = await(command, begun);
    if (!object)
        return tl::unexpected(object.error());
    auto job = waitForJob(command, *object);
    if (!job)
        return job;
    if (auto done = jobOutcome(*job); !done)
        return tl::unexpected(done.error());
    return job;
}

Outcome leaveJob(const Command &command, const client::Reply<QString> &begun)
{
    const auto object = await(command, begun);
    if (!object)
        return tl::unexpected(object.error());
    const uint32_t id = dbus::jobId(*object);
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.job-id/1")},
                                   {QStringLiteral("job"), jsonNumber(id)}});
    } else {
        command.io.out << id << '\n';
    }
    command.say(QStringLiteral("It is at work. How it ends: vexctl job wait %1").arg(id));
    return kDone;
}

void sayProblems(const Command &command, const client::JobInfo &job)
{
    if (job.problems == 0)
        return;
    const auto problems = await(command, command.io.client.jobProblems(job.object));
    if (!problems) {
        command.say(problems.error().what);
        return;
    }
    for (const client::JobProblem &each : problems->mid(0, kProblemsShown)) {
        const auto path = base::pathFromUri(each.uri);
        const QString file = path ? shownPath(*path) : each.uri;
        command.say(QStringLiteral("%1: %2").arg(file, each.message));
    }
    if (problems->size() > kProblemsShown) {
        command.say(QStringLiteral("... and %1 more; all with: vexctl job show %2 --json")
                        .arg(job.problems - kProblemsShown)
                        .arg(job.id));
    }
}

} // namespace vexfs::cli
