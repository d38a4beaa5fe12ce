// SPDX-License-Identifier: Apache-2.0
//
// Words in pictures by tesseract.
#include "daemon/extract/media.h"

#include <leptonica/allheaders.h>
#include <tesseract/baseapi.h>

#include <memory>

namespace vexfs::extract {

namespace {

constexpr int64_t kPixelsMax = 40'000'000;
// Below this it is the noise of a photograph that was taken for letters.
constexpr int kConfidenceMin = 50;

std::unique_ptr<tesseract::TessBaseAPI> reader;
std::string wanted;

struct FreePix
{
    void operator()(Pix *pix) const { pixDestroy(&pix); }
};

std::unique_ptr<Pix, FreePix> decoded(std::string_view bytes)
{
    const auto *data = reinterpret_cast<const l_uint8 *>(bytes.data());
    l_int32 format = 0;
    l_int32 width = 0;
    l_int32 height = 0;
    if (pixReadHeaderMem(data, bytes.size(), &format, &width, &height, nullptr, nullptr, nullptr)
        != 0)
        throw Refused("it is damaged, or a picture of a kind in which no words are looked for");
    if (static_cast<int64_t>(width) * height > kPixelsMax)
        throw Refused("it has more than 40 million pixels");
    std::unique_ptr<Pix, FreePix> pix(pixReadMem(data, bytes.size()));
    if (!pix)
        throw Refused("it is damaged: its picture cannot be read");
    return pix;
}

} // namespace

void prepareRecognition(const std::string &languages)
{
    setMsgSeverity(L_SEVERITY_NONE);
    wanted = languages;
    reader = std::make_unique<tesseract::TessBaseAPI>();
    reader->SetVariable("debug_file", "/dev/null");
    if (reader->Init(nullptr, languages.c_str()) != 0)
        reader.reset();
}

void recogniseText(std::string_view bytes, Output &out)
{
    if (!reader)
        throw Refused("words in pictures: tesseract does not have the languages " + wanted);
    const std::unique_ptr<Pix, FreePix> pix = decoded(bytes);
    reader->SetImage(pix.get());
    const std::unique_ptr<char[]> text(reader->GetUTF8Text());
    const int confidence = reader->MeanTextConf();
    reader->Clear();
    if (!text || confidence < kConfidenceMin)
        return;
    out.endParagraph();
    out.addText(text.get());
    out.endLine();
}

} // namespace vexfs::extract
