// SPDX-License-Identifier: Apache-2.0
// The receiving end: which tree is filled, and how it becomes a snapshot or goes away again.
#include "common/stream/receiver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <endian.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::stream {

namespace {

constexpr char kPrefix[] = ".vexfs-receive-";
/// In the folder of the volume's own files: which snapshots were received, by their id here. Whose
/// lock is held is receiving.
constexpr char kRecords[] = ".vexfs/index/received";

struct Head
{
    Uuid uuid{};
    uint64_t snapshot = 0, from = 0;
    std::string name;
};

std::string identityOf(const Uuid &uuid, uint64_t snapshot)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char byte : uuid) {
        text += kDigits[static_cast<uint8_t>(byte) >> 4];
        text += kDigits[static_cast<uint8_t>(byte) & 15];
    }
    return text + " " + std::to_string(snapshot) + "\n";
}

std::string nameOf(const vexfs_ioc_snapshot &row)
{
    return {row.name, strnlen(row.name, sizeof row.name)};
}

/// One receiving on a volume. What it made is gone with it, unless it was published.
class Receiving
{
public:
    Receiving(int volume, const Uuid &uuid) : m_volume(volume), m_uuid(uuid) {}
    ~Receiving()
    {
        if (m_tree)
            discard(m_tree);
    }

    Result<Received> run(const ReceiveRequest &request, int in);

private:
    Status lock();
    Status readHead(FrameReader *reader, Head *head);
    Status removeLeftovers();
    Result<uint64_t> source(const Head &head);
    Status createTree(uint64_t source);
    Status fill(FrameReader *reader);
    Status record(const Head &head);
    Status publish(const std::string &name);
    void discard(uint64_t tree) const;

    int m_volume;
    Uuid m_uuid;
    Fd m_records, m_root;
    uint64_t m_tree = 0;
};

void Receiving::discard(uint64_t tree) const
{
    vexfs_ioc_snapshot_delete call{};
    call.id = htole64(tree);
    control(m_volume, VEXFS_IOC_SNAPSHOT_DELETE, &call); // else by the next receiver
}

Status Receiving::lock()
{
    if (::mkdirat(m_volume, kRecords, 0700) && errno != EEXIST)
        return failed("The volume cannot be written to");
    m_records = Fd(::openat(m_volume, kRecords, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!m_records)
        return failed("The folder of what was received cannot be opened");
    if (::flock(*m_records, LOCK_EX | LOCK_NB))
        return problem(EBUSY, "The volume is receiving another snapshot");
    return {};
}

Status Receiving::readHead(FrameReader *reader, Head *head)
{
    auto frame = reader->next();
    if (!frame)
        return tl::unexpected(frame.error());
    Reader fields(frame->payload);
    const uint32_t version = fields.u32();
    if (frame->kind != Kind::Head)
        return problem(EBADMSG, "The stream does not begin with its head");
    if (version != kVersion)
        return problem(EPROTONOSUPPORT, "The stream is of version " + std::to_string(version) +
                                            ", this program knows " + std::to_string(kVersion));
    const uint32_t flags = fields.u32();
    const std::string_view uuid = fields.bytes(head->uuid.size());
    std::copy(uuid.begin(), uuid.end(), head->uuid.begin());
    head->snapshot = fields.u64();
    head->from = fields.u64();
    head->name = fields.rest();
    if (!fields.isDone() || flags)
        return problem(EBADMSG, "The head of the stream makes no sense");
    return {};
}

Status Receiving::removeLeftovers()
{
    auto rows = snapshotsOf(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    for (const vexfs_ioc_snapshot &row : *rows) {
        if ((le32toh(row.flags) & VEXFS_SNAPSHOT_STAGING) && nameOf(row).rfind(kPrefix, 0) == 0)
            discard(le64toh(row.id));
    }
    return {};
}

/// The tree here that is what the stream builds on.
Result<uint64_t> Receiving::source(const Head &head)
{
    if (!head.from)
        return 0;
    auto rows = snapshotsOf(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    const std::string wanted = identityOf(head.uuid, head.from);
    for (const vexfs_ioc_snapshot &row : *rows) {
        if (le32toh(row.flags) & VEXFS_SNAPSHOT_WRITABLE)
            continue;
        const uint64_t id = le64toh(row.id);
        if (head.uuid == m_uuid && id == head.from)
            return id;
        const Fd file(::openat(*m_records, std::to_string(id).c_str(), O_RDONLY | O_CLOEXEC));
        std::string text(wanted.size() + 1, '\0');
        if (file && ::read(*file, text.data(), text.size()) == ssize_t(wanted.size()) &&
            text.compare(0, wanted.size(), wanted) == 0)
            return id;
    }
    return problem(ENOENT, "The stream holds what is different from a snapshot that is not on "
                           "this volume; receive that one first");
}

Status Receiving::createTree(uint64_t source)
{
    const std::string name = kPrefix + std::to_string(::getpid());
    vexfs_ioc_snapshot_create call{};
    call.source = htole64(source);
    call.flags = htole32(VEXFS_SNAPSHOT_STAGING | VEXFS_SNAPSHOT_HIDDEN | VEXFS_SNAPSHOT_WRITABLE);
    memcpy(call.name, name.c_str(), name.size());
    if (const int error = control(m_volume, VEXFS_IOC_SNAPSHOT_CREATE, &call))
        return problem(-error, std::string("No tree can be made: ") + strerror(-error));
    m_tree = le64toh(call.id);
    const std::string path = ".vexfs/snapshots/" + name;
    m_root = Fd(::openat(m_volume, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return m_root ? Status() : failed("The new tree cannot be opened");
}

Status Receiving::fill(FrameReader *reader)
{
    Receiver receiver(m_volume, *m_root, m_tree);
    if (auto done = receiver.begin(); !done)
        return done;
    for (;;) {
        const uint64_t before = reader->frames();
        auto frame = reader->next();
        if (!frame)
            return tl::unexpected(frame.error());
        if (frame->kind != Kind::End) {
            if (auto done = receiver.apply(*frame); !done)
                return done;
            continue;
        }
        Reader fields(frame->payload);
        if (fields.u64() != before || !fields.isDone())
            return problem(EBADMSG, "The stream ends with another number of frames than it had");
        return receiver.finish();
    }
}

Status Receiving::record(const Head &head)
{
    const std::string text = identityOf(head.uuid, head.snapshot);
    const Fd file(::openat(*m_records, std::to_string(m_tree).c_str(),
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || ::write(*file, text.data(), text.size()) != ssize_t(text.size()) ||
        ::fsync(*file))
        return failed("What was received cannot be noted");
    return {};
}

Status Receiving::publish(const std::string &name)
{
    vexfs_ioc_snapshot_change call{};
    if (name.empty() || name.size() >= sizeof call.name)
        return problem(EINVAL, "A snapshot cannot be called that");
    call.id = htole64(m_tree);
    call.what = htole32(VEXFS_SNAPSHOT_CHANGE_NAME | VEXFS_SNAPSHOT_STAGING |
                        VEXFS_SNAPSHOT_HIDDEN | VEXFS_SNAPSHOT_WRITABLE);
    memcpy(call.name, name.data(), name.size());
    if (const int error = control(m_volume, VEXFS_IOC_SNAPSHOT_CHANGE, &call))
        return problem(-error, "The snapshot cannot be called '" + name +
                                   "': " + strerror(-error));
    m_tree = 0;
    return {};
}

Result<Received> Receiving::run(const ReceiveRequest &request, int in)
{
    FrameReader reader(in);
    Head head;
    Status done = readHead(&reader, &head);
    if (done)
        done = lock();
    if (done)
        done = removeLeftovers();
    if (!done)
        return tl::unexpected(done.error());
    const auto from = source(head);
    if (!from)
        return tl::unexpected(from.error());
    const std::string name = request.name.empty() ? head.name : request.name;
    done = createTree(*from);
    if (done)
        done = fill(&reader);
    if (done)
        done = record(head);
    const uint64_t tree = m_tree;
    if (done)
        done = publish(name);
    if (!done)
        return tl::unexpected(done.error());
    return Received{tree, name, reader.bytes()};
}

} // namespace

Result<Received> receiveSnapshot(const ReceiveRequest &request, int in)
{
    auto volume = openVolume(request.volume);
    if (!volume)
        return tl::unexpected(volume.error());
    return Receiving(*volume->first, volume->second).run(request, in);
}

} // namespace vexfs::stream
