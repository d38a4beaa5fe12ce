// SPDX-License-Identifier: Apache-2.0
//
// gui/views/preview_panel.h - the selected file: its passage, what is known of it, what to do.
#pragma once

#include "gui/models/search_model.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace vexfs::gui {

class PreviewPanel : public QWidget
{
    Q_OBJECT

public:
    explicit PreviewPanel(QWidget *parent = nullptr);

    /// nullptr: nothing is selected.
    void show(const client::SearchHit *maybeHit);
    /// As of Placeholder: the passage scrolls.
    bool hasHeightForWidth() const override { return false; }

Q_SIGNALS:
    void openAsked(const QString &uri);
    void folderAsked(const QString &uri);
    void similarAsked(const QString &uri);
    void historyAsked(const QString &uri);

private:
    QLabel *m_title;
    QLabel *m_facts;
    QLabel *m_passage;
    QPushButton *m_open;
    QPushButton *m_folder;
    QPushButton *m_similar;
    QPushButton *m_history;
    QString m_uri;
};

/// The passage as rich text, its highlights bold.
QString richPassage(const client::SearchHit &hit);
/// "word", "meaning", "name" for people.
QString reasonsOf(const client::SearchHit &hit);

} // namespace vexfs::gui
