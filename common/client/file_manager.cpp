// SPDX-License-Identifier: Apache-2.0
#include "common/client/file_manager.h"

#include "common/client/desktop_call.h"

namespace vexfs::client {

namespace {

const QString kService = QStringLiteral("org.freedesktop.FileManager1");
const QString kPath = QStringLiteral("/org/freedesktop/FileManager1");

} // namespace

Reply<Done> showInFileManager(const QStringList &uris)
{
    QDBusMessage message = QDBusMessage::createMethodCall(kService, kPath, kService,
                                                          QStringLiteral("ShowItems"));
    // No token of a start: its window comes to the front as the desktop likes.
    message.setArguments({uris, QString()});
    return callDesktop<Done>(message);
}

} // namespace vexfs::client
