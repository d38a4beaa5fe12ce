// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/formats.h - one function for each kind of document.
//
// Each takes the bytes of a file and hands text, marks and title to the output. They throw Refused
// or Empty with a reason for people, and let Enough pass.
#pragma once

#include "daemon/extract/output.h"

#include <string>
#include <string_view>

namespace vexfs::extract {

/// Any charset, guessed; refuses what is not text.
void extractText(std::string_view bytes, Output &out);
void extractMarkdown(std::string_view bytes, Output &out);
void extractHtml(std::string_view bytes, Output &out);
void extractPdf(std::string_view bytes, Output &out);
void extractDocx(std::string_view bytes, Output &out);
void extractOdt(std::string_view bytes, Output &out);
void extractEpub(std::string_view bytes, Output &out);

/// Loads what the libraries would fetch from disk later, when there is no disk any more. Once,
/// before the sandbox is closed.
void prepareFormats();

/// Text of any charset as clean UTF-8. Throws Refused for binary content.
std::string decodeText(std::string_view bytes);

} // namespace vexfs::extract
