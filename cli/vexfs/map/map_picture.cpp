// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/map/map_picture.h"

#include <QPointF>
#include <QRectF>
#include <QXmlStreamWriter>

#include <algorithm>
#include <array>
#include <cmath>

namespace vexfs::cli {

namespace {

constexpr double kWidth = 1600;
constexpr double kHeight = 1200;
constexpr double kMargin = 60;
constexpr double kFontSize = 18;
/// Of a letter, on average; a viewer may have another font.
constexpr double kLetterWidth = 0.56 * kFontSize;
constexpr quint32 kNoCluster = 0xffffffffU;
constexpr const char kGrey[] = "#9a9a9a";

/// Few points are large, millions small.
double radiusFor(qsizetype count)
{
    return std::clamp(60.0 / std::sqrt(double(std::max<qsizetype>(count, 1))), 0.8, 6.0);
}

/// As the window has them: neighbours in number are far apart in hue.
QString colourOf(quint32 cluster)
{
    if (cluster == kNoCluster)
        return QLatin1String(kGrey);
    constexpr double kTurn = 0.618033988749895;
    constexpr double kSaturation = 0.75;
    constexpr double kValue = 0.72;
    const double hue = std::fmod(0.58 + cluster * kTurn, 1.0) * 6.0;
    const double part = hue - std::floor(hue);
    const double low = kValue * (1 - kSaturation);
    const double falling = kValue * (1 - kSaturation * part);
    const double rising = kValue * (1 - kSaturation * (1 - part));
    const std::array<std::array<double, 3>, 6> sectors{{{kValue, rising, low},
                                                        {falling, kValue, low},
                                                        {low, kValue, rising},
                                                        {low, falling, kValue},
                                                        {rising, low, kValue},
                                                        {kValue, low, falling}}};
    QString text = QStringLiteral("#");
    for (const double each : sectors[static_cast<size_t>(hue) % sectors.size()])
        text += QStringLiteral("%1").arg(std::lround(each * 255), 2, 16, QLatin1Char('0'));
    return text;
}

/// From the plane of the map to the picture; both ways are scaled alike.
class Frame
{
public:
    explicit Frame(const QList<client::MapPoint> &points)
    {
        if (points.isEmpty())
            return;
        const auto [left, right] = std::minmax_element(
            points.begin(), points.end(), [](auto &a, auto &b) { return a.x < b.x; });
        const auto [top, bottom] = std::minmax_element(
            points.begin(), points.end(), [](auto &a, auto &b) { return a.y < b.y; });
        m_centre = {(double(left->x) + right->x) / 2, (double(top->y) + bottom->y) / 2};
        const double across = std::max<double>(double(right->x) - left->x, 1e-9);
        const double down = std::max<double>(double(bottom->y) - top->y, 1e-9);
        m_scale = std::min((kWidth - 2 * kMargin) / across, (kHeight - 2 * kMargin) / down);
    }

    QPointF place(double x, double y) const
    {
        return {kWidth / 2 + (x - m_centre.x()) * m_scale,
                kHeight / 2 + (y - m_centre.y()) * m_scale};
    }

private:
    QPointF m_centre;
    double m_scale = 1;
};

QString number(double value)
{
    return QString::number(value, 'f', 1);
}

void writePoint(QXmlStreamWriter &out, const MapDrawing &drawing, const client::MapPoint &point,
                const QPointF &at, double radius)
{
    const bool isHit = drawing.isScored && point.score > 0;
    const QString colour = drawing.isScored && !isHit ? QString::fromLatin1(kGrey)
                                                      : colourOf(point.cluster);
    const QString name = drawing.names.value(point.id);
    out.writeStartElement(QStringLiteral("circle"));
    out.writeAttribute(QStringLiteral("cx"), number(at.x()));
    out.writeAttribute(QStringLiteral("cy"), number(at.y()));
    out.writeAttribute(QStringLiteral("r"), number(isHit ? 2 * radius : radius));
    if (point.isGone) {
        out.writeAttribute(QStringLiteral("fill"), QStringLiteral("none"));
        out.writeAttribute(QStringLiteral("stroke"), colour);
    } else {
        out.writeAttribute(QStringLiteral("fill"), colour);
    }
    if (!name.isEmpty())
        out.writeTextElement(QStringLiteral("title"), name);
    out.writeEndElement();
}

/// Twice, the first time as a light edge: not all viewers know paint-order.
void writeText(QXmlStreamWriter &out, const QPointF &at, const QString &text, bool isHalo)
{
    out.writeStartElement(QStringLiteral("text"));
    out.writeAttribute(QStringLiteral("x"), number(at.x()));
    out.writeAttribute(QStringLiteral("y"), number(at.y() + kFontSize / 3));
    if (isHalo) {
        out.writeAttribute(QStringLiteral("stroke"), QStringLiteral("#ffffff"));
        out.writeAttribute(QStringLiteral("stroke-width"), QStringLiteral("5"));
        out.writeAttribute(QStringLiteral("stroke-linejoin"), QStringLiteral("round"));
    }
    out.writeCharacters(text);
    out.writeEndElement();
}

void writeLabels(QXmlStreamWriter &out, const MapDrawing &drawing, const Frame &frame)
{
    QList<QRectF> taken;
    const QRectF page(0, 0, kWidth, kHeight);
    for (const client::MapCluster &each : drawing.clusters) {
        const QPointF at = frame.place(each.x, each.y);
        const double width = double(each.label.size()) * kLetterWidth;
        QRectF box(0, 0, width, kFontSize * 1.3);
        box.moveCenter(at);
        const bool isFree = std::none_of(taken.begin(), taken.end(), [&box](const QRectF &other) {
            return other.intersects(box);
        });
        if (each.label.isEmpty() || !isFree || !page.contains(box))
            continue;
        taken.append(box);
        for (const bool isHalo : {true, false})
            writeText(out, at, each.label, isHalo);
    }
}

} // namespace

QByteArray mapPicture(const MapDrawing &drawing)
{
    QByteArray bytes;
    QXmlStreamWriter out(&bytes);
    out.setAutoFormatting(true);
    out.setAutoFormattingIndent(1);
    out.writeStartDocument();
    out.writeStartElement(QStringLiteral("svg"));
    out.writeDefaultNamespace(QStringLiteral("http://www.w3.org/2000/svg"));
    out.writeAttribute(QStringLiteral("version"), QStringLiteral("1.1"));
    out.writeAttribute(QStringLiteral("viewBox"),
                       QStringLiteral("0 0 %1 %2").arg(kWidth).arg(kHeight));
    out.writeEmptyElement(QStringLiteral("rect"));
    out.writeAttribute(QStringLiteral("width"), QString::number(kWidth));
    out.writeAttribute(QStringLiteral("height"), QString::number(kHeight));
    out.writeAttribute(QStringLiteral("fill"), QStringLiteral("#ffffff"));
    const Frame frame(drawing.points.points);
    const double radius = radiusFor(drawing.points.points.size());
    // Hits lie above what they are among.
    for (const bool isHit : {false, true}) {
        for (const client::MapPoint &each : drawing.points.points) {
            if ((each.score > 0) == isHit)
                writePoint(out, drawing, each, frame.place(each.x, each.y), radius);
        }
    }
    out.writeStartElement(QStringLiteral("g"));
    for (const auto &[name, value] :
         {std::pair("font-family", "sans-serif"), std::pair("text-anchor", "middle"),
          std::pair("fill", "#202020")})
        out.writeAttribute(QLatin1String(name), QLatin1String(value));
    out.writeAttribute(QStringLiteral("font-size"), QString::number(kFontSize));
    writeLabels(out, drawing, frame);
    out.writeEndElement();
    out.writeEndElement();
    out.writeEndDocument();
    return bytes;
}

} // namespace vexfs::cli
