// SPDX-License-Identifier: Apache-2.0
//
// Goal: one preview for all pages that have files; it follows what is selected there, and says what
// it cannot show. Method: the window on the session that window.py made.
#include "gui/views/preview_panel.h"
#include "tests/gui/window_fixture.h"

#include <QListWidget>
#include <QTemporaryDir>

using namespace vexfs;
using namespace vexfs::gui;
using namespace vexfs::test;

class PreviewTest : public WindowSession
{
    Q_OBJECT

private Q_SLOTS:
    void itFollowsWhatIsFoundAndShowsWhatIsLikeIt()
    {
        QVERIFY(find(QStringLiteral("insurance")));
        QTRY_VERIFY_WITH_TIMEOUT(title()->isVisible() && !title()->text().isEmpty(), kWaitMs);
        const QString first = title()->text();
        auto *related = named<QListWidget>(*m_window, QStringLiteral("Also related"));
        QTRY_VERIFY_WITH_TIMEOUT(related->isVisible() && related->count() > 0, kWaitMs);
        QVERIFY(related->count() <= FilePreview::kRelatedMost);
        for (int row = 0; row < related->count(); ++row)
            QVERIFY(related->item(row)->text() != first);
        // By keys alone: it is shown instead, and Back leads to what is selected.
        const QString other = related->item(0)->text();
        related->setFocus();
        related->setCurrentRow(0);
        QTest::keyClick(related, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(title()->text(), other, kWaitMs);
        auto *back
            = buttonWith<QToolButton>(*m_window, QStringLiteral("Back to the Selected File"));
        QVERIFY(back);
        back->click();
        QCOMPARE(title()->text(), first);
        QVERIFY(!back->isVisible());
        buttonWith<QPushButton>(*m_window, QStringLiteral("Find Similar"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().isWhole(), kWaitMs);
        QCOMPARE(m_window->page(), MainWindow::Search);
    }

    void itFollowsVersionsAndSaysThatTheyAreOfASnapshot()
    {
        m_window->showHistory(uri());
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 3, kWaitMs);
        QTRY_COMPARE_WITH_TIMEOUT(title()->text(), QStringLiteral("garden-plan.md"), kWaitMs);
        QVERIFY(!facts()->text().contains(QStringLiteral("snapshot")));
        table->setCurrentIndex(table->model()->index(2, 0));
        QVERIFY(facts()->text().contains(QStringLiteral("As of the snapshot before-clean-up")));
        QVERIFY(!buttonWith<QPushButton>(*m_window, QStringLiteral("Find Similar"))->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(!passage()->text().isEmpty(), kWaitMs);
        QVERIFY(!passage()->text().contains(QStringLiteral("(changed)")));
    }

    void itFollowsWhatDiffersBetweenSnapshots()
    {
        m_window->showPage(MainWindow::Snapshots);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Snapshots, newest first"));
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 2, kWaitMs);
        named<QLineEdit>(*m_window, QStringLiteral("Filter by name"))
            ->setText(QStringLiteral("monday"));
        table->setCurrentIndex(table->model()->index(0, 0));
        auto *tree = named<QTreeView>(*m_window, QStringLiteral("Files that differ"));
        QModelIndex changed;
        const auto isKnown = [&] {
            changed = tree->model()->index(0, 0);
            while (tree->model()->hasChildren(changed))
                changed = tree->model()->index(0, 0, changed);
            return changed.data().toString() == QLatin1String("garden-plan.md");
        };
        QTRY_VERIFY_WITH_TIMEOUT(isKnown(), kWaitMs);
        tree->setCurrentIndex(changed);
        QTRY_COMPARE_WITH_TIMEOUT(title()->text(), QStringLiteral("garden-plan.md"), kWaitMs);
        QVERIFY(facts()->text().contains(QStringLiteral("As of the snapshot monday")));
        QVERIFY(facts()->text().contains(QStringLiteral("Changed")));
        QTRY_VERIFY_WITH_TIMEOUT(passage()->text().contains(QStringLiteral("(changed)")), kWaitMs);
        // A folder is no file.
        tree->setCurrentIndex(changed.parent());
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("A folder.")), kWaitMs);
    }

    void itFollowsTheListOfTheMap()
    {
        m_window->showPage(MainWindow::Map);
        MapModel &map = m_window->mapModel();
        QTRY_VERIFY_WITH_TIMEOUT(map.state() == MapModel::State::Missing
                                     || map.state() == MapModel::State::Ready,
                                 kWaitMs);
        if (map.state() == MapModel::State::Missing)
            map.layOut(false);
        QTRY_VERIFY_WITH_TIMEOUT(map.state() == MapModel::State::Ready && !map.uri(3).isEmpty(),
                                 kWaitMs);
        auto *list = named<QTreeView>(*m_window, QStringLiteral("Files on the map"));
        list->setCurrentIndex(list->model()->index(3, 0));
        QTRY_COMPARE_WITH_TIMEOUT(m_window->preview().file().uri, map.uri(3), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(!passage()->text().isEmpty(), kWaitMs);
        // Each page has its own.
        m_window->showPage(MainWindow::Search);
        QCOMPARE(m_window->preview().file().uri, QString());
        m_window->showPage(MainWindow::Map);
        QCOMPARE(m_window->preview().file().uri, map.uri(3));
    }

    void aKeyHidesItAndThatIsRememberedOverStarts()
    {
        const QTemporaryDir folder;
        const QString state = folder.filePath(QStringLiteral("window.ini"));
        const auto start = [&] {
            m_window = std::make_unique<MainWindow>(*m_client, state);
            m_window->show();
            QTRY_VERIFY_WITH_TIMEOUT(m_window->service().isAvailable(), kWaitMs);
        };
        start();
        m_window->showPage(MainWindow::Search);
        QVERIFY(panel()->isVisible());
        m_window->showPage(MainWindow::Volumes);
        QVERIFY(!panel()->isVisible());
        // A page without files has nothing that the key could show or hide.
        QTest::keyClick(m_window.get(), Qt::Key_F11);
        m_window->showPage(MainWindow::Map);
        QVERIFY(panel()->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_F11);
        QVERIFY(!panel()->isVisible());
        m_window->showPage(MainWindow::Search);
        QVERIFY(!panel()->isVisible());
        m_window->close();
        start();
        QVERIFY(!m_window->isPreviewShown() && !panel()->isVisible());
        m_window->showPage(MainWindow::History);
        QTest::keyClick(m_window.get(), Qt::Key_F11);
        QVERIFY(panel()->isVisible());
        m_window->close();
        start();
        QVERIFY(panel()->isVisible());
    }

    void whatIsGoneIsSaid()
    {
        const QByteArray path = m_root + "/heron.txt";
        QVERIFY(write(path, "A heron stood in the whimbrel marsh.\n"));
        QVERIFY(find(QStringLiteral("whimbrel")));
        QTRY_VERIFY_WITH_TIMEOUT(passage()->text().contains(QStringLiteral("whimbrel")), kWaitMs);
        QCOMPARE(unlink(path.constData()), 0);
        QTest::keyClick(m_window.get(), Qt::Key_F5);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("It is gone")), kWaitMs);
        QVERIFY(!buttonWith<QPushButton>(*m_window, QStringLiteral("Open"))->isEnabled());
    }

    void aVolumeThatHangsIsNotWaitedFor()
    {
        QListView *list = find(QStringLiteral("insurance"));
        QVERIFY(list && list->model()->rowCount() > 1);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->preview().state() == FilePreview::State::Ready, kWaitMs);
        const qint64 pid = driverPid();
        QVERIFY(pid > 0);
        QCOMPARE(kill(pid_t(pid), SIGSTOP), 0);
        // Whatever fails below, the driver goes on.
        const auto goOn = qScopeGuard([pid] { kill(pid_t(pid), SIGCONT); });
        int turns = 0;
        QTimer ticking;
        connect(&ticking, &QTimer::timeout, this, [&turns] { ++turns; });
        ticking.start(10);
        const QString before = title()->text();
        QTest::keyClick(list, Qt::Key_Down);
        QVERIFY(title()->text() != before);
        QTRY_VERIFY_WITH_TIMEOUT(
            says(*m_window, QStringLiteral("The volume does not answer. The file is shown")),
            kWaitMs);
        QVERIFY(turns > 10);
        QCOMPARE(kill(pid_t(pid), SIGCONT), 0);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->preview().state() == FilePreview::State::Ready, kWaitMs);
        QVERIFY(!says(*m_window, QStringLiteral("The volume does not answer. The file is shown")));
        QCOMPARE(m_window->preview().look().state, FileLook::State::There);
    }

private:
    QString uri() const { return base::uriFromPath(QFile::encodeName(m_path)); }
    PreviewPanel *panel() const { return m_window->findChild<PreviewPanel *>(); }
    QLabel *label(const char *name) const
    {
        return named<QLabel>(*m_window, QString::fromLatin1(name));
    }
    QLabel *title() const { return label("Title of the selected file"); }
    QLabel *facts() const { return label("What is known of the selected file"); }
    QLabel *passage() const { return label("What is in the selected file"); }
};

int main(int argc, char **argv)
{
    return runWindowTest<PreviewTest>(argc, argv);
}
#include "preview_test.moc"
