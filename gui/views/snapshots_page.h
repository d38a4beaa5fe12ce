// SPDX-License-Identifier: Apache-2.0
//
// gui/views/snapshots_page.h - the snapshots of the volume: take, browse, delete.
#pragma once

#include "gui/models/snapshot_model.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTreeView;

namespace vexfs::gui {

class MessageBar;
class Placeholder;

class SnapshotsPage : public QWidget
{
    Q_OBJECT

public:
    explicit SnapshotsPage(SnapshotModel &model, QWidget *parent = nullptr);

private:
    void showState();
    void showSelected();
    void takeSnapshot();
    void removeSelected();
    void browse();
    QList<int> selectedRows() const;

    SnapshotModel &m_model;
    QSortFilterProxyModel *m_filtered;
    MessageBar *m_message;
    QLineEdit *m_filter;
    QPushButton *m_take;
    QPushButton *m_browse;
    QPushButton *m_remove;
    QTreeView *m_table;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
    QLabel *m_summary;
};

} // namespace vexfs::gui
