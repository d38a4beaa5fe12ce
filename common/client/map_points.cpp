// SPDX-License-Identifier: Apache-2.0
#include "common/client/map_points.h"

#include "common/client/client_decode.h"

#include <QtEndian>

#include <bit>
#include <cmath>

#include <sys/mman.h>
#include <sys/stat.h>

namespace vexfs::client {

namespace {

constexpr quint64 kStrideLeast = 24;
constexpr quint64 kScoredStride = 28;
constexpr quint64 kStrideMost = 4096;
constexpr quint32 kGone = 0x1;
constexpr quint64 kPointsMost = 16'000'000;

float realAt(const uchar *at)
{
    return std::bit_cast<float>(qFromLittleEndian<quint32>(at));
}

} // namespace

base::Result<MapPoints> readMapPoints(int fd, const QVariantMap &info)
{
    const quint64 count = number(info, "count");
    const quint64 stride = number(info, "stride");
    struct stat file = {};
    if (stride < kStrideLeast || stride > kStrideMost || count > kPointsMost || fd < 0
        || fstat(fd, &file) != 0 || quint64(file.st_size) < count * stride) {
        return base::fail(base::Errc::Corrupt,
                          QStringLiteral("What the daemon handed over is no map"));
    }
    MapPoints out;
    out.generation = number(info, "generation");
    out.projection = text(info, "projection");
    out.isStale = info.value(QStringLiteral("stale")).toBool();
    if (count == 0)
        return out;
    const size_t bytes = count * stride;
    // Memory of the daemon's that it sealed: no disk is waited for, and it cannot shrink.
    void *mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        return base::failErrno(errno, QStringLiteral("Cannot read the map"));
    out.points.reserve(qsizetype(count));
    const auto *at = static_cast<const uchar *>(mapped);
    for (quint64 i = 0; i < count; ++i, at += stride) {
        MapPoint point{qFromLittleEndian<quint64>(at), realAt(at + 8), realAt(at + 12),
                       qFromLittleEndian<quint32>(at + 16), 0,
                       (qFromLittleEndian<quint32>(at + 20) & kGone) != 0};
        if (stride >= kScoredStride)
            point.score = realAt(at + 24);
        if (std::isfinite(point.x) && std::isfinite(point.y))
            out.points.append(point);
    }
    munmap(mapped, bytes);
    return out;
}

} // namespace vexfs::client
