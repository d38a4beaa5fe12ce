// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/retrieval/measures.h - how good rankings are, and whether one is better than another.
#pragma once

#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

namespace vexfs::cli {

/// Of one query; each 0..1.
struct RetrievalScores
{
    double ndcg10 = 0;   ///< Järvelin and Kekäläinen 2002, gain = grade, discount log2(rank + 1)
    double recall100 = 0;
    double mrr = 0;      ///< 1 / rank of the first relevant document, 0 when none is found
};

/// @p ranking: document ids, best first. @p grades: of the judged ones, as in RetrievalQuery.
RetrievalScores scoreRanking(const QStringList &ranking, const QHash<QString, int> &grades);

RetrievalScores meanOf(const QList<RetrievalScores> &scores);

/// Two systems on the same queries.
struct PairedComparison
{
    double gainPercent = 0; ///< of the mean of the second over that of the first
    int better = 0;         ///< queries
    int worse = 0;
    double p = 1;           ///< two-sided, of a permutation test with 20,000 draws, one seed
};

/// Same length, same order.
PairedComparison compare(const QList<double> &first, const QList<double> &second);

} // namespace vexfs::cli
