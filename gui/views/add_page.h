// SPDX-License-Identifier: Apache-2.0
//
// gui/views/add_page.h - files that were dropped anywhere in the window, and where they go.
#pragma once

#include "gui/models/choosing/file_chooser.h"
#include "gui/models/drop_list.h"
#include "gui/models/service.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QLineEdit;
class QListView;
class QPushButton;
class QStackedWidget;

namespace vexfs::gui {

class MessageBar;
class Placeholder;

class AddPage : public QWidget
{
    Q_OBJECT

public:
    AddPage(Service &service, DropList &list, QWidget *parent = nullptr);

    /// What was dropped or pasted; says when there is no file in it.
    void take(const QMimeData &data);

Q_SIGNALS:
    void started(const QString &job);

private:
    void showState();
    void start();
    void chooseFiles();
    void showPlaceholder();
    QString folderUri() const;

    Service &m_service;
    DropList &m_list;
    FileChooser m_chooser;
    MessageBar *m_message;
    QLabel *m_sentence;
    QLineEdit *m_folder;
    QCheckBox *m_recursive;
    QPushButton *m_start;
    QPushButton *m_clear;
    QListView *m_view;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
};

} // namespace vexfs::gui
