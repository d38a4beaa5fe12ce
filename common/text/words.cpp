// SPDX-License-Identifier: Apache-2.0
#include "common/text/words.h"

#include <QChar>
#include <QString>

#include <libstemmer.h>

#include <new>

namespace vexfs::base {

namespace {

struct CodePoint
{
    char32_t value = 0;
    size_t bytes = 1;
    bool isValid = false;
};

size_t sequenceBytes(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

CodePoint decodeAt(std::string_view text, size_t pos)
{
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(pos);
    const size_t len = sequenceBytes(first);
    if (len == 0 || pos + len > text.size())
        return {};
    char32_t value = len == 1 ? first : first & (0xff >> (len + 1));
    for (size_t i = 1; i < len; ++i) {
        if ((byte(pos + i) & 0xc0) != 0x80)
            return {};
        value = (value << 6) | (byte(pos + i) & 0x3f);
    }
    return {value, len, true};
}

void appendUtf8(std::string &out, char32_t value)
{
    if (value < 0x80) {
        out += static_cast<char>(value);
    } else if (value < 0x800) {
        out += static_cast<char>(0xc0 | (value >> 6));
        out += static_cast<char>(0x80 | (value & 0x3f));
    } else if (value < 0x10000) {
        out += static_cast<char>(0xe0 | (value >> 12));
        out += static_cast<char>(0x80 | ((value >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (value & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | (value >> 18));
        out += static_cast<char>(0x80 | ((value >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((value >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (value & 0x3f));
    }
}

bool isMark(char32_t value)
{
    return QChar::category(value) == QChar::Mark_NonSpacing;
}

char32_t foldCodePoint(char32_t value)
{
    const char32_t lower = QChar::toLower(value);
    if (lower < 0x80)
        return lower;
    const QString parts = QChar::decomposition(lower);
    if (parts.isEmpty() || QChar::decompositionTag(lower) != QChar::Canonical)
        return lower;
    const char32_t base = parts.at(0).unicode();
    return QChar::isSurrogate(base) ? lower : foldCodePoint(base);
}

// Appends what a code point adds to a word; false when it ends one.
bool appendFolded(std::string &out, const CodePoint &point)
{
    if (point.value < 0x80) {
        const char c = static_cast<char>(point.value);
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c + 32);
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += c;
        else
            return false;
        return true;
    }
    if (!point.isValid)
        return false;
    if (QChar::isLetterOrNumber(point.value)) {
        appendUtf8(out, foldCodePoint(point.value));
        return true;
    }
    return isMark(point.value) && !out.empty();
}

} // namespace

bool WordReader::next(Word &word)
{
    word.folded.clear();
    while (m_pos < m_text.size()) {
        const CodePoint point = decodeAt(m_text, m_pos);
        const bool wasEmpty = word.folded.empty();
        if (!appendFolded(word.folded, point)) {
            if (!wasEmpty)
                return true;
            m_pos += point.bytes;
            continue;
        }
        if (wasEmpty)
            word.beginBytes = m_pos;
        m_pos += point.bytes;
        word.endBytes = m_pos;
    }
    return !word.folded.empty();
}

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> all;
    WordReader reader(text);
    Word word;
    while (reader.next(word))
        all.push_back(word.folded);
    return all;
}

Stemmer::Stemmer(Algorithm algorithm)
    : m_stemmer(sb_stemmer_new(algorithm == Algorithm::English ? "english" : "porter", nullptr))
{
    if (!m_stemmer)
        throw std::bad_alloc();
}

Stemmer::~Stemmer()
{
    sb_stemmer_delete(m_stemmer);
}

std::string_view Stemmer::stem(std::string_view folded)
{
    const auto *in = reinterpret_cast<const sb_symbol *>(folded.data());
    const sb_symbol *out = sb_stemmer_stem(m_stemmer, in, static_cast<int>(folded.size()));
    if (!out)
        return folded;
    return {reinterpret_cast<const char *>(out),
            static_cast<size_t>(sb_stemmer_length(m_stemmer))};
}

size_t codePointStart(std::string_view text, size_t pos)
{
    while (pos < text.size() && (static_cast<unsigned char>(text[pos]) & 0xc0) == 0x80)
        ++pos;
    return pos < text.size() ? pos : text.size();
}

} // namespace vexfs::base
