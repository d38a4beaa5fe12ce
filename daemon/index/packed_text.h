// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/packed_text.h - texts in the catalog take a third of their size.
#pragma once

struct sqlite3;

namespace vexfs::daemon {

/// Adds the SQL functions packed(text), which gives a zstd frame as a blob where that is shorter,
/// and unpacked(value), which gives the text again and fails with SQLITE_CORRUPT for a damaged one.
/// Returns SQLite's code.
int addPackedText(sqlite3 *connection);

} // namespace vexfs::daemon
