// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vexfs/posix_dev.h>

namespace vexfs::test {

/// Uses an image of unknown honesty in every way that a host can: checks it, inspects it, mounts it
/// for reading; mounts it for writing, walks, reads, changes what it finds, takes and deletes
/// snapshots, compares trees, commits, closes, checks again. Any result will do, as long as each
/// call ends and keeps to its memory.
void exerciseImage(vexfs_dev *dev);

} // namespace vexfs::test
