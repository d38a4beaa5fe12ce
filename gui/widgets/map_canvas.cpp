// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/map_canvas.h"

#include <QImage>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace vexfs::gui {

namespace {

constexpr int kSideMost = 512;
constexpr size_t kPointsOfCell = 16;
/// With more in view a picture of the density says more than dots, and is faster.
constexpr quint32 kDotsMost = 12'000;
constexpr double kHoverPixels = 10;
constexpr double kMargin = 0.08;
constexpr double kZoomStep = 1.25;
constexpr double kScaleMost = 1e6;
constexpr double kTurn = std::numbers::phi - 1;

// Hues far from each other for groups that come one after the other, readable on light and dark.
QColor groupColor(quint32 group, bool isDark)
{
    if (group == kNoGroup)
        return isDark ? QColor(0x9a, 0x9a, 0x9a) : QColor(0x80, 0x80, 0x80);
    const double hue = std::fmod(0.58 + group * kTurn, 1.0);
    return QColor::fromHsvF(float(hue), isDark ? 0.50F : 0.75F, isDark ? 0.95F : 0.72F);
}

bool isDarkPalette(const QPalette &palette)
{
    return palette.color(QPalette::Base).lightness() < 128;
}

constexpr int kColours = 64;

int colourOf(quint32 group)
{
    const quint32 plain = group & ~kHollowPoint;
    return plain == kNoGroup ? kColours : int(plain % kColours);
}

std::array<QRgb, kColours + 1> colours(bool isDark)
{
    std::array<QRgb, kColours + 1> all{};
    for (int i = 0; i < kColours; ++i)
        all[size_t(i)] = groupColor(quint32(i), isDark).rgb();
    all[kColours] = groupColor(kNoGroup, isDark).rgb();
    return all;
}

QPixmap dot(const QColor &color, double radius, double ratio, bool isHollow)
{
    const int side = int(std::ceil((2 * radius + 2) * ratio));
    QPixmap pixmap(side, side);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    const double pen = isHollow ? 1.5 * ratio : 0.0;
    painter.setPen(isHollow ? QPen(color, pen) : QPen(Qt::NoPen));
    painter.setBrush(isHollow ? QBrush(Qt::NoBrush) : QBrush(color));
    const double drawn = radius * ratio - pen / 2;
    painter.drawEllipse(QPointF(side / 2.0, side / 2.0), drawn, drawn);
    return pixmap;
}

} // namespace

MapCanvas::MapCanvas(QWidget *parent) : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(160, 120);
    setAttribute(Qt::WA_OpaquePaintEvent);
}

QSize MapCanvas::sizeHint() const
{
    const int em = fontMetrics().height();
    return {em * 36, em * 28};
}

void MapCanvas::setPoints(std::vector<CanvasPoint> points)
{
    m_points = std::move(points);
    m_selection.clear();
    m_current = -1;
    m_hovered = -1;
    m_hits.clear();
    for (size_t i = 0; i < m_points.size(); ++i) {
        if (m_points[i].score > 0)
            m_hits.push_back(int(i));
    }
    const QRectF seen = m_bounds.isEmpty() ? QRectF() : seenArea();
    const QRectF tight = sortIntoCells();
    // What stays does not move: a moment's fewer points are where those of another one are.
    if (m_points.empty() || (m_isWhole && !seen.contains(tight)))
        showAll();
    viewChanged();
    Q_EMIT selectionChanged();
}

void MapCanvas::setLabels(QList<CanvasLabel> labels)
{
    m_labels = std::move(labels);
    update();
}

void MapCanvas::setCurrent(int number)
{
    m_current = number < pointCount() ? number : -1;
    update();
}

void MapCanvas::setTool(Tool tool)
{
    m_tool = tool;
    setCursor(tool == Tool::Pan ? Qt::ArrowCursor : Qt::CrossCursor);
}

void MapCanvas::setSelection(QList<int> numbers)
{
    m_selection = std::move(numbers);
    update();
    Q_EMIT selectionChanged();
}

// A counting sort: each cell's points lie beside each other.
QRectF MapCanvas::sortIntoCells()
{
    m_bounds = {};
    m_order.assign(m_points.size(), 0);
    m_sorted.clear();
    const auto wanted = size_t(std::sqrt(double(m_points.size()) / kPointsOfCell));
    m_side = std::clamp(int(wanted), 1, kSideMost);
    m_cellStart.assign(size_t(m_side) * size_t(m_side) + 1, 0);
    if (m_points.empty())
        return {};
    float left = m_points[0].x;
    float right = left;
    float top = m_points[0].y;
    float bottom = top;
    for (const CanvasPoint &each : m_points) {
        left = std::min(left, each.x);
        right = std::max(right, each.x);
        top = std::min(top, each.y);
        bottom = std::max(bottom, each.y);
    }
    const float extent = std::max({right - left, bottom - top, 1e-6F});
    m_bounds = QRectF(left, top, extent, extent);
    const auto cellOf = [&](const CanvasPoint &each) {
        const auto across = [&](float offset) {
            return size_t(std::clamp(int(offset / extent * float(m_side)), 0, m_side - 1));
        };
        return across(each.y - top) * size_t(m_side) + across(each.x - left);
    };
    for (const CanvasPoint &each : m_points)
        ++m_cellStart[cellOf(each) + 1];
    for (size_t i = 1; i < m_cellStart.size(); ++i)
        m_cellStart[i] += m_cellStart[i - 1];
    std::vector<quint32> next(m_cellStart.begin(), m_cellStart.end() - 1);
    for (size_t i = 0; i < m_points.size(); ++i)
        m_order[next[cellOf(m_points[i])]++] = quint32(i);
    // In that order once more: a frame goes through them one after the other.
    m_sorted.resize(m_points.size());
    for (size_t i = 0; i < m_order.size(); ++i)
        m_sorted[i] = m_points[m_order[i]];
    return {left, top, right - left, bottom - top};
}

// Calls with the runs of m_sorted that lie in the cells which an area of the plane touches.
template <class Visit> void MapCanvas::visitRuns(const QRectF &area, Visit visit) const
{
    if (m_points.empty() || !area.intersects(m_bounds.adjusted(-1e-3, -1e-3, 1e-3, 1e-3)))
        return;
    const auto across = [this](double offset) {
        const double cell = std::clamp(offset / m_bounds.width() * m_side, 0.0, m_side - 1.0);
        return int(cell);
    };
    const int left = across(area.left() - m_bounds.left());
    const int right = across(area.right() - m_bounds.left());
    const int bottom = across(area.bottom() - m_bounds.top());
    // Cells of a row lie beside each other.
    for (int row = across(area.top() - m_bounds.top()); row <= bottom; ++row) {
        visit(m_cellStart[size_t(row) * size_t(m_side) + size_t(left)],
              m_cellStart[size_t(row) * size_t(m_side) + size_t(right) + 1]);
    }
}

// Calls with the number and the point of each.
template <class Visit> void MapCanvas::visitSeen(const QRectF &area, Visit visit) const
{
    visitRuns(area, [&](quint32 from, quint32 to) {
        for (quint32 i = from; i < to; ++i)
            visit(int(m_order[i]), m_sorted[i]);
    });
}

QPointF MapCanvas::toWidget(float x, float y) const
{
    return {width() / 2.0 + (x - m_centre.x()) * m_scale,
            height() / 2.0 + (y - m_centre.y()) * m_scale};
}

QPointF MapCanvas::toPlane(const QPointF &place) const
{
    return {m_centre.x() + (place.x() - width() / 2.0) / m_scale,
            m_centre.y() + (place.y() - height() / 2.0) / m_scale};
}

QRectF MapCanvas::seenArea() const
{
    return QRectF(toPlane({0, 0}), toPlane({double(width()), double(height())}));
}

QPointF MapCanvas::placeOf(int number) const
{
    const CanvasPoint &point = m_points[size_t(number)];
    return toWidget(point.x, point.y);
}

void MapCanvas::showAll()
{
    m_isWhole = true;
    if (m_points.empty() || width() <= 0 || height() <= 0)
        return;
    QRectF tight(m_points[0].x, m_points[0].y, 0, 0);
    for (const CanvasPoint &each : m_points) {
        tight.setLeft(std::min(tight.left(), double(each.x)));
        tight.setRight(std::max(tight.right(), double(each.x)));
        tight.setTop(std::min(tight.top(), double(each.y)));
        tight.setBottom(std::max(tight.bottom(), double(each.y)));
    }
    m_centre = tight.center();
    const double room = 1 - 2 * kMargin;
    m_scale = std::min(width() * room / std::max(tight.width(), 1e-3),
                       height() * room / std::max(tight.height(), 1e-3));
    viewChanged();
}

void MapCanvas::zoom(double factor, const QPointF &around)
{
    m_isWhole = false;
    const QPointF fixed = toPlane(around);
    const double least = std::min(width(), height()) / std::max(m_bounds.width(), 1e-3) / 4;
    m_scale = std::clamp(m_scale * factor, least, kScaleMost);
    m_centre += fixed - toPlane(around);
    viewChanged();
}

void MapCanvas::pan(const QPointF &pixels)
{
    m_isWhole = false;
    m_centre -= pixels / m_scale;
    viewChanged();
}

void MapCanvas::viewChanged()
{
    m_isLayerFresh = false;
    update();
}

int MapCanvas::pointAt(const QPointF &place) const
{
    const QPointF middle = toPlane(place);
    const double reach = kHoverPixels / m_scale;
    int best = -1;
    double nearest = reach * reach;
    visitSeen(QRectF(middle - QPointF(reach, reach), middle + QPointF(reach, reach)),
              [&](int number, const CanvasPoint &point) {
                  const double x = point.x - middle.x();
                  const double y = point.y - middle.y();
                  if (x * x + y * y < nearest) {
                      nearest = x * x + y * y;
                      best = number;
                  }
              });
    return best;
}

QList<int> MapCanvas::pointsIn(const QPolygonF &outline) const
{
    QPolygonF area;
    for (const QPointF &each : outline)
        area.append(toPlane(each));
    QList<int> inside;
    visitSeen(area.boundingRect(), [&](int number, const CanvasPoint &point) {
        if (area.containsPoint({point.x, point.y}, Qt::OddEvenFill))
            inside.append(number);
    });
    std::sort(inside.begin(), inside.end());
    return inside;
}

void MapCanvas::paintEvent(QPaintEvent *)
{
    if (!m_isLayerFresh)
        drawLayer();
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_layer);
    painter.setRenderHint(QPainter::Antialiasing);
    drawMarks(painter);
    drawLabels(painter);
    if (m_isDragging && m_outline.size() > 1) {
        QColor fill = palette().color(QPalette::Highlight);
        painter.setPen(QPen(fill, 1.5));
        fill.setAlpha(40);
        painter.setBrush(fill);
        painter.drawPolygon(m_outline);
    }
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void MapCanvas::drawLayer()
{
    const double ratio = devicePixelRatioF();
    m_layer = QPixmap(size() * ratio);
    m_layer.setDevicePixelRatio(ratio);
    m_layer.fill(palette().color(QPalette::Base));
    m_isLayerFresh = true;
    quint32 seen = 0;
    visitRuns(seenArea(), [&](quint32 from, quint32 to) { seen += to - from; });
    QPainter painter(&m_layer);
    // What is pointed out stands before the rest, which is pale then.
    painter.setOpacity(m_hits.empty() ? 1.0 : 0.3);
    if (seen > kDotsMost)
        drawDensity(painter);
    else
        drawDots(painter);
    painter.setOpacity(1.0);
    drawHits(painter);
}

void MapCanvas::drawHits(QPainter &painter)
{
    const QRectF seen = QRectF(rect()).adjusted(-8, -8, 8, 8);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette().color(QPalette::Base), 1));
    for (const int number : m_hits) {
        const QPointF place = placeOf(number);
        if (!seen.contains(place))
            continue;
        // The better a hit, the larger.
        const double radius = 4 + 3 * std::clamp(double(m_points[size_t(number)].score), 0.0, 1.0);
        const CanvasPoint &point = m_points[size_t(number)];
        painter.setBrush(groupColor(point.group & ~kHollowPoint, isDarkPalette(palette())));
        painter.drawEllipse(place, radius, radius);
    }
}

// How many points lie in each small square, as opacity; by logarithm, since hills are steep.
void MapCanvas::drawDensity(QPainter &painter)
{
    constexpr int kPixels = 2;
    const int across = width() / kPixels + 1;
    const int down = height() / kPixels + 1;
    std::vector<quint32> counts(size_t(across) * size_t(down), 0);
    std::vector<quint8> group(counts.size(), 0);
    const double scale = m_scale / kPixels;
    const double left = width() / 2.0 / kPixels - m_centre.x() * scale;
    const double top = height() / 2.0 / kPixels - m_centre.y() * scale;
    quint32 most = 1;
    visitSeen(seenArea(), [&](int, const CanvasPoint &point) {
        const auto x = int(std::floor(left + point.x * scale));
        const auto y = int(std::floor(top + point.y * scale));
        if (x < 0 || y < 0 || x >= across || y >= down)
            return;
        const size_t cell = size_t(y) * size_t(across) + size_t(x);
        most = std::max(most, ++counts[cell]);
        group[cell] = quint8(colourOf(point.group));
    });
    const auto tone = colours(isDarkPalette(palette()));
    std::array<quint8, 1024> alpha{};
    const double full = std::log1p(double(most));
    for (size_t i = 1; i < alpha.size(); ++i) {
        const double share = std::log1p(double(i) / double(alpha.size() - 1) * most) / full;
        alpha[i] = quint8(70 + 185 * std::min(1.0, share));
    }
    QImage image(across, down, QImage::Format_ARGB32);
    for (int y = 0; y < down; ++y) {
        auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
        for (int x = 0; x < across; ++x) {
            const size_t cell = size_t(y) * size_t(across) + size_t(x);
            const auto step = size_t(quint64(counts[cell]) * (alpha.size() - 1) / most);
            const QRgb colour = tone[group[cell]];
            line[x] = counts[cell] == 0
                ? 0
                : qRgba(qRed(colour), qGreen(colour), qBlue(colour),
                        alpha[std::max<size_t>(step, 1)]);
        }
    }
    painter.drawImage(QRectF(0, 0, across * kPixels, down * kPixels), image);
}

void MapCanvas::drawDots(QPainter &painter)
{
    const QRectF seen = QRectF(rect()).adjusted(-8, -8, 8, 8);
    const double ratio = devicePixelRatioF();
    const auto tone = colours(isDarkPalette(palette()));
    // Of each colour those that are whole, and those that are hollow.
    std::array<std::vector<QPainter::PixmapFragment>, 2 * (kColours + 1)> dots;
    QPixmap pixmap = dot(QColor(Qt::black), 3, ratio, false);
    const QRectF source(0, 0, pixmap.width(), pixmap.height());
    visitSeen(seenArea(), [&](int, const CanvasPoint &point) {
        const QPointF place = toWidget(point.x, point.y);
        if (seen.contains(place)) {
            const size_t hollow = (point.group & kHollowPoint) != 0 ? 1 : 0;
            dots[2 * size_t(colourOf(point.group)) + hollow].push_back(
                QPainter::PixmapFragment::create(place, source, 1 / ratio, 1 / ratio, 0, 0.85));
        }
    });
    for (size_t i = 0; i < dots.size(); ++i) {
        if (dots[i].empty())
            continue;
        pixmap = dot(QColor::fromRgb(tone[i / 2]), 3, ratio, i % 2 == 1);
        painter.drawPixmapFragments(dots[i].data(), int(dots[i].size()), pixmap);
    }
}

// What the query found, what is chosen, and where the keys and the mouse are.
void MapCanvas::drawMarks(QPainter &painter)
{
    const QColor accent = palette().color(QPalette::Highlight);
    const QColor text = palette().color(QPalette::Text);
    const QRectF seen = QRectF(rect()).adjusted(-8, -8, 8, 8);
    painter.setBrush(Qt::NoBrush);
    const auto ring = [&](int number, double radius, const QPen &pen) {
        const QPointF place = placeOf(number);
        if (!seen.contains(place))
            return;
        painter.setPen(pen);
        painter.drawEllipse(place, radius, radius);
    };
    constexpr qsizetype kRingsMost = 5000;
    for (qsizetype i = 0; i < std::min(m_selection.size(), kRingsMost); ++i)
        ring(m_selection[i], 5, QPen(accent, 2));
    if (m_current >= 0 && hasFocus())
        ring(m_current, 9, QPen(text, 2));
    if (m_hovered >= 0)
        ring(m_hovered, 7, QPen(text, 1.5));
}

// At its place, or a little above or below where another one is there; those beside the edge are
// moved in. Empty when there is no room, or the place is not seen.
QRectF MapCanvas::roomForLabel(const QPointF &place, const QSizeF &size,
                               const QList<QRectF> &taken) const
{
    const QRectF view = rect();
    if (!view.contains(place) || size.width() > view.width())
        return {};
    for (const double shift : {0.0, -1.0, 1.0}) {
        QRectF box({0, 0}, size);
        box.moveCenter({place.x(), place.y() + shift * size.height()});
        box.moveLeft(std::clamp(box.left(), view.left(), view.right() - size.width()));
        const bool isFree = view.contains(box)
            && std::none_of(taken.begin(), taken.end(),
                            [&](const QRectF &other) { return other.intersects(box); });
        if (isFree)
            return box;
    }
    return {};
}

void MapCanvas::drawLabels(QPainter &painter)
{
    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    const QFontMetricsF metrics(bold);
    QColor plate = palette().color(QPalette::Base);
    plate.setAlpha(150);
    QList<QRectF> taken;
    for (const CanvasLabel &label : m_labels) {
        const QPointF place = toWidget(float(label.place.x()), float(label.place.y()));
        const QSizeF size = metrics.boundingRect(label.text).adjusted(-3, -1, 3, 1).size();
        const QRectF box = roomForLabel(place, size, taken);
        if (box.isEmpty())
            continue;
        taken.append(box);
        painter.setPen(Qt::NoPen);
        painter.setBrush(plate);
        painter.drawRoundedRect(box, 4, 4);
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(box, Qt::AlignCenter, label.text);
    }
}

void MapCanvas::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    if (m_isWhole)
        showAll();
    viewChanged();
}

void MapCanvas::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        viewChanged();
}

void MapCanvas::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)
        return;
    m_isDragging = true;
    m_hasMoved = false;
    m_dragged = event->position();
    m_dragTool = m_tool;
    if (event->button() == Qt::MiddleButton)
        m_dragTool = Tool::Pan;
    else if (event->modifiers().testFlag(Qt::ShiftModifier))
        m_dragTool = Tool::Rectangle;
    else if (event->modifiers().testFlag(Qt::ControlModifier))
        m_dragTool = Tool::Lasso;
    m_outline = {event->position()};
}

void MapCanvas::mouseMoveEvent(QMouseEvent *event)
{
    if (!m_isDragging) {
        setHovered(pointAt(event->position()));
        return;
    }
    const QPointF way = event->position() - m_dragged;
    m_hasMoved = m_hasMoved || way.manhattanLength() > 3;
    if (!m_hasMoved)
        return;
    if (m_dragTool == Tool::Pan) {
        m_dragged = event->position();
        pan(way);
    } else if (m_dragTool == Tool::Rectangle) {
        m_outline = QPolygonF(QRectF(m_dragged, event->position()).normalized());
    } else {
        m_outline.append(event->position());
    }
    update();
}

void MapCanvas::mouseReleaseEvent(QMouseEvent *event)
{
    if (!m_isDragging)
        return;
    m_isDragging = false;
    if (!m_hasMoved) {
        const int number = pointAt(event->position());
        m_current = number;
        const bool isAdded = event->modifiers().testFlag(Qt::ShiftModifier);
        if (isAdded)
            choose();
        else
            setSelection(number < 0 ? QList<int>() : QList<int>{number});
        if (number >= 0)
            Q_EMIT currentChanged(number);
    } else if (m_dragTool != Tool::Pan) {
        setSelection(pointsIn(m_outline));
    }
    m_outline.clear();
    update();
}

void MapCanvas::mouseDoubleClickEvent(QMouseEvent *event)
{
    const int number = pointAt(event->position());
    if (number >= 0)
        Q_EMIT activated(number);
    else
        zoom(kZoomStep * kZoomStep, event->position());
}

void MapCanvas::leaveEvent(QEvent *event)
{
    QWidget::leaveEvent(event);
    setHovered(-1);
}

void MapCanvas::wheelEvent(QWheelEvent *event)
{
    const double notches = event->angleDelta().y() / 120.0;
    zoom(std::pow(kZoomStep, notches), event->position());
    event->accept();
}

void MapCanvas::setHovered(int number)
{
    if (number == m_hovered)
        return;
    m_hovered = number;
    update();
    Q_EMIT hoverChanged(number);
}

// To the nearest point that lies more in a direction than beside it; where none is seen, to one
// that is not.
void MapCanvas::moveCurrent(const QPointF &direction)
{
    const QPointF from = m_current >= 0 ? placeOf(m_current) : QRectF(rect()).center();
    int best = -1;
    double least = std::numeric_limits<double>::max();
    const auto look = [&](int number, const CanvasPoint &point) {
        const QPointF way = toWidget(point.x, point.y) - from;
        const double along = QPointF::dotProduct(way, direction);
        const double beside = std::abs(way.x() * direction.y() - way.y() * direction.x());
        if (number == m_current || along <= 0 || beside > along)
            return;
        if (along + beside < least) {
            least = along + beside;
            best = number;
        }
    };
    visitSeen(seenArea(), look);
    if (best < 0)
        visitSeen(m_bounds, look);
    makeCurrent(best);
}

// Through what is pointed out, and around.
void MapCanvas::moveToHit(int step)
{
    if (m_hits.empty())
        return;
    const auto count = int(m_hits.size());
    const auto found = std::lower_bound(m_hits.begin(), m_hits.end(), m_current);
    auto next = int(found - m_hits.begin());
    const bool isAtHit = found != m_hits.end() && *found == m_current;
    if (isAtHit || step < 0)
        next += step;
    makeCurrent(m_hits[size_t((next + count) % count)]);
}

// Brought into sight where it is not.
void MapCanvas::makeCurrent(int number)
{
    if (number < 0)
        return;
    m_current = number;
    if (!rect().contains(placeOf(number).toPoint()))
        pan(QRectF(rect()).center() - placeOf(number));
    update();
    Q_EMIT currentChanged(number);
}

void MapCanvas::pickTool(Tool tool)
{
    setTool(tool);
    Q_EMIT toolChanged();
}

// What is begun, what is chosen, the tool: the first of them that there is.
void MapCanvas::leave()
{
    if (m_isDragging) {
        m_isDragging = false;
        m_outline.clear();
        update();
    } else if (!m_selection.isEmpty()) {
        setSelection({});
    } else {
        pickTool(Tool::Pan);
    }
}

void MapCanvas::choose()
{
    if (m_current < 0)
        return;
    QList<int> numbers = m_selection;
    if (!numbers.removeOne(m_current))
        numbers.append(m_current);
    setSelection(numbers);
}

void MapCanvas::keyPressEvent(QKeyEvent *event)
{
    const QPointF middle = QRectF(rect()).center();
    const bool isPan = event->modifiers().testFlag(Qt::ShiftModifier);
    const auto arrow = [&](double x, double y) {
        if (isPan)
            pan(QPointF(-x, -y) * width() / 10.0);
        else
            moveCurrent({x, y});
    };
    switch (event->key()) {
    case Qt::Key_Left:
        return arrow(-1, 0);
    case Qt::Key_Right:
        return arrow(1, 0);
    case Qt::Key_Up:
        return arrow(0, -1);
    case Qt::Key_Down:
        return arrow(0, 1);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoom(kZoomStep, m_current >= 0 ? placeOf(m_current) : middle);
    case Qt::Key_Minus:
        return zoom(1 / kZoomStep, middle);
    case Qt::Key_Home:
    case Qt::Key_0:
        return showAll();
    case Qt::Key_Space:
        return choose();
    case Qt::Key_N:
        return moveToHit(isPan ? -1 : 1);
    case Qt::Key_L:
        return pickTool(Tool::Lasso);
    case Qt::Key_R:
        return pickTool(Tool::Rectangle);
    case Qt::Key_Escape:
        return leave();
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current >= 0)
            Q_EMIT activated(m_current);
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace vexfs::gui
