// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/map_canvas.h - points on a plane, up to millions: pan, zoom, hover, choose.
//
// There is no object for a point: they lie in arrays, in order of the cells of a grid, so that what
// is seen, hovered or chosen is found without a look at the rest. With many in view a picture of
// their density is drawn, with few a dot each. The picture is kept until the view changes.
#pragma once

#include <QColor>
#include <QPixmap>
#include <QPolygonF>
#include <QWidget>

#include <vector>

namespace vexfs::gui {

/// A bit of CanvasPoint::group: a ring instead of a dot. A bit, since there are millions of them.
inline constexpr quint32 kHollowPoint = 0x8000'0000U;
inline constexpr quint32 kNoGroup = 0x7fff'ffffU;

struct CanvasPoint
{
    float x = 0;
    float y = 0;
    quint32 group = 0; ///< below kNoGroup; with kHollowPoint
    float score = 0; ///< above 0: it is one of those that are pointed out
};

struct CanvasLabel
{
    QPointF place;
    QString text;
};

class MapCanvas : public QWidget
{
    Q_OBJECT

public:
    enum class Tool { Pan, Rectangle, Lasso };

    explicit MapCanvas(QWidget *parent = nullptr);

    /// Points keep their numbers: selections and signals tell them. The view stays, unless it was
    /// of all points and is not any more.
    void setPoints(std::vector<CanvasPoint> points);
    /// Most important first; what does not fit is left out.
    void setLabels(QList<CanvasLabel> labels);
    void setTool(Tool tool);
    Tool tool() const { return m_tool; }
    void setSelection(QList<int> numbers);
    const QList<int> &selection() const { return m_selection; }
    int pointCount() const { return int(m_points.size()); }
    int current() const { return m_current; } ///< that keys move; -1 for none
    void setCurrent(int number);
    int hovered() const { return m_hovered; }

    void showAll();
    void zoom(double factor, const QPointF &around);
    void pan(const QPointF &pixels);
    /// The nearest to a place of the widget, -1 when none is near.
    int pointAt(const QPointF &place) const;
    QPointF placeOf(int number) const;
    /// Those inside of an outline in the widget's places.
    QList<int> pointsIn(const QPolygonF &outline) const;

    QSize sizeHint() const override;

Q_SIGNALS:
    void selectionChanged();
    void hoverChanged(int number);   ///< -1: none
    void currentChanged(int number);
    void activated(int number);
    void toolChanged(); ///< by a key

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRectF sortIntoCells(); ///< where they lie
    template <class Visit> void visitRuns(const QRectF &area, Visit visit) const;
    template <class Visit> void visitSeen(const QRectF &area, Visit visit) const;
    QRectF seenArea() const;
    QPointF toWidget(float x, float y) const;
    QPointF toPlane(const QPointF &place) const;
    void drawLayer();
    void drawDensity(QPainter &painter);
    void drawDots(QPainter &painter);
    void drawHits(QPainter &painter);
    QRectF roomForLabel(const QPointF &place, const QSizeF &size,
                        const QList<QRectF> &taken) const;
    void drawLabels(QPainter &painter);
    void drawMarks(QPainter &painter);
    void setHovered(int number);
    void moveCurrent(const QPointF &direction);
    void moveToHit(int step);
    void makeCurrent(int number);
    void pickTool(Tool tool);
    void leave();
    void viewChanged();
    void choose();

    std::vector<CanvasPoint> m_points;
    std::vector<quint32> m_order;     ///< numbers of points, cell by cell
    std::vector<CanvasPoint> m_sorted; ///< the points in that order
    std::vector<quint32> m_cellStart; ///< one more than cells
    int m_side = 1;
    QRectF m_bounds;
    QList<CanvasLabel> m_labels;
    QList<int> m_selection;
    QPointF m_centre; ///< of the view, on the plane
    double m_scale = 1; ///< pixels for a unit of the plane
    bool m_isWhole = true; ///< all is shown, whatever the size
    std::vector<int> m_hits; ///< points that are pointed out
    Tool m_tool = Tool::Pan;
    Tool m_dragTool = Tool::Pan;
    bool m_isDragging = false;
    bool m_hasMoved = false;
    QPointF m_dragged;
    QPolygonF m_outline;
    int m_hovered = -1;
    int m_current = -1;
    QPixmap m_layer;
    bool m_isLayerFresh = false;
};

} // namespace vexfs::gui
