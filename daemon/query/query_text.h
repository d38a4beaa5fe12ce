// SPDX-License-Identifier: Apache-2.0
//
// daemon/query/query_text.h - what someone typed, as words to look for.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QString>

#include <string>
#include <string_view>
#include <vector>

namespace vexfs::daemon {

struct QueryText
{
    QByteArray text;                 ///< UTF-8, for the embedder
    std::vector<std::string> words;  ///< folded, distinct, in order; stop words if nothing else
    bool isOnlyStopWords = false;
    std::string prefix;  ///< the beginning of a word that may go on; also the last of words
};

/// Fails with InvalidQuery: nothing in it that could be looked for, or too long.
base::Result<QueryText> parseQuery(const QString &typed);

/// The last word of the query is the beginning of one; with stop words, which it may become.
void setPrefix(QueryText &query);

/// An FTS5 expression that finds texts with any of the words. Words are letters and digits only,
/// and quoted, so nothing in them means anything to FTS5.
QString matchAny(const std::vector<std::string> &words);

/// The same for what may go on after the prefix.
QString matchPrefix(const std::string &prefix);

/// Texts with the words of a phrase one after the other, by their stems; empty without a word.
QString matchPhrase(const QString &phrase);

/// The words of a phrase stand in a text one after the other, to the letter but for case and
/// diacritics.
bool standsIn(std::string_view text, const std::vector<std::string> &phrase);

/// At most so many letters were typed wrong, left out, put in, or exchanged with the next:
/// the optimal string alignment distance (Oommen and Loke, Pattern Recognition 30, 1997).
bool isNear(const std::u32string &a, const std::u32string &b, size_t most);

} // namespace vexfs::daemon
