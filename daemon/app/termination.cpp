// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/termination.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace vexfs::daemon {

namespace {

int wakeFd = -1;

/// Async-signal-safe: writes one byte.
void onSignal(int number)
{
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(number);
    const ssize_t ignored = write(wakeFd, &byte, 1);
    static_cast<void>(ignored);
    errno = saved;
}

} // namespace

Termination::Termination(QObject *parent) : QObject(parent)
{
    if (pipe2(m_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        qFatal("Cannot make a pipe for signals");
    wakeFd = m_pipe[1];
    m_notifier = std::make_unique<QSocketNotifier>(m_pipe[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Termination::onReadable);
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        sigaction(number, &action, nullptr);
    // A client that goes away while we write to it is no reason to end.
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

Termination::~Termination()
{
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        ::signal(number, SIG_DFL);
    m_notifier.reset();
    close(m_pipe[0]);
    close(m_pipe[1]);
}

void Termination::onReadable()
{
    unsigned char byte = 0;
    if (read(m_pipe[0], &byte, 1) == 1)
        Q_EMIT requested(byte);
}

} // namespace vexfs::daemon
