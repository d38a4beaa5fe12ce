// SPDX-License-Identifier: Apache-2.0
//
// Goal: what a page can do to snapshots, versions and volumes is done by the real daemon when keys
// and buttons ask for it. Method: the window on the session that window.py made; after each action
// the files, the snapshots or the volume are looked at, not what the window says of them alone.
#include "gui/widgets/map_canvas.h"
#include "tests/gui/window_fixture.h"

#include <QClipboard>
#include <QComboBox>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProcess>
#include <QSettings>
#include <QTabWidget>
#include <QTemporaryDir>

using namespace vexfs;
using namespace vexfs::gui;
using namespace vexfs::test;

namespace {

/// Presses a message box's button.
std::function<void(QWidget *)> pressing(QMessageBox::StandardButton button)
{
    return [button](QWidget *dialog) {
        auto *box = qobject_cast<QMessageBox *>(dialog);
        if (box)
            QTest::mouseClick(box->button(button), Qt::LeftButton);
        else
            dialog->close();
    };
}

} // namespace

class ActionsTest : public WindowSession
{
    Q_OBJECT

private Q_SLOTS:
    void aSnapshotIsRenamedByF2()
    {
        select({QStringLiteral("before-clean-up")});
        DialogAnswer answer(typing(QStringLiteral("spring")));
        QTest::keyClick(m_window.get(), Qt::Key_F2);
        QVERIFY(answer.wasAsked());
        QTRY_VERIFY_WITH_TIMEOUT(names().contains(QStringLiteral("spring")), kWaitMs);
        QVERIFY(!names().contains(QStringLiteral("before-clean-up")));
        select({QStringLiteral("spring")});
        DialogAnswer back(typing(QStringLiteral("before-clean-up")));
        QTest::keyClick(m_window.get(), Qt::Key_F2);
        QTRY_VERIFY_WITH_TIMEOUT(names().contains(QStringLiteral("before-clean-up")), kWaitMs);
    }

    void whatOnlyOneSnapshotHasIsCounted()
    {
        // Its garden plan is neither the one before nor the one of now.
        select({QStringLiteral("monday")});
        QTRY_VERIFY_WITH_TIMEOUT(
            says(*m_window, QStringLiteral("exist only in it: 1"))
                && says(*m_window, QStringLiteral("Deleting it frees")),
            kWaitMs);
        const QString volume = m_window->service().current()->object;
        const auto taken = m_client->createSnapshot(volume, QStringLiteral("same-as-now"), {});
        QTRY_VERIFY_WITH_TIMEOUT(taken.isFinished() && taken.result(), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(names().contains(QStringLiteral("same-as-now")), kWaitMs);
        select({QStringLiteral("same-as-now")});
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("exist only in it: 0")),
                                 kWaitMs);
        // What the question says before anything is lost.
        QString question;
        DialogAnswer answer([&question](QWidget *dialog) {
            question = qobject_cast<QMessageBox *>(dialog)->text();
            dialog->close();
        });
        QTest::mouseClick(button(QStringLiteral("Delete…")), Qt::LeftButton);
        QVERIFY2(question.contains(QStringLiteral("same-as-now"))
                     && question.contains(QStringLiteral("exist only in it: 0")),
                 qPrintable(question));
        QVERIFY(names().contains(QStringLiteral("same-as-now")));
        m_client->deleteSnapshots(volume, {QStringLiteral("same-as-now")});
        QTRY_VERIFY_WITH_TIMEOUT(!names().contains(QStringLiteral("same-as-now")), kWaitMs);
    }

    void aNameThatIsTakenIsRefusedAndSaid()
    {
        select({QStringLiteral("monday")});
        DialogAnswer answer(typing(QStringLiteral("before-clean-up")));
        QTest::keyClick(m_window.get(), Qt::Key_F2);
        QVERIFY(answer.wasAsked());
        QTRY_VERIFY_WITH_TIMEOUT(!message(*m_window).isEmpty(), kWaitMs);
        qInfo("%s", qPrintable(message(*m_window)));
        QVERIFY(names().contains(QStringLiteral("monday")));
    }

    void aLockedSnapshotIsNotDeletedAndAnUnlockedOneIs()
    {
        DialogAnswer name(typing(QStringLiteral("tuesday")));
        m_window->showPage(MainWindow::Snapshots);
        QTest::mouseClick(button(QStringLiteral("Take One Now…")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(names().contains(QStringLiteral("tuesday")), kWaitMs);
        select({QStringLiteral("tuesday")});
        QVERIFY(chooseInMenu(more(), QStringLiteral("Lock")));
        QTRY_VERIFY_WITH_TIMEOUT(isLocked(QStringLiteral("tuesday")), kWaitMs);
        select({QStringLiteral("tuesday")});
        DialogAnswer yes(pressing(QMessageBox::Yes));
        QTest::mouseClick(button(QStringLiteral("Delete…")), Qt::LeftButton);
        QVERIFY(yes.wasAsked());
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("locked")), kWaitMs);
        QVERIFY(names().contains(QStringLiteral("tuesday")));
        select({QStringLiteral("tuesday")});
        QVERIFY(chooseInMenu(more(), QStringLiteral("Unlock")));
        QTRY_VERIFY_WITH_TIMEOUT(!isLocked(QStringLiteral("tuesday")), kWaitMs);
        select({QStringLiteral("tuesday")});
        DialogAnswer no(pressing(QMessageBox::Cancel));
        QTest::mouseClick(button(QStringLiteral("Delete…")), Qt::LeftButton);
        QVERIFY(no.wasAsked());
        QTest::qWait(300);
        QVERIFY(names().contains(QStringLiteral("tuesday")));
        DialogAnswer again(pressing(QMessageBox::Yes));
        QTest::mouseClick(button(QStringLiteral("Delete…")), Qt::LeftButton);
        QVERIFY(again.wasAsked());
        QTRY_VERIFY_WITH_TIMEOUT(!names().contains(QStringLiteral("tuesday")), kWaitMs);
    }

    void whoMissesAFileIsToldWhy()
    {
        setDialog("echo " + base::uriFromPath(QFile::encodeName(m_path)).toUtf8() + "\n");
        const auto ask = [this](const QString &query) {
            m_window->setQuery(query);
            m_window->searchModel().askNow();
            QToolButton *why = nullptr;
            QTRY_VERIFY_WITH_TIMEOUT(
                (why = buttonWith<QToolButton>(*m_window,
                                               QStringLiteral("Why isn't my file here?"))),
                kWaitMs);
            QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().isWhole(), kWaitMs);
            QTest::mouseClick(why, Qt::LeftButton);
        };
        ask(QStringLiteral("allotment garden"));
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("garden-plan.md is found: ")),
                                 kWaitMs);
        ask(QStringLiteral("allotment type:pdf"));
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("by a condition")), kWaitMs);
        setDialog("echo file:///etc/hostname\n");
        ask(QStringLiteral("allotment"));
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("hostname is on no volume")),
                                 kWaitMs);
        setDialog("echo file:///nonexistent; exit 1\n");
        ask(QStringLiteral("allotment"));
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("dialog ended")), kWaitMs);
    }

    void whatWasSearchedIsOfferedAgain()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("window.ini"));
        const QString query = QStringLiteral("rent & heating");
        const auto again = [&query](QWidget &window) { return named<QPushButton>(window, query); };
        {
            MainWindow window(*m_client, file);
            window.show();
            QTRY_VERIFY_WITH_TIMEOUT(window.service().isAvailable(), kWaitMs);
            auto *field = named<QLineEdit>(window, QStringLiteral("Search"));
            field->setText(QStringLiteral("half typ"));
            field->setText(query);
            QTest::keyClick(field, Qt::Key_Return);
            field->clear();
            QTRY_VERIFY_WITH_TIMEOUT(again(window) && again(window)->isVisible(), kWaitMs);
            QVERIFY(!named<QPushButton>(window, QStringLiteral("half typ")));
        }
        MainWindow window(*m_client, file);
        window.show();
        QTRY_VERIFY_WITH_TIMEOUT(window.service().isAvailable(), kWaitMs);
        auto *field = named<QLineEdit>(window, QStringLiteral("Search"));
        QTRY_VERIFY_WITH_TIMEOUT(again(window) && again(window)->isVisible(), kWaitMs);
        QTest::mouseClick(again(window), Qt::LeftButton);
        QCOMPARE(field->text(), query);
        field->clear();
        auto *forget = named<QPushButton>(window, QStringLiteral("Forget these"));
        QTRY_VERIFY_WITH_TIMEOUT(forget && forget->isVisible(), kWaitMs);
        QTest::mouseClick(forget, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!again(window), kWaitMs);
        QVERIFY(QSettings(file, QSettings::IniFormat)
                    .value(QStringLiteral("recent")).toStringList().isEmpty());
    }

    void whatOnlyASnapshotHasIsFoundWhenAskedFor()
    {
        const QByteArray path = m_root + "/soon-old.txt";
        QVERIFY(write(path, "The phalarope spins on the water.\n"));
        QVERIFY(find(QStringLiteral("phalarope")));
        const auto taken = m_client->createSnapshot(m_window->service().current()->object,
                                                    QStringLiteral("with-phalarope"), {});
        QTRY_VERIFY_WITH_TIMEOUT(taken.isFinished() && taken.result(), kWaitMs);
        QCOMPARE(unlink(path.constData()), 0);
        SearchModel &model = m_window->searchModel();
        m_window->setQuery(QStringLiteral("\"phalarope\""));
        QTRY_VERIFY_WITH_TIMEOUT((model.askNow(), QTest::qWait(200), model.isWhole())
                                     && model.rowCount() == 0,
                                 kWaitMs);
        auto *past = buttonWith<QPushButton>(*m_window, QStringLiteral("Search Old Versions, Too"));
        QVERIFY(past);
        QTest::mouseClick(past, Qt::LeftButton);
        QVERIFY(buttonWith<QToolButton>(*m_window, QStringLiteral("Old versions, too"))
                    ->isChecked());
        QTRY_VERIFY_WITH_TIMEOUT((model.askNow(), QTest::qWait(200), model.rowCount() > 0),
                                 kWaitMs);
        QVERIFY(!model.hit(model.index(0))->snapshot.isEmpty());
    }

    void whatAJobCouldNotDoIsListed()
    {
        const QByteArray folder = qgetenv("VEXFS_TEST_FOLDER") + "/with-a-pipe";
        QCOMPARE(mkdir(folder.constData(), 0755), 0);
        QVERIFY(write(folder + "/a.txt", "A file.\n"));
        QCOMPARE(mkfifo((folder + "/pipe").constData(), 0600), 0);
        client::AddOptions options;
        options.uris = {base::uriFromPath(folder)};
        options.intoUri = base::uriFromPath(m_root);
        m_client->addUris(options);
        m_window->showPage(MainWindow::Activity);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Jobs, newest first"));
        auto *list
            = named<QListWidget>(*m_window, QStringLiteral("What went wrong in the selected job"));
        QVERIFY(table && list && !list->isVisible());
        const auto problems = [table] {
            return table->model()->index(0, JobModel::Problems).data().toString();
        };
        QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringLiteral("1"), kWaitMs);
        click(table, 0, Qt::NoModifier);
        QTRY_VERIFY_WITH_TIMEOUT(list->isVisible() && list->count() == 1, kWaitMs);
        QVERIFY2(list->item(0)->text().startsWith(QStringLiteral("pipe: ")),
                 qPrintable(list->item(0)->text()));
        OpenedUrls opened;
        list->setCurrentRow(0);
        QTest::keyClick(list, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(opened.encoded.size(), 1, kWaitMs);
        QCOMPARE(opened.encoded[0], base::uriFromPath(folder).toUtf8());
    }

    void whatIsChosenStaysChosenWhenAnotherSnapshotComes()
    {
        select({QStringLiteral("before-clean-up"), QStringLiteral("monday")});
        const QString another = QStringLiteral("taken-by-somebody");
        const QString volume = m_window->service().current()->object;
        m_client->createSnapshot(volume, another, {});
        QTRY_VERIFY_WITH_TIMEOUT(names().contains(another), kWaitMs);
        QStringList chosen;
        for (const QModelIndex &each : snapshots()->selectionModel()->selectedRows())
            chosen.append(each.data().toString());
        chosen.sort();
        QCOMPARE(chosen,
                 QStringList({QStringLiteral("before-clean-up"), QStringLiteral("monday")}));
    }

    void twoSnapshotsAreCompared()
    {
        select({QStringLiteral("before-clean-up"), QStringLiteral("monday")});
        auto *tree = named<QTreeView>(*m_window, QStringLiteral("Files that differ"));
        const auto leaf = [tree] {
            QModelIndex index = tree->model()->index(0, 0);
            while (tree->model()->hasChildren(index))
                index = tree->model()->index(0, 0, index);
            return index.data().toString();
        };
        QTRY_COMPARE_WITH_TIMEOUT(leaf(), QStringLiteral("garden-plan.md"), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("Deleting them together frees")),
                                 kWaitMs);
        // Of two there is nothing that could be meant by bringing back.
        QVERIFY(!button(QStringLiteral("Restore Beside"))->isEnabled());
    }

    void aFileIsRestoredBesideWhatIsThere()
    {
        const QByteArray now = bytesOf(m_path);
        const QDir folder(QFileInfo(m_path).path());
        const QStringList before = folder.entryList(QDir::Files);
        select({QStringLiteral("before-clean-up")});
        auto *against = m_window->findChild<QComboBox *>();
        for (QComboBox *each : m_window->findChildren<QComboBox *>()) {
            if (each->accessibleName() == QLatin1String("What the snapshot is compared with"))
                against = each;
        }
        against->setFocus();
        QTest::keyClick(against, Qt::Key_Down);
        auto *tree = named<QTreeView>(*m_window, QStringLiteral("Files that differ"));
        QModelIndex leaf;
        QTRY_VERIFY_WITH_TIMEOUT(
            (leaf = rowNamed(tree->model(), QStringLiteral("garden-plan.md"))).isValid(), kWaitMs);
        tree->setCurrentIndex(leaf);
        QTest::mouseClick(button(QStringLiteral("Restore Beside")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(folder.entryList(QDir::Files).size(), before.size() + 1, kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("Brought back: 1")), kWaitMs);
        QCOMPARE(bytesOf(m_path), now);
        for (const QString &name : folder.entryList(QDir::Files)) {
            if (before.contains(name))
                continue;
            QVERIFY(!bytesOf(folder.filePath(name)).contains("changed"));
            QVERIFY(QFile::remove(folder.filePath(name)));
        }
    }

    void twoVersionsAreComparedAndTheOldestPutBeside()
    {
        m_window->showHistory(base::uriFromPath(QFile::encodeName(m_path)));
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 3, kWaitMs);
        click(table, 0, Qt::NoModifier);
        click(table, 2, Qt::ControlModifier);
        auto *older = named<QPlainTextEdit>(*m_window, QStringLiteral("The older version"));
        auto *newer = named<QPlainTextEdit>(*m_window, QStringLiteral("The newer version"));
        QTRY_VERIFY_WITH_TIMEOUT(newer->isVisible()
                                     && newer->toPlainText().count(
                                            QStringLiteral("A line that came later.")) == 2
                                     && !older->toPlainText().contains(
                                         QStringLiteral("A line that came later.")),
                                 kWaitMs);
        QVERIFY(!button(QStringLiteral("Restore Beside"))->isEnabled());
        const QDir folder(QFileInfo(m_path).path());
        const QStringList before = folder.entryList(QDir::Files);
        const int versions = table->model()->rowCount();
        click(table, versions - 1, Qt::NoModifier);
        QTest::mouseClick(button(QStringLiteral("Restore Beside")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(folder.entryList(QDir::Files).size(), before.size() + 1, kWaitMs);
        for (const QString &name : folder.entryList(QDir::Files)) {
            if (!before.contains(name))
                QVERIFY(QFile::remove(folder.filePath(name)));
        }
    }

    void whatIsChosenOnTheMapIsCopiedAndOpened()
    {
        OpenedUrls opened;
        m_window->showPage(MainWindow::Map);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->mapModel().state() == MapModel::State::Missing, kWaitMs);
        QTest::mouseClick(button(QStringLiteral("Lay It Out")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->mapModel().state() == MapModel::State::Ready, kWaitMs);
        auto *canvas = m_window->findChild<MapCanvas *>();
        QVERIFY(canvas && canvas->pointCount() > 20);
        // A rectangle over everything.
        QTest::mousePress(canvas, Qt::LeftButton, Qt::ShiftModifier, QPoint(2, 2));
        QTest::mouseMove(canvas, canvas->rect().center());
        QTest::mouseMove(canvas, canvas->rect().bottomRight() - QPoint(2, 2));
        QTest::mouseRelease(canvas, Qt::LeftButton, Qt::ShiftModifier,
                            canvas->rect().bottomRight() - QPoint(2, 2));
        const auto chosen = m_window->mapModel().chosen();
        QCOMPARE(chosen, qsizetype(canvas->pointCount()));
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Files on the map"));
        QPushButton *copy = button(QStringLiteral("Copy"));
        QTRY_VERIFY_WITH_TIMEOUT(copy->isEnabled(), kWaitMs);
        QVERIFY(!button(QStringLiteral("Open"))->isEnabled()); // too many
        QVERIFY(!button(QStringLiteral("Similar"))->isEnabled());
        QTest::mouseClick(copy, Qt::LeftButton);
        const QMimeData *data = QApplication::clipboard()->mimeData();
        QCOMPARE(data->urls().size(), chosen);
        QCOMPARE(data->text().count(u'\n') + 1, chosen);
        // The list of all of them, with names of the columns.
        QTemporaryDir folder;
        const QString list = folder.filePath(QStringLiteral("list.csv"));
        setDialog("echo '" + base::uriFromPath(QFile::encodeName(list)).toUtf8() + "'\n");
        QTest::mouseClick(button(QStringLiteral("Save List…")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(message(*m_window).contains(QStringLiteral("Saved: ")), kWaitMs);
        QCOMPARE(bytesOf(list).count("\r\n"), chosen + 1);
        click(table, 0, Qt::NoModifier);
        click(table, 1, Qt::ControlModifier);
        QTest::mouseClick(button(QStringLiteral("Open")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(opened.encoded.size(), 2, kWaitMs);
        QVERIFY(opened.encoded[0] != opened.encoded[1]);
        click(table, 2, Qt::NoModifier);
        QVERIFY(button(QStringLiteral("Similar"))->isEnabled());
        QTest::mouseClick(button(QStringLiteral("Similar")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(m_window->page(), MainWindow::Search, kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().rowCount() > 0, kWaitMs);
    }

    void everythingIsRolledBackAndWhatWasThereIsKept()
    {
        const QByteArray now = bytesOf(m_path);
        select({QStringLiteral("monday")});
        DialogAnswer no(pressing(QMessageBox::Cancel));
        chooseInMenu(more(), QStringLiteral("Roll Back"));
        QVERIFY(no.wasAsked());
        QTest::qWait(300);
        QCOMPARE(bytesOf(m_path), now);
        DialogAnswer yes(pressing(QMessageBox::Yes));
        chooseInMenu(more(), QStringLiteral("Roll Back"));
        QVERIFY(yes.wasAsked());
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("Everything is as it was")),
                                 kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(bytesOf(m_path) != now, kWaitMs);
        // Once in monday; twice before.
        QCOMPARE(bytesOf(m_path).count("A line that came later."), 1);
        const QString kept = message(*m_window).section(u' ', -1).chopped(1);
        const QString root = QUrl(m_window->service().current()->mountUris[0]).toLocalFile();
        const QString inSnapshot = root + QStringLiteral("/.vexfs/snapshots/") + kept
            + m_path.mid(root.size());
        QCOMPARE(bytesOf(inSnapshot), now);
    }

    void aVolumeIsNotMadeOverAFile()
    {
        m_window->showPage(MainWindow::Volumes);
        const QByteArray before = bytesOf(m_path);
        DialogAnswer answer([this](QWidget *dialog) {
            auto *path = named<QLineEdit>(*dialog, QStringLiteral("Image file"));
            QPushButton *make = buttonWith<QPushButton>(*dialog, QStringLiteral("Make and Mount"));
            path->setText(m_path);
            QTRY_VERIFY_WITH_TIMEOUT(says(*dialog, QStringLiteral("is there already")), kWaitMs);
            QVERIFY(!make->isEnabled());
            path->setText(QStringLiteral("/nowhere/new.vexfs"));
            QTRY_VERIFY_WITH_TIMEOUT(says(*dialog, QStringLiteral("no folder /nowhere")), kWaitMs);
            QVERIFY(!make->isEnabled());
            path->setText(QStringLiteral("new.vexfs"));
            QVERIFY(says(*dialog, QStringLiteral("whole path")) && !make->isEnabled());
            path->setText(m_path + QStringLiteral(".new"));
            QTRY_VERIFY_WITH_TIMEOUT(make->isEnabled(), kWaitMs);
            dialog->close();
        });
        QTest::mouseClick(button(QStringLiteral("Make a Volume…")), Qt::LeftButton);
        QVERIFY(answer.wasAsked());
        QCOMPARE(bytesOf(m_path), before);
    }

    void aVolumeIsRenamedAndGrown()
    {
        m_window->showPage(MainWindow::Volumes);
        const QString object = m_window->service().currentVolume();
        const auto volume = [&] { return m_window->service().volume(object); };
        const quint64 before = volume()->sizeBytes;
        DialogAnswer name(typing(QStringLiteral("Papers")));
        QVERIFY(chooseInMenu(care(QStringLiteral("Documents")), QStringLiteral("Rename")));
        QVERIFY(name.wasAsked());
        QTRY_COMPARE_WITH_TIMEOUT(volume()->label, QStringLiteral("Papers"), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(care(QStringLiteral("Papers")), kWaitMs);
        DialogAnswer size(typing(QStringLiteral("5")));
        QVERIFY(chooseInMenu(care(QStringLiteral("Papers")), QStringLiteral("Grow")));
        QVERIFY(size.wasAsked());
        QTRY_COMPARE_WITH_TIMEOUT(volume()->sizeBytes, quint64(5) << 30, kWaitMs);
        QVERIFY(volume()->sizeBytes > before);
        DialogAnswer back(typing(QStringLiteral("Documents")));
        QVERIFY(chooseInMenu(care(QStringLiteral("Papers")), QStringLiteral("Rename")));
        QTRY_COMPARE_WITH_TIMEOUT(volume()->label, QStringLiteral("Documents"), kWaitMs);
    }

    void aVolumeIsRepairedWhileItIsNotMounted()
    {
        m_window->showPage(MainWindow::Volumes);
        const QString object = m_window->service().currentVolume();
        const auto volume = [&] { return m_window->service().volume(object); };
        QVERIFY(!chooseInMenu(care(QStringLiteral("Documents")), QStringLiteral("Check and")));
        QTest::mouseClick(named<QPushButton>(*m_window, QStringLiteral("Unmount Documents")),
                          Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!volume()->isMounted(), kWaitMs);
        // Once: the macro asks again what was true.
        bool isChosen = false;
        const auto choose = [&] {
            return chooseInMenu(care(QStringLiteral("Documents")), QStringLiteral("Check and"));
        };
        QTRY_VERIFY_WITH_TIMEOUT(isChosen = isChosen || choose(), kWaitMs);
        QTRY_VERIFY2_WITH_TIMEOUT(says(*m_window, QStringLiteral("as it should be")),
                                  qPrintable(message(*m_window)), kWaitMs);
        QPushButton *mount = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(
            (mount = named<QPushButton>(*m_window, QStringLiteral("Mount Documents"))), kWaitMs);
        QTest::mouseClick(mount, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(volume()->isMounted(), kWaitMs);
    }

    void aSecondStartTellsTheFirst()
    {
        client::WindowName name;
        QVERIFY(name.take());
        connect(&name, &client::WindowName::wished, m_window.get(), &MainWindow::fulfil);
        const auto run = [](const QString &program, const QStringList &words) {
            QProcess process;
            process.start(program, words);
            // The first one has to answer meanwhile.
            const bool hasEnded = QTest::qWaitFor(
                [&] { return process.state() == QProcess::NotRunning; }, kWaitMs);
            return hasEnded ? process.exitCode() : -1;
        };
        const QString manager
            = qEnvironmentVariable("VEXFS_BIN") + QStringLiteral("/vexfs-manager");
        m_window->showPage(MainWindow::Volumes);
        QCOMPARE(run(manager, {QStringLiteral("insurance"), QStringLiteral("letter")}), 0);
        QCOMPARE(m_window->page(), MainWindow::Search);
        QCOMPARE(named<QLineEdit>(*m_window, QStringLiteral("Search"))->text(),
                 QStringLiteral("insurance letter"));
        QCOMPARE(run(manager, {QStringLiteral("--page"), QStringLiteral("snapshots")}), 0);
        QCOMPARE(m_window->page(), MainWindow::Snapshots);
        const auto call = [&](const QStringList &arguments) {
            QStringList words{QStringLiteral("--user"),          QStringLiteral("call"),
                              QStringLiteral("org.vexfs.VexFS"), QStringLiteral("/org/vexfs/VexFS"),
                              QStringLiteral("org.freedesktop.Application")};
            return run(QStringLiteral("busctl"), words + arguments);
        };
        const QString uri = base::uriFromPath(QFile::encodeName(m_path));
        QCOMPARE(call({QStringLiteral("Open"), QStringLiteral("asa{sv}"), QStringLiteral("1"), uri,
                       QStringLiteral("0")}),
                 0);
        QCOMPARE(m_window->page(), MainWindow::History);
        QCOMPARE(call({QStringLiteral("ActivateAction"), QStringLiteral("sava{sv}"),
                       QStringLiteral("activity"), QStringLiteral("0"), QStringLiteral("0")}),
                 0);
        QCOMPARE(m_window->page(), MainWindow::Activity);
        m_window->hide();
        QCOMPARE(call({QStringLiteral("Activate"), QStringLiteral("a{sv}"), QStringLiteral("0")}),
                 0);
        QVERIFY(m_window->isVisible());
        QCOMPARE(m_window->page(), MainWindow::Activity);
    }

private:
    QPushButton *button(const QString &text) { return buttonWith<QPushButton>(*m_window, text); }
    QToolButton *more()
    {
        return named<QToolButton>(*m_window,
                                  QStringLiteral("More to do with the selected snapshot"));
    }
    QToolButton *care(const QString &volume)
    {
        return named<QToolButton>(*m_window, QStringLiteral("Care for %1").arg(volume));
    }

    QTreeView *snapshots()
    {
        return named<QTreeView>(*m_window, QStringLiteral("Snapshots, newest first"));
    }
    QStringList names()
    {
        QStringList out;
        for (int row = 0; row < snapshots()->model()->rowCount(); ++row)
            out.append(snapshots()->model()->index(row, 0).data().toString());
        return out;
    }
    bool isLocked(const QString &name)
    {
        const int row = int(names().indexOf(name));
        for (int column = 0; row >= 0 && column < snapshots()->model()->columnCount(); ++column) {
            if (snapshots()->model()->index(row, column).data().toString().contains(
                    QStringLiteral("ocked")))
                return true;
        }
        return false;
    }

    void click(QTreeView *table, int row, Qt::KeyboardModifiers keys)
    {
        const QRect place = table->visualRect(table->model()->index(row, 0));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, keys, place.center());
    }
    void select(const QStringList &wanted)
    {
        m_window->showPage(MainWindow::Snapshots);
        // No window manager gives it back what a dialog took; keys go to the active window.
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        QTRY_VERIFY_WITH_TIMEOUT(names().contains(wanted[0]), kWaitMs);
        for (int i = 0; i < wanted.size(); ++i)
            click(snapshots(), int(names().indexOf(wanted[i])),
                  i == 0 ? Qt::NoModifier : Qt::ControlModifier);
        QCOMPARE(snapshots()->selectionModel()->selectedRows().size(), wanted.size());
    }

    static QModelIndex rowNamed(const QAbstractItemModel *model, const QString &name,
                            const QModelIndex &parent = {})
    {
        for (int row = 0; row < model->rowCount(parent); ++row) {
            const QModelIndex index = model->index(row, 0, parent);
            if (index.data().toString() == name)
                return index;
            const QModelIndex below = rowNamed(model, name, index);
            if (below.isValid())
                return below;
        }
        return {};
    }

};

int main(int argc, char **argv)
{
    return runWindowTest<ActionsTest>(argc, argv);
}
#include "actions_test.moc"
