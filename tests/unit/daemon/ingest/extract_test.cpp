// SPDX-License-Identifier: Apache-2.0
//
// Goal: good documents give their text, bad ones a reason, and a bad one costs one child.
// Method: the real vexfs-extract, and a program in its place that crashes, hangs or lies.
#include "daemon/ingest/extract_pool.h"
#include "daemon/ingest/file_kind.h"
#include "tests/support/documents.h"
#include "tests/support/random.h"
#include "tests/unit/daemon/ingest/extracting.h"

#include <QElapsedTimer>
#include <QStringEncoder>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

class ExtractTest : public test::Extracting
{
protected:
    // A shell script in the place of the extractor. It says it is ready, then does what it likes.
    QString impostor(const QByteArray &behaviour)
    {
        const QString path = m_folder.filePath(QStringLiteral("impostor"));
        QFile file(path);
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\nprintf '\\001\\0\\0\\0\\0\\0\\0\\0' >&0\n" + behaviour + "\n");
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return path;
    }
};

TEST_F(ExtractTest, ReadsTextOfAnyCharset)
{
    EXPECT_EQ(extract("plain\r\ntext", ExtractFormat::Text).text, "plain\ntext");
    EXPECT_EQ(extract("\xef\xbb\xbfmarked", ExtractFormat::Text).text, "marked");
    EXPECT_EQ(extract(QByteArray("\xff\xfeh\0i\0\xeb\0", 8), ExtractFormat::Text).text, "hië");
    for (const auto encoding : {QStringConverter::Utf16LE, QStringConverter::Utf16BE,
                                QStringConverter::Utf32LE, QStringConverter::Utf32BE}) {
        for (const auto flag :
             {QStringConverter::Flag::Default, QStringConverter::Flag::WriteBom}) {
            QStringEncoder encoder(encoding, flag);
            const QByteArray encoded = encoder(QStringLiteral("Wide words, widely spaced"));
            EXPECT_EQ(extract(encoded, ExtractFormat::Text).text, "Wide words, widely spaced")
                << encoding << " " << int(flag);
        }
    }
    const QByteArray latin = QByteArray("Der M\xfcller mahlt das Mehl f\xfcr die B\xe4" "cker. ");
    EXPECT_TRUE(extract(latin.repeated(20), ExtractFormat::Text).text.contains("Müller"));
    expectFailed(QByteArray("\0\1\2\3", 4).repeated(100), ExtractFormat::Text, "binary");
    EXPECT_EQ(extract("", ExtractFormat::Text).outcome, ExtractOutcome::NoText);
    EXPECT_EQ(extract(" \n ", ExtractFormat::Text).outcome, ExtractOutcome::NoText);
}

TEST_F(ExtractTest, KeepsStructureOfMarkup)
{
    const Document markdown = extract(
        "# Title *here*\n\nSome `code` text.\n\n## Part\n\n* item", ExtractFormat::Markdown);
    EXPECT_EQ(markdown.title, QStringLiteral("Title here"));
    EXPECT_EQ(markdown.text.trimmed(), "Title here\n\nSome code text.\n\nPart\n\nitem");
    ASSERT_EQ(markdown.marks.size(), 2);
    EXPECT_EQ(markdown.text.mid(qsizetype(markdown.marks[1].offsetBytes), 4), "Part");
    const Document html = extract("<title>T</title><script>evil()</script><h1>Head</h1><p>a "
                                  "<b>b</b>c<br>d</p><img alt='picture'>",
                                  ExtractFormat::Html);
    EXPECT_EQ(html.title, QStringLiteral("T"));
    EXPECT_TRUE(html.text.contains("a bc\nd"));
    EXPECT_TRUE(html.text.contains("picture"));
    EXPECT_FALSE(html.text.contains("evil"));
    EXPECT_EQ(html.marks.size(), 1);
}

TEST_F(ExtractTest, RefusesDamagedAndEncryptedDocuments)
{
    expectFailed("%PDF-1.7 nothing", ExtractFormat::Pdf, "damaged");
    expectFailed(test::makePdf({"x"}, "t", true), ExtractFormat::Pdf, "password");
    EXPECT_EQ(extract(test::makePdf({""}, "t"), ExtractFormat::Pdf).outcome,
              ExtractOutcome::NoText);
    expectFailed(test::makeOdt("a", {"b"}, true), ExtractFormat::Odt, "password");
    expectFailed(test::makeDocx("a", {"b"}).left(300), ExtractFormat::Docx, "damaged");
    expectFailed(QByteArray("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") + QByteArray(600, 'x'),
                 ExtractFormat::Docx, "encrypted");
    expectFailed(test::makeZip({{"other", "x"}}), ExtractFormat::Docx, "missing");
    expectFailed(test::makeDocx("a<broken", {}), ExtractFormat::Docx, "damaged");
    expectFailed(test::makeZip({{"x", "y"}}), ExtractFormat::Epub, "missing");
}

TEST_F(ExtractTest, DamageAnywhereInADocumentIsSurvived)
{
    const QList<QPair<QByteArray, ExtractFormat>> documents{
        {test::makePdf({"some words", "more words"}, "t"), ExtractFormat::Pdf},
        {test::makeDocx("head", {"body"}, "t"), ExtractFormat::Docx},
        {test::makeOdt("head", {"body"}), ExtractFormat::Odt},
        {test::makeEpub("t", {"one"}), ExtractFormat::Epub}};
    for (const auto &[good, format] : documents) {
        for (qsizetype i = 0; i < good.size(); i += 23) {
            QByteArray bad = good;
            bad[i] = char(bad[i] ^ 0x41);
            ASSERT_TRUE(tryExtract(m_worker, bad, format));
            ASSERT_TRUE(tryExtract(m_worker, good.left(i), format));
        }
    }
}

TEST_F(ExtractTest, BombsAreDefused)
{
    const QByteArray deep = QByteArray("<div>").repeated(20'000) + "bottom";
    const Document nested = extract(deep, ExtractFormat::Html);
    EXPECT_TRUE(nested.outcome == ExtractOutcome::Failed || nested.text.contains("bottom"));
    ExtractLimits limits;
    limits.maxTextBytes = 1000;
    ExtractWorker small(QStringLiteral(VEXFS_TEST_EXTRACT), limits, m_stopping);
    const auto cut = tryExtract(small, QByteArray("wörd ").repeated(100'000), ExtractFormat::Text);
    ASSERT_TRUE(cut);
    EXPECT_TRUE(cut->isTruncated);
    EXPECT_LE(cut->text.size(), 1000);
    limits.maxInputBytes = 100;
    ExtractWorker tiny(QStringLiteral(VEXFS_TEST_EXTRACT), limits, m_stopping);
    EXPECT_EQ(tryExtract(tiny, test::makePdf({"x"}, "t"), ExtractFormat::Pdf)->outcome,
              ExtractOutcome::Failed);
}

TEST_F(ExtractTest, CrashedChildIsReplacedAndTheFileBlamed)
{
    EXPECT_EQ(extract("before", ExtractFormat::Text).text, "before");
    const int child = m_worker.processId();
    ASSERT_GT(child, 0);
    // Killed while idle: that is no file's fault.
    kill(child, SIGKILL);
    siginfo_t ended{};
    ASSERT_EQ(waitid(P_PID, id_t(child), &ended, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(extract("after", ExtractFormat::Text).text, "after");
    EXPECT_NE(m_worker.processId(), child);
    ExtractWorker crashing(impostor("head -c 1 > /dev/null; kill -SEGV $$"), {}, m_stopping);
    const auto document = tryExtract(crashing, "x", ExtractFormat::Text);
    ASSERT_TRUE(document);
    EXPECT_TRUE(document->reason.contains(QLatin1String("crashed")))
        << qPrintable(document->reason);
}

TEST_F(ExtractTest, HangingAndLyingChildrenAreEnded)
{
    ExtractLimits limits;
    limits.timeoutMs = 300;
    ExtractWorker hanging(impostor("exec sleep 60"), limits, m_stopping);
    QElapsedTimer timer;
    timer.start();
    const auto hung = tryExtract(hanging, "x", ExtractFormat::Text);
    ASSERT_TRUE(hung);
    EXPECT_TRUE(hung->reason.contains(QLatin1String("longer"))) << qPrintable(hung->reason);
    EXPECT_LT(timer.elapsed(), 50'000);
    EXPECT_EQ(hanging.processId(), 0);
    for (const char *lie : {"printf '\\143\\0\\0\\0\\0\\0\\0\\0' >&0",
                            "printf '\\002\\0\\0\\0\\377\\377\\377\\377' >&0",
                            "printf '\\002\\0\\0\\0\\002\\0\\0\\0\\377\\377' >&0",
                            "printf '\\003\\0\\0\\0\\001\\0\\0\\0x' >&0"}) {
        ExtractWorker lying(impostor(QByteArray(lie) + "; sleep 5"), {}, m_stopping);
        const auto document = tryExtract(lying, "x", ExtractFormat::Text);
        ASSERT_TRUE(document) << lie;
        EXPECT_TRUE(document->reason.contains(QLatin1String("nonsense"))) << lie;
    }
}

// The parser makes two nodes of four bytes: seconds, and in the end more memory than there is.
QByteArray makeGreedyHtml()
{
    return QByteArray("<p>x").repeated(12'000'000);
}

// As deep as is allowed, again and again: the parser looks through all that is open each time.
QByteArray makeSlowHtml()
{
    constexpr int kDepth = 4900;
    return (QByteArray("<div>").repeated(kDepth) + QByteArray("</div>").repeated(kDepth))
        .repeated(300);
}

TEST_F(ExtractTest, NoWorkerOutlivesItsLimits)
{
    ExtractLimits limits;
    // More than a start takes on a slow machine, less than the slow file takes on a fast one: here
    // these are some 50 and 11,000 ms.
    limits.timeoutMs = 700;
    ExtractWorker hurried(QStringLiteral(VEXFS_TEST_EXTRACT), limits, m_stopping);
    ASSERT_TRUE(tryExtract(hurried, "quick", ExtractFormat::Text));
    const int child = hurried.processId();
    ASSERT_GT(child, 0);
    const auto slow = tryExtract(hurried, makeSlowHtml(), ExtractFormat::Html);
    ASSERT_TRUE(slow);
    EXPECT_TRUE(slow->isTimedOut) << qPrintable(slow->reason);
    EXPECT_EQ(kill(child, 0), -1) << "the worker is still there";
    EXPECT_EQ(hurried.processId(), 0);
    if (test::isSanitized()) {
        printf("the limit of memory is not tried: sanitizers reserve more for their shadow\n");
        return;
    }
    // Memory ends before time does.
    limits.timeoutMs = 60'000;
    ExtractWorker greedy(QStringLiteral(VEXFS_TEST_EXTRACT), limits, m_stopping);
    const auto large = tryExtract(greedy, makeGreedyHtml(), ExtractFormat::Html);
    ASSERT_TRUE(large);
    EXPECT_EQ(large->outcome, ExtractOutcome::Failed);
    EXPECT_FALSE(large->isTimedOut) << qPrintable(large->reason);
    EXPECT_EQ(tryExtract(greedy, "the next", ExtractFormat::Text)->text, "the next");
}

// The daemon that would end it is gone: it must end by itself.
TEST_F(ExtractTest, WorkerWithoutADaemonEndsByItself)
{
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDIN_FILENO);
        execl(VEXFS_TEST_EXTRACT, "vexfs-extract", nullptr);
        _exit(127);
    }
    QFile file(m_folder.filePath(QStringLiteral("slow")));
    ASSERT_TRUE(file.open(QIODevice::ReadWrite));
    file.write(makeSlowHtml());
    file.flush();
    ExtractRequest request;
    request.format = ExtractFormat::Html;
    request.maxInputBytes = request.maxTextBytes = 64 << 20;
    request.maxSeconds = 1;
    char control[CMSG_SPACE(sizeof(int))] = {};
    iovec piece{&request, sizeof request};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int handle = file.handle();
    memcpy(CMSG_DATA(header), &handle, sizeof handle);
    ASSERT_EQ(sendmsg(ends[0], &message, MSG_NOSIGNAL), ssize_t(sizeof request));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) << status;
    close(ends[0]);
    close(ends[1]);
}

TEST_F(ExtractTest, ProgramThatDoesNotStartIsNoFilesFault)
{
    ExtractWorker none(QStringLiteral("/nonexistent/vexfs-extract"), {}, m_stopping);
    EXPECT_FALSE(tryExtract(none, "x", ExtractFormat::Text));
    m_stopping = true;
    ExtractWorker stopping(impostor("exec sleep 60"), {}, m_stopping);
    const auto document = tryExtract(stopping, "x", ExtractFormat::Text);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, Errc::Cancelled);
}

TEST_F(ExtractTest, PoolDoesEachFileOnce)
{
    ExtractPool pool(QStringLiteral(VEXFS_TEST_EXTRACT), {}, 3);
    std::atomic<int> sum{0};
    pool.run(100, [&](int index, Extractor &) { sum += index; });
    EXPECT_EQ(sum, 4950);
}

TEST_F(ExtractTest, NoFileWaitsForAnotherThatIsSlow)
{
    ExtractLimits limits;
    limits.patienceMs = 200;
    limits.timeoutMs = 1500;
    ExtractPool pool(impostor("exec sleep 60"), limits, 1);
    QFile file(m_folder.filePath(QStringLiteral("document")));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    const int fd = open(QFile::encodeName(file.fileName()).constData(), O_RDONLY | O_CLOEXEC);
    const ExtractJob job{fd, ExtractFormat::Text, "a.txt", {}};
    std::optional<Document> document;
    int asked = 0;
    QElapsedTimer timer;
    timer.start();
    while (!document && timer.elapsed() < 50'000) {
        pool.run(1, [&](int, Extractor &extractor) {
            auto read = pool.extract(extractor, {7, 1}, job);
            ASSERT_TRUE(read);
            document = std::move(*read);
        });
        ++asked;
        usleep(20'000);
    }
    ASSERT_TRUE(document);
    EXPECT_GT(asked, 3) << "a slow file held up the caller";
    EXPECT_TRUE(document->reason.contains(QLatin1String("longer than 1.5 s")))
        << qPrintable(document->reason);
    // Another content is another file.
    pool.run(1, [&](int, Extractor &extractor) {
        EXPECT_EQ(pool.extract(extractor, {7, 2}, job)->has_value(), false);
    });
    close(fd);
}

TEST(FileKind, GoesByNameAndContent)
{
    EXPECT_EQ(fileKind("a/b.md", "# x").format, ExtractFormat::Markdown);
    EXPECT_EQ(fileKind("x.txt", "%PDF-1.4").format, ExtractFormat::Pdf);
    EXPECT_EQ(fileKind("README", "Some text").format, ExtractFormat::Text);
    EXPECT_EQ(fileKind("main.cpp", "int main();").format, ExtractFormat::Code);
    EXPECT_EQ(fileKind("run.sh", "#!/bin/sh").format, ExtractFormat::Code);
    EXPECT_EQ(fileKind("a.rtf", "{\\rtf1").format, ExtractFormat::Rtf);
    EXPECT_EQ(fileKind("a.json", "[1]").format, ExtractFormat::Json);
    EXPECT_EQ(fileKind("a.csv", "a,b").format, ExtractFormat::Table);
    EXPECT_EQ(fileKind("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nx").format,
              ExtractFormat::Subtitles);
    EXPECT_EQ(fileKind("a.eml", "From: x@y\nSubject: z\n\nw").format, ExtractFormat::Mail);
    EXPECT_EQ(fileKind("inbox.mbox", "From x@y Sat Jan 01 00:00:00 2022\n").format,
              ExtractFormat::Mbox);
    EXPECT_EQ(fileKind("a.xlsx", "PK\x03\x04").format, ExtractFormat::Xlsx);
    EXPECT_EQ(fileKind("a.pptx", "PK\x03\x04").format, ExtractFormat::Pptx);
    EXPECT_EQ(fileKind("a.ods", "PK\x03\x04").format, ExtractFormat::Odt);
    EXPECT_EQ(fileKind("a.docx", "PK\x03\x04").format, ExtractFormat::Docx);
    EXPECT_EQ(fileKind("x.png", "\x89PNG\r\n\x1a\n").format, ExtractFormat::Image);
    EXPECT_EQ(fileKind("x.svg", "<svg/>").format, ExtractFormat::None);
    EXPECT_EQ(fileKind("x.mp3", "ID3").format, ExtractFormat::Audio);
    EXPECT_EQ(fileKind("x.m3u", "#EXTM3U").format, ExtractFormat::Text);
    EXPECT_EQ(fileKind("x.mkv", "\x1a\x45\xdf\xa3").format, ExtractFormat::None);
    EXPECT_EQ(fileKind("x.html", "<p>").mimeType, QStringLiteral("text/html"));
}

} // namespace
