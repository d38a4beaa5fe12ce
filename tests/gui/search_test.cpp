// SPDX-License-Identifier: Apache-2.0
//
// Goal: what the page Search writes for people is the query language, and what it finds is shown in
// the desktop's file manager. Method: the window on the session that window.py made, and a file
// manager on its bus that keeps what it is asked to show.
#include "tests/gui/window_fixture.h"

#include "gui/views/preview_panel.h"

#include <QCalendarWidget>
#include <QDBusConnection>
#include <QDate>

using namespace vexfs;
using namespace vexfs::gui;
using namespace vexfs::test;

namespace {

/// As the desktop has it.
class FileManager : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.FileManager1")

public:
    FileManager() : m_bus(QDBusConnection::connectToBus(QDBusConnection::SessionBus, kName))
    {
        m_isThere = m_bus.registerObject(QStringLiteral("/org/freedesktop/FileManager1"), this,
                                         QDBusConnection::ExportAllSlots)
            && m_bus.registerService(kService);
    }
    ~FileManager() override
    {
        m_bus.unregisterService(kService);
        QDBusConnection::disconnectFromBus(kName);
    }
    bool isThere() const { return m_isThere; }
    QList<QStringList> shown;

    // A name of the specification.
public Q_SLOTS:
    void ShowItems(const QStringList &uris, const QString &) { shown.append(uris); }

private:
    static inline const QString kName = QStringLiteral("file manager");
    static inline const QString kService = QStringLiteral("org.freedesktop.FileManager1");
    QDBusConnection m_bus;
    bool m_isThere = false;
};

} // namespace

class SearchTest : public WindowSession
{
    Q_OBJECT

private Q_SLOTS:
    void aFolderThatIsChosenIsAConditionOfTheQuery()
    {
        const QByteArray folder = m_root + "/examples/household";
        setDialog("case \"$2\" in folder) echo " + base::uriFromPath(folder).toUtf8()
                  + ";; *) exit 1;; esac\n");
        m_window->setQuery(QStringLiteral("insurance"));
        auto *chip = buttonWith<QToolButton>(*m_window, QStringLiteral("Folder…"));
        QVERIFY(chip);
        QTest::mouseClick(chip, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(field()->text().startsWith(QStringLiteral("insurance in:")),
                                 kWaitMs);
        QVERIFY(field()->text().endsWith(QStringLiteral("/examples/household")));
        QVERIFY(chip->isChecked());
        QCOMPARE(chip->text(), QStringLiteral("In household"));
        SearchModel &model = m_window->searchModel();
        QTRY_VERIFY_WITH_TIMEOUT(model.isWhole() && model.rowCount() > 0, kWaitMs);
        for (int row = 0; row < model.rowCount(); ++row) {
            const auto path = base::pathFromUri(model.hit(model.index(row))->uri);
            QVERIFY(path && path->startsWith(folder + '/'));
        }
        // Pressed again it goes.
        QTest::mouseClick(chip, Qt::LeftButton);
        QCOMPARE(field()->text(), QStringLiteral("insurance"));
        QVERIFY(!chip->isChecked());
        QCOMPARE(chip->text(), QStringLiteral("Folder…"));
    }

    void aTagThatIsTypedIsAConditionOfTheQuery()
    {
        m_window->setQuery(QStringLiteral("insurance"));
        auto *chip = buttonWith<QToolButton>(*m_window, QStringLiteral("Tag…"));
        QVERIFY(chip);
        QTest::mouseClick(chip, Qt::LeftButton);
        auto *name = named<QLineEdit>(*m_window, QStringLiteral("Name of a tag"));
        QTRY_VERIFY_WITH_TIMEOUT(name && name->isVisible(), kWaitMs);
        QTest::keyClicks(name, QStringLiteral("north sea"));
        QTest::keyClick(name, Qt::Key_Return);
        QVERIFY(!name->isVisible());
        QCOMPARE(field()->text(), QStringLiteral("insurance tag:\"north sea\""));
        QVERIFY(chip->isChecked());
        QTRY_VERIFY_WITH_TIMEOUT(m_window->searchModel().isWhole(), kWaitMs);
        QCOMPARE(m_window->searchModel().rowCount(), 0);
    }

    void aDayOfTheCalendarIsAConditionOfTheQuery()
    {
        m_window->setQuery(QStringLiteral("garden"));
        auto *chip = buttonWith<QToolButton>(*m_window, QStringLiteral("At a Date…"));
        QVERIFY(chip);
        QTest::mouseClick(chip, Qt::LeftButton);
        auto *calendar = m_window->findChild<QCalendarWidget *>();
        QTRY_VERIFY_WITH_TIMEOUT(calendar && calendar->isVisible(), kWaitMs);
        const QDate day = QDate::currentDate().addDays(-40);
        calendar->setSelectedDate(day);
        Q_EMIT calendar->activated(day);
        QVERIFY(!calendar->isVisible());
        QCOMPARE(field()->text(), QStringLiteral("garden at:%1").arg(day.toString(Qt::ISODate)));
        QVERIFY(chip->isChecked());
        // A snapshot has a moment, too.
        m_window->setQuery(QStringLiteral("garden at:before-clean-up"));
        SearchModel &model = m_window->searchModel();
        QTRY_VERIFY_WITH_TIMEOUT(model.isWhole() && model.rowCount() > 0, kWaitMs);
        QCOMPARE(model.hit(model.index(0))->snapshot, QStringLiteral("before-clean-up"));
        QCOMPARE(chip->text(), QStringLiteral("At before-clean-up"));
    }

    void theFileManagerSelectsWhatIsShownInItsFolder()
    {
        OpenedUrls opened;
        QListView *list = find(QStringLiteral("insurance"));
        QVERIFY(list);
        const QString uri = m_window->preview().file().uri;
        {
            FileManager desktop;
            QVERIFY(desktop.isThere());
            QTest::keyClick(list, Qt::Key_Return, Qt::ControlModifier);
            QTRY_COMPARE_WITH_TIMEOUT(desktop.shown.size(), 1, kWaitMs);
            QCOMPARE(desktop.shown[0], QStringList{uri});
            buttonWith<QPushButton>(*m_window, QStringLiteral("Show in Folder"))->click();
            QTRY_COMPARE_WITH_TIMEOUT(desktop.shown.size(), 2, kWaitMs);
            QVERIFY(opened.encoded.isEmpty());
        }
        // A desktop without one: the folder is opened.
        QTest::keyClick(list, Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(opened.encoded.size(), 1, kWaitMs);
        QCOMPARE(QString::fromUtf8(opened.encoded[0]), uri.left(uri.lastIndexOf(u'/')));
    }

    void altEnterLeadsToThePreviewAndEscapeBack()
    {
        QListView *list = find(QStringLiteral("insurance"));
        QVERIFY(list && list->hasFocus());
        m_window->setPreviewShown(false);
        QTest::keyClick(list, Qt::Key_Return, Qt::AltModifier);
        auto *panel = m_window->findChild<PreviewPanel *>();
        QVERIFY(panel->isVisible() && panel->isAncestorOf(QApplication::focusWidget()));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QVERIFY(list->hasFocus());
    }

private:
    QLineEdit *field() const
    {
        return named<QLineEdit>(*m_window, QStringLiteral("Search"));
    }
};

int main(int argc, char **argv)
{
    return runWindowTest<SearchTest>(argc, argv);
}
#include "search_test.moc"
