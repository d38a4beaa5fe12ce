// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/cache_chart.h - lines over the last minutes, between 0 and 100 %.
#pragma once

#include <QVector>
#include <QWidget>

class QCustomPlot;

namespace vexfs::gui {

/// One line. Seconds are 0 now and below before.
struct ChartLine
{
    QString name;
    QVector<double> seconds;
    QVector<double> percent;
};

class CacheChart : public QWidget
{
    Q_OBJECT

public:
    explicit CacheChart(QWidget *parent = nullptr);

    void setLines(const QVector<ChartLine> &lines);

protected:
    void changeEvent(QEvent *event) override;

private:
    void useColours();

    QCustomPlot *m_plot;
};

} // namespace vexfs::gui
