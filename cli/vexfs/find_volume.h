// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/find_volume.h - which volume a person means.
#pragma once

#include "cli/vexfs/command.h"

namespace vexfs::cli {

/// By uuid, label, image file, mount point, or a file on it. Empty: the one that the current
/// directory is on, else the only one that is mounted. NotFound, InvalidArgs (it may be several).
base::Result<client::VolumeInfo> findVolume(const Command &command, const QString &wanted);

/// An absolute path without "." and "..", as bytes; relative ones are below the current directory.
QByteArray absolutePath(const std::string &path);
QString absoluteUri(const std::string &path);

/// The first mount point; empty when it is not mounted.
QByteArray mountPath(const client::VolumeInfo &volume);

/// What a person calls it: its label, else its uuid.
QString shownName(const client::VolumeInfo &volume);

/// The same among volumes and plain folders that are indexed: for what an index is asked.
base::Result<client::VolumeInfo> findIndexed(const Command &command, const QString &wanted);

} // namespace vexfs::cli
