// SPDX-License-Identifier: Apache-2.0
//
// gui/views/add_page.h - files that were dropped anywhere in the window, where they go, and what
// becomes of each.
#pragma once

#include "gui/models/adding/added_files.h"
#include "gui/models/choosing/file_chooser.h"
#include "gui/models/drop_list.h"
#include "gui/models/service.h"

#include <QSortFilterProxyModel>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListView;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace vexfs::gui {

class MessageBar;
class Placeholder;
class WatchList;

/// Its files, or only those that failed.
class FailedFilter : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setOnlyFailed(bool isOn);

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    bool m_isOn = false;
};

class AddPage : public QWidget
{
    Q_OBJECT

public:
    AddPage(Service &service, DropList &list, QWidget *parent = nullptr);

    /// What was dropped or pasted; says when there is nothing in it that can be added.
    void take(const QMimeData &data);

private:
    QLayout *makeLine();
    QWidget *makeProgress();
    void connectList();
    void showState();
    void showProgress();
    void start();
    void retry();
    void forget();
    void chooseFiles();
    void showPlaceholder();
    void sayRemoved(const QString &uri);
    QString folderUri() const;

    Service &m_service;
    DropList &m_list;
    AddedFiles m_files;
    FailedFilter m_filter;
    FileChooser m_chooser;
    QString m_removed; ///< folder that the message bar offers to watch again
    MessageBar *m_message;
    QLabel *m_sentence;
    QLineEdit *m_folder;
    QComboBox *m_mode;
    QCheckBox *m_recursive;
    QPushButton *m_start;
    QPushButton *m_clear;
    QListView *m_view;
    QLabel *m_progress;
    QCheckBox *m_onlyFailed;
    QPushButton *m_retry;
    QPushButton *m_stop;
    QTreeView *m_table;
    QWidget *m_running;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
    WatchList *m_watched;
};

} // namespace vexfs::gui
