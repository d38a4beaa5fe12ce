// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/answers/index_status.h - what an index says of itself.
#pragma once

#include <QString>

#include <cstdint>

namespace vexfs::daemon {

enum class IndexState {
    Disabled,  ///< not started, or stopped
    Scanning,  ///< comparing the volume with the catalog
    Indexing,
    Idle,
    Paused,
    Waiting,  ///< cannot go on now; see IndexStatus::waitReason
    Error,    ///< gave up; see IndexStatus::error
};

/// The word of the D-Bus property State: "disabled", "scanning", "indexing", ...
QString indexStateWord(IndexState state);

struct IndexStatus
{
    IndexState state = IndexState::Disabled;
    QString waitReason;  ///< "", "user", "inhibited", "battery", "no-space"
    QString error;       ///< message, only with IndexState::Error, Waiting or Paused
    QString model;       ///< id of the embedder, empty before start
    uint32_t dimension = 0;
    QString metric;  ///< "cosine"
    uint64_t files = 0;
    uint64_t chunks = 0;
    uint64_t pending = 0;  ///< files to read or embed, versions of the past too; 0 when Idle
    uint64_t failed = 0;
    uint64_t bytesOnDisk = 0;  ///< catalog and vector index; vector forks are the volume's to count
    uint64_t generation = 0;   ///< raised by every change that can alter results
    uint64_t embeddedChunks = 0;  ///< since start: chunks the model was really run on
    uint64_t reusedChunks = 0;    ///< since start: chunks whose vectors came from the vector fork
};

} // namespace vexfs::daemon
