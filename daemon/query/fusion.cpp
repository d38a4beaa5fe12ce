// SPDX-License-Identifier: Apache-2.0
#include "daemon/query/fusion.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace vexfs::daemon {

namespace {

// Where, counted from 0, the best files without a word of the query come at the latest.
constexpr std::array<size_t, 2> kSlots{4, 9};
// With nothing better, this many guesses are shown.
constexpr size_t kGuessesMax = 10;

double clampUnit(double value)
{
    return std::clamp(value, 0.0, 1.0);
}

std::vector<RankedFile> merge(const FusionInput &input, const FusionOptions &options)
{
    std::vector<RankedFile> files;
    std::unordered_map<uint64_t, size_t> places;
    const auto at = [&](uint64_t ino) -> RankedFile & {
        const auto [place, isNew] = places.emplace(ino, files.size());
        if (isNew) {
            files.emplace_back();
            files.back().ino = ino;
        }
        return files[place->second];
    };
    const double best = input.keyword.empty() ? 1.0 : input.keyword.front().score;
    for (const KeywordCandidate &each : input.keyword)
        at(each.ino).keywordScore = best > 0.0 ? clampUnit(each.score / best) : 0.0;
    for (const VectorCandidate &each : input.vector) {
        RankedFile &file = at(each.ino);
        if (file.hasVector && file.vectorScore >= each.similarity)
            continue;
        file.hasVector = true;
        file.vectorScore = clampUnit(each.similarity);
        file.bestChunk = each.chunk;
    }
    const bool hasKeyword = !input.keyword.empty();
    const bool hasVector = !input.vector.empty();
    const double weight = hasVector ? options.vectorWeight : 0.0;
    const double whole = (hasKeyword ? 1.0 : 0.0) + weight;
    for (RankedFile &file : files) {
        const double sum = file.keywordScore + weight * file.vectorScore;
        file.score = whole > 0.0 ? clampUnit(sum / whole) : 0.0;
    }
    return files;
}

void sortFiles(std::vector<RankedFile> &files, const std::unordered_set<uint64_t> &exact)
{
    std::sort(files.begin(), files.end(), [&](const RankedFile &a, const RankedFile &b) {
        const bool isExactA = exact.contains(a.ino);
        const bool isExactB = exact.contains(b.ino);
        if (isExactA != isExactB)
            return isExactA;
        return a.score != b.score ? a.score > b.score : a.ino < b.ino;
    });
}

bool isByMeaningAlone(const RankedFile &file)
{
    return file.keywordScore <= 0.0;
}

// The sum favours files that share a word, however common. The nearest of those that share none
// would drown; they get places of their own.
void giveSlots(std::vector<RankedFile> &files, double slotFloor)
{
    size_t from = 0;
    for (const size_t slot : kSlots) {
        while (from < files.size()
               && !(isByMeaningAlone(files[from]) && files[from].vectorScore >= slotFloor))
            ++from;
        if (from >= files.size())
            return;
        if (from > slot) {
            std::rotate(files.begin() + static_cast<std::ptrdiff_t>(slot),
                        files.begin() + static_cast<std::ptrdiff_t>(from),
                        files.begin() + static_cast<std::ptrdiff_t>(from) + 1);
            // Scores go down the list, whatever put a file there.
            files[slot].score = std::max(files[slot].score, files[slot + 1].score);
        }
        ++from;
    }
}

} // namespace

Ranking fuse(const FusionInput &input, const FusionOptions &options)
{
    Ranking ranking;
    ranking.files = merge(input, options);
    sortFiles(ranking.files, input.exact);
    const auto isRelevant = [&](const RankedFile &file) {
        return !isByMeaningAlone(file) || file.vectorScore >= options.relevanceFloor;
    };
    const bool hasAny = std::any_of(ranking.files.begin(), ranking.files.end(), isRelevant);
    if (!hasAny) {
        ranking.isWeak = true;
        if (ranking.files.size() > kGuessesMax)
            ranking.files.resize(kGuessesMax);
        return ranking;
    }
    std::erase_if(ranking.files, [&](const RankedFile &file) { return !isRelevant(file); });
    giveSlots(ranking.files, options.slotFloor);
    return ranking;
}

} // namespace vexfs::daemon
