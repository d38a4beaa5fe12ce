// SPDX-License-Identifier: Apache-2.0
//
// gui/views/volume_card.h - one volume: how full it is, how it is, what can be done with it.
#pragma once

#include "gui/views/locks.h"

#include <QGroupBox>

class QAction;
class QLabel;
class QPushButton;
class QToolButton;

namespace vexfs::gui {

class UsageBar;

class VolumeCard : public QGroupBox
{
    Q_OBJECT

public:
    explicit VolumeCard(Service &service, QWidget *parent = nullptr);

    void show(const client::VolumeInfo &volume);
    const QString &object() const { return m_object; }

Q_SIGNALS:
    void mountAsked(const QString &object, bool isMounted);
    void openAsked(const QString &uri);
    void renameAsked(const QString &object);
    void growAsked(const QString &object);
    void scrubAsked(const QString &object);
    void checkAsked(const QString &object, bool isRepair);

private:
    QToolButton *makeCare();
    void showRemedy(const QStringList &warnings, const QString &name);

    Locks m_locks;
    QString m_object;
    QString m_uri;
    bool m_isMounted = false;
    UsageBar *m_usage;
    QLabel *m_facts;
    QPushButton *m_mount;
    QPushButton *m_open;
    QAction *m_rename;
    QAction *m_grow;
    QAction *m_scrub;
    QAction *m_check;
    QAction *m_repair;
    QToolButton *m_care;
    QPushButton *m_remedy; ///< what a warning calls for
    QAction *m_remedyItem = nullptr;
};

} // namespace vexfs::gui
