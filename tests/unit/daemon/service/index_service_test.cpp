// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is on the volume is what searches find, whatever happened in between.
// Method: the real service with the real extractor, SQLite, table and graph, over a folder that
// plays the volume. Kills are real: the program starts itself again as a victim that dies by
// SIGKILL in the middle of a chosen call to the volume.
#include "daemon/embed/model_choice.h"
#include "daemon/embed/vector_fork.h"
#include "daemon/service/index_service.h"
#include "tests/support/documents.h"
#include "tests/support/folder_volume.h"
#include "tests/support/model/tiny_model.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSet>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;
using vexfs::test::FolderVolume;

namespace {

constexpr int kWaitMs = 60'000;

IndexConfig testConfig()
{
    IndexConfig config;
    config.extractProgram = QStringLiteral(VEXFS_TEST_EXTRACT);
    config.modelDirectory = QStringLiteral(VEXFS_TEST_MODEL);
    config.debounceMs = 50;
    return config;
}

class IndexServiceTest : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(m_folder.isValid());
        QDir(m_folder.path()).mkpath(QStringLiteral("root"));
        start();
    }

    QByteArray root() const { return QFile::encodeName(m_folder.path()) + "/root"; }
    QByteArray state() const { return QFile::encodeName(m_folder.path()) + "/state"; }
    QString indexFile(const char *name) const
    {
        return m_folder.path() + QStringLiteral("/state/index/") + QLatin1String(name);
    }

    void start()
    {
        m_volume = std::make_shared<FolderVolume>(root(), state());
        m_service = std::make_unique<IndexService>(m_volume, testConfig());
        const base::Status started = m_service->start();
        ASSERT_TRUE(started) << qPrintable(started.error().what);
    }

    void stop() { m_service.reset(); }

    void restart()
    {
        stop();
        start();
    }

    void write(const QByteArray &path, const QByteArray &content)
    {
        const QString absolute = QFile::decodeName(root() + '/' + path);
        QDir().mkpath(absolute.left(absolute.lastIndexOf(u'/')));
        QFile file(absolute);
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(content);
    }

    void settle() { ASSERT_TRUE(m_service->waitIdle(kWaitMs)); }

    bool becomes(const QString &model)
    {
        QElapsedTimer timer;
        timer.start();
        while (m_service->status().model != model && timer.elapsed() < kWaitMs)
            usleep(20'000);
        return m_service->status().model == model;
    }

    /// The model whose vectors the fork of a file has.
    QByteArray forkModel(const QByteArray &path)
    {
        struct stat now = {};
        EXPECT_EQ(stat((root() + '/' + path).constData(), &now), 0);
        const auto file = m_volume->open(path, now.st_ino);
        const auto bytes = file ? m_volume->readVectors(*file) : QByteArray();
        if (file)
            ::close(*file);
        const auto fork = decodeVectorFork(bytes ? *bytes : QByteArray());
        return fork ? fork->model : QByteArray();
    }

    SearchReply search(const char *text, SearchMode mode = SearchMode::Auto)
    {
        SearchRequest request;
        request.text = QString::fromUtf8(text);
        request.mode = mode;
        request.limit = 50;
        const base::Result<SearchReply> reply = m_service->search(request);
        EXPECT_TRUE(reply) << qPrintable(reply ? QString() : reply.error().what);
        return reply ? *reply : SearchReply();
    }

    QList<QByteArray> paths(const char *text, SearchMode mode = SearchMode::Auto)
    {
        QList<QByteArray> all;
        for (const SearchHit &hit : search(text, mode).hits)
            all += hit.path;
        return all;
    }

    FileReport explain(const char *path)
    {
        const base::Result<FileReport> report = m_service->explain(path);
        EXPECT_TRUE(report) << qPrintable(report ? QString() : report.error().what);
        return report ? *report : FileReport();
    }

    Errc searchError(const QString &text)
    {
        SearchRequest request;
        request.text = text;
        const auto reply = m_service->search(request);
        EXPECT_FALSE(reply);
        return reply ? Errc::Failed : reply.error().code;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<FolderVolume> m_volume;
    std::unique_ptr<IndexService> m_service;
};

TEST_F(IndexServiceTest, FindsByWordAndByMeaning)
{
    write("auto.txt", "Invoice for the automobile: replacement of both front brakes, pads and "
                      "discs, labour included. Amount payable within thirty days.");
    write("garden.md", "# Roses\n\nPlanting roses and tulips; pruning shrubs in spring.");
    write("cook.html", "<html><head><title>Onion tart</title></head><body><p>Chop the onions, add "
                       "flour and butter, bake for an hour.</p></body></html>");
    settle();
    EXPECT_EQ(paths("car repair bill").value(0), "auto.txt");
    EXPECT_EQ(paths("tulips").value(0), "garden.md");
    const SearchHit tart = search("onions").hits.value(0);
    EXPECT_EQ(tart.path, "cook.html");
    EXPECT_EQ(tart.title, QStringLiteral("Onion tart"));
    ASSERT_EQ(tart.highlights.size(), 1);
    EXPECT_EQ(tart.snippet.mid(tart.highlights[0].begin,
                               tart.highlights[0].end - tart.highlights[0].begin),
              QStringLiteral("onions"));
    EXPECT_TRUE(tart.legs & LegWord);
    const SearchHit car = search("car repair bill").hits.value(0);
    EXPECT_EQ(car.legs, uint32_t(LegMeaning));
    EXPECT_TRUE(search("quantum chromodynamics lagrangian").weak);
}

TEST_F(IndexServiceTest, ExtractsEveryFormatAndKeepsPages)
{
    write("a.pdf", test::makePdf({"The first page is about whales.", "Penguins live far south."},
                                 "Animals of the sea"));
    write("b.docx", test::makeDocx("Minutes", {"The committee discussed zeppelins."}, "Meeting"));
    write("c.odt", test::makeOdt("Letter", {"Dear landlord, the chimney leaks."}));
    write("d.epub", test::makeEpub("Voyages", {"Chapter one sails.", "Chapter two: kraken!"}));
    write("e.cpp", "// Computes the fibonacci numbers\nint fib(int n);\n");
    write("f.xlsx", test::makeXlsx("Harvest", {{"Gooseberries", "12"}}));
    write("g.eml",
          "From: Ann <a@example.org>\nSubject: Boat\nDate: Fri, 01 Mar 2024 12:00:00 +0000\n"
          "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the attachment.\n"
          "--b\nContent-Type: text/plain\nContent-Disposition: attachment; "
          "filename=hull.txt\n\nThe keel is corroded.\n--b--\n");
    settle();
    EXPECT_EQ(paths("gooseberries").value(0), "f.xlsx");
    const SearchHit mail = search("keel corroded").hits.value(0);
    EXPECT_EQ(mail.path, "g.eml");
    EXPECT_EQ(mail.member, QStringLiteral("hull.txt"));
    EXPECT_EQ(mail.author, QStringLiteral("Ann"));
    EXPECT_EQ(mail.title, QStringLiteral("Boat"));
    EXPECT_EQ(mail.documentNs, 1'709'294'400'000'000'000);
    const SearchHit pdf = search("penguins").hits.value(0);
    EXPECT_EQ(pdf.path, "a.pdf");
    EXPECT_EQ(pdf.page, 2U);
    EXPECT_EQ(pdf.title, QStringLiteral("Animals of the sea"));
    EXPECT_EQ(paths("zeppelins").value(0), "b.docx");
    EXPECT_EQ(search("zeppelins").hits.value(0).title, QStringLiteral("Meeting"));
    EXPECT_EQ(paths("chimney").value(0), "c.odt");
    EXPECT_EQ(paths("kraken").value(0), "d.epub");
    EXPECT_EQ(search("kraken").hits.value(0).title, QStringLiteral("Voyages"));
    EXPECT_EQ(paths("fibonacci").value(0), "e.cpp");
    EXPECT_EQ(m_service->status().failed, 0U);
}

TEST_F(IndexServiceTest, ChangedFileIsFoundOnlyAsItIsNow)
{
    write("note.txt", "An appointment with the dentist.");
    settle();
    write("note.txt", "An appointment with the plumber, much longer than before.");
    QElapsedTimer timer;
    timer.start();
    while (paths("plumber", SearchMode::Keyword).isEmpty() && timer.elapsed() < kWaitMs)
        usleep(20'000);
    EXPECT_EQ(paths("plumber", SearchMode::Keyword).size(), 1);
    EXPECT_TRUE(paths("dentist", SearchMode::Keyword).isEmpty());
    EXPECT_EQ(m_service->status().files, 1U);
}

TEST_F(IndexServiceTest, RenamesMoveWithTheirFoldersWithoutReadingFilesAgain)
{
    write("work/deep/contract.txt", "A rental contract for the warehouse.");
    write("work/other.txt", "Nothing of interest.");
    settle();
    const uint64_t embedded = m_service->status().embeddedChunks;
    ASSERT_EQ(rename((root() + "/work").constData(), (root() + "/archive").constData()), 0);
    settle();
    EXPECT_EQ(paths("warehouse").value(0), "archive/deep/contract.txt");
    ASSERT_EQ(rename((root() + "/archive/deep").constData(), (root() + "/flat").constData()), 0);
    ASSERT_EQ(rename((root() + "/archive").constData(), (root() + "/old").constData()), 0);
    settle();
    EXPECT_EQ(paths("warehouse").value(0), "flat/contract.txt");
    EXPECT_EQ(explain("old/other.txt").state, FileIndexState::Indexed);
    EXPECT_EQ(explain("archive/other.txt").state, FileIndexState::Missing);
    EXPECT_EQ(m_service->status().embeddedChunks, embedded);
    ASSERT_EQ(rename((root() + "/flat/contract.txt").constData(),
                     (root() + "/flat/lease_final.txt").constData()),
              0);
    settle();
    const SearchHit hit = search("lease").hits.value(0);
    EXPECT_EQ(hit.path, "flat/lease_final.txt");
    EXPECT_TRUE(hit.legs & LegName);
    EXPECT_EQ(m_service->status().embeddedChunks, embedded);
}

TEST_F(IndexServiceTest, DeletedFilesLeaveAtOnce)
{
    write("a/one.txt", "The unicorn stands alone.");
    write("b.txt", "Another unicorn.");
    settle();
    EXPECT_EQ(paths("unicorn").size(), 2);
    QDir(QFile::decodeName(root() + "/a")).removeRecursively();
    settle();
    EXPECT_EQ(paths("unicorn"), QList<QByteArray>{"b.txt"});
    EXPECT_EQ(paths("unicorn", SearchMode::Vector), QList<QByteArray>{"b.txt"});
    EXPECT_EQ(m_service->status().files, 1U);
}

TEST_F(IndexServiceTest, SaysWhyAFileIsNotFound)
{
    write("empty.txt", "");
    write("blob.txt", QByteArray("\0\1\2\3\0\0binary\0\0", 14).repeated(50));
    write("locked.pdf", test::makePdf({"secret"}, "x", true));
    write("broken.pdf", "%PDF-1.4 and then nothing of the kind");
    write("sealed.odt", test::makeOdt("x", {"y"}, true));
    write("broken.docx", test::makeDocx("x", {"y"}).left(200));
    write("picture.gif", "GIF89a and no more");
    write("good.txt", "Plain text.");
    ASSERT_EQ(mkfifo((root() + "/pipe").constData(), 0600), 0);
    settle();
    EXPECT_EQ(explain("good.txt").state, FileIndexState::Indexed);
    EXPECT_EQ(explain("empty.txt").state, FileIndexState::Unsupported);
    EXPECT_EQ(explain("empty.txt").reason, QStringLiteral("the file is empty"));
    EXPECT_EQ(explain("picture.gif").state, FileIndexState::Unsupported);
    EXPECT_EQ(explain("pipe").state, FileIndexState::Excluded);
    EXPECT_EQ(explain("nowhere").state, FileIndexState::Missing);
    const QList<QPair<const char *, const char *>> failed{{"blob.txt", "binary"},
                                                          {"locked.pdf", "password"},
                                                          {"broken.pdf", "damaged"},
                                                          {"sealed.odt", "password"},
                                                          {"broken.docx", "damaged"}};
    for (const auto &[path, word] : failed) {
        EXPECT_EQ(explain(path).state, FileIndexState::Failed) << path;
        EXPECT_TRUE(explain(path).reason.contains(QLatin1String(word)))
            << path << ": " << qPrintable(explain(path).reason);
    }
    const auto page = m_service->failures(2, 0);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->total, uint64_t(failed.size()));
    EXPECT_EQ(page->failures.size(), 2);
    EXPECT_NE(page->next, 0U);
    // Names can be found all the same.
    EXPECT_EQ(paths("picture").value(0), "picture.gif");
}

TEST_F(IndexServiceTest, RefusesQueriesWithoutWordsAndSurvivesStrangeOnes)
{
    write("a.txt", "To be or not to be, that is the question.");
    settle();
    EXPECT_EQ(searchError(QString()), Errc::InvalidQuery);
    EXPECT_EQ(searchError(QStringLiteral(" \t\n?! --")), Errc::InvalidQuery);
    EXPECT_EQ(searchError(QString(30'000, u'a')), Errc::InvalidQuery);
    EXPECT_EQ(paths("to be or not to be").value(0), "a.txt");
    for (const char *query : {"\"question", "question* AND (", "NEAR(question 5)", "name:question",
                              "question OR", "^question -be", "question'); DROP TABLE files;--"})
        EXPECT_EQ(paths(query).value(0), "a.txt") << query;
    SearchRequest request;
    request.text = QString::fromUtf8("ques\0tion", 9);
    EXPECT_TRUE(m_service->search(request));
    QString longQuery;
    while (longQuery.size() < 10'000)
        longQuery += QStringLiteral("question number%1 ").arg(longQuery.size());
    request.text = longQuery;
    ASSERT_TRUE(m_service->search(request));
    request.text = QStringLiteral("question");
    request.limit = 0;
    EXPECT_EQ(m_service->search(request).error().code, Errc::InvalidArgs);
}

TEST_F(IndexServiceTest, FiltersByScopeTypeAndTime)
{
    write("car/a.txt", "The annual budget.");
    write("carpet/b.txt", "The budget of the carpet.");
    write("c.html", "<p>Another budget</p>");
    settle();
    SearchRequest request;
    request.text = QStringLiteral("budget");
    request.scopes = {"car"};
    EXPECT_EQ(m_service->search(request)->hits.size(), 1);
    request.scopes = {"/car/", "c.html"};
    EXPECT_EQ(m_service->search(request)->hits.size(), 2);
    request.scopes.clear();
    request.mimeTypes = QStringList{QStringLiteral("text/html")};
    EXPECT_EQ(m_service->search(request)->hits.value(0).path, "c.html");
    request.mimeTypes = QStringList{QStringLiteral("text/*")};
    EXPECT_EQ(m_service->search(request)->hits.size(), 3);
    request.mimeTypes.clear();
    request.untilNs = 1000;
    EXPECT_TRUE(m_service->search(request)->hits.isEmpty());
    request.untilNs = 0;
    request.limit = 2;
    const auto first = m_service->search(request);
    EXPECT_TRUE(first->hasMore);
    request.offset = 2;
    const auto second = m_service->search(request);
    EXPECT_EQ(second->hits.size(), 1);
    EXPECT_FALSE(second->hasMore);
    EXPECT_EQ(second->total, 3U);
}

TEST_F(IndexServiceTest, HardLinkIsOneFileWithTwoNames)
{
    write("first.txt", "A document about volcanoes.");
    ASSERT_EQ(link((root() + "/first.txt").constData(), (root() + "/second.txt").constData()), 0);
    settle();
    EXPECT_EQ(paths("volcanoes").size(), 1);
    EXPECT_EQ(explain("second.txt").state, FileIndexState::Indexed);
    ASSERT_EQ(unlink((root() + "/first.txt").constData()), 0);
    settle();
    EXPECT_EQ(paths("volcanoes"), QList<QByteArray>{"second.txt"});
}

TEST_F(IndexServiceTest, UnchangedVolumeIsRecognisedWithoutLookingAtFiles)
{
    for (int i = 0; i < 60; ++i)
        write("f" + QByteArray::number(i) + ".txt", "Some text, number " + QByteArray::number(i));
    settle();
    settle();  // the service's own vector forks are changes too, and are passed over here
    restart();
    settle();
    const IndexStatus status = m_service->status();
    EXPECT_EQ(status.files, 60U);
    EXPECT_EQ(status.pending, 0U);
    EXPECT_EQ(status.embeddedChunks + status.reusedChunks, 0U);
    EXPECT_EQ(m_volume->changedRows(), 0U);
    EXPECT_EQ(paths("number 17").value(0), "f17.txt");
    EXPECT_FALSE(search("text").partial);
}

TEST_F(IndexServiceTest, DamagedCatalogIsBuiltAgainWithoutEmbedding)
{
    for (int i = 0; i < 20; ++i)
        write("f" + QByteArray::number(i) + ".txt", "Some text about lighthouses and ships.");
    settle();
    const uint64_t chunks = m_service->status().chunks;
    const auto damage = [&](const QByteArray &bytes, qint64 at) {
        stop();
        QFile file(indexFile("catalog.sqlite"));
        ASSERT_TRUE(file.open(QIODevice::ReadWrite));
        ASSERT_GT(file.size(), at);
        file.seek(at);
        file.write(bytes);
        file.close();
        start();
        settle();
    };
    damage(QByteArray(4096, 'x'), 0);
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    EXPECT_EQ(m_service->status().reusedChunks, chunks);
    EXPECT_EQ(paths("lighthouses").size(), 20);
    // Not at its head but in the middle: found when it is first needed.
    stop();
    QFile file(indexFile("catalog.sqlite"));
    ASSERT_TRUE(file.open(QIODevice::ReadWrite));
    ASSERT_GT(file.size(), 40'000);
    for (qint64 at = 4096; at + 4096 <= file.size(); at += 4096) {
        file.seek(at);
        file.write(QByteArray(4096, '\x55'));
    }
    file.close();
    start();
    QElapsedTimer timer;
    timer.start();
    while (m_service->status().reusedChunks < chunks && timer.elapsed() < kWaitMs)
        usleep(20'000);
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    EXPECT_EQ(paths("lighthouses").size(), 20);
    EXPECT_EQ(paths("harbour boats", SearchMode::Vector).size(), 20);
}

TEST_F(IndexServiceTest, LostOrDamagedVectorIndexComesFromTheForks)
{
    write("a.txt", "The physician examined the patient.");
    write("b.txt", "The orchestra played a symphony.");
    settle();
    stop();
    ASSERT_TRUE(QFile::exists(indexFile("vectors.vxi")));
    QFile file(indexFile("vectors.vxi"));
    ASSERT_TRUE(file.open(QIODevice::ReadWrite));
    file.seek(file.size() / 2);
    file.write("flip");
    file.close();
    start();
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    EXPECT_EQ(paths("doctor", SearchMode::Vector).value(0), "a.txt");
    stop();
    QFile::remove(indexFile("vectors.vxi"));
    start();
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    EXPECT_EQ(paths("music", SearchMode::Vector).value(0), "b.txt");
}

// As when there was no room for the vectors of a file's new text, and the old ones stayed.
TEST_F(IndexServiceTest, ForksOfAnotherTextAreNotTaken)
{
    write("a.txt", "The physician examined the patient.");
    write("b.txt", "The orchestra played a symphony.");
    settle();
    const auto fork = [&](const char *name) {
        return m_folder.path() + QStringLiteral("/state/forks/%1").arg(explain(name).ino);
    };
    const QString ofA = fork("a.txt");
    const QString ofB = fork("b.txt");
    stop();
    ASSERT_TRUE(QFile::remove(ofA));
    ASSERT_TRUE(QFile::copy(ofB, ofA));
    ASSERT_TRUE(QFile::remove(indexFile("vectors.vxi")));
    start();
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, 1U);
    EXPECT_EQ(paths("doctor", SearchMode::Vector).value(0), "a.txt");
    EXPECT_EQ(paths("music", SearchMode::Vector).value(0), "b.txt");
}

TEST_F(IndexServiceTest, ReindexUsesStoredVectorsUnlessForced)
{
    write("d/a.txt", "Text about trains.");
    write("b.txt", "Text about boats.");
    settle();
    const uint64_t embedded = m_service->status().embeddedChunks;
    EXPECT_EQ(m_service->reindex({"d"}, false).value(), 1U);
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, embedded);
    EXPECT_EQ(m_service->reindex({}, true).value(), 2U);
    settle();
    EXPECT_EQ(m_service->status().embeddedChunks, embedded + 2);
    EXPECT_EQ(m_service->reindex({"nowhere"}, false).error().code, Errc::NotFound);
}

TEST_F(IndexServiceTest, PauseHoldsIndexingAndSearchesGoOn)
{
    write("a.txt", "Before the pause: apples.");
    settle();
    m_service->pause();
    write("b.txt", "After the pause: oranges.");
    EXPECT_FALSE(m_service->waitIdle(500));
    EXPECT_EQ(paths("apples").value(0), "a.txt");
    EXPECT_TRUE(paths("oranges", SearchMode::Keyword).isEmpty());
    EXPECT_EQ(explain("b.txt").state, FileIndexState::Pending);
    QElapsedTimer timer;
    timer.start();
    while (m_service->status().state != IndexState::Paused && timer.elapsed() < kWaitMs)
        usleep(20'000);
    EXPECT_EQ(m_service->status().state, IndexState::Paused);
    m_service->resume();
    settle();
    EXPECT_EQ(paths("oranges").value(0), "b.txt");
}

TEST_F(IndexServiceTest, SecondServiceOnTheSameIndexIsRefused)
{
    IndexService second(m_volume, testConfig());
    const base::Status started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Errc::Busy);
    SearchRequest request;
    request.text = QStringLiteral("anything");
    EXPECT_EQ(second.search(request).error().code, Errc::IndexNotReady);
}

TEST_F(IndexServiceTest, EnoughFilesTuneTheModelToThemselves)
{
    const auto sentence = [](int i) {
        return i % 2 == 0 ? QByteArray("The zorblat feeds the quimfer pump beside the drellick, ")
                          : QByteArray("Our hambrux dinner with tilvane sauce needs corquist, ");
    };
    const QString shipped = m_service->status().model;
    for (int i = 0; i < 320; ++i) {
        QByteArray text;
        for (int j = 0; j < 5; ++j)
            text += sentence(i) + "says note " + QByteArray::number(7 * i + j) + ". ";
        write("n" + QByteArray::number(i) + ".txt", text);
    }
    settle();
    const auto isTuned = [&] {
        const IndexStatus status = m_service->status();
        return status.model.startsWith(QLatin1String("builtin/tuned-"))
            && status.state == IndexState::Idle && status.pending == 0;
    };
    QElapsedTimer timer;
    timer.start();
    // Whatever changes meanwhile is found, then and afterwards.
    write("late.txt", "The ostavin came late to the hambrux dinner.");
    settle();
    EXPECT_EQ(paths("ostavin"), QList<QByteArray>{"late.txt"});
    while (!isTuned() && timer.elapsed() < kWaitMs)
        usleep(20'000);
    ASSERT_TRUE(isTuned()) << qPrintable(m_service->status().model);
    EXPECT_EQ(paths("ostavin").value(0), "late.txt");
    EXPECT_EQ(search("hambrux", SearchMode::Vector).hits.size(), 50);
    const QString tuned = m_service->status().model;
    EXPECT_NE(tuned, shipped);
    restart();
    settle();
    EXPECT_EQ(m_service->status().model, tuned);
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    EXPECT_EQ(paths("ostavin").value(0), "late.txt");
    EXPECT_EQ(explain("n3.txt").model, tuned);
    // A damaged table is learnt again, and nothing is lost meanwhile.
    stop();
    QFile table(indexFile("tuned.vxt"));
    ASSERT_TRUE(table.open(QIODevice::ReadWrite) && table.seek(1000));
    table.write("damage");
    table.close();
    start();
    settle();
    EXPECT_EQ(paths("ostavin").value(0), "late.txt");
    timer.restart();
    while (!isTuned() && timer.elapsed() < kWaitMs)
        usleep(20'000);
    EXPECT_TRUE(isTuned());
}

TEST_F(IndexServiceTest, AnotherModelIsChosenAndMayBeAway)
{
    using namespace Qt::Literals::StringLiterals;
    const QString folder = m_folder.filePath(u"tiny"_s), away = m_folder.filePath(u"away"_s);
    test::writeTinyModel(folder, test::TinyModel());
    write("a.txt", "The naive rental.");
    write("b.txt", "Unaffable, they do the naive query.");
    settle();
    const QString before = m_service->status().model;
    const auto choose = [&](const QString &model) {
        const auto choice = ModelChoice::make(model, {}, {}, {});
        EXPECT_TRUE(choice);
        return m_service->changeModel(*choice);
    };
    EXPECT_EQ(choose(m_folder.path()).error().code, Errc::NoModel);
    EXPECT_EQ(m_service->status().model, before);
    const auto tiny = choose(folder);
    ASSERT_TRUE(tiny) << qPrintable(tiny.error().what);
    ASSERT_TRUE(becomes(*tiny));
    EXPECT_EQ(m_service->status().dimension, uint32_t(test::kHidden));
    write("c.txt", "The rent.");
    settle();
    for (const char *path : {"a.txt", "b.txt", "c.txt"})
        EXPECT_EQ(explain(path).model, *tiny);
    EXPECT_EQ(search("rental", SearchMode::Vector).hits.size(), 3);
    restart();
    settle();
    EXPECT_EQ(m_service->status().model, *tiny);
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    // Away: words are found, and what has vectors keeps them.
    ASSERT_TRUE(QDir().rename(folder, away));
    restart();
    settle();
    EXPECT_EQ(m_service->status().model, *tiny);
    EXPECT_EQ(paths("rental"), QList<QByteArray>{"a.txt"});
    SearchRequest request;
    request.text = u"rental"_s;
    request.mode = SearchMode::Vector;
    EXPECT_EQ(m_service->search(request).error().code, Errc::NotFound);
    ASSERT_TRUE(QDir().rename(away, folder));
    ASSERT_TRUE(choose(folder));
    EXPECT_EQ(search("rental", SearchMode::Vector).hits.size(), 3);
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    ASSERT_TRUE(choose(u"builtin"_s));
    ASSERT_TRUE(becomes(before));
    restart();
    settle();
    EXPECT_EQ(m_service->status().model, before);
    EXPECT_EQ(explain("c.txt").model, before);
}

TEST_F(IndexServiceTest, KilledAnywhereItNeitherLosesNorDoubles)
{
    stop();
    const auto seed = qEnvironmentVariableIntValue("VEXFS_TEST_SEED");
    printf("seed=%d\n", seed);
    srand(unsigned(seed));
    QSet<QByteArray> expected;
    for (int round = 0; round < 24; ++round) {
        // Some files come, one changes, one goes, one moves; then a victim indexes until it dies.
        for (int i = 0; i < 3; ++i) {
            const QByteArray name = "r" + QByteArray::number(round) + "_" + QByteArray::number(i);
            write("dir/" + name + ".txt", "Words about the meadow, file " + name);
            expected.insert("dir/" + name + ".txt");
        }
        const QByteArray gone = "dir/r" + QByteArray::number(round / 2) + "_0.txt";
        if (unlink((root() + '/' + gone).constData()) == 0)
            expected.remove(gone);
        const QByteArray from = "dir/r" + QByteArray::number(round / 2) + "_1.txt";
        const QByteArray to = "moved" + QByteArray::number(round / 2) + ".txt";
        if (rename((root() + '/' + from).constData(), (root() + '/' + to).constData()) == 0) {
            expected.remove(from);
            expected.insert(to);
        }
        QProcess victim;
        victim.start(QCoreApplication::applicationFilePath(),
                     {QStringLiteral("--victim"), QFile::decodeName(root()),
                      QFile::decodeName(state()), QString::number(1 + rand() % 60)});
        ASSERT_TRUE(victim.waitForFinished(kWaitMs));
    }
    start();
    settle();
    QSet<QByteArray> found;
    SearchRequest request;
    request.text = QStringLiteral("meadow");
    request.limit = 1000;
    for (const SearchMode mode : {SearchMode::Keyword, SearchMode::Vector}) {
        request.mode = mode;
        const auto reply = m_service->search(request);
        ASSERT_TRUE(reply);
        found.clear();
        for (const SearchHit &hit : reply->hits) {
            EXPECT_FALSE(found.contains(hit.path)) << hit.path.constData();
            found.insert(hit.path);
        }
        EXPECT_EQ(found, expected);
    }
    EXPECT_EQ(m_service->status().files, uint64_t(expected.size()));
    EXPECT_EQ(m_service->status().chunks, uint64_t(expected.size()));
    EXPECT_EQ(m_volume->listAnchors()->size(), 1);
}

TEST_F(IndexServiceTest, ChangeOfTheModelGoesOnAfterAKill)
{
    using namespace Qt::Literals::StringLiterals;
    constexpr int kFiles = 100;
    constexpr int kWrites = 30;
    const QString folder = m_folder.filePath(u"tiny"_s);
    test::writeTinyModel(folder, test::TinyModel());
    QList<QByteArray> names;
    for (int i = 0; i < kFiles; ++i) {
        names += "f" + QByteArray::number(i) + ".txt";
        write(names.constLast(), "The naive rental, number " + QByteArray::number(i));
    }
    settle();
    const QString before = m_service->status().model;
    stop();
    QProcess victim;
    victim.start(QCoreApplication::applicationFilePath(),
                 {u"--change-victim"_s, QFile::decodeName(root()), QFile::decodeName(state()),
                  QString::number(kWrites), folder});
    ASSERT_TRUE(victim.waitForFinished(kWaitMs));
    ASSERT_EQ(victim.exitStatus(), QProcess::CrashExit);
    QMap<QByteArray, int> models;
    for (const QByteArray &name : names)
        ++models[forkModel(name)];
    // Three write at a time, and what was under way when it died is not there.
    ASSERT_EQ(models.size(), 2);
    const int written = kFiles - models[before.toLatin1()];
    EXPECT_GE(written, kWrites - 3);
    EXPECT_LT(written, kFiles);

    start();
    EXPECT_EQ(m_service->status().model, before);
    const auto opened = ModelChoice::make(folder, {}, {}, {})->open();
    ASSERT_TRUE(opened);
    const QString tiny = QString::fromLatin1((*opened)->id());
    ASSERT_TRUE(becomes(tiny));
    settle();
    for (const QByteArray &name : names)
        EXPECT_EQ(forkModel(name), tiny.toLatin1()) << name.constData();
    EXPECT_EQ(m_volume->forkWrites(), kFiles - written);
    EXPECT_EQ(m_service->status().chunks, uint64_t(kFiles));
    restart();
    settle();
    EXPECT_EQ(m_service->status().model, tiny);
    EXPECT_EQ(m_service->status().embeddedChunks, 0U);
    EXPECT_EQ(explain("f7.txt").model, tiny);
}

// Chooses another model, and is killed when so many of its forks are written.
int runChangeVictim(const QStringList &arguments)
{
    auto volume = std::make_shared<FolderVolume>(QFile::encodeName(arguments[2]),
                                                 QFile::encodeName(arguments[3]));
    IndexService service(volume, testConfig());
    if (!service.start() || !service.waitIdle(kWaitMs))
        return 1;
    volume->killAfterWrites(arguments[4].toInt());
    if (!service.changeModel(*ModelChoice::make(arguments[5], {}, {}, {})))
        return 2;
    pause();
    return 3;
}

// Indexes until a call to the volume, the count-th, kills it.
int runVictim(const QStringList &arguments)
{
    auto volume = std::make_shared<FolderVolume>(QFile::encodeName(arguments[2]),
                                                 QFile::encodeName(arguments[3]));
    IndexService service(volume, testConfig());
    volume->killAfterCalls(arguments[4].toInt());
    if (!service.start())
        return 1;
    return service.waitIdle(kWaitMs) ? 0 : 2;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc == 5 && QByteArray(argv[1]) == "--victim")
        return runVictim(QCoreApplication::arguments());
    if (argc == 6 && QByteArray(argv[1]) == "--change-victim")
        return runChangeVictim(QCoreApplication::arguments());
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
