// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/formats.h"

#include <iconv.h>
#include <poppler-document.h>
#include <poppler-global.h>
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

void preparePdf()
{
    // poppler converts by iconv, whose UTF-16 is a module that is loaded when first asked for and
    // stays as long as a descriptor is open. These two are never closed.
    if (iconv_open("UTF-8", "UTF-16") == reinterpret_cast<iconv_t>(-1)
        || iconv_open("UTF-16", "UTF-8") == reinterpret_cast<iconv_t>(-1))
        throw std::runtime_error("the character conversions of the C library are missing");
    poppler::set_debug_error_function([](const std::string &, void *) {}, nullptr);
    // Reads the tables of poppler-data, and finds fonts, where they are installed.
    const std::unique_ptr<poppler::document> none(poppler::document::load_from_raw_data("", 0));
}

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
    out.setAuthor(utf8(document->get_author()));
    if (const time_t changed = document->get_modification_date_t(); changed != time_t(-1))
        out.setDate(changed);
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
