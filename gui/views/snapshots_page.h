// SPDX-License-Identifier: Apache-2.0
//
// gui/views/snapshots_page.h - the snapshots of the volume: take, compare, restore, delete.
#pragma once

#include "gui/models/change_tree.h"
#include "gui/models/opener.h"
#include "gui/models/preview/selected_file.h"
#include "gui/models/service.h"
#include "gui/models/snapshot_model.h"
#include "gui/views/locks.h"

#include <QSet>
#include <QTimer>
#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QToolButton;

namespace vexfs::gui {

class MessageBar;
class Placeholder;
class ScheduleBar;
class SectionTree;
class SnapshotDetails;

class SnapshotsPage : public QWidget
{
    Q_OBJECT

public:
    SnapshotsPage(Service &service, SnapshotModel &model, ChangeTree &changes,
                  QWidget *parent = nullptr);

Q_SIGNALS:
    /// Of those that differ.
    void fileSelected(const SelectedFile &file);

private:
    void makeTable();
    QToolButton *makeMore();
    void addLocks();
    void connectAll();
    void showState();
    void showSchedule();
    void showSelected();
    void showSpace(quint64 bytes);
    void showOnlyThere(quint64 files, bool isLeast);
    void takeSnapshot();
    void removeSelected();
    void renameSelected();
    void lockSelected();
    void rollbackToSelected();
    void browse();
    QList<int> selectedRows() const; ///< newest first
    QStringList selectedNames() const;
    void keepSelection();
    void selectAgain();
    const client::SnapshotInfo *onlySelected() const; ///< nullptr unless it is one

    Service &m_service;
    SnapshotModel &m_model;
    Opener m_opener;
    Locks m_locks;
    QSortFilterProxyModel *m_filtered;
    MessageBar *m_message;
    QLineEdit *m_filter;
    QPushButton *m_take;
    QPushButton *m_browse;
    QPushButton *m_remove;
    QAction *m_rename;
    QAction *m_lock;
    QAction *m_rollback;
    SectionTree *m_table;
    ScheduleBar *m_schedule;
    SnapshotDetails *m_details;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
    QLabel *m_summary;
    QString m_shownVolume;  ///< whose rows are in the table
    QString m_space;    ///< what deleting the selected ones frees, and what only one has
    QString m_onlyThere;
    QSet<QString> m_kept;   ///< names that are selected again when their rows come
    QTimer m_settle; ///< A selection that still grows is not asked about.
};

} // namespace vexfs::gui
