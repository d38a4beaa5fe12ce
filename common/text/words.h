// SPDX-License-Identifier: Apache-2.0
//
// common/text/words.h - what a word is, to embedding, query and highlighting alike.
//
// A word is a run of letters and digits of UTF-8 text, folded: lower case, without diacritics. That
// is what SQLite's unicode61 tokenizer makes of it too, so what one leg of a search calls a word
// the other does as well.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace vexfs::base {

/// A word and where it stands in the text it was taken from, in bytes.
struct Word
{
    std::string folded;
    size_t beginBytes = 0;
    size_t endBytes = 0;
};

/// Takes words from a text one at a time. Borrows the text. Bytes that are not UTF-8 end a word.
class WordReader
{
public:
    explicit WordReader(std::string_view text) : m_text(text) {}

    /// False at the end; word is reused to save allocations.
    bool next(Word &word);

private:
    std::string_view m_text;
    size_t m_pos = 0;
};

/// All words of a short text, folded.
std::vector<std::string> words(std::string_view text);

/// True for words that say nothing about what a text is about ("the", "of", ...). English.
bool isStopWord(std::string_view folded);

/// Snowball stems. Not thread-safe: one per thread.
class Stemmer
{
public:
    enum class Algorithm {
        English,  ///< Porter's second: the embedding table's rows
        Porter,   ///< the first: what FTS5's porter tokenizer does
    };

    explicit Stemmer(Algorithm algorithm);
    ~Stemmer();
    Stemmer(const Stemmer &) = delete;
    Stemmer &operator=(const Stemmer &) = delete;

    /// The stem of a folded word; valid until the next call.
    std::string_view stem(std::string_view folded);

private:
    sb_stemmer *m_stemmer;
};

/// First byte at or after pos that begins a code point; text.size() at the end.
size_t codePointStart(std::string_view text, size_t pos);

} // namespace vexfs::base
