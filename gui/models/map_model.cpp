// SPDX-License-Identifier: Apache-2.0
#include "gui/models/map_model.h"

#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QDateTime>
#include <QLocale>
#include <QSet>

#include <algorithm>
#include <utility>

namespace vexfs::gui {

namespace {

constexpr int kQueryMs = 300;
constexpr int kMomentMs = 150;
/// A slider over more is a slider over the newest of them.
constexpr qsizetype kMomentsMost = 10'000;
/// Documents that are remembered; beyond, all are forgotten.
constexpr qsizetype kDocumentsMost = 20'000;

} // namespace

MapModel::MapModel(Service &service, QObject *parent)
    : QAbstractTableModel(parent), m_service(service)
{
    m_queryTimer.setSingleShot(true);
    m_queryTimer.setInterval(kQueryMs);
    connect(&m_queryTimer, &QTimer::timeout, this, &MapModel::askPoints);
    m_momentTimer.setSingleShot(true);
    m_momentTimer.setInterval(kMomentMs);
    connect(&m_momentTimer, &QTimer::timeout, this, &MapModel::askMoment);
    connect(&m_service, &Service::changed, this, &MapModel::followJob);
    connect(&m_service, &Service::changed, this, &MapModel::followSnapshots);
}

int MapModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int MapModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(Columns);
}

const client::MapDocument *MapModel::document(int point) const
{
    if (point < 0 || point >= m_points.points.size())
        return nullptr;
    const auto found = m_documents.constFind(m_points.points.at(point).id);
    return found == m_documents.constEnd() ? nullptr : &found.value();
}

const client::MapDocument *MapModel::documentOfRow(int row) const
{
    return row >= 0 && row < m_rows.size() ? document(m_rows[row]) : nullptr;
}

QString MapModel::uri(int row) const
{
    const client::MapDocument *known = documentOfRow(row);
    return known ? known->uri : QString();
}

QVariant MapModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || role != Qt::DisplayRole)
        return {};
    const client::MapDocument *known = document(m_rows[index.row()]);
    if (!known)
        return index.column() == Name ? tr("…") : QString();
    if (known->uri.isEmpty())
        return index.column() == Name ? tr("A file that is gone") : QString();
    switch (index.column()) {
    case Name:
        return known->title.isEmpty() ? shownName(known->uri) : known->title;
    case Folder:
        return shownFolder(known->uri);
    case Type:
        return shownType(known->type);
    case Modified:
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(qint64(known->mtimeUs / 1000)),
                                  QLocale::ShortFormat);
    default:
        return {};
    }
}

QVariant MapModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QStringList names{tr("Name"), tr("Folder"), tr("Type"), tr("Modified")};
    return names.value(section);
}

void MapModel::setState(State state, const QString &problem)
{
    m_state = state;
    m_problem = problem;
    Q_EMIT stateChanged();
}

void MapModel::setVolume(const QString &object)
{
    if (object == m_volume)
        return;
    m_volume = object;
    m_job.clear();
    m_points = {};
    m_clusters.clear();
    m_documents.clear();
    m_moments.clear();
    m_moment.clear();
    m_shown.clear();
    choose({});
    Q_EMIT pointsChanged();
    Q_EMIT momentsChanged();
    m_watch = std::make_unique<QObject>();
    if (!m_volume.isEmpty()) {
        m_service.client().watchMap(
            m_volume, m_watch.get(), [this](const client::MapChange &change) { follow(change); });
    }
    reload();
}

// A file that is gone takes its point along; all else needs an answer, with groups and scores.
void MapModel::follow(const client::MapChange &change)
{
    const bool isNow = m_moment.isEmpty() && m_shown.isEmpty() && !m_isBusy;
    if (isNow && change.placed.isEmpty() && !change.removed.isEmpty())
        return drop(change.removed);
    // In a snapshot a file stays that is gone now; places are others after a layout.
    if (m_moment.isEmpty() || change.generation != m_points.generation)
        askPoints();
}

void MapModel::drop(const QList<quint64> &ids)
{
    client::MapPoints points = m_points;
    const QSet<quint64> gone(ids.begin(), ids.end());
    points.points.removeIf([&](const client::MapPoint &each) { return gone.contains(each.id); });
    if (points.points.size() < m_points.points.size())
        setPoints(std::move(points));
}

void MapModel::reload()
{
    askMoments();
    askPoints();
}

// What a daemon has begun to look at it goes on with: one snapshot at a time, however many the
// slider passes.
void MapModel::askMoment()
{
    m_isWanted = m_open > 0;
    if (!m_isWanted)
        askPoints();
}

void MapModel::askPoints()
{
    const quint64 number = ++m_number;
    m_isWanted = false;
    m_momentTimer.stop();
    m_isBusy = !m_volume.isEmpty();
    if (m_volume.isEmpty())
        return setState(State::NoVolume);
    setState(m_points.points.isEmpty() ? State::Loading : m_state);
    ++m_open;
    onReply(m_service.client().mapPoints(m_volume, m_query, m_moment), this,
            [this, number, moment = m_moment](const base::Result<client::MapPoints> &points) {
                --m_open;
                if (m_isWanted && m_open == 0)
                    return askPoints();
                if (number != m_number)
                    return;
                m_isBusy = false;
                // The same file is another version then.
                if (points && moment != m_shown)
                    m_documents.clear();
                if (points)
                    m_shown = moment;
                take(points);
            });
}

void MapModel::setMoment(const QString &snapshot)
{
    if (snapshot == m_moment)
        return;
    m_moment = snapshot;
    m_isBusy = true;
    ++m_number;
    m_momentTimer.start();
    Q_EMIT stateChanged();
}

void MapModel::returnTo(const QString &snapshot)
{
    m_moment = snapshot;
    Q_EMIT momentsChanged();
}

void MapModel::askMoments()
{
    m_listed.clear();
    const client::VolumeInfo *volume = m_service.volume(m_volume);
    m_snapshots = volume ? volume->snapshots : 0;
    const quint64 number = ++m_listing;
    if (m_volume.isEmpty())
        return;
    onReply(m_service.client().listSnapshots(m_volume, {}), this,
            [this, number](const base::Result<client::SnapshotPage> &page) {
                takeMoments(page, number);
            });
}

// Without an answer, and a folder that is no volume has none, those that were known stay.
void MapModel::takeMoments(const base::Result<client::SnapshotPage> &page, quint64 number)
{
    if (number != m_listing || !page)
        return;
    for (const client::SnapshotInfo &each : page->snapshots) {
        // What is written to is not of one moment, and what undoing needs comes and goes.
        if (!each.isWritable && !each.isForUndo())
            m_listed.append({each.name, each.createdUs});
    }
    if (!page->next.isEmpty() && m_listed.size() < kMomentsMost) {
        onReply(m_service.client().listSnapshots(m_volume, page->next), this,
                [this, number](const base::Result<client::SnapshotPage> &more) {
                    takeMoments(more, number);
                });
        return;
    }
    std::stable_sort(m_listed.begin(), m_listed.end(), [](const MapMoment &a, const MapMoment &b) {
        return a.createdUs < b.createdUs;
    });
    m_moments = std::exchange(m_listed, {});
    Q_EMIT momentsChanged();
}

// How many there are is heard each second.
void MapModel::followSnapshots()
{
    const client::VolumeInfo *volume = m_service.volume(m_volume);
    if (volume && volume->snapshots != m_snapshots)
        askMoments();
}

void MapModel::takeError(const base::Error &error)
{
    const bool isAway = error.code == base::Errc::ServiceUnavailable;
    const bool wasShown = m_moment == m_shown;
    // A snapshot that is gone, or that cannot be asked: what was shown stays, if it is there.
    if (!m_moment.isEmpty() && !isAway && (!wasShown || error.code == base::Errc::NotFound)) {
        Q_EMIT failed(error.what);
        returnTo(wasShown ? QString() : m_shown);
        Q_EMIT stateChanged();
        if (wasShown || m_points.points.isEmpty())
            askPoints();
        askMoments();
        return;
    }
    // A question that makes no sense takes nothing away from the map.
    if (!m_query.isEmpty() && !isAway && !m_points.points.isEmpty()) {
        Q_EMIT failed(error.what);
        Q_EMIT stateChanged();
        return;
    }
    const bool isMissing = error.code == base::Errc::IndexNotReady;
    m_points = {};
    m_shown = m_moment;
    choose({});
    Q_EMIT pointsChanged();
    if (isLayingOut())
        return setState(State::LayingOut);
    setState(isMissing ? State::Missing : State::Failed, error.what);
}

int MapModel::numberOf(quint64 id) const
{
    const auto &points = m_points.points;
    const auto found = std::lower_bound(
        points.begin(), points.end(), id,
        [](const client::MapPoint &point, quint64 each) { return point.id < each; });
    return found != points.end() && found->id == id ? int(found - points.begin()) : -1;
}

void MapModel::take(const base::Result<client::MapPoints> &points)
{
    if (!points)
        return takeError(points.error());
    setPoints(*points);
}

void MapModel::setPoints(client::MapPoints points)
{
    QList<quint64> chosen;
    for (const int number : m_chosen)
        chosen.append(m_points.points.at(number).id);
    m_points = std::move(points);
    // Nothing here may detach them from the answer, which has them still: there may be a million.
    const auto isBefore
        = [](const client::MapPoint &a, const client::MapPoint &b) { return a.id < b.id; };
    if (!std::is_sorted(m_points.points.cbegin(), m_points.points.cend(), isBefore))
        std::sort(m_points.points.begin(), m_points.points.end(), isBefore);
    m_hits = std::count_if(m_points.points.cbegin(), m_points.points.cend(),
                           [](const client::MapPoint &each) { return each.score > 0; });
    if (m_documents.size() > kDocumentsMost)
        m_documents.clear();
    QList<int> still;
    for (const quint64 id : chosen) {
        if (const int number = numberOf(id); number >= 0)
            still.append(number);
    }
    choose(still);
    setState(State::Ready);
    Q_EMIT pointsChanged();
    askClusters();
}

void MapModel::askClusters()
{
    const quint64 number = m_number;
    onReply(m_service.client().mapClusters(m_volume, m_shown), this,
            [this, number](const base::Result<QList<client::MapCluster>> &clusters) {
                if (number != m_number)
                    return;
                m_clusters = clusters ? *clusters : QList<client::MapCluster>();
                Q_EMIT stateChanged();
            });
}

void MapModel::setQuery(const QString &query)
{
    if (query == m_query)
        return;
    m_query = query;
    m_queryTimer.start();
}

void MapModel::choose(const QList<int> &numbers)
{
    beginResetModel();
    m_chosen = numbers;
    m_rows = numbers.mid(0, kRowsMost);
    if (numbers.isEmpty()) {
        m_rows = bestHits();
        const qsizetype most = m_rows.isEmpty() ? m_points.points.size() : 0;
        for (int i = 0; i < std::min<qsizetype>(kRowsMost, most); ++i)
            m_rows.append(i);
    }
    endResetModel();
    askRows();
}

QList<qulonglong> MapModel::listed() const
{
    QList<qulonglong> ids;
    for (const int number : m_chosen)
        ids.append(m_points.points.at(number).id);
    if (!ids.isEmpty())
        return ids;
    for (const client::MapPoint &each : m_points.points) {
        if (m_hits == 0 || each.score > 0)
            ids.append(each.id);
    }
    return ids;
}

// What the query points out, best first.
QList<int> MapModel::bestHits() const
{
    QList<int> rows;
    for (int i = 0; i < m_points.points.size(); ++i) {
        if (m_points.points.at(i).score > 0)
            rows.append(i);
    }
    std::stable_sort(rows.begin(), rows.end(), [this](int a, int b) {
        return m_points.points.at(a).score > m_points.points.at(b).score;
    });
    return rows.mid(0, kRowsMost);
}

void MapModel::askRows()
{
    QList<qulonglong> ids;
    for (const int row : m_rows) {
        if (!document(row))
            ids.append(m_points.points.at(row).id);
    }
    if (ids.isEmpty())
        return;
    onReply(m_service.client().mapDocuments(m_volume, ids, m_shown), this,
            [this, ids, volume = m_volume,
             moment = m_shown](const base::Result<QList<client::MapDocument>> &documents) {
                if (!documents || volume != m_volume || moment != m_shown)
                    return;
                for (qsizetype i = 0; i < std::min(ids.size(), documents->size()); ++i)
                    m_documents.insert(ids[i], (*documents)[i]);
                if (!m_rows.isEmpty())
                    Q_EMIT dataChanged(index(0, 0), index(int(m_rows.size()) - 1, Columns - 1));
            });
}

void MapModel::ask(int number)
{
    if (number < 0 || number >= m_points.points.size())
        return;
    if (document(number)) {
        Q_EMIT documentKnown(number);
        return;
    }
    const qulonglong id = m_points.points.at(number).id;
    onReply(m_service.client().mapDocuments(m_volume, {id}, m_shown), this,
            [this, id, number,
             moment = m_shown](const base::Result<QList<client::MapDocument>> &documents) {
                const bool isSame
                    = number < m_points.points.size() && m_points.points.at(number).id == id
                    && moment == m_shown;
                if (!documents || documents->isEmpty() || !isSame)
                    return;
                m_documents.insert(id, documents->constFirst());
                Q_EMIT documentKnown(number);
            });
}

void MapModel::layOut(bool isAnew)
{
    onReply(m_service.client().relayoutMap(m_volume, {{QStringLiteral("anchor"), !isAnew}}), this,
            [this](const base::Result<QString> &job) {
                if (!job) {
                    Q_EMIT failed(job.error().what);
                    return;
                }
                m_job = *job;
                m_progress = -1;
                setState(m_points.points.isEmpty() ? State::LayingOut : m_state);
                m_service.refresh();
            });
}

void MapModel::followJob()
{
    if (m_job.isEmpty())
        return;
    for (const client::JobInfo &job : m_service.jobs()) {
        if (job.object != m_job)
            continue;
        m_progress = job.progress;
        if (job.isFinished()) {
            m_job.clear();
            if (job.state == QLatin1String("failed"))
                Q_EMIT failed(job.errorMessage);
            reload();
        } else {
            Q_EMIT stateChanged();
        }
        return;
    }
    // The service that did it is gone, or it was put away.
    m_job.clear();
    reload();
}

} // namespace vexfs::gui
