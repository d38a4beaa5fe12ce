// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/section_tree.h - a list of rows with headings between them.
#pragma once

#include <QTreeView>

namespace vexfs::gui {

/// A heading stands above each row whose text in the section's role is another than that of the row
/// above. Rows stay rows of the model: headings are neither selected nor counted.
class SectionTree : public QTreeView
{
    Q_OBJECT

public:
    explicit SectionTree(int sectionRole, QWidget *parent = nullptr);

    /// Empty where the row goes on with the section of the one above.
    QString headingOf(const QModelIndex &index) const;
    int headingHeight() const;

protected:
    void drawRow(QPainter *painter, const QStyleOptionViewItem &option,
                 const QModelIndex &index) const override;

private:
    const int m_sectionRole;
};

} // namespace vexfs::gui
