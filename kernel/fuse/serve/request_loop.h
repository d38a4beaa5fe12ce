// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include "kernel/fuse/serve/burst.h"
#include "kernel/fuse/fuse_api.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace vexfs::fuse {

/// Serves the requests of a session. Few threads run, since each that sleeps has to be woken for
/// the next request, which takes longer than most requests: a thread needs one of a few slots to
/// receive, and keeps it from request to request. Who is about to wait, for the disk or for
/// somebody who waits for it, gives his slot to a thread that is parked; so all may wait, and
/// requests are still taken. (libfuse's own loop wakes another thread for every request.)
///
/// From its construction on the signals that end a session are blocked in the calling thread, and
/// those that it makes afterwards.
class RequestLoop
{
public:
    /// @p isQuickToWake: see Burst. Throws std::system_error.
    RequestLoop(fuse_session *session, bool isQuickToWake);
    ~RequestLoop();
    RequestLoop(const RequestLoop &) = delete;
    RequestLoop &operator=(const RequestLoop &) = delete;

    /// Serves until unmount, stop(), or SIGTERM, SIGINT or SIGHUP. Returns 0, the number of the
    /// signal, or a negative errno. May be called again.
    int run();

    /// Ends run(); from any other thread.
    void stop() { end(0); }

    /// To be called every tenth of a second, by any thread: gives away the slots of those that have
    /// been busy with one request since the last call, whatever it is that they wait for.
    void tick();

private:
    struct Server
    {
        std::thread thread;
        std::condition_variable unparked;
        std::atomic<bool> hasSlot{false}; ///< changes under m_mutex, or by its own thread
        std::atomic<uint64_t> steps{0};   ///< odd while it works on a request
        uint64_t stepsSeen = 0;           ///< by tick()
        bool isParked = false;
        std::atomic<bool> isDone{false};
    };

    static void giveSlot();
    void serve(Server &self);
    bool awaitSlot(Server &self);
    int receiveAndProcess(Server &self, fuse_buf *buffer);
    void passSlotOn();
    void addServer();
    void end(int error);
    bool beginServers();
    int awaitEnd();
    void joinServers();

    static thread_local RequestLoop *s_loop;
    static thread_local Server *s_self;

    fuse_session *m_session;
    Burst m_burst;
    const unsigned m_slots;
    int m_wakeFd = -1; ///< readable when the session has ended
    int m_signalFd = -1;
    std::mutex m_mutex;
    std::deque<Server> m_servers; ///< never moved: threads refer to them
    std::vector<Server *> m_parked;
    unsigned m_freeSlots = 0;
    std::atomic<bool> m_isEnding{false}; ///< changes under m_mutex
    int m_error = 0;
};

} // namespace vexfs::fuse
