// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/cache_chart.h"

#include <QEvent>
#include <QVBoxLayout>
#include <qcustomplot.h>

#include <array>

namespace vexfs::gui {

namespace {

constexpr double kSeconds = 300.0;
// Of Okabe and Ito, as in usage_bar.cpp; the pattern of a line tells it, too.
const std::array<QColor, 6> kColours{QColor(0x56, 0xb4, 0xe9), QColor(0xe6, 0x9f, 0x00),
                                     QColor(0x00, 0x9e, 0x73), QColor(0xcc, 0x79, 0xa7),
                                     QColor(0xd5, 0x5e, 0x00), QColor(0x99, 0x99, 0x99)};
constexpr std::array kPatterns{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};

} // namespace

CacheChart::CacheChart(QWidget *parent) : QWidget(parent), m_plot(new QCustomPlot)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_plot);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->xAxis->setRange(-kSeconds, 0.0);
    m_plot->yAxis->setRange(0.0, 105.0);
    m_plot->xAxis->setLabel(tr("seconds ago"));
    m_plot->yAxis->setLabel(tr("% found in the cache"));
    m_plot->legend->setVisible(true);
    // Beside the lines, which may run anywhere.
    m_plot->plotLayout()->addElement(0, 1, m_plot->legend);
    m_plot->plotLayout()->setColumnStretchFactor(1, 0.001);
    setMinimumHeight(fontMetrics().height() * 12);
    setAccessibleName(tr("Shares of hits of the caches over the last five minutes"));
    useColours();
}

void CacheChart::setLines(const QVector<ChartLine> &lines)
{
    while (m_plot->graphCount() < lines.size())
        m_plot->addGraph();
    while (m_plot->graphCount() > lines.size())
        m_plot->removeGraph(m_plot->graphCount() - 1);
    for (int i = 0; i < lines.size(); ++i) {
        QPen pen(kColours[size_t(i) % kColours.size()], 2.0);
        pen.setStyle(kPatterns[size_t(i) % kPatterns.size()]);
        m_plot->graph(i)->setPen(pen);
        m_plot->graph(i)->setName(lines[i].name);
        m_plot->graph(i)->setData(lines[i].seconds, lines[i].percent, true);
    }
    m_plot->setBufferDevicePixelRatio(devicePixelRatioF());
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CacheChart::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        useColours();
    QWidget::changeEvent(event);
}

void CacheChart::useColours()
{
    const QColor text = palette().color(QPalette::WindowText);
    QColor grid = text;
    grid.setAlpha(40);
    m_plot->setBackground(palette().color(QPalette::Base));
    for (QCPAxis *axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setBasePen(text);
        axis->setTickPen(text);
        axis->setSubTickPen(text);
        axis->setLabelColor(text);
        axis->setTickLabelColor(text);
        axis->grid()->setPen(QPen(grid, 0, Qt::DotLine));
    }
    m_plot->legend->setBrush(palette().color(QPalette::Base));
    m_plot->legend->setTextColor(text);
    m_plot->legend->setBorderPen(QPen(grid));
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

} // namespace vexfs::gui
