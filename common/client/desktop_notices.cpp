// SPDX-License-Identifier: Apache-2.0
#include "common/client/desktop_notices.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QVariantMap>

#include <utility>

namespace vexfs::client {

namespace {

const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");
const QString kProgram = QStringLiteral("org.vexfs.VexFS");
/// The action of a click on the notification itself.
const QString kDefault = QStringLiteral("default");

/// How long it is shown: as long as the desktop likes.
constexpr int kExpires = -1;
constexpr uchar kNormal = 1;
constexpr uchar kLow = 0;

QDBusPendingCall ask(const char *method, const QVariantList &arguments)
{
    QDBusMessage message
        = QDBusMessage::createMethodCall(kService, kPath, kService, QLatin1String(method));
    message.setArguments(arguments);
    return QDBusConnection::sessionBus().asyncCall(message);
}

} // namespace

DesktopNotices::DesktopNotices(QObject *parent) : QObject(parent)
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    const auto follow = [&](const char *signal, const char *slot) {
        bus.connect(kService, kPath, kService, QLatin1String(signal), this, slot);
    };
    follow("ActionInvoked", SLOT(onActionInvoked(uint, QString)));
    follow("ActivationToken", SLOT(onActivationToken(uint, QString)));
    follow("NotificationClosed", SLOT(onNotificationClosed(uint, uint)));
}

// What the desktop can do is asked each time: it may be another one than before.
void DesktopNotices::show(const DesktopNotice &notice)
{
    ++m_asked;
    auto *watcher = new QDBusPendingCallWatcher(ask("GetCapabilities", {}), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, notice](QDBusPendingCallWatcher *done) {
                const QDBusPendingReply<QStringList> reply = *done;
                done->deleteLater();
                if (reply.isValid()) {
                    send(notice, reply.value());
                    return;
                }
                --m_asked;
                Q_EMIT closed();
            });
}

void DesktopNotices::send(const DesktopNotice &notice, const QStringList &capabilities)
{
    QStringList actions;
    if (capabilities.contains(QStringLiteral("actions")))
        actions = {kDefault, notice.action};
    const bool isMarkup = capabilities.contains(QStringLiteral("body-markup"));
    const QVariantMap hints{
        {QStringLiteral("desktop-entry"), kProgram},
        {QStringLiteral("category"), notice.isFailure ? QStringLiteral("transfer.error")
                                                      : QStringLiteral("transfer.complete")},
        {QStringLiteral("urgency"), QVariant::fromValue(notice.isFailure ? kNormal : kLow)}};
    auto *watcher = new QDBusPendingCallWatcher(
        ask("Notify", {QStringLiteral("VexFS"), 0U, kProgram, notice.summary,
                       isMarkup ? notice.body.toHtmlEscaped() : notice.body, actions, hints,
                       kExpires}),
        this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, hasAction = !actions.isEmpty()](QDBusPendingCallWatcher *done) {
                const QDBusPendingReply<uint> reply = *done;
                done->deleteLater();
                --m_asked;
                // One that cannot be clicked needs nobody who waits for it.
                if (reply.isValid() && hasAction)
                    m_shown.insert(reply.value());
                else
                    Q_EMIT closed();
            });
}

void DesktopNotices::closeAll()
{
    for (const uint id : std::as_const(m_shown))
        ask("CloseNotification", {id});
}

void DesktopNotices::onActivationToken(uint id, const QString &token)
{
    if (m_shown.contains(id))
        m_token = token;
}

void DesktopNotices::onActionInvoked(uint id, const QString &)
{
    if (m_shown.contains(id))
        Q_EMIT activated(std::exchange(m_token, {}));
}

void DesktopNotices::onNotificationClosed(uint id, uint)
{
    if (m_shown.remove(id))
        Q_EMIT closed();
}

} // namespace vexfs::client
