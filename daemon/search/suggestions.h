// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/suggestions.h - what someone who types may mean, from what the catalog holds.
#pragma once

#include "daemon/index/catalog.h"

#include <string>
#include <utility>

namespace vexfs::daemon {

/// The word in file names that is nearest to a mistyped one; empty when none is near enough. One
/// letter of a short word may be wrong, two of a long one, none of what has a digit in it.
base::Result<QString> nearName(Catalog &catalog, const std::string &word);

/// Pairs of a text and its kind: "term", "tag", "folder", "spelling". At most limit; the likeliest
/// first, but "spelling" only where nothing else is found.
base::Result<QVector<std::pair<QString, QString>>> suggestions(Catalog &catalog,
                                                               const QString &prefix, int limit);

} // namespace vexfs::daemon
