// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vexfs/format.h>

namespace vexfs::cli {

/// One item of a tree's leaf on one line: its key, what it is, and what it says. Bytes that are too
/// short for what they should be are said to be so, never read beyond.
std::string itemText(const vexfs_disk_item &item, const uint8_t *data, uint32_t bytes);

/// "block 123 born 45 level 1".
std::string pointerText(const vexfs_disk_ptr &pointer);

/// Names and labels are any bytes: those that would confuse a terminal come as \xNN.
std::string quoted(const char *text, size_t bytes);

/// "2026-11-22 15:20:49 UTC".
std::string timeText(int64_t seconds);

} // namespace vexfs::cli
