// SPDX-License-Identifier: Apache-2.0
//
// Goal: what runs stands in the desktop's list of jobs, where there is one, with how far it is; it
// can be stopped from there, and is gone from it when it ends. What indexing may take is set on the
// same page. Method: the window on the session that window.py made, the part of a desktop on that
// bus that keeps such a list, and jobs that are held back so that they last.
#include "tests/gui/fake_client.h"
#include "tests/gui/window_fixture.h"

#include "gui/models/job_model.h"
#include "gui/models/notices/job_views.h"
#include "gui/views/activity_page.h"

#include <QComboBox>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTreeView>

using namespace vexfs;
using namespace vexfs::gui;

namespace {

const QString kServer = QStringLiteral("org.kde.JobViewServer");
const QString kBusName = QStringLiteral("job-views");

} // namespace

/// A view of the desktop. Names of its interface.
class JobView : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.kde.JobViewV3")

public:
    QVariantMap fields;
    int updates = 0;
    int ends = 0;
    uint code = 0;
    QString why;

public Q_SLOTS:
    void update(const QVariantMap &fresh)
    {
        ++updates;
        for (auto each = fresh.cbegin(); each != fresh.cend(); ++each)
            fields.insert(each.key(), each.value());
    }
    void terminate(uint errorCode, const QString &message, const QVariantMap &hints)
    {
        Q_UNUSED(hints)
        ++ends;
        code = errorCode;
        why = message;
    }

Q_SIGNALS:
    void cancelRequested();
};

/// The desktop: it keeps the views that it is asked for.
class JobViewServer : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.kde.JobViewServerV2")

public:
    JobViewServer() : m_bus(QDBusConnection::connectToBus(QDBusConnection::SessionBus, kBusName))
    {
        m_isThere = m_bus.registerObject(QStringLiteral("/JobViewServer"), this,
                                         QDBusConnection::ExportAllSlots)
            && m_bus.registerService(kServer);
    }
    ~JobViewServer() override
    {
        m_bus.unregisterService(kServer);
        QDBusConnection::disconnectFromBus(kBusName);
    }
    bool isThere() const { return m_isThere; }

    std::vector<std::unique_ptr<JobView>> views;
    QStringList programs;
    QList<int> capabilities;

public Q_SLOTS:
    QDBusObjectPath requestView(const QString &desktopEntry, int mayDo, const QVariantMap &hints)
    {
        Q_UNUSED(hints)
        programs.append(desktopEntry);
        capabilities.append(mayDo);
        views.push_back(std::make_unique<JobView>());
        const QString path = QStringLiteral("/JobViewServer/JobView_%1").arg(views.size());
        m_bus.registerObject(path, views.back().get(),
                             QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals);
        return QDBusObjectPath(path);
    }

private:
    QDBusConnection m_bus;
    bool m_isThere = false;
};

class JobViewsTest : public test::WindowSession
{
    Q_OBJECT

    static client::JobInfo runningJob()
    {
        client::JobInfo job;
        job.object = QStringLiteral("/jobs/1");
        job.kind = QStringLiteral("ingest");
        job.state = QStringLiteral("running");
        job.currentUri = QStringLiteral("file:///a/b%20c.txt");
        job.startTimeUs = 1;
        job.progress = 0.25;
        job.itemsDone = 5;
        job.itemsTotal = 20;
        job.bytesDone = 1000;
        job.bytesTotal = 4000;
        job.rate = 500;
        job.isCancelable = true;
        return job;
    }

private Q_SLOTS:
    void aJobIsShownFollowedAndEnded()
    {
        JobViewServer desktop;
        QVERIFY(desktop.isThere());
        test::FakeClient daemon;
        Service service(daemon);
        JobViews views(service);
        client::Inventory inventory;
        inventory.jobs = {runningJob()};
        const auto answer = [&] {
            service.refresh();
            daemon.inventories.back().answer(inventory);
        };
        answer();
        QTRY_COMPARE(desktop.views.size(), size_t(1));
        JobView &view = *desktop.views[0];
        QTRY_COMPARE(view.updates, 1);
        QCOMPARE(desktop.programs, QStringList{QStringLiteral("org.vexfs.VexFS")});
        QCOMPARE(desktop.capabilities, QList<int>{1});
        QCOMPARE(view.fields.value(QStringLiteral("title")).toString(),
                 jobTitle(inventory.jobs[0]));
        QCOMPARE(view.fields.value(QStringLiteral("infoMessage")).toString(),
                 QStringLiteral("b c.txt"));
        QCOMPARE(view.fields.value(QStringLiteral("percent")).toUInt(), 25U);
        QCOMPARE(view.fields.value(QStringLiteral("processedFiles")).toULongLong(), 5U);
        QCOMPARE(view.fields.value(QStringLiteral("totalBytes")).toULongLong(), 4000U);
        QCOMPARE(view.fields.value(QStringLiteral("speed")).toULongLong(), 500U);
        // Nothing new: nothing is told. Then it is.
        answer();
        inventory.jobs[0].progress = 0.5;
        answer();
        QTRY_COMPARE(view.updates, 2);
        QCOMPARE(view.fields.value(QStringLiteral("percent")).toUInt(), 50U);
        inventory.jobs[0].state = QStringLiteral("failed");
        inventory.jobs[0].errorMessage = QStringLiteral("the disk is full");
        answer();
        QTRY_COMPARE(view.ends, 1);
        QVERIFY(view.code != 0);
        QCOMPARE(view.why, QStringLiteral("the disk is full"));
        answer();
        QTest::qWait(200);
        QCOMPARE(view.ends, 1);
        QCOMPARE(desktop.views.size(), size_t(1));
    }

    void whatIsShortOrNoLongerKnownIsNotShown()
    {
        JobViewServer desktop;
        QVERIFY(desktop.isThere());
        test::FakeClient daemon;
        Service service(daemon);
        JobViews views(service);
        client::Inventory inventory;
        inventory.jobs = {runningJob()};
        const quint64 now = quint64(QDateTime::currentMSecsSinceEpoch()) * 1000;
        inventory.jobs[0].startTimeUs = now + 3600 * 1'000'000ULL;
        service.refresh();
        daemon.inventories.back().answer(inventory);
        QTest::qWait(200);
        QCOMPARE(desktop.views.size(), size_t(0));
        inventory.jobs[0].startTimeUs = 1;
        service.refresh();
        daemon.inventories.back().answer(inventory);
        QTRY_COMPARE(desktop.views.size(), size_t(1));
        // The daemon was replaced.
        inventory.jobs.clear();
        service.refresh();
        daemon.inventories.back().answer(inventory);
        QTRY_COMPARE(desktop.views[0]->ends, 1);
        QCOMPARE(desktop.views[0]->code, 0U);
    }

    void withoutSuchADesktopNothingHappens()
    {
        test::FakeClient daemon;
        Service service(daemon);
        JobViews views(service);
        client::Inventory inventory;
        inventory.jobs = {runningJob()};
        for (int i = 0; i < 3; ++i) {
            service.refresh();
            daemon.inventories.back().answer(inventory);
            QTest::qWait(50);
        }
        inventory.jobs.clear();
        service.refresh();
        daemon.inventories.back().answer(inventory);
        QTest::qWait(50);
        QVERIFY(service.isAvailable());
    }

    void aJobOfTheDaemonIsStoppedFromTheDesktop()
    {
        JobViewServer desktop;
        QVERIFY(desktop.isThere());
        // A byte a second lasts.
        QString job;
        auto started = m_client->scrubVolume(m_window->service().currentVolume(), 1);
        started.then(this, [&job](const base::Result<QString> &object) { job = object.value(); });
        QTRY_VERIFY_WITH_TIMEOUT(desktop.views.size() == 1, test::kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(desktop.views[0]->updates > 0, test::kWaitMs);
        Q_EMIT desktop.views[0]->cancelRequested();
        QTRY_COMPARE_WITH_TIMEOUT(desktop.views[0]->ends, 1, test::kWaitMs);
        QString state;
        m_client->job(job).then(this, [&state](const base::Result<client::JobInfo> &info) {
            state = info.value().state;
        });
        QTRY_COMPARE_WITH_TIMEOUT(state, QStringLiteral("cancelled"), test::kWaitMs);
    }

    void aJobIsPausedAndGoesOn()
    {
        test::FakeClient daemon;
        Service service(daemon);
        JobModel model(service);
        ActivityPage page(service, model);
        page.show();
        client::Inventory inventory;
        inventory.jobs = {runningJob()};
        const auto answer = [&] {
            service.refresh();
            daemon.inventories.back().answer(inventory);
        };
        answer();
        QTRY_COMPARE(model.rowCount(), 1);
        auto *table = page.findChild<QTreeView *>();
        table->setCurrentIndex(model.index(0, 0));
        auto *button = test::buttonWith<QPushButton>(page, QStringLiteral("Pause Job"));
        QVERIFY(button && !button->isEnabled());
        inventory.jobs[0].isPausable = true;
        answer();
        QTRY_VERIFY(button->isEnabled());
        button->click();
        QCOMPARE(daemon.held, QStringList{QStringLiteral("pause /jobs/1")});
        inventory.jobs[0].state = QStringLiteral("paused");
        answer();
        QTRY_COMPARE(model.index(0, JobModel::State).data().toString(), QStringLiteral("Paused"));
        QTRY_VERIFY(test::buttonWith<QPushButton>(page, QStringLiteral("Resume Job")) == button);
        button->click();
        QCOMPARE(daemon.held.last(), QStringLiteral("resume /jobs/1"));
    }

    void whatIndexingMayTakeIsSet()
    {
        m_window->showPage(MainWindow::Activity);
        auto *percent = test::named<QSpinBox>(
            *m_window, QStringLiteral("Processor time that indexing may take"));
        auto *battery = test::named<QComboBox>(
            *m_window, QStringLiteral("What indexing does on battery"));
        QVERIFY(percent && battery && percent->isEnabled());
        QCOMPARE(percent->value(), 100);
        QCOMPARE(battery->currentText(), QStringLiteral("go on slowly"));
        percent->setFocus();
        percent->selectAll();
        QTest::keyClicks(percent, QStringLiteral("40"));
        battery->setFocus();
        QTest::keyClick(battery, Qt::Key_Up);
        const auto set = [this](const char *key) {
            return m_window->service().current()->index.configuration.value(QLatin1String(key));
        };
        QTRY_COMPARE_WITH_TIMEOUT(set("cpu-limit").toDouble(), 0.4, test::kWaitMs);
        QTRY_COMPARE_WITH_TIMEOUT(set("on-battery").toString(), QStringLiteral("pause"),
                                  test::kWaitMs);
        QCOMPARE(percent->value(), 40);
        // Another who sets it is shown here.
        m_client->configureIndex(m_window->service().currentVolume(),
                                 {{QStringLiteral("cpu-limit"), 0.7}});
        QTRY_COMPARE_WITH_TIMEOUT(percent->value(), 70, test::kWaitMs);
    }
};

int main(int argc, char **argv)
{
    return test::runWindowTest<JobViewsTest>(argc, argv);
}

#include "job_views_test.moc"
