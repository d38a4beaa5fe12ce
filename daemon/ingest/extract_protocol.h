// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/extract_protocol.h - what the daemon and vexfs-extract say to each other.
//
// Over one stream socket, the child's standard input. The daemon sends an ExtractRequest with the
// file's descriptor beside it; the child answers with frames, the last being Done or Failed, and
// waits for the next request. Both run on one machine and come from one build, so the byte order
// is the machine's; the child is not trusted: the daemon checks every frame. No Qt here: the child
// may be of another Qt.
#pragma once

#include <cstdint>

namespace vexfs::daemon {

inline constexpr uint32_t kExtractMagic = 0x56584532;  // "VXE2"

/// How a file is to be read.
enum class ExtractFormat : uint32_t {
    None = 0,
    Text,
    Markdown,
    Html,
    Pdf,
    Docx,
    Odt,  ///< and the other OpenDocument formats: their content is written alike
    Epub,
    Xlsx,
    Pptx,
    Rtf,
    Table,      ///< comma-separated values, whatever separates them
    Json,
    Subtitles,  ///< SubRip, WebVTT, MicroDVD, SubStation Alpha
    Code,
    Mail,
    Mbox,
    Zip,
    Tar,
    SevenZip,
    Compressed,  ///< gzip and the like: one document, or a tar archive
    // Of vexfs-extract-media:
    Image,      ///< what it says of itself
    ImageText,  ///< the same, and the words that are in the picture
    Audio,      ///< what a sound or a film says of itself
};

inline constexpr uint32_t kExtractNameBytes = 256;

struct ExtractRequest
{
    uint32_t magic = kExtractMagic;
    ExtractFormat format = ExtractFormat::None;
    uint64_t maxInputBytes = 0;  ///< larger files are refused, or cut where that makes sense
    uint64_t maxTextBytes = 0;   ///< text beyond is left out, with a Truncated frame
    uint32_t maxSeconds = 0;     ///< the child ends by itself if it takes longer
    uint32_t reserved = 0;
    char name[kExtractNameBytes] = {};  ///< of the file, without its folder; filled up with NUL
};
static_assert(sizeof(ExtractRequest) == 288);

enum class FrameType : uint32_t {
    Ready = 1,   ///< sent once, when the sandbox is closed; empty
    Text,        ///< UTF-8 without NUL; texts add up
    Mark,        ///< a TextMark, at or after the end of the text sent so far
    Title,       ///< UTF-8
    Truncated,   ///< empty
    Done,        ///< empty
    Failed,      ///< the reason, UTF-8
    NoText,      ///< nothing wrong, but nothing to find either; the reason, UTF-8
    Author,      ///< UTF-8
    Date,        ///< int64_t: seconds since 1970, when the document was written or last changed
    Language,    ///< ISO 639 and perhaps a country, as in "de" or "pt-BR"
};

struct FrameHeader
{
    FrameType type = FrameType::Done;
    uint32_t bytes = 0;
};
static_assert(sizeof(FrameHeader) == 8);

inline constexpr uint32_t kFrameBytesMax = 1U << 20;

enum class MarkKind : uint32_t {
    Page = 1,  ///< value is its number
    Heading,   ///< value is its level
    Block,     ///< a function, a record: a good place to cut
    Member,    ///< a document inside of this one, or of that one; its name is the line here
    MemberEnd, ///< of the last one that has not ended; the text goes on where it was before
};

/// Something begins in the text at offsetBytes.
struct TextMark
{
    MarkKind kind = MarkKind::Page;
    uint32_t value = 0;
    uint64_t offsetBytes = 0;
};
static_assert(sizeof(TextMark) == 16);

} // namespace vexfs::daemon
