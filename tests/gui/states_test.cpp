// SPDX-License-Identifier: Apache-2.0
//
// Goal: what goes wrong around the window is said in it, and harms nothing: files that are gone,
// names of any bytes, a volume whose driver hangs, drops that are huge or make no sense, a damaged
// volume, a daemon that dies and is replaced. Method: the window on the session that window.py
// made; processes of that session are stopped and killed.
#include "gui/models/choosing/file_chooser.h"
#include "tests/gui/window_fixture.h"

#include <QCheckBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProcess>
#include <QTabWidget>

#include <atomic>
#include <thread>

#include <unistd.h>

using namespace vexfs;
using namespace vexfs::gui;
using namespace vexfs::test;

namespace {

constexpr int kManyFiles = 20'000;
constexpr int kManyMs = 200'000;
/// When a test that waits for a stopped driver is let go on, to fail.
constexpr int kLetGoMs = 15'000;

/// A driver that is stopped until this goes; hasLetGo() when something waited for it.
class StoppedDriver
{
public:
    explicit StoppedDriver(qint64 pid) : m_pid(pid_t(pid))
    {
        kill(m_pid, SIGSTOP);
        m_watch = std::thread([this] {
            for (int ms = 0; ms < kLetGoMs && !m_isOver; ms += 20)
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            m_hasLetGo = !m_isOver;
            kill(m_pid, SIGCONT);
        });
    }
    ~StoppedDriver()
    {
        m_isOver = true;
        m_watch.join();
    }
    bool hasLetGo() const { return m_hasLetGo; }

private:
    pid_t m_pid;
    std::atomic<bool> m_isOver = false;
    std::atomic<bool> m_hasLetGo = false;
    std::thread m_watch;
};

} // namespace

class StatesTest : public WindowSession
{
    Q_OBJECT

private Q_SLOTS:
    void cleanupTestCase()
    {
        if (m_daemon.state() != QProcess::NotRunning) {
            m_daemon.kill();
            m_daemon.waitForFinished();
        }
    }

    void aHitThatIsGoneIsSaid()
    {
        OpenedUrls opened;
        const QByteArray path = m_root + "/soon-gone.txt";
        QVERIFY(write(path, "The kittiwake nests on this ledge.\n"));
        QListView *list = find(QStringLiteral("kittiwake"));
        QVERIFY(list);
        QCOMPARE(unlink(path.constData()), 0);
        QTest::keyClick(list, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("soon-gone.txt is gone")), kWaitMs);
        QVERIFY(opened.encoded.isEmpty());
        // Its folder is there still.
        QTest::keyClick(list, Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(opened.encoded.size(), 1, kWaitMs);
        QCOMPARE(opened.encoded[0], base::uriFromPath(m_root).toUtf8());
    }

    void namesOfAnyBytes_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QString>("word");
        QTest::newRow("line break") << QByteArray("two\nlines.txt") << QStringLiteral("whimbrel");
        QTest::newRow("right to left") << QByteArray("קובץ\xe2\x80\xae" "fdp.txt")
                                       << QStringLiteral("dunlin");
        QTest::newRow("no UTF-8") << QByteArray("caf\xe9\xff.txt") << QStringLiteral("sanderling");
        QTest::newRow("markup") << QByteArray("<b>bold & %20.txt") << QStringLiteral("turnstone");
    }
    void namesOfAnyBytes()
    {
        QFETCH(QByteArray, name);
        QFETCH(QString, word);
        OpenedUrls opened;
        const QByteArray path = m_root + '/' + name;
        const QByteArray uri = base::uriFromPath(path).toUtf8();
        QVERIFY(write(path, "A " + word.toUtf8() + " was seen.\n"));
        QListView *list = find(word);
        QVERIFY(list);
        QTest::keyClick(list, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(opened.encoded.size(), 1, kWaitMs);
        QCOMPARE(opened.encoded[0], uri);
        // What turns the direction of the line, or breaks it, is shown as a mark.
        auto *title = named<QLabel>(*m_window, QStringLiteral("Title of the selected file"));
        QVERIFY(!title->text().contains(u'\n') && !title->text().contains(QChar(0x202e)));
        QVERIFY(title->textFormat() == Qt::PlainText);
        // Its versions; and again by Enter in the field, which names that very file.
        QTest::keyClick(list, Qt::Key_H, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(m_window->page(), MainWindow::History);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 1, kWaitMs);
        auto *field
            = named<QLineEdit>(*m_window, QStringLiteral("File whose versions are shown"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 1, kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(table->isVisible(), kWaitMs);
        auto *newer = named<QPlainTextEdit>(*m_window, QStringLiteral("The newer version"));
        QTRY_VERIFY_WITH_TIMEOUT(newer->isVisible() && newer->toPlainText().contains(word),
                                 kWaitMs);
        QCOMPARE(unlink(path.constData()), 0);
    }

    void theLoopTurnsWhileTheDriverHangs()
    {
        OpenedUrls opened;
        m_window->showHistory(base::uriFromPath(QFile::encodeName(m_path)));
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 3, kWaitMs);
        table->setFocus();
        int turns = 0;
        QTimer ticking;
        connect(&ticking, &QTimer::timeout, this, [&turns] { ++turns; });
        ticking.start(10);
        {
            const qint64 pid = driverPid();
            QVERIFY(pid > 0);
            // What the daemon read of it lies in the kernel's caches and would be found there.
            QFile caches(QStringLiteral("/proc/sys/vm/drop_caches"));
            if (caches.open(QIODevice::WriteOnly)) // root's right
                caches.write("3");
            caches.close();
            const StoppedDriver stopped(pid);
            // The oldest version: nobody looked at it yet, so that no cache answers for the driver.
            QTest::keyClick(table, Qt::Key_End);
            QTest::keyClick(table, Qt::Key_Return);
            QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("does not answer")), kWaitMs);
            QVERIFY(says(*m_window, QStringLiteral("Reading both versions")));
            // Every page, and what is asked on it.
            for (int page = 0; page < MainWindow::Pages; ++page) {
                m_window->showPage(MainWindow::Page(page));
                QTest::qWait(150);
            }
            auto *field = named<QLineEdit>(*m_window, QStringLiteral("Search"));
            field->setFocus();
            QTest::keyClicks(field, QStringLiteral(" letter"));
            m_window->grab();
            const int before = turns;
            QTest::qWait(300);
            QVERIFY(turns > before);
            QVERIFY(opened.encoded.isEmpty());
            QVERIFY2(!stopped.hasLetGo(), "the window waited for the driver");
        }
        // What was asked for is opened when the volume answers.
        QTRY_COMPARE_WITH_TIMEOUT(opened.encoded.size(), 1, kWaitMs);
    }

    void theFileDialogHangsAlone()
    {
        FileChooser::setProgram(qEnvironmentVariable("VEXFS_BIN")
                                + QStringLiteral("/vexfs-manager"));
        m_window->showPage(MainWindow::History);
        const qint64 pid = driverPid();
        QVERIFY(pid > 0);
        int turns = 0;
        QTimer ticking;
        connect(&ticking, &QTimer::timeout, this, [&turns] { ++turns; });
        ticking.start(10);
        {
            const StoppedDriver stopped(pid);
            QTest::mouseClick(
                buttonWith<QPushButton>(*m_window, QStringLiteral("Choose a File…")),
                Qt::LeftButton);
            auto *stop = buttonWith<QPushButton>(*m_window, QStringLiteral("Stop Choosing"));
            QVERIFY(stop);
            // It begins in the volume, and may wait there, whatever this window does meanwhile.
            QTRY_VERIFY_WITH_TIMEOUT(dialogPid() > 0, kWaitMs);
            m_window->grab();
            const int before = turns;
            QTRY_VERIFY_WITH_TIMEOUT(turns > before + 5, kWaitMs);
            QVERIFY(dialogPid() > 0);
            QTest::mouseClick(stop, Qt::LeftButton);
            QVERIFY(buttonWith<QPushButton>(*m_window, QStringLiteral("Choose a File…")));
            QVERIFY2(!stopped.hasLetGo(), "the window waited for the driver");
        }
        QTRY_VERIFY_WITH_TIMEOUT(dialogPid() < 0, kWaitMs);
    }

    void whatTheFileDialogSaysIsTaken()
    {
        const QByteArray uri = base::uriFromPath(QFile::encodeName(m_path)).toUtf8();
        setDialog("echo '" + uri + "'; echo file:///etc/caf%E9\n");
        m_window->showPage(MainWindow::Add);
        QTest::mouseClick(buttonWith<QPushButton>(*m_window, QStringLiteral("Choose Files…")),
                          Qt::LeftButton);
        auto *list = named<QListView>(*m_window, QStringLiteral("Files and folders to add"));
        QTRY_COMPARE_WITH_TIMEOUT(list->model()->rowCount(), 2, kWaitMs);
        QCOMPARE(list->model()->index(1, 0).data(Qt::ToolTipRole).toString(),
                 QStringLiteral("file:///etc/caf%E9"));
        QTest::mouseClick(buttonWith<QPushButton>(*m_window, QStringLiteral("Forget Them")),
                          Qt::LeftButton);
        m_window->showPage(MainWindow::History);
        const auto choose = [this] {
            QTest::mouseClick(
                buttonWith<QPushButton>(*m_window, QStringLiteral("Choose a File…")),
                Qt::LeftButton);
        };
        choose();
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 3, kWaitMs);
        // Nothing was chosen: nothing is another. It crashed, or is not there: that is said.
        setDialog("exit 0\n");
        choose();
        QTRY_VERIFY_WITH_TIMEOUT(
            buttonWith<QPushButton>(*m_window, QStringLiteral("Choose a File…")), kWaitMs);
        QVERIFY(message(*m_window).isEmpty());
        QCOMPARE(table->model()->rowCount(), 3);
        setDialog("kill -9 $$\n");
        choose();
        QTRY_VERIFY_WITH_TIMEOUT(message(*m_window).contains(QStringLiteral("dialog ended")),
                                 kWaitMs);
        FileChooser::setProgram(QStringLiteral("/nonexistent/dialog"));
        m_window->showHistory(QString::fromUtf8(uri));
        QTRY_VERIFY_WITH_TIMEOUT(message(*m_window).isEmpty(), kWaitMs);
        choose();
        QTRY_VERIFY_WITH_TIMEOUT(message(*m_window).contains(QStringLiteral("dialog ended")),
                                 kWaitMs);
    }

    void whatIsNotAllowedIsLockedBeforeTheClick()
    {
        m_client->permitted = base::Permissions{
            {base::Action::VolumeMount, base::Permission::No},
            {base::Action::VolumeManage, base::Permission::Auth},
            {base::Action::MaintainRepair, base::Permission::Yes},
            {base::Action::SnapshotCreate, base::Permission::Auth},
            {base::Action::SnapshotDelete, base::Permission::No},
            {base::Action::SnapshotRestoreOwn, base::Permission::No},
            {base::Action::Schedule, base::Permission::No},
            {base::Action::Statistics, base::Permission::No}};
        openWindow();
        m_window->showPage(MainWindow::Volumes);
        auto *mount = named<QPushButton>(*m_window, QStringLiteral("Unmount Documents"));
        QVERIFY(mount);
        QTRY_VERIFY_WITH_TIMEOUT(!mount->isEnabled(), kWaitMs);
        // The user role: the reason is one of this machine.
        QVERIFY(mount->toolTip().contains(QStringLiteral("fusermount3")));
        QCOMPARE(mount->accessibleDescription(), mount->toolTip());
        QVERIFY(!mount->icon().isNull());
        auto *make = buttonWith<QPushButton>(*m_window, QStringLiteral("Make a Volume…"));
        QVERIFY(make->isEnabled());
        QVERIFY(make->toolTip().contains(QStringLiteral("password will be asked")));
        auto *care = named<QToolButton>(*m_window, QStringLiteral("Care for Documents"));
        QVERIFY(care->menu()->toolTipsVisible());
        const auto item = [care](const QString &text) -> QAction & {
            const QList<QAction *> items = care->menu()->actions();
            return **std::find_if(items.begin(), items.end(), [&](const QAction *each) {
                return each->text().remove(u'&').startsWith(text);
            });
        };
        QVERIFY(item(QStringLiteral("Grow")).isEnabled());
        QVERIFY(item(QStringLiteral("Grow")).toolTip().contains(QStringLiteral("password")));
        QCOMPARE(item(QStringLiteral("Check and Repair")).toolTip(),
                 QStringLiteral("Unmount it first"));
        // Nobody said anything of it: the daemon is to say what it thinks.
        QVERIFY(item(QStringLiteral("Scrub")).isEnabled());
        auto *tabs = m_window->findChild<QTabWidget *>();
        QVERIFY(!tabs->isTabEnabled(1) && !tabs->tabToolTip(1).isEmpty());
        m_window->showPage(MainWindow::Snapshots);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Snapshots, newest first"));
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 2, kWaitMs);
        table->setCurrentIndex(table->model()->index(0, 0));
        auto *remove = buttonWith<QPushButton>(*m_window, QStringLiteral("Delete…"));
        QVERIFY(!remove->isEnabled());
        QVERIFY(remove->toolTip().contains(QStringLiteral("no right")));
        QVERIFY(buttonWith<QPushButton>(*m_window, QStringLiteral("Browse"))->isEnabled());
        QVERIFY(!buttonWith<QCheckBox>(*m_window, QStringLiteral("By schedule"))->isEnabled());
    }

    void aDaemonThatMayNotMountIsToldBeforeTheClick()
    {
        killDaemon();
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->service().isAvailable(), kWaitMs);
        // Alone: its programs lie beside it, or in PATH.
        const QString alone = qEnvironmentVariable("VEXFS_TEST_FOLDER") + QStringLiteral("/vexfsd");
        QVERIFY(QFile::copy(ownDaemon(), alone));
        startDaemon(alone, QStringLiteral("/nonexistent"));
        m_window->showPage(MainWindow::Volumes);
        QPushButton *mount = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(
            (mount = named<QPushButton>(*m_window, QStringLiteral("Mount Broken"))), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(!mount->isEnabled(), kWaitMs);
        QVERIFY(mount->toolTip().contains(QStringLiteral("fusermount3")));
        auto *make = buttonWith<QPushButton>(*m_window, QStringLiteral("Make a Volume…"));
        QVERIFY(!make->isEnabled() && make->toolTip().contains(QStringLiteral("mkfs.vexfs")));
        killDaemon();
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->service().isAvailable(), kWaitMs);
        startDaemon();
        QTRY_VERIFY_WITH_TIMEOUT(
            (mount = named<QPushButton>(*m_window, QStringLiteral("Mount Broken"))), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(mount->isEnabled() && mount->toolTip().isEmpty(), kWaitMs);
    }

    void aDriverThatEndsIsSaidAndTheVolumeMountedAgain()
    {
        m_window->showPage(MainWindow::Volumes);
        const qint64 pid = driverPid();
        QVERIFY(pid > 0);
        QCOMPARE(kill(pid_t(pid), SIGKILL), 0);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("Its driver ended by itself")),
                                 kWaitMs);
        auto *mount = named<QPushButton>(*m_window, QStringLiteral("Mount Documents"));
        QVERIFY(mount);
        QTest::mouseClick(mount, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(
            named<QPushButton>(*m_window, QStringLiteral("Unmount Documents")), kWaitMs);
        QVERIFY(!says(*m_window, QStringLiteral("Its driver ended by itself")));
    }

    void aFolderIsNotAddedToItself()
    {
        const QStringList before = QDir(QFile::decodeName(m_root)).entryList();
        drop({base::uriFromPath(m_root)});
        QCOMPARE(m_window->page(), MainWindow::Add);
        QTest::mouseClick(buttonWith<QPushButton>(*m_window, QStringLiteral("Start")),
                          Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("cannot be added to itself")),
                                 kWaitMs);
        QCOMPARE(m_window->page(), MainWindow::Add);
        QCOMPARE(QDir(QFile::decodeName(m_root)).entryList(), before);
        // Still listed, so that another folder can be chosen for it; or nothing.
        QTest::mouseClick(buttonWith<QPushButton>(*m_window, QStringLiteral("Forget Them")),
                          Qt::LeftButton);
        QVERIFY(!buttonWith<QPushButton>(*m_window, QStringLiteral("Start"))->isEnabled());
    }

    void aDropWithoutFilesIsNotTaken()
    {
        QMimeData other;
        other.setData(QStringLiteral("application/x-of-nobody"), "neither a file nor text");
        QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &other, Qt::LeftButton,
                              Qt::NoModifier);
        enter.setAccepted(false);
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(!enter.isAccepted());
    }

    void aDamagedVolumeIsSaidAndTheOthersGoOn()
    {
        const QByteArray image = qgetenv("VEXFS_TEST_DAMAGED_IMAGE");
        QVERIFY(!image.isEmpty());
        m_window->showPage(MainWindow::Volumes);
        auto *mount = named<QPushButton>(*m_window, QStringLiteral("Mount Broken"));
        QVERIFY(mount);
        QTest::mouseClick(mount, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("Broken"))
                                     && !message(*m_window).isEmpty(),
                                 kWaitMs);
        qInfo("mount: %s", qPrintable(message(*m_window)));
        QVERIFY(named<QPushButton>(*m_window, QStringLiteral("Mount Broken")));
        for (auto *close : m_window->findChildren<QToolButton *>()) {
            if (close->isVisible()
                && close->accessibleName() == QLatin1String("Close this message"))
                QTest::mouseClick(close, Qt::LeftButton);
        }
        QVERIFY(message(*m_window).isEmpty());
        auto *care = named<QToolButton>(*m_window, QStringLiteral("Care for Broken"));
        QVERIFY(chooseInMenu(care, QStringLiteral("Check")));
        QTRY_VERIFY_WITH_TIMEOUT(message(*m_window).contains(QStringLiteral("Broken.vexfs"))
                                     || message(*m_window).contains(QStringLiteral("is damaged")),
                                 kWaitMs);
        qInfo("check: %s", qPrintable(message(*m_window)));
        QVERIFY(find(QStringLiteral("insurance")));
    }

    void theDaemonIsReplacedWhileAPageIsBusy_data()
    {
        QTest::addColumn<int>("page");
        for (int page = 0; page < MainWindow::Pages; ++page)
            QTest::addRow("page %d", page) << page;
    }
    void theDaemonIsReplacedWhileAPageIsBusy()
    {
        QFETCH(int, page);
        const QString object = m_window->service().currentVolume();
        m_window->showPage(MainWindow::Page(page));
        makeBusy(MainWindow::Page(page));
        killDaemon();
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->service().isAvailable(), kWaitMs);
        // What was begun on the page Add is shown on Activity.
        const int shown = m_window->page();
        QVERIFY(shown == page || page == MainWindow::Add);
        QVERIFY(says(*m_window, QStringLiteral("The VexFS service does not answer")));
        QTest::qWait(100);
        startDaemon();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->service().isAvailable(), kWaitMs);
        QVERIFY(!says(*m_window, QStringLiteral("The VexFS service does not answer")));
        QCOMPARE(int(m_window->page()), shown);
        // And it works again: the volume is there, and what is asked is answered.
        const auto isMounted = [this, object] {
            const client::VolumeInfo *volume = m_window->service().volume(object);
            return volume && volume->isMounted();
        };
        QTRY_VERIFY_WITH_TIMEOUT(isMounted(), kWaitMs);
        QVERIFY(find(QStringLiteral("insurance")));
    }

    /// The last one: the index has work for a while after it.
    void aDropOf20000FilesIsAdded()
    {
        const QByteArray folder = qgetenv("VEXFS_TEST_FOLDER") + "/many";
        QVERIFY(QDir().mkdir(QFile::decodeName(folder)));
        QStringList uris;
        for (int i = 0; i < kManyFiles; ++i) {
            const QByteArray path = folder + "/file-" + QByteArray::number(i) + ".txt";
            QVERIFY(write(path, QByteArray::number(i)));
            uris.append(base::uriFromPath(path));
        }
        int turns = 0;
        QTimer ticking;
        connect(&ticking, &QTimer::timeout, this, [&turns] { ++turns; });
        ticking.start(10);
        drop(uris);
        auto *list = named<QListView>(*m_window, QStringLiteral("Files and folders to add"));
        QCOMPARE(list->model()->rowCount(), kManyFiles);
        named<QLineEdit>(*m_window, QStringLiteral("Folder on the volume"))->clear();
        QTest::mouseClick(buttonWith<QPushButton>(*m_window, QStringLiteral("Start")),
                          Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(list->model()->rowCount(), 0, kWaitMs);
        QCOMPARE(m_window->page(), MainWindow::Add);
        const auto job = [this] {
            client::JobInfo found;
            for (const client::JobInfo &each : m_window->service().jobs()) {
                if (each.kind == QLatin1String("ingest") && each.id > found.id)
                    found = each;
            }
            return found;
        };
        QTRY_VERIFY_WITH_TIMEOUT(job().isFinished(), kManyMs);
        QCOMPARE(job().state, QStringLiteral("succeeded"));
        QCOMPARE(job().result.value(QStringLiteral("added")).toInt(), kManyFiles);
        const QStringList there
            = QDir(QFile::decodeName(m_root)).entryList({QStringLiteral("file-*.txt")});
        QCOMPARE(there.size(), kManyFiles);
        auto *table = named<QTreeView>(
            *m_window, QStringLiteral("Files that are added, and how far each is"));
        QCOMPARE(table->model()->rowCount(), kManyFiles);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("On the volume: %1 of %1")
                                                     .arg(QLocale().toString(kManyFiles))),
                                 kWaitMs);
        QVERIFY(turns > 0);
    }

private:
    void drop(const QStringList &uris)
    {
        QMimeData files;
        files.setData(QStringLiteral("text/uri-list"), uris.join(QStringLiteral("\r\n")).toUtf8());
        QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &files, Qt::LeftButton,
                              Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent event(QPoint(50, 50), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &event);
    }

    /// Of the dialog that this process has started; -1 for none.
    static qint64 dialogPid()
    {
        for (const QString &pid : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
            const QList<QByteArray> words
                = bytesOf(QStringLiteral("/proc/%1/cmdline").arg(pid)).split('\0');
            const QByteArray stat = bytesOf(QStringLiteral("/proc/%1/stat").arg(pid));
            const QByteArray parent = stat.mid(stat.lastIndexOf(')') + 2).split(' ').value(1);
            if (words.contains("--choose")
                && parent.toLongLong() == QCoreApplication::applicationPid())
                return pid.toLongLong();
        }
        return -1;
    }
    void makeBusy(MainWindow::Page page)
    {
        const auto press = [this](const QString &text) {
            auto *button = buttonWith<QPushButton>(*m_window, text);
            QVERIFY2(button, qPrintable(text));
            QTest::mouseClick(button, Qt::LeftButton);
        };
        switch (page) {
        case MainWindow::Search:
            m_window->setQuery(QStringLiteral("insurance"));
            m_window->searchModel().askNow();
            break;
        case MainWindow::History:
            m_window->showHistory(base::uriFromPath(QFile::encodeName(m_path)));
            break;
        case MainWindow::Snapshots: {
            auto *table = named<QTreeView>(*m_window, QStringLiteral("Snapshots, newest first"));
            QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 2, kWaitMs);
            table->selectAll();
            table->setCurrentIndex(table->model()->index(0, 0));
            QTest::qWait(130);
            break;
        }
        case MainWindow::Map:
            QTRY_VERIFY_WITH_TIMEOUT(
                m_window->mapModel().state() == MapModel::State::Missing, kWaitMs);
            press(QStringLiteral("Lay It Out"));
            break;
        case MainWindow::Add:
            drop({base::uriFromPath(QFile::encodeName(m_path))});
            press(QStringLiteral("Start"));
            m_window->showPage(MainWindow::Add);
            break;
        case MainWindow::Activity:
        case MainWindow::Volumes: {
            auto *care = named<QToolButton>(*m_window, QStringLiteral("Care for Documents"));
            QVERIFY(care);
            chooseInMenu(care, QStringLiteral("Scrub"));
            break;
        }
        case MainWindow::Pages:
            break;
        }
    }

    void killDaemon()
    {
        if (m_daemon.state() == QProcess::NotRunning) {
            QCOMPARE(kill(pid_t(qEnvironmentVariableIntValue("VEXFS_TEST_DAEMON")), SIGKILL), 0);
            return;
        }
        m_daemon.kill();
        QVERIFY(m_daemon.waitForFinished());
    }
    static QString ownDaemon()
    {
        return qEnvironmentVariable("VEXFS_BIN") + QStringLiteral("/vexfsd");
    }
    void startDaemon(const QString &program = ownDaemon(),
                     const QString &path = qEnvironmentVariable("PATH"))
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("PATH"), path);
        m_daemon.setProcessEnvironment(environment);
        const QString log = qEnvironmentVariable("VEXFS_TEST_LOG");
        m_daemon.setProcessChannelMode(QProcess::MergedChannels);
        m_daemon.setStandardOutputFile(log, QIODevice::Append);
        m_daemon.start(program, {QStringLiteral("--user")});
        QVERIFY(m_daemon.waitForStarted());
    }

    QProcess m_daemon; ///< the one that took over
};

int main(int argc, char **argv)
{
    return runWindowTest<StatesTest>(argc, argv);
}
#include "states_test.moc"
