// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/formats.h"

#include <poppler-document.h>
#include <poppler-page.h>

#include <climits>
#include <memory>

namespace vexfs::extract {

namespace {

constexpr int kPagesMax = 5000;

std::string utf8(const poppler::ustring &text)
{
    const poppler::byte_array bytes = text.to_utf8();
    return {bytes.data(), bytes.size()};
}

} // namespace

void extractPdf(std::string_view bytes, Output &out)
{
    if (bytes.size() > INT_MAX)
        throw Refused("it is too large to be read");
    const std::unique_ptr<poppler::document> document(
        poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
    if (!document)
        throw Refused("it is damaged: no PDF that can be read");
    if (document->is_locked())
        throw Refused("it is encrypted and needs a password");
    out.setTitle(utf8(document->get_title()));
    const int pages = std::min(document->pages(), kPagesMax);
    for (int i = 0; i < pages; ++i) {
        const std::unique_ptr<poppler::page> page(document->create_page(i));
        if (!page)
            continue;
        out.endParagraph();
        out.markPage(static_cast<uint32_t>(i + 1));
        out.addText(utf8(page->text()));
    }
    if (!out.hasText())
        throw Empty("its pages hold no text, only pictures");
}

} // namespace vexfs::extract
