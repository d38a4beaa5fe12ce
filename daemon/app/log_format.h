// SPDX-License-Identifier: Apache-2.0
//
// daemon/app/log_format.h - how the daemon's messages look on stderr.
#pragma once

namespace vexfs::daemon {

/// With sd-daemon(3) priorities when the journal reads stderr, with time and category otherwise.
/// QT_MESSAGE_PATTERN and QT_LOGGING_RULES of the environment win.
void setUpLogging();

} // namespace vexfs::daemon
