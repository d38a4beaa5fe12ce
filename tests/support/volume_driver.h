// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/model_fs.h"
#include "tests/support/operation.h"
#include "tests/support/random.h"
#include "tests/support/sim_device.h"

#include <vexfs/volume.h>

#include <string>
#include <vector>

namespace vexfs::test {

/// Does operations on a volume by path, as a host would: name by name. Does not own the volume.
class VolumeDriver
{
public:
    explicit VolumeDriver(vexfs_volume *volume) : m_volume(volume) {}

    /// Returns 0 or a negative errno. @p doneBytes: of a write, what was really written.
    int apply(const Operation &operation, uint64_t *doneBytes);

    /// Evicts what UnlinkHeld left open and what could not be evicted; returns the first error.
    int evictHeld();
    bool hasHeld() const { return !m_held.empty(); }

private:
    int find(const std::string &path, vexfs_id *id) const;
    int findDir(const std::string &path, vexfs_id *dir, std::string *name) const;
    int create(const Operation &operation, uint32_t mode);
    int changeNames(const Operation &operation);
    int rename(const Operation &operation);
    int createUnnamed(const Operation &operation, uint64_t *doneBytes);
    int allocate(const Operation &operation, uint64_t *doneBytes);
    int copyRange(const Operation &operation, uint64_t *doneBytes);
    int write(const Operation &operation, uint64_t *doneBytes);
    int setAttributes(const Operation &operation);
    int changeXattr(const Operation &operation);
    int changeSnapshots(const Operation &operation);
    int afterRemoval(const vexfs_removed &removed, bool hold);

    vexfs_volume *m_volume;
    std::vector<vexfs_id> m_held;
};

/// Reads a whole tree back; on a problem returns it in words, otherwise "".
/// Also checks readdir against lookup, "..", and that each path is known to vexfs_volume_path().
std::string readTree(vexfs_volume *volume, uint64_t tree, TreeState *out);

/// Reads the live tree and all visible snapshots back, as readTree().
std::string readVolume(vexfs_volume *volume, VolumeState *out);

/// The differences between a volume (live tree and visible snapshots) and what it should hold.
std::string volumeDifference(vexfs_volume *volume, const ModelVolume &model);

/// vexfs_check() of an image with data; all findings in words, "" when there are none.
std::string checkImage(const SimImage &image);
std::string checkDevice(vexfs_dev *dev);

/// A formatted device of @p blocks blocks; root belongs to 0:0; what is written is compressed with
/// level @p compress. Stops the test on failure.
SimImage formattedImage(uint64_t blocks, u32 compress = 0);

/// One that compresses, after @p operations random operations of at most 20,000 bytes; committed.
SimImage randomImage(uint64_t blocks, uint64_t seed, int operations);

/// An operation that makes sense more often than not, given what exists in @p model.
Operation randomOperation(Random &random, const ModelVolume &model);

} // namespace vexfs::test
