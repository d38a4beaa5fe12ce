// SPDX-License-Identifier: Apache-2.0
//
// Goal: one preview for all pages that have files; it follows what is selected there, and says what
// it cannot show. Method: the window on the session that window.py made.
#include "common/base/file_tags.h"
#include "gui/views/preview_panel.h"
#include "gui/widgets/map_canvas.h"
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
        const auto *open = buttonWith<QPushButton>(*m_window, QStringLiteral("Open"));
        QTRY_VERIFY_WITH_TIMEOUT(related->geometry().bottom() < open->geometry().top(), kWaitMs);
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

    void whatIsSelectedIsTagged()
    {
        const QByteArray one = m_root + "/dunlin-one.txt";
        const QByteArray two = m_root + "/dunlin-two.txt";
        QVERIFY(write(one, "A dunlin on the sandpiper beach.\n"));
        QVERIFY(write(two, "Another dunlin on the sandpiper beach, and it rains.\n"));
        QListView *list = nullptr;
        const auto areFound = [&] {
            list = find(QStringLiteral("dunlin sandpiper"));
            return list && list->model()->rowCount() == 2;
        };
        QTRY_VERIFY_WITH_TIMEOUT(areFound(), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().isWhole(), kWaitMs);
        // By keys alone: one more is selected, the field, a name.
        QTest::keyClick(list, Qt::Key_Down, Qt::ShiftModifier);
        QVERIFY(says(*m_window, QStringLiteral("Selected files: 2")));
        QTest::keyClick(m_window.get(), Qt::Key_T, Qt::ControlModifier);
        auto *field = named<QLineEdit>(*m_window, QStringLiteral("Add a tag"));
        QVERIFY(field && field->hasFocus());
        QTest::keyClicks(field, QStringLiteral("shore birds, north"));
        QTest::keyClick(field, Qt::Key_Return);
        const auto tagsOf = [](const QByteArray &path) {
            const auto tags = base::readTags(path, {});
            return tags ? tags->join(u'|') : QStringLiteral("unreadable");
        };
        QTRY_COMPARE_WITH_TIMEOUT(tagsOf(one), QStringLiteral("shore birds|north"), kWaitMs);
        QTRY_COMPARE_WITH_TIMEOUT(tagsOf(two), QStringLiteral("shore birds|north"), kWaitMs);
        // As vexctl and all others do: the index has it, too.
        const auto isFoundByTag = [&] {
            m_window->setQuery(QStringLiteral("dunlin tag:north"));
            return QTest::qWaitFor([&] { return m_window->searchModel().rowCount() == 2; }, 1000);
        };
        QTRY_VERIFY_WITH_TIMEOUT(isFoundByTag(), kWaitMs);
        // Not by the tag: it goes.
        QTRY_VERIFY_WITH_TIMEOUT(areFound(), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().isWhole(), kWaitMs);
        // One of them alone loses it; of both it is said to be of one.
        list->setCurrentIndex(list->model()->index(0, 0));
        const QString first = m_window->preview().file().uri;
        QToolButton *remove = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(
            (remove = named<QToolButton>(*m_window, QStringLiteral("Remove the tag north"))),
            kWaitMs);
        remove->click();
        const QByteArray changed = *base::pathFromUri(first);
        QTRY_COMPARE_WITH_TIMEOUT(tagsOf(changed), QStringLiteral("shore birds"), kWaitMs);
        list->selectAll();
        QTRY_VERIFY_WITH_TIMEOUT(
            buttonWith<QToolButton>(*m_window, QStringLiteral("north (1 of 2)")), kWaitMs);
        // What fails is told of each file.
        QCOMPARE(unlink(changed.constData()), 0);
        QTest::keyClicks(field, QStringLiteral("late"));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(message(*m_window).contains(QStringLiteral("on 1 of 2 files")),
                                 kWaitMs);
        QVERIFY(message(*m_window).contains(QFile::decodeName(changed.mid(changed.lastIndexOf('/')
                                                                          + 1))));
        const QByteArray other = changed == one ? two : one;
        QCOMPARE(tagsOf(other), QStringLiteral("shore birds|north|late"));
        QCOMPARE(unlink(other.constData()), 0);
    }

    void whatIsChosenOnTheMapIsTagged()
    {
        m_window->showPage(MainWindow::Map);
        MapModel &map = m_window->mapModel();
        QTRY_VERIFY_WITH_TIMEOUT(map.state() == MapModel::State::Ready && !map.isBusy(), kWaitMs);
        auto *canvas = m_window->findChild<MapCanvas *>();
        QVERIFY(canvas && canvas->pointCount() > 3);
        canvas->setSelection({0, 1, 2});
        QTRY_VERIFY_WITH_TIMEOUT(!map.uri(2).isEmpty(), kWaitMs);
        QTRY_COMPARE_WITH_TIMEOUT(map.chosen(), 3, kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("Selected files: 3")), kWaitMs);
        auto *field = named<QLineEdit>(*m_window, QStringLiteral("Add a tag"));
        QVERIFY(field && field->isVisible());
        QTest::keyClicks(field, QStringLiteral("mapped"));
        QTest::keyClick(field, Qt::Key_Return);
        for (int row = 0; row < 3; ++row) {
            const auto path = base::pathFromUri(map.uri(row));
            QVERIFY(path);
            QTRY_VERIFY_WITH_TIMEOUT(
                base::readTags(*path, {})->contains(QStringLiteral("mapped")), kWaitMs);
        }
        QTRY_VERIFY_WITH_TIMEOUT(buttonWith<QToolButton>(*m_window, QStringLiteral("mapped")),
                                 kWaitMs);
    }

    void tagsOfASnapshotAreToldOnly()
    {
        m_window->showHistory(uri());
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 3, kWaitMs);
        auto *field = named<QLineEdit>(*m_window, QStringLiteral("Add a tag"));
        QTRY_VERIFY_WITH_TIMEOUT(field->isVisible(), kWaitMs);
        table->setCurrentIndex(table->model()->index(2, 0));
        QVERIFY(!field->isVisible());
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
