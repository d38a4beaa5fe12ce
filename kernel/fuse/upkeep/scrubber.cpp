// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "scrubber.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <syslog.h>
#include <system_error>

namespace vexfs::fuse {

namespace {

/// A volume of which more is wrong than this has other problems; the count goes on.
constexpr size_t kRowsMax = 10000;

} // namespace

int Scrubber::start(uint64_t rateBytes)
{
    const std::lock_guard starting(m_startMutex);
    {
        const std::lock_guard lock(m_mutex);
        if (m_status.state == ScrubState::Running)
            return -EBUSY;
    }
    if (m_thread.joinable())
        m_thread.join();
    const std::lock_guard lock(m_mutex);
    const ScrubStatus before = m_status;
    m_isStopWanted = false;
    m_status = {};
    m_status.state = ScrubState::Running;
    m_status.rateBytes = rateBytes;
    m_status.startedNs = vexfs_port_time_ns();
    m_rows.clear();
    try {
        m_thread = std::thread([this, rateBytes] { run(rateBytes); });
    } catch (const std::system_error &) {
        m_status = before;
        return -EAGAIN;
    }
    return 0;
}

void Scrubber::stop()
{
    const std::lock_guard starting(m_startMutex);
    {
        const std::lock_guard lock(m_mutex);
        m_isStopWanted = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

ScrubStatus Scrubber::status() const
{
    const std::lock_guard lock(m_mutex);
    ScrubStatus status = m_status;
    status.rows = m_rows.size();
    return status;
}

std::vector<ScrubRow> Scrubber::rows(uint64_t first, size_t max) const
{
    const std::lock_guard lock(m_mutex);
    const size_t begin = std::min<uint64_t>(first, m_rows.size());
    const size_t end = std::min(m_rows.size(), begin + max);
    return {m_rows.begin() + static_cast<std::ptrdiff_t>(begin),
            m_rows.begin() + static_cast<std::ptrdiff_t>(end)};
}

void Scrubber::onFinding(void *context, const vexfs_finding *finding)
{
    auto &self = *static_cast<Scrubber *>(context);
    syslog(LOG_ERR, "scrub: block %llu (%s) of inode %llu in tree %llu is wrong",
           static_cast<unsigned long long>(finding->block), finding->what,
           static_cast<unsigned long long>(finding->ino),
           static_cast<unsigned long long>(finding->tree));
    const std::lock_guard lock(self.m_mutex);
    if (self.m_rows.size() < kRowsMax)
        self.m_rows.push_back({finding->tree, finding->ino, finding->block, finding->error,
                               finding->what});
}

/// Returns 0 at the end, 1 when it was stopped, or an error.
int Scrubber::steps(vexfs_scrub *run, uint64_t rateBytes)
{
    vexfs_check_options options{};
    options.report = onFinding;
    options.context = this;
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
        vexfs_scrub_progress progress{};
        const int more = vexfs_volume_scrub_step(m_volume, run, &options, &progress);
        std::unique_lock lock(m_mutex);
        m_status.progress = progress;
        if (more != 1)
            return more;
        std::chrono::duration<double> due{0};
        if (rateBytes)
            due = std::chrono::duration<double>(
                static_cast<double>(progress.done_blocks) * VEXFS_BLOCK_BYTES /
                static_cast<double>(rateBytes));
        if (m_wake.wait_until(lock, start + due, [this] { return m_isStopWanted; }))
            return 1;
    }
}

void Scrubber::finish(ScrubState state)
{
    const std::lock_guard lock(m_mutex);
    m_status.state = state;
    m_status.endedNs = vexfs_port_time_ns();
}

void Scrubber::run(uint64_t rateBytes)
{
    vexfs_scrub *run = nullptr;
    int result = vexfs_volume_scrub_begin(m_volume, &run);
    if (result == 0)
        result = steps(run, rateBytes);
    vexfs_volume_scrub_end(run);
    finish(result == 0 ? ScrubState::Done : result == 1 ? ScrubState::Stopped : ScrubState::Failed);
}

} // namespace vexfs::fuse
