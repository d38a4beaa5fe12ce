// SPDX-License-Identifier: Apache-2.0
//
// Rich Text Format: groups in braces, words that begin with a backslash, and text between them.
// Microsoft, "Rich Text Format (RTF) Specification", version 1.9.1.
#include "daemon/extract/formats.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace vexfs::extract {

namespace {

constexpr size_t kGroupsMax = 10'000;

/// Where the text of a group goes.
enum class Target { Body, Nowhere, Title, Author, Fonts };

struct Group
{
    Target target = Target::Body;
    int skipAfterUnicode = 1;  ///< characters that stand for one of \u in old readers
    int font = -1;
};

struct Word
{
    std::string_view name;
    int value = 0;
    bool hasValue = false;
};

constexpr std::array<std::string_view, 22> kNoText{"colortbl",
                                                   "stylesheet",
                                                   "pict",
                                                   "object",
                                                   "filetbl",
                                                   "listtable",
                                                   "listoverridetable",
                                                   "rsidtbl",
                                                   "generator",
                                                   "themedata",
                                                   "colorschememapping",
                                                   "datastore",
                                                   "latentstyles",
                                                   "xmlnstbl",
                                                   "fldinst",
                                                   "bkmkstart",
                                                   "bkmkend",
                                                   "revtbl",
                                                   "mmathPr",
                                                   "panose",
                                                   "fontemb",
                                                   "nonesttables"};

struct Symbol
{
    std::string_view name;
    std::string_view text;
};
constexpr std::array<Symbol, 14> kSymbols{{{"emdash", "—"},
                                           {"endash", "–"},
                                           {"lquote", "‘"},
                                           {"rquote", "’"},
                                           {"ldblquote", "“"},
                                           {"rdblquote", "”"},
                                           {"bullet", "•"},
                                           {"emspace", " "},
                                           {"enspace", " "},
                                           {"tab", "\t"},
                                           {"cell", "\t"},
                                           {"nestcell", "\t"},
                                           {"line", "\n"},
                                           {"row", "\n"}}};

// Of \fcharset; the ones that have a page of their own.
const char *charsetOfFont(int charset)
{
    switch (charset) {
    case 77: return "macintosh";
    case 128: return "windows-932";
    case 129: return "windows-949";
    case 134: return "GBK";
    case 136: return "Big5";
    case 161: return "windows-1253";
    case 162: return "windows-1254";
    case 163: return "windows-1258";
    case 177: return "windows-1255";
    case 178: return "windows-1256";
    case 186: return "windows-1257";
    case 204: return "windows-1251";
    case 222: return "windows-874";
    case 238: return "windows-1250";
    default: return nullptr;
    }
}

std::string utf8Of(uint32_t code)
{
    std::string text;
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xc0 | code >> 6);
        text += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        text += static_cast<char>(0xe0 | code >> 12);
        text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        text += static_cast<char>(0x80 | (code & 0x3f));
    } else {
        text += static_cast<char>(0xf0 | code >> 18);
        text += static_cast<char>(0x80 | (code >> 12 & 0x3f));
        text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        text += static_cast<char>(0x80 | (code & 0x3f));
    }
    return text;
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const int letter = (c | 0x20) - 'a';
    return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

class RtfReader
{
public:
    RtfReader(std::string_view bytes, Output &out) : m_bytes(bytes), m_out(out) {}
    void read();

private:
    void readBackslash();
    void readHex();
    Word readWord();
    void apply(const Word &word);
    bool applyLayout(const Word &word);
    bool applyTarget(const Word &word);
    void takeUnicode(int value);
    void takeByte(char c);
    void takeUtf8(std::string_view text);
    void takeLineEnd();
    void flushBytes();
    void closeGroup();
    std::string charset() const;
    Group &group() { return m_groups.back(); }

    std::string_view m_bytes;
    size_t m_at = 0;
    Output &m_out;
    std::vector<Group> m_groups{Group()};
    std::map<int, std::string> m_fonts;  ///< their charsets
    std::string m_codePage = "windows-1252";
    std::string m_pending;  ///< bytes of charset()
    std::string m_title;
    std::string m_author;
    uint32_t m_highSurrogate = 0;
    int m_skip = 0;  ///< characters that repeat the last \u
    bool m_isStarred = false;
};

void RtfReader::read()
{
    while (m_at < m_bytes.size()) {
        const char c = m_bytes[m_at++];
        if (c == '{') {
            flushBytes();
            if (m_groups.size() == kGroupsMax)
                throw Refused("its groups are nested without end");
            m_groups.push_back(m_groups.back());
            m_skip = 0;
        } else if (c == '}') {
            closeGroup();
        } else if (c == '\\') {
            readBackslash();
        } else if (c != '\r' && c != '\n' && c != '\0') {
            takeByte(c);
        }
    }
    flushBytes();
    m_out.setTitle(m_title);
    m_out.setAuthor(m_author);
}

void RtfReader::closeGroup()
{
    flushBytes();
    // One too many ends no more than the document.
    if (m_groups.size() > 1)
        m_groups.pop_back();
    m_skip = 0;
}

void RtfReader::readBackslash()
{
    if (m_at == m_bytes.size())
        return;
    const char c = m_bytes[m_at];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        const Word word = readWord();
        if (word.name == "bin" && word.value > 0) {
            m_at += std::min(m_bytes.size() - m_at, static_cast<size_t>(word.value));
            return;
        }
        flushBytes();
        apply(word);
        m_isStarred = false;
        return;
    }
    ++m_at;
    if (c == '\'')
        readHex();
    else if (c == '*')
        m_isStarred = true;
    else if (c == '~')
        takeUtf8(" ");
    else if (c == '_')
        takeUtf8("-");
    else if (c == '\r' || c == '\n')
        takeLineEnd();
    else if (c == '\\' || c == '{' || c == '}')
        takeByte(c);
}

void RtfReader::readHex()
{
    if (m_bytes.size() - m_at < 2)
        return;
    const int high = hexDigit(m_bytes[m_at]);
    const int low = hexDigit(m_bytes[m_at + 1]);
    if (high < 0 || low < 0)
        return;
    m_at += 2;
    takeByte(static_cast<char>(high * 16 + low));
}

Word RtfReader::readWord()
{
    const auto isLetter
        = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const size_t begin = m_at;
    while (m_at < m_bytes.size() && isLetter(m_bytes[m_at]))
        ++m_at;
    Word word;
    word.name = m_bytes.substr(begin, m_at - begin);
    const bool isNegative = m_at < m_bytes.size() && m_bytes[m_at] == '-';
    if (isNegative)
        ++m_at;
    while (m_at < m_bytes.size() && m_bytes[m_at] >= '0' && m_bytes[m_at] <= '9') {
        word.hasValue = true;
        if (word.value < 100'000'000)
            word.value = word.value * 10 + (m_bytes[m_at] - '0');
        ++m_at;
    }
    if (isNegative)
        word.value = -word.value;
    if (m_at < m_bytes.size() && m_bytes[m_at] == ' ')
        ++m_at;
    return word;
}

void RtfReader::apply(const Word &word)
{
    if (applyTarget(word) || applyLayout(word))
        return;
    if (word.name == "u") {
        takeUnicode(word.value);
    } else if (word.name == "uc") {
        group().skipAfterUnicode = std::clamp(word.value, 0, 10);
    } else if (word.name == "ansicpg") {
        m_codePage = "windows-" + std::to_string(word.value);
    } else if (word.name == "mac") {
        m_codePage = "macintosh";
    } else if (word.name == "pc" || word.name == "pca") {
        m_codePage = word.name == "pc" ? "ibm-437" : "ibm-850";
    } else if (word.name == "f") {
        group().font = word.value;
    } else if (word.name == "fcharset" && group().target == Target::Fonts) {
        if (const char *charset = charsetOfFont(word.value))
            m_fonts[group().font] = charset;
    } else if (word.name == "lang" && word.value == 0) {
        return;
    } else if (m_isStarred) {
        // Unknown, and by its own word of no matter to those who do not know it.
        group().target = Target::Nowhere;
    }
}

bool RtfReader::applyTarget(const Word &word)
{
    if (std::find(kNoText.begin(), kNoText.end(), word.name) != kNoText.end()) {
        group().target = Target::Nowhere;
    } else if (word.name == "fonttbl") {
        group().target = Target::Fonts;
    } else if (word.name == "info") {
        group().target = Target::Nowhere;
    } else if (word.name == "title" && group().target == Target::Nowhere) {
        group().target = Target::Title;
    } else if (word.name == "author" && group().target == Target::Nowhere) {
        group().target = Target::Author;
    } else if (word.name == "upr" || word.name == "ud" || word.name == "shppict") {
        return true;
    } else {
        return false;
    }
    return true;
}

bool RtfReader::applyLayout(const Word &word)
{
    if (word.name == "par" || word.name == "sect" || word.name == "page") {
        takeLineEnd();
        return true;
    }
    if (word.name == "outlinelevel" && group().target == Target::Body && word.value >= 0
        && word.value < 6) {
        m_out.endParagraph();
        m_out.markHeading(static_cast<uint32_t>(word.value + 1));
        return true;
    }
    for (const Symbol &symbol : kSymbols) {
        if (symbol.name == word.name) {
            takeUtf8(symbol.text);
            return true;
        }
    }
    return false;
}

void RtfReader::takeUnicode(int value)
{
    const auto unit = static_cast<uint32_t>(value < 0 ? value + 0x10000 : value);
    m_skip = group().skipAfterUnicode;
    const int skip = m_skip;
    m_skip = 0;
    if (unit >= 0xd800 && unit < 0xdc00) {
        m_highSurrogate = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        if (m_highSurrogate != 0)
            takeUtf8(utf8Of(0x10000 + ((m_highSurrogate - 0xd800) << 10) + (unit - 0xdc00)));
        m_highSurrogate = 0;
    } else if (unit != 0 && unit < 0x10000) {
        takeUtf8(utf8Of(unit));
    }
    m_skip = skip;
}

void RtfReader::takeByte(char c)
{
    if (m_skip > 0) {
        --m_skip;
        return;
    }
    m_pending += c;
}

std::string RtfReader::charset() const
{
    const auto font = m_fonts.find(m_groups.back().font);
    return font == m_fonts.end() ? m_codePage : font->second;
}

void RtfReader::flushBytes()
{
    if (m_pending.empty())
        return;
    std::string bytes;
    bytes.swap(m_pending);
    if (group().target == Target::Nowhere || group().target == Target::Fonts)
        return;
    const bool isAscii = std::all_of(bytes.begin(), bytes.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    takeUtf8(isAscii ? bytes : decodeText(bytes, charset()));
}

void RtfReader::takeUtf8(std::string_view text)
{
    flushBytes();
    switch (group().target) {
    case Target::Body:
        return m_out.addText(text);
    case Target::Title:
        m_title += text;
        return;
    case Target::Author:
        m_author += text;
        return;
    case Target::Nowhere:
    case Target::Fonts:
        return;
    }
}

void RtfReader::takeLineEnd()
{
    flushBytes();
    if (group().target == Target::Body)
        m_out.endLine();
}

} // namespace

void extractRtf(std::string_view bytes, Output &out)
{
    if (bytes.substr(0, 5) != "{\\rtf")
        throw Refused("it is damaged: no Rich Text");
    RtfReader(bytes, out).read();
}

} // namespace vexfs::extract
