// SPDX-License-Identifier: Apache-2.0
//
// Goal: queue and anchor move together, and rows are what was written last.
// Method: a real catalog in a temporary folder.
#include "daemon/index/catalog.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

class CatalogTest : public testing::Test
{
protected:
    void SetUp() override { open(); }

    void open()
    {
        m_catalog.reset();
        auto catalog = Catalog::open(m_folder.path(), Database::Access::ReadWrite);
        ASSERT_TRUE(catalog) << qPrintable(catalog.error().what);
        m_catalog = std::move(*catalog);
    }

    static FileRecord record(uint64_t ino, const QByteArray &path, const QByteArray &text)
    {
        FileRecord record;
        record.row.ino = ino;
        record.row.paths = {path};
        record.row.mimeType = QStringLiteral("text/plain");
        record.row.textBytes = uint64_t(text.size());
        record.text = text;
        record.chunks = {{0, uint64_t(text.size()), 0}};
        return record;
    }

    void write(const FileRecord &record) { ASSERT_TRUE(m_catalog->writeFiles({record}, {})); }

    void feed(uint64_t anchor, const QVector<QueueItem> &queue,
              const QVector<uint64_t> &removed = {}, bool isComplete = false)
    {
        FeedBatch batch;
        batch.anchor = anchor;
        batch.queue = queue;
        batch.removed = removed;
        batch.isComplete = isComplete;
        ASSERT_TRUE(m_catalog->applyFeed(batch));
    }

    std::set<uint64_t> aliveIn(uint64_t tree)
    {
        std::set<uint64_t> keys;
        const auto lives = m_catalog->lives();
        EXPECT_TRUE(lives);
        for (const KeyLife &life : *lives) {
            if (life.birth <= tree && tree < life.death)
                keys.insert(life.key);
        }
        return keys;
    }

    qsizetype countOfPast()
    {
        const auto lives = m_catalog->lives();
        EXPECT_TRUE(lives);
        return std::count_if(lives->begin(), lives->end(),
                             [](const KeyLife &life) { return isPastKey(life.key); });
    }

    std::map<uint64_t, uint64_t> heldIn(uint64_t tree, std::optional<uint64_t> ino)
    {
        std::map<uint64_t, uint64_t> keys;
        const auto all = m_catalog->versionsIn(tree, ino);
        EXPECT_TRUE(all);
        for (const HeldVersion &each : all ? *all : std::vector<HeldVersion>())
            keys.emplace(each.ino, each.key);
        return keys;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Catalog> m_catalog;
};

TEST_F(CatalogTest, TextsComeBackAndAreFoundWhetherOrNotTheyArePacked)
{
    const QByteArray shortText("A short one.");
    const QByteArray longText = QByteArray("Many a word about volcanoes \xc3\xa4. ").repeated(500);
    write(record(10, "short.txt", shortText));
    write(record(11, "long.txt", longText));
    const auto database = Database::open(
        QDir(m_folder.path()).filePath(QStringLiteral("catalog.sqlite")),
        Database::Access::ReadWrite);
    ASSERT_TRUE(database);
    const auto bytes = (*database)->value(QStringLiteral("SELECT length(body) FROM texts"
                                                         " WHERE ino = 11"));
    ASSERT_TRUE(bytes);
    EXPECT_LT(bytes->toInt(), longText.size() / 10);
    EXPECT_EQ(m_catalog->storedText(10)->text, shortText);
    EXPECT_EQ(m_catalog->storedText(11)->text, longText);
    // The full-text index forgets the words of a text when it is replaced or gone.
    EXPECT_EQ(*m_catalog->stemCount("volcano"), 1U);
    write(record(11, "long.txt", QByteArray("Nothing but tulips. ").repeated(50)));
    EXPECT_EQ(*m_catalog->stemCount("volcano"), 0U);
    EXPECT_EQ(*m_catalog->stemCount("tulip"), 1U);
    EXPECT_TRUE((*database)->run(QStringLiteral(
        "INSERT INTO documents(documents, rank) VALUES('integrity-check', 1)")));
    feed(300, {}, {11});
    EXPECT_EQ(*m_catalog->stemCount("tulip"), 0U);
    EXPECT_TRUE(m_catalog->storedText(11)->text.isEmpty());
}

TEST_F(CatalogTest, ADamagedTextIsCorruptAndNeverRead)
{
    const QByteArray text = QByteArray("Granite and basalt, over and over. ").repeated(40);
    write(record(10, "a.txt", text));
    const auto database = Database::open(
        QDir(m_folder.path()).filePath(QStringLiteral("catalog.sqlite")),
        Database::Access::ReadWrite);
    ASSERT_TRUE(database);
    const auto whole
        = (*database)->value(QStringLiteral("SELECT body FROM texts WHERE ino = 10"));
    ASSERT_TRUE(whole);
    const QByteArray frame = whole->toByteArray();
    int refused = 0;
    for (qsizetype at = 0; at < frame.size(); ++at) {
        for (const bool isCut : {false, true}) {
            QByteArray bad = isCut ? frame.first(at) : frame;
            if (!isCut)
                bad[at] = char(bad[at] ^ 0x41);
            ASSERT_TRUE((*database)->run(
                QStringLiteral("UPDATE texts SET body = ? WHERE ino = 10"), {bad}));
            const auto read = m_catalog->storedText(10);
            refused += read ? 0 : 1;
            EXPECT_TRUE(read || read.error().code == Errc::Corrupt);
            EXPECT_FALSE(isCut && at > 0 && read) << at;
        }
    }
    EXPECT_GT(refused, frame.size());
}

TEST_F(CatalogTest, KeepsQueueAndAnchorOverReopening)
{
    feed(256, {{10, QueueData, 0}, {11, QueueNames, 0}});
    open();
    EXPECT_EQ(*m_catalog->anchor(), 256U);
    const auto items = *m_catalog->nextQueued(10);
    ASSERT_EQ(items.size(), 2);
    EXPECT_EQ(items[0].ino, 10U);
    EXPECT_EQ(items[1].reasons, uint32_t(QueueNames));
    EXPECT_EQ(*m_catalog->queuePosition(11), 2U);
    EXPECT_EQ(*m_catalog->queuePosition(12), 0U);
}

TEST_F(CatalogTest, RanksOnlyWhatIsAskedFor)
{
    for (uint64_t ino = 10; ino < 60; ++ino)
        write(record(ino, QByteArray::number(qulonglong(ino)), ino % 2 ? "lamp" : "lamp lamp sea"));
    const QString lamp = QStringLiteral("lamp");
    const auto all = m_catalog->keywordSearch(lamp, 100, nullptr);
    ASSERT_EQ(all->size(), 50);
    const std::unordered_set<uint64_t> only{12, 13, 40, 999};
    const auto some = m_catalog->keywordSearch(lamp, 100, &only);
    ASSERT_EQ(some->size(), 3);
    for (const KeywordHit &hit : *some) {
        const auto same = std::find_if(all->begin(), all->end(),
                                       [&](const KeywordHit &each) { return each.ino == hit.ino; });
        ASSERT_NE(same, all->end());
        EXPECT_DOUBLE_EQ(hit.score, same->score);
    }
    EXPECT_TRUE(std::is_sorted(some->begin(), some->end(), [](const auto &a, const auto &b) {
        return a.score > b.score;
    }));
    EXPECT_EQ(m_catalog->keywordSearch(lamp, 2, &only)->size(), 2);
    const std::unordered_set<uint64_t> none;
    EXPECT_TRUE(m_catalog->keywordSearch(lamp, 9, &none)->isEmpty());
    EXPECT_EQ(m_catalog->matchCountIn(lamp, 100, only).value(), 3U);
    EXPECT_EQ(m_catalog->matchCountIn(lamp, 2, only).value(), 2U);
}

TEST_F(CatalogTest, FileQueuedAgainWhileWorkedOnStaysQueued)
{
    feed(256, {{10, QueueData, 0}});
    const QueueItem taken = m_catalog->nextQueued(1)->constFirst();
    feed(257, {{10, QueueNames, 0}});
    ASSERT_TRUE(m_catalog->writeFiles({record(10, "a.txt", "text")}, {taken}));
    const auto items = *m_catalog->nextQueued(10);
    ASSERT_EQ(items.size(), 1);
    EXPECT_EQ(items[0].reasons, uint32_t(QueueData | QueueNames));
    ASSERT_TRUE(m_catalog->writeFiles({record(10, "a.txt", "text")}, items));
    EXPECT_TRUE(m_catalog->nextQueued(10)->isEmpty());
}

TEST_F(CatalogTest, CompleteFeedDropsWhatItDoesNotList)
{
    write(record(1, "a", "one"));
    write(record(2, "b", "two"));
    feed(300, {{2, QueueData, 0}}, {}, true);
    EXPECT_FALSE(m_catalog->file(1)->has_value());
    EXPECT_TRUE(m_catalog->file(2)->has_value());
    EXPECT_TRUE(m_catalog->keywordSearch(QStringLiteral("\"one\""), 10, nullptr)->isEmpty());
}

TEST_F(CatalogTest, GenerationRisesWithEveryChangeOfAnswers)
{
    uint64_t last = *m_catalog->generation();
    const auto rises = [&] {
        const uint64_t now = *m_catalog->generation();
        const bool isHigher = now > last;
        last = now;
        return isHigher;
    };
    write(record(1, "a", "one"));
    EXPECT_TRUE(rises());
    EXPECT_EQ((*m_catalog->file(1))->birthGeneration, last);
    FileRow row = **m_catalog->file(1);
    row.paths = {"renamed"};
    ASSERT_TRUE(m_catalog->updateFile(row, {}));
    EXPECT_TRUE(rises());
    feed(256, {{2, QueueData, 0}});
    EXPECT_FALSE(rises());
    feed(257, {}, {1});
    EXPECT_TRUE(rises());
    EXPECT_EQ(m_catalog->counts()->files, 0U);
}

TEST_F(CatalogTest, NameTitleAndBodyAreSearchedAndNamesMove)
{
    FileRecord file = record(5, "dir/holidayPhotos2023.txt", "Sand and sea");
    file.row.title = QStringLiteral("Summer");
    write(file);
    for (const char *word : {"\"photos\"", "\"summer\"", "\"sands\"", "\"2023\""})
        EXPECT_EQ(m_catalog->keywordSearch(QLatin1String(word), 10, nullptr)->size(), 1) << word;
    EXPECT_EQ(**m_catalog->inodeOf("dir/holidayPhotos2023.txt"), 5U);
    FileRow row = file.row;
    row.paths = {"other/x.txt", "y.txt"};
    ASSERT_TRUE(m_catalog->updateFile(row, {}));
    EXPECT_TRUE(m_catalog->keywordSearch(QStringLiteral("\"photos\""), 10, nullptr)->isEmpty());
    EXPECT_EQ(m_catalog->keywordSearch(QStringLiteral("\"sand\""), 10, nullptr)->size(), 1);
    EXPECT_FALSE(m_catalog->inodeOf("dir/holidayPhotos2023.txt")->has_value());
    EXPECT_EQ(m_catalog->filesBelow("other")->size(), 1);
    EXPECT_EQ(m_catalog->filesBelow({})->size(), 1);
    EXPECT_TRUE(m_catalog->filesBelow("othe")->isEmpty());
}

TEST_F(CatalogTest, TextComesBackByteForByte)
{
    const QByteArray text = "Zoë's naïve café — \xf0\x9f\x90\xb3 \"quoted\"\n\ttabbed";
    write(record(7, QByteArray("not utf-8 \xff\xfe"), text));
    EXPECT_EQ(m_catalog->storedText(7)->text, text);
    EXPECT_EQ((*m_catalog->file(7))->path(), QByteArray("not utf-8 \xff\xfe"));
    EXPECT_EQ(m_catalog->keywordSearch(QStringLiteral("\"cafe\""), 10, nullptr)->size(), 1);
}

TEST_F(CatalogTest, KeepsWhatADocumentSaysOfItself)
{
    FileRecord mail = record(7, "a.eml", "body and attachment");
    mail.row.author = QStringLiteral("Ann");
    mail.row.language = QStringLiteral("de-AT");
    mail.row.documentNs = -5;
    mail.chunks = {{0, 4, 0, {}}, {9, 19, 0, QStringLiteral("bill.pdf")}};
    write(mail);
    const auto row = m_catalog->file(7);
    ASSERT_TRUE(row && *row);
    EXPECT_EQ((*row)->author, QStringLiteral("Ann"));
    EXPECT_EQ((*row)->language, QStringLiteral("de-AT"));
    EXPECT_EQ((*row)->documentNs, -5);
    const auto stored = m_catalog->storedText(7);
    ASSERT_EQ(stored->chunks.size(), 2);
    EXPECT_EQ(stored->chunks[0].member, QString());
    EXPECT_EQ(stored->chunks[1].member, QStringLiteral("bill.pdf"));
}

TEST_F(CatalogTest, GarbageAndOtherVersionsAreCorruptAndCanBeSetAside)
{
    m_catalog.reset();
    QFile file(QDir(m_folder.path()).filePath(QStringLiteral("catalog.sqlite")));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(10'000, 'g'));
    file.close();
    const auto catalog = Catalog::open(m_folder.path(), Database::Access::ReadWrite);
    ASSERT_FALSE(catalog);
    EXPECT_EQ(catalog.error().code, Errc::Corrupt);
    ASSERT_TRUE(Catalog::setAside(m_folder.path()));
    EXPECT_EQ(Catalog::open(m_folder.path(), Database::Access::ReadOnly).error().code,
              Errc::NotFound);
    open();
    EXPECT_EQ(*m_catalog->anchor(), 0U);
}

TEST_F(CatalogTest, BadExpressionIsAnErrorNotACrash)
{
    EXPECT_FALSE(m_catalog->keywordSearch(QStringLiteral("\"open"), 5, nullptr));
    EXPECT_TRUE(m_catalog->keywordSearch(QStringLiteral("\"fine\""), 5, nullptr));
}

TEST_F(CatalogTest, KeepsTheVersionThatASnapshotHasAndNoOther)
{
    feed(5, {{10, QueueData, 0, 5}});
    FileRecord first = record(10, "a", "zeppelin");
    first.row.birthTree = 5;
    write(first);
    // Snapshot 7 has it; then it changes.
    FeedBatch batch;
    batch.anchor = 9;
    batch.queue = {{10, QueueData, 0, 9}};
    batch.ends = {{10, 9}};
    batch.snapshots = {7};
    ASSERT_TRUE(m_catalog->applyFeed(batch));
    const auto retired = m_catalog->retire({10}, {7});
    ASSERT_TRUE(retired);
    ASSERT_EQ(retired->size(), 1);
    const uint64_t key = retired->constFirst().key;
    EXPECT_TRUE(isPastKey(key));
    FileRecord second = record(10, "a", "tram");
    second.row.birthTree = 9;
    write(second);

    EXPECT_EQ(aliveIn(7), (std::set<uint64_t>{key}));
    EXPECT_TRUE(aliveIn(9).contains(10));
    EXPECT_EQ(heldIn(7, {}), (std::map<uint64_t, uint64_t>{{10, key}}));
    EXPECT_EQ(heldIn(9, 10), (std::map<uint64_t, uint64_t>{{10, 10}}));
    EXPECT_TRUE(heldIn(7, 11).empty());
    EXPECT_TRUE(heldIn(4, {}).empty());
    EXPECT_EQ(m_catalog->file(key)->value().inode, 10U);
    EXPECT_EQ(m_catalog->file(key)->value().path(), QByteArray("a"));
    EXPECT_EQ(m_catalog->storedText(key)->text, QByteArray("zeppelin"));
    EXPECT_TRUE(m_catalog->keywordSearch(QStringLiteral("zeppelin"), 9, nullptr)->isEmpty());
    EXPECT_EQ(m_catalog->pastSearch(QStringLiteral("zeppelin"), 9, {key})->size(), 1);
    EXPECT_EQ(m_catalog->stemCount("zeppelin").value(), 0U);
    FileFilter filter;
    filter.names = QStringList{QStringLiteral("a")};
    EXPECT_EQ(m_catalog->matching(filter, true)->size(), 2U);
    EXPECT_EQ(m_catalog->matching(filter)->size(), 1U);

    // Nobody has a version that lived between two snapshots.
    batch.anchor = 11;
    batch.queue = {{10, QueueData, 0, 11}};
    batch.ends = {{10, 11}};
    ASSERT_TRUE(m_catalog->applyFeed(batch));
    EXPECT_TRUE(m_catalog->retire({10}, {7})->isEmpty());
    // The snapshot goes, and with it what only it had.
    EXPECT_EQ(*m_catalog->collectPast({}), QVector<uint64_t>{key});
    EXPECT_EQ(countOfPast(), 0);
    EXPECT_TRUE(m_catalog->pastSearch(QStringLiteral("zeppelin"), 9, {key})->isEmpty());
}

TEST_F(CatalogTest, SendsWhatWasNeverReadToASnapshotThatHasIt)
{
    feed(5, {{10, QueueData, 0, 5}});
    // It changed again before it was read; snapshot 6 has what was there between.
    FeedBatch batch;
    batch.anchor = 9;
    batch.queue = {{10, QueueData, 0, 8}};
    batch.ends = {{10, 8}};
    batch.snapshots = {6, 8};
    ASSERT_TRUE(m_catalog->applyFeed(batch));
    const auto items = m_catalog->nextPast(9);
    ASSERT_TRUE(items);
    ASSERT_EQ(items->size(), 1);
    EXPECT_EQ(items->constFirst().tree, 6U);
    EXPECT_EQ(items->constFirst().birthTree, 5U);
    EXPECT_EQ(items->constFirst().deathTree, 8U);
    const auto key = m_catalog->writePast(record(10, "old", "zeppelin"), items->constFirst());
    ASSERT_TRUE(key);
    EXPECT_TRUE(m_catalog->nextPast(9)->isEmpty());
    EXPECT_TRUE(aliveIn(6).contains(*key));
    EXPECT_FALSE(aliveIn(8).contains(*key));
    EXPECT_EQ(m_catalog->file(*key)->value().birthTree, 5U);
    EXPECT_EQ(m_catalog->file(*key)->value().endTree, 8U);
    EXPECT_EQ(m_catalog->lifeOf(*key).value(), (std::pair<uint64_t, uint64_t>(5, 8)));
    EXPECT_FALSE(m_catalog->inodeOf("old")->has_value()) << "the name may be another file's now";
    // A look at everything begins anew.
    feed(12, {{10, QueueData, 0, 12}}, {}, true);
    EXPECT_EQ(countOfPast(), 0);
}

} // namespace
