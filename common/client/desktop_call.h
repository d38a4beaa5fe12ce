// SPDX-License-Identifier: Apache-2.0
//
// common/client/desktop_call.h - calls of what the desktop offers on the session bus.
#pragma once

#include "common/client/client.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QPromise>

#include <memory>
#include <type_traits>

namespace vexfs::client {

/// The bus may have to start who is called first.
inline constexpr int kDesktopCallTimeoutMs = 10'000;

/// `Value` is what the reply holds, Done for one that holds nothing. Every error is
/// ServiceUnavailable, with the text of who answered or did not.
template <class Value>
Reply<Value> callDesktop(const QDBusMessage &message)
{
    constexpr bool kIsEmpty = std::is_same_v<Value, Done>;
    auto promise = std::make_shared<QPromise<base::Result<Value>>>();
    promise->start();
    auto *watcher = new QDBusPendingCallWatcher(
        QDBusConnection::sessionBus().asyncCall(message, kDesktopCallTimeoutMs));
    QObject::connect(watcher, &QDBusPendingCallWatcher::finished, watcher,
                     [promise](QDBusPendingCallWatcher *done) {
                         const std::conditional_t<kIsEmpty, QDBusPendingReply<>,
                                                  QDBusPendingReply<Value>> reply = *done;
                         done->deleteLater();
                         if (!reply.isValid())
                             promise->addResult(base::fail(base::Errc::ServiceUnavailable,
                                                           reply.error().message()));
                         else if constexpr (kIsEmpty)
                             promise->addResult(Done{});
                         else
                             promise->addResult(reply.value());
                         promise->finish();
                     });
    return promise->future();
}

} // namespace vexfs::client
