// SPDX-License-Identifier: Apache-2.0
//
// gui/models/map_model.h - the map of a volume: its points, and the files that were chosen of them.
#pragma once

#include "gui/models/service.h"

#include <QAbstractTableModel>
#include <QHash>
#include <QTimer>

#include <memory>

namespace vexfs::gui {

/// A moment of the volume that the map can show.
struct MapMoment
{
    QString snapshot;
    uint64_t createdUs = 0;
};

/// The rows are the chosen points, or, where none is, the first of all: the map as a table. What is
/// chosen stays so while the points change, by what files they are. Owner: the window; lives in the
/// GUI thread.
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
    quint64 id(int row) const { return m_points.points.at(m_rows[row]).id; }
    /// nullptr before it is known, and where there is no such row.
    const client::MapDocument *documentOfRow(int row) const;
    /// nullptr before it is known.
    const client::MapDocument *document(int point) const;

    /// Numbers of the points that are chosen.
    const QList<int> &chosenPoints() const { return m_chosen; }
    /// Files of the list: what is chosen; without, what the query points out; without, all.
    QList<qulonglong> listed() const;
    const QString &volume() const { return m_volume; }
    /// Of the point of a file, -1 when it is none.
    int numberOf(quint64 id) const;

    /// The snapshots of the volume, oldest first.
    const QList<MapMoment> &moments() const { return m_moments; }
    /// The snapshot that was asked for, and the one whose points these are; empty for now.
    const QString &moment() const { return m_moment; }
    const QString &shownMoment() const { return m_shown; }
    bool isBusy() const { return m_isBusy; } ///< points that were asked for are on their way
    /// Asked a moment later; the last one counts.
    void setMoment(const QString &snapshot);

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
    void momentsChanged();
    void documentKnown(int number);
    void failed(const QString &what);

private:
    void take(const base::Result<client::MapPoints> &points);
    void takeError(const base::Error &error);
    void askPoints();
    void askMoment();
    void askMoments();
    void takeMoments(const base::Result<client::SnapshotPage> &page, quint64 number);
    void followSnapshots();
    void follow(const client::MapChange &change);
    void drop(const QList<quint64> &ids);
    void setPoints(client::MapPoints points);
    void returnTo(const QString &snapshot);
    void askClusters();
    void askRows();
    QList<int> bestHits() const;
    void followJob();
    void setState(State state, const QString &problem = {});

    Service &m_service;
    QTimer m_queryTimer;
    QTimer m_momentTimer;
    QString m_volume;
    QString m_query;
    QString m_job;
    QString m_problem;
    double m_progress = -1;
    State m_state = State::NoVolume;
    QString m_moment;
    QString m_shown;
    QList<MapMoment> m_moments;
    QList<MapMoment> m_listed; ///< of a listing that goes on
    quint64 m_listing = 0;     ///< that counts
    uint32_t m_snapshots = 0;  ///< that the volume had when they were listed
    bool m_isBusy = false;
    int m_open = 0;          ///< questions for points that have no answer yet
    bool m_isWanted = false; ///< another is to be asked then
    client::MapPoints m_points;
    QList<client::MapCluster> m_clusters;
    QList<int> m_chosen;
    QList<int> m_rows; ///< points that are rows
    QHash<qulonglong, client::MapDocument> m_documents;
    qsizetype m_hits = 0;
    std::unique_ptr<QObject> m_watch; ///< lives as long as the volume's map is watched
    quint64 m_number = 0; ///< of the question that counts
};

} // namespace vexfs::gui
