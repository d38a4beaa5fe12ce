// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <vexfs/scrub.h>

namespace vexfs::fuse {

/// One block that is wrong.
struct ScrubRow
{
    uint64_t tree;
    uint64_t ino;
    uint64_t block;
    int error; ///< negative errno
    std::string what;
};

enum class ScrubState { None, Running, Done, Stopped, Failed };

struct ScrubStatus
{
    ScrubState state = ScrubState::None;
    uint64_t rateBytes = 0;
    vexfs_scrub_progress progress{};
    uint64_t rows = 0;
    int64_t startedNs = 0;
    int64_t endedNs = 0;
};

/// The thread that scrubs a volume at a bounded rate. Owned by the driver; any thread may call.
/// Must be stopped before the volume is closed.
class Scrubber
{
public:
    explicit Scrubber(vexfs_volume *volume) : m_volume(volume) {}
    ~Scrubber() { stop(); }
    Scrubber(const Scrubber &) = delete;
    Scrubber &operator=(const Scrubber &) = delete;

    /// Returns 0, -EBUSY, or -EAGAIN when there is no thread to be had.
    int start(uint64_t rateBytes);
    void stop();
    ScrubStatus status() const;
    std::vector<ScrubRow> rows(uint64_t first, size_t max) const;

private:
    void run(uint64_t rateBytes);
    int steps(vexfs_scrub *run, uint64_t rateBytes);
    void finish(ScrubState state);
    static void onFinding(void *context, const vexfs_finding *finding);

    vexfs_volume *m_volume;
    std::mutex m_startMutex; ///< one start or stop at a time; taken before m_mutex
    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_wake;
    bool m_isStopWanted = false;
    ScrubStatus m_status;
    std::vector<ScrubRow> m_rows;
    std::thread m_thread;
};

} // namespace vexfs::fuse
