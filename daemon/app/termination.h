// SPDX-License-Identifier: Apache-2.0
//
// daemon/app/termination.h - SIGTERM, SIGINT and SIGHUP as an ordinary end of the event loop.
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace vexfs::daemon {

/// Only one at a time. Owner: main; thread: the main one.
class Termination : public QObject
{
    Q_OBJECT

public:
    explicit Termination(QObject *parent = nullptr);
    ~Termination() override;

Q_SIGNALS:
    void requested(int signalNumber);

private:
    void onReadable();

    int m_pipe[2] = {-1, -1};
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace vexfs::daemon
