// SPDX-License-Identifier: Apache-2.0
//
// gui/models/cache_history.h - shares of hits of a volume's caches over the last minutes.
#pragma once

#include "common/client/client.h"

#include <QObject>
#include <QTimer>
#include <QVector>

namespace vexfs::gui {

/// What one cache did between two looks.
struct CachePoint
{
    double atSeconds = 0.0; ///< of the monotonic clock
    double hitShare = 0.0;  ///< 0..1; of nothing asked: the share before
};

struct CacheSeries
{
    QString name;
    QVector<CachePoint> points; ///< oldest first
    quint64 hits = 0;           ///< since the volume was mounted
    quint64 misses = 0;
    quint64 bytes = 0;
    quint64 evictions = 0;
};

/// Looks every second while it is watched, and keeps five minutes. Owner: a page.
class CacheHistory : public QObject
{
    Q_OBJECT

public:
    explicit CacheHistory(client::Client &client, QObject *parent = nullptr);

    void setVolume(const QString &object);
    void setWatched(bool isWatched);
    const QVector<CacheSeries> &series() const { return m_series; }
    const client::CounterValues &latest() const { return m_latest; }
    /// What to do about the caches, in a sentence.
    QString advice() const;

Q_SIGNALS:
    void changed();
    void failed(const QString &what);

private:
    void look();
    void take(const client::CounterValues &values);

    client::Client &m_client;
    QString m_volume;
    QTimer m_timer;
    client::CounterValues m_latest;
    QVector<CacheSeries> m_series;
    bool m_isAsked = false;
};

/// The name of a cache for people.
QString shownCache(const QString &name);

} // namespace vexfs::gui
