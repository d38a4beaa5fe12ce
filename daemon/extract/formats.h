// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/formats.h - one function for each kind of document.
//
// Each takes the bytes of a file and hands text, marks and title to the output. They throw Refused
// or Empty with a reason for people, and let Enough pass.
#pragma once

#include "daemon/extract/output.h"
#include "daemon/ingest/extract_protocol.h"

#include <string>
#include <string_view>

namespace vexfs::extract {

/// Any charset, guessed; refuses what is not text.
void extractText(std::string_view bytes, Output &out);
void extractMarkdown(std::string_view bytes, Output &out);
void extractHtml(std::string_view bytes, Output &out);
void extractPdf(std::string_view bytes, Output &out);
void extractDocx(std::string_view bytes, Output &out);
/// Texts, spreadsheets and presentations: sheets become headings, slides pages.
void extractOdt(std::string_view bytes, Output &out);
void extractEpub(std::string_view bytes, Output &out);
void extractXlsx(std::string_view bytes, Output &out);
void extractPptx(std::string_view bytes, Output &out);
void extractRtf(std::string_view bytes, Output &out);
/// A line for each record, its values apart by tabs.
void extractTable(std::string_view bytes, Output &out);
/// "name: value" lines. What is no JSON after all is read as text.
void extractJson(std::string_view bytes, Output &out);
/// What is said, without the times.
void extractSubtitles(std::string_view bytes, Output &out);
/// As text, with a mark where a function or the like begins.
void extractCode(std::string_view bytes, Output &out);
/// A message with what is attached to it, or a box of messages, each a member.
void extractMail(std::string_view bytes, Output &out);
void extractMbox(std::string_view bytes, Output &out);

/// Documents in folders, each a member, in the order of their names.
void extractZip(std::string_view bytes, Output &out);
void extractTar(std::string_view bytes, Output &out);
void extractSevenZip(std::string_view bytes, Output &out);
/// gzip, bzip2, xz or zstd: of one document, which is then the file's own, or of a tar archive.
void extractCompressed(std::string_view bytes, Output &out);

/// By the function of its format. Throws Refused where there is none.
void extractDocument(daemon::ExtractFormat format, std::string_view bytes, Output &out);

/// A document inside of another: its name becomes a line of its own, then its text follows. What is
/// wrong with it is its own affair. Throws Bomb when there are too many of them, or too deep.
void extractMember(std::string_view name, std::string_view bytes, Output &out);

/// What a member is, by its name and, where that says nothing, by its content.
daemon::ExtractFormat memberFormat(std::string_view name, std::string_view bytes);

/// Loads what the libraries would fetch from disk later, when there is no disk any more. Once,
/// before the sandbox is closed.
void prepareFormats();

void prepareMail();
void preparePdf();

/// No text of any charset, by its beginning.
bool isBinary(std::string_view bytes);
/// Text of any charset as clean UTF-8. Throws Refused for binary content.
std::string decodeText(std::string_view bytes);
/// Of a charset that is told; of any when the telling is wrong.
std::string decodeText(std::string_view bytes, const std::string &charset);

} // namespace vexfs::extract
