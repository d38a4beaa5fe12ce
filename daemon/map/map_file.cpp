// SPDX-License-Identifier: Apache-2.0
#include "daemon/map/map_file.h"

#include <QCryptographicHash>
#include <QDataStream>
#include <QFile>
#include <QSaveFile>

#include <cmath>

namespace vexfs::daemon {

namespace {

constexpr quint64 kMagic = 0x31'50'41'4d'46'58'45'56ULL;  // "VEXFMAP1", little-endian
constexpr auto kHash = QCryptographicHash::Sha256;
constexpr qsizetype kHashBytes = 32;
/// A point is 24 bytes; clusters and names are small.
constexpr qint64 kFileBytesMax = qint64(kMapPointsMax) * 24 + (1 << 20);

QDataStream &configured(QDataStream &stream)
{
    stream.setVersion(QDataStream::Qt_6_4);
    stream.setByteOrder(QDataStream::LittleEndian);
    stream.setFloatingPointPrecision(QDataStream::SinglePrecision);
    return stream;
}

tl::unexpected<base::Error> damaged(const QString &path)
{
    return base::fail(base::Errc::Corrupt, QStringLiteral("the map in %1 is damaged").arg(path));
}

bool readPoints(QDataStream &in, MapState &map)
{
    quint32 count = 0;
    in >> count;
    if (in.status() != QDataStream::Ok || count > kMapPointsMax)
        return false;
    map.points.resize(count);
    uint64_t last = 0;
    for (MapPoint &each : map.points) {
        quint64 ino = 0;
        in >> ino >> each.place.x >> each.place.y >> each.cluster;
        each.ino = ino;
        const bool isFit = ino > last && std::isfinite(each.place.x) && std::isfinite(each.place.y)
            && (each.cluster == kNoCluster || each.cluster < size_t(map.clusters.size()));
        if (in.status() != QDataStream::Ok || !isFit)
            return false;
        last = ino;
    }
    return in.atEnd();
}

} // namespace

base::Status saveMap(const MapState &map, const QString &path)
{
    QByteArray body;
    QDataStream raw(&body, QIODevice::WriteOnly);
    QDataStream &out = configured(raw);
    out << kMagic << map.model << map.projection << quint64(map.generation)
        << quint32(map.clusters.size());
    for (const MapCluster &each : map.clusters)
        out << each.centre.x << each.centre.y << quint64(each.size) << each.label;
    out << quint32(map.points.size());
    for (const MapPoint &each : map.points)
        out << quint64(each.ino) << each.place.x << each.place.y << each.cluster;
    QSaveFile file(path);
    const bool isWritten = file.open(QIODevice::WriteOnly)
        && file.write(body) == body.size()
        && file.write(QCryptographicHash::hash(body, kHash)) == kHashBytes && file.commit();
    if (!isWritten) {
        return base::fail(base::Errc::Failed,
                          QStringLiteral("the map was not written to %1: %2")
                              .arg(path, file.errorString()));
    }
    return {};
}

base::Result<MapState> loadMap(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return base::fail(base::Errc::NotFound, QStringLiteral("there is no map in %1").arg(path));
    if (file.size() > kFileBytesMax || file.size() < kHashBytes)
        return damaged(path);
    const QByteArray all = file.readAll();
    if (all.size() < kHashBytes)
        return damaged(path);
    const QByteArray body = all.chopped(kHashBytes);
    if (QCryptographicHash::hash(body, kHash) != all.right(kHashBytes))
        return damaged(path);
    QDataStream raw(body);
    QDataStream &in = configured(raw);
    MapState map;
    quint64 magic = 0;
    quint64 generation = 0;
    quint32 clusters = 0;
    in >> magic >> map.model >> map.projection >> generation >> clusters;
    if (magic != kMagic || clusters > kClustersMax || in.status() != QDataStream::Ok)
        return damaged(path);
    map.generation = generation;
    for (quint32 i = 0; i < clusters; ++i) {
        MapCluster each;
        quint64 size = 0;
        in >> each.centre.x >> each.centre.y >> size >> each.label;
        each.size = size;
        map.clusters.append(each);
    }
    if (!readPoints(in, map))
        return damaged(path);
    return map;
}

} // namespace vexfs::daemon
