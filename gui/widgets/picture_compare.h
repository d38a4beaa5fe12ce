// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/picture_compare.h - two pictures in one place, and a slider that says how much of
// each is seen.
#pragma once

#include <QImage>
#include <QWidget>

class QLabel;
class QSlider;

namespace vexfs::gui {

class PictureCanvas;

class PictureCompare : public QWidget
{
    Q_OBJECT

public:
    explicit PictureCompare(QWidget *parent = nullptr);

    /// Titles say what each side is. left is seen left of the slider's place, right beyond it.
    void setPictures(const QImage &left, const QImage &right, const QString &leftTitle,
                     const QString &rightTitle);
    QSlider *slider() const { return m_slider; }

private:
    QLabel *m_leftTitle;
    QLabel *m_rightTitle;
    PictureCanvas *m_canvas;
    QSlider *m_slider;
};

} // namespace vexfs::gui
