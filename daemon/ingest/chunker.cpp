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

// Begin of a section, the page it is on and the member it is of.
struct Section
{
    uint64_t beginBytes = 0;
    uint32_t page = 0;
    qsizetype memberMark = -1;
    QString member = {};
};

QString lineAt(QByteArrayView text, uint64_t beginBytes)
{
    constexpr qsizetype kLineBytesMax = 500;
    const auto begin = qsizetype(std::min(beginBytes, uint64_t(text.size())));
    const QByteArrayView rest
        = text.sliced(begin, std::min(text.size() - begin, kLineBytesMax));
    const qsizetype end = rest.indexOf('\n');
    return QString::fromUtf8(end < 0 ? rest : rest.first(end));
}

// The members that are open at a place of the text, the outermost first.
class OpenMembers
{
public:
    explicit OpenMembers(QByteArrayView text) : m_text(text) {}

    void take(const TextMark &mark, qsizetype index)
    {
        if (mark.kind == MarkKind::Member) {
            const QString outer = m_open.isEmpty() ? QString() : m_open.constLast().member + u'/';
            m_open.push_back({0, 0, index, outer + lineAt(m_text, mark.offsetBytes)});
        } else if (mark.kind == MarkKind::MemberEnd && !m_open.isEmpty()) {
            m_open.pop_back();
        }
    }
    Section section(uint64_t beginBytes, uint32_t page) const
    {
        if (m_open.isEmpty())
            return {beginBytes, page, -1, {}};
        return {beginBytes, page, m_open.constLast().memberMark, m_open.constLast().member};
    }

private:
    QByteArrayView m_text;
    QVector<Section> m_open;
};

QVector<Section> sectionsOf(QByteArrayView text, const QVector<TextMark> &marks)
{
    QVector<Section> sections{{}};
    OpenMembers members(text);
    uint32_t page = 0;
    for (qsizetype i = 0; i < marks.size(); ++i) {
        if (marks[i].kind == MarkKind::Page)
            page = marks[i].value;
        members.take(marks[i], i);
        const uint64_t offset = std::min(marks[i].offsetBytes, uint64_t(text.size()));
        if (sections.constLast().beginBytes == offset)
            sections.last() = members.section(offset, page);
        else
            sections.push_back(members.section(offset, page));
    }
    return sections;
}

// A heading alone is no passage, nor is a line between two of them: short sections of one page
// and member are put together.
void joinShort(QVector<Section> &sections, uint64_t textBytes, uint64_t targetBytes)
{
    QVector<Section> joined;
    for (qsizetype i = 0; i < sections.size(); ++i) {
        const uint64_t end
            = i + 1 < sections.size() ? sections[i + 1].beginBytes : textBytes;
        const bool fits = !joined.isEmpty() && joined.constLast().page == sections[i].page
            && joined.constLast().memberMark == sections[i].memberMark
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
    QVector<Section> sections = sectionsOf(text, marks);
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
                chunks.push_back({begin, trimmed, sections[i].page, sections[i].member});
            begin = cut == end ? end : cutter.skipSpace(cutter.overlapStart(begin, cut), end);
        }
    }
    return chunks;
}

} // namespace vexfs::daemon
