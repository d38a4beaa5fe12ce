// SPDX-License-Identifier: Apache-2.0
//
// gui/views/budget_bar.h - what indexing of the current volume may take: time of the processor, and
// on the battery.
#pragma once

#include "gui/models/service.h"

#include <QTimer>
#include <QWidget>

class QComboBox;
class QSpinBox;

namespace vexfs::gui {

class BudgetBar : public QWidget
{
    Q_OBJECT

public:
    explicit BudgetBar(Service &service, QWidget *parent = nullptr);

Q_SIGNALS:
    void failed(const QString &what);

private:
    void showState();
    void tell();

    Service &m_service;
    QString m_volume; ///< that what is shown is of
    QTimer m_pause;   ///< a number is typed digit by digit
    bool m_isTelling = false;
    QSpinBox *m_percent;
    QComboBox *m_battery;
};

} // namespace vexfs::gui
