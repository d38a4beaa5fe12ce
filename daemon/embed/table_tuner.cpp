// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/table_tuner.h"

#include <algorithm>

namespace vexfs::daemon {

namespace {

// 40 MB of numbers; more files teach it hardly more.
constexpr size_t kWordsMax = 10'000'000;
constexpr size_t kPairsMin = 512;
constexpr size_t kNewRowsMax = 60'000;
constexpr uint32_t kNewRowFilesMin = 2;
constexpr size_t kStemBytesMax = 40;

// A passage is as many sentences as it takes to have so many words; four of a file are enough.
constexpr size_t kPassageWords = 6;
constexpr size_t kPassageWordsMax = 80;
constexpr size_t kPassagesOfFile = 4;
constexpr size_t kAroundWords = 120;
constexpr size_t kHalvedWords = 16;
constexpr size_t kTitleWordsMin = 2;
constexpr size_t kTitleTextWordsMin = 5;
// Of one file only so much is read: a long one would outweigh the others.
constexpr size_t kTextBytesMax = 64 << 10;

// Measured on collections of documents; see resources/models/builtin/MODEL.md.
constexpr double kEpochs = 6.0;
constexpr float kLearningRate = 0.02F;
// Softer than for the shipped table: of few texts a sharper one learns which words stood together
// once, not what they are about.
constexpr float kTemperature = 0.1F;

bool endsSentence(char c)
{
    return c == '.' || c == ';' || c == '?' || c == '!' || c == '\n';
}

} // namespace

TableTuner::Words TableTuner::wordsOf(std::string_view text)
{
    Words out;
    m_contentWords.forEachStem(text, [&](std::string_view stem) {
        if (stem.size() > kStemBytesMax)
            return;
        const auto [place, isNew]
            = m_numbers.emplace(std::string(stem), static_cast<int32_t>(m_stems.size()));
        if (isNew)
            m_stems.push_back({std::string(stem), 0, 0});
        Stem &row = m_stems[static_cast<size_t>(place->second)];
        const auto file = static_cast<uint32_t>(m_files);
        row.files += row.lastFile != file || row.files == 0 ? 1 : 0;
        row.lastFile = file;
        out.push_back(place->second);
    });
    return out;
}

void TableTuner::addPair(const Words &left, const Words &right)
{
    m_left.add(left);
    m_right.add(right);
    m_words += left.size() + right.size();
}

// Each of a few passages, drawn without order, belongs to what stands around it.
void TableTuner::addPassages(const std::vector<Words> &sentences)
{
    Words all;
    std::vector<std::pair<size_t, size_t>> passages;
    size_t begin = 0;
    for (const Words &sentence : sentences) {
        all.insert(all.end(), sentence.begin(), sentence.end());
        if (all.size() - begin >= kPassageWords) {
            passages.emplace_back(begin, all.size());
            begin = all.size();
        }
    }
    if (passages.size() == 1 && all.size() >= kHalvedWords)
        passages = {{0, all.size() / 2}, {all.size() / 2, all.size()}};
    if (passages.size() < 2)
        return;
    for (size_t drawn = 0; drawn < std::min(kPassagesOfFile, passages.size()); ++drawn) {
        m_random ^= m_random << 13;
        m_random ^= m_random >> 7;
        m_random ^= m_random << 17;
        std::swap(passages[drawn], passages[drawn + m_random % (passages.size() - drawn)]);
        const auto [from, to] = passages[drawn];
        const size_t before = std::min(from, kAroundWords / 2);
        const size_t after = std::min(all.size() - to, kAroundWords - before);
        const auto at = [&](size_t i) { return all.begin() + static_cast<std::ptrdiff_t>(i); };
        Words around(at(from - before), at(from));
        around.insert(around.end(), at(to), at(to + after));
        addPair({at(from), at(std::min(to, from + kPassageWordsMax))}, around);
    }
}

bool TableTuner::add(std::string_view title, std::string_view text)
{
    if (m_words >= kWordsMax)
        return false;
    text = text.substr(0, kTextBytesMax);
    std::vector<Words> sentences;
    Words beginning;
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        while (end < text.size() && !endsSentence(text[end]))
            ++end;
        sentences.push_back(wordsOf(text.substr(at, end - at)));
        const Words &last = sentences.back();
        if (beginning.size() < kAroundWords)
            beginning.insert(beginning.end(), last.begin(), last.end());
        at = end + 1;
    }
    beginning.resize(std::min(beginning.size(), kAroundWords));
    const Words titleWords = wordsOf(title);
    if (titleWords.size() >= kTitleWordsMin && beginning.size() >= kTitleTextWordsMin)
        addPair(titleWords, beginning);
    addPassages(sentences);
    ++m_files;
    return true;
}

// The words of the new table in byte order, and where each stem of the files is in it, or -1.
std::vector<std::string> TableTuner::chooseRows(std::vector<int32_t> *rowOfStem) const
{
    std::vector<const Stem *> fresh;
    for (const Stem &stem : m_stems) {
        if (stem.files >= kNewRowFilesMin && !m_base.hasRow(stem.text))
            fresh.push_back(&stem);
    }
    std::sort(fresh.begin(), fresh.end(), [](const Stem *a, const Stem *b) {
        return a->files != b->files ? a->files > b->files : a->text < b->text;
    });
    fresh.resize(std::min(fresh.size(), kNewRowsMax));
    std::vector<std::string> words = m_base.rowWords();
    for (const Stem *stem : fresh)
        words.push_back(stem->text);
    std::sort(words.begin(), words.end());
    rowOfStem->assign(m_stems.size(), -1);
    for (size_t row = 0; row < words.size(); ++row) {
        const auto number = m_numbers.find(words[row]);
        if (number != m_numbers.end())
            (*rowOfStem)[static_cast<size_t>(number->second)] = static_cast<int32_t>(row);
    }
    return words;
}

Matrix TableTuner::startMatrix(const std::vector<std::string> &words) const
{
    Matrix matrix(words.size(), m_base.dimension());
    for (size_t row = 0; row < words.size(); ++row) {
        const std::vector<float> vector = m_base.stemVector(words[row]);
        std::copy(vector.begin(), vector.end(), matrix.row(row));
    }
    return matrix;
}

std::optional<QByteArray>
TableTuner::tune(const std::function<bool(const TrainingProgress &)> &onProgress)
{
    if (pairs() < kPairsMin)
        return std::nullopt;
    std::vector<int32_t> rowOfStem;
    const std::vector<std::string> words = chooseRows(&rowOfStem);
    TrainingPairs known;
    const auto translate = [&](const Bags &from, size_t i, Bags &to) {
        Words rows;
        for (const int32_t *number = from.begin(i); number != from.end(i); ++number) {
            if (const int32_t row = rowOfStem[static_cast<size_t>(*number)]; row >= 0)
                rows.push_back(row);
        }
        to.add(rows);
    };
    for (size_t i = 0; i < pairs(); ++i) {
        translate(m_left, i, known.left);
        translate(m_right, i, known.right);
    }
    Matrix matrix = startMatrix(words);
    TrainingOptions options;
    options.epochs = kEpochs;
    options.learningRate = kLearningRate;
    options.temperature = kTemperature;
    bool isStopped = false;
    trainContrastive(matrix, known, options, [&](const TrainingProgress &progress) {
        isStopped = onProgress && !onProgress(progress);
        return !isStopped;
    });
    if (isStopped)
        return std::nullopt;
    return StaticTable::encode(kTunedTablePrefix + QByteArray::number(qulonglong(matrix.columns)),
                               words, matrix);
}

} // namespace vexfs::daemon
