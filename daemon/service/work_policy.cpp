// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/work_policy.h"

#include <QStringList>

#include <algorithm>

namespace vexfs::daemon {

namespace {

const QString kIndexing = QStringLiteral("indexing");

} // namespace

bool WorkPolicy::isKnown(const QString &what)
{
    static const QStringList known{kIndexing, QStringLiteral("snapshots"),
                                   QStringLiteral("maintenance")};
    const QStringList words = what.split(u':');
    return std::all_of(words.begin(), words.end(),
                       [](const QString &word) { return known.contains(word); });
}

uint32_t WorkPolicy::addInhibitor(const Inhibitor &inhibitor)
{
    uint32_t id = 0;
    {
        const std::lock_guard lock(m_mutex);
        id = ++m_lastId;
        m_inhibitors.append({id, inhibitor});
    }
    Q_EMIT changed();
    return id;
}

void WorkPolicy::removeInhibitor(uint32_t id)
{
    {
        const std::lock_guard lock(m_mutex);
        m_inhibitors.removeIf([id](const auto &each) { return each.first == id; });
    }
    Q_EMIT changed();
}

QList<Inhibitor> WorkPolicy::inhibitors() const
{
    const std::lock_guard lock(m_mutex);
    QList<Inhibitor> all;
    for (const auto &[id, inhibitor] : m_inhibitors)
        all.append(inhibitor);
    return all;
}

void WorkPolicy::setBattery(bool isOnBattery)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_isOnBattery == isOnBattery)
            return;
        m_isOnBattery = isOnBattery;
    }
    Q_EMIT changed();
}

WorkLimits WorkPolicy::limits() const
{
    const std::lock_guard lock(m_mutex);
    WorkLimits limits;
    limits.isOnBattery = m_isOnBattery;
    for (const auto &[id, inhibitor] : m_inhibitors) {
        if (!inhibitor.what.split(u':').contains(kIndexing))
            continue;
        limits.hold = QStringLiteral("inhibited");
        limits.message = inhibitor.who + QStringLiteral(": ") + inhibitor.why;
        return limits;
    }
    return limits;
}

} // namespace vexfs::daemon
