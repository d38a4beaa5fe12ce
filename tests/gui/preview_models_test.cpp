// SPDX-License-Identifier: Apache-2.0
//
// Goal: the preview says what a file is, whatever it is, and what is like it; only the file that
// was selected last counts. Method: files in a folder, a daemon whose answers the test gives.
#include "common/base/file_uri.h"
#include "gui/models/preview/file_preview.h"
#include "tests/gui/fake_client.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace vexfs;
using namespace vexfs::gui;

class PreviewModelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aTextIsShownAsItBegins()
    {
        const QByteArray path = write("long.txt", QByteArray("ä").repeated(20'000));
        const FileLook look = lookNow(base::uriFromPath(path));
        QCOMPARE(look.state, FileLook::State::There);
        QCOMPARE(look.type, QStringLiteral("text/plain"));
        QCOMPARE(look.sizeBytes, 40'000u);
        QVERIFY(look.mtimeUs > 0);
        QVERIFY(look.isCut && look.text.size() > 1000);
        // No character is cut in two at the end of what was read.
        QCOMPARE(look.text, QString(look.text.size(), QChar(0xe4)));
        const FileLook odd = lookNow(base::uriFromPath(write("caf\xe9.txt", "caf\xe9, odd")));
        QCOMPARE(odd.text, QStringLiteral("café, odd"));
        QVERIFY(!odd.isCut);
        // QTemporaryDir cannot name it.
        QCOMPARE(::unlink((QFile::encodeName(m_folder.path()) + "/caf\xe9.txt").constData()), 0);
    }

    void aPictureIsMadeSmall()
    {
        QImage image(2000, 1000, QImage::Format_RGB32);
        image.fill(Qt::red);
        const QString path = m_folder.filePath(QStringLiteral("wide.png"));
        QVERIFY(image.save(path));
        const FileLook look = lookNow(base::uriFromPath(QFile::encodeName(path)));
        QCOMPARE(look.type, QStringLiteral("image/png"));
        QCOMPARE(look.picture.size(), QSize(640, 320));
        // What only says that it is one is no reason to fail.
        const FileLook broken = lookNow(base::uriFromPath(write("broken.png", "\x89PNG no more")));
        QCOMPARE(broken.state, FileLook::State::There);
        QVERIFY(broken.picture.isNull() && broken.text.isEmpty());
    }

    void whatCannotBeReadSaysWhy()
    {
        const QByteArray folder = QFile::encodeName(m_folder.path());
        QCOMPARE(lookNow(base::uriFromPath(folder + "/none")).state, FileLook::State::Gone);
        QCOMPARE(lookNow(QStringLiteral("http://nowhere/")).state, FileLook::State::Gone);
        const FileLook whole = lookNow(base::uriFromPath(folder));
        QVERIFY(whole.isFolder && whole.state == FileLook::State::There);
        QCOMPARE(::symlink("loop", (folder + "/loop").constData()), 0);
        const FileLook loop = lookNow(base::uriFromPath(folder + "/loop"));
        QCOMPARE(loop.state, FileLook::State::Unreadable);
        QVERIFY(!loop.problem.isEmpty());
        // Nobody writes into it: who reads from it waits for ever.
        QCOMPARE(::mkfifo((folder + "/pipe").constData(), 0600), 0);
        const FileLook pipe = lookNow(base::uriFromPath(folder + "/pipe"));
        QVERIFY(pipe.state == FileLook::State::There && pipe.type.isEmpty());
    }

    void onlyTheLastFileIsLookedAtAndWhatIsLikeIt()
    {
        test::FakeClient daemon;
        FilePreview preview(daemon);
        preview.setWanted(true);
        preview.setFile(file("one.txt", "1"));
        const SelectedFile two = file("two.txt", "22");
        preview.setFile(two);
        QCOMPARE(preview.state(), FilePreview::State::Reading);
        QTRY_COMPARE(preview.state(), FilePreview::State::Ready);
        QCOMPARE(preview.look().text, QStringLiteral("22"));
        QTRY_COMPARE(daemon.searches.size(), size_t(1));
        QCOMPARE(daemon.lastSearch.similarUri, two.uri);
        client::SearchReply reply;
        for (const char *name : {"a", "two.txt", "b", "c", "d", "e", "f"}) {
            client::SearchHit hit;
            hit.uri = QLatin1String(name) == QLatin1String("two.txt")
                ? two.uri
                : QStringLiteral("file:///v/") + QLatin1String(name);
            reply.hits.append(hit);
        }
        daemon.searches[0].answer(reply);
        QTRY_COMPARE(preview.relatedState(), FilePreview::Related::Known);
        QCOMPARE(preview.related().size(), FilePreview::kRelatedMost);
        for (const client::SearchHit &hit : preview.related())
            QVERIFY(hit.uri != two.uri);
        // Another passage of the same file is no reason to ask again.
        SelectedFile again = two;
        again.passage = QStringLiteral("another");
        preview.setFile(again);
        QCOMPARE(preview.state(), FilePreview::State::Ready);
        QCOMPARE(preview.file().passage, again.passage);
        QCOMPARE(preview.related().size(), FilePreview::kRelatedMost);
    }

    void anAnswerForAnotherFileIsDropped()
    {
        test::FakeClient daemon;
        FilePreview preview(daemon);
        preview.setWanted(true);
        preview.setFile(file("one.txt", "1"));
        QTRY_COMPARE(daemon.searches.size(), size_t(1));
        preview.setFile(file("two.txt", "2"));
        client::SearchReply reply;
        reply.hits.append(client::SearchHit{});
        daemon.searches[0].answer(reply);
        QTRY_COMPARE(daemon.searches.size(), size_t(2));
        QCOMPARE(preview.relatedState(), FilePreview::Related::Asked);
        daemon.searches[1].answer(base::fail(base::Errc::NotFound, QStringLiteral("not indexed")));
        QTRY_COMPARE(preview.relatedState(), FilePreview::Related::Failed);
        QVERIFY(preview.related().isEmpty());
    }

    void nobodyIsAskedForWhatIsNotSeenOrIsNoLiveFile()
    {
        test::FakeClient daemon;
        FilePreview preview(daemon);
        preview.setFile(file("one.txt", "1"));
        QTest::qWait(150);
        QCOMPARE(preview.state(), FilePreview::State::Reading);
        preview.setWanted(true);
        QTRY_COMPARE(preview.state(), FilePreview::State::Ready);
        QTRY_COMPARE(daemon.searches.size(), size_t(1));
        SelectedFile past = file("past.txt", "old");
        past.snapshot = QStringLiteral("monday");
        preview.setFile(past);
        QTRY_COMPARE(preview.state(), FilePreview::State::Ready);
        SelectedFile folder;
        folder.uri = base::uriFromPath(QFile::encodeName(m_folder.path()));
        QCOMPARE(preview.relatedState(), FilePreview::Related::None);
        preview.setFile(folder);
        QTRY_COMPARE(preview.state(), FilePreview::State::Ready);
        QCOMPARE(preview.relatedState(), FilePreview::Related::None);
        preview.setFile({});
        QCOMPARE(preview.state(), FilePreview::State::None);
        QTest::qWait(400);
        QCOMPARE(daemon.searches.size(), size_t(1));
    }

    void whatChangedIsReadAgain()
    {
        test::FakeClient daemon;
        FilePreview preview(daemon);
        preview.setWanted(true);
        const SelectedFile one = file("one.txt", "before");
        preview.setFile(one);
        QTRY_COMPARE(preview.look().text, QStringLiteral("before"));
        write("one.txt", "after");
        preview.reload();
        QTRY_COMPARE(preview.look().text, QStringLiteral("after"));
        QVERIFY(QFile::remove(m_folder.filePath(QStringLiteral("one.txt"))));
        preview.reload();
        QTRY_COMPARE(preview.state(), FilePreview::State::Ready);
        QCOMPARE(preview.look().state, FileLook::State::Gone);
    }

private:
    QByteArray write(const QByteArray &name, const QByteArray &bytes)
    {
        const QByteArray path = QFile::encodeName(m_folder.path()) + '/' + name;
        FILE *stream = fopen(path.constData(), "wb");
        if (!stream)
            qFatal("cannot write %s", path.constData());
        fwrite(bytes.constData(), 1, size_t(bytes.size()), stream);
        fclose(stream);
        return path;
    }
    SelectedFile file(const QByteArray &name, const QByteArray &bytes)
    {
        SelectedFile out;
        out.uri = base::uriFromPath(write(name, bytes));
        return out;
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(PreviewModelsTest)
#include "preview_models_test.moc"
