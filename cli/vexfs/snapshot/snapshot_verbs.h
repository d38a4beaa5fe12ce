// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/snapshot/snapshot_verbs.h - what verbs about snapshots have in common.
#pragma once

#include "cli/vexfs/command.h"

namespace vexfs::cli {

/// Adds diff, show and restore to "snapshot"; volume is its --volume.
void addSnapshotChangeVerbs(CLI::App *verb, Command *command,
                            const std::shared_ptr<std::string> &volume);

/// Adds schedule to it.
void addSnapshotScheduleVerb(CLI::App *verb, Command *command,
                             const std::shared_ptr<std::string> &volume);

/// Adds send and receive to it.
void addSnapshotStreamVerbs(CLI::App *verb, Command *command,
                            const std::shared_ptr<std::string> &volume);

/// All changes between two snapshots; '' is the live tree.
base::Result<QList<client::FileChange>> allChanges(const Command &command, const QString &object,
                                                   const QString &from, const QString &to);

/// "3 modified, 41 removed, 1 added"; "nothing" for none.
QString summary(const QList<client::FileChange> &changes);

/// Waits for a job of Restore or Undo and tells what became of it; said begins the line.
Outcome finishRestore(const Command &command, const QString &object, const QString &said);

} // namespace vexfs::cli
