// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/chunker.h"

#include <algorithm>

namespace vexfs::daemon {

namespace {

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

bool isContinuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

class Cutter
{
public:
    Cutter(QByteArrayView text, const ChunkLimits &limits) : m_text(text), m_limits(limits) {}

    // Where a passage that begins at begin should end, within its section.
    uint64_t cut(uint64_t begin, uint64_t sectionEnd) const
    {
        if (sectionEnd - begin <= m_limits.maxBytes)
            return sectionEnd;
        const uint64_t first = begin + m_limits.targetBytes / 2;
        const uint64_t last = begin + m_limits.maxBytes;
        const uint64_t target = begin + m_limits.targetBytes;
        for (const auto isEnd : {&Cutter::isParagraphEnd, &Cutter::isLineEnd,
                                 &Cutter::isSentenceEnd, &Cutter::isWordEnd}) {
            if (const uint64_t found = nearest(first, target, last, isEnd); found != 0)
                return found;
        }
        uint64_t end = last;
        while (end > first && isContinuation(m_text[qsizetype(end)]))
            --end;
        return end;
    }

    // Where the passage after one that ended at end begins: a little earlier, at a word.
    uint64_t overlapStart(uint64_t begin, uint64_t end) const
    {
        if (end - begin <= m_limits.overlapBytes * 2)
            return end;
        const uint64_t first = end - m_limits.overlapBytes;
        for (uint64_t at = first; at < end; ++at) {
            if (isSentenceEnd(at))
                return skipSpace(at, end);
        }
        for (uint64_t at = first; at < end; ++at) {
            if (isWordEnd(at))
                return skipSpace(at, end);
        }
        return end;
    }

    uint64_t skipSpace(uint64_t at, uint64_t end) const
    {
        while (at < end && isSpace(m_text[qsizetype(at)]))
            ++at;
        return at;
    }

    uint64_t trimEnd(uint64_t begin, uint64_t end) const
    {
        while (end > begin && isSpace(m_text[qsizetype(end) - 1]))
            --end;
        return end;
    }

private:
    using Test = bool (Cutter::*)(uint64_t) const;

    char at(uint64_t pos) const { return m_text[qsizetype(pos)]; }
    bool isParagraphEnd(uint64_t pos) const
    {
        return pos > 1 && at(pos - 1) == '\n' && at(pos - 2) == '\n';
    }
    bool isLineEnd(uint64_t pos) const { return pos > 0 && at(pos - 1) == '\n'; }
    bool isSentenceEnd(uint64_t pos) const
    {
        if (pos < 2 || !isSpace(at(pos - 1)))
            return false;
        const char mark = at(pos - 2);
        return mark == '.' || mark == '!' || mark == '?' || mark == ';';
    }
    bool isWordEnd(uint64_t pos) const { return pos > 0 && isSpace(at(pos - 1)); }

    uint64_t nearest(uint64_t first, uint64_t target, uint64_t last, Test isEnd) const
    {
        for (uint64_t off = 0; target - off > first || target + off < last; ++off) {
            if (target - off > first && (this->*isEnd)(target - off))
                return target - off;
            if (target + off < last && (this->*isEnd)(target + off))
                return target + off;
        }
        return 0;
    }

    QByteArrayView m_text;
    const ChunkLimits &m_limits;
};

// Begin of a section and the page it is on.
struct Section
{
    uint64_t beginBytes = 0;
    uint32_t page = 0;
};

QVector<Section> sectionsOf(uint64_t textBytes, const QVector<TextMark> &marks)
{
    QVector<Section> sections{{0, 0}};
    uint32_t page = 0;
    for (const TextMark &mark : marks) {
        if (mark.kind == MarkKind::Page)
            page = mark.value;
        const uint64_t offset = std::min(mark.offsetBytes, textBytes);
        if (sections.constLast().beginBytes == offset)
            sections.last().page = page;
        else
            sections.push_back({offset, page});
    }
    return sections;
}

// A heading alone is no passage, nor is a line between two of them: short sections of one page are
// put together.
void joinShort(QVector<Section> &sections, uint64_t textBytes, uint64_t targetBytes)
{
    QVector<Section> joined;
    for (qsizetype i = 0; i < sections.size(); ++i) {
        const uint64_t end
            = i + 1 < sections.size() ? sections[i + 1].beginBytes : textBytes;
        const bool fits = !joined.isEmpty() && joined.constLast().page == sections[i].page
            && end - joined.constLast().beginBytes <= targetBytes;
        if (!fits)
            joined.push_back(sections[i]);
    }
    sections = joined;
}

} // namespace

QVector<Chunk> chunkText(QByteArrayView text, const QVector<TextMark> &marks,
                         const ChunkLimits &limits)
{
    const auto textBytes = static_cast<uint64_t>(text.size());
    QVector<Section> sections = sectionsOf(textBytes, marks);
    joinShort(sections, textBytes, limits.targetBytes);
    const Cutter cutter(text, limits);
    QVector<Chunk> chunks;
    for (qsizetype i = 0; i < sections.size(); ++i) {
        const uint64_t end = i + 1 < sections.size() ? sections[i + 1].beginBytes : textBytes;
        uint64_t begin = cutter.skipSpace(sections[i].beginBytes, end);
        while (begin < end && chunks.size() < limits.maxChunks) {
            const uint64_t cut = cutter.cut(begin, end);
            const uint64_t trimmed = cutter.trimEnd(begin, cut);
            if (trimmed > begin)
                chunks.push_back({begin, trimmed, sections[i].page});
            begin = cut == end ? end : cutter.skipSpace(cutter.overlapStart(begin, cut), end);
        }
    }
    return chunks;
}

} // namespace vexfs::daemon
