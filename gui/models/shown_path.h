// SPDX-License-Identifier: Apache-2.0
//
// gui/models/shown_path.h - names and kinds of files as people can read them, whatever bytes they
// have.
#pragma once

#include <QString>

namespace vexfs::gui {

/// The last part, with control characters and what is no UTF-8 replaced.
QString shownName(const QString &uri);
/// The folder that it is in, with ~ for the home folder.
QString shownFolder(const QString &uri);

/// What to type for it: the path, with ~ for the home folder; the URI where a path in UTF-8 would
/// be another file, or would not be seen as it is.
QString typedPath(const QString &uri);

/// "PDF document" for "application/pdf", in the desktop's words; what it does not know as it is.
QString shownType(const QString &mimeType);

} // namespace vexfs::gui
