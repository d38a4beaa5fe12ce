// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/meaning.h - a model, the vectors that it made, and what its cosines are worth.
#pragma once

#include "daemon/embed/embedder.h"
#include "daemon/index/vector_index.h"
#include "daemon/search/calibration.h"

#include <memory>
#include <optional>

namespace vexfs::daemon {

/// Only together do they mean anything. Owner: shared; thread: any.
struct Meaning
{
    std::shared_ptr<Embedder> embedder;
    std::shared_ptr<VectorIndex> vectors;  ///< thread-safe by itself
    std::optional<Calibration> calibration;  ///< nothing before it is learnt
    std::shared_ptr<VectorIndex> past = {};  ///< of versions that only snapshots have

    /// Below this cosine a passage says nothing about a query.
    double floor() const { return calibration ? calibration->floor : embedder->relevanceFloor(); }
    /// Above this one it is about the same.
    double fit() const { return calibration ? calibration->fit : embedder->slotFloor(); }
};

} // namespace vexfs::daemon
