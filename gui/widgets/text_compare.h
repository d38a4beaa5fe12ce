// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/text_compare.h - two texts side by side, row by row, scrolled as one.
#pragma once

#include <QList>
#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace vexfs::gui {

struct CompareRow
{
    QString left;
    QString right;
    bool isLeft = false;  ///< The left side has something that the right one has not.
    bool isRight = false; ///< The other way round.
};

class TextCompare : public QWidget
{
    Q_OBJECT

public:
    explicit TextCompare(QWidget *parent = nullptr);

    /// Titles say what each side is.
    void setRows(const QList<CompareRow> &rows, const QString &leftTitle,
                 const QString &rightTitle);
    int differences() const { return int(m_starts.size()); }
    void goToNext();

protected:
    void changeEvent(QEvent *event) override;

private:
    void goTo(int difference);
    void fill(QPlainTextEdit *edit, bool isRight);

    QLabel *m_leftTitle;
    QLabel *m_rightTitle;
    QLabel *m_count;
    QPushButton *m_next;
    QPlainTextEdit *m_left;
    QPlainTextEdit *m_right;
    QList<CompareRow> m_rows;
    QList<int> m_starts; ///< the first row of each run of differences
};

} // namespace vexfs::gui
