// SPDX-License-Identifier: Apache-2.0
//
// gui/models/service.h - the daemon as the window sees it: whether it is there, volumes, jobs.
#pragma once

#include "common/client/client.h"

#include <QObject>
#include <QTimer>

#include <optional>

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
    const QList<client::SourceInfo> &sources() const { return m_inventory.sources; }
    const QList<client::JobInfo> &jobs() const { return m_inventory.jobs; }

    /// The volume that pages are about: an object, or empty when there is none.
    QString currentVolume() const { return m_current; }
    const client::VolumeInfo *volume(const QString &object) const;
    const client::VolumeInfo *current() const { return volume(m_current); }
    /// The mounted one that a file lies on, or nullptr.
    const client::VolumeInfo *volumeOf(const QString &uri) const;
    /// The mounted volume or the plain folder whose index has it: an object, or empty.
    QString indexedPlaceOf(const QString &uri) const;
    void setCurrentVolume(const QString &object);

    /// Files of all volumes and plain folders that are still to be indexed.
    uint64_t pendingFiles() const;
    /// What it does, in a sentence for people.
    QString activity() const;

    /// Whether the user may do it; nothing before the answer, or where the daemon does not know it.
    std::optional<base::Permission> permission(base::Action action) const;
    /// Why it carries a lock, before anybody clicks. Empty where there is none: it may be done
    /// without a question, or nobody knows yet.
    QString lockReason(base::Action action) const;
    void askPermissions();

    /// While nobody looks it asks only as long as jobs run.
    void setPolling(bool isPolling);
    void refresh();

Q_SIGNALS:
    void availabilityChanged();
    void changed(); ///< volumes or jobs may be others now
    void currentVolumeChanged();
    void permissionsChanged();

private:
    void take(const base::Result<client::Inventory> &inventory);
    void chooseCurrent();
    bool isAnyRunning() const;

    client::Client &m_client;
    client::Inventory m_inventory;
    QTimer m_timer;
    QString m_current;
    QString m_problem;
    base::Permissions m_permissions;
    QString m_role; ///< 'user' or 'system'; empty before the answer
    bool m_isAvailable = false;
    bool m_isAsked = false;
    bool m_isPolling = false;
};

} // namespace vexfs::gui
