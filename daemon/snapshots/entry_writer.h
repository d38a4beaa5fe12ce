// SPDX-License-Identifier: Apache-2.0
//
// daemon/snapshots/entry_writer.h - copies a file, link or folder: it appears whole or not at all.
#pragma once

#include "daemon/snapshots/part_names.h"

#include <QByteArray>

namespace vexfs::daemon {

/// Copies one entry with mode, owner (where that is allowed), times and attributes; of a folder
/// only itself.
/// The bytes are shared with the source where both lie on one volume. target has no name, or one of
/// the parts', until it is on disk. Fails with AlreadyExists unless it may replace, Conflict (a
/// folder and something else), NotSupported (no file, link or folder), NoSpace.
base::Status copyEntry(const QByteArray &source, const QByteArray &target, bool mayReplace,
                       PartNames &parts);

/// Takes over what copyEntry() does beside the content, on what is there.
base::Status copyAttributes(const QByteArray &source, const QByteArray &target);

} // namespace vexfs::daemon
