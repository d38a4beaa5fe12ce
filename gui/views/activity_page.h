// SPDX-License-Identifier: Apache-2.0
//
// gui/views/activity_page.h - what runs and what ran, and holding the background work back.
#pragma once

#include "gui/models/job_model.h"
#include "gui/models/opener.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QListWidget;
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

    /// What is wished of notifications and of the tray, as the window keeps it.
    void setWishes(bool hasNotices, bool hasTray, bool canHaveTray);

Q_SIGNALS:
    void wished(bool hasNotices, bool hasTray);

private:
    void showState();
    void togglePause();
    QWidget *makeDetails();
    void showDetails();
    void askProblems(const client::JobInfo &job);
    QLayout *makeWishes();
    int selectedRow() const;

    Service &m_service;
    JobModel &m_model;
    MessageBar *m_message;
    QLabel *m_sentence;
    QPushButton *m_pause;
    QPushButton *m_hold; ///< pauses the selected job, or lets it go on
    QPushButton *m_cancel;
    QCheckBox *m_notices;
    QCheckBox *m_tray;
    QTreeView *m_table;
    QWidget *m_details; ///< of a job that went wrong
    QLabel *m_problem;
    QListWidget *m_problems;
    Opener m_opener;
    QString m_shownJob;
    quint64 m_shownProblems = 0;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
};

} // namespace vexfs::gui
