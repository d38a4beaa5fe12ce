// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/message_bar.h - a line at its cause that says what happened, with one thing to do.
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace vexfs::gui {

/// Hidden until something is said.
class MessageBar : public QFrame
{
    Q_OBJECT

public:
    explicit MessageBar(QWidget *parent = nullptr);

    void say(const QString &text, const QString &action = {});

Q_SIGNALS:
    void triggered();

private:
    QLabel *m_text;
    QPushButton *m_action;
    QToolButton *m_close;
};

} // namespace vexfs::gui
