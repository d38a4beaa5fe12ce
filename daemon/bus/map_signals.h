// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/map_signals.h - tells what becomes of the points of maps, at most once a second each.
#pragma once

#include "daemon/bus/bus_context.h"

#include <QElapsedTimer>
#include <QHash>
#include <QSet>

namespace vexfs::daemon {

/// Owner: BusServer, whose context it has; thread: that of the bus.
class MapSignals : public QObject
{
    Q_OBJECT

public:
    explicit MapSignals(const BusContext &context) : m_context(context) {}

    /// The map of a volume or source may have changed: tells it now, or when a second is over.
    void look(const QString &id);

private:
    void send(const QString &id);

    const BusContext &m_context;
    QHash<QString, QElapsedTimer> m_sent;
    QSet<QString> m_waiting;
};

} // namespace vexfs::daemon
