// SPDX-License-Identifier: Apache-2.0
#include "gui/models/search_model.h"

#include "gui/models/query/query_words.h"
#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

namespace vexfs::gui {

namespace {

constexpr int kTypingMs = 120;
/// More are asked for when one scrolls to them: who types on looks at none of them.
constexpr uint32_t kHitsFirst = 25;
constexpr uint32_t kHitsMost = 1000;

const QString kWords = QStringLiteral("keyword");
const QString kAt = QStringLiteral("at");
const QString kAll = QStringLiteral("auto");

// As it was typed where there is none.
QString withoutMoment(const QString &query)
{
    return valuesOf(query, kAt).isEmpty() ? query : withoutCondition(query, kAt);
}

} // namespace

SearchModel::SearchModel(client::Client &client, QObject *parent)
    : QAbstractListModel(parent), m_client(client)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(kTypingMs);
    connect(&m_timer, &QTimer::timeout, this, &SearchModel::askNow);
}

int SearchModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_hits.size());
}

const client::SearchHit *SearchModel::hit(const QModelIndex &index) const
{
    return index.isValid() && index.row() < m_hits.size() ? &m_hits[index.row()] : nullptr;
}

QVariant SearchModel::data(const QModelIndex &index, int role) const
{
    const client::SearchHit *found = hit(index);
    if (!found)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return found->title.isEmpty() ? shownName(found->uri) : found->title;
    case Qt::ToolTipRole:
        return found->uri;
    case Qt::AccessibleTextRole:
        return tr("%1, %2").arg(shownName(found->uri), found->snippet);
    case UriRole:
        return found->uri;
    case HitRole:
        return QVariant::fromValue(*found);
    default:
        return {};
    }
}

void SearchModel::setQuery(const QString &query)
{
    const QString asked = query.trimmed();
    if (asked == m_query && m_similarUri.isEmpty())
        return;
    m_query = asked;
    m_similarUri.clear();
    if (!m_query.isEmpty()) {
        m_timer.start();
        return;
    }
    m_timer.stop();
    ++m_number;
    setHits({});
    setState(State::Idle);
}

void SearchModel::setSimilarTo(const QString &uri, const QString &name)
{
    m_query = name;
    m_similarUri = uri;
    askNow();
}

void SearchModel::setPastToo(bool isPastToo)
{
    if (isPastToo == m_isPastToo)
        return;
    m_isPastToo = isPastToo;
    if (m_state != State::Idle)
        askNow();
}

void SearchModel::setVolumes(const QStringList &objects)
{
    if (objects == m_volumes)
        return;
    m_volumes = objects;
    if (m_state != State::Idle)
        askNow();
}

client::SearchOptions SearchModel::options(const QString &mode) const
{
    client::SearchOptions options;
    options.limit = m_limit;
    options.mode = mode;
    options.volumes = m_volumes;
    // Beside the query, so that nothing else of the past is asked for with it.
    options.at = valuesOf(m_query, kAt).value(0);
    if (m_isPastToo && options.at.isEmpty())
        options.snapshots = QStringLiteral("all");
    options.isPrefix = m_similarUri.isEmpty();
    options.similarUri = m_similarUri;
    return options;
}

bool SearchModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && m_hasMeaning && !m_isAskedForMore && m_limit < kHitsMost
        && quint32(m_hits.size()) >= m_limit;
}

void SearchModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    m_limit = std::min(m_limit * 4, kHitsMost);
    m_isAskedForMore = true;
    ask(kAll);
}

void SearchModel::askNow()
{
    m_timer.stop();
    if (m_query.isEmpty() && m_similarUri.isEmpty())
        return;
    ++m_number;
    m_hasMeaning = false;
    m_limit = kHitsFirst;
    if (m_hits.isEmpty())
        setState(State::Searching);
    if (m_similarUri.isEmpty())
        ask(kWords);
    ask(kAll);
}

void SearchModel::ask(const QString &mode)
{
    const QString query = m_similarUri.isEmpty() ? withoutMoment(m_query) : QString();
    onReply(m_client.search(query, options(mode)), this,
            [this, mode, number = m_number](const base::Result<client::SearchReply> &reply) {
                if (number == m_number)
                    take(reply, mode);
            });
}

void SearchModel::take(const base::Result<client::SearchReply> &reply, const QString &mode)
{
    const bool isWords = mode == kWords;
    m_isAskedForMore = false;
    if (isWords && m_hasMeaning)
        return; // the whole answer was faster
    m_hasMeaning = !isWords;
    if (!reply) {
        if (isWords)
            return; // the other question fails for the same reason, and says so
        m_problem = reply.error().what;
        setHits({});
        setState(State::Failed);
        return;
    }
    m_reply = *reply;
    setHits(reply->hits);
    m_reply.hits.clear();
    // Nothing by words may be something by meaning.
    if (m_hits.isEmpty())
        setState(isWords ? State::Searching : State::Nothing);
    else
        setState(reply->isWeak && !isWords ? State::Weak : State::Found);
}

void SearchModel::setHits(const QList<client::SearchHit> &hits)
{
    for (int row = 0; row < hits.size(); ++row) {
        int at = row;
        while (at < m_hits.size() && m_hits[at].uri != hits[row].uri)
            ++at;
        if (at == m_hits.size()) {
            beginInsertRows({}, row, row);
            m_hits.insert(row, hits[row]);
            endInsertRows();
            continue;
        }
        if (at != row) {
            beginMoveRows({}, at, at, {}, row);
            m_hits.move(at, row);
            endMoveRows();
        }
        m_hits[row] = hits[row];
        Q_EMIT dataChanged(index(row), index(row));
    }
    if (m_hits.size() > hits.size()) {
        beginRemoveRows({}, int(hits.size()), int(m_hits.size()) - 1);
        m_hits.resize(hits.size());
        endRemoveRows();
    }
}

void SearchModel::setState(State state)
{
    m_state = state;
    Q_EMIT stateChanged();
}

} // namespace vexfs::gui
