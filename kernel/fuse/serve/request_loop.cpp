// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "kernel/fuse/serve/request_loop.h"

#include "kernel/fuse/driver.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <syslog.h>
#include <unistd.h>
#include <utility>
#include <vexfs/posix_hooks.h>

namespace vexfs::fuse {

namespace {

/// More than wait at one time in anything but a test; one beyond them is served late.
constexpr size_t kMaxServers = 16;
constexpr unsigned kMaxSlots = 4;
constexpr size_t kLargeBytes = 64 << 10;
/// Ends a server's wait for a request; it has no other effect.
constexpr int kInterrupt = SIGUSR1;
constexpr std::chrono::milliseconds kInterruptStep{5};

/// One for every four processors. More threads than there is work for only get in each other's way:
/// a program closes a file without waiting for it, and while one thread of two sees to that, the
/// other one, woken for the next request, takes the program's own processor.
unsigned slotsOfMachine()
{
    return std::clamp(std::thread::hardware_concurrency() / 4, 1u, kMaxSlots);
}

/// Whether somebody else should receive meanwhile: it moves much data, or may do much work.
bool takesLong(const fuse_buf &buffer)
{
    const auto *header = static_cast<const fuse_in_header *>(buffer.mem);
    switch (header->opcode) {
    case FUSE_READ:
        return reinterpret_cast<const fuse_read_in *>(header + 1)->size >= kLargeBytes;
    case FUSE_IOCTL:
        return !isShortControlCall(reinterpret_cast<const fuse_ioctl_in *>(header + 1)->cmd);
    case FUSE_FALLOCATE:
    case FUSE_COPY_FILE_RANGE:
    case FUSE_SYNCFS:
        return true;
    default:
        return buffer.size >= kLargeBytes;
    }
}

sigset_t endingSignals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, signal);
    return set;
}

} // namespace

thread_local RequestLoop *RequestLoop::s_loop = nullptr;
thread_local RequestLoop::Server *RequestLoop::s_self = nullptr;

RequestLoop::RequestLoop(fuse_session *session, bool isQuickToWake)
    : m_session(session), m_burst(isQuickToWake), m_slots(slotsOfMachine())
{
    const sigset_t ending = endingSignals();
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    m_signalFd = signalfd(-1, &ending, SFD_CLOEXEC);
    m_wakeFd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m_signalFd < 0 || m_wakeFd < 0) {
        const int error = errno;
        close(m_signalFd);
        throw std::system_error(error, std::generic_category(), "cannot wait for signals");
    }
    struct sigaction action{};
    action.sa_handler = [](int) {}; // without SA_RESTART, so that read(2) ends
    sigaction(kInterrupt, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
    vexfs_posix_set_wait_hook(giveSlot);
}

RequestLoop::~RequestLoop()
{
    vexfs_posix_set_wait_hook(nullptr);
    close(m_wakeFd);
    close(m_signalFd);
}

void RequestLoop::giveSlot()
{
    RequestLoop *const loop = s_loop;
    if (loop == nullptr || !s_self->hasSlot.load(std::memory_order_relaxed))
        return;
    const std::lock_guard lock(loop->m_mutex);
    if (s_self->hasSlot.exchange(false))
        loop->passSlotOn();
}

/// A slot has become free: somebody shall receive. With m_mutex.
void RequestLoop::passSlotOn()
{
    if (!m_parked.empty()) {
        Server &next = *m_parked.back(); // the one whose memory is still in the caches
        m_parked.pop_back();
        next.isParked = false;
        next.hasSlot = true;
        next.unparked.notify_one();
        return;
    }
    m_freeSlots++;
    if (m_servers.size() < kMaxServers && !m_isEnding)
        addServer();
}

/// With m_mutex.
void RequestLoop::addServer()
{
    Server &server = m_servers.emplace_back();
    try {
        server.thread = std::thread([this, &server] { serve(server); });
    } catch (const std::system_error &error) {
        m_servers.pop_back(); // those that are there go on
        syslog(LOG_WARNING, "no thread for requests: %s", error.what());
    }
}

/// Returns false when it is over.
bool RequestLoop::awaitSlot(Server &self)
{
    if (m_isEnding)
        return false;
    if (self.hasSlot.load(std::memory_order_relaxed))
        return true;
    std::unique_lock lock(m_mutex);
    if (m_isEnding)
        return false;
    if (m_freeSlots > 0) {
        m_freeSlots--;
        self.hasSlot = true;
        return true;
    }
    self.isParked = true;
    m_parked.push_back(&self);
    self.unparked.wait(lock, [&] { return !self.isParked || m_isEnding; });
    return !m_isEnding;
}

/// Returns 0 to go on, 1 at the end of the session, or a negative errno.
int RequestLoop::receiveAndProcess(Server &self, fuse_buf *buffer)
{
    const int received = fuse_session_receive_buf(m_session, buffer);
    if (received == -EINTR || received == -EAGAIN)
        return 0;
    if (received <= 0)
        return received < 0 ? received : 1;
    m_burst.note();
    if (takesLong(*buffer))
        giveSlot();
    self.steps.fetch_add(1, std::memory_order_relaxed);
    fuse_session_process_buf(m_session, buffer);
    self.steps.fetch_add(1, std::memory_order_relaxed);
    return fuse_session_exited(m_session) ? 1 : 0;
}

void RequestLoop::serve(Server &self)
{
    s_loop = this;
    s_self = &self;
    fuse_buf buffer{};
    int result = 0;
    while (result == 0 && awaitSlot(self))
        result = receiveAndProcess(self, &buffer);
    free(buffer.mem);
    end(result < 0 ? result : 0);
    self.isDone = true;
}

void RequestLoop::end(int error)
{
    {
        const std::lock_guard lock(m_mutex);
        m_isEnding = true;
        if (m_error == 0)
            m_error = error;
        for (Server *parked : m_parked)
            parked->unparked.notify_one();
        m_parked.clear();
    }
    const uint64_t one = 1;
    (void)!write(m_wakeFd, &one, sizeof(one));
}

void RequestLoop::tick()
{
    m_burst.tick();
    const std::lock_guard lock(m_mutex);
    // By index: passing a slot on may add a server.
    for (size_t i = 0; i < m_servers.size(); i++) {
        Server &server = m_servers[i];
        const uint64_t steps = server.steps.load(std::memory_order_relaxed);
        const bool isStuck = steps % 2 == 1 && steps == server.stepsSeen;
        server.stepsSeen = steps;
        if (isStuck && server.hasSlot.exchange(false))
            passSlotOn();
    }
}

/// Waits for the end that somebody brings. Returns 0 or the number of a signal.
int RequestLoop::awaitEnd()
{
    std::array<pollfd, 2> sources{{{m_wakeFd, POLLIN, 0}, {m_signalFd, POLLIN, 0}}};
    while (poll(sources.data(), sources.size(), -1) < 0)
        ;
    if (!(sources[1].revents & POLLIN))
        return 0;
    signalfd_siginfo info{};
    return read(m_signalFd, &info, sizeof(info)) == sizeof(info) ? static_cast<int>(info.ssi_signo)
                                                                 : 0;
}

bool RequestLoop::beginServers()
{
    const std::lock_guard lock(m_mutex);
    m_freeSlots = m_slots;
    for (unsigned i = 0; i < m_slots; i++)
        addServer();
    return !m_servers.empty();
}

void RequestLoop::joinServers()
{
    for (Server &server : m_servers) {
        // Again and again: it may be between its look at m_isEnding and its wait.
        while (!server.isDone) {
            pthread_kill(server.thread.native_handle(), kInterrupt);
            std::this_thread::sleep_for(kInterruptStep);
        }
        server.thread.join();
    }
    const std::lock_guard lock(m_mutex);
    m_servers.clear();
    m_parked.clear();
}

int RequestLoop::run()
{
    fuse_session_reset(m_session);
    if (!beginServers())
        return -EAGAIN;
    const int signal = awaitEnd();
    end(0);
    joinServers();
    // Here, not at the beginning: a stop() before the next run() counts.
    uint64_t wakes = 0;
    (void)!read(m_wakeFd, &wakes, sizeof(wakes));
    const int error = std::exchange(m_error, 0);
    m_isEnding = false;
    return error ? error : signal;
}

} // namespace vexfs::fuse
