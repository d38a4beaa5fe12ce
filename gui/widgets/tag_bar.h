// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/tag_bar.h - tags as buttons that take them away, and a field that adds one.
#pragma once

#include <QList>
#include <QWidget>

class QLineEdit;
class QToolButton;

namespace vexfs::gui {

class FlowLayout;

struct TagChip
{
    QString name;
    QString note; ///< beside the name, as "2 of 5"; may be empty
};

class TagBar : public QWidget
{
    Q_OBJECT

public:
    explicit TagBar(QWidget *parent = nullptr);

    void setTags(const QList<TagChip> &tags);
    /// Or only told.
    void setEditable(bool isEditable);
    /// Into the field.
    void edit();

Q_SIGNALS:
    void addAsked(const QString &name);
    void removeAsked(const QString &name);

private:
    void showTags();

    FlowLayout *m_flow;
    QLineEdit *m_field;
    QList<QToolButton *> m_buttons;
    QList<TagChip> m_tags;
    bool m_isEditable = true;
};

} // namespace vexfs::gui
