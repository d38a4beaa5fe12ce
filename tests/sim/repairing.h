// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/volume_driver.h"

#include <vexfs/check.h>

#include <map>
#include <string>
#include <vector>

namespace vexfs::test {

constexpr uint64_t kBlocks = 16384; ///< of the volumes that are damaged

/// What a repair says that it does.
struct Telling
{
    std::vector<std::string> lines;
    static void tell(void *context, const vexfs_finding *finding);
    bool has(const std::string &what) const;
    std::string text() const;
};

/// A volume with some of everything, on which random operations were done. "" or a problem.
std::string randomVolume(uint64_t seed, SimImage *image);

/// Files by path with what they hold; what cannot be read is left out.
std::map<std::string, std::string> readable(const SimImage &image);

/// Checks without data. Returns an error of the check itself.
int findings(const SimImage &image, u64 *count);

/// Repairs until the check is content, as fsck.vexfs does. Returns problems in words.
std::string repair(SimImage *image, Telling *telling);

/// Mounts, writes, deletes, and checks that the volume is clean afterwards.
std::string use(SimImage *image);

/// All of it: what was readable before must be there afterwards.
std::string repairAndUse(const SimImage &damaged, Telling *telling, SimImage *out = nullptr);

/// Changes bits of a byte of a block.
void flip(SimImage *image, uint64_t block, size_t byte, uint8_t mask);

} // namespace vexfs::test
