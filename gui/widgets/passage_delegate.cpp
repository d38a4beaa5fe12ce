// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/passage_delegate.h"

#include "gui/widgets/theme_icon.h"

#include <QApplication>
#include <QIcon>
#include <QPainter>
#include <QTextLayout>

namespace vexfs::gui {

namespace {

constexpr int kPassageLines = 2;

int margin(const QFontMetrics &metrics)
{
    return metrics.height() / 3;
}

// As many lines as fit, the words of the query in bold.
void drawPassage(QPainter *painter, const QRect &area, const QFont &font, const PassageRow &row)
{
    QTextLayout layout(row.passage, font);
    QList<QTextLayout::FormatRange> formats;
    for (const auto &[begin, end] : row.highlights) {
        QTextLayout::FormatRange range;
        range.start = begin;
        range.length = end - begin;
        range.format.setFontWeight(QFont::Bold);
        formats.append(range);
    }
    layout.setFormats(formats);
    layout.beginLayout();
    qreal y = 0.0;
    for (int i = 0; i < kPassageLines; ++i) {
        QTextLine line = layout.createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(area.width());
        line.setPosition({0.0, y});
        y += line.height();
    }
    layout.endLayout();
    painter->save();
    painter->setClipRect(area);
    layout.draw(painter, area.topLeft());
    painter->restore();
}

} // namespace

PassageDelegate::PassageDelegate(RowOf rowOf, QObject *parent)
    : QStyledItemDelegate(parent), m_rowOf(std::move(rowOf))
{
}

QSize PassageDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const int line = option.fontMetrics.height();
    return {line * 20, line * (2 + kPassageLines) + margin(option.fontMetrics) * 2};
}

void PassageDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                            const QModelIndex &index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    cell.text.clear();
    const QWidget *widget = cell.widget;
    QStyle *style = widget ? widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, widget);

    const PassageRow row = m_rowOf(index);
    const QFontMetrics metrics = option.fontMetrics;
    const int gap = margin(metrics);
    QRect area = option.rect.adjusted(gap, gap, -gap, -gap);
    const int iconSize = metrics.height() * 2;
    const QRect iconArea(area.topLeft(), QSize(iconSize, iconSize));
    QIcon icon = themeIcon(row.icon);
    if (icon.isNull())
        icon = themeIcon(QStringLiteral("text-x-generic"));
    const bool isSelected = (option.state & QStyle::State_Selected) != 0;
    icon.paint(painter, QStyle::visualRect(option.direction, area, iconArea), Qt::AlignCenter,
               isSelected ? QIcon::Selected : QIcon::Normal);
    area.setLeft(area.left() + iconSize + gap);

    const QPalette &palette = option.palette;
    const auto group = (option.state & QStyle::State_Active) ? QPalette::Active
                                                             : QPalette::Inactive;
    const QColor plain
        = palette.color(group, isSelected ? QPalette::HighlightedText : QPalette::Text);
    const QColor faint
        = isSelected ? plain : palette.color(group, QPalette::PlaceholderText);

    painter->save();
    QFont bold = option.font;
    bold.setBold(true);
    const int reasonsWide = metrics.horizontalAdvance(row.reasons) + gap;
    QRect line(area.left(), area.top(), area.width(), metrics.height());
    painter->setPen(faint);
    painter->setFont(option.font);
    painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter, row.reasons);
    painter->setPen(plain);
    painter->setFont(bold);
    const int titleWide = line.width() - reasonsWide;
    painter->drawText(QRect(line.left(), line.top(), titleWide, line.height()), Qt::AlignVCenter,
                      QFontMetrics(bold).elidedText(row.title, Qt::ElideMiddle, titleWide));
    line.translate(0, metrics.height());
    painter->setFont(option.font);
    painter->setPen(faint);
    painter->drawText(line, Qt::AlignVCenter,
                      metrics.elidedText(row.place, Qt::ElideMiddle, line.width()));
    painter->setPen(plain);
    drawPassage(painter,
                QRect(area.left(), line.bottom() + 1, area.width(),
                      metrics.height() * kPassageLines),
                option.font, row);
    painter->restore();
}

} // namespace vexfs::gui
