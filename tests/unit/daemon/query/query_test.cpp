// SPDX-License-Identifier: Apache-2.0
//
// Goal: one ranking, one passage and no surprise from what people type.
#include "daemon/query/fusion.h"
#include "daemon/query/passage.h"
#include "daemon/query/query_text.h"

#include <gtest/gtest.h>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

std::vector<uint64_t> order(const Ranking &ranking)
{
    std::vector<uint64_t> inodes;
    for (const RankedFile &file : ranking.files)
        inodes.push_back(file.ino);
    return inodes;
}

TEST(QueryText, DropsStopWordsUnlessThereIsNothingElse)
{
    EXPECT_EQ(parseQuery(QStringLiteral("The bill of the Café, the BILL"))->words,
              (std::vector<std::string>{"bill", "cafe"}));
    const auto only = parseQuery(QStringLiteral("to be or not to be"));
    EXPECT_TRUE(only->isOnlyStopWords);
    EXPECT_EQ(only->words, (std::vector<std::string>{"to", "be", "or", "not"}));
}

TEST(QueryText, RefusesWhatHasNoWords)
{
    for (const char *typed : {"", "   ", "?!\"*()", "\n\t"})
        EXPECT_EQ(parseQuery(QString::fromUtf8(typed)).error().code, Errc::InvalidQuery);
    EXPECT_EQ(parseQuery(QString(20'001, u'x')).error().code, Errc::InvalidQuery);
    EXPECT_TRUE(parseQuery(QStringLiteral("x ").repeated(10'000)));
}

TEST(QueryText, NothingTypedReachesTheExpressionUnquoted)
{
    const auto query = parseQuery(QStringLiteral("a\"b OR NEAR( name:x*) ^y 'z'; -- "));
    for (const QChar c : matchAny(query->words))
        EXPECT_TRUE(c.isLetterOrNumber() || c == u'"' || c == u' ');
}

TEST(QueryText, PhrasesStandToTheLetter)
{
    const std::vector<std::string> phrase{"in", "arrears"};
    EXPECT_TRUE(standsIn("The rent is IN  arrears.", phrase));
    EXPECT_TRUE(standsIn("in in arrears", phrase));
    EXPECT_FALSE(standsIn("in arrear, in the arrears", phrase));
    EXPECT_FALSE(standsIn("", phrase));
    EXPECT_TRUE(standsIn("a b a b a c", {"a", "b", "a", "c"}));
    EXPECT_EQ(matchPhrase(QStringLiteral("In \"Arrears\" *")), QStringLiteral("\"in arrears\""));
    EXPECT_EQ(matchPhrase(QStringLiteral("?!")), QString());
}

TEST(QueryText, AFewLettersMayBeWrong)
{
    EXPECT_TRUE(isNear(U"house", U"house", 0));
    EXPECT_TRUE(isNear(U"huose", U"house", 1));
    EXPECT_TRUE(isNear(U"hose", U"house", 1));
    EXPECT_TRUE(isNear(U"houuse", U"house", 1));
    EXPECT_TRUE(isNear(U"mouse", U"house", 1));
    EXPECT_FALSE(isNear(U"mousy", U"house", 1));
    EXPECT_FALSE(isNear(U"", U"ab", 1));
    EXPECT_TRUE(isNear(U"", U"a", 1));
}

TEST(QueryText, ABeginningIsTheLastWordUnlessABlankFollows)
{
    auto query = *parseQuery(QStringLiteral("warm the"));
    setPrefix(query);
    EXPECT_EQ(query.prefix, "the");
    EXPECT_EQ(query.words, (std::vector<std::string>{"warm", "the"}));
    query = *parseQuery(QStringLiteral("warm invo "));
    setPrefix(query);
    EXPECT_EQ(query.prefix, "");
}

TEST(Fusion, WordsAndMeaningAddUp)
{
    FusionInput input;
    input.keyword = {{1, 8.0}, {2, 6.0}, {3, 1.0}};
    input.vector = {{2, 4, 0.9}, {3, 0, 0.5}, {2, 1, 0.4}};
    const Ranking ranking = fuse(input, {});
    EXPECT_EQ(order(ranking), (std::vector<uint64_t>{2, 1, 3}));
    EXPECT_EQ(ranking.files[0].bestChunk, 4U);
    EXPECT_FALSE(ranking.isWeak);
    for (const RankedFile &file : ranking.files) {
        EXPECT_GE(file.score, 0.0);
        EXPECT_LE(file.score, 1.0);
    }
}

TEST(Fusion, RareExactWordComesFirstWhateverElseFits)
{
    FusionInput input;
    input.keyword = {{1, 8.0}, {2, 1.0}};
    input.vector = {{1, 0, 0.9}, {3, 0, 0.8}};
    input.exact = {2};
    EXPECT_EQ(order(fuse(input, {})).front(), 2U);
}

TEST(Fusion, NearFilesWithoutACommonWordKeepAPlace)
{
    FusionInput input;
    for (uint64_t ino = 1; ino <= 50; ++ino)
        input.keyword.push_back({ino, 60.0 - double(ino) / 2});
    input.vector = {{99, 0, 0.5}, {98, 0, 0.48}};
    const std::vector<uint64_t> ranked = order(fuse(input, {}));
    EXPECT_LT(std::find(ranked.begin(), ranked.end(), 99U) - ranked.begin(), 10);
    EXPECT_LT(std::find(ranked.begin(), ranked.end(), 98U) - ranked.begin(), 10);
    EXPECT_EQ(ranked.size(), 52U);
    const Ranking ranking = fuse(input, {});
    for (size_t i = 1; i < ranking.files.size(); ++i)
        EXPECT_LE(ranking.files[i].score, ranking.files[i - 1].score) << i;
}

TEST(Fusion, NothingAboveTheFloorIsWeak)
{
    FusionInput input;
    for (uint64_t ino = 1; ino <= 50; ++ino)
        input.vector.push_back({ino, 0, 0.2 - double(ino) / 1000});
    const Ranking ranking = fuse(input, {});
    EXPECT_TRUE(ranking.isWeak);
    EXPECT_EQ(ranking.files.size(), 10U);
    EXPECT_TRUE(fuse({}, {}).isWeak);
    input.vector.push_back({77, 0, 0.35});
    EXPECT_EQ(order(fuse(input, {})), (std::vector<uint64_t>{77}));
}

TEST(Passage, ShowsTheChunkWithTheWordsAndMarksThem)
{
    const QByteArray first = "Nothing here. ";
    const QByteArray text = first + "Zoë  repaired\nthe brakes of two cars.";
    const QVector<PassageChunk> chunks{{0, uint64_t(first.size()), 1},
                                       {uint64_t(first.size()), uint64_t(text.size()), 2}};
    WordFinder finder({"zoe", "repair", "car"});
    const Passage passage = choosePassage(text, chunks, 0, finder);
    EXPECT_EQ(passage.chunkIndex, 1U);
    EXPECT_EQ(passage.page, 2U);
    EXPECT_EQ(passage.snippet, QStringLiteral("Zoë repaired the brakes of two cars."));
    QStringList marked;
    for (const HighlightRange &range : passage.highlights)
        marked += passage.snippet.mid(range.begin, range.end - range.begin);
    EXPECT_EQ(marked, (QStringList{QStringLiteral("Zoë"), QStringLiteral("repaired"),
                                   QStringLiteral("cars")}));
}

TEST(Passage, WithoutWordsItIsThePreferredChunk)
{
    const QByteArray text = QByteArray("word ").repeated(1000) + "end";
    const QVector<PassageChunk> chunks{{0, 100, 0}, {100, 4000, 0}};
    WordFinder finder({"absent"});
    const Passage passage = choosePassage(text, chunks, 1, finder);
    EXPECT_EQ(passage.chunkIndex, 1U);
    EXPECT_FALSE(passage.hasWords);
    EXPECT_TRUE(passage.highlights.isEmpty());
    EXPECT_LT(passage.snippet.size(), 320);
    EXPECT_TRUE(passage.snippet.endsWith(u'…'));
    EXPECT_EQ(choosePassage({}, {}, 9, finder).snippet, QString());
}

TEST(Passage, HighlightsCountCodePointsNotBytes)
{
    const QByteArray text = "\xf0\x9f\x90\xb3\xf0\x9f\x90\xb3 whale";
    WordFinder finder({"whale"});
    const Passage passage = choosePassage(text, {}, 0, finder);
    ASSERT_EQ(passage.highlights.size(), 1);
    EXPECT_EQ(passage.highlights[0].begin, 3U);
    EXPECT_EQ(passage.highlights[0].end, 8U);
}

} // namespace
