// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/output.h - collects a document's text on its way to the daemon.
#pragma once

#include "daemon/ingest/extract_protocol.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vexfs::extract {

/// Ends the extraction of one file; what() is the reason that the user reads.
struct Refused : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// Ends the extraction of the whole file, from whatever depth: it is made to fill memory or time.
struct Bomb : Refused
{
    using Refused::Refused;
};

/// Ends it when nothing is wrong with the file but it holds no text.
struct Empty : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// Ends it early because enough text was taken; not an error.
struct Enough
{
};

/// The text so far, clean: valid UTF-8, no control characters but '\n' and '\t'.
class Output
{
public:
    Output(int socket, uint64_t maxTextBytes) : m_socket(socket), m_maxTextBytes(maxTextBytes) {}

    /// Adds text as it stands. Throws Enough at the limit.
    void addText(std::string_view utf8);
    /// Adds text with runs of white space made one space, as XML and HTML mean them.
    void addFlowing(std::string_view utf8);
    /// Ends the line, unless the text is at the beginning of one.
    void endLine();
    /// Leaves an empty line before what comes next.
    void endParagraph();
    void markPage(uint32_t page);
    /// What is added next is a heading.
    void markHeading(uint32_t level);
    /// What is added next stands by itself.
    void markBlock();
    void setTitle(std::string_view utf8);
    void setAuthor(std::string_view utf8);
    /// "de", "de-AT", "de_AT.UTF-8"; anything else is left out.
    void setLanguage(std::string_view code);
    /// Seconds since 1970; 0 is left out.
    void setDate(int64_t seconds);

    /// The file's name, or the member's.
    const std::string &name() const { return m_names.back(); }
    void setName(std::string_view name) { m_names.back() = name; }
    /// Counts bytes that were unpacked, of the whole file. Throws Bomb beyond 256 MiB.
    void chargeUnpacked(uint64_t bytes);

    /// Between the two, what is set above is the member's, not the document's: it is
    /// left out. Throws Bomb at the limits of depth and number.
    void beginMember(std::string_view name);
    void endMember();
    int depth() const { return m_depth; }

    bool hasText() const { return m_hasWords; }
    /// The beginning of the text, to tell its language by.
    const std::string &sample() const { return m_sample; }
    bool hasLanguage() const { return !m_language.empty(); }
    /// Sends what is left, then the last frame.
    void finish();
    void fail(daemon::FrameType type, std::string_view reason);

private:
    void addClean(std::string_view clean);
    void mark(daemon::MarkKind kind, uint32_t value);
    void flush();
    void send(daemon::FrameType type, std::string_view bytes);
    void sendFrames();

    int m_socket;
    uint64_t m_maxTextBytes;
    uint64_t m_sentBytes = 0;
    std::string m_text;
    std::string m_frames;  ///< that are to be sent
    std::string m_title;
    std::string m_author;
    std::string m_language;
    std::string m_sample;
    int64_t m_dateSeconds = 0;
    uint32_t m_marks = 0;
    std::vector<std::string> m_names{std::string()};
    uint64_t m_unpackedBytes = 0;
    int m_depth = 0;
    int m_members = 0;
    bool m_hasWords = false;
    bool m_isTruncated = false;
    char m_last = '\n';
    char m_beforeLast = '\n';
};

/// Writes all of it, or ends the program: without the daemon there is nothing to do.
void sendAll(int socket, const void *data, size_t bytes);

/// A frame alone.
void sendFrame(int socket, daemon::FrameType type, std::string_view bytes);

/// Copies UTF-8, leaving out what is not valid and control characters; "\r\n" becomes "\n".
std::string cleanUtf8(std::string_view text);

/// Seconds since 1970 of "2024-03-01T12:30:00Z" and its shorter forms; 0 when it is none.
int64_t secondsOf(std::string_view isoDate);

} // namespace vexfs::extract
