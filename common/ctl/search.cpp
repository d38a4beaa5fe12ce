// SPDX-License-Identifier: Apache-2.0
#include "common/ctl/control.h"
#include "common/ctl/control_wire.h"

#include <vexfs/ioctl.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>

namespace vexfs::ctl {

using base::Errc;

namespace {

VectorHit hitOf(const vexfs_ioc_hit &row)
{
    VectorHit hit;
    hit.ino = get(row.ino);
    hit.record = get(row.record);
    hit.page = get(row.page);
    hit.beginBytes = get(row.begin_bytes);
    hit.endBytes = get(row.end_bytes);
    hit.score = std::ldexp(static_cast<double>(static_cast<int64_t>(get(row.score))),
                           -static_cast<int>(VEXFS_SEARCH_SCORE_SHIFT));
    hit.isStale = get(row.flags) & VEXFS_HIT_STALE;
    return hit;
}

} // namespace

base::Result<VectorHits> searchVectors(int fd, const VectorQuery &query)
{
    auto raw = std::make_unique<vexfs_ioc_search>();
    memset(raw.get(), 0, sizeof *raw);
    const auto dimension = static_cast<size_t>(query.codes.size());
    const auto modelBytes = static_cast<size_t>(query.model.size());
    if (dimension == 0 || dimension > sizeof raw->query || modelBytes == 0 ||
        modelBytes >= sizeof raw->model || query.count == 0 || query.count > VEXFS_IOC_HITS_MAX)
        return base::fail(Errc::InvalidArgs, QStringLiteral("A query that no call has room for"));
    raw->tree = put(query.tree);
    raw->flags = put(static_cast<uint32_t>(query.isScalar ? VEXFS_SEARCH_SCALAR : 0U));
    raw->dimension = put(static_cast<uint32_t>(dimension));
    raw->metric = put(query.metric);
    raw->hits = put(query.count);
    raw->scale = put(std::bit_cast<uint32_t>(query.scale));
    memcpy(raw->model, query.model.constData(), modelBytes);
    memcpy(raw->query, query.codes.constData(), dimension);
    if (auto done = callDriver(fd, VEXFS_IOC_SEARCH, raw.get(), "search vectors"); !done)
        return tl::unexpected(done.error());
    const uint32_t count = get(raw->hits);
    if (count > query.count)
        return base::fail(Errc::Corrupt, QStringLiteral("The driver sent too many hits"));
    VectorHits out;
    out.scanned = get(raw->scanned);
    out.skipped = get(raw->skipped);
    out.damaged = get(raw->damaged);
    for (uint32_t i = 0; i < count; ++i)
        out.hits.append(hitOf(raw->rows[i]));
    return out;
}

namespace {

base::Status takeLook(const vexfs_ioc_look &raw, uint32_t row, Look &look)
{
    const vexfs_ioc_look_row &from = raw.rows[row];
    const uint32_t flags = get(from.flags);
    look.isThere = (flags & VEXFS_LOOK_THERE) != 0;
    look.isReadable = (flags & VEXFS_LOOK_READABLE) != 0;
    look.nlink = get(from.nlink);
    look.sizeBytes = get(from.size_bytes);
    look.mtimeNs = static_cast<int64_t>(get(from.mtime_ns));
    look.path.reset();
    if ((flags & VEXFS_LOOK_PATH) == 0)
        return {};
    const uint32_t at = std::min(get(from.path_at), VEXFS_IOC_LOOK_PATHS_BYTES);
    auto path = textField(raw.paths + at, sizeof raw.paths - at, "path");
    if (!path)
        return tl::unexpected(path.error());
    look.path = std::move(*path);
    return {};
}

} // namespace

base::Status lookAt(int fd, QVector<Look> &looks)
{
    const auto raw = std::make_unique<vexfs_ioc_look>();
    for (qsizetype first = 0; first < looks.size(); first += VEXFS_IOC_LOOKS_MAX) {
        const auto count = static_cast<uint32_t>(
            std::min<qsizetype>(looks.size() - first, VEXFS_IOC_LOOKS_MAX));
        memset(raw.get(), 0, sizeof *raw);
        raw->count = put(count);
        for (uint32_t i = 0; i < count; ++i) {
            raw->rows[i].tree = put(looks[first + i].tree);
            raw->rows[i].ino = put(looks[first + i].ino);
            raw->rows[i].flags = put(looks[first + i].wantsPath ? VEXFS_LOOK_PATH : 0U);
        }
        if (auto done = callDriver(fd, VEXFS_IOC_LOOK, raw.get(), "look at inodes"); !done)
            return done;
        for (uint32_t i = 0; i < count; ++i) {
            if (auto taken = takeLook(*raw, i, looks[first + i]); !taken)
                return taken;
        }
    }
    return {};
}

} // namespace vexfs::ctl
