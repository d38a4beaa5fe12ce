// SPDX-License-Identifier: Apache-2.0
//
// vexfs-extract - takes the text out of documents, for vexfsd and in a sandbox.
//
// Started by the daemon with a socket as standard input; see daemon/ingest/extract_protocol.h. It
// reads files that may be made to attack it, so it has nothing: no files, no network, little time
// and memory. When it crashes the daemon blames the document and starts another.
#include "daemon/extract/formats.h"
#include "daemon/extract/worker.h"

using namespace vexfs;
using daemon::ExtractFormat;

namespace {

const char kUsage[] =
    "usage: vexfs-extract\n"
    "\n"
    "Takes the text out of documents that vexfsd hands it, which starts it.\n"
    "\n"
    "  -h, --help         this text\n";

bool canBeCut(ExtractFormat format)
{
    switch (format) {
    case ExtractFormat::Text:
    case ExtractFormat::Markdown:
    case ExtractFormat::Table:
    case ExtractFormat::Subtitles:
    case ExtractFormat::Code:
    case ExtractFormat::Mbox:
        return true;
    default:
        return false;
    }
}

void readDocument(int file, const daemon::ExtractRequest &request, extract::Output &out)
{
    const bool isCut = canBeCut(request.format);
    // Four bytes are the most that a character takes in any charset.
    const uint64_t most = isCut ? request.maxTextBytes * 4 + 4 : request.maxInputBytes;
    const std::string bytes = extract::readFile(file, most, isCut);
    if (bytes.empty())
        throw extract::Empty("the file is empty");
    extract::extractDocument(request.format, bytes, out);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc > 1)
        return extract::tellUsage("vexfs-extract", kUsage, argv[1]);
    return extract::serve("vexfs-extract", extract::prepareFormats, readDocument);
}
