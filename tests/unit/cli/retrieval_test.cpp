// SPDX-License-Identifier: Apache-2.0
//
// Goal: rankings get the scores that the definitions give them, and a folder that is no collection
// is refused by the line that is wrong. Method: by hand and by files in a temporary folder.
#include "cli/vexfs/retrieval/data.h"
#include "cli/vexfs/retrieval/measures.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <cmath>

using namespace vexfs;
using namespace vexfs::cli;

namespace {

QHash<QString, int> grades(std::initializer_list<std::pair<const char *, int>> rows)
{
    QHash<QString, int> out;
    for (const auto &[id, grade] : rows)
        out.insert(QString::fromLatin1(id), grade);
    return out;
}

QStringList ranking(std::initializer_list<const char *> ids)
{
    QStringList out;
    for (const char *id : ids)
        out.append(QString::fromLatin1(id));
    return out;
}

class CollectionTest : public testing::Test
{
protected:
    void write(const char *name, const QByteArray &content)
    {
        QDir(m_folder.path()).mkpath(QFileInfo(QString::fromLatin1(name)).path());
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        ASSERT_EQ(file.write(content), content.size());
    }

    void writeGood()
    {
        write("docs.jsonl", "{\"_id\":\"a\",\"title\":\"T\",\"text\":\"x\"}\n"
                            "{\"_id\":7,\"text\":\"y\"}\n");
        write("queries.jsonl", "{\"_id\":\"1\",\"text\":\"q\"}\n"
                               "{\"_id\":\"2\",\"text\":\"none\"}\n");
        write("qrels.tsv", "query-id\tcorpus-id\tscore\n1\t7\t2\n1\ta\t0\n9\ta\t1\n");
    }

    QTemporaryDir m_folder;
};

} // namespace

TEST(RetrievalMeasures, APerfectRankingHasAllOfIt)
{
    const auto scores = scoreRanking(ranking({"a", "b"}), grades({{"a", 2}, {"b", 1}}));
    EXPECT_DOUBLE_EQ(scores.ndcg10, 1);
    EXPECT_DOUBLE_EQ(scores.recall100, 1);
    EXPECT_DOUBLE_EQ(scores.mrr, 1);
}

TEST(RetrievalMeasures, WhatComesLaterCountsLess)
{
    const auto scores = scoreRanking(ranking({"x", "", "b", "a"}), grades({{"a", 2}, {"b", 1}}));
    const double gain = 1 / std::log2(4.0) + 2 / std::log2(5.0);
    const double ideal = 2 / std::log2(2.0) + 1 / std::log2(3.0);
    EXPECT_DOUBLE_EQ(scores.ndcg10, gain / ideal);
    EXPECT_DOUBLE_EQ(scores.recall100, 1);
    EXPECT_DOUBLE_EQ(scores.mrr, 1 / 3.0);
}

TEST(RetrievalMeasures, NothingFoundIsZero)
{
    const auto scores = scoreRanking({}, grades({{"a", 1}}));
    EXPECT_EQ(scores.ndcg10, 0);
    EXPECT_EQ(scores.recall100, 0);
    EXPECT_EQ(scores.mrr, 0);
}

TEST(RetrievalMeasures, OnlyAClearDifferenceIsOne)
{
    QList<double> first;
    QList<double> better;
    QList<double> mixed;
    for (int i = 0; i < 40; ++i) {
        first.append(0.5);
        better.append(0.6);
        mixed.append(i % 2 == 0 ? 0.6 : 0.4);
    }
    const PairedComparison clear = compare(first, better);
    EXPECT_NEAR(clear.gainPercent, 20, 1e-9);
    EXPECT_EQ(clear.better, 40);
    EXPECT_LT(clear.p, 0.001);
    const PairedComparison chance = compare(first, mixed);
    EXPECT_EQ(chance.better, 20);
    EXPECT_EQ(chance.worse, 20);
    EXPECT_GT(chance.p, 0.5);
}

TEST_F(CollectionTest, QueriesWithoutAnythingRelevantAreLeftOut)
{
    writeGood();
    const auto read = readCollection(m_folder.path());
    ASSERT_TRUE(read) << qPrintable(read.error().what);
    ASSERT_EQ(read->documents.size(), 2);
    EXPECT_EQ(read->documents[1].id, QStringLiteral("7"));
    ASSERT_EQ(read->queries.size(), 1);
    EXPECT_EQ(read->queries[0].grades, grades({{"7", 2}}));
}

TEST_F(CollectionTest, TheLayoutOfBeirIsReadToo)
{
    writeGood();
    QDir folder(m_folder.path());
    folder.mkdir(QStringLiteral("qrels"));
    ASSERT_TRUE(folder.rename(QStringLiteral("docs.jsonl"), QStringLiteral("corpus.jsonl")));
    ASSERT_TRUE(folder.rename(QStringLiteral("qrels.tsv"), QStringLiteral("qrels/test.tsv")));
    EXPECT_TRUE(readCollection(m_folder.path()));
}

TEST_F(CollectionTest, WhatIsMissingOrWrongIsNamed)
{
    const auto empty = readCollection(m_folder.path());
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, base::Errc::NotFound);
    EXPECT_TRUE(empty.error().what.contains(QStringLiteral("docs.jsonl")));
    writeGood();
    write("queries.jsonl", "{\"_id\":\"1\",\"text\":\"q\"}\nno json\n");
    const auto wrong = readCollection(m_folder.path());
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, base::Errc::Corrupt);
    EXPECT_TRUE(wrong.error().what.contains(QStringLiteral("queries.jsonl, line 2")));
    writeGood();
    write("qrels.tsv", "query-id\tcorpus-id\tscore\n1\ta\tmuch\n");
    EXPECT_EQ(readCollection(m_folder.path()).error().code, base::Errc::Corrupt);
    write("qrels.tsv", "query-id\tcorpus-id\tscore\n");
    EXPECT_EQ(readCollection(m_folder.path()).error().code, base::Errc::Corrupt);
}
