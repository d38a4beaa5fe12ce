// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/passage_delegate.h - a row of results: name, folder, the passage with its words.
#pragma once

#include <QStyledItemDelegate>
#include <QVector>

#include <functional>

namespace vexfs::gui {

/// What a row shows.
struct PassageRow
{
    QString icon;     ///< of the theme
    QString title;
    QString place;    ///< folder, page, member
    QString reasons;  ///< why it was found
    QString passage;
    QVector<std::pair<int, int>> highlights; ///< UTF-16 ranges of passage, end exclusive
};

class PassageDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using RowOf = std::function<PassageRow(const QModelIndex &)>;

    PassageDelegate(RowOf rowOf, QObject *parent);

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    RowOf m_rowOf;
};

} // namespace vexfs::gui
