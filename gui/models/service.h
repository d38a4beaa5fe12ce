// SPDX-License-Identifier: Apache-2.0
//
// gui/models/service.h - the daemon as the window sees it: whether it is there, volumes, jobs.
#pragma once

#include "common/client/client.h"

#include <QObject>
#include <QTimer>

namespace vexfs::gui {

/// Asks every second while the window is to be seen. Owner: main; lives in the GUI thread.
class Service : public QObject
{
    Q_OBJECT

public:
    explicit Service(client::Client &client, QObject *parent = nullptr);

    client::Client &client() const { return m_client; }
    bool isAvailable() const { return m_isAvailable; }
    /// Why it is not; empty before the first answer.
    QString problem() const { return m_problem; }
    const QList<client::VolumeInfo> &volumes() const { return m_inventory.volumes; }
    const QList<client::JobInfo> &jobs() const { return m_inventory.jobs; }

    /// The volume that pages are about: an object, or empty when there is none.
    QString currentVolume() const { return m_current; }
    const client::VolumeInfo *volume(const QString &object) const;
    const client::VolumeInfo *current() const { return volume(m_current); }
    /// The mounted one that a file lies on, or nullptr.
    const client::VolumeInfo *volumeOf(const QString &uri) const;
    void setCurrentVolume(const QString &object);

    /// What it does, in a sentence for people.
    QString activity() const;

    void setPolling(bool isPolling);
    void refresh();

Q_SIGNALS:
    void availabilityChanged();
    void changed(); ///< volumes or jobs may be others now
    void currentVolumeChanged();

private:
    void take(const base::Result<client::Inventory> &inventory);
    void chooseCurrent();

    client::Client &m_client;
    client::Inventory m_inventory;
    QTimer m_timer;
    QString m_current;
    QString m_problem;
    bool m_isAvailable = false;
    bool m_isAsked = false;
};

} // namespace vexfs::gui
