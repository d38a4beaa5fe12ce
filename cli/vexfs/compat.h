// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/compat.h - verbs that the vexctl of other VexFS implementations has: vexctl-compat(7).
#pragma once

#include <string>
#include <vector>

namespace vexfs::cli {

/// The arguments with such a verb in its present form; others as they are.
std::vector<std::string> withPresentVerb(std::vector<std::string> arguments);

} // namespace vexfs::cli
