// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// The control calls that find vectors, and that look at what was found, for whoever may read it.
#include "kernel/fuse/control/ioctl.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <endian.h>
#include <vector>
#include <vexfs/format.h>
#include <vexfs/ioctl.h>
#include <vexfs/paths.h>
#include <vexfs/search.h>
#include <vexfs/vector_fork.h>

namespace vexfs::fuse {

static_assert(sizeof(vexfs_ioc_search) == 15776 && sizeof(vexfs_ioc_search) <= VEXFS_IOC_BYTES_MAX);
static_assert(sizeof(vexfs_ioc_look) == 15904 && sizeof(vexfs_ioc_look) <= VEXFS_IOC_BYTES_MAX);
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

/// @p groups has to live as long.
vexfs_credentials credentialsOf(const IoctlCall &call, Groups &groups)
{
    vexfs_credentials who{};
    who.uid = call.uid();
    who.privileged = call.uid() == 0;
    who.context = &groups;
    who.in_group = [](void *context, u32 gid) { return static_cast<Groups *>(context)->has(gid); };
    return who;
}

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
    search.who = credentialsOf(call, groups);
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

namespace {

/// @p paths: bytes of out.paths that are taken. What is gone, its tree included, stays zeros.
int lookAtOne(vexfs_volume *volume, const vexfs_credentials &who, vexfs_ioc_look_row &row,
              vexfs_ioc_look &out, u32 &paths)
{
    const vexfs_id id{le64toh(row.tree), le64toh(row.ino)};
    const bool wantsPath = (le32toh(row.flags) & VEXFS_LOOK_PATH) != 0;
    row.flags = 0;
    vexfs_attr attr{};
    bool may = false;
    int error = vexfs_volume_getattr(volume, id, &attr);
    if (!error)
        error = vexfs_volume_may_read(volume, id, &who, &may);
    if (error)
        return error == -ENOENT || error == -ESTALE ? 0 : error;
    u32 flags = VEXFS_LOOK_THERE | (may ? VEXFS_LOOK_READABLE : 0);
    row.size_bytes = htole64(attr.size_bytes);
    row.mtime_ns = htole64(static_cast<uint64_t>(attr.mtime.sec * 1000000000 + attr.mtime.nsec));
    row.nlink = htole32(attr.nlink);
    const u32 room = VEXFS_IOC_LOOK_PATHS_BYTES - paths;
    if (wantsPath && room && !vexfs_volume_path(volume, id, 0, out.paths + paths, room)) {
        row.path_at = htole32(paths);
        paths += static_cast<u32>(strlen(out.paths + paths)) + 1;
        flags |= VEXFS_LOOK_PATH;
    }
    row.flags = htole32(flags);
    return 0;
}

bool isLook(const vexfs_ioc_look &look)
{
    const u32 count = le32toh(look.count);
    if (!count || count > VEXFS_IOC_LOOKS_MAX || look.reserved0 || !isZero(look.reserved, 3) ||
        !isZero(look.paths, sizeof(look.paths)))
        return false;
    return std::all_of(look.rows, look.rows + count, [](const vexfs_ioc_look_row &row) {
        return !row.size_bytes && !row.mtime_ns && !row.nlink && !row.path_at &&
               !row.reserved0 && !(le32toh(row.flags) & ~VEXFS_LOOK_PATH);
    });
}

} // namespace

void ioctlLook(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_look>(true);
    if (!argument || !isLook(*argument)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    Groups groups(call.request);
    const vexfs_credentials who = credentialsOf(call, groups);
    u32 paths = 0;
    for (u32 i = 0; i < le32toh(argument->count); i++) {
        const int error =
            lookAtOne(call.driver.volume, who, argument->rows[i], *argument, paths);
        if (error) {
            call.fail(error);
            return;
        }
    }
    memset(argument->paths + paths, 0, sizeof(argument->paths) - paths);
    call.reply(*argument);
}

} // namespace vexfs::fuse
