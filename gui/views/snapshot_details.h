// SPDX-License-Identifier: Apache-2.0
//
// gui/views/snapshot_details.h - what changed with the selected snapshots, and its files back.
#pragma once

#include "gui/models/change_tree.h"
#include "gui/models/preview/selected_file.h"
#include "gui/models/service.h"
#include "gui/models/snapshot_model.h"
#include "gui/views/locks.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace vexfs::gui {

class Placeholder;

class SnapshotDetails : public QWidget
{
    Q_OBJECT

public:
    SnapshotDetails(Service &service, SnapshotModel &model, ChangeTree &changes,
                    QWidget *parent = nullptr);

    /// Rows of the model, newest first. One is compared as chosen, two with each other.
    void showRows(const QList<int> &rows);

Q_SIGNALS:
    void fileSelected(const SelectedFile &file);

private:
    enum Against { Before, Now };

    void compare();
    int rowBefore(int row) const; ///< -1 for none
    void showState();
    void showSelected();
    SelectedFile selectedFile() const; ///< as the later side has it; the earlier one where it went
    void restoreSelected(bool isReplaced);
    QStringList restorable() const; ///< URIs in the snapshot

    Service &m_service;
    Locks m_locks;
    SnapshotModel &m_model;
    ChangeTree &m_changes;
    QList<int> m_rows;
    QString m_problem;
    QComboBox *m_against;
    QLabel *m_sentence;
    QPushButton *m_beside;
    QPushButton *m_replace;
    QTreeView *m_tree;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
};

} // namespace vexfs::gui
