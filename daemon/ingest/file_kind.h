// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/file_kind.h - what a file is, and whether text can be taken from it.
#pragma once

#include "daemon/ingest/extract_protocol.h"

#include <QByteArray>
#include <QString>

namespace vexfs::daemon {

struct FileKind
{
    QString mimeType;
    ExtractFormat format = ExtractFormat::None;
};

/// How much of a file's beginning fileKind() wants to see.
inline constexpr int kKindProbeBytes = 16 * 1024;

/// By name and content: neither alone tells a small docx from a zip, or a text from its markup.
FileKind fileKind(const QByteArray &path, const QByteArray &beginning);

} // namespace vexfs::daemon
