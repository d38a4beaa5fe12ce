// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/document.h - a file's text as it was extracted.
#pragma once

#include "daemon/ingest/extract_protocol.h"

#include <QByteArray>
#include <QString>
#include <QVector>

namespace vexfs::daemon {

enum class ExtractOutcome {
    Extracted,
    NoText,  ///< nothing wrong, nothing to find; see reason
    Failed,  ///< see reason
};

struct Document
{
    ExtractOutcome outcome = ExtractOutcome::Failed;
    QString reason;
    QString title;
    QString author;
    QString language;  ///< ISO 639 and perhaps a country
    int64_t dateNs = 0;  ///< when it was written or last changed by its own account; 0: unknown
    QByteArray text;  ///< valid UTF-8 without NUL
    QVector<TextMark> marks;  ///< in order of offset, none beyond the text
    bool isTruncated = false;
    bool isTimedOut = false;  ///< Failed only because it took longer than it was given
};

} // namespace vexfs::daemon
