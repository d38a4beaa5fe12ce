// SPDX-License-Identifier: Apache-2.0
//
// gui/views/preview_panel.h - the selected file of a page: what is in it, what is known of it, what
// is like it, what to do.
#pragma once

#include "gui/models/opener.h"
#include "gui/models/preview/file_preview.h"
#include "gui/models/tags/file_tags.h"

#include <QPointer>
#include <QWidget>

class QLabel;
class QListWidget;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace vexfs::gui {

class MessageBar;
class TagBar;

/// One for all pages. A file of those below "Also related" takes the place of the selected one,
/// until Back, or until another is selected.
class PreviewPanel : public QWidget
{
    Q_OBJECT

public:
    PreviewPanel(FilePreview &model, FileTags &tags, QWidget *parent = nullptr);

    void setFile(const SelectedFile &file);
    /// The focus, for keys that scroll; Escape gives it back to who had it.
    void look();
    /// Into the field for a tag, where files can be tagged.
    void editTags();
    /// As of Placeholder: the passage scrolls.
    bool hasHeightForWidth() const override { return false; }

Q_SIGNALS:
    void similarAsked(const QString &uri);
    void historyAsked(const QString &uri);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QLayout *makeButtons();
    void makeRelated();
    void connectTags();
    void showFile();
    void showTags();
    void tellTagged(qsizetype files, const QStringList &problems);
    void showContents();
    void showPicture();
    void showRelated();
    void lookAtRelated(int row);
    QString factsOf(const SelectedFile &file) const;

    FilePreview &m_model;
    FileTags &m_tags;
    Opener m_opener;
    SelectedFile m_selected; ///< of the page
    QPointer<QWidget> m_focusBefore;
    QString m_shownUri;      ///< that the message is about
    QToolButton *m_back;
    QLabel *m_title;
    QLabel *m_facts;
    TagBar *m_tagBar;
    QLabel *m_state; ///< why there is nothing to see
    MessageBar *m_message;
    QLabel *m_picture;
    QLabel *m_passage;
    QScrollArea *m_scroll;
    QLabel *m_relatedTitle;
    QListWidget *m_related;
    QPushButton *m_open;
    QPushButton *m_folder;
    QPushButton *m_similar;
    QPushButton *m_history;
};

/// For the preview, with what is known of how it was found.
SelectedFile selectedOf(const client::SearchHit &hit);
/// The passage as rich text, its highlights bold.
QString richPassage(const SelectedFile &file);
/// "word", "meaning", "name" for people.
QString reasonsOf(const client::SearchHit &hit);

} // namespace vexfs::gui
