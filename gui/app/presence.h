// SPDX-License-Identifier: Apache-2.0
//
// gui/app/presence.h - the program while nobody looks at its window: notifications of what ended,
// the icon in the tray for who wants one, and when there is nothing left to stay for.
#pragma once

#include "common/client/desktop_notices.h"
#include "gui/models/notices/job_notices.h"

#include <QTimer>

#include <memory>

class QSystemTrayIcon;

namespace vexfs::gui {

/// What the user wants of it. Kept by the window with its size.
struct PresenceWishes
{
    bool hasNotices = true;
    bool hasTray = false;
};

/// Part of the window, which must outlive it.
class Presence : public QObject
{
    Q_OBJECT

public:
    Presence(Service &service, QWidget &window, quint64 longUs = JobNotices::kLongUs);
    ~Presence() override;

    const PresenceWishes &wishes() const { return m_wishes; }
    void setWishes(const PresenceWishes &wishes);
    /// Whether the desktop has a tray now.
    static bool canHaveTray();

    /// The window was closed or has come back.
    void follow();
    /// Whatever there is to wait for.
    void quit();

Q_SIGNALS:
    void activityAsked(const QString &token);
    void windowAsked();
    /// The window is closed, and there is nothing to stay for.
    void over();

private:
    void tell(const client::JobInfo &job);
    void endIfIdle();
    void showTray();

    Service &m_service;
    QWidget &m_window;
    PresenceWishes m_wishes;
    JobNotices m_jobs;
    client::DesktopNotices m_notices;
    QTimer m_linger; ///< A notification that nobody closes does not keep the program for ever.
    std::unique_ptr<QSystemTrayIcon> m_tray;
};

} // namespace vexfs::gui
