// SPDX-License-Identifier: Apache-2.0
//
// Goal: passages that cover the text, fit their limits and break where a reader would.
#include "daemon/ingest/chunker.h"

#include <gtest/gtest.h>

#include <random>

using namespace vexfs::daemon;

namespace {

QByteArray slice(const QByteArray &text, const Chunk &chunk)
{
    return text.mid(qsizetype(chunk.beginBytes), qsizetype(chunk.endBytes - chunk.beginBytes));
}

TEST(Chunker, ShortTextIsOneChunkAndEmptyTextNone)
{
    EXPECT_TRUE(chunkText({}, {}).isEmpty());
    EXPECT_TRUE(chunkText(" \n\t ", {}).isEmpty());
    const auto chunks = chunkText("  A line.\n", {});
    ASSERT_EQ(chunks.size(), 1);
    EXPECT_EQ(slice("  A line.\n", chunks[0]), "A line.");
}

TEST(Chunker, PagesAreNeverMixed)
{
    const QByteArray text = "First page.\n\nSecond page.\n\nThird.";
    const auto chunks = chunkText(
        text, {{MarkKind::Page, 1, 0}, {MarkKind::Page, 2, 13}, {MarkKind::Page, 3, 27}});
    ASSERT_EQ(chunks.size(), 3);
    EXPECT_EQ(slice(text, chunks[1]), "Second page.");
    EXPECT_EQ(chunks[1].page, 2U);
}

TEST(Chunker, MembersAreNeverMixedAndNamed)
{
    const QByteArray text =
        "Own text.\n\na.zip\n\nb.txt\n\nInner text.\n\nMore of it.\n\nOwn again.";
    const auto at = [&](const char *word) { return uint64_t(text.indexOf(word)); };
    const auto chunks = chunkText(text, {{MarkKind::Member, 1, at("a.zip")},
                                         {MarkKind::Member, 2, at("b.txt")},
                                         {MarkKind::Block, 0, at("Inner")},
                                         {MarkKind::MemberEnd, 0, at("More")},
                                         {MarkKind::MemberEnd, 0, at("Own again")}});
    ASSERT_EQ(chunks.size(), 5);
    const QString members[] = {QString(), QStringLiteral("a.zip"), QStringLiteral("a.zip/b.txt"),
                               QStringLiteral("a.zip"), QString()};
    for (qsizetype i = 0; i < chunks.size(); ++i)
        EXPECT_EQ(chunks[i].member, members[i]) << i;
    EXPECT_EQ(slice(text, chunks[2]), "b.txt\n\nInner text.");
    // Ends without beginnings are lies, but no harm.
    EXPECT_EQ(chunkText(text, {{MarkKind::MemberEnd, 0, 3}, {MarkKind::Member, 9, 900}}).size(), 1);
}

TEST(Chunker, FunctionsStayWhole)
{
    const QByteArray function =
        "int f()\n{\n" + QByteArray("    work();\n\n").repeated(50) + "}\n\n";
    const auto length = uint64_t(function.size());
    const auto chunks = chunkText(function.repeated(3), {{MarkKind::Block, 0, length},
                                                         {MarkKind::Block, 0, length * 2}});
    ASSERT_EQ(chunks.size(), 3);
    for (const Chunk &chunk : chunks)
        EXPECT_EQ(slice(function.repeated(3), chunk), function.trimmed());
}

TEST(Chunker, LongTextIsCutAtSentencesWithOverlap)
{
    const QByteArray text = QByteArray("This is a sentence of some length. ").repeated(200);
    const auto chunks = chunkText(text, {});
    ASSERT_GT(chunks.size(), 4);
    for (qsizetype i = 0; i < chunks.size(); ++i) {
        EXPECT_TRUE(slice(text, chunks[i]).startsWith("This"));
        EXPECT_TRUE(slice(text, chunks[i]).endsWith('.'));
        EXPECT_TRUE(i == 0 || chunks[i].beginBytes < chunks[i - 1].endBytes);
    }
}

TEST(Chunker, AnyBytesAreCoveredWithinTheLimits)
{
    const auto seed = unsigned(qEnvironmentVariableIntValue("VEXFS_TEST_SEED"));
    printf("seed=%u\n", seed);
    std::mt19937 random(seed);
    const ChunkLimits limits;
    const QByteArray pieces[]
        = {"a", "word", " ", "\n", "\n\n", ". ", "\xc3\xab", "\xf0\x9f\x90\xb3"};
    for (int round = 0; round < 200; ++round) {
        QByteArray text;
        const size_t length = random() % 9000;
        const size_t kinds = 1 + random() % 8;
        while (size_t(text.size()) < length)
            text += pieces[random() % kinds];
        QVector<TextMark> marks;
        for (uint64_t at = random() % 3000; at < uint64_t(text.size()); at += 1 + random() % 3000)
            marks.push_back({random() % 2 ? MarkKind::Page : MarkKind::Heading, 1, at});
        uint64_t covered = 0;
        for (const Chunk &chunk : chunkText(text, marks, limits)) {
            ASSERT_LT(chunk.beginBytes, chunk.endBytes);
            ASSERT_LE(chunk.endBytes - chunk.beginBytes, limits.maxBytes);
            ASSERT_LE(chunk.endBytes, uint64_t(text.size()));
            for (uint64_t i = covered; i < chunk.beginBytes; ++i)
                ASSERT_TRUE(isspace(text[qsizetype(i)])) << i;
            covered = chunk.endBytes;
        }
        ASSERT_TRUE(text.mid(qsizetype(covered)).trimmed().isEmpty());
    }
}

TEST(Chunker, StopsAtItsLimit)
{
    ChunkLimits limits;
    limits.maxChunks = 3;
    EXPECT_EQ(chunkText(QByteArray("word ").repeated(5000), {}, limits).size(), 3);
}

} // namespace
