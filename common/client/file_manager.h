// SPDX-License-Identifier: Apache-2.0
//
// common/client/file_manager.h - the desktop's file manager, by org.freedesktop.FileManager1.
#pragma once

#include "common/client/client.h"

namespace vexfs::client {

/// Shows the files in their folders, selected there. ServiceUnavailable where no file manager of
/// the session takes that, or none answers for a while: whoever asked opens the folders then.
Reply<Done> showInFileManager(const QStringList &uris);

} // namespace vexfs::client
