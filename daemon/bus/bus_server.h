// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/bus_server.h - the daemon on the bus: its objects, its signals, its name.
#pragma once

#include "daemon/bus/battery_watch.h"
#include "daemon/bus/bus_context.h"
#include "daemon/bus/map_signals.h"

#include <memory>

namespace vexfs::daemon {

/// Owner: main; thread: the main one.
class BusServer : public QObject
{
    Q_OBJECT

public:
    BusServer(const QDBusConnection &connection, const Services &services);
    /// Waits for calls at work.
    ~BusServer() override;

    /// Puts the objects on the bus and takes the name. AlreadyExists when another daemon has it.
    base::Status start();

private:
    void onVolumeChanged(const QString &uuid);
    void onSourceChanged(const QString &id);
    void onIndexChanged(const QString &uuid);
    void onJobStarted(uint32_t id);
    void onJobFinished(uint32_t id);
    void onJobRemoved(uint32_t id, const QString &kind, const QString &state);
    void connectServices();

    QDBusConnection m_connection;
    QThreadPool m_pool;
    std::unique_ptr<dbus::ObjectTree> m_tree;
    InhibitorKeeper m_inhibitors;
    BatteryWatch m_battery;
    BusContext m_context;
    MapSignals m_maps{m_context};
};

} // namespace vexfs::daemon
