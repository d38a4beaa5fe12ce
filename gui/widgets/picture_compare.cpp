// SPDX-License-Identifier: Apache-2.0
#include "gui/widgets/picture_compare.h"

#include <QGridLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QSlider>

namespace vexfs::gui {

namespace {

constexpr int kSteps = 1000;

} // namespace

/// Both are as large as the place allows, about the same middle; the line between them is drawn.
class PictureCanvas : public QWidget
{
public:
    explicit PictureCanvas(QSlider &slider) : m_slider(slider)
    {
        setMinimumSize(fontMetrics().height() * 6, fontMetrics().height() * 6);
        setCursor(Qt::SplitHCursor);
    }
    void setPictures(const QImage &left, const QImage &right)
    {
        m_left = left;
        m_right = right;
        update();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        const int line = lineAt();
        draw(&painter, m_left, QRect(0, 0, line, height()));
        draw(&painter, m_right, QRect(line, 0, width() - line, height()));
        // Light beside dark: seen over every picture.
        painter.setPen(Qt::black);
        painter.drawLine(line - 1, 0, line - 1, height());
        painter.setPen(Qt::white);
        painter.drawLine(line, 0, line, height());
    }
    void mousePressEvent(QMouseEvent *event) override { follow(event); }
    void mouseMoveEvent(QMouseEvent *event) override { follow(event); }

private:
    int lineAt() const { return int(qint64(width()) * m_slider.value() / kSteps); }
    void draw(QPainter *painter, const QImage &picture, const QRect &part) const
    {
        if (picture.isNull())
            return;
        QSize size = picture.size().scaled(this->size(), Qt::KeepAspectRatio);
        QRect place(QPoint(), size);
        place.moveCenter(rect().center());
        painter->setClipRect(part);
        painter->drawImage(place, picture);
        painter->setClipping(false);
    }
    void follow(const QMouseEvent *event)
    {
        m_slider.setValue(int(event->position().x() * kSteps / std::max(1, width())));
    }

    QSlider &m_slider;
    QImage m_left;
    QImage m_right;
};

PictureCompare::PictureCompare(QWidget *parent)
    : QWidget(parent), m_leftTitle(new QLabel), m_rightTitle(new QLabel),
      m_slider(new QSlider(Qt::Horizontal))
{
    m_slider->setRange(0, kSteps);
    m_slider->setSingleStep(kSteps / 50);
    m_slider->setPageStep(kSteps / 5);
    m_slider->setValue(kSteps / 2);
    // Left is left: the pictures are not mirrored, whatever way one reads.
    setLayoutDirection(Qt::LeftToRight);
    m_slider->setLayoutDirection(Qt::LeftToRight);
    m_slider->setAccessibleName(tr("How much of the older picture is seen"));
    m_canvas = new PictureCanvas(*m_slider);
    m_canvas->setAccessibleName(tr("The older picture, and the newer one right of the line"));
    for (QLabel *title : {m_leftTitle, m_rightTitle}) {
        title->setTextFormat(Qt::PlainText);
        title->setWordWrap(true);
        title->setMinimumWidth(1);
    }
    m_rightTitle->setAlignment(Qt::AlignRight);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->addWidget(m_leftTitle, 0, 0);
    grid->addWidget(m_rightTitle, 0, 1);
    grid->addWidget(m_canvas, 1, 0, 1, 2);
    grid->addWidget(m_slider, 2, 0, 1, 2);
    grid->setRowStretch(1, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    connect(m_slider, &QSlider::valueChanged, m_canvas, qOverload<>(&QWidget::update));
}

void PictureCompare::setPictures(const QImage &left, const QImage &right,
                                 const QString &leftTitle, const QString &rightTitle)
{
    m_leftTitle->setText(leftTitle);
    m_rightTitle->setText(rightTitle);
    m_canvas->setPictures(left, right);
}

} // namespace vexfs::gui
