// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/time_axis.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>

#include <cstdlib>

namespace vexfs::gui {

TimeAxis::TimeAxis(QWidget *parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize TimeAxis::sizeHint() const
{
    const int em = fontMetrics().height();
    return {em * 20, em * 3};
}

void TimeAxis::setMoments(const QList<QDateTime> &moments)
{
    m_moments = moments;
    m_chosen.clear();
    update();
}

void TimeAxis::setChosen(const QList<int> &chosen)
{
    m_chosen = chosen;
    const int focused = chosen.isEmpty() ? -1 : chosen.constFirst();
    setAccessibleDescription(
        focused >= 0 && focused < m_moments.size()
            ? QLocale().toString(m_moments[focused], QLocale::ShortFormat)
            : QString());
    update();
}

QRect TimeAxis::line() const
{
    const int em = fontMetrics().height();
    return {em, em, std::max(1, width() - 2 * em), 1};
}

// Time runs as one reads.
int TimeAxis::placeOf(int index) const
{
    const QRect whole = line();
    const qint64 first = m_moments.constLast().toMSecsSinceEpoch();
    const qint64 span = m_moments.constFirst().toMSecsSinceEpoch() - first;
    const double share
        = span > 0 ? double(m_moments[index].toMSecsSinceEpoch() - first) / double(span) : 1.0;
    const double read = isRightToLeft() ? 1.0 - share : share;
    return whole.left() + int(read * whole.width());
}

void TimeAxis::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRect whole = line();
    QColor soft = palette().color(QPalette::WindowText);
    soft.setAlphaF(0.4F);
    painter.setPen(QPen(soft, 2));
    painter.drawLine(whole.left(), whole.top(), whole.right(), whole.top());
    if (m_moments.isEmpty())
        return;
    const int radius = fontMetrics().height() / 3;
    for (int i = 0; i < m_moments.size(); ++i) {
        const bool isChosen = m_chosen.contains(i);
        const QColor color = palette().color(isChosen ? QPalette::Highlight : QPalette::WindowText);
        painter.setPen(QPen(color, isChosen && hasFocus() ? 3 : 1));
        painter.setBrush(isChosen ? color : palette().color(QPalette::Base));
        const int r = isChosen ? radius + 1 : radius;
        painter.drawEllipse(QPoint(placeOf(i), whole.top()), r, r);
    }
    painter.setPen(palette().color(QPalette::PlaceholderText));
    const QRect below(whole.left(), whole.top() + radius + 4, whole.width(), height());
    const auto text = [](const QDateTime &moment) {
        return QLocale().toString(moment, QLocale::ShortFormat);
    };
    const auto start = isRightToLeft() ? Qt::AlignRight : Qt::AlignLeft;
    const auto end = isRightToLeft() ? Qt::AlignLeft : Qt::AlignRight;
    painter.drawText(below, int(end | Qt::AlignTop), text(m_moments.constFirst()));
    if (m_moments.size() > 1)
        painter.drawText(below, int(start | Qt::AlignTop), text(m_moments.constLast()));
}

void TimeAxis::mousePressEvent(QMouseEvent *event)
{
    int nearest = -1;
    const int x = int(event->position().x());
    for (int i = 0; i < m_moments.size(); ++i) {
        if (nearest < 0 || std::abs(placeOf(i) - x) < std::abs(placeOf(nearest) - x))
            nearest = i;
    }
    if (nearest >= 0)
        Q_EMIT chosen(nearest, bool(event->modifiers() & Qt::ControlModifier));
}

void TimeAxis::keyPressEvent(QKeyEvent *event)
{
    const bool isForward = event->key() == (isRightToLeft() ? Qt::Key_Left : Qt::Key_Right);
    const bool isBack = event->key() == (isRightToLeft() ? Qt::Key_Right : Qt::Key_Left);
    if (m_moments.isEmpty() || (!isForward && !isBack)) {
        QWidget::keyPressEvent(event);
        return;
    }
    const int now = m_chosen.isEmpty() ? 0 : m_chosen.constFirst();
    const int next = std::clamp(now + (isForward ? -1 : 1), 0, int(m_moments.size()) - 1);
    Q_EMIT chosen(next, bool(event->modifiers() & Qt::ShiftModifier));
}

void TimeAxis::focusInEvent(QFocusEvent *event)
{
    QWidget::focusInEvent(event);
    update();
}

void TimeAxis::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    update();
}

} // namespace vexfs::gui
