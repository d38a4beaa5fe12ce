// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/completion/complete.h - what may come next on a command line of vexctl.
//
// Verbs and options are read from the same tree that parses them, so there is no list to keep. A
// script for a shell asks "vexctl complete -- WORD...", the last word being the one at work.
#pragma once

#include "cli/vexfs/command.h"

#include <string>
#include <vector>

namespace vexfs::cli {

struct Candidate
{
    std::string text;
    std::string description;
};

struct Completion
{
    std::vector<Candidate> candidates;
    bool withFiles = false; ///< The shell's own files may come, too.
};

/// Names of snapshots and volumes are asked of the daemon; where it takes longer than a blink there
/// are none.
Completion complete(const CLI::App &app, Command command, std::vector<std::string> words);

/// Adds completion and, hidden, complete.
void addCompletionVerbs(CLI::App &app, Command *command);

} // namespace vexfs::cli
