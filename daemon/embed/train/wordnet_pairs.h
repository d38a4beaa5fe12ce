// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/train/wordnet_pairs.h - pairs of texts that belong together, out of WordNet.
//
// A word and its gloss, two words of one synset, an example and the gloss it is for, a synset and
// the one above it. Nothing but the files of Debian's wordnet-base is read.
#pragma once

#include "common/base/error.h"
#include "daemon/embed/contrastive.h"

#include <string>
#include <vector>

namespace vexfs::daemon {

struct WordNetCorpus
{
    std::vector<std::string> stems;  ///< sorted; row i of the table is stems[i]
    TrainingPairs pairs;
};

/// Reads data.{noun,verb,adj,adv}. Stems seen fewer than minCount times get no row.
base::Result<WordNetCorpus> readWordNet(const QString &directory, int minCount);

} // namespace vexfs::daemon
