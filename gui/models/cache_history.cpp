// SPDX-License-Identifier: Apache-2.0
#include "gui/models/cache_history.h"

#include "gui/models/reply.h"

#include <QLocale>

#include <algorithm>

namespace vexfs::gui {

namespace {

constexpr int kLookMs = 1000;
constexpr double kKeptSeconds = 300.0;
// With fewer questions a share of hits says nothing.
constexpr quint64 kQuestionsMin = 1000;
constexpr double kPoorShare = 0.8;

double shareOf(quint64 hits, quint64 misses, double before)
{
    return hits + misses > 0 ? double(hits) / double(hits + misses) : before;
}

} // namespace

QString shownCache(const QString &name)
{
    const QHash<QString, QString> names{
        {QStringLiteral("cache.embeddings"), CacheHistory::tr("Questions as vectors")},
        {QStringLiteral("cache.results"), CacheHistory::tr("Answers of searches")},
        {QStringLiteral("cache.snapshots"), CacheHistory::tr("What snapshots have")},
        {QStringLiteral("cache.stems"), CacheHistory::tr("Stems of words")},
        {QStringLiteral("frame_cache"), CacheHistory::tr("Unpacked data")},
        {QStringLiteral("map_cache"), CacheHistory::tr("Map of the space")},
        {QStringLiteral("node_cache"), CacheHistory::tr("Names and attributes")},
        {QStringLiteral("vector_cache"), CacheHistory::tr("Vectors of files")},
    };
    return names.value(name, name);
}

CacheHistory::CacheHistory(client::Client &client, QObject *parent)
    : QObject(parent), m_client(client)
{
    m_timer.setInterval(kLookMs);
    connect(&m_timer, &QTimer::timeout, this, &CacheHistory::look);
}

void CacheHistory::setVolume(const QString &object)
{
    if (object == m_volume)
        return;
    m_volume = object;
    m_series.clear();
    m_latest = {};
    Q_EMIT changed();
    if (m_timer.isActive())
        look();
}

void CacheHistory::setWatched(bool isWatched)
{
    if (!isWatched) {
        m_timer.stop();
        return;
    }
    look();
    m_timer.start();
}

void CacheHistory::look()
{
    if (m_isAsked || m_volume.isEmpty())
        return;
    m_isAsked = true;
    onReply(m_client.statistics(m_volume, {}), this,
            [this, volume = m_volume](const base::Result<client::CounterValues> &values) {
                m_isAsked = false;
                if (volume != m_volume)
                    return;
                if (values)
                    take(*values);
                else
                    Q_EMIT failed(values.error().what);
            });
}

void CacheHistory::take(const client::CounterValues &values)
{
    const QString hits = QStringLiteral(".hits");
    const double now = double(values.timeUs) / 1e6;
    for (auto each = values.counters.begin(); each != values.counters.end(); ++each) {
        if (!each.key().endsWith(hits))
            continue;
        const QString name = each.key().chopped(hits.size());
        auto series = std::find_if(m_series.begin(), m_series.end(),
                                   [&](const CacheSeries &known) { return known.name == name; });
        if (series == m_series.end())
            series = m_series.insert(m_series.end(), {name, {}, 0, 0, 0, 0});
        const quint64 misses = values.counters.value(name + QStringLiteral(".misses"));
        const double before = series->points.isEmpty() ? shareOf(*each, misses, 1.0)
                                                       : series->points.constLast().hitShare;
        // A volume that was mounted again counts from 0.
        const bool isSame = *each >= series->hits && misses >= series->misses;
        const double share = isSame ? shareOf(*each - series->hits, misses - series->misses, before)
                                    : shareOf(*each, misses, before);
        series->points.append({now, share});
        while (series->points.constFirst().atSeconds < now - kKeptSeconds)
            series->points.removeFirst();
        series->hits = *each;
        series->misses = misses;
        series->evictions = values.counters.value(name + QStringLiteral(".evictions"));
        series->bytes = quint64(values.gauges.value(name + QStringLiteral(".bytes")));
    }
    m_latest = values;
    Q_EMIT changed();
}

QString CacheHistory::advice() const
{
    const CacheSeries *worst = nullptr;
    double share = kPoorShare;
    for (const CacheSeries &each : m_series) {
        // A cache that throws nothing out is not too small; its misses were first questions.
        if (each.hits + each.misses < kQuestionsMin || each.evictions == 0)
            continue;
        if (const double its = shareOf(each.hits, each.misses, 1.0); its < share) {
            worst = &each;
            share = its;
        }
    }
    if (!worst)
        return tr("All caches are large enough for what is done with this volume.");
    return tr("%1 is too small for what is done with this volume: %2 % hits with %3. More memory "
              "for it would help (mount option cache).")
        .arg(shownCache(worst->name), QLocale().toString(share * 100.0, 'f', 0),
             QLocale().formattedDataSize(qint64(worst->bytes)));
}

} // namespace vexfs::gui
