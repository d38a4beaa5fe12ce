// SPDX-License-Identifier: Apache-2.0
//
// vexfs-extract-media [--ocr=LANGUAGES] - as vexfs-extract, for pictures, sounds and films. A
// program of its own: its libraries are large, and most files need none of them.
#include "daemon/extract/media.h"
#include "daemon/extract/worker.h"

using namespace vexfs;
using daemon::ExtractFormat;

namespace {

const char kUsage[] =
    "usage: vexfs-extract-media [--ocr=LANGUAGES]\n"
    "\n"
    "Takes the text out of pictures, sounds and films that vexfsd hands it, which starts it.\n"
    "\n"
    "  --ocr=LANGUAGES    read the words in pictures, too: eng, or eng+deu\n"
    "  -h, --help         this text\n";

// The rest of a larger picture is pixels.
constexpr uint64_t kImageBytesMax = 64 << 20;

std::string languages;

void prepare()
{
    extract::prepareImages();
    if (!languages.empty())
        extract::prepareRecognition(languages);
}

void readImage(int file, bool isRead, extract::Output &out)
{
    const std::string bytes = extract::readFile(file, kImageBytesMax, true);
    if (bytes.empty())
        throw extract::Empty("the file is empty");
    try {
        extract::extractImage(bytes, out);
    } catch (const extract::Refused &) {
        // One that cannot be read for its words either is refused below.
        if (!isRead)
            throw;
    }
    if (isRead)
        extract::recogniseText(bytes, out);
    if (!out.hasText())
        throw extract::Empty(isRead ? "no words are in it, and it says nothing of itself"
                                    : "it says nothing of itself");
}

void readMedia(int file, const daemon::ExtractRequest &request, extract::Output &out)
{
    switch (request.format) {
    case ExtractFormat::Image:
        return readImage(file, false, out);
    case ExtractFormat::ImageText:
        return readImage(file, true, out);
    case ExtractFormat::Audio:
        return extract::extractAudio(file, out);
    default:
        throw extract::Refused("its format is not known");
    }
}

} // namespace

int main(int argc, char **argv)
{
    constexpr std::string_view kOption = "--ocr=";
    for (int i = 1; i < argc; i++) {
        const std::string_view option = argv[i];
        if (option.substr(0, kOption.size()) != kOption)
            return extract::tellUsage("vexfs-extract-media", kUsage, option);
        languages = option.substr(kOption.size());
    }
    return extract::serve("vexfs-extract-media", prepare, readMedia);
}
