// SPDX-License-Identifier: Apache-2.0
//
// gui/models/map_model.h - the map of a volume: its points, and the files that were chosen of them.
#pragma once

#include "gui/models/service.h"

#include <QAbstractTableModel>
#include <QHash>
#include <QTimer>

namespace vexfs::gui {

/// The rows are the chosen points, or, where none is, the first of all: the map as a table. Owner:
/// the window; lives in the GUI thread.
class MapModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Folder, Type, Modified, Columns };
    enum class State {
        NoVolume,
        Loading,
        Missing,   ///< it has not been laid out yet
        LayingOut, ///< for the first time; a map that is shown stays meanwhile
        Ready,
        Failed,
    };
    /// Rows that are asked for; more are only counted.
    static constexpr int kRowsMost = 500;

    explicit MapModel(Service &service, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    State state() const { return m_state; }
    QString problem() const { return m_problem; }
    bool isLayingOut() const { return !m_job.isEmpty(); }
    double progress() const { return m_progress; } ///< 0..1 of a layout, -1 unknown
    const client::MapPoints &points() const { return m_points; }
    const QList<client::MapCluster> &clusters() const { return m_clusters; }
    qsizetype hits() const { return m_hits; } ///< points that the query finds
    qsizetype chosen() const { return m_chosen.size(); }
    QString uri(int row) const;
    /// nullptr before it is known.
    const client::MapDocument *document(int point) const;

    void setVolume(const QString &object);
    void reload();
    /// What the map is to point out; asked a moment later.
    void setQuery(const QString &query);
    /// Numbers of points.
    void choose(const QList<int> &numbers);
    /// Asks for what a point is; documentKnown() tells.
    void ask(int number);
    void layOut(bool isAnew);

Q_SIGNALS:
    void stateChanged();
    void pointsChanged();
    void documentKnown(int number);
    void failed(const QString &what);

private:
    void take(const base::Result<client::MapPoints> &points);
    void askClusters();
    void askRows();
    QList<int> bestHits() const;
    void followJob();
    void setState(State state, const QString &problem = {});

    Service &m_service;
    QTimer m_queryTimer;
    QString m_volume;
    QString m_query;
    QString m_job;
    QString m_problem;
    double m_progress = -1;
    State m_state = State::NoVolume;
    client::MapPoints m_points;
    QList<client::MapCluster> m_clusters;
    QList<int> m_chosen;
    QList<int> m_rows; ///< points that are rows
    QHash<qulonglong, client::MapDocument> m_documents;
    qsizetype m_hits = 0;
    quint64 m_number = 0; ///< of the question that counts
};

} // namespace vexfs::gui
