// SPDX-License-Identifier: Apache-2.0
//
// common/client/signal_relay.h - a signal of the bus, as a call of a function. Private to client.
#pragma once

#include <QDBusMessage>
#include <QObject>

#include <functional>

namespace vexfs::client {

/// Owner: whoever is told; lives in its thread, and is called from its event loop.
class SignalRelay : public QObject
{
    Q_OBJECT

public:
    SignalRelay(std::function<void(const QDBusMessage &)> told, QObject *owner)
        : QObject(owner), m_told(std::move(told))
    {
    }

public Q_SLOTS:
    void take(const QDBusMessage &message) { m_told(message); }

private:
    std::function<void(const QDBusMessage &)> m_told;
};

} // namespace vexfs::client
