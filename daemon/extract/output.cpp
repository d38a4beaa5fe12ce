// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/output.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

namespace vexfs::extract {

using daemon::FrameHeader;
using daemon::FrameType;
using daemon::MarkKind;
using daemon::TextMark;

namespace {

constexpr size_t kFlushBytes = 256 * 1024;
constexpr size_t kTitleBytesMax = 500;
constexpr size_t kSampleBytesMax = 2048;
constexpr uint32_t kMarksMax = 50'000;
constexpr uint64_t kUnpackedBytesMax = 256 << 20;
constexpr int kDepthMax = 3;
constexpr int kMembersMax = 10'000;

// Length of the valid sequence at pos, 0 if there is none.
size_t validSequence(std::string_view text, size_t pos)
{
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[pos + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return 1;
    const size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 0 || first > 0xf4 || pos + length > text.size())
        return 0;
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    }
    const unsigned char second = byte(1);
    const bool isOverlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool isBeyond = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
    return isOverlong || isBeyond ? 0 : length;
}

bool isPlain(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f;
}

bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Where to cut so that at most so many bytes are left, and no character is cut in two.
size_t cutAt(std::string_view text, size_t maxBytes)
{
    if (text.size() <= maxBytes)
        return text.size();
    size_t end = maxBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return end;
}

// White space made single spaces, and not too long.
std::string oneLine(std::string_view utf8)
{
    std::string line;
    for (const char c : cleanUtf8(utf8)) {
        if (!isSpace(c))
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    line.resize(cutAt(line, kTitleBytesMax));
    return line;
}

} // namespace

void sendAll(int socket, const void *data, size_t bytes)
{
    const char *at = static_cast<const char *>(data);
    while (bytes > 0) {
        const ssize_t sent = ::send(socket, at, bytes, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            _exit(1);
        at += sent;
        bytes -= static_cast<size_t>(sent);
    }
}

void sendFrame(int socket, FrameType type, std::string_view bytes)
{
    const FrameHeader header{type, static_cast<uint32_t>(bytes.size())};
    sendAll(socket, &header, sizeof header);
    sendAll(socket, bytes.data(), bytes.size());
}

std::string cleanUtf8(std::string_view text)
{
    std::string clean;
    clean.reserve(text.size());
    for (size_t pos = 0; pos < text.size();) {
        // Most text is long runs of what needs no look at all.
        size_t end = pos;
        while (end < text.size() && isPlain(text[end]))
            ++end;
        clean.append(text, pos, end - pos);
        pos = end;
        if (pos == text.size())
            break;
        const size_t length = validSequence(text, pos);
        const auto c = static_cast<unsigned char>(text[pos]);
        if (length == 0) {
            ++pos;
            continue;
        }
        if (length == 1 && (c < 0x20 || c == 0x7f)) {
            const bool isLineEnd
                = c == '\r' && (pos + 1 == text.size() || text[pos + 1] != '\n');
            if (c == '\n' || c == '\t')
                clean += static_cast<char>(c);
            else if (isLineEnd || c == '\f' || c == '\v')
                clean += '\n';
        } else {
            clean.append(text, pos, length);
        }
        pos += length;
    }
    return clean;
}

void Output::addText(std::string_view utf8)
{
    addClean(cleanUtf8(utf8));
}

void Output::addFlowing(std::string_view utf8)
{
    const std::string clean = cleanUtf8(utf8);
    std::string flowing;
    char last = m_last;
    for (const char c : clean) {
        if (!isSpace(c))
            flowing += c;
        else if (!isSpace(last))
            flowing += ' ';
        last = isSpace(c) ? ' ' : c;
    }
    addClean(flowing);
}

void Output::endLine()
{
    if (m_last != '\n')
        addClean("\n");
}

void Output::endParagraph()
{
    endLine();
    if (m_beforeLast != '\n')
        addClean("\n");
}

void Output::addClean(std::string_view clean)
{
    const uint64_t soFar = m_sentBytes + m_text.size();
    if (soFar + clean.size() > m_maxTextBytes) {
        m_text.append(clean.substr(0, cutAt(clean, static_cast<size_t>(m_maxTextBytes - soFar))));
        m_isTruncated = true;
        throw Enough{};
    }
    if (clean.empty())
        return;
    m_beforeLast = clean.size() > 1 ? clean[clean.size() - 2] : m_last;
    m_last = clean.back();
    m_hasWords = m_hasWords || !std::all_of(clean.begin(), clean.end(), isSpace);
    m_text.append(clean);
    if (m_sample.size() < kSampleBytesMax)
        m_sample.append(clean.substr(0, cutAt(clean, kSampleBytesMax - m_sample.size())));
    if (m_text.size() >= kFlushBytes)
        flush();
}

void Output::markPage(uint32_t page)
{
    // A member's pages are not the document's.
    if (m_depth == 0)
        mark(MarkKind::Page, page);
    else
        mark(MarkKind::Block, 0);
}

void Output::markHeading(uint32_t level)
{
    mark(MarkKind::Heading, level);
}

void Output::markBlock()
{
    mark(MarkKind::Block, 0);
}

void Output::mark(MarkKind kind, uint32_t value)
{
    // Without the mark the text is still there; but members must end as they began.
    const bool isMember = kind == MarkKind::Member || kind == MarkKind::MemberEnd;
    if (m_marks >= kMarksMax && !isMember)
        return;
    ++m_marks;
    const TextMark mark{kind, value, m_sentBytes + m_text.size()};
    send(FrameType::Mark, {reinterpret_cast<const char *>(&mark), sizeof mark});
}

void Output::setTitle(std::string_view utf8)
{
    const std::string title = oneLine(utf8);
    if (!title.empty() && m_depth == 0)
        m_title = title;
}

void Output::setAuthor(std::string_view utf8)
{
    const std::string author = oneLine(utf8);
    if (!author.empty() && m_depth == 0)
        m_author = author;
}

void Output::setLanguage(std::string_view code)
{
    std::string language(code.substr(0, code.find('.')));
    std::replace(language.begin(), language.end(), '_', '-');
    const size_t dash = std::min(language.find('-'), language.size());
    const bool isLetters = std::all_of(language.begin(), language.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
    if (isLetters && (dash == 2 || dash == 3) && language.size() <= 12 && m_depth == 0)
        m_language = language;
}

void Output::setDate(int64_t seconds)
{
    if (seconds != 0 && m_depth == 0)
        m_dateSeconds = seconds;
}

void Output::beginMember(std::string_view name)
{
    if (m_depth == kDepthMax)
        throw Bomb("documents in it are nested deeper than 3 levels");
    if (m_members == kMembersMax)
        throw Bomb("more than 10000 documents are in it");
    ++m_members;
    endParagraph();
    mark(MarkKind::Member, static_cast<uint32_t>(m_depth + 1));
    addClean(oneLine(name));
    endParagraph();
    ++m_depth;
    m_names.emplace_back(name);
}

void Output::chargeUnpacked(uint64_t bytes)
{
    m_unpackedBytes += bytes;
    if (m_unpackedBytes > kUnpackedBytesMax)
        throw Bomb("its content is more than 256 MiB when unpacked");
}

void Output::endMember()
{
    --m_depth;
    m_names.pop_back();
    endParagraph();
    mark(MarkKind::MemberEnd, 0);
}

void Output::flush()
{
    for (size_t pos = 0; pos < m_text.size();) {
        // Each frame is UTF-8 by itself.
        const std::string_view rest = std::string_view(m_text).substr(pos);
        const size_t bytes = cutAt(rest, daemon::kFrameBytesMax);
        send(FrameType::Text, rest.substr(0, bytes));
        pos += bytes;
    }
    m_sentBytes += m_text.size();
    m_text.clear();
}

void Output::send(FrameType type, std::string_view bytes)
{
    const FrameHeader header{type, static_cast<uint32_t>(bytes.size())};
    m_frames.append(reinterpret_cast<const char *>(&header), sizeof header);
    m_frames.append(bytes);
    if (m_frames.size() >= kFlushBytes)
        sendFrames();
}

void Output::sendFrames()
{
    sendAll(m_socket, m_frames.data(), m_frames.size());
    m_frames.clear();
}

void Output::finish()
{
    flush();
    if (!m_title.empty())
        send(FrameType::Title, m_title);
    if (!m_author.empty())
        send(FrameType::Author, m_author);
    if (!m_language.empty())
        send(FrameType::Language, m_language);
    if (m_dateSeconds != 0) {
        send(FrameType::Date,
             {reinterpret_cast<const char *>(&m_dateSeconds), sizeof m_dateSeconds});
    }
    if (m_isTruncated)
        send(FrameType::Truncated, {});
    send(FrameType::Done, {});
    sendFrames();
}

void Output::fail(FrameType type, std::string_view reason)
{
    send(type, cleanUtf8(reason.substr(0, 1000)));
    sendFrames();
}

int64_t secondsOf(std::string_view isoDate)
{
    std::tm time{};
    const std::string text(isoDate.substr(0, 40));
    const int got = sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d", &time.tm_year, &time.tm_mon,
                           &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec);
    if (got < 3 || time.tm_mon < 1 || time.tm_mon > 12 || time.tm_mday < 1 || time.tm_mday > 31)
        return 0;
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    return timegm(&time);
}

} // namespace vexfs::extract
