// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/placeholder.h - what stands where there is nothing to show: why, and the remedy.
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace vexfs::gui {

class Placeholder : public QWidget
{
    Q_OBJECT

public:
    explicit Placeholder(QWidget *parent = nullptr);

    /// An empty action: no button.
    void show(const QString &icon, const QString &title, const QString &explanation,
              const QString &action = {});

    /// Below all that, each on a line of its own.
    void setLinks(const QStringList &texts);

    QPushButton *button() const { return m_action; }

    /// Its stretches give what wrapped lines take: the layout around it need not ask with each
    /// change of anything.
    bool hasHeightForWidth() const override { return false; }

Q_SIGNALS:
    void triggered();
    void linkTriggered(const QString &text);

protected:
    void changeEvent(QEvent *event) override;

private:
    void showIcon();

    QString m_iconName;
    QLabel *m_icon;
    QLabel *m_title;
    QLabel *m_explanation;
    QPushButton *m_action;
    QVBoxLayout *m_links;
    QStringList m_linkTexts;
};

} // namespace vexfs::gui
