// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/calibration.h - what a cosine is worth with this model on these files.
//
// A tuned table spreads its vectors otherwise than the shipped one, and among more files there is
// always a nearer one by chance. So the bounds are learnt from the index itself: it is asked
// questions without a sense, and what they reach says nothing.
#pragma once

#include "daemon/embed/embedder.h"
#include "daemon/index/vector_index.h"

#include <optional>
#include <string>
#include <vector>

namespace vexfs::daemon {

struct Calibration
{
    /// Most pairs of a question and a passage that have nothing to do with each other are below.
    double floor = 0.0;
    /// Of questions without a sense, 99 in 100 find nothing above.
    double fit = 0.0;
    uint64_t chunks = 0;  ///< that were there when it was learnt
};

/// words: some that stand in the files, in any order. Nothing where there is too little to tell.
std::optional<Calibration> calibrate(const Embedder &embedder, const VectorIndex &vectors,
                                     const std::vector<std::string> &words);

} // namespace vexfs::daemon
