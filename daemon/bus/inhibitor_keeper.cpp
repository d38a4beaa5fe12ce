// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/inhibitor_keeper.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace vexfs::daemon {

using base::Errc;

InhibitorKeeper::~InhibitorKeeper()
{
    for (const auto &held : m_held) {
        held->notifier.reset();
        ::close(held->end);
    }
}

base::Result<int> InhibitorKeeper::add(const Inhibitor &inhibitor)
{
    if (m_held.size() >= kInhibitorsMax) {
        return base::fail(Errc::TooLarge,
                          QStringLiteral("%1 programs hold work back already").arg(kInhibitorsMax));
    }
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return base::failErrno(errno, QStringLiteral("cannot make a pipe"));
    const uint32_t id = m_policy->addInhibitor(inhibitor);
    auto held = std::make_shared<Held>();
    held->end = ends[0];
    held->notifier = std::make_unique<QSocketNotifier>(ends[0], QSocketNotifier::Read);
    QObject::connect(held->notifier.get(), &QSocketNotifier::activated, held->notifier.get(),
                     [this, id] { onClosed(id); });
    m_held.insert(id, held);
    return ends[1];
}

void InhibitorKeeper::onClosed(uint32_t id)
{
    const auto held = m_held.value(id);
    if (!held)
        return;
    char ignored[256];
    // What is written means nothing; only the end does.
    const ssize_t got = read(held->end, ignored, sizeof ignored);
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    held->notifier->setEnabled(false);
    // Not here: it is the notifier that calls.
    held->notifier.release()->deleteLater();
    ::close(held->end);
    m_held.remove(id);
    m_policy->removeInhibitor(id);
}

} // namespace vexfs::daemon
