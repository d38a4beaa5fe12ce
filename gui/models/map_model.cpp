// SPDX-License-Identifier: Apache-2.0
#include "gui/models/map_model.h"

#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace vexfs::gui {

namespace {

constexpr int kQueryMs = 300;
/// Documents that are remembered; beyond, all are forgotten.
constexpr qsizetype kDocumentsMost = 20'000;

} // namespace

MapModel::MapModel(Service &service, QObject *parent)
    : QAbstractTableModel(parent), m_service(service)
{
    m_queryTimer.setSingleShot(true);
    m_queryTimer.setInterval(kQueryMs);
    connect(&m_queryTimer, &QTimer::timeout, this, &MapModel::reload);
    connect(&m_service, &Service::changed, this, &MapModel::followJob);
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
    const auto found = m_documents.constFind(m_points.points[point].id);
    return found == m_documents.constEnd() ? nullptr : &found.value();
}

QString MapModel::uri(int row) const
{
    const auto *known = row >= 0 && row < m_rows.size() ? document(m_rows[row]) : nullptr;
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
        return known->type;
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
    choose({});
    Q_EMIT pointsChanged();
    reload();
}

void MapModel::reload()
{
    const quint64 number = ++m_number;
    if (m_volume.isEmpty())
        return setState(State::NoVolume);
    if (m_points.points.isEmpty())
        setState(State::Loading);
    onReply(m_service.client().mapPoints(m_volume, m_query), this,
            [this, number](const base::Result<client::MapPoints> &points) {
                if (number == m_number)
                    take(points);
            });
}

void MapModel::take(const base::Result<client::MapPoints> &points)
{
    if (!points) {
        // A question that makes no sense takes nothing away from the map.
        if (!m_query.isEmpty() && points.error().code != base::Errc::ServiceUnavailable
            && !m_points.points.isEmpty()) {
            Q_EMIT failed(points.error().what);
            return;
        }
        const bool isMissing = points.error().code == base::Errc::IndexNotReady;
        m_points = {};
        choose({});
        Q_EMIT pointsChanged();
        if (isLayingOut())
            return setState(State::LayingOut);
        return setState(isMissing ? State::Missing : State::Failed, points.error().what);
    }
    m_points = *points;
    m_hits = std::count_if(m_points.points.begin(), m_points.points.end(),
                           [](const client::MapPoint &each) { return each.score > 0; });
    if (m_documents.size() > kDocumentsMost)
        m_documents.clear();
    setState(State::Ready);
    Q_EMIT pointsChanged();
    choose({});
    askClusters();
}

void MapModel::askClusters()
{
    const quint64 number = m_number;
    onReply(m_service.client().mapClusters(m_volume), this,
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

// What the query points out, best first.
QList<int> MapModel::bestHits() const
{
    QList<int> rows;
    for (int i = 0; i < m_points.points.size(); ++i) {
        if (m_points.points[i].score > 0)
            rows.append(i);
    }
    std::stable_sort(rows.begin(), rows.end(), [this](int a, int b) {
        return m_points.points[a].score > m_points.points[b].score;
    });
    return rows.mid(0, kRowsMost);
}

void MapModel::askRows()
{
    QList<qulonglong> ids;
    for (const int row : m_rows) {
        if (!document(row))
            ids.append(m_points.points[row].id);
    }
    if (ids.isEmpty())
        return;
    const QString volume = m_volume;
    onReply(m_service.client().mapDocuments(m_volume, ids), this,
            [this, ids, volume](const base::Result<QList<client::MapDocument>> &documents) {
                if (!documents || volume != m_volume)
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
    const qulonglong id = m_points.points[number].id;
    onReply(m_service.client().mapDocuments(m_volume, {id}), this,
            [this, id, number](const base::Result<QList<client::MapDocument>> &documents) {
                const bool isSame
                    = number < m_points.points.size() && m_points.points[number].id == id;
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
