// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/map_signals.h"

#include "common/dbus/names.h"
#include "common/dbus/types.h"

#include <QTimer>

namespace vexfs::daemon {

namespace {

constexpr qint64 kIntervalMs = 1000;

} // namespace

void MapSignals::look(const QString &id)
{
    if (m_waiting.contains(id))
        return;
    const auto sent = m_sent.constFind(id);
    const qint64 wait = sent == m_sent.constEnd() ? 0 : kIntervalMs - sent->elapsed();
    if (wait <= 0)
        return send(id);
    m_waiting.insert(id);
    QTimer::singleShot(int(wait), Qt::PreciseTimer, this, [this, id] {
        m_waiting.remove(id);
        send(id);
    });
}

void MapSignals::send(const QString &id)
{
    const auto place = m_context.services.indexed->find(id);
    const auto change = place && place->index ? place->index->takeMapChange() : std::nullopt;
    if (!change)
        return;
    m_sent[id].start();
    QList<dbus::PointRow> placed;
    for (const MapPoint &each : change->placed)
        placed += dbus::PointRow{each.ino, {double(each.place.x), double(each.place.y)}};
    QList<qulonglong> removed;
    for (const uint64_t ino : change->removed)
        removed.append(ino);
    m_context.tree->sendSignal(dbus::volumePath(id), dbus::kMap, QStringLiteral("PointsChanged"),
                               {static_cast<qulonglong>(change->generation),
                                QVariant::fromValue(placed), QVariant::fromValue(removed)});
    m_context.tree->refresh(dbus::volumePath(id), dbus::kMap);
}

} // namespace vexfs::daemon
