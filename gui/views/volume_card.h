// SPDX-License-Identifier: Apache-2.0
//
// gui/views/volume_card.h - one volume: how full it is, how it is, what can be done with it.
#pragma once

#include "gui/models/service.h"

#include <QGroupBox>

class QLabel;
class QPushButton;

namespace vexfs::gui {

class UsageBar;

class VolumeCard : public QGroupBox
{
    Q_OBJECT

public:
    explicit VolumeCard(QWidget *parent = nullptr);

    void show(const client::VolumeInfo &volume);
    const QString &object() const { return m_object; }

Q_SIGNALS:
    void mountAsked(const QString &object, bool isMounted);
    void openAsked(const QString &uri);

private:
    QString m_object;
    QString m_uri;
    bool m_isMounted = false;
    UsageBar *m_usage;
    QLabel *m_facts;
    QPushButton *m_mount;
    QPushButton *m_open;
};

} // namespace vexfs::gui
