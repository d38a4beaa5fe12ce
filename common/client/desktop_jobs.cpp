// SPDX-License-Identifier: Apache-2.0
#include "common/client/desktop_jobs.h"

#include "common/client/signal_relay.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace vexfs::client {

namespace {

const QString kServer = QStringLiteral("org.kde.JobViewServer");
const QString kServerPath = QStringLiteral("/JobViewServer");
const QString kServerInterface = QStringLiteral("org.kde.JobViewServerV2");
const QString kViewInterface = QStringLiteral("org.kde.JobViewV3");
const QString kProgram = QStringLiteral("org.vexfs.VexFS");
constexpr int kKillable = 1;
/// KJob::UserDefinedError.
constexpr uint kFailed = 100;

QDBusPendingCall call(const QString &path, const QString &interface, const char *method,
                      const QVariantList &arguments)
{
    QDBusMessage message =
        QDBusMessage::createMethodCall(kServer, path, interface, QLatin1String(method));
    message.setArguments(arguments);
    // A desktop that is not there is not to be started for this.
    message.setAutoStartService(false);
    return QDBusConnection::sessionBus().asyncCall(message);
}

QVariantMap fieldsOf(const DesktopJob &job)
{
    QVariantMap fields{{QStringLiteral("title"), job.title},
                       {QStringLiteral("infoMessage"), job.details}};
    if (job.progress >= 0)
        fields.insert(QStringLiteral("percent"), uint(job.progress * 100));
    if (job.filesTotal > 0) {
        fields.insert(QStringLiteral("processedFiles"), qulonglong(job.filesDone));
        fields.insert(QStringLiteral("totalFiles"), qulonglong(job.filesTotal));
    }
    if (job.bytesTotal > 0) {
        fields.insert(QStringLiteral("processedBytes"), qulonglong(job.bytesDone));
        fields.insert(QStringLiteral("totalBytes"), qulonglong(job.bytesTotal));
        fields.insert(QStringLiteral("speed"), qulonglong(job.bytesPerSecond));
    }
    return fields;
}

} // namespace

DesktopJobs::DesktopJobs(QObject *parent) : QObject(parent) {}

void DesktopJobs::show(const QString &id, const DesktopJob &job)
{
    const bool isNew = !m_views.contains(id);
    View &view = m_views[id];
    view.wanted = fieldsOf(job);
    if (isNew)
        ask(id, job.isCancelable);
    else
        update(view);
}

void DesktopJobs::ask(const QString &id, bool isCancelable)
{
    const QVariantMap hints{{QStringLiteral("immediate"), true}};
    auto *watcher = new QDBusPendingCallWatcher(
        call(kServerPath, kServerInterface, "requestView",
             {kProgram, isCancelable ? kKillable : 0, hints}),
        this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, id](QDBusPendingCallWatcher *done) {
                const QDBusPendingReply<QDBusObjectPath> reply = *done;
                done->deleteLater();
                // No such desktop: the job is not asked about again.
                if (reply.isValid())
                    open(id, reply.value().path());
            });
}

void DesktopJobs::open(const QString &id, const QString &object)
{
    const auto view = m_views.find(id);
    if (view == m_views.end()) {
        // It ended while the desktop made its view.
        terminate(object, {});
        return;
    }
    view->object = object;
    auto *relay =
        new SignalRelay([this, id](const QDBusMessage &) { Q_EMIT cancelAsked(id); }, this);
    relay->setObjectName(object);
    QDBusConnection::sessionBus().connect(kServer, object, kViewInterface,
                                          QStringLiteral("cancelRequested"), relay,
                                          SLOT(take(QDBusMessage)));
    update(*view);
}

void DesktopJobs::update(View &view)
{
    if (view.object.isEmpty())
        return;
    QVariantMap fresh;
    for (auto each = view.wanted.cbegin(); each != view.wanted.cend(); ++each) {
        if (view.told.value(each.key()) != each.value())
            fresh.insert(each.key(), each.value());
    }
    if (fresh.isEmpty())
        return;
    view.told = view.wanted;
    call(view.object, kViewInterface, "update", {fresh});
}

void DesktopJobs::end(const QString &id, const QString &why)
{
    const View view = m_views.take(id);
    if (view.object.isEmpty())
        return;
    delete findChild<SignalRelay *>(view.object, Qt::FindDirectChildrenOnly);
    terminate(view.object, why);
}

void DesktopJobs::terminate(const QString &object, const QString &why)
{
    call(object, kViewInterface, "terminate",
         {why.isEmpty() ? 0U : kFailed, why, QVariantMap()});
}

} // namespace vexfs::client
