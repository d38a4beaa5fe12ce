// SPDX-License-Identifier: Apache-2.0
//
// gui/views/history_page.h - every version of a file: compare two, bring one back.
#pragma once

#include "gui/models/choosing/file_chooser.h"
#include "gui/models/copying/file_copier.h"
#include "gui/models/file_history.h"
#include "gui/models/opener.h"
#include "gui/models/preview/selected_file.h"
#include "gui/models/service.h"
#include "gui/models/text_diff.h"
#include "gui/views/locks.h"

#include <QWidget>

class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace vexfs::gui {

class MessageBar;
class PictureCompare;
class Placeholder;
class TextCompare;
class TimeAxis;

class HistoryPage : public QWidget
{
    Q_OBJECT

public:
    HistoryPage(Service &service, FileHistory &model, QWidget *parent = nullptr);

    /// Of a live file or one in a snapshot.
    void setFile(const QString &uri);
    void openField();

Q_SIGNALS:
    void fileSelected(const SelectedFile &file);

private:
    QWidget *makeTop();
    void setUpVersions();
    QLayout *makeButtons();
    void connectAll();
    void askTyped();
    void chooseFile();
    void showState();
    void showSelected();
    void tellSelected(const client::FileVersion *maybeVersion);
    void compare(int older, int newer);
    void showComparison(const Comparison &comparison, int older, int newer);
    void openSelected();
    void connectCopying();
    void saveCopy();
    void showCopying();
    QList<int> selectedRows() const; ///< newest first
    QString titleOf(int row) const;

    Service &m_service;
    FileHistory &m_model;
    Opener m_opener;
    Locks m_locks;
    FileChooser m_chooser;
    FileChooser m_copyChooser; ///< of the place for a copy
    FileCopier m_copier;
    QString m_copied; ///< the version that a place is chosen for
    MessageBar *m_message;
    QLineEdit *m_field;
    QPushButton *m_choose;
    TimeAxis *m_axis;
    QTreeView *m_table;
    QPushButton *m_open;
    QPushButton *m_copy;
    QPushButton *m_beside;
    QPushButton *m_replace;
    TextCompare *m_compare;
    PictureCompare *m_pictures;
    Placeholder *m_noCompare;
    QStackedWidget *m_compareStack;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
    QString m_problem;
    quint64 m_number = 0; ///< of the comparison that counts
    bool m_isComparing = false;
};

} // namespace vexfs::gui
