// SPDX-License-Identifier: Apache-2.0
#include "daemon/query/passage.h"

#include <algorithm>
#include <bitset>

namespace vexfs::daemon {

namespace {

constexpr size_t kFoundMax = 20'000;
constexpr size_t kQueryWordsMax = 128;
constexpr size_t kSnippetBytes = 280;
constexpr size_t kBeforeBytes = 80;
// Stems begin as their words do: most words of a text are told apart by this much.
constexpr size_t kBeginningBytes = 2;

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

struct ByteRange
{
    size_t begin = 0;
    size_t end = 0;
};

// The stretch of a chunk to show: around the densest place of found words, cut between words.
ByteRange snippetRange(std::string_view text, const ByteRange &chunk,
                       const std::vector<WordFinder::Found> &found)
{
    size_t begin = chunk.begin;
    size_t best = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        std::bitset<kQueryWordsMax> seen;
        for (size_t j = i; j < found.size(); ++j) {
            if (found[j].endBytes - found[i].beginBytes > kSnippetBytes - kBeforeBytes)
                break;
            seen.set(found[j].word % kQueryWordsMax);
        }
        if (seen.count() > best) {
            best = seen.count();
            begin = found[i].beginBytes;
        }
    }
    begin = begin > chunk.begin + kBeforeBytes ? begin - kBeforeBytes : chunk.begin;
    begin = base::codePointStart(text, begin);
    while (begin > chunk.begin && begin < chunk.end && !isSpace(text[begin - 1]))
        ++begin;
    size_t end = std::min(chunk.end, begin + kSnippetBytes);
    while (end < chunk.end && end > begin + kSnippetBytes / 2 && !isSpace(text[end]))
        --end;
    while (end > begin && end < text.size()
           && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return {begin, end};
}

uint32_t codePoints(std::string_view text)
{
    uint32_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    return count;
}

// Line ends and runs of spaces as one space, with the highlights moved along.
void makeSnippet(std::string_view text, const ByteRange &range, bool isCutBefore, bool isCutAfter,
                 const std::vector<WordFinder::Found> &found, Passage &passage)
{
    std::string shown = isCutBefore ? "… " : "";
    size_t next = 0;
    while (next < found.size() && found[next].beginBytes < range.begin)
        ++next;
    for (size_t pos = range.begin; pos < range.end;) {
        if (next < found.size() && found[next].beginBytes == pos
            && found[next].endBytes <= range.end) {
            const uint32_t begin = codePoints(shown);
            shown.append(text, pos, found[next].endBytes - pos);
            passage.highlights.push_back({begin, codePoints(shown)});
            pos = found[next++].endBytes;
            continue;
        }
        if (!isSpace(text[pos]))
            shown += text[pos];
        else if (!shown.empty() && shown.back() != ' ')
            shown += ' ';
        ++pos;
    }
    while (!shown.empty() && shown.back() == ' ')
        shown.pop_back();
    if (isCutAfter)
        shown += " …";
    passage.snippet = QString::fromStdString(shown);
}

// The chunk with the most different words, then the most words; -1 when none has any.
int bestChunk(const QVector<PassageChunk> &chunks, uint32_t preferred,
              const std::vector<WordFinder::Found> &found)
{
    int best = -1;
    std::pair<size_t, size_t> bestScore{0, 0};
    for (int i = 0; i < chunks.size(); ++i) {
        const auto first = std::lower_bound(
            found.begin(), found.end(), chunks[i].beginBytes,
            [](const WordFinder::Found &f, uint64_t begin) { return f.beginBytes < begin; });
        std::bitset<kQueryWordsMax> seen;
        size_t count = 0;
        for (auto it = first; it != found.end() && it->endBytes <= chunks[i].endBytes; ++it) {
            seen.set(it->word % kQueryWordsMax);
            ++count;
        }
        // Two points for being where the meaning is nearest: it breaks near ties.
        const std::pair<size_t, size_t> score{
            seen.count(), count + (static_cast<uint32_t>(i) == preferred ? 2 : 0)};
        if (seen.any() && score > bestScore) {
            best = i;
            bestScore = score;
        }
    }
    return best;
}

} // namespace

WordFinder::WordFinder(const std::vector<std::string> &words, std::string maybePrefix)
    : m_prefix(std::move(maybePrefix)), m_prefixWord(words.empty() ? 0 : words.size() - 1)
{
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string stem(m_stemmer.stem(words[i]));
        m_stems.emplace(stem, i);
        m_beginnings.insert(stem.substr(0, kBeginningBytes));
    }
}

std::vector<WordFinder::Found> WordFinder::find(std::string_view text, size_t limit)
{
    std::vector<Found> found;
    base::WordReader reader(text);
    base::Word word;
    std::string beginning;
    while (found.size() < limit && reader.next(word)) {
        if (!m_prefix.empty() && word.folded.starts_with(m_prefix)) {
            found.push_back({word.beginBytes, word.endBytes, m_prefixWord});
            continue;
        }
        beginning.assign(word.folded, 0, kBeginningBytes);
        if (!m_beginnings.contains(beginning))
            continue;
        const auto stem = m_stems.find(std::string(m_stemmer.stem(word.folded)));
        if (stem != m_stems.end())
            found.push_back({word.beginBytes, word.endBytes, stem->second});
    }
    return found;
}

bool WordFinder::occursIn(std::string_view text)
{
    return !find(text, 1).empty();
}

Passage choosePassage(const QByteArray &text, const QVector<PassageChunk> &chunks,
                      uint32_t preferredChunk, WordFinder &finder)
{
    Passage passage;
    const std::string_view all(text.constData(), static_cast<size_t>(text.size()));
    const std::vector<WordFinder::Found> found = finder.find(all, kFoundMax);
    passage.hasWords = !found.empty();
    ByteRange range{0, all.size()};
    if (!chunks.isEmpty()) {
        const int best = bestChunk(chunks, preferredChunk, found);
        const int fallback = static_cast<int>(preferredChunk) < chunks.size()
            ? static_cast<int>(preferredChunk)
            : 0;
        passage.chunkIndex = static_cast<uint32_t>(best >= 0 ? best : fallback);
        const PassageChunk &chunk = chunks[static_cast<qsizetype>(passage.chunkIndex)];
        passage.page = chunk.page;
        range.end = std::min<size_t>(chunk.endBytes, all.size());
        range.begin = std::min<size_t>(chunk.beginBytes, range.end);
    }
    passage.beginBytes = range.begin;
    passage.endBytes = range.end;
    std::vector<WordFinder::Found> inside;
    for (const WordFinder::Found &each : found) {
        if (each.beginBytes >= range.begin && each.endBytes <= range.end)
            inside.push_back(each);
    }
    const ByteRange shown = snippetRange(all, range, inside);
    makeSnippet(all, shown, shown.begin > range.begin, shown.end < range.end, inside, passage);
    return passage;
}

} // namespace vexfs::daemon
