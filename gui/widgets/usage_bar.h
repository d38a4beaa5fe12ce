// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/usage_bar.h - parts of a whole, as a bar with its legend.
#pragma once

#include <QColor>
#include <QVector>
#include <QWidget>

namespace vexfs::gui {

/// The rest of the whole is what is free.
class UsageBar : public QWidget
{
    Q_OBJECT

public:
    struct Part
    {
        QString name;
        quint64 bytes = 0;
    };

    explicit UsageBar(QWidget *parent = nullptr);

    void setParts(const QVector<Part> &parts, quint64 wholeBytes);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    int barHeight() const;

    QVector<Part> m_parts;
    quint64 m_wholeBytes = 0;
};

} // namespace vexfs::gui
