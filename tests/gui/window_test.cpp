// SPDX-License-Identifier: Apache-2.0
//
// Goal: every page works beside a real daemon, everything can be reached and has a name, and
// nothing is lost when the daemon goes. Method: the window on the session that window.py made: a
// mounted volume with the example documents. Pictures of all pages go to VEXFS_SCREENSHOTS.
#include "gui/widgets/map_canvas.h"
#include "tests/gui/window_fixture.h"

#include <QAccessible>
#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QHeaderView>
#include <QListWidget>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSlider>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableWidget>
#include <QTranslator>

using namespace vexfs;
using namespace vexfs::gui;
using namespace vexfs::test;

namespace {

QPalette darkPalette()
{
    QPalette dark;
    const QColor window(0x2b, 0x2d, 0x30);
    const QColor text(0xee, 0xee, 0xee);
    dark.setColor(QPalette::Window, window);
    dark.setColor(QPalette::Base, QColor(0x1e, 0x1f, 0x22));
    dark.setColor(QPalette::AlternateBase, QColor(0x26, 0x28, 0x2b));
    dark.setColor(QPalette::Button, window.lighter(120));
    dark.setColor(QPalette::ToolTipBase, window.lighter(140));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText,
                            QPalette::ToolTipText, QPalette::BrightText})
        dark.setColor(role, text);
    dark.setColor(QPalette::PlaceholderText, QColor(0xa8, 0xa8, 0xa8));
    dark.setColor(QPalette::Disabled, QPalette::Text, QColor(0x80, 0x80, 0x80));
    dark.setColor(QPalette::Disabled, QPalette::ButtonText, QColor(0x80, 0x80, 0x80));
    return dark;
}

} // namespace

class WindowTest : public WindowSession
{
    Q_OBJECT

private Q_SLOTS:
    void typingFindsByWordsAndByMeaning()
    {
        auto *field = named<QLineEdit>(*m_window, QStringLiteral("Search"));
        auto *list = named<QListView>(*m_window, QStringLiteral("Files that were found"));
        QVERIFY(field && list);
        QVERIFY(field->hasFocus());
        QTest::keyClicks(field, QStringLiteral("car repair bill"));
        QTRY_VERIFY_WITH_TIMEOUT(list->model()->rowCount() > 0, kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(
            m_window->searchModel().state() == SearchModel::State::Found, kWaitMs);
        QVERIFY(list->isVisible());
        // From the field into the list and back, by keys alone.
        QTest::keyClick(field, Qt::Key_Down);
        QVERIFY(list->hasFocus());
        QVERIFY(list->currentIndex().isValid());
        auto *title = named<QLabel>(*m_window, QStringLiteral("Title of the selected file"));
        QVERIFY(!title->text().isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(
            m_window->preview().relatedState() == FilePreview::Related::Known, kWaitMs);
        takePicture(QStringLiteral("search"));
        QTest::keyClick(list, Qt::Key_Escape);
        QVERIFY(field->hasFocus());
    }

    void aChipIsAWordOfTheQuery()
    {
        auto *field = named<QLineEdit>(*m_window, QStringLiteral("Search"));
        field->setText(QStringLiteral("bill"));
        auto *chip = named<QToolButton>(*m_window, QStringLiteral("PDF"));
        QTest::mouseClick(chip, Qt::LeftButton);
        QCOMPARE(field->text(), QStringLiteral("bill type:pdf"));
        field->setText(QStringLiteral("bill"));
        QVERIFY(!chip->isChecked());
    }

    void aQuestionWithoutSenseIsNotAnswered()
    {
        m_window->setQuery(QStringLiteral("zzqxv wkjhfq"));
        QTRY_VERIFY_WITH_TIMEOUT(
            m_window->searchModel().state() == SearchModel::State::Nothing
                || m_window->searchModel().state() == SearchModel::State::Weak,
            kWaitMs);
        takePicture(QStringLiteral("search-nothing"));
    }

    void versionsAreComparedReplacedAndThatIsUndone()
    {
        const auto bytes = [this] { return bytesOf(m_path); };
        const QByteArray now = bytes();
        QVERIFY(!now.isEmpty());
        m_window->showHistory(base::uriFromPath(QFile::encodeName(m_path)));
        QCOMPARE(m_window->page(), MainWindow::History);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 3, kWaitMs);
        auto *newer = named<QPlainTextEdit>(*m_window, QStringLiteral("The newer version"));
        QTRY_VERIFY_WITH_TIMEOUT(newer->isVisible(), kWaitMs);
        QVERIFY(newer->toPlainText().contains(QStringLiteral("+ A line that came later.")));
        takePicture(QStringLiteral("history"));
        auto *replace = buttonWith<QPushButton>(*m_window, QStringLiteral("Replace What Is There"));
        QVERIFY(replace && !replace->isEnabled());
        // The line of time follows, and chooses by keys.
        auto *axis = named<QWidget>(*m_window, QStringLiteral("Versions on a line of time"));
        axis->setFocus();
        QTest::keyClick(axis, Qt::Key_Left);
        QTest::keyClick(axis, Qt::Key_Left);
        QCOMPARE(table->currentIndex().row(), 2);
        QVERIFY(replace->isEnabled());
        replace->click();
        QPushButton *undo = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(
            (undo = buttonWith<QPushButton>(*m_window, QStringLiteral("Undo"))), kWaitMs);
        QVERIFY(bytes() != now);
        QVERIFY(!bytes().contains("changed"));
        undo->click();
        QTRY_COMPARE_WITH_TIMEOUT(bytes(), now, kWaitMs);
        m_window->showHistory(QStringLiteral("file:///etc/hostname"));
        QTRY_VERIFY_WITH_TIMEOUT(!table->isVisible(), kWaitMs);
    }

    void snapshotsAreListedAndDeleted()
    {
        m_window->showPage(MainWindow::Snapshots);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Snapshots, newest first"));
        // Two of window.py; more where a restore left what undoes it.
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 2, kWaitMs);
        auto *filter = named<QLineEdit>(*m_window, QStringLiteral("Filter by name"));
        filter->setText(QStringLiteral("clean"));
        QCOMPARE(table->model()->rowCount(), 1);
        filter->clear();
        auto *remove = buttonWith<QPushButton>(*m_window, QStringLiteral("Delete…"));
        QVERIFY(remove && !remove->isEnabled());
        filter->setText(QStringLiteral("monday"));
        table->setCurrentIndex(table->model()->index(0, 0));
        QVERIFY(remove->isEnabled());
    }

    void whatChangedIsShownAndBroughtBack()
    {
        const auto bytes = [this] { return bytesOf(m_path); };
        const QByteArray now = bytes();
        QVERIFY(!now.isEmpty());
        m_window->showPage(MainWindow::Snapshots);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Snapshots, newest first"));
        auto *filter = named<QLineEdit>(*m_window, QStringLiteral("Filter by name"));
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 2, kWaitMs);
        filter->setText(QStringLiteral("monday"));
        QCOMPARE(table->model()->rowCount(), 1);
        table->setCurrentIndex(table->model()->index(0, 0));
        auto *tree = named<QTreeView>(*m_window, QStringLiteral("Files that differ"));
        // examples / household / garden-plan.md
        const auto changed = [tree] {
            QModelIndex index = tree->model()->index(0, 0);
            while (tree->model()->hasChildren(index))
                index = tree->model()->index(0, 0, index);
            return index;
        };
        QTRY_COMPARE_WITH_TIMEOUT(changed().data().toString(), QStringLiteral("garden-plan.md"),
                                  kWaitMs);
        QCOMPARE(changed().siblingAtColumn(1).data().toString(), QStringLiteral("Changed"));
        QVERIFY(tree->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("Deleting it frees")), kWaitMs);
        auto *beside = buttonWith<QPushButton>(*m_window, QStringLiteral("Restore Beside"));
        QVERIFY(beside && !beside->isEnabled());
        tree->setCurrentIndex(changed());
        QVERIFY(beside->isEnabled());
        takePicture(QStringLiteral("snapshots"));
        buttonWith<QPushButton>(*m_window, QStringLiteral("Replace What Is There"))->click();
        QPushButton *undo = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(
            (undo = buttonWith<QPushButton>(*m_window, QStringLiteral("Undo"))), kWaitMs);
        QVERIFY(bytes() != now);
        undo->click();
        QTRY_COMPARE_WITH_TIMEOUT(bytes(), now, kWaitMs);
    }

    void theScheduleIsASentenceWithNumbers()
    {
        m_window->showPage(MainWindow::Snapshots);
        QCheckBox *isOn = buttonWith<QCheckBox>(*m_window, QStringLiteral("By schedule"));
        QVERIFY(isOn);
        QTRY_VERIFY_WITH_TIMEOUT(isOn->isEnabled(), kWaitMs);
        QVERIFY(!isOn->isChecked());
        isOn->click();
        const auto inForce = [this](const char *key) {
            const client::VolumeInfo *volume = m_window->service().current();
            return volume ? volume->schedule.value(QLatin1String(key)).toInt() : -1;
        };
        QTRY_COMPARE_WITH_TIMEOUT(inForce("enabled"), 1, kWaitMs);
        auto *daily = named<QSpinBox>(*m_window, QStringLiteral("Daily snapshots to keep"));
        QTRY_VERIFY_WITH_TIMEOUT(daily && daily->isVisible(), kWaitMs);
        daily->setValue(9);
        QTRY_COMPARE_WITH_TIMEOUT(inForce("daily"), 9, kWaitMs);
        takePicture(QStringLiteral("schedule"));
        isOn->click();
        QTRY_COMPARE_WITH_TIMEOUT(inForce("enabled"), 0, kWaitMs);
    }

    void theMapIsLaidOutAndFilesAreChosenOnIt()
    {
        m_window->showPage(MainWindow::Map);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->mapModel().state() == MapModel::State::Missing, kWaitMs);
        takePicture(QStringLiteral("map-none"));
        auto *start = buttonWith<QPushButton>(*m_window, QStringLiteral("Lay It Out"));
        QVERIFY(start);
        QTest::mouseClick(start, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->mapModel().state() == MapModel::State::Ready, kWaitMs);
        auto *canvas = m_window->findChild<MapCanvas *>();
        QVERIFY(canvas && canvas->pointCount() > 20);
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->mapModel().clusters().isEmpty(), kWaitMs);
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Files on the map"));
        QCOMPARE(table->model()->rowCount(), canvas->pointCount());
        takePicture(QStringLiteral("map"));
        // By keys alone: to a file, which is chosen and then stands in the table.
        canvas->setFocus();
        QTest::keyClick(canvas, Qt::Key_Right);
        QVERIFY(canvas->current() >= 0);
        QTest::keyClick(canvas, Qt::Key_Space);
        QCOMPARE(table->model()->rowCount(), 1);
        const auto nameOf = [&] { return table->model()->index(0, 0).data().toString(); };
        QTRY_VERIFY_WITH_TIMEOUT(nameOf().size() > 1, kWaitMs);
        auto *query = named<QLineEdit>(*m_window, QStringLiteral("Point out on the map"));
        query->setText(QStringLiteral("insurance"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->mapModel().hits() > 0, kWaitMs);
        takePicture(QStringLiteral("map-query"));
        auto *search = buttonWith<QToolButton>(*m_window, QStringLiteral("Show as Search"));
        QVERIFY(search && search->isEnabled());
        QTest::mouseClick(search, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(m_window->page(), MainWindow::Search, kWaitMs);
        QCOMPARE(named<QLineEdit>(*m_window, QStringLiteral("Search"))->text(),
                 QStringLiteral("insurance"));
    }

    void theMapGoesBackInTime()
    {
        m_window->showPage(MainWindow::Map);
        MapModel &map = m_window->mapModel();
        QTRY_VERIFY_WITH_TIMEOUT(map.state() == MapModel::State::Missing
                                     || map.state() == MapModel::State::Ready,
                                 kWaitMs);
        if (map.state() == MapModel::State::Missing)
            map.layOut(false);
        QTRY_VERIFY_WITH_TIMEOUT(map.state() == MapModel::State::Ready, kWaitMs);
        auto *times = named<QSlider>(*m_window, QStringLiteral("Moment that the map shows"));
        auto *canvas = m_window->findChild<MapCanvas *>();
        QVERIFY(times && canvas);
        QTRY_VERIFY_WITH_TIMEOUT(times->isVisible() && times->maximum() >= 2, kWaitMs);
        QCOMPARE(times->value(), times->maximum());
        QHash<quint64, QPointF> places;
        for (int i = 0; i < canvas->pointCount(); ++i)
            places.insert(map.points().points[i].id, canvas->placeOf(i));
        // By keys alone, to the oldest.
        times->setFocus();
        QTest::keyClick(times, Qt::Key_Left);
        QTest::keyClick(times, Qt::Key_Home);
        const QString oldest = map.moments().constFirst().snapshot;
        QTRY_COMPARE_WITH_TIMEOUT(map.shownMoment(), oldest, kWaitMs);
        QVERIFY(times->accessibleDescription().contains(oldest));
        int stayed = 0;
        for (int i = 0; i < canvas->pointCount(); ++i) {
            const auto place = places.constFind(map.points().points[i].id);
            if (place == places.constEnd())
                continue;
            QCOMPARE(canvas->placeOf(i), *place);
            ++stayed;
        }
        QVERIFY(stayed > 20);
        const QString inside = QStringLiteral("/.vexfs/snapshots/") + oldest + u'/';
        QTRY_VERIFY_WITH_TIMEOUT(map.uri(0).contains(inside), kWaitMs);
        takePicture(QStringLiteral("map-then"));
        QTest::keyClick(times, Qt::Key_End);
        QTRY_VERIFY_WITH_TIMEOUT(map.shownMoment().isEmpty() && !map.isBusy(), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(!map.uri(0).isEmpty(), kWaitMs);
        QVERIFY(!map.uri(0).contains(inside));
    }

    void theMapFollowsTheVolume()
    {
        m_window->showPage(MainWindow::Map);
        MapModel &map = m_window->mapModel();
        auto *canvas = m_window->findChild<MapCanvas *>();
        const auto isThere = [&](int points) {
            if (canvas->pointCount() != points && !map.isLayingOut())
                map.layOut(false);
            return canvas->pointCount() == points && !map.isLayingOut();
        };
        QTRY_VERIFY_WITH_TIMEOUT(canvas->pointCount() > 20 || isThere(-1), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(!map.isLayingOut() && !map.isBusy(), kWaitMs);
        const int before = canvas->pointCount();
        const QByteArray extra = m_root + "/lighthouse.txt";
        QVERIFY(write(extra, "A letter about the insurance of a lighthouse.\n"));
        QTRY_VERIFY_WITH_TIMEOUT(isThere(before + 1), kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(!map.isBusy(), kWaitMs);
        // It goes without a layout, and without a key; what is chosen stays.
        map.choose({0});
        canvas->setSelection({0});
        const quint64 chosen = map.id(0);
        QVERIFY(QFile::remove(QFile::decodeName(extra)));
        QTRY_COMPARE_WITH_TIMEOUT(canvas->pointCount(), before, kWaitMs);
        QCOMPARE(map.chosen(), 1);
        QCOMPARE(map.id(0), chosen);
        QCOMPARE(canvas->selection(), map.chosenPoints());
    }

    void droppedFilesAreAdded()
    {
        const QString place = qEnvironmentVariable("VEXFS_TEST_FILES_FOLDER");
        QVERIFY(!place.isEmpty());
        QMimeData files;
        files.setUrls({QUrl::fromLocalFile(place)});
        QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &files, Qt::LeftButton,
                              Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QVERIFY(says(*m_window, QStringLiteral("Drop to add to Documents")));
        QDragLeaveEvent leave;
        QApplication::sendEvent(m_window.get(), &leave);
        QVERIFY(!says(*m_window, QStringLiteral("Drop to add")));
        QApplication::sendEvent(m_window.get(), &enter);
        QDropEvent drop(QPoint(50, 50), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &drop);
        QCOMPARE(m_window->page(), MainWindow::Add);
        QVERIFY(!says(*m_window, QStringLiteral("Drop to add")));
        takePicture(QStringLiteral("add"));
        auto *start = buttonWith<QPushButton>(*m_window, QStringLiteral("Start"));
        QVERIFY(start && start->isEnabled());
        QTest::mouseClick(start, Qt::LeftButton);
        const auto stateOfAdding = [this] {
            for (const client::JobInfo &job : m_window->service().jobs()) {
                if (job.kind == QLatin1String("ingest"))
                    return job.state;
            }
            return QString();
        };
        QTRY_COMPARE_WITH_TIMEOUT(stateOfAdding(), QStringLiteral("succeeded"), kWaitMs);
        QCOMPARE(m_window->page(), MainWindow::Add);
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("On the volume: 1 of 1")), kWaitMs);
        takePicture(QStringLiteral("adding"));
        m_window->showPage(MainWindow::Activity);
        takePicture(QStringLiteral("activity"));
        m_window->setQuery(QStringLiteral("droppedword"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().rowCount() == 1, kWaitMs);
    }

    void volumesAndStatisticsAreShown()
    {
        m_window->showPage(MainWindow::Volumes);
        takePicture(QStringLiteral("volumes"));
        auto *tabs = m_window->findChild<QTabWidget *>();
        tabs->setCurrentIndex(1);
        auto *table = m_window->findChild<QTableWidget *>();
        QTRY_VERIFY_WITH_TIMEOUT(table->rowCount() > 0, kWaitMs);
        QTest::qWait(2500); // some points
        takePicture(QStringLiteral("statistics"));
    }

    void volumesAreScrubbedUnmountedAndChecked()
    {
        m_window->showPage(MainWindow::Volumes);
        auto *tabs = m_window->findChild<QTabWidget *>();
        tabs->setCurrentIndex(0);
        auto *care = named<QToolButton>(*m_window, QStringLiteral("Care for Documents"));
        QVERIFY(care && care->isVisible());
        QVERIFY(!chooseInMenu(care, QStringLiteral("Check")));
        QVERIFY(chooseInMenu(care, QStringLiteral("Scrub")));
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("all as it was written")), kWaitMs);
        buttonWith<QPushButton>(*m_window, QStringLiteral("Unmount"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(buttonWith<QPushButton>(*m_window, QStringLiteral("Mount")),
                                 kWaitMs);
        QVERIFY(!chooseInMenu(care, QStringLiteral("Scrub")));
        QVERIFY(chooseInMenu(care, QStringLiteral("Check")));
        QTRY_VERIFY_WITH_TIMEOUT(says(*m_window, QStringLiteral("as it should be")), kWaitMs);
        takePicture(QStringLiteral("volumes-unmounted"));
        buttonWith<QPushButton>(*m_window, QStringLiteral("Mount"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(buttonWith<QPushButton>(*m_window, QStringLiteral("Unmount")),
                                 kWaitMs);
    }

    void pagesFitOnASmallScreen_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QString>("snapshots");
        QTest::newRow("English") << QStringLiteral("en") << QStringLiteral("Snapshots");
        QTest::newRow("German") << QStringLiteral("de") << QStringLiteral("Schnappschüsse");
    }
    void pagesFitOnASmallScreen()
    {
        QFETCH(QString, language);
        QFETCH(QString, snapshots);
        QTranslator words;
        if (language != QLatin1String("en")) {
            QVERIFY(words.load(QLocale(language), QStringLiteral("vexfs"), QStringLiteral("_"),
                               QStringLiteral(":/translations")));
            QApplication::installTranslator(&words);
        }
        openWindow();
        auto *list = m_window->findChild<QListWidget *>();
        QCOMPARE(list->item(MainWindow::Snapshots)->text(), snapshots);
        m_window->setQuery(QStringLiteral("insurance"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().isWhole(), kWaitMs);
        // 1024 by 768 points, with a font of 15.
        const int em = m_window->fontMetrics().height();
        const QSize most(em * 1024 / 15, em * 768 / 15);
        for (int page = 0; page < MainWindow::Pages; ++page) {
            m_window->showPage(MainWindow::Page(page));
            QTest::qWait(page <= MainWindow::Map ? 300 : 50);
            selectOn(MainWindow::Page(page));
            QTest::qWait(page <= MainWindow::Map ? 500 : 50); // what is like it comes later
            const QSize least = m_window->minimumSizeHint();
            qInfo("page %d: %d of %d wide, %d of %d high", page, least.width(), most.width(),
                  least.height(), most.height());
            QVERIFY(least.width() <= most.width() && least.height() <= most.height());
            if (language != QLatin1String("en"))
                takePicture(QStringLiteral("%1-%2").arg(language).arg(page + 1));
        }
        QApplication::removeTranslator(&words);
    }

    void theStatusLeadsToActivity()
    {
        QPushButton *status = nullptr;
        for (auto *each : m_window->findChildren<QPushButton *>()) {
            if (each->isVisible()
                && each->accessibleName().startsWith(QStringLiteral("What the service does: ")))
                status = each;
        }
        QVERIFY(status && !status->text().isEmpty());
        QTest::mouseClick(status, Qt::LeftButton);
        QCOMPARE(m_window->page(), MainWindow::Activity);
    }

    void pagesHaveKeys()
    {
        for (int page = MainWindow::Pages - 1; page >= 0; --page) {
            QTest::keyClick(m_window.get(), Qt::Key(Qt::Key_1 + page), Qt::ControlModifier);
            QCOMPARE(int(m_window->page()), page);
        }
        QTest::keyClick(m_window.get(), Qt::Key_3, Qt::ControlModifier);
        QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        QVERIFY(named<QLineEdit>(*m_window, QStringLiteral("Search"))->hasFocus());
    }

    void everythingThatTakesTheFocusHasAName()
    {
        for (int page = 0; page < MainWindow::Pages; ++page) {
            m_window->showPage(MainWindow::Page(page));
            QCoreApplication::processEvents();
            for (QWidget *widget : m_window->findChildren<QWidget *>()) {
                if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus
                    || widget->focusProxy())
                    continue;
                QAccessibleInterface *object = QAccessible::queryAccessibleInterface(widget);
                QVERIFY(object);
                // Parts of a widget speak through it.
                if (!object->state().focusable)
                    continue;
                const QString name = object->text(QAccessible::Name);
                QVERIFY2(!name.isEmpty(),
                         qPrintable(QStringLiteral("page %1: a %2 without a name (%3)")
                                        .arg(page)
                                        .arg(QLatin1String(widget->metaObject()->className()),
                                             widget->parentWidget()
                                                 ? QLatin1String(widget->parentWidget()
                                                                     ->metaObject()
                                                                     ->className())
                                                 : QLatin1String("no parent"))));
            }
        }
    }

private:
    /// A file, where the page has any: the preview is full then.
    void selectOn(MainWindow::Page page)
    {
        if (page == MainWindow::History) {
            if (const auto *hit = m_window->searchModel().hit(m_window->searchModel().index(0)))
                m_window->showHistory(hit->uri);
            return;
        }
        for (auto *view : m_window->findChildren<QAbstractItemView *>()) {
            const bool isOfPage
                = (page == MainWindow::Search && view->model() == &m_window->searchModel())
                || (page == MainWindow::Map && view->model() == &m_window->mapModel());
            if (isOfPage && !qobject_cast<QHeaderView *>(view))
                view->setCurrentIndex(view->model()->index(0, 0));
        }
    }
    /// Light and dark, as the screen has it and twice as fine.
    void takePicture(const QString &name)
    {
        const QDir folder(qEnvironmentVariable("VEXFS_SCREENSHOTS"));
        const QPalette light = QApplication::palette();
        for (const bool isDark : {false, true}) {
            QApplication::setPalette(isDark ? darkPalette() : light);
            QTest::qWait(60);
            for (const int scale : {1, 2}) {
                QPixmap picture(m_window->size() * scale);
                picture.setDevicePixelRatio(scale);
                m_window->render(&picture);
                const QString file = QStringLiteral("%1-%2-%3x.png")
                                         .arg(name, isDark ? QStringLiteral("dark")
                                                           : QStringLiteral("light"))
                                         .arg(scale);
                QVERIFY(picture.save(folder.filePath(file)));
            }
        }
        QApplication::setPalette(light);
        QTest::qWait(20);
    }

};

int main(int argc, char **argv)
{
    return runWindowTest<WindowTest>(argc, argv);
}
#include "window_test.moc"
