// SPDX-License-Identifier: Apache-2.0
//
// daemon/query/query_language.h - the conditions in what someone typed, told from the words.
//
//     rent contract "in arrears" -draft type:pdf,odt after:2025-01 before:7d in:~/Work size:>1M
//     tag:finance name:*2024* similar:~/Work/letter.odt at:2025-06
//
// A condition is a known word, ':' and a value, without blanks unless the value is in quotes; '-'
// before a word, a phrase or a condition means without. Words before other colons stay words, so a
// pasted address or "Re: rent" is text. Several conditions must all hold, but for several types,
// folders and names, of which one is enough. Pure functions over plain values.
#pragma once

#include "common/base/error.h"
#include "daemon/query/search_types.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <cstdint>

namespace vexfs::daemon {

struct ParsedQuery
{
    QString text;           ///< words and the words of phrases; what it is about
    QStringList phrases;    ///< each must stand in the file, word for word
    QStringList without;    ///< words and phrases none of which may
    QStringList types;      ///< as SearchQuery::types
    QStringList withoutTypes;
    QStringList folders;    ///< absolute, or from the root of any volume; "~" is not resolved
    QStringList withoutFolders;
    QStringList names;      ///< of files: a part of it, or a pattern with * and ?
    QStringList withoutNames;
    QStringList tags;       ///< all of them
    QStringList withoutTags;
    int64_t sinceNs = 0;    ///< last change at or after; 0 is open
    int64_t untilNs = 0;    ///< last change before; 0 is open
    uint64_t sizeMin = 0;
    uint64_t sizeMax = kNoSizeMax;  ///< inclusive
    QString similar;        ///< a file, as folders are given
    QString at;             ///< a snapshot, or a date; empty for now
};

/// now: what relative dates count from, and whose time zone dates are in. Fails with InvalidQuery;
/// the message begins with the place, "at 12: ...", in characters from 1.
base::Result<ParsedQuery> parseQueryLanguage(const QString &typed, const QDateTime &now);

/// The first moment of "2025", "2025-01", "2025-01-31", "2025-01-31T10:30[:00]", "today",
/// "yesterday", or so long before now: "36h", "7d", "2w", "6m", "1y". Invalid when it is none.
QDateTime parseDate(const QString &text, const QDateTime &now);

} // namespace vexfs::daemon
