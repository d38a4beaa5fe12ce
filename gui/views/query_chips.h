// SPDX-License-Identifier: Apache-2.0
//
// gui/views/query_chips.h - conditions of the query as buttons: pressed where the query has them.
#pragma once

#include "gui/models/choosing/file_chooser.h"
#include "gui/models/service.h"

#include <QWidget>

class QMenu;
class QStringListModel;
class QToolButton;

namespace vexfs::gui {

class FlowLayout;

/// What they do is typing: the query is all that they change.
class QueryChips : public QWidget
{
    Q_OBJECT

public:
    explicit QueryChips(Service &service, QWidget *parent = nullptr);

    /// As the field has it.
    void setQuery(const QString &query);
    /// Another one, that is no word of the query; at the end.
    QToolButton *addChip(const QString &label);

Q_SIGNALS:
    void queryChanged(const QString &query);
    void failed(const QString &what);

private:
    /// One whose value is chosen when it is pressed.
    struct Valued
    {
        QToolButton *chip;
        QString key;
        QString label;
    };

    void addWord(const QString &label, const QString &condition);
    QToolButton *addValued(const QString &label, const QString &hint, const QString &key,
                           void (QueryChips::*choose)());
    void chooseFolder();
    void chooseTag();
    void chooseDate();
    void makeTagMenu();
    void makeDateMenu();
    void askTags(const QString &typed);
    void popUp(QMenu *menu, const QToolButton *below);
    void write(const QString &key, const QString &value);
    QString shownValue(const QString &key, const QString &value) const;

    Service &m_service;
    FileChooser m_chooser;
    FlowLayout *m_flow;
    QList<std::pair<QToolButton *, QString>> m_words;
    QList<Valued> m_valued;
    QToolButton *m_folder = nullptr;
    QToolButton *m_tag = nullptr;
    QToolButton *m_date = nullptr;
    QMenu *m_tagMenu = nullptr;
    QMenu *m_dateMenu = nullptr;
    QStringListModel *m_tags;
    QString m_query;
    quint64 m_number = 0; ///< of the question for tags that counts
};

} // namespace vexfs::gui
