// SPDX-License-Identifier: Apache-2.0
#include "common/client/file_manager.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QPromise>

#include <memory>

namespace vexfs::client {

namespace {

const QString kService = QStringLiteral("org.freedesktop.FileManager1");
const QString kPath = QStringLiteral("/org/freedesktop/FileManager1");
/// The bus may have to start it first.
constexpr int kTimeoutMs = 10'000;

} // namespace

Reply<Done> showInFileManager(const QStringList &uris)
{
    QDBusMessage message = QDBusMessage::createMethodCall(kService, kPath, kService,
                                                          QStringLiteral("ShowItems"));
    // No token of a start: its window comes to the front as the desktop likes.
    message.setArguments({uris, QString()});
    auto promise = std::make_shared<QPromise<base::Result<Done>>>();
    promise->start();
    auto *watcher = new QDBusPendingCallWatcher(
        QDBusConnection::sessionBus().asyncCall(message, kTimeoutMs));
    QObject::connect(watcher, &QDBusPendingCallWatcher::finished, watcher,
                     [promise](QDBusPendingCallWatcher *done) {
                         const QDBusPendingReply<> reply = *done;
                         done->deleteLater();
                         if (reply.isValid())
                             promise->addResult(Done{});
                         else
                             promise->addResult(base::fail(base::Errc::ServiceUnavailable,
                                                           reply.error().message()));
                         promise->finish();
                     });
    return promise->future();
}

} // namespace vexfs::client
