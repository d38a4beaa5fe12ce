// SPDX-License-Identifier: Apache-2.0
#include "daemon/query/search_types.h"

namespace vexfs::daemon {

QStringList legWords(uint32_t legs)
{
    QStringList words;
    if (legs & LegWord)
        words += QStringLiteral("word");
    if (legs & LegMeaning)
        words += QStringLiteral("meaning");
    if (legs & LegName)
        words += QStringLiteral("name");
    return words;
}

} // namespace vexfs::daemon
