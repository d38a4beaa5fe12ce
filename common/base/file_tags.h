// SPDX-License-Identifier: Apache-2.0
//
// common/base/file_tags.h - the tags of a file, where desktops keep them.
//
// They are the extended attribute user.xdg.tags: names with commas between them. No daemon is
// asked; the index follows, as it does all changes. Each call waits for the volume of the file.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QStringList>

namespace vexfs::base {

struct TagChange
{
    QStringList added;
    QStringList removed;
};

/// Not empty, no comma and no line break in it, no blank around it.
bool isTagName(const QString &name);

/// path: as the system has it; shown: what messages call the file.
/// NotFound, PermissionDenied, NotSupported and what else the system says.
Result<QStringList> readTags(const QByteArray &path, const QString &shown);

/// What it has then, in order, each once; what is added comes last. InvalidArgs for what is no
/// name, TooLarge for more than the attribute takes. On failure nothing is changed.
Result<QStringList> changeTags(const QByteArray &path, const QString &shown,
                               const TagChange &change);

} // namespace vexfs::base
