// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/section_tree.h"

#include <QPainter>
#include <QStyledItemDelegate>

namespace vexfs::gui {

namespace {

/// A row with a heading is as much higher.
class SectionDelegate : public QStyledItemDelegate
{
public:
    explicit SectionDelegate(SectionTree *tree) : QStyledItemDelegate(tree), m_tree(*tree) {}
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        QSize size = QStyledItemDelegate::sizeHint(option, index);
        if (!m_tree.headingOf(index).isEmpty())
            size.rheight() += m_tree.headingHeight();
        return size;
    }

private:
    const SectionTree &m_tree;
};

} // namespace

SectionTree::SectionTree(int sectionRole, QWidget *parent)
    : QTreeView(parent), m_sectionRole(sectionRole)
{
    setItemDelegate(new SectionDelegate(this));
}

QString SectionTree::headingOf(const QModelIndex &index) const
{
    const QString section = index.siblingAtColumn(0).data(m_sectionRole).toString();
    const QModelIndex above = index.sibling(index.row() - 1, 0);
    return above.isValid() && above.data(m_sectionRole).toString() == section ? QString() : section;
}

int SectionTree::headingHeight() const
{
    return fontMetrics().height() * 3 / 2;
}

void SectionTree::drawRow(QPainter *painter, const QStyleOptionViewItem &option,
                          const QModelIndex &index) const
{
    const QString heading = headingOf(index);
    if (heading.isEmpty()) {
        QTreeView::drawRow(painter, option, index);
        return;
    }
    QRect band = option.rect;
    band.setHeight(headingHeight());
    QFont bold = font();
    bold.setBold(true);
    painter->save();
    painter->fillRect(band, palette().brush(QPalette::Base));
    painter->setFont(bold);
    painter->setPen(palette().color(QPalette::PlaceholderText));
    // Over the columns, and not moved by what is scrolled sideways.
    band.setLeft(fontMetrics().height() / 4);
    band.setWidth(viewport()->width() - fontMetrics().height() / 2);
    painter->drawText(band, int(Qt::AlignVCenter)
                          | int(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft)),
                      heading);
    painter->restore();
    QStyleOptionViewItem below = option;
    below.rect.setTop(option.rect.top() + headingHeight());
    QTreeView::drawRow(painter, below, index);
}

} // namespace vexfs::gui
