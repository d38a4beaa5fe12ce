// SPDX-License-Identifier: Apache-2.0
//
// Goal: a search answers what was asked, says so when nothing fits, and counts what it did.
// Method: the real service, extractor, table and graph over a folder that plays the volume, with
// generated documents: topics with words of their own, so that what belongs together is known.
#include "daemon/service/index_service.h"
#include "tests/support/folder_volume.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;
using vexfs::test::FolderVolume;

namespace {

constexpr int kWaitMs = 60'000;

const char *const kTopics[][8] = {
    {"garden", "roses", "tulips", "pruning", "spring", "shrubs", "soil", "watering"},
    {"kitchen", "onion", "butter", "flour", "oven", "baking", "recipe", "pastry"},
    {"engine", "brakes", "garage", "wheels", "exhaust", "driver", "gearbox", "mileage"},
    {"harbour", "sailing", "anchor", "captain", "vessel", "storm", "lighthouse", "tide"},
    {"patient", "clinic", "nurse", "surgery", "dosage", "fever", "therapy", "diagnosis"},
    {"court", "judge", "contract", "tenant", "landlord", "clause", "verdict", "appeal"},
    {"violin", "orchestra", "rehearsal", "melody", "choir", "concert", "conductor", "sonata"},
    {"glacier", "mountain", "summit", "avalanche", "rope", "climber", "ridge", "valley"},
};

class SearchTest : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(m_folder.isValid());
        QDir(m_folder.path()).mkpath(QStringLiteral("root"));
        const QByteArray base = QFile::encodeName(m_folder.path());
        IndexConfig config;
        config.extractProgram = QStringLiteral(VEXFS_TEST_EXTRACT);
        config.modelDirectory = QStringLiteral(VEXFS_TEST_MODEL);
        config.debounceMs = 50;
        config.tunesModel = false;
        m_volume = std::make_shared<FolderVolume>(base + "/root", base + "/state");
        m_service = std::make_unique<IndexService>(m_volume, config);
        const base::Status started = m_service->start();
        ASSERT_TRUE(started) << qPrintable(started.error().what);
    }

    QByteArray root() const { return QFile::encodeName(m_folder.path()) + "/root"; }

    void write(const QByteArray &path, const QByteArray &content)
    {
        const QString absolute = QFile::decodeName(root() + '/' + path);
        QDir().mkpath(absolute.left(absolute.lastIndexOf(u'/')));
        QFile file(absolute);
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(content);
    }

    void settle() { ASSERT_TRUE(m_service->waitIdle(kWaitMs)); }

    /// So many documents of every topic, each of a dozen of its words and some everyday ones.
    void writeTopics(int each)
    {
        static const char *const filler[] = {"today", "letter", "people", "house", "morning",
                                             "paper", "town", "friend", "answer", "question"};
        int number = 0;
        for (const auto &topic : kTopics) {
            for (int i = 0; i < each; ++i) {
                QByteArray text;
                for (int j = 0; j < 16; ++j) {
                    text += j % 4 == 3 ? filler[m_random() % 10] : topic[m_random() % 8];
                    text += j % 8 == 7 ? ". " : " ";
                }
                write(QByteArray(topic[0]) + "/d" + QByteArray::number(number++) + ".txt", text);
            }
        }
    }

    static SearchRequest request(const char *text)
    {
        SearchRequest request;
        request.text = QString::fromUtf8(text);
        request.limit = 50;
        return request;
    }

    SearchReply search(const SearchRequest &request)
    {
        const base::Result<SearchReply> reply = m_service->search(request);
        EXPECT_TRUE(reply) << qPrintable(reply ? QString() : reply.error().what);
        return reply ? *reply : SearchReply();
    }

    QList<QByteArray> paths(const SearchRequest &request)
    {
        QList<QByteArray> all;
        for (const SearchHit &hit : search(request).hits)
            all += hit.path;
        return all;
    }

    uint64_t counter(const char *name)
    {
        for (const CounterRow &row : m_service->counters()) {
            if (row.name == QLatin1String(name))
                return row.value;
        }
        ADD_FAILURE() << "no counter " << name;
        return 0;
    }

    std::mt19937 m_random{7};
    QTemporaryDir m_folder;
    std::shared_ptr<FolderVolume> m_volume;
    std::unique_ptr<IndexService> m_service;
};

QByteArray word(std::mt19937 &random, const char *first)
{
    QByteArray out(first);
    for (int i = 0; i < 6; ++i)
        out += char('a' + random() % 26);
    return out;
}

} // namespace

TEST_F(SearchTest, ConditionsDecideWhoMayAnswer)
{
    write("work/a.txt", "The annual budget of the choir, in arrears.");
    write("work/b.txt", "The budget, a draft; the arrear is in June.");
    write("home/Budget_2024.html", "<p>Another budget</p>");
    write("home/big.txt", "The budget at length. " + QByteArray("word ").repeated(1000));
    settle();
    SearchRequest asked = request("budget");
    asked.without = {QStringLiteral("draft")};
    EXPECT_EQ(paths(asked).size(), 3);
    asked = request("budget");
    asked.phrases = {QStringLiteral("in arrears")};
    EXPECT_EQ(paths(asked), QList<QByteArray>{"work/a.txt"});
    asked = request("budget");
    asked.sizeMin = 4000;
    EXPECT_EQ(paths(asked), QList<QByteArray>{"home/big.txt"});
    asked.sizeMin = 0;
    asked.sizeMax = 30;
    EXPECT_EQ(paths(asked), QList<QByteArray>{"home/Budget_2024.html"});
    asked = request("budget");
    asked.names = {QStringLiteral("*2024*"), QStringLiteral("ig.t")};
    EXPECT_EQ(paths(asked).size(), 2);
    asked.names = {QStringLiteral("budget_????.HTML")};
    EXPECT_EQ(paths(asked), QList<QByteArray>{"home/Budget_2024.html"});
    asked = request("budget");
    asked.withoutNames = {QStringLiteral("?.txt")};
    asked.withoutScopes = {"nowhere"};
    EXPECT_EQ(paths(asked).size(), 2);
    asked = request("budget");
    asked.withoutScopes = {"/home/"};
    asked.withoutMimeTypes = QStringList{QStringLiteral("text/html")};
    EXPECT_EQ(paths(asked).size(), 2);
    // By meaning alone, the same files are kept out.
    asked.mode = SearchMode::Vector;
    EXPECT_EQ(paths(asked).size(), 2);
}

TEST_F(SearchTest, ConditionsWithoutWordsListTheNewest)
{
    write("old.txt", "first");
    write("new.txt", "second");
    ASSERT_EQ(truncate((root() + "/old.txt").constData(), 4), 0);
    timespec times[2] = {{100, 0}, {100, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, (root() + "/old.txt").constData(), times, 0), 0);
    settle();
    SearchRequest asked = request("");
    EXPECT_EQ(m_service->search(asked).error().code, Errc::InvalidQuery);
    asked.mimeTypes = QStringList{QStringLiteral("text/plain")};
    EXPECT_EQ(paths(asked), (QList<QByteArray>{"new.txt", "old.txt"}));
    EXPECT_FALSE(search(asked).weak);
    asked.untilNs = 200'000'000'000;
    EXPECT_EQ(paths(asked), QList<QByteArray>{"old.txt"});
}

TEST_F(SearchTest, RareExactWordsComeFirstInAHundredOfAHundred)
{
    writeTopics(40);
    std::vector<std::pair<QByteArray, QByteArray>> rare;
    for (int i = 0; i < 100; ++i) {
        // A name, a number, or both; once, somewhere in a document of a topic.
        const QByteArray own = i % 3 == 0 ? QByteArray::number(710'000 + 37 * i)
            : i % 3 == 1                  ? word(m_random, "Q")
                                          : word(m_random, "x") + QByteArray::number(i);
        const auto &topic = kTopics[i % 8];
        QByteArray text;
        for (int j = 0; j < 30; ++j) {
            text += QByteArray(topic[m_random() % 8]) + ' ';
            text += j == 13 ? own + ' ' : QByteArray();
        }
        const QByteArray path = "rare/r" + QByteArray::number(i) + ".txt";
        write(path, text);
        rare.emplace_back(own, path);
    }
    settle();
    int first = 0;
    for (size_t i = 0; i < rare.size(); ++i) {
        // Among words of another topic, for which there are dozens of better files.
        const auto &other = kTopics[(i + 3) % 8];
        const QByteArray typed = QByteArray(other[1]) + ' ' + rare[i].first + ' ' + other[2];
        const QList<QByteArray> found = paths(request(typed.constData()));
        first += found.value(0) == rare[i].second ? 1 : 0;
        EXPECT_EQ(found.value(0), rare[i].second) << typed.constData();
    }
    printf("rare exact word first: %d of 100\n", first);
    EXPECT_EQ(first, 100);
}

TEST_F(SearchTest, NonsenseFitsNothingAndSenseDoes)
{
    writeTopics(40);
    settle();
    int weak = 0;
    for (int i = 0; i < 100; ++i) {
        QByteArray typed;
        if (i % 2 == 0) {
            for (int j = 0; j < 3; ++j)
                typed += word(m_random, "") + ' ';
        } else {
            // A word of each of several topics: all of them stand somewhere, none together.
            for (int j = 0; j < 4; ++j)
                typed += QByteArray(kTopics[(i + 2 * j) % 8][m_random() % 8]) + ' ';
        }
        weak += search(request(typed.constData())).weak ? 1 : 0;
    }
    int sense = 0;
    for (int i = 0; i < 100; ++i) {
        const auto &topic = kTopics[i % 8];
        const QByteArray typed = QByteArray(topic[m_random() % 8]) + ' ' + topic[m_random() % 8];
        sense += search(request(typed.constData())).weak ? 0 : 1;
    }
    printf("nonsense that fits nothing: %d of 100; sense that fits: %d of 100\n", weak, sense);
    EXPECT_GE(weak, 95);
    EXPECT_GE(sense, 98);
}

TEST_F(SearchTest, TypingErrorsInNamesAreForgiven)
{
    write("Mietvertrag_Schoenhauser.txt", "ein Text");
    write("household/quarterly-statement.txt", "numbers of the year");
    write("holidayPhotos2023.txt", "the sea");
    settle();
    const std::pair<const char *, const char *> table[] = {
        {"mitvertrag", "Mietvertrag_Schoenhauser.txt"},
        {"mietvretrag", "Mietvertrag_Schoenhauser.txt"},
        {"schoenhausser", "Mietvertrag_Schoenhauser.txt"},
        {"quaterly statment", "household/quarterly-statement.txt"},
    };
    for (const auto &[typed, path] : table) {
        const SearchReply reply = search(request(typed));
        EXPECT_EQ(reply.hits.value(0).path, path) << typed;
        EXPECT_FALSE(reply.rewritten.isEmpty()) << typed;
        EXPECT_TRUE(reply.hits.value(0).legs & LegName) << typed;
    }
    // Numbers are not corrected, nor is what is spelt right.
    EXPECT_TRUE(search(request("holiday2024")).rewritten.isEmpty());
    EXPECT_TRUE(search(request("statement")).rewritten.isEmpty());
}

TEST_F(SearchTest, TheLastWordMayStillBeTyped)
{
    write("a.txt", "Happiness is a warm invoice.");
    write("b.txt", "Nothing of that kind.");
    settle();
    for (const char *typed : {"inv", "invo", "invoi", "invoic", "invoice", "happi", "happin",
                              "happines", "warm invo"}) {
        SearchRequest asked = request(typed);
        asked.mode = SearchMode::Keyword;
        asked.isPrefix = true;
        const SearchReply reply = search(asked);
        EXPECT_EQ(reply.hits.value(0).path, "a.txt") << typed;
        EXPECT_FALSE(reply.hits.value(0).highlights.isEmpty()) << typed;
    }
    SearchRequest whole = request("invo ");
    whole.mode = SearchMode::Keyword;
    whole.isPrefix = true;
    EXPECT_TRUE(search(whole).hits.isEmpty());
}

TEST_F(SearchTest, MoreLikeThisFindsTheTopicAndNotTheFileItself)
{
    writeTopics(10);
    settle();
    SearchRequest asked = request("");
    asked.similarTo = "garden/d3.txt";
    asked.limit = 5;
    const QList<QByteArray> found = paths(asked);
    EXPECT_EQ(found.size(), 5);
    for (const QByteArray &path : found)
        EXPECT_TRUE(path.startsWith("garden/")) << path.constData();
    EXPECT_FALSE(found.contains("garden/d3.txt"));
    asked.similarTo = "garden/none.txt";
    EXPECT_EQ(m_service->search(asked).error().code, Errc::NotFound);
}

TEST_F(SearchTest, ExplainTellsEveryStageWithItsRows)
{
    writeTopics(10);
    settle();
    SearchRequest asked = request("roses and tulips");
    asked.isExplained = true;
    asked.scopes = {"garden"};
    const SearchReply reply = search(asked);
    QStringList names;
    for (const SearchStage &stage : reply.stages) {
        names += stage.name;
        EXPECT_FALSE(stage.plan.isEmpty());
        EXPECT_GE(stage.tookUs, 0);
        if (stage.name == QLatin1String("filter")) {
            EXPECT_EQ(stage.rows, 10U);
        }
        if (stage.name == QLatin1String("words")) {
            EXPECT_GT(stage.estimated, 0.0);
        }
    }
    EXPECT_EQ(names, (QStringList{QStringLiteral("filter"), QStringLiteral("words"),
                                  QStringLiteral("exact"), QStringLiteral("meaning"),
                                  QStringLiteral("fusion"), QStringLiteral("feedback"),
                                  QStringLiteral("passages")}));
    asked.isExplained = false;
    EXPECT_TRUE(search(asked).stages.isEmpty());
}

TEST_F(SearchTest, APlanNeedsAConditionAndASearchByMeaning)
{
    writeTopics(10);
    settle();
    SearchRequest asked = request("roses and tulips");
    asked.plan = PlanHint::After;
    EXPECT_EQ(m_service->search(asked).error().code, Errc::InvalidArgs);
    asked.scopes = {"garden"};
    asked.isExplained = true;
    const SearchReply reply = search(asked);
    EXPECT_FALSE(reply.hits.isEmpty());
    for (const SearchStage &stage : reply.stages) {
        EXPECT_EQ(stage.plans.isEmpty(), stage.name != QLatin1String("meaning"));
        for (const SearchPlan &plan : stage.plans)
            EXPECT_EQ(plan.way, QStringLiteral("after"));
    }
    asked.mode = SearchMode::Keyword;
    EXPECT_EQ(m_service->search(asked).error().code, Errc::InvalidArgs);
}

TEST_F(SearchTest, AnswersAreKeptUntilSomethingChanges)
{
    write("a.txt", "A document about volcanoes.");
    settle();
    const SearchRequest asked = request("volcanoes");
    EXPECT_EQ(paths(asked).size(), 1);
    const uint64_t misses = counter("cache.results.misses");
    EXPECT_EQ(paths(asked).size(), 1);
    EXPECT_EQ(counter("cache.results.hits"), 1U);
    EXPECT_EQ(counter("cache.results.misses"), misses);
    EXPECT_GT(counter("cache.results.bytes"), 0U);
    EXPECT_EQ(counter("cache.results.hit.count"), 1U);
    SearchRequest other = asked;
    other.limit = 3;
    (void)search(other);
    EXPECT_EQ(counter("cache.results.misses"), misses + 1);
    write("b.txt", "Another one about volcanoes.");
    settle();
    EXPECT_EQ(paths(asked).size(), 2);
    ASSERT_EQ(unlink((root() + "/a.txt").constData()), 0);
    settle();
    EXPECT_EQ(paths(asked), QList<QByteArray>{"b.txt"});
}

TEST_F(SearchTest, CopiesAreNotEmbeddedAgain)
{
    write("a.txt", "A document about volcanoes, lava and ash.");
    settle();
    const uint64_t embedded = m_service->status().embeddedChunks;
    ASSERT_TRUE(QFile::copy(QFile::decodeName(root() + "/a.txt"),
                            QFile::decodeName(root() + "/copy.txt")));
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, embedded);
    EXPECT_EQ(counter("cache.embeddings.hits"), 1U);
    EXPECT_EQ(counter("cache.embeddings.misses"), 1U);
    // Moved by copying and removing, as between two folders of different filesystems.
    ASSERT_EQ(unlink((root() + "/a.txt").constData()), 0);
    settle();
    write("moved.txt", "A document about volcanoes, lava and ash.");
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, embedded);
    SearchRequest asked = request("eruption");
    asked.mode = SearchMode::Vector;
    EXPECT_EQ(paths(asked).size(), 2);
    write("other.txt", "A document about rivers.");
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, embedded + 1);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
