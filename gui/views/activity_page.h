// SPDX-License-Identifier: Apache-2.0
//
// gui/views/activity_page.h - what runs and what ran, and holding the background work back.
#pragma once

#include "gui/models/job_model.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace vexfs::gui {

class MessageBar;
class Placeholder;

class ActivityPage : public QWidget
{
    Q_OBJECT

public:
    ActivityPage(Service &service, JobModel &model, QWidget *parent = nullptr);

private:
    void showState();
    void togglePause();
    int selectedRow() const;

    Service &m_service;
    JobModel &m_model;
    MessageBar *m_message;
    QLabel *m_sentence;
    QPushButton *m_pause;
    QPushButton *m_cancel;
    QTreeView *m_table;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
};

} // namespace vexfs::gui
