// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vexfs::test {

/// Prints what a test tried ("crash states", 12345), and appends it to the file that the
/// environment variable VEXFS_TEST_FIGURES names, whose lines tests/run adds up.
void recordFigures(const std::string &test,
                   const std::vector<std::pair<std::string, uint64_t>> &figures);

} // namespace vexfs::test
