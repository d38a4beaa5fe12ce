// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/engine/engine_control.h - what other threads want of the indexing thread.
//
// Pauses, tasks, news of the volume, and who waits until all is indexed: left here by any thread,
// and taken by the indexing thread between two batches. What that thread sleeps on is here, too, so
// that whatever is wanted of it wakes it.
#pragma once

#include "common/base/error.h"

#include <QString>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace vexfs::daemon {

class Catalog;

struct PauseRequest
{
    bool isPaused = false;
    std::chrono::minutes time{0};  ///< 0: until it is taken back
    QString why;
};

/// Owner: IndexEngine.
class EngineControl
{
public:
    using Clock = std::chrono::steady_clock;
    using Work = std::function<base::Status(Catalog &)>;
    struct Task
    {
        Work work;
        base::Status result;
        bool isDone = false;
    };
    /// Why nothing may be done.
    struct Halt
    {
        bool isPaused = false;  ///< by a person; or else
        QString hold;           ///< by this
        QString message;
    };

    // Any thread.
    void begin();
    /// Nobody waits for the indexing thread from now on, and it sleeps no more.
    void end();
    void setPaused(const PauseRequest &request);
    void setHold(const QString &hold, const QString &message);
    /// Something changed on the volume.
    void noteChange();
    void noteLearnt();
    /// False when timeoutMs passed first, or nothing is done.
    bool waitIdle(int timeoutMs);
    /// Fails with Cancelled when indexing ends first.
    base::Status runOnThread(Work work);
    /// Until then, or the end.
    void restUntilEnd(std::chrono::milliseconds time);

    // The indexing thread.
    std::shared_ptr<Task> takeTask();
    void finishTask(const std::shared_ptr<Task> &task, const base::Status &result);

    /// Whether to look at the feed now; waits debounce for more to change if nothing else is to be
    /// done. It is for those who wait until now.
    bool takeFeedTurn(bool isBusy, std::chrono::milliseconds debounce);
    /// All that had changed by then is in the queue.
    void feedIsTaken() { m_feedTicket = m_askedTicket; }
    /// Whether there are waiters for whom all is indexed, who were not told.
    bool hasServed() const { return m_feedTicket > m_servedTickets; }
    void tellWaiters();

    /// Nothing while work may be done.
    std::optional<Halt> halt();
    /// Until it is another, or anything else is wanted.
    void waitWhile(const Halt &halt);
    /// Until the model has learnt, or anything is wanted.
    void waitForLearning();
    /// Until anything is wanted, or time passed; then false.
    bool waitForWork(std::optional<std::chrono::milliseconds> time);
    /// Sleeps unless there are tasks, or a pause begins or ends.
    void rest(std::chrono::milliseconds time);
    /// Whether nothing is wanted between two batches.
    bool isUndisturbed() const;

private:
    bool isWanted() const;

    mutable std::mutex m_mutex;  ///< guards what follows
    std::condition_variable m_wake;
    std::condition_variable m_done;
    bool m_hasChanged = true;
    bool m_isPaused = false;
    Clock::time_point m_pausedUntil;  ///< max() where nothing ends it by itself
    QString m_pauseMessage;
    QString m_hold;
    QString m_holdMessage;
    bool m_hasLearnt = false;  ///< the tuner's thread has ended
    bool m_isRunning = false;
    uint64_t m_tickets = 0;        ///< waiters so far
    uint64_t m_servedTickets = 0;  ///< those for whom all is indexed
    std::deque<std::shared_ptr<Task>> m_tasks;

    // The indexing thread's own.
    uint64_t m_askedTicket = 0;  ///< waiters when the feed was last asked
    uint64_t m_feedTicket = 0;   ///< waiters whose changes are in the queue
    Clock::time_point m_fedAt;
};

} // namespace vexfs::daemon
