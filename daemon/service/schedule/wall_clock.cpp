// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/schedule/wall_clock.h"

#include <cerrno>

#include <sys/timerfd.h>
#include <unistd.h>

namespace vexfs::daemon {

WallClock::WallClock(QObject *parent)
    : QObject(parent), m_fd(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK))
{
    if (m_fd < 0)
        return;
    m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &WallClock::onReadable);
}

WallClock::~WallClock()
{
    m_notifier.reset();
    if (m_fd >= 0)
        ::close(m_fd);
}

void WallClock::wakeAt(int64_t timeUs)
{
    constexpr int64_t kSecondUs = 1'000'000;
    itimerspec wanted{};
    wanted.it_value.tv_sec = timeUs / kSecondUs;
    wanted.it_value.tv_nsec = timeUs % kSecondUs * 1000;
    if (m_fd >= 0)
        timerfd_settime(m_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &wanted, nullptr);
}

void WallClock::onReadable()
{
    uint64_t times = 0;
    const ssize_t done = ::read(m_fd, &times, sizeof times);
    if (done == sizeof times || errno == ECANCELED)
        Q_EMIT woke();
}

} // namespace vexfs::daemon
