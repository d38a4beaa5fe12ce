// SPDX-License-Identifier: Apache-2.0
//
// gui/views/schedule_bar.h - snapshots that are taken by themselves: a sentence with numbers in it.
#pragma once

#include "gui/views/locks.h"

#include <QCheckBox>
#include <QLabel>
#include <QSpinBox>
#include <QTimer>
#include <QVariantMap>
#include <QWidget>

namespace vexfs::gui {

class ScheduleBar : public QWidget
{
    Q_OBJECT

public:
    explicit ScheduleBar(Service &service, QWidget *parent = nullptr);

    /// As the daemon has it. What is being edited is left alone.
    void show(const QVariantMap &schedule, quint64 nextRunUs);

Q_SIGNALS:
    /// Only what is another now.
    void changed(const QVariantMap &changes);

private:
    void addNumber(const QString &before, const QString &key, const QString &name);
    void tell();

    Service &m_service;
    Locks m_locks;
    QCheckBox *m_isOn;
    QList<std::pair<QSpinBox *, QString>> m_numbers; ///< with the interface's names
    QLabel *m_next;
    QWidget *m_sentence;
    QTimer m_pause; ///< After the last key: a schedule is not written for each digit.
    QVariantMap m_schedule;
};

} // namespace vexfs::gui
