// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/engine/engine_control.h"

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Status;
using std::chrono::milliseconds;

namespace {

// While there is much to do, what changes meanwhile is taken so often; what the index itself writes
// with files is a change, too.
constexpr milliseconds kFeedInterval{500};

} // namespace

void EngineControl::begin()
{
    const std::lock_guard lock(m_mutex);
    m_isRunning = true;
    m_hasChanged = true;
}

void EngineControl::end()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isRunning = false;
    }
    m_wake.notify_all();
    m_done.notify_all();
}

void EngineControl::setPaused(const PauseRequest &request)
{
    {
        const std::lock_guard lock(m_mutex);
        m_isPaused = request.isPaused;
        m_pauseMessage = request.why;
        m_pausedUntil = request.time.count() > 0 ? Clock::now() + request.time
                                                 : Clock::time_point::max();
    }
    m_wake.notify_all();
    m_done.notify_all();
}

void EngineControl::setHold(const QString &hold, const QString &message)
{
    {
        const std::lock_guard lock(m_mutex);
        m_hold = hold;
        m_holdMessage = message;
    }
    m_wake.notify_all();
    m_done.notify_all();
}

void EngineControl::noteChange()
{
    {
        const std::lock_guard lock(m_mutex);
        m_hasChanged = true;
    }
    m_wake.notify_all();
}

void EngineControl::noteLearnt()
{
    {
        const std::lock_guard lock(m_mutex);
        m_hasLearnt = true;
    }
    m_wake.notify_all();
}

bool EngineControl::waitIdle(int timeoutMs)
{
    std::unique_lock lock(m_mutex);
    const uint64_t ticket = ++m_tickets;
    m_wake.notify_all();
    m_done.wait_for(lock, milliseconds(timeoutMs), [&] {
        return m_servedTickets >= ticket || m_isPaused || !m_hold.isEmpty() || !m_isRunning;
    });
    return m_servedTickets >= ticket;
}

Status EngineControl::runOnThread(Work work)
{
    const auto task = std::make_shared<Task>();
    task->work = std::move(work);
    std::unique_lock lock(m_mutex);
    m_tasks.push_back(task);
    m_wake.notify_all();
    m_done.wait(lock, [&] { return task->isDone || !m_isRunning; });
    if (!task->isDone)
        return fail(Errc::Cancelled, QStringLiteral("indexing is stopping"));
    return task->result;
}

void EngineControl::restUntilEnd(milliseconds time)
{
    std::unique_lock lock(m_mutex);
    m_done.wait_for(lock, time, [&] { return !m_isRunning; });
}

std::shared_ptr<EngineControl::Task> EngineControl::takeTask()
{
    const std::lock_guard lock(m_mutex);
    if (m_tasks.empty())
        return nullptr;
    const auto task = m_tasks.front();
    m_tasks.pop_front();
    return task;
}

void EngineControl::finishTask(const std::shared_ptr<Task> &task, const Status &result)
{
    {
        const std::lock_guard lock(m_mutex);
        task->result = result;
        task->isDone = true;
    }
    m_done.notify_all();
}

bool EngineControl::takeFeedTurn(bool isBusy, milliseconds debounce)
{
    std::unique_lock lock(m_mutex);
    const bool hasWaiters = m_tickets > m_feedTicket;
    const bool isSoon = isBusy && Clock::now() < m_fedAt + kFeedInterval;
    if ((!m_hasChanged || isSoon) && !hasWaiters)
        return false;
    // A program that writes a file seldom writes one only: take them together.
    if (!hasWaiters && !isBusy) {
        m_wake.wait_for(lock, debounce, [&] {
            return !m_isRunning || m_tickets > m_feedTicket || !m_tasks.empty();
        });
    }
    m_askedTicket = m_tickets;
    m_hasChanged = false;
    m_fedAt = Clock::now();
    return m_isRunning;
}

void EngineControl::tellWaiters()
{
    {
        const std::lock_guard lock(m_mutex);
        // Files that changed while they were read are in the next step of the feed.
        m_servedTickets = std::max(m_servedTickets, m_feedTicket);
    }
    m_done.notify_all();
}

std::optional<EngineControl::Halt> EngineControl::halt()
{
    const std::lock_guard lock(m_mutex);
    if (m_isPaused && Clock::now() >= m_pausedUntil)
        m_isPaused = false;
    if (!m_isPaused && m_hold.isEmpty())
        return std::nullopt;
    return Halt{m_isPaused, m_hold, m_isPaused ? m_pauseMessage : m_holdMessage};
}

void EngineControl::waitWhile(const Halt &halt)
{
    std::unique_lock lock(m_mutex);
    const auto isOver = [&] {
        return m_isPaused != halt.isPaused || m_hold != halt.hold || m_hasChanged
            || !m_tasks.empty() || !m_isRunning;
    };
    if (halt.isPaused && m_pausedUntil != Clock::time_point::max())
        m_wake.wait_until(lock, m_pausedUntil, isOver);
    else
        m_wake.wait(lock, isOver);
}

// With m_mutex held.
bool EngineControl::isWanted() const
{
    return m_hasChanged || !m_tasks.empty() || m_tickets > m_feedTicket || m_isPaused
        || !m_hold.isEmpty() || !m_isRunning;
}

void EngineControl::waitForLearning()
{
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [&] { return m_hasLearnt || isWanted(); });
    m_hasLearnt = false;
}

bool EngineControl::waitForWork(std::optional<milliseconds> time)
{
    std::unique_lock lock(m_mutex);
    if (time)
        return m_wake.wait_for(lock, *time, [&] { return isWanted(); });
    m_wake.wait(lock, [&] { return isWanted(); });
    return true;
}

void EngineControl::rest(milliseconds time)
{
    std::unique_lock lock(m_mutex);
    const bool wasPaused = m_isPaused;
    m_wake.wait_for(lock, time, [&] {
        return !m_isRunning || !m_tasks.empty() || m_isPaused != wasPaused;
    });
}

bool EngineControl::isUndisturbed() const
{
    const std::lock_guard lock(m_mutex);
    const bool isToFeed = (m_hasChanged && Clock::now() >= m_fedAt + kFeedInterval)
        || m_tickets > m_feedTicket;
    return !isToFeed && m_tasks.empty() && !m_isPaused && m_hold.isEmpty() && m_isRunning;
}

} // namespace vexfs::daemon
