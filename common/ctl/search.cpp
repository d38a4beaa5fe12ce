// SPDX-License-Identifier: Apache-2.0
#include "common/ctl/control.h"
#include "common/ctl/control_wire.h"

#include <vexfs/ioctl.h>

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

} // namespace vexfs::ctl
