// SPDX-License-Identifier: Apache-2.0
//
// gui/views/watch_list.h - plain folders that are indexed where they lie: which, and how far.
#pragma once

#include "gui/models/choosing/file_chooser.h"
#include "gui/models/service.h"

#include <QWidget>

class QLineEdit;
class QListWidget;
class QPushButton;

namespace vexfs::gui {

class WatchList : public QWidget
{
    Q_OBJECT

public:
    explicit WatchList(Service &service, QWidget *parent = nullptr);

    /// Watches it again, after it was removed here.
    void add(const QString &uri);

Q_SIGNALS:
    void failed(const QString &what);
    void removed(const QString &uri);

private:
    void showState();
    void showButtons();
    void addTyped();
    void removeSelected();

    Service &m_service;
    FileChooser m_chooser;
    QListWidget *m_list;
    QLineEdit *m_folder;
    QPushButton *m_choose;
    QPushButton *m_add;
    QPushButton *m_remove;
};

} // namespace vexfs::gui
