// SPDX-License-Identifier: Apache-2.0
#include "daemon/jobs/job.h"

#include <QDateTime>

#include <algorithm>

namespace vexfs::daemon {

namespace {

int64_t nowUs()
{
    return QDateTime::currentMSecsSinceEpoch() * 1000;
}

} // namespace

QString jobStateName(JobState state)
{
    switch (state) {
    case JobState::Queued:
        return QStringLiteral("queued");
    case JobState::Running:
        return QStringLiteral("running");
    case JobState::Paused:
        return QStringLiteral("paused");
    case JobState::Succeeded:
        return QStringLiteral("succeeded");
    case JobState::Failed:
        return QStringLiteral("failed");
    case JobState::Cancelled:
        return QStringLiteral("cancelled");
    }
    return {};
}

QString itemStateName(ItemState state)
{
    switch (state) {
    case ItemState::Waiting:
        return QStringLiteral("waiting");
    case ItemState::Reading:
        return QStringLiteral("reading");
    case ItemState::Ready:
        return QStringLiteral("ready");
    case ItemState::Duplicate:
        return QStringLiteral("duplicate");
    case ItemState::Failed:
        return QStringLiteral("failed");
    }
    return {};
}

double JobStatus::progress() const
{
    if (state == JobState::Succeeded)
        return 1;
    const JobAmount &amount = bytes.total > 0 ? bytes : items;
    if (amount.total == 0)
        return -1;
    return std::min(1.0, static_cast<double>(amount.done) / static_cast<double>(amount.total));
}

double JobStatus::rate(int64_t now) const
{
    int64_t end = endTimeUs ? endTimeUs : now;
    if (state == JobState::Paused)
        end = pausedSinceUs;
    end -= pausedUs;
    if (startTimeUs == 0 || end <= startTimeUs)
        return 0;
    const uint64_t done = bytes.total > 0 ? bytes.done : items.done;
    return static_cast<double>(done) * 1e6 / static_cast<double>(end - startTimeUs);
}

Job::Job(JobStatus start, Watcher watcher)
    : m_status(std::move(start)), m_watcher(std::move(watcher))
{
    m_status.startTimeUs = nowUs();
}

template <class Edit>
void Job::edit(Edit change)
{
    uint32_t id = 0;
    {
        const std::lock_guard lock(m_mutex);
        change(m_status);
        id = m_status.id;
    }
    m_watcher.changed(id);
}

bool Job::isCancelRequested()
{
    if (m_pauseRequested && !m_cancelRequested)
        sleepWhilePaused();
    return m_cancelRequested;
}

void Job::sleepWhilePaused()
{
    edit([](JobStatus &status) {
        status.state = JobState::Paused;
        status.pausedSinceUs = nowUs();
    });
    m_watcher.sleeps();
    {
        std::unique_lock lock(m_requestMutex);
        m_requested.wait(lock, [this] { return !m_pauseRequested || m_cancelRequested; });
    }
    m_watcher.wakes();
    edit([](JobStatus &status) {
        status.state = JobState::Running;
        status.pausedUs += nowUs() - status.pausedSinceUs;
    });
}

void Job::requestCancel()
{
    {
        const std::lock_guard lock(m_requestMutex);
        m_cancelRequested = true;
    }
    m_requested.notify_all();
}

void Job::requestPause(bool isWanted)
{
    {
        const std::lock_guard lock(m_requestMutex);
        m_pauseRequested = isWanted;
    }
    m_requested.notify_all();
}

void Job::setStage(const QString &stage)
{
    edit([&stage](JobStatus &status) { status.stage = stage; });
}

void Job::setCurrent(const QString &uri)
{
    edit([&uri](JobStatus &status) { status.currentUri = uri; });
}

void Job::setItems(JobAmount items)
{
    edit([items](JobStatus &status) { status.items = items; });
}

void Job::setBytes(JobAmount bytes)
{
    edit([bytes](JobStatus &status) { status.bytes = bytes; });
}

void Job::addProblem(const QString &uri, const base::Error &error)
{
    edit([&](JobStatus &status) {
        ++status.problemCount;
        if (m_problems.size() < kProblemsMax)
            m_problems.append(JobProblem{uri, error});
    });
}

void Job::addVolume(const QString &uuid)
{
    edit([&uuid](JobStatus &status) { status.volumes.append(uuid); });
}

uint64_t Job::addItem(const JobItem &item)
{
    const std::lock_guard lock(m_mutex);
    if (m_items.size() < kItemsMax)
        m_items.append(item);
    return m_itemCount++;
}

void Job::setItem(uint64_t number, ItemState state, const QString &target,
                  const base::Error &error)
{
    const std::lock_guard lock(m_mutex);
    if (number >= static_cast<uint64_t>(m_items.size()))
        return;
    JobItem &item = m_items[static_cast<qsizetype>(number)];
    item.state = state;
    item.target = target;
    item.error = error;
}

JobItems Job::items(uint64_t after, uint64_t limit) const
{
    const std::lock_guard lock(m_mutex);
    const auto kept = static_cast<uint64_t>(m_items.size());
    const uint64_t begin = std::min(after, kept);
    const uint64_t end = begin + std::min(limit, kept - begin);
    JobItems page;
    page.items = m_items.mid(static_cast<qsizetype>(begin), static_cast<qsizetype>(end - begin));
    page.next = end < kept ? end : 0;
    page.total = m_itemCount;
    return page;
}

JobStatus Job::status() const
{
    const std::lock_guard lock(m_mutex);
    return m_status;
}

QList<JobProblem> Job::problems() const
{
    const std::lock_guard lock(m_mutex);
    return m_problems;
}

void Job::start()
{
    edit([](JobStatus &status) { status.state = JobState::Running; });
}

void Job::finish(const base::Result<QVariantMap> &outcome)
{
    edit([&outcome](JobStatus &status) {
        status.endTimeUs = nowUs();
        status.currentUri.clear();
        if (outcome) {
            status.state = JobState::Succeeded;
            status.result = *outcome;
        } else {
            const bool wasCancelled = outcome.error().code == base::Errc::Cancelled;
            status.state = wasCancelled ? JobState::Cancelled : JobState::Failed;
            status.error = outcome.error();
        }
    });
}

} // namespace vexfs::daemon
