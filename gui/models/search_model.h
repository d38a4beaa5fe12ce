// SPDX-License-Identifier: Apache-2.0
//
// gui/models/search_model.h - what a query finds, while it is typed.
#pragma once

#include "common/client/client.h"

#include <QAbstractListModel>
#include <QTimer>

namespace vexfs::gui {

/// Words answer first and meaning joins them; answers to what is no longer asked are dropped. Rows
/// are moved and not reset when an answer comes, so that a selection stays on its file.
class SearchModel : public QAbstractListModel
{
    Q_OBJECT

public:
    enum Role { UriRole = Qt::UserRole + 1, HitRole };
    enum class State {
        Idle,      ///< nothing is asked
        Searching, ///< no answer yet
        Found,
        Weak,    ///< the best there is does not fit well
        Nothing, ///< no file fits
        Failed,
    };

    explicit SearchModel(client::Client &client, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

    State state() const { return m_state; }
    /// The answer is whole: not by words alone, while meaning is still to come.
    bool isWhole() const { return m_hasMeaning; }
    bool hasMore() const { return canFetchMore({}); }
    QString query() const { return m_query; }
    QString problem() const { return m_problem; } ///< of Failed
    const client::SearchReply &reply() const { return m_reply; }
    const client::SearchHit *hit(const QModelIndex &index) const;

    /// Asks a moment later, for people type on. Empty: nothing is asked.
    void setQuery(const QString &query);
    /// Asks at once.
    void askNow();
    /// Files that are like this one.
    void setSimilarTo(const QString &uri, const QString &name);
    /// Also versions that only snapshots have.
    void setPastToo(bool isPastToo);
    bool isPastToo() const { return m_isPastToo; }
    /// Volumes to look in; an empty list means all.
    void setVolumes(const QStringList &objects);

Q_SIGNALS:
    void stateChanged();

private:
    void ask(const QString &mode);
    void take(const base::Result<client::SearchReply> &reply, const QString &mode);
    void setHits(const QList<client::SearchHit> &hits);
    void setState(State state);
    client::SearchOptions options(const QString &mode) const;

    client::Client &m_client;
    QTimer m_timer;
    QString m_query;
    QString m_similarUri;
    QString m_problem;
    QStringList m_volumes;
    client::SearchReply m_reply; ///< its hits are in m_hits
    QList<client::SearchHit> m_hits;
    State m_state = State::Idle;
    quint64 m_number = 0; ///< of the question that counts
    quint32 m_limit = 0;  ///< hits that are asked for
    bool m_hasMeaning = false;
    bool m_isPastToo = false;
    bool m_isAskedForMore = false;
};

} // namespace vexfs::gui
