// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/formats.h"

#include <md4c.h>

#include <exception>

namespace vexfs::extract {

namespace {

// md4c is C: nothing may be thrown through it, so what is thrown waits in failure.
struct Reader
{
    Output &out;
    std::exception_ptr failure;
    std::string heading;
    bool isInHeading = false;
    bool hasTitle = false;

    template <class Work> int guarded(Work &&work)
    {
        try {
            work();
            return 0;
        } catch (...) {
            failure = std::current_exception();
            return 1;
        }
    }
};

int enterBlock(MD_BLOCKTYPE type, void *detail, void *data)
{
    auto &reader = *static_cast<Reader *>(data);
    return reader.guarded([&] {
        if (type == MD_BLOCK_H) {
            reader.out.endParagraph();
            reader.out.markHeading(static_cast<MD_BLOCK_H_DETAIL *>(detail)->level);
            reader.isInHeading = true;
            reader.heading.clear();
        } else if (type == MD_BLOCK_P || type == MD_BLOCK_CODE || type == MD_BLOCK_TABLE) {
            reader.out.endLine();
        }
    });
}

int leaveBlock(MD_BLOCKTYPE type, void *, void *data)
{
    auto &reader = *static_cast<Reader *>(data);
    return reader.guarded([&] {
        if (type == MD_BLOCK_H) {
            if (!reader.hasTitle)
                reader.out.setTitle(reader.heading);
            reader.hasTitle = true;
            reader.isInHeading = false;
        }
        if (type == MD_BLOCK_TD || type == MD_BLOCK_TH)
            reader.out.addText("\t");
        else if (type == MD_BLOCK_LI || type == MD_BLOCK_TR)
            reader.out.endLine();
        else
            reader.out.endParagraph();
    });
}

int ignoreSpan(MD_SPANTYPE, void *, void *)
{
    return 0;
}

int readText(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *data)
{
    auto &reader = *static_cast<Reader *>(data);
    return reader.guarded([&] {
        if (type == MD_TEXT_HTML)
            return;
        std::string_view piece(text, size);
        if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
            piece = "\n";
        else if (type == MD_TEXT_ENTITY)
            piece = " ";
        if (reader.isInHeading)
            reader.heading += piece;
        reader.out.addText(piece);
    });
}

} // namespace

void extractMarkdown(std::string_view bytes, Output &out)
{
    const std::string text = decodeText(bytes);
    Reader reader{out, nullptr, {}, false, false};
    MD_PARSER parser{};
    parser.flags = MD_DIALECT_GITHUB;
    parser.enter_block = enterBlock;
    parser.leave_block = leaveBlock;
    parser.enter_span = ignoreSpan;
    parser.leave_span = ignoreSpan;
    parser.text = readText;
    const int failed = md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &reader);
    if (reader.failure)
        std::rethrow_exception(reader.failure);
    if (failed != 0)
        throw Refused("its Markdown cannot be read");
}

} // namespace vexfs::extract
