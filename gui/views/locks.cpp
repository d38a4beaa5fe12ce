// SPDX-License-Identifier: Apache-2.0
#include "gui/views/locks.h"

#include "gui/widgets/theme_icon.h"

#include <QAbstractButton>
#include <QAction>

namespace vexfs::gui {

Locks::Locks(Service &service, QObject *parent) : QObject(parent), m_service(service)
{
    connect(&service, &Service::permissionsChanged, this, &Locks::showAll);
}

void Locks::add(QAbstractButton *button, base::Action action)
{
    addTarget(button, action);
}

void Locks::add(QAction *item, base::Action action)
{
    addTarget(item, action);
}

void Locks::addTarget(QObject *target, base::Action action)
{
    Lock lock{target, action, target->property("icon").value<QIcon>(),
              target->property("toolTip").toString(), target->property("enabled").toBool(), {}};
    // An item's tool tip is its text where it has none of its own.
    if (auto *item = qobject_cast<QAction *>(target)) {
        if (item->toolTip() == item->text().remove(u'&').remove(QStringLiteral("…")))
            lock.toolTip.clear();
    }
    m_locks.append(lock);
    show(&m_locks.last());
}

Locks::Lock *Locks::lockOf(const QObject *target)
{
    for (Lock &each : m_locks) {
        if (each.target == target)
            return &each;
    }
    return nullptr;
}

void Locks::setUseful(const QObject *target, bool isUseful)
{
    if (Lock *lock = lockOf(target)) {
        lock->isUseful = isUseful;
        show(lock);
    }
}

void Locks::setToolTip(const QObject *target, const QString &toolTip)
{
    if (Lock *lock = lockOf(target)) {
        lock->toolTip = toolTip;
        show(lock);
    }
}

// Both kinds of target have these properties, and nothing else in common.
void Locks::show(Lock *lock) const
{
    QObject *target = lock->target;
    if (!target)
        return;
    const QString reason = m_service.lockReason(lock->action);
    const bool isForbidden = m_service.permission(lock->action) == base::Permission::No;
    target->setProperty("enabled", lock->isUseful && !isForbidden);
    const QString toolTip = reason.isEmpty() ? lock->toolTip : reason;
    if (target->property("toolTip").toString() != toolTip)
        target->setProperty("toolTip", toolTip);
    if (reason == lock->shown)
        return;
    lock->shown = reason;
    target->setProperty("icon", reason.isEmpty() ? lock->icon
                                                 : themeIcon(QStringLiteral("object-locked")));
    // Who does not see the lock hears of it.
    if (target->isWidgetType())
        target->setProperty("accessibleDescription", reason);
}

void Locks::showAll()
{
    for (Lock &each : m_locks)
        show(&each);
    Q_EMIT changed();
}

} // namespace vexfs::gui
