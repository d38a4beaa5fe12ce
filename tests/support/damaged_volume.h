// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/model_fs.h"

#include <vexfs/volume.h>

#include <string>

namespace vexfs::test {

/// Whether @p error is how the engine tells of damage.
bool isReported(int error);

/// Looks up and reads in the live tree everything that @p tree has. "" when each thing was right or
/// a reported error; otherwise what came back wrong.
std::string readableDifference(vexfs_volume *volume, const TreeState &tree);

} // namespace vexfs::test
