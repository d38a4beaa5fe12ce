// SPDX-License-Identifier: Apache-2.0
//
// Goal: who does not look at the window is told of long work that ended, once, in words that the
// desktop shows as they are; nobody else is. Method: the window on the session that window.py made,
// a desktop of the test's own on that bus, and scrubs that are held back so that they are long.
#include "common/client/desktop_notices.h"
#include "tests/gui/fake_client.h"
#include "tests/gui/window_fixture.h"

#include <QCheckBox>
#include <QDBusConnection>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QVariantMap>

using namespace vexfs;
using namespace vexfs::gui;
using namespace vexfs::test;

namespace {

const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");
constexpr quint64 kLongUs = JobNotices::kLongUs;
constexpr int kLongSeconds = 8;

struct Shown
{
    QString summary;
    QString body;
    QStringList actions;
    QVariantMap hints;
};

} // namespace

/// The desktop: it keeps what it is asked to show.
class Desktop : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    Desktop() : m_bus(QDBusConnection::connectToBus(QDBusConnection::SessionBus, kName))
    {
        m_isThere = m_bus.registerObject(kPath, this,
                                         QDBusConnection::ExportAllSlots
                                             | QDBusConnection::ExportAllSignals)
            && m_bus.registerService(kService);
    }
    ~Desktop() override
    {
        m_bus.unregisterService(kService);
        QDBusConnection::disconnectFromBus(kName);
    }
    bool isThere() const { return m_isThere; }

    QStringList capabilities{QStringLiteral("actions"), QStringLiteral("body"),
                             QStringLiteral("body-markup")};
    QList<Shown> shown;
    QList<uint> closed;

    // Names of the specification.
public Q_SLOTS:
    QStringList GetCapabilities() const { return capabilities; }
    uint Notify(const QString &program, uint replaces, const QString &icon,
                const QString &summary, const QString &body, const QStringList &actions,
                const QVariantMap &hints, int expires)
    {
        Q_UNUSED(program)
        Q_UNUSED(replaces)
        Q_UNUSED(icon)
        Q_UNUSED(expires)
        shown.append({summary, body, actions, hints});
        return uint(shown.size());
    }
    void CloseNotification(uint id)
    {
        closed.append(id);
        Q_EMIT NotificationClosed(id, 3);
    }

Q_SIGNALS:
    void ActionInvoked(uint id, const QString &action);
    void ActivationToken(uint id, const QString &token);
    void NotificationClosed(uint id, uint reason);

private:
    const QString kName = QStringLiteral("desktop");
    QDBusConnection m_bus;
    bool m_isThere = false;
};

class NoticesTest : public WindowSession
{
    Q_OBJECT

private Q_SLOTS:
    void longWorkIsToldOfWhenTheWindowIsClosed()
    {
        Desktop desktop;
        QVERIFY(desktop.isThere());
        QSignalSpy over(&m_window->presence(), &Presence::over);
        const QString job = startLongScrub();
        QVERIFY(!job.isEmpty());
        m_window->close();
        // Closed, and there is something to stay for.
        QCOMPARE(over.size(), 0);
        QTRY_COMPARE_WITH_TIMEOUT(desktop.shown.size(), 1, kWaitMs * 3);
        QVERIFY(jobInfo(job).endTimeUs - jobInfo(job).startTimeUs >= kLongUs);
        const Shown &notice = desktop.shown[0];
        QVERIFY2(notice.summary.endsWith(QStringLiteral(": done")), qPrintable(notice.summary));
        QVERIFY2(notice.body.startsWith(QStringLiteral("It took ")), qPrintable(notice.body));
        QCOMPARE(notice.actions, QStringList({QStringLiteral("default"),
                                              QStringLiteral("Show Activity")}));
        QCOMPARE(notice.hints.value(QStringLiteral("desktop-entry")).toString(),
                 QStringLiteral("org.vexfs.VexFS"));
        QTest::qWait(1500); // another look at the jobs
        QCOMPARE(desktop.shown.size(), 1);
        QCOMPARE(over.size(), 0); // it may still be clicked
        m_window->showPage(MainWindow::Search);
        Q_EMIT desktop.ActivationToken(1, QStringLiteral("token-1"));
        Q_EMIT desktop.ActionInvoked(1, QStringLiteral("default"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->isVisible(), kWaitMs);
        QCOMPARE(m_window->page(), MainWindow::Activity);
        QCOMPARE(qEnvironmentVariable("XDG_ACTIVATION_TOKEN"), QStringLiteral("token-1"));
        // Who looks needs it no more.
        QTRY_COMPARE_WITH_TIMEOUT(desktop.closed, QList<uint>{1}, kWaitMs);
        m_window->close();
        QTRY_VERIFY_WITH_TIMEOUT(over.size() > 0, kWaitMs);
    }

    void whoLooksOrWantsNoneIsToldNothing()
    {
        Desktop desktop;
        QVERIFY(desktop.isThere());
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        waitForEnd(startLongScrub());
        m_window->showPage(MainWindow::Activity);
        auto *notices = buttonWith<QCheckBox>(
            *m_window, QStringLiteral("Notify when work that took long has ended"));
        QVERIFY(notices && notices->isChecked());
        QTest::mouseClick(notices, Qt::LeftButton);
        QSignalSpy over(&m_window->presence(), &Presence::over);
        const QString job = startLongScrub();
        m_window->close();
        QVERIFY(over.size() > 0); // nothing to stay for
        waitForEnd(job);
        QTest::qWait(1500);
        QCOMPARE(desktop.shown.size(), 0);
    }

    void withoutADesktopNothingIsLost()
    {
        client::DesktopNotices notices;
        QSignalSpy closed(&notices, &client::DesktopNotices::closed);
        notices.show({QStringLiteral("done"), QStringLiteral("all"), QStringLiteral("Show"),
                      false});
        QVERIFY(notices.areOpen());
        QTRY_COMPARE_WITH_TIMEOUT(closed.size(), 1, kWaitMs);
        QVERIFY(!notices.areOpen());
    }

    void aDesktopIsToldWhatItUnderstands()
    {
        Desktop desktop;
        QVERIFY(desktop.isThere());
        client::DesktopNotices notices;
        const client::DesktopNotice notice{QStringLiteral("failed"),
                                           QStringLiteral("<b>a & b</b> is gone"),
                                           QStringLiteral("Show"), true};
        notices.show(notice);
        QTRY_COMPARE_WITH_TIMEOUT(desktop.shown.size(), 1, kWaitMs);
        QCOMPARE(desktop.shown[0].body, notice.body.toHtmlEscaped());
        QCOMPARE(desktop.shown[0].hints.value(QStringLiteral("category")).toString(),
                 QStringLiteral("transfer.error"));
        // Of others' notifications nothing is taken.
        QSignalSpy activated(&notices, &client::DesktopNotices::activated);
        Q_EMIT desktop.ActionInvoked(77, QStringLiteral("default"));
        Q_EMIT desktop.ActionInvoked(1, QStringLiteral("default"));
        QTRY_COMPARE_WITH_TIMEOUT(activated.size(), 1, kWaitMs);
        QVERIFY(notices.areOpen());
        Q_EMIT desktop.NotificationClosed(1, 2);
        QTRY_VERIFY_WITH_TIMEOUT(!notices.areOpen(), kWaitMs);
        desktop.capabilities = {QStringLiteral("body")};
        notices.show(notice);
        QTRY_COMPARE_WITH_TIMEOUT(desktop.shown.size(), 2, kWaitMs);
        QCOMPARE(desktop.shown[1].body, notice.body);
        QVERIFY(desktop.shown[1].actions.isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(!notices.areOpen(), kWaitMs);
    }

    void onlyLongWorkThatWasSeenRunningIsWorthAWord_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<quint64>("tookUs");
        QTest::addColumn<bool>("isAttended");
        QTest::addColumn<int>("told");
        const QString running = QStringLiteral("running");
        const QString done = QStringLiteral("succeeded");
        QTest::newRow("long") << running << done << kLongUs << false << 1;
        QTest::newRow("failed") << running << QStringLiteral("failed") << kLongUs << false << 1;
        QTest::newRow("quick") << running << done << kLongUs - 1 << false << 0;
        QTest::newRow("attended") << running << done << kLongUs << true << 0;
        QTest::newRow("cancelled")
            << running << QStringLiteral("cancelled") << kLongUs << false << 0;
        QTest::newRow("ended long ago") << done << done << kLongUs << false << 0;
        QTest::newRow("runs on") << running << running << kLongUs << false << 0;
    }
    void onlyLongWorkThatWasSeenRunningIsWorthAWord()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(quint64, tookUs);
        QFETCH(bool, isAttended);
        QFETCH(int, told);
        FakeClient daemon;
        Service service(daemon);
        JobNotices notices(service, [isAttended] { return isAttended; });
        QSignalSpy ended(&notices, &JobNotices::ended);
        for (const QString &state : {before, after, after}) {
            client::JobInfo job;
            job.object = QStringLiteral("/jobs/1");
            job.state = state;
            job.startTimeUs = 1;
            job.endTimeUs = 1 + tookUs;
            service.refresh();
            daemon.inventories.back().answer(client::Inventory{{}, {}, {job}});
            QCoreApplication::processEvents();
        }
        QCOMPARE(ended.size(), told);
    }

    void whatIsWishedIsKept()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("window.ini"));
        {
            MainWindow window(*m_client, file);
            QVERIFY(window.presence().wishes().hasNotices);
            QVERIFY(!window.presence().wishes().hasTray);
            window.showPage(MainWindow::Activity);
            for (QCheckBox *box : window.findChildren<QCheckBox *>()) {
                if (box->text().contains(QStringLiteral("otify")))
                    box->click();
                // Offscreen there is no tray: it cannot be asked for, and says so.
                if (box->text().contains(QStringLiteral("tray")))
                    QVERIFY(!box->isEnabled() && !box->toolTip().isEmpty());
            }
        }
        const MainWindow again(*m_client, file);
        QVERIFY(!const_cast<MainWindow &>(again).presence().wishes().hasNotices);
    }

private:
    /// Read as slowly as it takes to be long; the job's object.
    QString startLongScrub()
    {
        const client::VolumeInfo *volume = m_window->service().current();
        const auto reply = m_client->scrubVolume(volume->object,
                                                 volume->usedBytes / kLongSeconds + 1);
        if (!QTest::qWaitFor([&] { return reply.isFinished(); }, kWaitMs) || !reply.result())
            return {};
        const QString object = *reply.result();
        m_window->service().refresh();
        const auto isSeen = [&] { return !jobInfo(object).object.isEmpty(); };
        return QTest::qWaitFor(isSeen, kWaitMs) ? object : QString();
    }
    client::JobInfo jobInfo(const QString &object)
    {
        for (const client::JobInfo &each : m_window->service().jobs()) {
            if (each.object == object)
                return each;
        }
        return {};
    }
    void waitForEnd(const QString &object)
    {
        QVERIFY(!object.isEmpty());
        m_window->service().setPolling(true);
        QTRY_VERIFY_WITH_TIMEOUT(jobInfo(object).isFinished(), kWaitMs * 3);
        QVERIFY(jobInfo(object).endTimeUs - jobInfo(object).startTimeUs >= kLongUs);
    }
};

int main(int argc, char **argv)
{
    return runWindowTest<NoticesTest>(argc, argv);
}
#include "notices_test.moc"
