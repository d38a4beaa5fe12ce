// SPDX-License-Identifier: Apache-2.0
//
// cli/output/human.h - sizes, times and paths as people write and read them.
#pragma once

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>

namespace vexfs::cli {

/// "1.5 GiB"; bytes below 1 KiB are whole.
QString humanBytes(uint64_t bytes);

/// 64G, 1.5T, 512M, 4096, with or without "iB": powers of 1024. Nothing when it is no size.
std::optional<uint64_t> parseBytes(const QString &text);

/// RFC 3339 UTC with microseconds left out where they are 0; "" for 0.
QString isoTime(uint64_t microseconds);

/// In the local time, to the second; "-" for 0.
QString localTime(uint64_t microseconds);

/// ~ for the home directory; control characters shown as \xNN so that a name cannot forge output.
QString shownPath(const QByteArray &path);

/// Without control characters, line breaks as blanks.
QString oneLine(const QString &text);

/// The widest number of columns of the terminal behind a descriptor; fallback where there is none.
int terminalColumns(int fd, int fallback);

} // namespace vexfs::cli
