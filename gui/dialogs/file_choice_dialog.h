// SPDX-License-Identifier: Apache-2.0
//
// gui/dialogs/file_choice_dialog.h - the file dialog of a process that has nothing else to do; see
// models/choosing/file_chooser.h.
#pragma once

#include "gui/models/choosing/file_chooser.h"

namespace vexfs::gui {

/// Shows it, and prints a URI a line for what was chosen. Returns the exit status.
int runFileChoice(const FileChoice &choice);

} // namespace vexfs::gui
