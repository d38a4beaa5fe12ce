// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Requests about directories: opendir, readdir, readdirplus, fsyncdir.
#include "driver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <vector>

namespace vexfs::fuse {

namespace {

void doOpendir(fuse_req_t request, fuse_ino_t node, fuse_file_info *file)
{
    file->fh = O_RDONLY;
    // The kernel keeps listings until it changes the directory itself, and nobody else does; but
    // for the folders that exist only here.
    file->cache_readdir = file->keep_cache = !isVirtual(node);
    fuse_reply_open(request, file);
}

void doReleasedir(fuse_req_t request, fuse_ino_t, fuse_file_info *)
{
    fuse_reply_err(request, 0);
}

void doFsyncdir(fuse_req_t request, fuse_ino_t node, int, fuse_file_info *)
{
    Driver &driver = driverOf(request);
    driver.syncsAsked.fetch_add(1, std::memory_order_relaxed);
    const vexfs_id id = isVirtual(node) ? idOfNode(VEXFS_ROOT_INO) : idOfNode(node);
    const int error = vexfs_volume_fsync(driver.volume, id);
    driver.waits.poll();
    replyError(request, error);
}

/// Packs entries into the buffer of one reply.
class Listing
{
public:
    Listing(fuse_req_t request, size_t size, bool isPlus)
        : m_request(request), m_driver(driverOf(request)), m_size(std::min(size, kBytesMax)),
          m_buffer(new char[m_size]), m_isPlus(isPlus)
    {}

    /// False when there is no room for it.
    bool add(const vexfs_entry &entry);
    bool addPlain(const char *name, uint64_t node, mode_t type, uint64_t cookie);
    /// Answers the request. An error counts only when nothing was packed before it.
    void reply(int error);

private:
    static constexpr size_t kBytesMax = 1 << 20;

    bool addPlus(const char *name, const vexfs_entry &entry);

    fuse_req_t m_request;
    Driver &m_driver;
    size_t m_size;
    std::unique_ptr<char[]> m_buffer;
    size_t m_used = 0;
    bool m_isPlus;
    std::vector<uint64_t> m_held; ///< nodes that the kernel holds once it took the reply
};

bool Listing::addPlain(const char *name, uint64_t node, mode_t type, uint64_t cookie)
{
    fuse_entry_param entry{};
    entry.attr.st_ino = node;
    entry.attr.st_mode = type;
    char *to = m_buffer.get() + m_used;
    const size_t left = m_size - m_used;
    // In a plus listing, an entry without a node says: no attributes, look it up when needed.
    const size_t needed =
        m_isPlus ? fuse_add_direntry_plus(m_request, to, left, name, &entry,
                                          static_cast<off_t>(cookie))
                 : fuse_add_direntry(m_request, to, left, name, &entry.attr,
                                     static_cast<off_t>(cookie));
    if (needed > left)
        return false;
    m_used += needed;
    return true;
}

bool Listing::addPlus(const char *name, const vexfs_entry &entry)
{
    const size_t left = m_size - m_used;
    const size_t needed = fuse_add_direntry_plus(m_request, nullptr, 0, name, nullptr, 0);
    if (needed > left)
        return false;
    vexfs_attr attr{};
    fuse_entry_param param;
    if (vexfs_volume_getattr(m_driver.volume, entry.id, &attr) != 0 ||
        !makeEntry(m_driver, entry.id, attr, &param))
        return addPlain(name, nodeOfId(entry.id), entry.type, entry.cookie);
    fuse_add_direntry_plus(m_request, m_buffer.get() + m_used, left, name, &param,
                           static_cast<off_t>(entry.cookie));
    m_used += needed;
    m_held.push_back(param.ino);
    return true;
}

bool Listing::add(const vexfs_entry &entry)
{
    char name[VEXFS_NAME_MAX_BYTES + 1];
    const size_t bytes = std::min<size_t>(entry.name_bytes, VEXFS_NAME_MAX_BYTES);
    memcpy(name, entry.name, bytes);
    name[bytes] = '\0';
    const bool isDots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    if (m_isPlus && !isDots)
        return addPlus(name, entry);
    return addPlain(name, nodeOfId(entry.id), entry.type, entry.cookie);
}

void Listing::reply(int error)
{
    if (error && m_used == 0) {
        replyError(m_request, error);
        return;
    }
    if (fuse_reply_buf(m_request, m_buffer.get(), m_used) != -ENOENT)
        return;
    for (const uint64_t node : m_held) {
        if (m_driver.nodes.drop(node, 1))
            vexfs_volume_evict(m_driver.volume, idOfNode(node)); // else freed at the next open
    }
}

/// The directories of this driver; a snapshot's cookie is its id, above those of "." and "..".
int listVirtual(Driver &driver, uint64_t node, uint64_t cookie, Listing &listing)
{
    const uint64_t parent = node == kControlDir ? VEXFS_ROOT_INO : kControlDir;
    if (cookie < 1 && !listing.addPlain(".", node, S_IFDIR, 1))
        return 0;
    if (cookie < 2 && !listing.addPlain("..", parent, S_IFDIR, 2))
        return 0;
    if (node == kControlDir) {
        const uint64_t index = nodeOfId({VEXFS_VOLUME_TREE_INDEX, VEXFS_ROOT_INO});
        if (cookie < 3 && !listing.addPlain("snapshots", kSnapshotsDir, S_IFDIR, 3))
            return 0;
        if (cookie < 4)
            listing.addPlain("index", index, S_IFDIR, 4);
        return 0;
    }
    for (uint64_t after = std::max<uint64_t>(cookie, VEXFS_VOLUME_TREE_FIRST - 1);;) {
        vexfs_snapshot row{};
        u32 count = 0;
        const int error = vexfs_volume_snapshot_list(driver.volume, after, 0, &row, 1, &count);
        if (error || count == 0)
            return error;
        const uint64_t root = nodeOfId({row.id, VEXFS_ROOT_INO});
        if (!listing.addPlain(row.name, root, S_IFDIR, row.id))
            return 0;
        after = row.id;
    }
}

void list(fuse_req_t request, fuse_ino_t node, size_t size, off_t cookie, bool isPlus)
{
    Listing listing(request, size, isPlus);
    Driver &driver = driverOf(request);
    if (isVirtual(node)) {
        listing.reply(listVirtual(driver, node, static_cast<uint64_t>(cookie), listing));
        return;
    }
    if (cookie == 0)
        driver.accessTimes.noteRead(node);
    const int error = vexfs_volume_readdir(
        driver.volume, idOfNode(node), static_cast<u64>(cookie),
        [](void *context, const vexfs_entry *entry) {
            return static_cast<Listing *>(context)->add(*entry);
        },
        &listing);
    listing.reply(error);
}

void doReaddir(fuse_req_t request, fuse_ino_t node, size_t size, off_t cookie, fuse_file_info *)
{
    list(request, node, size, cookie, false);
}

void doReaddirplus(fuse_req_t request, fuse_ino_t node, size_t size, off_t cookie,
                   fuse_file_info *)
{
    list(request, node, size, cookie, true);
}

} // namespace

void fillDirOperations(fuse_lowlevel_ops *operations)
{
    operations->opendir = doOpendir;
    operations->releasedir = doReleasedir;
    operations->fsyncdir = doFsyncdir;
    operations->readdir = doReaddir;
    operations->readdirplus = doReaddirplus;
}

} // namespace vexfs::fuse
