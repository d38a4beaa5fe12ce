// SPDX-License-Identifier: Apache-2.0
//
// gui/models/query/query_words.h - conditions in a query as it is typed: found, put in, taken out.
//
// The language is the daemon's (Search interface); this knows as much of it as where a word begins
// and ends, so that what people typed stays as they typed it. Pure functions.
#pragma once

#include <QString>
#include <QStringList>

namespace vexfs::gui {

/// Words, conditions and phrases, each as it stands there.
QStringList queryWords(const QString &query);

/// "in:~/Work", or in:"~/My work" where the value has blanks. Empty where no query can say it: the
/// value has a quotation mark.
QString conditionOf(const QString &key, const QString &value);

/// Values of all conditions with that key, without quotation marks.
QStringList valuesOf(const QString &query, const QString &key);

/// Without conditions of that key.
QString withoutCondition(const QString &query, const QString &key);

/// The word is there, once, or is not.
QString withWord(const QString &query, const QString &word, bool isThere);

} // namespace vexfs::gui
