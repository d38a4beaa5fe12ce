// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/formats.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace vexfs::extract {

namespace {

constexpr int kDepthMax = 5000;
constexpr size_t kParsedBytesMax = 16 << 20;

bool isSkipped(GumboTag tag)
{
    switch (tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_MATH:
    case GUMBO_TAG_IFRAME:
        return true;
    default:
        return false;
    }
}

bool isInline(GumboTag tag)
{
    switch (tag) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_ABBR:
    case GUMBO_TAG_B:
    case GUMBO_TAG_CITE:
    case GUMBO_TAG_CODE:
    case GUMBO_TAG_EM:
    case GUMBO_TAG_FONT:
    case GUMBO_TAG_I:
    case GUMBO_TAG_KBD:
    case GUMBO_TAG_MARK:
    case GUMBO_TAG_Q:
    case GUMBO_TAG_S:
    case GUMBO_TAG_SMALL:
    case GUMBO_TAG_SPAN:
    case GUMBO_TAG_STRONG:
    case GUMBO_TAG_SUB:
    case GUMBO_TAG_SUP:
    case GUMBO_TAG_TIME:
    case GUMBO_TAG_TT:
    case GUMBO_TAG_U:
        return true;
    default:
        return false;
    }
}

uint32_t headingLevel(GumboTag tag)
{
    return tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6
        ? static_cast<uint32_t>(tag - GUMBO_TAG_H1 + 1)
        : 0;
}

std::string textOf(const GumboNode *node)
{
    std::string text;
    const GumboVector &children = node->v.element.children;
    for (unsigned i = 0; i < children.length; ++i) {
        const auto *child = static_cast<const GumboNode *>(children.data[i]);
        if (child->type == GUMBO_NODE_TEXT)
            text += child->v.text.text;
    }
    return text;
}

std::string attributeOf(const GumboNode *node, const char *name)
{
    const GumboAttribute *found = gumbo_get_attribute(&node->v.element.attributes, name);
    return found ? found->value : "";
}

// <html lang="de">, <meta name="author" content="...">
void readHead(const GumboNode *node, Output &out)
{
    if (node->v.element.tag == GUMBO_TAG_HTML)
        return out.setLanguage(attributeOf(node, "lang"));
    const std::string name = attributeOf(node, "name");
    if (name == "author" || name == "DC.creator")
        out.setAuthor(attributeOf(node, "content"));
    else if (name == "date" || name == "DC.date")
        out.setDate(secondsOf(attributeOf(node, "content")));
}

// A place in the tree; a stack of them instead of recursion, for documents nested without end.
struct Position
{
    const GumboNode *node;
    unsigned nextChild;
};

const GumboVector &childrenOf(const GumboNode *node)
{
    return node->type == GUMBO_NODE_DOCUMENT ? node->v.document.children
                                             : node->v.element.children;
}

// True when its children are to be read.
bool enter(const GumboNode *node, Output &out)
{
    switch (node->type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_CDATA:
    case GUMBO_NODE_WHITESPACE:
        out.addFlowing(node->v.text.text);
        return false;
    case GUMBO_NODE_DOCUMENT:
        return true;
    case GUMBO_NODE_ELEMENT:
        break;
    default:
        return false;
    }
    const GumboTag tag = node->v.element.tag;
    if (tag == GUMBO_TAG_TITLE) {
        out.setTitle(textOf(node));
        return false;
    }
    if (tag == GUMBO_TAG_HTML || tag == GUMBO_TAG_META)
        readHead(node, out);
    if (isSkipped(tag))
        return false;
    if (tag == GUMBO_TAG_IMG) {
        if (const GumboAttribute *alt = gumbo_get_attribute(&node->v.element.attributes, "alt"))
            out.addFlowing(std::string(" ") + alt->value + ' ');
        return false;
    }
    if (headingLevel(tag) > 0) {
        out.endParagraph();
        out.markHeading(headingLevel(tag));
    } else if (!isInline(tag)) {
        out.endLine();
    }
    return true;
}

void leave(const GumboNode *node, Output &out)
{
    if (node->type != GUMBO_NODE_ELEMENT)
        return;
    const GumboTag tag = node->v.element.tag;
    if (headingLevel(tag) > 0 || tag == GUMBO_TAG_P)
        out.endParagraph();
    else if (!isInline(tag))
        out.endLine();
}

// In small letters; empty where no tag begins.
std::string tagName(std::string_view rest)
{
    std::string name;
    for (const char c : rest) {
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        if (small < 'a' || small > 'z')
            break;
        name += small;
    }
    return name;
}

// The parser's time grows with the square of the depth. Elements that end by themselves, or may, do
// not count: pages of the nineties never closed a paragraph.
bool isDeeperThan(std::string_view text, int limit)
{
    constexpr std::array<std::string_view, 25> kUncounted{
        "area", "base", "body", "br",     "col",   "dd",    "dt",       "embed", "head",
        "hr",   "html", "img",  "input",  "li",    "link",  "meta",     "option", "p",
        "param", "tbody", "td", "th",     "thead", "tr",    "wbr"};
    int depth = 0;
    for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
        const bool isEnd = at + 1 < text.size() && text[at + 1] == '/';
        const std::string name = tagName(text.substr(at + (isEnd ? 2 : 1), 11));
        if (name.empty()
            || std::find(kUncounted.begin(), kUncounted.end(), name) != kUncounted.end())
            continue;
        depth = isEnd ? std::max(0, depth - 1) : depth + 1;
        if (depth > limit)
            return true;
    }
    return false;
}

struct ParsedHtml
{
    explicit ParsedHtml(const std::string &text)
        : output(gumbo_parse_with_options(&kGumboDefaultOptions, text.data(), text.size()))
    {
        if (!output)
            throw Refused("its HTML cannot be read");
    }
    ~ParsedHtml() { gumbo_destroy_output(&kGumboDefaultOptions, output); }
    ParsedHtml(const ParsedHtml &) = delete;
    ParsedHtml &operator=(const ParsedHtml &) = delete;

    GumboOutput *output;
};

} // namespace

void extractHtml(std::string_view bytes, Output &out)
{
    // Four times the text that is indexed: the rest of a larger page is not.
    std::string text = decodeText(bytes);
    text.resize(std::min(text.size(), kParsedBytesMax));
    if (isDeeperThan(text, kDepthMax))
        throw Refused("its elements are nested deeper than 5000 levels");
    const ParsedHtml parsed(text);
    std::vector<Position> stack{{parsed.output->document, 0}};
    while (!stack.empty()) {
        Position &top = stack.back();
        const GumboVector &children = childrenOf(top.node);
        if (top.nextChild == children.length) {
            leave(top.node, out);
            stack.pop_back();
            continue;
        }
        const auto *child = static_cast<const GumboNode *>(children.data[top.nextChild++]);
        if (enter(child, out))
            stack.push_back({child, 0});
    }
}

} // namespace vexfs::extract
