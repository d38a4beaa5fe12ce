// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/battery_watch.h"

#include "common/dbus/names.h"

#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusServiceWatcher>

namespace vexfs::daemon {

namespace {

const QString kConnection = QStringLiteral("vexfs-power");
const QString kUPower = QStringLiteral("org.freedesktop.UPower");
const QString kUPowerPath = QStringLiteral("/org/freedesktop/UPower");
const QString kOnBattery = QStringLiteral("OnBattery");

} // namespace

BatteryWatch::BatteryWatch(WorkPolicy *policy, QObject *parent)
    : QObject(parent), m_policy(policy),
      m_connection(QDBusConnection::connectToBus(QDBusConnection::SystemBus, kConnection))
{
    if (!m_connection.isConnected())
        return;
    m_connection.connect(kUPower, kUPowerPath, dbus::kProperties,
                         QStringLiteral("PropertiesChanged"), this,
                         SLOT(onPropertiesChanged(QString, QVariantMap, QStringList)));
    auto *watcher = new QDBusServiceWatcher(kUPower, m_connection,
                                            QDBusServiceWatcher::WatchForOwnerChange, this);
    connect(watcher, &QDBusServiceWatcher::serviceRegistered, this, [this] { ask(); });
    connect(watcher, &QDBusServiceWatcher::serviceUnregistered, this,
            [this] { m_policy->setBattery(false); });
    ask();
}

BatteryWatch::~BatteryWatch()
{
    QDBusConnection::disconnectFromBus(kConnection);
}

void BatteryWatch::ask()
{
    QDBusMessage message = QDBusMessage::createMethodCall(kUPower, kUPowerPath, dbus::kProperties,
                                                          QStringLiteral("Get"));
    message.setArguments({kUPower, kOnBattery});
    auto *call = new QDBusPendingCallWatcher(m_connection.asyncCall(message), this);
    connect(call, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *done) {
        const QDBusPendingReply<QDBusVariant> reply = *done;
        m_policy->setBattery(reply.isValid() && reply.value().variant().toBool());
        done->deleteLater();
    });
}

void BatteryWatch::onPropertiesChanged(const QString &interface, const QVariantMap &changed,
                                       const QStringList &invalidated)
{
    if (interface != kUPower)
        return;
    if (changed.contains(kOnBattery))
        m_policy->setBattery(changed.value(kOnBattery).toBool());
    else if (invalidated.contains(kOnBattery))
        ask();
}

} // namespace vexfs::daemon
