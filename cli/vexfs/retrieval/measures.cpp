// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/retrieval/measures.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace vexfs::cli {

namespace {

constexpr int kNdcgDepth = 10;
constexpr int kRecallDepth = 100;
constexpr int kDraws = 20'000;
constexpr uint32_t kSeed = 1;

double discounted(int grade, int rank)
{
    return grade / std::log2(rank + 2.0);
}

double idealGain(const QHash<QString, int> &grades)
{
    QList<int> sorted = grades.values();
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    double sum = 0;
    for (int rank = 0; rank < std::min<int>(kNdcgDepth, static_cast<int>(sorted.size())); ++rank)
        sum += discounted(sorted[rank], rank);
    return sum;
}

} // namespace

RetrievalScores scoreRanking(const QStringList &ranking, const QHash<QString, int> &grades)
{
    RetrievalScores out;
    double gain = 0;
    int found = 0;
    for (int rank = 0; rank < ranking.size(); ++rank) {
        const int grade = grades.value(ranking[rank]);
        if (grade <= 0)
            continue;
        if (out.mrr == 0)
            out.mrr = 1.0 / (rank + 1);
        if (rank < kNdcgDepth)
            gain += discounted(grade, rank);
        if (rank < kRecallDepth)
            ++found;
    }
    const double ideal = idealGain(grades);
    out.ndcg10 = ideal > 0 ? gain / ideal : 0;
    out.recall100 = grades.isEmpty() ? 0 : found / static_cast<double>(grades.size());
    return out;
}

RetrievalScores meanOf(const QList<RetrievalScores> &scores)
{
    RetrievalScores sum;
    for (const RetrievalScores &each : scores) {
        sum.ndcg10 += each.ndcg10;
        sum.recall100 += each.recall100;
        sum.mrr += each.mrr;
    }
    const double count = std::max<double>(1, static_cast<double>(scores.size()));
    return {sum.ndcg10 / count, sum.recall100 / count, sum.mrr / count};
}

PairedComparison compare(const QList<double> &first, const QList<double> &second)
{
    PairedComparison out;
    std::vector<double> differences;
    double sumFirst = 0;
    double sum = 0;
    for (qsizetype i = 0; i < first.size(); ++i) {
        const double difference = second[i] - first[i];
        differences.push_back(difference);
        sumFirst += first[i];
        sum += difference;
        out.better += difference > 0 ? 1 : 0;
        out.worse += difference < 0 ? 1 : 0;
    }
    out.gainPercent = sumFirst > 0 ? 100 * sum / sumFirst : 0;
    // Were the systems alike, the sign of each difference would be chance.
    std::mt19937 random(kSeed);
    int asFar = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
        double drawn = 0;
        for (const double difference : differences)
            drawn += (random() & 1) != 0 ? difference : -difference;
        asFar += std::abs(drawn) >= std::abs(sum) ? 1 : 0;
    }
    out.p = (asFar + 1.0) / (kDraws + 1.0);
    return out;
}

} // namespace vexfs::cli
