// SPDX-License-Identifier: Apache-2.0
//
// daemon/jobs/job.h - one piece of long work, as seen by the one who does it and by those who
// watch.
#pragma once

#include "common/base/error.h"

#include <QList>
#include <QStringList>
#include <QVariantMap>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace vexfs::daemon {

enum class JobState
{
    Queued,
    Running,
    Paused,
    Succeeded,
    Failed,
    Cancelled
};

/// "running" for JobState::Running: the word on the bus.
QString jobStateName(JobState state);

/// An item that failed while the job went on.
struct JobProblem
{
    QString uri;
    base::Error error;
};

/// How far one file of a job is.
enum class ItemState
{
    Waiting,
    Reading,
    Ready,     ///< It is on disk.
    Duplicate, ///< The same was there already.
    Failed
};

/// "reading" for ItemState::Reading: the word on the bus.
QString itemStateName(ItemState state);

/// A file that a job works on.
struct JobItem
{
    QString uri;
    ItemState state = ItemState::Waiting;
    QString target;    ///< URI of what it became, or of what is there; empty before.
    base::Error error; ///< Meaningful when state is Failed.
};

/// Some of them in their order, and how many there are.
struct JobItems
{
    QList<JobItem> items;
    uint64_t next = 0; ///< pass as after for those that follow; 0 at the end
    uint64_t total = 0;
};

/// Done and total of something; total 0 where it is not known.
struct JobAmount
{
    uint64_t done = 0;
    uint64_t total = 0;
};

/// What a job looks like at one moment. Times in microseconds since the epoch, 0 for not yet.
struct JobStatus
{
    uint32_t id = 0;
    QString kind;
    QStringList volumes; ///< uuids it works on
    bool isCancelable = true;
    bool isPausable = false;
    uint32_t startedByUid = 0;
    JobState state = JobState::Queued;
    QString stage;
    QString currentUri;
    JobAmount items;
    JobAmount bytes;
    uint64_t problemCount = 0;
    int64_t startTimeUs = 0;
    int64_t endTimeUs = 0;
    int64_t pausedSinceUs = 0; ///< Meaningful when state is Paused.
    int64_t pausedUs = 0;      ///< In all, before that.
    base::Error error; ///< Meaningful when state is Failed.
    QVariantMap result;

    bool isFinished() const { return state >= JobState::Succeeded; }
    /// 0..1, or -1 when unknown.
    double progress() const;
    /// Bytes a second where bytes are counted, else items a second; 0 when unknown.
    double rate(int64_t nowUs) const;
};

/// Long work. Owner: JobRegistry; thread: any, it locks for itself; lives until it is removed and
/// its work has returned.
class Job
{
public:
    /// Problems kept; more are only counted.
    static constexpr int kProblemsMax = 1000;
    /// Items kept; more are only counted.
    static constexpr int kItemsMax = 100'000;

    struct Watcher
    {
        std::function<void(uint32_t id)> changed;
        /// The thread of the work goes to sleep, for who knows how long, and comes back.
        std::function<void()> sleeps;
        std::function<void()> wakes;
    };

    Job(JobStatus start, Watcher watcher);

    // For the work itself.
    /// Sleeps as long as the job is paused: who asks holds nothing that others wait for.
    bool isCancelRequested();
    void setStage(const QString &stage);
    void setCurrent(const QString &uri);
    void setItems(JobAmount items);
    void setBytes(JobAmount bytes);
    void addProblem(const QString &uri, const base::Error &error);
    void addVolume(const QString &uuid);
    /// Its number, from 0.
    uint64_t addItem(const JobItem &item);
    /// Does not tell of itself: with it goes setItems().
    void setItem(uint64_t number, ItemState state, const QString &target = {},
                 const base::Error &error = {});

    // For those who watch.
    JobStatus status() const;
    QList<JobProblem> problems() const;
    /// At most limit, from the number after on.
    JobItems items(uint64_t after, uint64_t limit) const;

private:
    friend class JobRegistry;
    void start();
    void finish(const base::Result<QVariantMap> &outcome);
    void requestCancel();
    void requestPause(bool isWanted);
    void sleepWhilePaused();
    template <class Edit>
    void edit(Edit change);

    mutable std::mutex m_mutex;
    JobStatus m_status;
    QList<JobProblem> m_problems;
    QList<JobItem> m_items;
    uint64_t m_itemCount = 0;
    Watcher m_watcher;
    std::atomic<bool> m_cancelRequested{false};
    std::atomic<bool> m_pauseRequested{false};
    std::mutex m_requestMutex;
    std::condition_variable m_requested;
};

/// Does the job on a thread of its own; asks isCancelRequested() now and then and, when it says so,
/// returns Cancelled. The value is the Result of the job.
using JobWork = std::function<base::Result<QVariantMap>(Job &job)>;

} // namespace vexfs::daemon
