// SPDX-License-Identifier: Apache-2.0
//
// Goal: a version is saved wherever one likes, versions of a picture are compared by a slider, and
// snapshots stand under their days. Method: the window on the session that window.py made.
#include "tests/gui/window_fixture.h"

#include "gui/widgets/picture_compare.h"
#include "gui/widgets/section_tree.h"

#include <QDate>
#include <QSlider>
#include <QTemporaryDir>

using namespace vexfs;
using namespace vexfs::gui;
using namespace vexfs::test;

class HistoryTest : public WindowSession
{
    Q_OBJECT

private Q_SLOTS:
    void aVersionIsSavedWhereOneLikes()
    {
        const QTemporaryDir folder;
        const QString place = folder.filePath(QStringLiteral("old plan.md"));
        const QByteArray uri = base::uriFromPath(QFile::encodeName(place)).toUtf8();
        // It proposes a name with the day of the version.
        setDialog("case \"$*\" in *new-file*'garden-plan%20("
                  + QDate::currentDate().toString(Qt::ISODate).toLatin1() + ").md'*) echo " + uri
                  + ";; *) echo \"$*\" >&2; exit 1;; esac\n");
        m_window->showHistory(base::uriFromPath(QFile::encodeName(m_path)));
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 3, kWaitMs);
        table->setCurrentIndex(table->model()->index(2, 0));
        auto *save = buttonWith<QPushButton>(*m_window, QStringLiteral("Save a Copy…"));
        QVERIFY(save && save->isEnabled());
        QTest::mouseClick(save, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(message(*m_window).startsWith(QStringLiteral("Saved as ")),
                                 kWaitMs);
        QVERIFY(!bytesOf(place).isEmpty() && !bytesOf(place).contains("changed"));
        // There is one now: nothing is written over it.
        const QByteArray before = bytesOf(place);
        table->setCurrentIndex(table->model()->index(0, 0));
        QTest::mouseClick(save, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(
            message(*m_window).contains(QStringLiteral("there is a file of that name already")),
            kWaitMs);
        QCOMPARE(bytesOf(place), before);
        table->selectAll();
        QVERIFY(!save->isEnabled());
    }

    void versionsOfAPictureAreComparedByASlider()
    {
        const QByteArray path = m_root + "/photo.png";
        QImage picture(320, 200, QImage::Format_RGB32);
        picture.fill(Qt::red);
        QVERIFY(picture.save(QFile::decodeName(path)));
        const QString volume = m_window->service().currentVolume();
        const auto made
            = m_client->createSnapshot(volume, QStringLiteral("with the photo"), {});
        QTRY_VERIFY_WITH_TIMEOUT(made.isFinished(), kWaitMs);
        QVERIFY(made.result());
        picture.fill(Qt::blue);
        QVERIFY(picture.save(QFile::decodeName(path)));
        m_window->showHistory(base::uriFromPath(path));
        auto *table = named<QTreeView>(*m_window, QStringLiteral("Versions, newest first"));
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 2, kWaitMs);
        auto *compare = m_window->findChild<PictureCompare *>();
        QTRY_VERIFY_WITH_TIMEOUT(compare->isVisible(), kWaitMs);
        auto *canvas = named<QWidget>(
            *m_window, QStringLiteral("The older picture, and the newer one right of the line"));
        const auto middle = [canvas] {
            return canvas->grab().toImage().pixelColor(canvas->rect().center() + QPoint(9, 0));
        };
        auto *slider = compare->slider();
        slider->setFocus();
        QTest::keyClick(slider, Qt::Key_End);
        QCOMPARE(middle(), QColor(Qt::red)); // all of it the older one
        QTest::keyClick(slider, Qt::Key_Home);
        QCOMPARE(middle(), QColor(Qt::blue));
        QTest::mouseClick(canvas, Qt::LeftButton, {}, QPoint(canvas->width() - 2, 5));
        QCOMPARE(middle(), QColor(Qt::red));
        QCOMPARE(unlink(path.constData()), 0);
    }

    void snapshotsStandUnderTheirDays()
    {
        m_window->showPage(MainWindow::Snapshots);
        auto *table = m_window->findChild<SectionTree *>();
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 2, kWaitMs);
        const auto at = [table](int row) { return table->model()->index(row, 0); };
        QCOMPARE(table->headingOf(at(0)), QStringLiteral("Today"));
        QVERIFY(table->headingOf(at(1)).isEmpty());
        QCOMPARE(table->visualRect(at(0)).height(),
                 table->visualRect(at(1)).height() + table->headingHeight());
        // The first that the filter leaves has it.
        named<QLineEdit>(*m_window, QStringLiteral("Filter by name"))
            ->setText(QStringLiteral("before-clean"));
        QCOMPARE(table->model()->rowCount(), 1);
        QCOMPARE(table->headingOf(at(0)), QStringLiteral("Today"));
        QTRY_VERIFY_WITH_TIMEOUT(table->visualRect(at(0)).height() > table->headingHeight(),
                                 kWaitMs);
    }
};

int main(int argc, char **argv)
{
    return runWindowTest<HistoryTest>(argc, argv);
}
#include "history_test.moc"
