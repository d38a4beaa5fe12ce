// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/sim_device.h"

namespace vexfs::test {

/// A volume of 16 MiB with some of everything: trees of two levels, inline and other extents,
/// holes, vectors, large attributes, links, snapshots, a deleted one that was not freed yet, and
/// inodes that lost their last name when power was lost. The same bytes in every run.
const SimImage &sampleImage();

/// The same volume some fsyncs later: its intent log holds batches that a mount replays.
const SimImage &sampleLogImage();

} // namespace vexfs::test
