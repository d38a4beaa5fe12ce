// SPDX-License-Identifier: Apache-2.0
//
// Goal: vectors that carry meaning, the same everywhere, and stored so that damage shows.
// Method: the shipped table; a small table trained on the spot; every byte of a fork flipped.
#include "daemon/embed/contrastive.h"
#include "daemon/embed/static_embedder.h"
#include "daemon/embed/vector_fork.h"

#include <QFile>
#include <gtest/gtest.h>

#include <cmath>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

const StaticEmbedder &shipped()
{
    static const auto embedder = StaticEmbedder::open(QStringLiteral(VEXFS_TEST_MODEL));
    return **embedder;
}

double cosine(const Embedder &embedder, std::string_view a, std::string_view b)
{
    const auto vectors = *embedder.embed({a, b}, EmbedPurpose::Passage);
    double sum = 0.0;
    for (size_t i = 0; i < vectors[0].size(); ++i)
        sum += double(vectors[0][i]) * vectors[1][i];
    return sum;
}

VectorFork sampleFork()
{
    VectorFork fork;
    fork.model = "test/1";
    fork.dimension = 20;
    fork.dataGeneration = 77;
    fork.textBytes = 500;
    fork.contentHash = textHash("text");
    for (int i = 0; i < 3; ++i) {
        VectorRecord record{uint64_t(i * 100), uint64_t(i * 100 + 90), uint32_t(i), {}};
        for (int j = 0; j < 20; ++j)
            record.vector.push_back(std::sin(float(i * 20 + j)));
        fork.records.push_back(record);
    }
    return fork;
}

TEST(StaticEmbedder, FindsMeaningWithoutCommonWords)
{
    const char *invoice = "Invoice for the automobile: replacement of both front brakes";
    const char *garden = "Planting roses and tulips; pruning shrubs in spring";
    EXPECT_GT(cosine(shipped(), "car repair bill", invoice), shipped().relevanceFloor());
    EXPECT_LT(cosine(shipped(), "car repair bill", garden), shipped().relevanceFloor());
    EXPECT_GT(cosine(shipped(), "doctor", "The physician at the hospital examined patients"),
              cosine(shipped(), "doctor", "The attorney filed a lawsuit before the judge"));
}

TEST(StaticEmbedder, UnknownWordsMatchThemselvesAndWhatLooksLikeThem)
{
    EXPECT_NEAR(cosine(shipped(), "xq77zk", "XQ77ZK"), 1.0, 1e-5);
    EXPECT_LT(std::fabs(cosine(shipped(), "xq77zk", "xq78zk")), 0.4);
    EXPECT_GT(cosine(shipped(), "automobilles", "automobile"), 0.5);
    EXPECT_FALSE(shipped().knowsWord("xq77zk"));
    EXPECT_TRUE(shipped().knowsWord("cars"));
}

TEST(StaticEmbedder, TextWithoutContentIsTheZeroVector)
{
    const auto vectors = *shipped().embed({"", "the of and", "\xff\xfe"}, EmbedPurpose::Query);
    for (const auto &vector : vectors) {
        ASSERT_EQ(vector.size(), shipped().dimension());
        for (const float value : vector)
            ASSERT_EQ(value, 0.0F);
    }
}

TEST(StaticEmbedder, MissingTableIsNoModelAndSaysWhere)
{
    const auto embedder = StaticEmbedder::open(QStringLiteral("/nonexistent"));
    ASSERT_FALSE(embedder);
    EXPECT_EQ(embedder.error().code, Errc::NoModel);
    EXPECT_TRUE(embedder.error().what.contains(QLatin1String("/nonexistent/builtin.vxt")));
}

TEST(StaticTable, EveryFlippedByteIsNoticed)
{
    const Matrix rows = randomTable(3, 8, 5);
    const QByteArray file = StaticTable::encode("t", {"ape", "bee", "cat"}, rows);
    const auto table = StaticTable::decode(file);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->find("bee"), 1);
    EXPECT_EQ(table->find("dog"), -1);
    std::vector<float> row(8, 0.0F);
    table->addRow(2, 1.0F, row.data());
    for (size_t j = 0; j < 8; ++j)
        EXPECT_NEAR(row[j], rows.row(2)[j], 0.1);
    for (qsizetype i = 0; i < file.size(); ++i) {
        const bool isName = i >= 64 && i < 128;
        QByteArray flipped = file;
        flipped[i] = char(flipped[i] ^ 0x10);
        EXPECT_EQ(bool(StaticTable::decode(flipped)), isName) << i;
        EXPECT_FALSE(StaticTable::decode(file.left(i)));
    }
}

TEST(Contrastive, BringsPartnersTogetherAndGivesTheSameBytesTwice)
{
    TrainingPairs pairs;
    for (int32_t i = 0; i < 40; ++i) {
        pairs.left.add({i, i});
        pairs.right.add({i + 40, i + 40});
    }
    TrainingOptions options;
    options.epochs = 200;
    options.batch = 20;
    options.dropout = 0.0F;
    Matrix first = randomTable(80, 32, 1);
    Matrix second = randomTable(80, 32, 1);
    double accuracy = 0.0;
    trainContrastive(first, pairs, options, [&](const TrainingProgress &progress) {
        accuracy = progress.accuracy;
        return true;
    });
    trainContrastive(second, pairs, options, nullptr);
    EXPECT_GT(accuracy, 0.99);
    EXPECT_EQ(first.values, second.values);
}

TEST(Matrix, TiledProductEqualsThePlainOneForAllShapes)
{
    for (const size_t rows : {1, 4, 7}) {
        for (const size_t columns : {1, 16, 19, 33}) {
            const Matrix a = randomTable(rows, 13, 2);
            const Matrix b = randomTable(13, columns, 3);
            Matrix product;
            multiply(a, b, product);
            for (size_t i = 0; i < rows; ++i) {
                for (size_t j = 0; j < columns; ++j) {
                    float sum = 0.0F;
                    for (size_t k = 0; k < 13; ++k)
                        sum += a.row(i)[k] * b.row(k)[j];
                    ASSERT_EQ(product.row(i)[j], sum);
                }
            }
        }
    }
    for (float x = -80.0F; x < 80.0F; x += 0.37F)
        EXPECT_NEAR(portableExp(x) / std::exp(x), 1.0, 1e-5);
}

TEST(Matrix, ScoresAreSoftenedAllAtOnceAsOneByOne)
{
    constexpr float kInverse = 10.0F;
    std::vector<float> scores;
    for (int i = 0; i < 501; ++i)
        scores.push_back(-12.0F + 0.05F * static_cast<float>(i));
    std::vector<float> sums(scores.size(), 0.5F);
    std::vector<float> soft = scores;
    softenScores(soft.data(), sums.data(), soft.size(), kInverse);
    for (size_t i = 0; i < scores.size(); ++i) {
        EXPECT_EQ(soft[i], portableExp((scores[i] - 1.0F) * kInverse)) << scores[i];
        EXPECT_EQ(sums[i], 0.5F + soft[i]);
    }
    EXPECT_EQ(soft[0], 0.0F);
}

TEST(VectorFork, ComesBackWithinTheStepOfItsScale)
{
    const VectorFork fork = sampleFork();
    const auto bytes = encodeVectorFork(fork);
    ASSERT_TRUE(bytes);
    const auto back = decodeVectorFork(*bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->model, fork.model);
    EXPECT_EQ(back->dataGeneration, 77U);
    EXPECT_EQ(back->contentHash, fork.contentHash);
    ASSERT_EQ(back->records.size(), 3U);
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(back->records[i].endBytes, fork.records[i].endBytes);
        EXPECT_EQ(back->records[i].page, fork.records[i].page);
        for (size_t j = 0; j < 20; ++j)
            EXPECT_NEAR(back->records[i].vector[j], fork.records[i].vector[j], 1.0 / 127);
    }
    // What was rounded once is rounded no further.
    EXPECT_EQ(*encodeVectorFork(*back), *bytes);
}

TEST(VectorFork, RefusesWhatIsNoVector)
{
    VectorFork fork = sampleFork();
    fork.records[1].vector[3] = std::nanf("");
    EXPECT_EQ(encodeVectorFork(fork).error().code, Errc::InvalidVector);
    fork = sampleFork();
    fork.records[0].vector.pop_back();
    EXPECT_EQ(encodeVectorFork(fork).error().code, Errc::InvalidVector);
    fork = sampleFork();
    fork.records[0].endBytes = 501;
    EXPECT_EQ(encodeVectorFork(fork).error().code, Errc::InvalidArgs);
    fork = sampleFork();
    fork.model = QByteArray(64, 'm');
    EXPECT_EQ(encodeVectorFork(fork).error().code, Errc::InvalidArgs);
}

TEST(VectorFork, DamageNeverCrashesAndBadHeadersAreRefused)
{
    const QByteArray bytes = *encodeVectorFork(sampleFork());
    EXPECT_EQ(decodeVectorFork({}).error().code, Errc::NotFound);
    for (qsizetype cut = 1; cut < bytes.size(); ++cut)
        EXPECT_FALSE(decodeVectorFork(bytes.left(cut))) << cut;
    for (qsizetype i = 0; i < bytes.size() * 8; ++i) {
        QByteArray flipped = bytes;
        flipped[i / 8] = char(flipped[i / 8] ^ (1 << (i % 8)));
        const auto fork = decodeVectorFork(flipped);
        // Magic and version. The rest is guarded by the filesystem's checksums, and must only
        // never lead beyond the bytes.
        if (i < 8 * 8) {
            EXPECT_FALSE(fork) << i;
        }
        if (!fork)
            continue;
        for (const VectorRecord &record : fork->records) {
            ASSERT_LE(record.beginBytes, record.endBytes);
            ASSERT_LE(record.endBytes, fork->textBytes);
            for (const float value : record.vector)
                ASSERT_TRUE(std::isfinite(value));
        }
    }
}

} // namespace
