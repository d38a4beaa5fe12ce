// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/battery_watch.h - whether the machine runs on its battery, as UPower tells.
#pragma once

#include "daemon/service/work_policy.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QObject>

namespace vexfs::daemon {

/// Without a system bus or without UPower the machine counts as plugged in.
/// Owner: BusServer; thread: the bus's.
class BatteryWatch : public QObject
{
    Q_OBJECT

public:
    explicit BatteryWatch(WorkPolicy *policy, QObject *parent = nullptr);
    ~BatteryWatch() override;

private Q_SLOTS:
    void onPropertiesChanged(const QString &interface, const QVariantMap &changed,
                             const QStringList &invalidated);

private:
    void ask();

    WorkPolicy *const m_policy;
    QDBusConnection m_connection;
};

} // namespace vexfs::daemon
