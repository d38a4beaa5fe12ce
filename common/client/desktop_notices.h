// SPDX-License-Identifier: Apache-2.0
//
// common/client/desktop_notices.h - the desktop's notifications, org.freedesktop.Notifications (the
// Desktop Notifications Specification 1.2): whether they are shown, and where, is the desktop's.
#pragma once

#include <QObject>
#include <QSet>
#include <QString>

namespace vexfs::client {

/// Plain text; it is escaped where the desktop would read markup in it.
struct DesktopNotice
{
    QString summary;
    QString body;
    QString action; ///< what a click on it does; left out where the desktop has no actions
    bool isFailure = false;
};

/// Where no desktop listens, nothing is shown and nothing fails. Owner: main; lives in the GUI
/// thread, and never waits.
class DesktopNotices : public QObject
{
    Q_OBJECT

public:
    explicit DesktopNotices(QObject *parent = nullptr);

    void show(const DesktopNotice &notice);
    /// Some are asked for or shown, and can be clicked.
    bool areOpen() const { return m_asked > 0 || !m_shown.isEmpty(); }
    /// Takes those away that are shown: who looks at the window needs them no more.
    void closeAll();

Q_SIGNALS:
    /// token: of the desktop, that lets a window come to the front; empty where it has none.
    void activated(const QString &token);
    /// One is gone, or was never shown.
    void closed();

private Q_SLOTS:
    // Signals of the desktop, by its names.
    void onActionInvoked(uint id, const QString &action);
    void onActivationToken(uint id, const QString &token);
    void onNotificationClosed(uint id, uint reason);

private:
    void send(const DesktopNotice &notice, const QStringList &capabilities);

    QSet<uint> m_shown;
    QString m_token;
    int m_asked = 0;
};

} // namespace vexfs::client
