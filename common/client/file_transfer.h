// SPDX-License-Identifier: Apache-2.0
//
// common/client/file_transfer.h - files that a program in a sandbox drops or copies, by the
// portal's org.freedesktop.portal.FileTransfer: what is dropped is a key, and the portal tells the
// paths by which this program may read them.
#pragma once

#include "common/client/client.h"

namespace vexfs::client {

/// The MIME type of such a key.
inline constexpr char kFileTransferType[] = "application/vnd.portal.filetransfer";

/// Absolute paths of files and folders. ServiceUnavailable where the session has no portal, or it
/// does not know the key (each can be asked for once).
Reply<QStringList> retrieveFiles(const QString &key);

} // namespace vexfs::client
