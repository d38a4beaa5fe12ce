// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// The control call that finds vectors, for whoever may read their files.
#include "kernel/fuse/control/ioctl.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <endian.h>
#include <vector>
#include <vexfs/format.h>
#include <vexfs/ioctl.h>
#include <vexfs/search.h>
#include <vexfs/vector_fork.h>

namespace vexfs::fuse {

static_assert(sizeof(vexfs_ioc_search) == 15776 && sizeof(vexfs_ioc_search) <= VEXFS_IOC_BYTES_MAX);
static_assert(VEXFS_IOC_HITS_MAX == VEXFS_SEARCH_HITS_MAX);
static_assert(VEXFS_IOC_SEARCH_DIMENSION_MAX == VEXFS_SEARCH_DIMENSION_MAX);
static_assert(VEXFS_SEARCH_SCORE_SHIFT == VEXFS_SCORE_SHIFT);
static_assert(VEXFS_SEARCH_SCALAR == VEXFS_SEARCH_WITH_SCALAR);
static_assert(VEXFS_SEARCH_EXACT == VEXFS_SEARCH_EXACTLY);
static_assert(VEXFS_METRIC_COSINE == VEXFS_NEAR_COSINE && VEXFS_METRIC_L2 == VEXFS_NEAR_L2 &&
              VEXFS_METRIC_DOT == VEXFS_NEAR_DOT);
// What the engine knows of forks is what programs are told.
static_assert(VEXFS_VECTOR_FORK_MAGIC == VEXFS_VECTOR_MAGIC);
static_assert(sizeof(vexfs_disk_vectors) == sizeof(vexfs_vector_header));
static_assert(sizeof(vexfs_disk_vector) == sizeof(vexfs_vector_record));
static_assert(offsetof(vexfs_disk_vectors, model) == offsetof(vexfs_vector_header, model));
static_assert(offsetof(vexfs_disk_vectors, data_generation) ==
              offsetof(vexfs_vector_header, data_generation));
static_assert(offsetof(vexfs_disk_vector, scale) == offsetof(vexfs_vector_record, scale));

namespace {

/// The groups of who asks, from the kernel when they are needed first.
class Groups
{
public:
    explicit Groups(fuse_req_t request) : m_request(request) {}

    bool has(gid_t gid)
    {
        if (!m_isRead)
            read();
        return gid == fuse_req_ctx(m_request)->gid ||
               std::binary_search(m_gids.begin(), m_gids.end(), gid);
    }

private:
    void read()
    {
        m_isRead = true;
        m_gids.resize(64);
        int count = fuse_req_getgroups(m_request, static_cast<int>(m_gids.size()), m_gids.data());
        if (count > static_cast<int>(m_gids.size())) {
            m_gids.resize(static_cast<size_t>(count));
            count = fuse_req_getgroups(m_request, count, m_gids.data());
        }
        m_gids.resize(static_cast<size_t>(std::clamp(count, 0, static_cast<int>(m_gids.size()))));
        std::sort(m_gids.begin(), m_gids.end());
    }

    fuse_req_t m_request;
    bool m_isRead = false;
    std::vector<gid_t> m_gids;
};

void fillReply(const vexfs_search_result &result, const vexfs_hit *hits, vexfs_ioc_search &out)
{
    out.hits = htole32(result.count);
    out.scanned = htole64(result.scanned);
    out.skipped = htole64(result.skipped);
    out.damaged = htole64(result.damaged);
    out.segment_generation = htole64(result.segment_generation);
    for (u32 i = 0; i < result.count; i++) {
        vexfs_ioc_hit &row = out.rows[i];
        row.ino = htole64(hits[i].ino);
        row.begin_bytes = htole64(hits[i].begin_bytes);
        row.end_bytes = htole64(hits[i].end_bytes);
        row.score = htole64(static_cast<uint64_t>(hits[i].score));
        row.record = htole32(hits[i].record);
        row.page = htole32(hits[i].page);
        row.flags = htole32(hits[i].stale ? VEXFS_HIT_STALE : 0);
    }
}

} // namespace

void ioctlSearch(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_search>(true);
    const u32 dimension = argument ? le32toh(argument->dimension) : 0;
    if (!argument || argument->reserved0 != 0 || !isZero(argument->reserved, 4) ||
        argument->segment_generation != 0 ||
        argument->scanned != 0 || argument->skipped != 0 || argument->damaged != 0 ||
        dimension > VEXFS_IOC_SEARCH_DIMENSION_MAX) {
        call.fail(-EINVAL);
        return;
    }
    Groups groups(call.request);
    vexfs_search search{};
    search.tree = le64toh(argument->tree);
    search.query = argument->query;
    search.dimension = dimension;
    search.scale = le32toh(argument->scale);
    search.metric = static_cast<vexfs_metric>(le32toh(argument->metric));
    search.hits_max = le32toh(argument->hits);
    search.flags = le32toh(argument->flags);
    memcpy(search.model, argument->model, sizeof(search.model));
    search.who.uid = call.uid();
    search.who.privileged = call.uid() == 0;
    search.who.context = &groups;
    search.who.in_group = [](void *context, u32 gid) {
        return static_cast<Groups *>(context)->has(gid);
    };
    search.context = call.request;
    search.interrupted = [](void *context) {
        return fuse_req_interrupted(static_cast<fuse_req_t>(context)) != 0;
    };
    auto hits = std::make_unique<std::array<vexfs_hit, VEXFS_IOC_HITS_MAX>>();
    vexfs_search_result result{};
    if (const int error =
            vexfs_volume_search(call.driver.volume, &search, hits->data(), &result)) {
        call.fail(error);
        return;
    }
    memset(argument->rows, 0, sizeof(argument->rows));
    fillReply(result, hits->data(), *argument);
    call.reply(*argument);
}

} // namespace vexfs::fuse
