// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/tag_bar.h"

#include "gui/widgets/flow_layout.h"
#include "gui/widgets/theme_icon.h"

#include <QLineEdit>
#include <QToolButton>

namespace vexfs::gui {

namespace {

/// Names are as long as others made them.
constexpr int kNameEmsMost = 12;

} // namespace

TagBar::TagBar(QWidget *parent)
    : QWidget(parent), m_flow(new FlowLayout(this)), m_field(new QLineEdit)
{
    m_field->setPlaceholderText(tr("Add a tag"));
    m_field->setAccessibleName(tr("Add a tag"));
    m_field->setToolTip(tr("A name, then Enter; several with commas between them"));
    m_field->setFixedWidth(fontMetrics().horizontalAdvance(m_field->placeholderText())
                           + fontMetrics().height() * 2);
    m_flow->addWidget(m_field);
    connect(m_field, &QLineEdit::returnPressed, this, [this] {
        const QStringList names = m_field->text().split(u',', Qt::SkipEmptyParts);
        m_field->clear();
        for (const QString &name : names) {
            if (!name.trimmed().isEmpty())
                Q_EMIT addAsked(name.trimmed());
        }
    });
}

void TagBar::setTags(const QList<TagChip> &tags)
{
    m_tags = tags;
    showTags();
}

void TagBar::setEditable(bool isEditable)
{
    if (isEditable == m_isEditable)
        return;
    m_isEditable = isEditable;
    m_field->setVisible(isEditable);
    showTags();
}

void TagBar::edit()
{
    m_field->setFocus();
}

void TagBar::showTags()
{
    // As many as there are tags, before the field; one of them may be what was clicked.
    while (m_buttons.size() > m_tags.size()) {
        QToolButton *last = m_buttons.takeLast();
        m_flow->removeWidget(last);
        last->hide();
        last->deleteLater();
    }
    while (m_buttons.size() < m_tags.size()) {
        auto *button = new QToolButton;
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setLayoutDirection(layoutDirection());
        const qsizetype at = m_buttons.size();
        connect(button, &QToolButton::clicked, this, [this, at] {
            if (m_isEditable && at < m_tags.size())
                Q_EMIT removeAsked(m_tags[at].name);
        });
        m_buttons.append(button);
        m_flow->removeWidget(m_field);
        m_flow->addWidget(button);
        m_flow->addWidget(m_field);
    }
    for (qsizetype i = 0; i < m_tags.size(); ++i) {
        const TagChip &tag = m_tags[i];
        QString text = fontMetrics().elidedText(tag.name, Qt::ElideMiddle,
                                                fontMetrics().height() * kNameEmsMost);
        if (!tag.note.isEmpty())
            text = tr("%1 (%2)").arg(text, tag.note);
        // What people typed is no access key.
        m_buttons[i]->setText(text.replace(u'&', QStringLiteral("&&")));
        m_buttons[i]->setIcon(m_isEditable ? themeIcon(QStringLiteral("window-close")) : QIcon());
        m_buttons[i]->setAccessibleName(m_isEditable ? tr("Remove the tag %1").arg(tag.name)
                                                     : tr("Tag %1").arg(tag.name));
        m_buttons[i]->setToolTip(m_buttons[i]->accessibleName());
        m_buttons[i]->setAutoRaise(!m_isEditable);
        m_buttons[i]->setFocusPolicy(m_isEditable ? Qt::StrongFocus : Qt::NoFocus);
    }
    // In the order in which they are read, where the field is among all others.
    QWidget *last = m_field;
    for (QToolButton *button : m_buttons) {
        setTabOrder(last, button);
        last = button;
    }
    if (last != m_field)
        setTabOrder(last, m_field);
    updateGeometry();
}

} // namespace vexfs::gui
