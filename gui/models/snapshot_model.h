// SPDX-License-Identifier: Apache-2.0
//
// gui/models/snapshot_model.h - the snapshots of one volume, newest first, page by page.
#pragma once

#include "common/client/client.h"

#include <QAbstractTableModel>

namespace vexfs::gui {

class SnapshotModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Created, Files, Access, Columns };

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
    /// An empty name gives a timestamp.
    void take(const QString &name);
    void remove(const QStringList &names);

Q_SIGNALS:
    void loaded();
    void taken(const QString &name);
    void jobStarted(const QString &job);
    void failed(const QString &what);

private:
    void ask(const QString &after);

    client::Client &m_client;
    QString m_volume;
    QString m_next;
    QList<client::SnapshotInfo> m_rows;
    quint64 m_total = 0;
    quint64 m_number = 0; ///< of the listing that counts
    bool m_isAsked = false;
    bool m_isLoaded = false;
};

} // namespace vexfs::gui
