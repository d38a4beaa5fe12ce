// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/placeholder.h"

#include "gui/widgets/theme_icon.h"

#include <QEvent>
#include <QIcon>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

namespace vexfs::gui {

Placeholder::Placeholder(QWidget *parent)
    : QWidget(parent), m_icon(new QLabel), m_title(new QLabel), m_explanation(new QLabel),
      m_action(new QPushButton), m_links(new QVBoxLayout)
{
    QFont large = m_title->font();
    large.setPointSizeF(large.pointSizeF() * 1.4);
    m_title->setFont(large);
    for (QLabel *label : {m_icon, m_title, m_explanation})
        label->setAlignment(Qt::AlignCenter);
    m_title->setWordWrap(true);
    m_explanation->setWordWrap(true);
    m_explanation->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_explanation->setForegroundRole(QPalette::PlaceholderText);
    auto *column = new QVBoxLayout(this);
    column->addStretch(2);
    column->addWidget(m_icon);
    column->addWidget(m_title);
    column->addWidget(m_explanation);
    column->addWidget(m_action, 0, Qt::AlignHCenter);
    column->addLayout(m_links);
    column->addStretch(3);
    connect(m_action, &QPushButton::clicked, this, &Placeholder::triggered);
}

void Placeholder::show(const QString &icon, const QString &title, const QString &explanation,
                       const QString &action)
{
    m_iconName = icon;
    showIcon();
    m_title->setText(title);
    m_explanation->setText(explanation);
    m_explanation->setVisible(!explanation.isEmpty());
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    setAccessibleName(title);
    setAccessibleDescription(explanation);
}

void Placeholder::setLinks(const QStringList &texts)
{
    if (texts == m_linkTexts)
        return;
    m_linkTexts = texts;
    while (const QLayoutItem *item = m_links->takeAt(0)) {
        // One of them may be what was clicked.
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (const QString &text : texts) {
        // What people typed is no access key.
        QString shown = fontMetrics().elidedText(text, Qt::ElideRight, fontMetrics().height() * 20);
        auto *link = new QPushButton(shown.replace(u'&', QStringLiteral("&&")));
        link->setFlat(true);
        link->setAccessibleName(text);
        connect(link, &QPushButton::clicked, this, [this, text] { Q_EMIT linkTriggered(text); });
        m_links->addWidget(link, 0, Qt::AlignHCenter);
    }
}

void Placeholder::showIcon()
{
    const int size = style()->pixelMetric(QStyle::PM_LargeIconSize) * 2;
    const QPixmap pixmap = themeIcon(m_iconName).pixmap(size);
    m_icon->setPixmap(pixmap);
    m_icon->setVisible(!pixmap.isNull());
}

// A pixmap has the colours of the palette that it was made with.
void Placeholder::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        showIcon();
    QWidget::changeEvent(event);
}

} // namespace vexfs::gui
