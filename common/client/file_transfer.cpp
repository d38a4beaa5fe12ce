// SPDX-License-Identifier: Apache-2.0
#include "common/client/file_transfer.h"

#include "common/client/desktop_call.h"

namespace vexfs::client {

namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Documents");
const QString kPath = QStringLiteral("/org/freedesktop/portal/documents");
const QString kInterface = QStringLiteral("org.freedesktop.portal.FileTransfer");

} // namespace

Reply<QStringList> retrieveFiles(const QString &key)
{
    QDBusMessage message = QDBusMessage::createMethodCall(kService, kPath, kInterface,
                                                          QStringLiteral("RetrieveFiles"));
    message.setArguments({key, QVariantMap()});
    return callDesktop<QStringList>(message);
}

} // namespace vexfs::client
