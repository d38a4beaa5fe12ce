// SPDX-License-Identifier: Apache-2.0
#include "common/stream/receiver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <endian.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vexfs/vector_fork.h>

namespace vexfs::stream {

namespace {

/// Where things are between their old name and their new one.
constexpr char kStaging[] = ".vexfs-receive";

tl::unexpected<Problem> senseless(const std::string &what)
{
    return problem(EBADMSG, "The stream makes no sense: " + what);
}

bool isProper(std::string_view path)
{
    return !path.empty() && path.front() != '/' && path.find('\0') == std::string_view::npos;
}

std::string numberName(uint64_t number)
{
    return std::to_string(number);
}

/// Its owner need not be root. Only for what gets its attributes afterwards.
bool letIn(int fd)
{
    struct stat st;
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    return !::fstat(fd, &st) && ((st.st_mode & S_IRWXU) == S_IRWXU ||
                                 !::chmod(path.c_str(), (st.st_mode & 07777) | S_IRWXU));
}

/// Tries again where a directory kept its owner out: one whose names change is sent itself, too.
template <class Call> int callIn(int directory, const Call &call)
{
    const int error = call();
    return error && errno == EACCES && letIn(directory) ? call() : error;
}

/// Those of one depth stay in their order.
void sortByDepth(std::vector<Receiver::Attrs> *directories)
{
    const auto depth = [](const Receiver::Attrs &each) {
        return each.path.empty() ? 0 : 1 + std::count(each.path.begin(), each.path.end(), '/');
    };
    std::stable_sort(directories->begin(), directories->end(),
                     [&](const auto &a, const auto &b) { return depth(a) < depth(b); });
}

} // namespace

Fd Receiver::parentOf(const std::string &path, std::string *name) const
{
    const size_t slash = path.rfind('/');
    *name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (!isProper(path) || name->empty() || *name == "." || *name == ".." ||
        (path + "/").rfind(std::string(kStaging) + "/", 0) == 0) {
        errno = EBADMSG;
        return Fd();
    }
    return openBelow(m_root, slash == std::string::npos ? "" : path.substr(0, slash),
                     O_PATH | O_DIRECTORY);
}

std::string Receiver::filePath() const
{
    return "/proc/self/fd/" + std::to_string(*m_file);
}

Status Receiver::begin()
{
    // The attributes of the root always come.
    if (callIn(m_root, [&] { return ::mkdirat(m_root, kStaging, 0700); }))
        return failed("The new tree cannot be written to");
    m_staging = openBelow(m_root, kStaging, O_RDONLY | O_DIRECTORY);
    return m_staging ? Status() : failed("The new tree cannot be opened");
}

Status Receiver::goOn(const Position &position, std::vector<Attrs> directories)
{
    // Who was killed while finishing may have shut some already; those outside are opened first.
    sortByDepth(&directories);
    for (const Attrs &each : directories) {
        const Fd directory = openBelow(m_root, each.path, O_PATH | O_DIRECTORY);
        if (!directory || !letIn(*directory))
            return failed("'" + each.path + "' of the kept tree cannot be opened");
    }
    // The last thing before it is published is to remove this.
    if (::mkdirat(m_root, kStaging, 0700) && errno != EEXIST)
        return failed("The kept tree cannot be written to");
    m_staging = openBelow(m_root, kStaging, O_RDONLY | O_DIRECTORY);
    m_position = position;
    m_goesOn = true;
    m_directories = std::move(directories);
    return m_staging ? Status() : failed("The kept tree cannot be opened");
}

/// Of the file that is open, all before @p offset is there.
void Receiver::advanceTo(uint64_t offset)
{
    if (m_position)
        m_position->offset = std::max(m_position->offset, offset);
}

Status Receiver::stage(Reader *fields)
{
    const uint64_t number = fields->u64();
    const std::string path(fields->rest());
    std::string name;
    const Fd parent = parentOf(path, &name);
    const auto rename = [&] {
        return ::renameat2(*parent, name.c_str(), *m_staging, numberName(number).c_str(),
                           RENAME_NOREPLACE);
    };
    int error = parent ? callIn(*parent, rename) : -1;
    // A directory that gets another parent is written to.
    if (const Fd moved = error && parent && errno == EACCES
                             ? openBelow(*parent, name, O_PATH | O_DIRECTORY)
                             : Fd())
        error = letIn(*moved) ? rename() : error;
    if (error)
        return failed("'" + path + "' is not as the stream expects");
    return {};
}

Status Receiver::remove(const std::string &path, int flags)
{
    std::string name;
    const Fd parent = parentOf(path, &name);
    if (!parent || callIn(*parent, [&] { return ::unlinkat(*parent, name.c_str(), flags); }))
        return failed("'" + path + "' is not as the stream expects");
    return {};
}

Status Receiver::make(Reader *fields)
{
    const std::string name = numberName(fields->u64());
    const mode_t mode = fields->u32();
    const dev_t device = fields->u64();
    const std::string target(fields->rest());
    int error = 0;
    if (!fields->isDone() || target.find('\0') != std::string::npos)
        return senseless("a file that cannot be made");
    if (S_ISDIR(mode)) {
        error = ::mkdirat(*m_staging, name.c_str(), 0700);
    } else if (S_ISLNK(mode)) {
        error = ::symlinkat(target.c_str(), *m_staging, name.c_str());
    } else {
        const bool hasDevice = S_ISCHR(mode) || S_ISBLK(mode);
        error = ::mknodat(*m_staging, name.c_str(), (mode & S_IFMT) | 0600,
                          hasDevice ? device : 0);
    }
    return error ? failed("A file cannot be made") : Status();
}

Status Receiver::place(Reader *fields, bool isLast)
{
    const std::string number = numberName(fields->u64());
    const std::string path(fields->rest());
    std::string name;
    const Fd parent = parentOf(path, &name);
    if (!parent)
        return failed("'" + path + "' is not as the stream expects");
    const int error = callIn(*parent, [&] {
        return isLast ? ::renameat2(*m_staging, number.c_str(), *parent, name.c_str(),
                                    RENAME_NOREPLACE)
                      : ::linkat(*m_staging, number.c_str(), *parent, name.c_str(), 0);
    });
    return error ? failed("'" + path + "' cannot be made") : Status();
}

Status Receiver::openFile(const std::string &path)
{
    m_path = path;
    m_isFresh = false;
    if (!m_position)
        m_position = Position();
    m_file = Fd();
    m_file = openBelow(m_root, path, O_PATH);
    struct stat st;
    if ((!path.empty() && !isProper(path)) || !m_file || ::fstat(*m_file, &st))
        return failed("'" + path + "' is not as the stream expects");
    m_mode = st.st_mode;
    m_isFile = S_ISREG(m_mode);
    if (!m_isFile)
        return {};
    Fd file(::open(filePath().c_str(), O_RDWR | O_CLOEXEC));
    // The owner without being root may have made it read-only.
    if (!file && errno == EACCES && ::chmod(filePath().c_str(), 0600) == 0)
        file = Fd(::open(filePath().c_str(), O_RDWR | O_CLOEXEC));
    if (!file)
        return failed("'" + path + "' cannot be opened");
    m_file = std::move(file);
    // What could not be written of it before is written again, and is no failure of that.
    if (std::exchange(m_goesOn, false))
        (void)::fsync(*m_file);
    return {};
}

Status Receiver::needsData() const
{
    return m_file && m_isFile ? Status() : senseless("data without a file");
}

Status Receiver::writeData(uint64_t offset, std::string_view bytes)
{
    if (auto done = needsData(); !done)
        return done;
    while (!bytes.empty()) {
        const ssize_t done =
            ::pwrite(*m_file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (done < 0 && errno != EINTR)
            return failed("'" + m_path + "' cannot be written");
        if (done > 0) {
            bytes.remove_prefix(static_cast<size_t>(done));
            offset += static_cast<size_t>(done);
        }
    }
    advanceTo(offset);
    return {};
}

Status Receiver::punch(uint64_t offset, uint64_t length)
{
    if (auto done = needsData(); !done)
        return done;
    if (length && ::fallocate(*m_file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                              static_cast<off_t>(offset), static_cast<off_t>(length)))
        return failed("'" + m_path + "' cannot be punched");
    advanceTo(offset + length);
    return {};
}

Status Receiver::removeXattrs()
{
    if (!m_file)
        return senseless("attributes without a file");
    std::string names(65536, '\0');
    const ssize_t bytes = ::listxattr(filePath().c_str(), names.data(), names.size());
    if (bytes < 0)
        return failed("The attributes of '" + m_path + "' cannot be read");
    for (const char *name = names.data(); name < names.data() + bytes; name += strlen(name) + 1) {
        if (::removexattr(filePath().c_str(), name) && errno != ENODATA)
            return failed("An attribute of '" + m_path + "' cannot be removed");
    }
    return {};
}

Status Receiver::setXattr(const std::string &name, std::string_view value)
{
    if (!m_file || name.empty() || name.find('\0') != std::string::npos)
        return senseless("an attribute that cannot be");
    if (::setxattr(filePath().c_str(), name.c_str(), value.data(), value.size(), 0))
        return failed("The attribute " + name + " of '" + m_path + "' cannot be set");
    return {};
}

Status Receiver::writeVectors(Reader *fields)
{
    const auto call = std::make_unique<vexfs_ioc_fork_write>();
    const uint64_t offset = fields->u64();
    const uint32_t flags = fields->u32();
    const std::string_view bytes = fields->rest();
    if (auto done = needsData(); !done)
        return done;
    if (!fields->isDone() || bytes.size() > sizeof call->data)
        return senseless("too many vectors at once");
    *call = {};
    call->fork = htole32(VEXFS_FORK_VECTORS);
    call->len_bytes = htole32(static_cast<uint32_t>(bytes.size()));
    call->offset_bytes = htole64(offset);
    call->flags = htole32(flags & kVectorsLast ? VEXFS_FORK_WRITE_TRUNCATE : 0);
    memcpy(call->data, bytes.data(), bytes.size());
    if (const int error = control(*m_file, VEXFS_IOC_FORK_WRITE, call.get()))
        return problem(-error, "The vectors of '" + m_path + "' cannot be written");
    m_isFresh = (flags & kVectorsFresh) != 0;
    return {};
}

Status Receiver::setAttrs(Reader *fields)
{
    Attrs attrs;
    attrs.mode = fields->u32();
    const uid_t uid = fields->u32();
    const gid_t gid = fields->u32();
    for (timespec &time : attrs.times) {
        time.tv_sec = static_cast<time_t>(fields->u64());
        time.tv_nsec = fields->u32();
    }
    attrs.path = m_path;
    if (!m_file || !fields->isDone() || (attrs.mode & S_IFMT) != (m_mode & S_IFMT))
        return senseless("attributes of another kind of file");
    // The owner first: a change of it takes away set-user-id.
    if (::fchownat(*m_file, "", uid, gid, AT_EMPTY_PATH))
        return failed("The owner of '" + m_path + "' cannot be set");
    if (S_ISDIR(m_mode)) {
        m_directories.push_back(attrs);
        *m_position = {m_position->files + 1, 0};
        return {};
    }
    if (!S_ISLNK(m_mode) && ::chmod(filePath().c_str(), attrs.mode & 07777))
        return failed("The permissions of '" + m_path + "' cannot be set");
    if (m_isFile && ::fsync(*m_file))
        return failed("'" + m_path + "' cannot be written");
    if (auto done = m_isFresh ? freshenVectors() : Status(); !done)
        return done;
    if (::utimensat(*m_file, "", attrs.times, AT_EMPTY_PATH))
        return failed("The times of '" + m_path + "' cannot be set");
    *m_position = {m_position->files + 1, 0};
    return {};
}

/// These cannot be done twice, so all of them come before what a receiver goes on with.
Status Receiver::applyNames(const Frame &frame, Reader *fields)
{
    if (m_position)
        return senseless("names after files");
    switch (frame.kind) {
    case Kind::Stage: return stage(fields);
    case Kind::Unlink: return remove(frame.payload, 0);
    case Kind::Rmdir: return remove(frame.payload, AT_REMOVEDIR);
    case Kind::Make: return make(fields);
    case Kind::Link: return place(fields, false);
    default: return place(fields, true);
    }
}

Status Receiver::apply(const Frame &frame)
{
    Reader fields(frame.payload);
    switch (frame.kind) {
    case Kind::Stage:
    case Kind::Unlink:
    case Kind::Rmdir:
    case Kind::Make:
    case Kind::Link:
    case Kind::Place: return applyNames(frame, &fields);
    case Kind::File: return openFile(frame.payload);
    case Kind::Data: {
        const uint64_t offset = fields.u64();
        return writeData(offset, fields.rest());
    }
    case Kind::Hole: {
        const uint64_t offset = fields.u64();
        return punch(offset, fields.u64());
    }
    case Kind::Size: {
        if (auto done = needsData(); !done)
            return done;
        return ::ftruncate(*m_file, static_cast<off_t>(fields.u64()))
                   ? failed("The size of '" + m_path + "' cannot be set")
                   : Status();
    }
    case Kind::NoXattrs: return removeXattrs();
    case Kind::Xattr: {
        const std::string name(fields.text());
        return setXattr(name, fields.rest());
    }
    case Kind::Vectors: return writeVectors(&fields);
    case Kind::Attrs: return setAttrs(&fields);
    default: return senseless("a frame of an unknown kind");
    }
}

/// Vectors say of which data they were made, by a number that is this volume's own. The data has to
/// be on disk.
Status Receiver::freshenVectors()
{
    vexfs_ioc_volume where{};
    vexfs_ioc_stat st{};
    int error = control(*m_file, VEXFS_IOC_VOLUME, &where);
    st.tree = htole64(m_tree);
    st.ino = where.ino;
    error = error ? error : control(m_volume, VEXFS_IOC_STAT, &st);
    const auto call = std::make_unique<vexfs_ioc_fork_write>();
    *call = {};
    call->fork = htole32(VEXFS_FORK_VECTORS);
    call->len_bytes = htole32(sizeof st.data_generation);
    call->offset_bytes = htole64(offsetof(vexfs_vector_header, data_generation));
    memcpy(call->data, &st.data_generation, sizeof st.data_generation);
    error = error ? error : control(*m_file, VEXFS_IOC_FORK_WRITE, call.get());
    return error ? Status(problem(-error, "The vectors of '" + m_path + "' cannot be written"))
                 : Status();
}

Status Receiver::sync() const
{
    return m_file && m_isFile && ::fsync(*m_file)
               ? failed("'" + m_path + "' cannot be brought to disk")
               : Status();
}

Status Receiver::finish()
{
    m_file = Fd();
    m_staging = Fd();
    if (::unlinkat(m_root, kStaging, AT_REMOVEDIR))
        return errno == ENOTEMPTY ? senseless("files without a name")
                                  : failed("The new tree cannot be finished");
    if (::syncfs(m_root))
        return failed("The new tree cannot be brought to disk");
    // From within: whoever is not root may not get into one that was shut.
    sortByDepth(&m_directories);
    for (auto each = m_directories.rbegin(); each != m_directories.rend(); ++each) {
        const Attrs &attrs = *each;
        const Fd directory = openBelow(m_root, attrs.path, O_RDONLY | O_DIRECTORY);
        if (!directory || ::fchmod(*directory, attrs.mode & 07777) ||
            ::futimens(*directory, attrs.times))
            return failed("The attributes of '" + attrs.path + "' cannot be set");
    }
    return {};
}

} // namespace vexfs::stream
