// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/time_axis.h - moments on a line, to be chosen with the mouse or the arrow keys.
#pragma once

#include <QDateTime>
#include <QWidget>

namespace vexfs::gui {

class TimeAxis : public QWidget
{
    Q_OBJECT

public:
    explicit TimeAxis(QWidget *parent = nullptr);

    /// Newest first, as in the lists.
    void setMoments(const QList<QDateTime> &moments);
    /// Indexes of those that are marked; the first has the focus.
    void setChosen(const QList<int> &chosen);
    QSize sizeHint() const override;

Q_SIGNALS:
    /// isAdded: beside what is chosen already.
    void chosen(int index, bool isAdded);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    int placeOf(int index) const;
    QRect line() const;

    QList<QDateTime> m_moments;
    QList<int> m_chosen;
};

} // namespace vexfs::gui
