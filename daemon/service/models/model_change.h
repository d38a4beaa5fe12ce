// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/models/model_change.h - the change of the model that is under way, as it is noted.
//
// Forks are rewritten one by one, so that a change which a kill, or the daemon's end, cuts short
// has left those of two models. The note beside the index is there from before the first fork is
// written until model, catalog and vectors are in place: the next start finds it, and goes on.
#pragma once

#include "daemon/embed/model_choice.h"

#include <cstdint>
#include <optional>

namespace vexfs::daemon {

/// A plain value.
struct ModelChange
{
    /// As it will be the volume's. Nothing: the model was learnt; its table is at learntPath().
    std::optional<ModelChoice> choice;
    uint64_t filesLearnt = 0;  ///< from how many files

    /// Where a table waits until it is in place; it is written before the note.
    static QString learntPath(const QString &directory);

    /// Of the folder of an index; nothing where none is under way. Fails with Corrupt.
    static base::Result<std::optional<ModelChange>> load(const QString &directory);
    /// In place of the one that was noted before, at once.
    base::Status save(const QString &directory) const;
    /// Nothing is under way any more; with it goes a table that did not come into its place.
    static base::Status remove(const QString &directory);
};

} // namespace vexfs::daemon
