// SPDX-License-Identifier: Apache-2.0
//
// common/base/file_uri.h - files as URIs and as raw bytes, without loss in either direction.
//
// QUrl goes through UTF-16 and so cannot carry a name that is not UTF-8.
#pragma once

#include "common/base/error.h"

#include <QByteArray>

namespace vexfs::base {

/// "file:///a%20b" for "/a b". Only for absolute paths.
QString uriFromPath(const QByteArray &path);

/// "a%20b" for "a b": a relative URI reference.
QString uriReferenceFromPath(const QByteArray &path);

/// The path of a file URI of this machine, or of an absolute path given as it is. Cleaned: no
/// double slashes, no "." or "..", no slash at the end. InvalidArgs for anything else.
Result<QByteArray> pathFromUri(const QString &uri);

/// Cleans an absolute path by its text alone, as above; does not look at the disk.
QByteArray cleanPath(const QByteArray &path);

} // namespace vexfs::base
