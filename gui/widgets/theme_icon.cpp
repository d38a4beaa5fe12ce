// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/theme_icon.h"

#include <QApplication>
#include <QFile>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>

namespace vexfs::gui {

namespace {

/// As strong as lines of text, which are thinner.
constexpr double kStrength = 0.78;

QColor colourOf(QIcon::Mode mode)
{
    const QPalette palette = QApplication::palette();
    if (mode == QIcon::Selected)
        return palette.color(QPalette::HighlightedText);
    if (mode == QIcon::Disabled)
        return palette.color(QPalette::Disabled, QPalette::WindowText);
    QColor colour = palette.color(QPalette::WindowText);
    colour.setAlphaF(kStrength);
    return colour;
}

/// Asked anew at each painting, so that it follows the palette.
class TintedEngine : public QIconEngine
{
public:
    explicit TintedEngine(const QString &file) : m_file(file), m_shape(file) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State state) override
    {
        const double ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        QPixmap drawn = scaledPixmap(rect.size() * ratio, mode, state, 1.0);
        painter->drawPixmap(rect, drawn);
    }
    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1.0);
    }
    // size: of the device, as QIcon asks since Qt 6.
    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal) override
    {
        const QColor colour = colourOf(mode);
        const QString key = QStringLiteral("vexfs-icon/%1/%2x%3/%4")
                                .arg(m_file)
                                .arg(size.width())
                                .arg(size.height())
                                .arg(colour.rgba());
        QPixmap out;
        if (QPixmapCache::find(key, &out))
            return out;
        QPixmap drawn(size);
        drawn.fill(Qt::transparent);
        QPainter painter(&drawn);
        m_shape.paint(&painter, QRect(QPoint(), size));
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        painter.fillRect(drawn.rect(), colour);
        painter.end();
        QPixmapCache::insert(key, drawn);
        return drawn;
    }
    QIconEngine *clone() const override { return new TintedEngine(m_file); }

private:
    QString m_file;
    QIcon m_shape;
};

} // namespace

QIcon themeIcon(const QString &name)
{
    // Rows ask at each painting, and a theme is folders that are looked through.
    static QHash<QString, QIcon> known;
    static QString theme;
    if (theme != QIcon::themeName()) {
        theme = QIcon::themeName();
        known.clear();
    }
    if (const auto found = known.constFind(name); found != known.constEnd())
        return *found;
    QIcon icon;
    const QString file = QStringLiteral(":/icons/%1.svg").arg(name);
    if (QIcon::hasThemeIcon(name))
        icon = QIcon::fromTheme(name);
    else if (QFile::exists(file))
        icon = QIcon(new TintedEngine(file));
    known.insert(name, icon);
    return icon;
}

} // namespace vexfs::gui
