// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/calibration.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace vexfs::daemon {

namespace {

constexpr size_t kQuestions = 160;
constexpr size_t kPassages = 64;
constexpr size_t kWordsMin = 32;
constexpr size_t kFilesMin = 8;
// Of questions without a sense 1 in 20 may pass. Most that do have words by chance; by their
// meaning hardly any should.
constexpr double kFitShare = 0.99;
// Among few files a question has nothing near even when it has sense, and the model does not know
// them yet (service/model_tuner): to call what was meant a guess is worse than to show one.
constexpr size_t kFewFiles = 300;
constexpr double kFitShareOfFew = 0.9;
// Of a normal distribution, 98 in 100 lie below two deviations above the mean.
constexpr double kDeviations = 2.0;
constexpr uint32_t kSeed = 20240229;

using Random = std::mt19937;

size_t below(Random &random, size_t count)
{
    return random() % count;
}

/// Letters that are no word of any language that we know.
std::string madeUpWord(Random &random)
{
    static const std::string consonants = "bcdfghjklmnpqrstvwxz";
    static const std::string vowels = "aeiouy";
    std::string word;
    const size_t syllables = 2 + below(random, 2);
    for (size_t i = 0; i < syllables; ++i) {
        word += consonants[below(random, consonants.size())];
        word += vowels[below(random, vowels.size())];
        word += consonants[below(random, consonants.size())];
    }
    return word;
}

/// Words of the files thrown together, and with every third question made-up ones among them.
std::vector<std::string> questions(const std::vector<std::string> &words)
{
    Random random(kSeed);
    std::vector<std::string> all;
    for (size_t i = 0; i < kQuestions; ++i) {
        std::string text;
        const size_t count = 2 + below(random, 4);
        for (size_t j = 0; j < count; ++j) {
            const bool isMadeUp = i % 3 == 0 && j % 2 == 0;
            text += isMadeUp ? madeUpWord(random) : words[below(random, words.size())];
            text += ' ';
        }
        all.push_back(text);
    }
    return all;
}

double product(const std::vector<float> &a, const std::vector<float> &b)
{
    double sum = 0.0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += double(a[i]) * b[i];
    return sum;
}

} // namespace

std::optional<Calibration> calibrate(const Embedder &embedder, const VectorIndex &vectors,
                                     const std::vector<std::string> &words)
{
    std::vector<uint64_t> inodes = vectors.inodes();
    if (words.size() < kWordsMin || inodes.size() < kFilesMin)
        return std::nullopt;
    const bool isFew = inodes.size() < kFewFiles;
    std::sort(inodes.begin(), inodes.end());
    Random random(kSeed);
    std::shuffle(inodes.begin(), inodes.end(), random);
    inodes.resize(std::min(inodes.size(), kPassages));

    const std::vector<std::string> texts = questions(words);
    const auto asked = embedder.embed(QVector<std::string_view>(texts.begin(), texts.end()),
                                      EmbedPurpose::Query);
    if (!asked)
        return std::nullopt;
    std::vector<double> nearest;
    double sum = 0.0;
    double squares = 0.0;
    size_t pairs = 0;
    for (const std::vector<float> &question : *asked) {
        const auto hits = vectors.search(question, 1, nullptr);
        if (!hits || hits->empty())
            continue;
        nearest.push_back(hits->front().similarity);
        for (const uint64_t ino : inodes) {
            const std::vector<float> passage = vectors.vector(ino, 0);
            if (passage.size() != question.size())
                continue;
            const double similarity = product(question, passage);
            sum += similarity;
            squares += similarity * similarity;
            ++pairs;
        }
    }
    if (nearest.size() < kWordsMin || pairs == 0)
        return std::nullopt;
    std::sort(nearest.begin(), nearest.end());
    const double mean = sum / double(pairs);
    const double variance = std::max(0.0, squares / double(pairs) - mean * mean);
    Calibration learnt;
    const double share = isFew ? kFitShareOfFew : kFitShare;
    learnt.fit = nearest[size_t(share * double(nearest.size() - 1))];
    // Never above the model's own: between the two a hit is shown, and the answer called weak.
    learnt.floor = std::min({mean + kDeviations * std::sqrt(variance), learnt.fit,
                             embedder.relevanceFloor()});
    learnt.chunks = vectors.count();
    return learnt;
}

} // namespace vexfs::daemon
