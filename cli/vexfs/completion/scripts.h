// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/completion/scripts.h - how shells ask vexctl what may come next.
#pragma once

#include <string>

namespace vexfs::cli {

/// shell: bash, zsh or fish.
std::string completionScript(const std::string &shell);

} // namespace vexfs::cli
