// SPDX-License-Identifier: Apache-2.0
#include "common/client/file_transfer.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QPromise>

#include <memory>

namespace vexfs::client {

namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Documents");
const QString kPath = QStringLiteral("/org/freedesktop/portal/documents");
const QString kInterface = QStringLiteral("org.freedesktop.portal.FileTransfer");
/// The bus may have to start it first.
constexpr int kTimeoutMs = 10'000;

} // namespace

Reply<QStringList> retrieveFiles(const QString &key)
{
    QDBusMessage message = QDBusMessage::createMethodCall(kService, kPath, kInterface,
                                                          QStringLiteral("RetrieveFiles"));
    message.setArguments({key, QVariantMap()});
    auto promise = std::make_shared<QPromise<base::Result<QStringList>>>();
    promise->start();
    auto *watcher = new QDBusPendingCallWatcher(
        QDBusConnection::sessionBus().asyncCall(message, kTimeoutMs));
    QObject::connect(watcher, &QDBusPendingCallWatcher::finished, watcher,
                     [promise](QDBusPendingCallWatcher *done) {
                         const QDBusPendingReply<QStringList> reply = *done;
                         done->deleteLater();
                         if (reply.isValid())
                             promise->addResult(reply.value());
                         else
                             promise->addResult(base::fail(base::Errc::ServiceUnavailable,
                                                           reply.error().message()));
                         promise->finish();
                     });
    return promise->future();
}

} // namespace vexfs::client
