// SPDX-License-Identifier: Apache-2.0
//
// gui/views/locks.h - buttons and menu items that need a right: each carries a lock, and says why,
// before it is clicked.
#pragma once

#include "gui/models/service.h"

#include <QIcon>
#include <QList>
#include <QPointer>

class QAbstractButton;
class QAction;

namespace vexfs::gui {

/// Part of a page; follows what the service says.
class Locks : public QObject
{
    Q_OBJECT

public:
    explicit Locks(Service &service, QObject *parent = nullptr);

    /// With the icon and the tool tip that it has without a lock.
    void add(QAbstractButton *button, base::Action action);
    void add(QAction *item, base::Action action);

    /// In place of setEnabled(): whether there is anything that it could do now.
    void setUseful(const QObject *target, bool isUseful);
    /// In place of setToolTip(): shown as long as there is no lock.
    void setToolTip(const QObject *target, const QString &toolTip);

Q_SIGNALS:
    void changed(); ///< after the targets have

private:
    struct Lock
    {
        QPointer<QObject> target; ///< a QAbstractButton or a QAction
        base::Action action;
        QIcon icon;
        QString toolTip;
        bool isUseful = true;
        QString shown; ///< the reason that its icon is of
    };

    void addTarget(QObject *target, base::Action action);
    Lock *lockOf(const QObject *target);
    void show(Lock *lock) const;
    void showAll();

    Service &m_service;
    QList<Lock> m_locks;
};

} // namespace vexfs::gui
