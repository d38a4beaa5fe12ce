// SPDX-License-Identifier: Apache-2.0
//
// Formats that are lines of text: tables, subtitles, source code.
#include "daemon/extract/formats.h"

#include <algorithm>
#include <array>

namespace vexfs::extract {

namespace {

// The next line without its end; false after the last.
bool nextLine(std::string_view &text, std::string_view &line)
{
    if (text.empty())
        return false;
    const size_t end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return true;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r\n";
    const size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

// What stands most often in the first line, outside of quotes.
char separatorOf(std::string_view text)
{
    std::string_view line;
    nextLine(text, line);
    char best = ',';
    long most = 0;
    for (const char each : {',', ';', '\t', '|'}) {
        const long count = std::count(line.begin(), line.end(), each);
        if (count > most) {
            most = count;
            best = each;
        }
    }
    return best;
}

// A value of a record, without its quotes; at is left on what ends it.
std::string tableValue(std::string_view text, size_t &at, char separator)
{
    std::string value;
    const bool isQuoted = at < text.size() && text[at] == '"';
    if (isQuoted)
        ++at;
    while (at < text.size()) {
        const char c = text[at];
        if (isQuoted && c == '"') {
            ++at;
            if (at == text.size() || text[at] != '"')
                break;
        } else if (!isQuoted && (c == separator || c == '\n')) {
            return value;
        }
        value += c == '\n' || c == '\t' ? ' ' : c;
        ++at;
    }
    // Between the closing quote and the separator there should be nothing.
    while (at < text.size() && text[at] != separator && text[at] != '\n')
        value += text[at++];
    return value;
}

// Without "<i>", "{\an8}" and the like.
void addSpoken(std::string_view line, Output &out)
{
    std::string spoken;
    char closing = 0;
    for (const char c : line) {
        if (closing != 0)
            closing = c == closing ? 0 : closing;
        else if (c == '<' || c == '{')
            closing = c == '<' ? '>' : '}';
        else
            spoken += c;
    }
    if (trimmed(spoken).empty())
        return;
    out.addText(trimmed(spoken));
    out.endLine();
}

// "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,What is said\Nin two lines"
bool addSubStationLine(std::string_view line, Output &out)
{
    constexpr std::string_view kDialogue = "Dialogue:";
    if (line.substr(0, kDialogue.size()) != kDialogue)
        return false;
    for (int comma = 0; comma < 9; ++comma) {
        const size_t at = line.find(',');
        if (at == std::string_view::npos)
            return true;
        line.remove_prefix(at + 1);
    }
    std::string text(line);
    for (size_t at = 0; (at = text.find('\\', at)) != std::string::npos; ++at) {
        if (at + 1 < text.size() && (text[at + 1] == 'N' || text[at + 1] == 'n'))
            text.replace(at, 2, " ");
    }
    addSpoken(text, out);
    return true;
}

bool isTimeOrNumber(std::string_view line)
{
    if (line.find("-->") != std::string_view::npos)
        return true;
    return std::all_of(line.begin(), line.end(), isDigit);
}

// "{25}{75}What is said|in two lines"
bool addMicroDvdLine(std::string_view line, Output &out)
{
    if (line.size() < 6 || line[0] != '{' || !isDigit(line[1]))
        return false;
    std::string text(line);
    std::replace(text.begin(), text.end(), '|', ' ');
    addSpoken(text, out);
    return true;
}

// A line at the margin after an empty one begins something: a function, a type, its comment.
bool beginsBlock(std::string_view line, bool isAfterEmpty)
{
    constexpr std::string_view kContinues = " \t}]);";
    return isAfterEmpty && !line.empty() && kContinues.find(line[0]) == std::string_view::npos;
}

} // namespace

void extractTable(std::string_view bytes, Output &out)
{
    const std::string decoded = decodeText(bytes);
    const std::string_view text = decoded;
    const char separator = separatorOf(text);
    for (size_t at = 0; at < text.size();) {
        out.addText(trimmed(tableValue(text, at, separator)));
        if (at < text.size() && text[at] == separator)
            out.addText("\t");
        else
            out.endLine();
        ++at;
    }
}

void extractSubtitles(std::string_view bytes, Output &out)
{
    const std::string decoded = decodeText(bytes);
    std::string_view text = decoded;
    std::string_view line;
    const bool isSubStation = text.find("[Events]") != std::string_view::npos;
    bool isNote = false;
    while (nextLine(text, line)) {
        line = trimmed(line);
        if (isSubStation) {
            if (line.substr(0, 6) == "Title:")
                out.setTitle(line.substr(6));
            addSubStationLine(line, out);
            continue;
        }
        if (line.empty())
            isNote = false;
        else if (line.substr(0, 6) == "WEBVTT" || line.substr(0, 4) == "NOTE"
                 || line.substr(0, 5) == "STYLE")
            isNote = true;
        if (!isNote && !addMicroDvdLine(line, out) && !isTimeOrNumber(line))
            addSpoken(line, out);
    }
}

void extractCode(std::string_view bytes, Output &out)
{
    const std::string decoded = decodeText(bytes);
    std::string_view text = decoded;
    std::string_view line;
    bool isAfterEmpty = false;
    while (nextLine(text, line)) {
        if (beginsBlock(line, isAfterEmpty))
            out.markBlock();
        out.addText(line);
        out.addText("\n");
        isAfterEmpty = trimmed(line).empty();
    }
}

} // namespace vexfs::extract
