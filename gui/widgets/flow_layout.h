// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/flow_layout.h - widgets one after the other, in as many lines as it takes.
#pragma once

#include <QLayout>
#include <QList>

namespace vexfs::gui {

/// From the right where one reads so.
class FlowLayout : public QLayout
{
    Q_OBJECT

public:
    explicit FlowLayout(QWidget *parent = nullptr);
    ~FlowLayout() override;

    void addItem(QLayoutItem *item) override { m_items.append(item); }
    int count() const override { return int(m_items.size()); }
    QLayoutItem *itemAt(int index) const override { return m_items.value(index); }
    QLayoutItem *takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize minimumSize() const override;
    QSize sizeHint() const override;
    void setGeometry(const QRect &rect) override;

private:
    /// The height that it takes; items are moved unless it is only asked for.
    int arrange(const QRect &rect, bool isMoved) const;

    QList<QLayoutItem *> m_items;
};

} // namespace vexfs::gui
