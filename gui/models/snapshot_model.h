// SPDX-License-Identifier: Apache-2.0
//
// gui/models/snapshot_model.h - the snapshots of one volume, newest first, page by page.
#pragma once

#include "common/client/client.h"

#include <QAbstractTableModel>
#include <QDate>

#include <functional>

namespace vexfs::gui {

class SnapshotModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Created, Files, Access, Why, Columns };

    enum Role { DayRole = Qt::UserRole }; ///< for people: the day that it was taken on

    explicit SnapshotModel(client::Client &client, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

    const client::SnapshotInfo *snapshot(int row) const;
    quint64 total() const { return m_total; }
    bool isLoaded() const { return m_isLoaded; }

    void setVolume(const QString &object);
    void reload();
    /// How many the volume has, as often as that is heard: read again when others made it another.
    void follow(quint32 count);
    /// An empty name gives a timestamp.
    void take(const QString &name);
    void remove(const QStringList &names);
    /// What deleting these together frees, told by estimated(); the last question counts.
    void estimate(const QStringList &names);
    /// Versions of files that neither the one before it nor the one after it has, told by
    /// onlyThere().
    void countOnlyThere(int row);
    void rename(const QString &name, const QString &newName);
    void setLocked(const QString &name, bool isLocked);
    /// rolledBack() tells when it is done. To go back, roll back to what it tells.
    void rollback(const QString &name);
    /// Files by their URIs in the snapshot, beside what is there or in place of it.
    void restore(const QString &name, const QStringList &uris, bool isReplaced);
    /// Takes the last restore back.
    void undo();
    void setSchedule(const QVariantMap &schedule);
    QString volume() const { return m_volume; }

Q_SIGNALS:
    void loaded();
    void taken(const QString &name);
    void estimated(quint64 bytes);
    /// isLeast: there may be more.
    void onlyThere(quint64 files, bool isLeast);
    /// What was there before it, as a snapshot.
    void rolledBack(const QString &name, const QString &before);
    void restored(quint64 count, bool isUndoable);
    void undone();
    void scheduled();
    void jobStarted(const QString &job);
    void failed(const QString &what);

private:
    void ask(const QString &after);
    void change(const QString &name, const QVariantMap &changes);
    void tellOnlyThere(const client::ChangePage &came, const client::ChangePage &went);
    void finish(const client::Reply<QString> &started,
                std::function<void(const client::JobInfo &)> done);

    client::Client &m_client;
    QString m_volume;
    QString m_next;
    QList<client::SnapshotInfo> m_rows;
    quint32 m_followed = 0;
    quint64 m_total = 0;
    QString m_undo; ///< the snapshot that the last restore told
    quint64 m_number = 0; ///< of the listing that counts
    quint64 m_estimate = 0; ///< of the estimate that counts
    quint64 m_onlyThere = 0; ///< of the count that counts
    bool m_isAsked = false;
    bool m_isLoaded = false;
};

/// "Today", "Yesterday", or the date with its weekday.
QString dayOf(const QDate &day, const QDate &today);

} // namespace vexfs::gui
