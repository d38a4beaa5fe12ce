// SPDX-License-Identifier: Apache-2.0
//
// gui/views/search_page.h - what the query finds, with conditions as chips that are words of it.
#pragma once

#include "gui/models/choosing/file_chooser.h"
#include "gui/models/explain/file_explainer.h"
#include "gui/models/opener.h"
#include "gui/models/preview/selected_file.h"
#include "gui/models/search_model.h"

#include <QWidget>

class QLabel;
class QListView;
class QStackedWidget;
class QToolButton;

namespace vexfs::gui {

class MessageBar;
class Placeholder;
class QueryChips;

class SearchPage : public QWidget
{
    Q_OBJECT

public:
    explicit SearchPage(Service &service, SearchModel &model, QWidget *parent = nullptr);

    /// The field's text changed: chips follow it.
    void followQuery(const QString &text);
    void focusResults();
    /// What was searched before, the last first; offered where nothing is asked.
    void setRecent(const QStringList &queries);

Q_SIGNALS:
    /// A chip was pressed: the field is to say so.
    void queryChanged(const QString &text);
    void historyAsked(const QString &uri);
    void fileSelected(const SelectedFile &file);
    void leaveAsked(); ///< back to the field
    void forgetAsked(); ///< of what was searched before

protected:
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void addPastChip();
    QLayout *makeBelow();
    void askAgainWhenIndexed();
    void askWhatIsMissing();
    void showState();
    void showSummary();
    void showSelected();
    void keepSelection();

    Service &m_service;
    SearchModel &m_model;
    Opener m_opener;
    QueryChips *m_chips;
    MessageBar *m_message;
    QLabel *m_summary;
    QListView *m_list;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
    QStringList m_recent;
    QToolButton *m_past = nullptr;
    QToolButton *m_missing = nullptr;
    FileChooser m_chooser;
    FileExplainer m_explainer;
};

} // namespace vexfs::gui
