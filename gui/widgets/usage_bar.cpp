// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/usage_bar.h"

#include <QLocale>
#include <QPainter>

#include <array>

namespace vexfs::gui {

namespace {

// Of Okabe and Ito, Color Universal Design (2008): told apart by who sees few colours, too.
const std::array<QColor, 4> kColours{QColor(0x00, 0x72, 0xb2), QColor(0xe6, 0x9f, 0x00),
                                     QColor(0x00, 0x9e, 0x73), QColor(0xcc, 0x79, 0xa7)};

} // namespace

UsageBar::UsageBar(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void UsageBar::setParts(const QVector<Part> &parts, quint64 wholeBytes)
{
    m_parts = parts;
    m_wholeBytes = wholeBytes;
    QStringList words;
    for (const Part &part : m_parts)
        words.append(part.name + u' ' + QLocale().formattedDataSize(qint64(part.bytes)));
    setAccessibleName(tr("Used space"));
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    update();
}

int UsageBar::barHeight() const
{
    return fontMetrics().height();
}

QSize UsageBar::sizeHint() const
{
    const int em = fontMetrics().height();
    return {em * 20, barHeight() + em * 3 / 2};
}

void UsageBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF bar(0.5, 0.5, width() - 1.0, barHeight());
    painter.setPen(palette().color(QPalette::Mid));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(bar, 3, 3);
    const int em = fontMetrics().height();
    qreal x = bar.left();
    int legendX = 0;
    const int legendY = barHeight() + em / 4;
    for (int i = 0; i < m_parts.size(); ++i) {
        const QColor colour = kColours[size_t(i) % kColours.size()];
        const qreal wide
            = m_wholeBytes > 0 ? bar.width() * qreal(m_parts[i].bytes) / qreal(m_wholeBytes) : 0.0;
        // What is there is to be seen, however little it is.
        const qreal shown = m_parts[i].bytes > 0 ? std::max(2.0, wide) : 0.0;
        painter.fillRect(QRectF(x, bar.top(), std::min(shown, bar.right() - x), bar.height()),
                         colour);
        x += shown;
        painter.fillRect(QRect(legendX, legendY + em / 4, em / 2, em / 2), colour);
        painter.setPen(palette().color(QPalette::WindowText));
        const QString text
            = m_parts[i].name + u' ' + QLocale().formattedDataSize(qint64(m_parts[i].bytes));
        painter.drawText(QRect(legendX + em, legendY, width(), em), Qt::AlignVCenter, text);
        legendX += em * 2 + fontMetrics().horizontalAdvance(text);
    }
}

} // namespace vexfs::gui
