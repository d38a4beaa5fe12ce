// SPDX-License-Identifier: Apache-2.0
#include "gui/app/presence.h"

#include <QApplication>
#include <QMenu>
#include <QSystemTrayIcon>

namespace vexfs::gui {

namespace {

constexpr int kLingerMs = 10 * 60 * 1000;

} // namespace

Presence::Presence(Service &service, QWidget &window, quint64 longUs)
    : m_service(service), m_window(window),
      m_jobs(service, [] { return QApplication::activeWindow() != nullptr; }, longUs)
{
    m_linger.setSingleShot(true);
    m_linger.setInterval(kLingerMs);
    connect(&m_jobs, &JobNotices::ended, this, &Presence::tell);
    connect(&m_notices, &client::DesktopNotices::activated, this, &Presence::activityAsked);
    connect(&m_notices, &client::DesktopNotices::closed, this, &Presence::endIfIdle);
    connect(&m_linger, &QTimer::timeout, this, &Presence::endIfIdle);
    connect(&service, &Service::changed, this, &Presence::endIfIdle);
    connect(&service, &Service::changed, this, &Presence::showTray);
}

Presence::~Presence() = default;

bool Presence::canHaveTray()
{
    return QSystemTrayIcon::isSystemTrayAvailable();
}

void Presence::setWishes(const PresenceWishes &wishes)
{
    m_wishes = wishes;
    showTray();
}

void Presence::follow()
{
    if (m_window.isVisible()) {
        m_linger.stop();
        m_notices.closeAll();
    } else {
        m_linger.start();
        endIfIdle();
    }
}

void Presence::quit()
{
    m_tray.reset();
    Q_EMIT over();
}

void Presence::tell(const client::JobInfo &job)
{
    if (!m_wishes.hasNotices)
        return;
    m_notices.show({noticeTitle(job), noticeText(job), tr("Show Activity"),
                    job.state == QLatin1String("failed")});
    m_linger.start();
}

void Presence::endIfIdle()
{
    if (m_window.isVisible() || m_tray)
        return;
    const bool isWaiting = m_wishes.hasNotices && m_jobs.isWaiting();
    const bool isOpen = m_notices.areOpen() && m_linger.isActive();
    if (!isWaiting && !isOpen)
        Q_EMIT over();
}

// In words: a picture alone says nothing to who does not see it.
void Presence::showTray()
{
    if (!m_wishes.hasTray || !canHaveTray()) {
        m_tray.reset();
        return;
    }
    if (!m_tray) {
        m_tray = std::make_unique<QSystemTrayIcon>(QApplication::windowIcon());
        auto *menu = new QMenu(&m_window);
        connect(menu->addAction(tr("&Show VexFS")), &QAction::triggered, this,
                &Presence::windowAsked);
        connect(menu->addAction(tr("&Quit")), &QAction::triggered, this, &Presence::quit);
        connect(m_tray.get(), &QObject::destroyed, menu, &QObject::deleteLater);
        connect(m_tray.get(), &QSystemTrayIcon::activated, this,
                [this](QSystemTrayIcon::ActivationReason reason) {
                    if (reason == QSystemTrayIcon::Trigger)
                        Q_EMIT windowAsked();
                });
        m_tray->setContextMenu(menu);
        m_tray->show();
    }
    m_tray->setToolTip(m_service.isAvailable()
                           ? tr("VexFS: %1").arg(m_service.activity())
                           : tr("VexFS: the service does not answer"));
}

} // namespace vexfs::gui
