// SPDX-License-Identifier: Apache-2.0
//
// common/client/map_types.h - a map of files, as the Map interface has it.
#pragma once

#include <QList>
#include <QString>

#include <cstdint>

namespace vexfs::client {

/// A point of a map; see the Map interface.
struct MapPoint
{
    quint64 id = 0;
    float x = 0;
    float y = 0;
    quint32 cluster = 0xffffffffU; ///< this value: of none
    float score = 0;               ///< of the query, 0 for what is no hit
    bool isGone = false;           ///< of a snapshot: the file is there no more
};

struct MapPoints
{
    QList<MapPoint> points;
    uint64_t generation = 0;
    QString projection;
    bool isStale = false; ///< the index has changed since it was laid out
};

/// What became of the points of a map. With neither list all are to be asked for again.
struct MapChange
{
    uint64_t generation = 0;
    QList<quint64> placed; ///< new, or at another place
    QList<quint64> removed;
};

struct MapCluster
{
    quint32 id = 0;
    double x = 0;
    double y = 0;
    quint64 size = 0;
    QString label;
};

/// A file that is a point. An empty uri: it is gone, or may not be read.
struct MapDocument
{
    QString uri;
    QString title;
    QString snippet;
    QString type;
    uint64_t mtimeUs = 0;
    uint64_t sizeBytes = 0;
    QList<qulonglong> neighbours; ///< most similar first
};

} // namespace vexfs::client
