// SPDX-License-Identifier: Apache-2.0
//
// Goal: tuning teaches the table what stands together in the files, and nothing where there is
// nothing to learn. Method: files of invented words about two subjects, which no shipped table
// knows.
#include "daemon/embed/table_tuner.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

using namespace vexfs::daemon;

namespace {

constexpr int kSubjects = 60;
constexpr int kWordsOfSubject = 6;

// Three syllables that tell the subject and the word; no language has them.
std::string word(int subject, int number)
{
    constexpr std::array kSyllables = {"zorb", "quim", "drel", "ostv", "plum", "werd", "hamb",
                                       "tilv", "corq", "yeld"};
    return std::string(kSyllables.at(size_t(subject) / 10)) + kSyllables.at(size_t(subject) % 10)
        + kSyllables.at(size_t(number)) + "ak";
}

std::shared_ptr<StaticEmbedder> shipped()
{
    static const std::shared_ptr<StaticEmbedder> embedder
        = std::move(*StaticEmbedder::open(QStringLiteral(VEXFS_TEST_MODEL)));
    return embedder;
}

double cosine(const Embedder &embedder, std::string_view a, std::string_view b)
{
    const auto vectors = *embedder.embed({a, b}, EmbedPurpose::Query);
    double sum = 0;
    for (size_t i = 0; i < vectors[0].size(); ++i)
        sum += double(vectors[0][i]) * vectors[1][i];
    return sum;
}

// Sentences of four words of one subject, another four each time.
void addFiles(TableTuner &tuner, int count)
{
    for (int file = 0; file < count; ++file) {
        std::string text;
        for (int sentence = 0; sentence < 6; ++sentence) {
            for (int i = 0; i < 4; ++i) {
                const int number = (file * 5 + sentence * 3 + i * i) % kWordsOfSubject;
                text += word(file % kSubjects, number) + ' ';
            }
            text += ". ";
        }
        ASSERT_TRUE(tuner.add("", text));
    }
}

} // namespace

TEST(TableTuner, WhatStandsTogetherComesNearer)
{
    TableTuner tuner(*shipped());
    addFiles(tuner, 2000);
    const auto bytes = tuner.tune({});
    ASSERT_TRUE(bytes);
    auto table = StaticTable::decode(*bytes);
    ASSERT_TRUE(table) << qPrintable(table.error().what);
    const StaticEmbedder tuned(std::move(*table), shipped());
    const double before = cosine(*shipped(), word(12, 0), word(12, 1));
    const double together = cosine(tuned, word(12, 0), word(12, 1));
    const double apart = cosine(tuned, word(12, 0), word(47, 0));
    EXPECT_GT(together, before + 0.2) << "apart " << apart;
    EXPECT_GT(together, apart + 0.2);
    // The rest of the language is still there.
    EXPECT_GT(cosine(tuned, "car", "automobile"), 0.4);
    EXPECT_NE(tuned.id(), shipped()->id());
    EXPECT_GT(tuned.hybridWeight(), shipped()->hybridWeight());
}

TEST(TableTuner, WordsOfTheFilesAloneAreStillTakenToTheLetter)
{
    TableTuner tuner(*shipped());
    addFiles(tuner, 400);
    auto table = StaticTable::decode(*tuner.tune({}));
    ASSERT_TRUE(table);
    EXPECT_GE(table->find(word(12, 0)), 0);
    const StaticEmbedder tuned(std::move(*table), shipped());
    EXPECT_FALSE(tuned.knowsWord(word(12, 0)));
    EXPECT_TRUE(tuned.knowsWord("automobile"));
}

TEST(TableTuner, TheSameFilesGiveTheSameTable)
{
    TableTuner first(*shipped());
    TableTuner second(*shipped());
    addFiles(first, 200);
    addFiles(second, 200);
    EXPECT_EQ(*first.tune({}), *second.tune({}));
}

TEST(TableTuner, TooLittleTextTeachesNothing)
{
    TableTuner tuner(*shipped());
    EXPECT_FALSE(tuner.tune({}));
    addFiles(tuner, 20);
    EXPECT_FALSE(tuner.tune({}));
    EXPECT_EQ(tuner.files(), 20u);
}

TEST(TableTuner, StopsWhenItIsTold)
{
    TableTuner tuner(*shipped());
    addFiles(tuner, 400);
    int told = 0;
    EXPECT_FALSE(tuner.tune([&](const TrainingProgress &) {
        ++told;
        return false;
    }));
    EXPECT_EQ(told, 1);
}
