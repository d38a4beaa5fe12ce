// SPDX-License-Identifier: Apache-2.0
// The sending end. What differs comes from the driver's own difference of the two trees; a whole
// snapshot is its difference from nothing. First what changes its name goes out of the way, deepest
// first, then it comes to its new place, shallowest first, and then content follows by new paths.
#include "common/stream/partial.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <endian.h>
#include <fcntl.h>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vexfs/vector_fork.h>

namespace vexfs::stream {

namespace {

constexpr size_t kBlock = 4096;

struct Changed
{
    uint64_t ino = 0;
    uint32_t kinds = 0;
    mode_t mode = 0;
    std::vector<std::string> before, after; ///< paths, where names changed
    bool isNew = false;                     ///< had no name before
    bool isGone = false;                    ///< has none any more
};

struct Named
{
    std::string path;
    size_t change;
};

size_t depthOf(const std::string &path)
{
    return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

class Sender
{
public:
    Sender(int volume, int out) : m_volume(volume), m_writer(out) {}

    Result<Sent> run(const SendRequest &request, const Uuid &uuid);

private:
    Result<SendRequest> resolve(const SendRequest &request, const Uuid &uuid);
    Status openTree(const std::string &name, Fd *root, uint64_t *id);
    Status writeHead(const std::string &name, const Uuid &uuid);
    Status readChanges();
    Status readNames(Changed *change);
    Status sendDepartures();
    Status sendArrivals();
    Status sendContents();
    Status sendMake(const Changed &change);
    Status sendContent(const Changed &change, const std::string &path);
    Status sendData(int fd, int before, const struct stat &st, bool isNew);
    Status sendDifferent(uint64_t offset, std::string_view now, std::string_view then);
    Status sendXattrs(const std::string &path);
    Status sendVectors(uint64_t ino, int fd);

    int m_volume;
    FrameWriter m_writer;
    Fd m_to, m_from;
    uint64_t m_toId = 0, m_fromId = 0;
    std::string m_toPath;
    std::vector<Changed> m_changes;
    std::optional<Position> m_have; ///< what the receiver has already
    uint64_t m_files = 0;           ///< that were sent, or passed over
    /// Directories that receiving touches, though nothing about them need be different: the root,
    /// and those where a name goes and comes back, since another name of the file came.
    std::set<std::string> m_touched = {""};
};

Status Sender::openTree(const std::string &name, Fd *root, uint64_t *id)
{
    auto rows = snapshotsOf(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    for (const vexfs_ioc_snapshot &row : *rows) {
        if (name != std::string_view(row.name, strnlen(row.name, sizeof row.name)))
            continue;
        if (le32toh(row.flags) & VEXFS_SNAPSHOT_WRITABLE)
            return problem(EINVAL, "'" + name + "' can be written to; send a snapshot of it");
        *id = le64toh(row.id);
        const std::string path = ".vexfs/snapshots/" + name;
        *root = Fd(::openat(m_volume, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return *root ? Status() : failed("The snapshot '" + name + "' cannot be opened");
    }
    return problem(ENOENT, "There is no snapshot '" + name + "'");
}

Status Sender::readNames(Changed *change)
{
    const bool isCreated = change->kinds & VEXFS_CHANGE_CREATED;
    const bool isRemoved = change->kinds & VEXFS_CHANGE_REMOVED;
    // One name is enough to find it by where names did not change; the old one, too, since a
    // directory above may have another.
    const uint32_t most = change->kinds & (VEXFS_CHANGE_NAMES | VEXFS_CHANGE_CREATED |
                                           VEXFS_CHANGE_REMOVED) ? UINT32_MAX : 1;
    if (!isCreated) {
        auto paths = pathsOf(m_volume, m_fromId, change->ino, most);
        if (!paths)
            return tl::unexpected(paths.error());
        change->before = std::move(*paths);
    }
    if (!isRemoved) {
        auto paths = pathsOf(m_volume, m_toId, change->ino, most);
        if (!paths)
            return tl::unexpected(paths.error());
        change->after = std::move(*paths);
    }
    // A file that was open without a name when the snapshot was taken is in it, for nobody to see.
    change->isNew = change->before.empty();
    change->isGone = change->after.empty();
    return {};
}

Status Sender::readChanges()
{
    const auto page = std::make_unique<vexfs_ioc_diff>();
    uint64_t after = 0;
    for (bool isEnd = false; !isEnd;) {
        *page = {};
        page->from = htole64(m_fromId);
        page->to = htole64(m_toId);
        page->after_ino = htole64(after);
        if (const int error = control(m_volume, VEXFS_IOC_DIFF, page.get()))
            return problem(-error, "The difference cannot be told");
        isEnd = le32toh(page->flags) & VEXFS_DIFF_END;
        const uint32_t count = le32toh(page->count);
        if (count > VEXFS_IOC_CHANGES_MAX || (!isEnd && !count))
            return problem(EIO, "The driver's difference makes no sense");
        for (uint32_t i = 0; i < count; i++) {
            Changed change;
            change.ino = after = le64toh(page->rows[i].ino);
            change.kinds = le32toh(page->rows[i].kinds);
            change.mode = le32toh(page->rows[i].mode);
            if (auto done = readNames(&change); !done)
                return done;
            if (!change.isNew || !change.isGone)
                m_changes.push_back(std::move(change));
        }
    }
    return {};
}

bool changesNames(const Changed &change)
{
    constexpr uint32_t kNames = VEXFS_CHANGE_NAMES | VEXFS_CHANGE_CREATED | VEXFS_CHANGE_REMOVED;
    return (change.kinds & kNames) || change.isNew || change.isGone;
}

Status Sender::sendDepartures()
{
    std::vector<Named> names;
    for (size_t i = 0; i < m_changes.size(); i++) {
        if (!changesNames(m_changes[i]) || m_changes[i].ino == 1)
            continue;
        for (const std::string &path : m_changes[i].before)
            names.push_back({path, i});
    }
    std::stable_sort(names.begin(), names.end(), [](const Named &a, const Named &b) {
        return depthOf(a.path) > depthOf(b.path);
    });
    std::set<size_t> staged;
    for (const Named &name : names) {
        const Changed &change = m_changes[name.change];
        Status done;
        if (!change.isGone && staged.insert(name.change).second)
            done = m_writer.write(Kind::Stage, Fields().u64(change.ino).rest(name.path).bytes());
        else
            done = m_writer.write(S_ISDIR(change.mode) ? Kind::Rmdir : Kind::Unlink, name.path);
        if (!done)
            return done;
    }
    return {};
}

Status Sender::sendMake(const Changed &change)
{
    const std::string &path = change.after.front();
    struct stat st;
    if (::fstatat(*m_to, path.c_str(), &st, AT_SYMLINK_NOFOLLOW))
        return failed("'" + path + "' cannot be looked at");
    std::string target;
    if (S_ISLNK(st.st_mode)) {
        target.resize(4096);
        const ssize_t got = ::readlinkat(*m_to, path.c_str(), target.data(), target.size());
        if (got < 0)
            return failed("'" + path + "' cannot be read");
        target.resize(static_cast<size_t>(got));
    }
    return m_writer.write(Kind::Make, Fields().u64(change.ino).u32(st.st_mode).u64(st.st_rdev)
                                          .rest(target).bytes());
}

Status Sender::sendArrivals()
{
    std::vector<Named> names;
    std::vector<size_t> left(m_changes.size());
    for (size_t i = 0; i < m_changes.size(); i++) {
        const Changed &change = m_changes[i];
        if (!changesNames(change) || change.ino == 1)
            continue;
        if (change.isNew && !m_have) {
            if (auto done = sendMake(change); !done)
                return done;
        }
        left[i] = change.after.size();
        for (const std::string &path : change.after)
            names.push_back({path, i});
    }
    std::stable_sort(names.begin(), names.end(), [](const Named &a, const Named &b) {
        return depthOf(a.path) < depthOf(b.path);
    });
    for (const Named &name : names) {
        const size_t slash = name.path.rfind('/');
        m_touched.insert(slash == std::string::npos ? "" : name.path.substr(0, slash));
        if (m_have)
            continue;
        const Kind kind = --left[name.change] ? Kind::Link : Kind::Place;
        const uint64_t ino = m_changes[name.change].ino;
        if (auto done = m_writer.write(kind, Fields().u64(ino).rest(name.path).bytes()); !done)
            return done;
    }
    return {};
}

Status Sender::sendDifferent(uint64_t offset, std::string_view now, std::string_view then)
{
    for (size_t at = 0; at < now.size();) {
        size_t end = at;
        while (end < now.size() && now.substr(end, kBlock) != then.substr(std::min(end,
                                                                then.size()), kBlock))
            end = std::min(end + kBlock, now.size());
        if (end > at) {
            Fields fields;
            fields.u64(offset + at).rest(now.substr(at, end - at));
            if (auto done = m_writer.write(Kind::Data, fields.bytes()); !done)
                return done;
        }
        at = std::max(end, at) + (end < now.size() ? kBlock : 0);
    }
    return {};
}

/// @p before: the file as it was, or -1. What is a hole now is one there, too.
Status Sender::sendData(int fd, int before, const struct stat &st, bool isNew)
{
    const auto size = static_cast<uint64_t>(st.st_size);
    // Small ones, which may lie in the tree itself, and those with a block for each byte.
    const bool hasHoles = size > kBlock && static_cast<uint64_t>(st.st_blocks) * 512 < size;
    std::string now(kDataMax, '\0'), then(kDataMax, '\0');
    if (auto done = m_writer.write(Kind::Size, Fields().u64(size).bytes()); !done)
        return done;
    const bool isBegun = m_have && m_files == m_have->files;
    for (uint64_t at = isBegun ? std::min(m_have->offset, size) : 0; at < size;) {
        off_t data = hasHoles ? ::lseek(fd, static_cast<off_t>(at), SEEK_DATA)
                              : static_cast<off_t>(at);
        if (data < 0 && errno != ENXIO)
            return failed("A file of the snapshot cannot be read");
        const uint64_t hole = data < 0 ? size : std::min<uint64_t>(size, uint64_t(data));
        if (hole > at && !isNew) {
            const Fields fields = Fields().u64(at).u64(hole - at);
            if (auto done = m_writer.write(Kind::Hole, fields.bytes()); !done)
                return done;
        }
        at = hole;
        data = at < size && hasHoles ? ::lseek(fd, static_cast<off_t>(at), SEEK_HOLE) : -1;
        const uint64_t end = data < 0 ? size : std::min<uint64_t>(size, uint64_t(data));
        while (at < end) {
            const size_t want = std::min<uint64_t>(end - at, kDataMax - at % kDataMax);
            const ssize_t got = ::pread(fd, now.data(), want, static_cast<off_t>(at));
            const ssize_t had =
                before < 0 ? 0 : ::pread(before, then.data(), want, static_cast<off_t>(at));
            if (got <= 0 || had < 0)
                return failed("A file of the snapshot cannot be read");
            auto done = sendDifferent(at, {now.data(), static_cast<size_t>(got)},
                                      {then.data(), static_cast<size_t>(had)});
            if (!done)
                return done;
            at += static_cast<size_t>(got);
        }
    }
    return {};
}

Status Sender::sendXattrs(const std::string &path)
{
    const std::string full = "/proc/self/fd/" + std::to_string(*m_to) + "/" + path;
    std::string names(65536, '\0'), value(65536, '\0');
    const ssize_t bytes = ::llistxattr(full.c_str(), names.data(), names.size());
    if (bytes < 0)
        return failed("The attributes of '" + path + "' cannot be read");
    if (auto done = m_writer.write(Kind::NoXattrs, ""); !done)
        return done;
    for (const char *name = names.data(); name < names.data() + bytes; name += strlen(name) + 1) {
        const ssize_t got = ::lgetxattr(full.c_str(), name, value.data(), value.size());
        if (got < 0)
            return failed("The attribute " + std::string(name) + " of '" + path +
                          "' cannot be read");
        const Fields fields =
            Fields().text(name).rest({value.data(), static_cast<size_t>(got)});
        if (auto done = m_writer.write(Kind::Xattr, fields.bytes()); !done)
            return done;
    }
    return {};
}

Status Sender::sendVectors(uint64_t ino, int fd)
{
    const auto call = std::make_unique<vexfs_ioc_fork_read>();
    vexfs_ioc_stat st{};
    st.tree = htole64(m_toId);
    st.ino = htole64(ino);
    if (const int error = control(m_volume, VEXFS_IOC_STAT, &st))
        return problem(-error, "An inode of the snapshot cannot be looked at");
    bool isFresh = false;
    for (uint64_t at = 0, size = 1; at < size;) {
        *call = {};
        call->fork = htole32(VEXFS_FORK_VECTORS);
        call->len_bytes = htole32(VEXFS_IOC_FORK_DATA_BYTES);
        call->offset_bytes = htole64(at);
        if (const int error = control(fd, VEXFS_IOC_FORK_READ, call.get()))
            return problem(-error, "The vectors of a file cannot be read");
        size = le64toh(call->size_bytes);
        const uint32_t got = std::min(le32toh(call->len_bytes), VEXFS_IOC_FORK_DATA_BYTES);
        vexfs_vector_header head;
        if (at == 0 && got >= sizeof head) {
            memcpy(&head, call->data, sizeof head);
            isFresh = le32toh(head.magic) == VEXFS_VECTOR_MAGIC &&
                      head.data_generation == st.data_generation;
        }
        if (!got && at < size)
            return problem(EIO, "The vectors of a file end too early");
        const bool isLast = at + got >= size;
        Fields fields;
        fields.u64(at)
            .u32(isLast ? kVectorsLast | (isFresh ? kVectorsFresh : 0) : 0)
            .rest({reinterpret_cast<const char *>(call->data), got});
        if (auto done = m_writer.write(Kind::Vectors, fields.bytes()); !done)
            return done;
        at += got;
        if (isLast)
            break;
    }
    return {};
}

Status Sender::sendContent(const Changed &change, const std::string &path)
{
    if (m_have && m_files < m_have->files) {
        m_files++;
        return {};
    }
    constexpr uint32_t kMade = VEXFS_CHANGE_CREATED;
    struct stat st;
    if (::fstatat(*m_to, path.c_str(), &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return failed("'" + path + "' cannot be looked at");
    Status done = m_writer.write(Kind::File, path);
    if (done && S_ISREG(st.st_mode) && (change.isNew || (change.kinds & (kMade |
                                        VEXFS_CHANGE_DATA | VEXFS_CHANGE_VECTORS)))) {
        const Fd now = openBelow(*m_to, path, O_RDONLY);
        if (!now)
            return failed("'" + path + "' cannot be opened");
        Fd then;
        if (!change.isNew && !change.before.empty())
            then = openBelow(*m_from, change.before.front(), O_RDONLY);
        if (change.isNew || (change.kinds & (kMade | VEXFS_CHANGE_DATA)))
            done = sendData(*now, *then, st, change.isNew);
        if (done && (change.isNew || (change.kinds & VEXFS_CHANGE_VECTORS)))
            done = sendVectors(change.ino, *now);
    }
    if (done && (change.isNew || (change.kinds & VEXFS_CHANGE_XATTRS)))
        done = sendXattrs(path);
    if (!done)
        return done;
    const Fields fields = Fields()
                              .u32(st.st_mode).u32(st.st_uid).u32(st.st_gid)
                              .u64(static_cast<uint64_t>(st.st_atim.tv_sec))
                              .u32(static_cast<uint32_t>(st.st_atim.tv_nsec))
                              .u64(static_cast<uint64_t>(st.st_mtim.tv_sec))
                              .u32(static_cast<uint32_t>(st.st_mtim.tv_nsec));
    m_files++;
    return m_writer.write(Kind::Attrs, fields.bytes());
}

Status Sender::sendContents()
{
    for (const Changed &change : m_changes) {
        if (change.isGone)
            continue;
        m_touched.erase(change.after.front());
        if (auto done = sendContent(change, change.after.front()); !done)
            return done;
    }
    for (const std::string &path : m_touched) {
        if (auto done = sendContent(Changed(), path); !done)
            return done;
    }
    return {};
}

/// Whoever has a token need not know what it is of.
Result<SendRequest> Sender::resolve(const SendRequest &request, const Uuid &uuid)
{
    if (request.token.empty())
        return request;
    const auto token = parseToken(request.token);
    if (!token)
        return tl::unexpected(token.error());
    if (token->identity.uuid != uuid)
        return problem(ESTALE, "The token is of a stream from another volume");
    const auto rows = snapshotsOf(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    SendRequest out{request.volume, {}, {}, {}};
    for (const vexfs_ioc_snapshot &row : *rows) {
        const std::string name(row.name, strnlen(row.name, sizeof row.name));
        if (le64toh(row.id) == token->identity.snapshot)
            out.name = name;
        if (le64toh(row.id) == token->identity.from)
            out.from = name;
    }
    if (out.name.empty())
        return problem(ENOENT, "The snapshot that the token is of is gone");
    if (token->identity.from && out.from.empty())
        return problem(ENOENT, "The snapshot is gone from which the token's stream tells the "
                               "difference");
    if ((!request.name.empty() && request.name != out.name) ||
        (!request.from.empty() && request.from != out.from))
        return problem(EINVAL, "The token is of '" + out.name + "'" +
                                   (out.from.empty() ? "" : " from '" + out.from + "'"));
    m_have = token->position;
    return out;
}

Status Sender::writeHead(const std::string &name, const Uuid &uuid)
{
    Fields head;
    head.u32(kVersion).u32(m_have ? kHeadGoesOn : 0).rest({uuid.data(), uuid.size()});
    head.u64(m_toId).u64(m_fromId);
    if (m_have)
        head.u64(m_have->files).u64(m_have->offset);
    return m_writer.write(Kind::Head, head.rest(name).bytes());
}

Result<Sent> Sender::run(const SendRequest &asked, const Uuid &uuid)
{
    const auto request = resolve(asked, uuid);
    if (!request)
        return tl::unexpected(request.error());
    Status done = openTree(request->name, &m_to, &m_toId);
    if (done && !request->from.empty())
        done = openTree(request->from, &m_from, &m_fromId);
    if (done)
        done = writeHead(request->name, uuid);
    if (done)
        done = readChanges();
    // A receiver that is to go on has done all that is about names.
    if (done && !m_have)
        done = sendDepartures();
    if (done)
        done = sendArrivals();
    if (done)
        done = sendContents();
    if (done && m_have && m_have->files > m_files)
        done = problem(ESTALE, "The token is of more files than the snapshot has");
    if (done)
        done = m_writer.write(Kind::End, Fields().u64(m_writer.frames()).bytes());
    if (done)
        done = m_writer.flush();
    if (!done)
        return tl::unexpected(done.error());
    return Sent{m_writer.bytes(), m_writer.frames(), request->name};
}

} // namespace

Result<Sent> sendSnapshot(const SendRequest &request, int out)
{
    auto volume = openVolume(request.volume);
    if (!volume)
        return tl::unexpected(volume.error());
    return Sender(*volume->first, out).run(request, volume->second);
}

} // namespace vexfs::stream
