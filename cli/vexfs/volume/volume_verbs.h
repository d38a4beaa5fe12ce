// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/volume/volume_verbs.h - what verbs about volumes have in common.
#pragma once

#include "cli/vexfs/command.h"

namespace vexfs::cli {

/// The object of a volume, made known first when an image file is meant that is not yet.
base::Result<QString> openVolume(const Command &command, const std::string &wanted);

/// Adds check, scrub, label and resize to "volume".
void addVolumeMaintenanceVerbs(CLI::App *verb, Command *command);

} // namespace vexfs::cli
