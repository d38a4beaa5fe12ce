// SPDX-License-Identifier: Apache-2.0
//
// daemon/query/query_text.h - what someone typed, as words to look for.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QString>

#include <string>
#include <vector>

namespace vexfs::daemon {

struct QueryText
{
    QByteArray text;                 ///< UTF-8, for the embedder
    std::vector<std::string> words;  ///< folded, distinct, in order; stop words if nothing else
    bool isOnlyStopWords = false;
};

/// Fails with InvalidQuery: nothing in it that could be looked for, or too long.
base::Result<QueryText> parseQuery(const QString &typed);

/// An FTS5 expression that finds texts with any of the words. Words are letters and digits only,
/// and quoted, so nothing in them means anything to FTS5.
QString matchAny(const std::vector<std::string> &words);

} // namespace vexfs::daemon
