// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/schedule/wall_clock.h - wakes at a time of day.
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace vexfs::daemon {

/// A QTimer stands still while the machine sleeps; this one is late only until it wakes up, and
/// tells, too, when somebody sets the clock. Owner and thread: main.
class WallClock : public QObject
{
    Q_OBJECT

public:
    explicit WallClock(QObject *parent = nullptr);
    ~WallClock() override;

    /// One time at once; 0 for none.
    void wakeAt(int64_t timeUs);

Q_SIGNALS:
    /// The time has come, or the clock was set.
    void woke();

private:
    void onReadable();

    int m_fd;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace vexfs::daemon
