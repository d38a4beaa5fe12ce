// SPDX-License-Identifier: Apache-2.0
//
// Goal: who drops files sees what becomes of each, of 20,000 as of one, and can try again what
// failed; pictures and text that are dropped are files like any, and so is what programs in a
// sandbox give by the portal; folders outside of volumes are watched from the same page. Method:
// the model beside a daemon whose answers come when the test says so and a portal on the session of
// window.py, then the page in a window beside the real daemon.
#include "tests/gui/fake_client.h"
#include "tests/gui/window_fixture.h"

#include "gui/models/adding/added_files.h"
#include "gui/models/adding/dropped_content.h"
#include "gui/models/drop_list.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDBusConnection>
#include <QDBusContext>
#include <QDBusError>
#include <QDBusMessage>
#include <QDropEvent>
#include <QListWidget>
#include <QMimeData>
#include <QSignalSpy>

using namespace vexfs;
using namespace vexfs::gui;

namespace {

const QString kPortalBus = QStringLiteral("portal");
constexpr int kMany = 20'000;
constexpr int kPage = 1000;

client::FileState item(int number, const QString &state, const QString &reason = {})
{
    const QString name = QStringLiteral("/%1.txt").arg(number);
    const bool isThere = state == QLatin1String("ready") || state == QLatin1String("duplicate");
    return {QStringLiteral("file:///from") + name, state,
            isThere ? QStringLiteral("file:///v/in/from") + name : QString(), {}, reason};
}

/// Of so many files, the first ones of which are done.
client::JobItemPage page(int begin, int done, int total)
{
    client::JobItemPage out;
    const int end = std::min(begin + kPage, total);
    for (int i = begin; i < end; ++i)
        out.items.append(item(i, i < done ? QStringLiteral("ready") : QStringLiteral("waiting")));
    out.total = quint64(total);
    if (end < total)
        out.next = QString::number(end);
    return out;
}

QString stateOf(const QAbstractItemModel &model, int row)
{
    return model.index(row, AddedFiles::State).data().toString();
}

client::AddOptions wholeFolder()
{
    client::AddOptions options;
    options.uris = QStringList{QStringLiteral("file:///from")};
    options.intoUri = QStringLiteral("file:///v/in");
    return options;
}

} // namespace

/// The part of the desktop's portal that gives files to who shows a key, once each.
class FileTransferPortal : public QObject, protected QDBusContext
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.FileTransfer")

public:
    FileTransferPortal()
        : m_bus(QDBusConnection::connectToBus(QDBusConnection::SessionBus, kPortalBus))
    {
        m_isThere = m_bus.registerObject(QStringLiteral("/org/freedesktop/portal/documents"), this,
                                         QDBusConnection::ExportAllSlots)
            && m_bus.registerService(QStringLiteral("org.freedesktop.portal.Documents"));
    }
    ~FileTransferPortal() override
    {
        m_bus.unregisterService(QStringLiteral("org.freedesktop.portal.Documents"));
        QDBusConnection::disconnectFromBus(kPortalBus);
    }
    bool isThere() const { return m_isThere; }

    QHash<QString, QStringList> files;

public Q_SLOTS:
    QStringList RetrieveFiles(const QString &key, const QVariantMap &options)
    {
        Q_UNUSED(options)
        if (!files.contains(key))
            sendErrorReply(QDBusError::AccessDenied, QStringLiteral("Invalid transfer"));
        return files.take(key);
    }

private:
    QDBusConnection m_bus;
    bool m_isThere = false;
};


class AddingTest : public test::WindowSession
{
    Q_OBJECT

    const QString m_volume = QStringLiteral("/volumes/v");

    /// Answers the oldest question for items that is not answered.
    template <class T> static bool nextQuestion(const std::vector<T> &asked, size_t *seen)
    {
        const bool isThere = QTest::qWaitFor([&] { return asked.size() > *seen; }, 5000);
        *seen += isThere ? 1 : 0;
        return isThere;
    }

    void drop(const QMimeData &data)
    {
        QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton,
                              Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent event(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &event);
    }

    void press(const QString &text)
    {
        auto *button = test::buttonWith<QPushButton>(*m_window, text);
        QVERIFY2(button && button->isEnabled(), qPrintable(text));
        QTest::mouseClick(button, Qt::LeftButton);
    }

    QTreeView *table()
    {
        return test::named<QTreeView>(
            *m_window, QStringLiteral("Files that are added, and how far each is"));
    }

    /// Waits until the state of the file with that name begins so.
    bool comesTo(const QString &name, const QString &state)
    {
        return QTest::qWaitFor(
            [&] {
                const QAbstractItemModel *model = table()->model();
                for (int row = 0; row < model->rowCount(); ++row) {
                    if (model->index(row, AddedFiles::File).data() == name
                        && stateOf(*model, row).startsWith(state))
                        return true;
                }
                return false;
            },
            test::kWaitMs);
    }

private Q_SLOTS:
    void manyFilesAreReadByPagesAndAskedOnlyWhereSomethingGoesOn()
    {
        test::FakeClient daemon;
        daemon.endedJob.state = QStringLiteral("running");
        AddedFiles files(daemon);
        QAbstractItemModelTester tester(&files);
        files.follow(QStringLiteral("/jobs/1"), m_volume, wholeFolder());
        size_t seen = 0;
        for (int begin = 0; begin < kMany; begin += kPage) {
            QVERIFY(nextQuestion(daemon.items, &seen));
            QCOMPARE(daemon.items[seen - 1].mode, begin == 0 ? QString() : QString::number(begin));
            daemon.items[seen - 1].answer(page(begin, 0, kMany));
        }
        QTRY_COMPARE(files.rowCount(), kMany);
        QCOMPARE(stateOf(files, kMany - 1), QStringLiteral("waiting"));
        // 1500 are done: the first page is settled, the second is not, and the rest has not begun.
        const QPersistentModelIndex chosen = files.index(1200, 0);
        for (const int begin : {0, kPage, 2 * kPage}) {
            QVERIFY(nextQuestion(daemon.items, &seen));
            daemon.items[seen - 1].answer(page(begin, 1500, kMany));
        }
        QVERIFY(nextQuestion(daemon.items, &seen));
        QCOMPARE(daemon.items[seen - 1].mode, QString::number(kPage));
        QCOMPARE(chosen.row(), 1200);
        QCOMPARE(stateOf(files, 1499), QStringLiteral("added; waits to be read"));
        QCOMPARE(stateOf(files, 1500), QStringLiteral("waiting"));
        // The index is asked about some of those that are there, and about those that go on again.
        size_t states = 0;
        QVERIFY(nextQuestion(daemon.fileStates, &states));
        QCOMPARE(daemon.fileStates[0].what, m_volume);
        QVERIFY(daemon.fileStates[0].mode.count(u'\n') < kPage);
        QVERIFY(daemon.fileStates[0].mode.startsWith(QStringLiteral("file:///v/in/from/0.txt\n")));
        QCOMPARE(files.rowCount(), kMany);
    }

    void statesFollowOneFileToItsEnd()
    {
        test::FakeClient daemon;
        daemon.endedJob.state = QStringLiteral("succeeded");
        AddedFiles files(daemon);
        QAbstractItemModelTester tester(&files);
        files.follow(QStringLiteral("/jobs/1"), m_volume, wholeFolder());
        size_t asked = 0;
        QVERIFY(nextQuestion(daemon.items, &asked));
        client::JobItemPage all;
        all.items = {item(0, QStringLiteral("ready")), item(1, QStringLiteral("duplicate")),
                     item(2, QStringLiteral("failed"), QStringLiteral("no right")),
                     item(3, QStringLiteral("waiting")), item(4, QStringLiteral("ready"))};
        all.total = 5;
        daemon.items[0].answer(all);
        QTRY_COMPARE(files.rowCount(), 5);
        QVERIFY(!files.isRunning());
        QCOMPARE(stateOf(files, 1), QStringLiteral("duplicate of /v/in/from/1.txt"));
        QCOMPARE(stateOf(files, 2), QStringLiteral("failed: no right"));
        QCOMPARE(stateOf(files, 3), QStringLiteral("not added: the job ended before"));
        size_t states = 0;
        const auto tell = [&](const QList<client::FileState> &rows) {
            QVERIFY(nextQuestion(daemon.fileStates, &states));
            daemon.fileStates[states - 1].answer(rows);
        };
        const auto row = [](const QString &state, const QString &reason = {}) {
            return client::FileState{{}, state, {}, {}, reason};
        };
        tell({row(QStringLiteral("waiting")), row(QStringLiteral("words-ready"))});
        QTRY_COMPARE(stateOf(files, 4), QStringLiteral("found by its words; meaning follows"));
        QCOMPARE(stateOf(files, 0), QStringLiteral("added; waits to be read"));
        tell({row(QStringLiteral("failed"), QStringLiteral("damaged")),
              row(QStringLiteral("ready"))});
        QTRY_COMPARE(stateOf(files, 0), QStringLiteral("failed: damaged"));
        QCOMPARE(stateOf(files, 4), QStringLiteral("ready"));
        QCOMPARE(files.failures(), 2);
        QCOMPARE(files.sentence(),
                 QStringLiteral("On the volume: 3 of 5 · ready: 2 · failed: 2"));
        // Nothing is left to ask.
        QTest::qWait(1000);
        QCOMPARE(daemon.fileStates.size(), states);

        // What did not come goes to where it was to go, and what is there is read again.
        files.retry({0, 1, 2});
        QCOMPARE(daemon.reindexed, QStringList{QStringLiteral("file:///v/in/from/0.txt")});
        QCOMPARE(daemon.added.size(), size_t(1));
        QCOMPARE(daemon.added[0].uris, QStringList{QStringLiteral("file:///from/2.txt")});
        QCOMPARE(daemon.added[0].intoUri, QStringLiteral("file:///v/in/from"));
        QCOMPARE(files.failures(), 0);
        QTRY_VERIFY(files.isRunning());
        QVERIFY(nextQuestion(daemon.items, &asked));
        client::JobItemPage again;
        again.items = {item(2, QStringLiteral("ready"))};
        again.total = 1;
        daemon.items[asked - 1].answer(again);
        QTRY_COMPARE(files.rowCount(), 6);
        QCOMPARE(stateOf(files, 5), QStringLiteral("added; waits to be read"));
    }

    void textBecomesAFileThatTheServiceTakesAway()
    {
        test::FakeClient daemon;
        DropList list(daemon);
        QMimeData text;
        text.setText(QStringLiteral("../Shopping: milk\neggs\n"));
        QVERIFY(DropList::accepts(text));
        QCOMPARE(list.add(text), 1);
        QTRY_COMPARE(list.uris().size(), 1);
        const QString first = QUrl(list.uris()[0]).toLocalFile();
        QCOMPARE(QFileInfo(first).fileName(), QStringLiteral("Shopping milk.txt"));
        QCOMPARE(QFileInfo(first).path(), droppedFolder());
        QCOMPARE(test::bytesOf(first), QByteArray("../Shopping: milk\neggs\n"));
        // The same again is another file.
        QCOMPARE(list.add(text), 1);
        QTRY_COMPARE(list.uris().size(), 2);
        QCOMPARE(QFileInfo(QUrl(list.uris()[1]).toLocalFile()).fileName(),
                 QStringLiteral("Shopping milk (2).txt"));
        QMimeData file;
        file.setData(QStringLiteral("text/uri-list"), "file:///a\r\n");
        QCOMPARE(list.add(file), 1);
        list.start(QStringLiteral("file:///v/Inbox"), true);
        QCOMPARE(daemon.added.size(), size_t(2));
        QCOMPARE(daemon.added[0].uris, QStringList{QStringLiteral("file:///a")});
        QVERIFY(!daemon.added[0].isMove && daemon.added[0].makesInto);
        QCOMPARE(daemon.added[1].uris.size(), 2);
        QVERIFY(daemon.added[1].isMove && daemon.added[1].keepsBoth);
        QTRY_VERIFY(list.isEmpty());
        // What is forgotten leaves nothing behind.
        QMimeData html;
        html.setHtml(QStringLiteral("<h1>Head</h1>"));
        html.setText(QStringLiteral("Head"));
        QCOMPARE(list.add(html), 1);
        QTRY_COMPARE(list.uris().size(), 1);
        const QString second = QUrl(list.uris()[0]).toLocalFile();
        QCOMPARE(QFileInfo(second).fileName(), QStringLiteral("Head.html"));
        list.clear();
        QTRY_VERIFY(!QFile::exists(second));
        QMimeData nothing;
        nothing.setText(QStringLiteral(" \n"));
        QVERIFY(!DropList::accepts(nothing));
        for (const QString &each : {first, QFileInfo(first).path() + u'/'
                                               + QStringLiteral("Shopping milk (2).txt")})
            QVERIFY(QFile::remove(each));
    }

    void aPictureBecomesAFile()
    {
        test::FakeClient daemon;
        DropList list(daemon);
        QImage picture(40, 30, QImage::Format_RGB32);
        picture.fill(Qt::darkGreen);
        QMimeData data;
        data.setImageData(picture);
        data.setHtml(QStringLiteral("<img src=\"https://example.org/heron.png\">"));
        QVERIFY(DropList::accepts(data));
        QCOMPARE(list.add(data), 1);
        QTRY_COMPARE(list.uris().size(), 1);
        const QString path = QUrl(list.uris()[0]).toLocalFile();
        QVERIFY(QFileInfo(path).fileName().startsWith(QStringLiteral("picture ")));
        const QImage kept(path, "PNG");
        QCOMPARE(kept.size(), picture.size());
        QCOMPARE(kept.pixelColor(5, 5), QColor(Qt::darkGreen));
        list.clear();
        QTRY_VERIFY(!QFile::exists(path));
        // Programs give a picture of text that was copied beside it.
        data.setText(QStringLiteral("Herons, counted"));
        QCOMPARE(list.add(data), 1);
        QTRY_COMPARE(list.uris().size(), 1);
        QVERIFY(list.uris()[0].endsWith(QStringLiteral(".html")));
        list.clear();
    }

    void filesOfASandboxComeByThePortal()
    {
        FileTransferPortal portal;
        QVERIFY(portal.isThere());
        portal.files.insert(QStringLiteral("key 1"), {QStringLiteral("/run/doc/a b.txt"),
                                                      QStringLiteral("/run/doc/c.txt")});
        test::FakeClient daemon;
        DropList list(daemon);
        QSignalSpy failed(&list, &DropList::failed);
        QMimeData data;
        data.setData(QStringLiteral("application/vnd.portal.filetransfer"),
                     QByteArray("key 1\0", 6));
        data.setData(QStringLiteral("text/uri-list"), "file:///only/there\r\n");
        QVERIFY(DropList::accepts(data));
        QCOMPARE(list.add(data), 1);
        const QStringList given{QStringLiteral("file:///run/doc/a%20b.txt"),
                                QStringLiteral("file:///run/doc/c.txt")};
        QTRY_COMPARE(list.uris(), given);
        // A key is good once; what came beside it is tried then.
        QCOMPARE(list.add(data), 1);
        QTRY_COMPARE(list.uris(), given + QStringList{QStringLiteral("file:///only/there")});
        QCOMPARE(failed.size(), 0);
        QMimeData bare;
        bare.setData(QStringLiteral("application/vnd.portal.filetransfer"), "key 2");
        QCOMPARE(list.add(bare), 1);
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(failed[0][0].toString().contains(QStringLiteral("Invalid transfer")));
        QCOMPARE(list.uris().size(), 3);
    }

    void thePageStaysAndTellsOfEachFile()
    {
        const QByteArray folder = qgetenv("VEXFS_TEST_FOLDER") + "/to-add";
        QVERIFY(QDir().mkpath(QFile::decodeName(folder)));
        QVERIFY(test::write(folder + "/heron.txt", "The heronword stands in the reeds.\n"));
        QVERIFY(test::write(folder + "/bad.docx", "PK\3\4 this is no document"));
        QVERIFY(QDir().mkpath(QFile::decodeName(m_root + "/Inbox/to-add")));
        QVERIFY(test::write(m_root + "/Inbox/to-add/taken.txt", "another"));
        QVERIFY(test::write(folder + "/taken.txt", "mine"));
        QMimeData files;
        files.setUrls({QUrl::fromLocalFile(QFile::decodeName(folder))});
        drop(files);
        auto *mode = test::named<QComboBox>(*m_window, QStringLiteral("Copy or move"));
        QVERIFY(mode);
        mode->setFocus();
        QTest::keyClick(mode, Qt::Key_Down);
        QCOMPARE(mode->currentText(), QStringLiteral("move"));
        press(QStringLiteral("Start"));
        QVERIFY(comesTo(QStringLiteral("heron.txt"), QStringLiteral("ready")));
        QCOMPARE(m_window->page(), MainWindow::Add);
        QVERIFY(comesTo(QStringLiteral("taken.txt"), QStringLiteral("failed: ")));
        QVERIFY(!QFile::exists(QFile::decodeName(folder + "/heron.txt")));
        QVERIFY(QFile::exists(QFile::decodeName(m_root + "/Inbox/to-add/heron.txt")));
        QCOMPARE(test::bytesOf(QFile::decodeName(folder + "/taken.txt")), QByteArray("mine"));

        // Only what failed, and once what was in the way is gone, once more.
        auto *only = test::buttonWith<QCheckBox>(*m_window, QStringLiteral("Only what failed (1)"));
        if (!only)
            only = test::buttonWith<QCheckBox>(*m_window, QStringLiteral("Only what failed (2)"));
        QVERIFY(only);
        QTest::keyClick(only, Qt::Key_Space);
        for (int row = 0; row < table()->model()->rowCount(); ++row)
            QVERIFY(stateOf(*table()->model(), row).startsWith(QStringLiteral("failed")));
        QVERIFY(table()->model()->rowCount() > 0);
        QTest::keyClick(only, Qt::Key_Space);
        QVERIFY(QFile::remove(QFile::decodeName(m_root + "/Inbox/to-add/taken.txt")));
        press(QStringLiteral("Retry"));
        QVERIFY(comesTo(QStringLiteral("taken.txt"), QStringLiteral("ready")));
        QCOMPARE(test::bytesOf(QFile::decodeName(m_root + "/Inbox/to-add/taken.txt")),
                 QByteArray("mine"));
        QVERIFY(!QFile::exists(QFile::decodeName(folder + "/taken.txt")));
    }

    void pastedTextIsFound()
    {
        auto *data = new QMimeData;
        data->setText(QStringLiteral("Notes on ospreys\nThe ospreyword hovers over the lake.\n"));
        QApplication::clipboard()->setMimeData(data);
        m_window->showPage(MainWindow::Add);
        auto *mode = test::named<QComboBox>(*m_window, QStringLiteral("Copy or move"));
        mode->setFocus();
        QTest::keyClick(mode, Qt::Key_V, Qt::ControlModifier);
        auto *list = test::named<QListView>(*m_window, QStringLiteral("Files and folders to add"));
        QTRY_COMPARE(list->model()->rowCount(), 1);
        press(QStringLiteral("Start"));
        QVERIFY(comesTo(QStringLiteral("Notes on ospreys.txt"), QStringLiteral("ready")));
        QVERIFY(QDir(droppedFolder()).isEmpty());
        QVERIFY(find(QStringLiteral("ospreyword")));
    }

    void foldersAreWatchedAndNoLonger()
    {
        const QByteArray folder = qgetenv("VEXFS_TEST_FOLDER") + "/watched";
        QVERIFY(QDir().mkpath(QFile::decodeName(folder)));
        QVERIFY(test::write(folder + "/a.txt", "The avocetword.\n"));
        m_window->showPage(MainWindow::Add);
        auto *field = test::named<QLineEdit>(*m_window, QStringLiteral("Folder to watch"));
        auto *list = test::named<QListWidget>(*m_window, QStringLiteral("Watched folders"));
        QVERIFY(field && list);
        QTest::keyClicks(field, QStringLiteral("not/whole"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(test::message(*m_window).contains(QStringLiteral("its whole path is needed")));
        field->clear();
        QTest::keyClicks(field, QFile::decodeName(folder));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(list->count(), 1, test::kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(list->item(0)->text().endsWith(QStringLiteral("files: 1")),
                                 test::kWaitMs);
        QVERIFY(find(QStringLiteral("avocetword")));
        m_window->showPage(MainWindow::Add);
        list->setFocus();
        QTest::keyClick(list, Qt::Key_Space);
        list->setCurrentRow(0);
        press(QStringLiteral("No Longer Watch"));
        QTRY_COMPARE_WITH_TIMEOUT(list->count(), 0, test::kWaitMs);
        QVERIFY(QFile::exists(QFile::decodeName(folder + "/a.txt")));
        press(QStringLiteral("Watch It Again"));
        QTRY_COMPARE_WITH_TIMEOUT(list->count(), 1, test::kWaitMs);
    }
};

int main(int argc, char **argv)
{
    return test::runWindowTest<AddingTest>(argc, argv);
}

#include "adding_test.moc"
