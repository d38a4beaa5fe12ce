// SPDX-License-Identifier: Apache-2.0
// The receiving end: which tree is filled, and how it becomes a snapshot or goes away again.
#include "common/stream/partial.h"

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
    Identity identity;
    std::optional<Position> position; ///< of a stream that goes on
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

/// The folder of the records, locked as long as it is open.
Result<Fd> lockRecords(int volume)
{
    if (::mkdirat(volume, kRecords, 0700) && errno != EEXIST)
        return failed("The volume cannot be written to");
    Fd records(::openat(volume, kRecords, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!records)
        return failed("The folder of what was received cannot be opened");
    if (::flock(*records, LOCK_EX | LOCK_NB))
        return problem(EBUSY, "The volume is receiving another snapshot");
    return records;
}

/// Trees that are being filled or wait for somebody to go on, by their names.
Result<std::vector<vexfs_ioc_snapshot>> stagedTrees(int volume)
{
    auto rows = snapshotsOf(volume);
    if (!rows)
        return rows;
    std::erase_if(*rows, [](const vexfs_ioc_snapshot &row) {
        return !(le32toh(row.flags) & VEXFS_SNAPSHOT_STAGING) || nameOf(row).rfind(kPrefix, 0) != 0;
    });
    return rows;
}

Result<std::vector<Kept>> keptStreams(int volume, int records)
{
    const auto rows = stagedTrees(volume);
    if (!rows)
        return tl::unexpected(rows.error());
    std::vector<Kept> all;
    for (const vexfs_ioc_snapshot &row : *rows) {
        if (auto kept = readJournal(records, le64toh(row.id)))
            all.push_back(std::move(*kept));
    }
    return all;
}

/// With its journal first: without one it is nobody's.
void discardTree(int volume, int records, uint64_t tree)
{
    removeJournal(records, tree);
    vexfs_ioc_snapshot_delete call{};
    call.id = htole64(tree);
    control(volume, VEXFS_IOC_SNAPSHOT_DELETE, &call); // else by the next receiver
}

/// One receiving on a volume. What it made is gone with it, unless it was published or is kept.
class Receiving
{
public:
    Receiving(int volume, const Uuid &uuid) : m_volume(volume), m_uuid(uuid) {}
    ~Receiving()
    {
        if (m_tree)
            discardTree(m_volume, *m_records, m_tree);
    }

    Result<Received> run(const ReceiveRequest &request, int in);

private:
    Status readHead(FrameReader *reader, Head *head);
    Status removeLeftovers(const Head &head);
    Status prepareTree(const Head &head);
    Status verifyName(const std::string &name) const;
    Result<uint64_t> source(const Head &head);
    Status createTree(uint64_t source);
    Status openTree(const std::string &name);
    Status goOn(const Head &head);
    Status fill(FrameReader *reader);
    Status applyAll(FrameReader *reader, Receiver *receiver);
    Status makeCertain(const Receiver &receiver);
    Problem keep(const Receiver &receiver, const FrameReader &reader, Problem why);
    Status record(const Head &head);
    Status publish(const std::string &name);

    int m_volume;
    Uuid m_uuid;
    Fd m_records, m_root;
    uint64_t m_tree = 0;
    bool m_isKept = false;
    bool m_isNoted = false;      ///< there is a journal, up to m_kept.position
    uint64_t m_checkpointBytes = 0;
    uint64_t m_certainBytes = 0; ///< of the stream, at the last checkpoint
    size_t m_certainDirectories = 0;
    Kept m_kept;
    std::unique_ptr<Journal> m_journal;
};

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
    const std::string_view uuid = fields.bytes(head->identity.uuid.size());
    std::copy(uuid.begin(), uuid.end(), head->identity.uuid.begin());
    head->identity.snapshot = fields.u64();
    head->identity.from = fields.u64();
    if (flags & kHeadGoesOn) {
        const uint64_t files = fields.u64();
        head->position = Position{files, fields.u64()};
    }
    head->name = fields.rest();
    if (!fields.isDone() || (flags & ~kHeadGoesOn))
        return problem(EBADMSG, "The head of the stream makes no sense");
    return {};
}

/// What nobody can go on with; and what is kept of a stream that begins anew.
Status Receiving::removeLeftovers(const Head &head)
{
    const auto rows = stagedTrees(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    for (const vexfs_ioc_snapshot &row : *rows) {
        const auto kept = readJournal(*m_records, le64toh(row.id));
        if (!kept || (kept->identity == head.identity && !head.position))
            discardTree(m_volume, *m_records, le64toh(row.id));
    }
    return {};
}

/// The tree here that is what the stream builds on.
Result<uint64_t> Receiving::source(const Head &head)
{
    if (!head.identity.from)
        return 0;
    auto rows = snapshotsOf(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    const std::string wanted = identityOf(head.identity.uuid, head.identity.from);
    for (const vexfs_ioc_snapshot &row : *rows) {
        if (le32toh(row.flags) & VEXFS_SNAPSHOT_WRITABLE)
            continue;
        const uint64_t id = le64toh(row.id);
        if (head.identity.uuid == m_uuid && id == head.identity.from)
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
    // Others that are kept may have been made by a process of the same number.
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const std::string name = kPrefix + std::to_string(::getpid()) + "-"
                             + std::to_string(now.tv_sec) + "-" + std::to_string(now.tv_nsec);
    vexfs_ioc_snapshot_create call{};
    call.source = htole64(source);
    call.flags = htole32(VEXFS_SNAPSHOT_STAGING | VEXFS_SNAPSHOT_HIDDEN | VEXFS_SNAPSHOT_WRITABLE);
    memcpy(call.name, name.c_str(), name.size());
    if (const int error = control(m_volume, VEXFS_IOC_SNAPSHOT_CREATE, &call))
        return problem(-error, std::string("No tree can be made: ") + strerror(-error));
    m_tree = le64toh(call.id);
    return openTree(name);
}

Status Receiving::openTree(const std::string &name)
{
    const std::string path = ".vexfs/snapshots/" + name;
    const auto open = [&] {
        return Fd(::openat(m_volume, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    };
    m_root = open();
    // The root, too, gets its attributes at the end.
    if (!m_root && errno == EACCES && ::fchmodat(m_volume, path.c_str(), S_IRWXU, 0) == 0)
        m_root = open();
    return m_root ? Status() : failed("The new tree cannot be opened");
}

/// What came before is there, and the stream does not begin behind it.
Status Receiving::goOn(const Head &head)
{
    const auto rows = stagedTrees(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    for (const vexfs_ioc_snapshot &row : *rows) {
        auto kept = readJournal(*m_records, le64toh(row.id));
        if (!kept || kept->identity != head.identity)
            continue;
        if (*head.position > kept->position)
            return problem(ESTALE,
                           "The stream goes on behind what is here; ask for the token again");
        if (auto done = openTree(nameOf(row)); !done)
            return done;
        // What could not be written before, for want of room, is told to whoever asks next.
        (void)::syncfs(*m_root);
        m_tree = kept->tree;
        m_isKept = m_isNoted = true;
        kept->position = *head.position;
        m_kept = std::move(*kept);
        return {};
    }
    return problem(ENOENT, "The stream goes on with one of which nothing is kept on this volume");
}

Status Receiving::prepareTree(const Head &head)
{
    if (head.position)
        return goOn(head);
    const auto from = source(head);
    if (!from)
        return tl::unexpected(from.error());
    return createTree(*from);
}

/// Before all is received in vain.
Status Receiving::verifyName(const std::string &name) const
{
    const auto rows = snapshotsOf(m_volume);
    if (!rows)
        return tl::unexpected(rows.error());
    const bool isTaken = std::any_of(rows->begin(), rows->end(), [&](const auto &row) {
        return nameOf(row) == name;
    });
    return isTaken ? Status(problem(EEXIST, "There is a snapshot '" + name + "' already"))
                   : Status();
}

/// All that was applied is on disk; then that is noted.
Status Receiving::makeCertain(const Receiver &receiver)
{
    vexfs_ioc_sync call{};
    if (auto done = receiver.sync(); !done)
        return done;
    if (const int error = control(m_volume, VEXFS_IOC_SYNC, &call))
        return problem(-error, "The new tree cannot be brought to disk");
    const auto &directories = receiver.directories();
    const Position position = *receiver.position();
    Status done;
    if (m_journal) {
        done = m_journal->add(directories, m_certainDirectories, position);
    } else {
        auto journal = std::make_unique<Journal>(*m_records, m_tree);
        Kept now = m_kept;
        now.position = position;
        now.directories = directories;
        done = journal->begin(now);
        if (done)
            m_journal = std::move(journal);
    }
    if (!done)
        return done;
    m_kept.position = position;
    m_certainDirectories = directories.size();
    m_isNoted = true;
    return {};
}

/// The tree stays if what went wrong was the stream, or room, and tells how to go on.
Problem Receiving::keep(const Receiver &receiver, const FrameReader &reader, Problem why)
{
    const bool isStream = why.sysErrno == reader.sysErrno();
    if (!m_isKept || !(isStream || why.sysErrno == ENOSPC))
        return why;
    // Without room, what is certain already has to do.
    if (isStream && receiver.position())
        (void)makeCertain(receiver);
    if (!m_isNoted)
        return why;
    why.token = encode({m_kept.identity, m_kept.position});
    m_tree = 0;
    return why;
}

Status Receiving::applyAll(FrameReader *reader, Receiver *receiver)
{
    for (;;) {
        const uint64_t before = reader->frames();
        auto frame = reader->next();
        if (!frame)
            return tl::unexpected(frame.error());
        if (frame->kind != Kind::End) {
            if (auto done = receiver->apply(*frame); !done)
                return done;
            if (!m_isKept || !receiver->position()
                || reader->bytes() - m_certainBytes < m_checkpointBytes)
                continue;
            if (auto done = makeCertain(*receiver); !done)
                return done;
            m_certainBytes = reader->bytes();
            continue;
        }
        Reader fields(frame->payload);
        if (fields.u64() != before || !fields.isDone())
            return problem(EBADMSG, "The stream ends with another number of frames than it had");
        return {};
    }
}

Status Receiving::fill(FrameReader *reader)
{
    Receiver receiver(m_volume, *m_root, m_tree);
    Status done = m_kept.tree ? receiver.goOn(m_kept.position, m_kept.directories)
                              : receiver.begin();
    m_certainDirectories = receiver.directories().size();
    if (done)
        done = applyAll(reader, &receiver);
    // Whoever goes on after a kill in the last step knows all directories, and needs no file.
    if (done && m_isKept)
        done = makeCertain(receiver);
    if (done)
        done = receiver.finish();
    return done ? done : tl::unexpected(keep(receiver, *reader, done.error()));
}

Status Receiving::record(const Head &head)
{
    const std::string text = identityOf(head.identity.uuid, head.identity.snapshot);
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
    removeJournal(*m_records, m_tree);
    m_tree = 0;
    return {};
}

Result<Received> Receiving::run(const ReceiveRequest &request, int in)
{
    FrameReader reader(in);
    Head head;
    if (auto done = readHead(&reader, &head); !done)
        return tl::unexpected(done.error());
    auto records = lockRecords(m_volume);
    if (!records)
        return tl::unexpected(records.error());
    m_records = std::move(*records);
    m_isKept = request.isKept;
    m_checkpointBytes = request.checkpointBytes;
    m_kept.identity = head.identity;
    m_kept.name = request.name;
    Status done = removeLeftovers(head);
    if (done)
        done = prepareTree(head);
    if (!done)
        return tl::unexpected(done.error());
    const std::string &asked = request.name.empty() ? m_kept.name : request.name;
    const std::string name = asked.empty() ? head.name : asked;
    const uint64_t tree = m_tree;
    done = verifyName(name);
    if (!done && head.position)
        m_tree = 0; // with another name it can go on
    if (done)
        done = fill(&reader);
    if (done)
        done = record(head);
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

Result<std::vector<PartialStream>> partialStreams(const std::string &volume)
{
    const auto root = openVolume(volume);
    if (!root)
        return tl::unexpected(root.error());
    std::vector<PartialStream> all;
    const Fd records(
        ::openat(*root->first, kRecords, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!records)
        return errno == ENOENT ? Result<std::vector<PartialStream>>(all)
                               : failed("The folder of what was received cannot be opened");
    const auto streams = keptStreams(*root->first, *records);
    if (!streams)
        return tl::unexpected(streams.error());
    for (const Kept &kept : *streams) {
        all.push_back({encode({kept.identity, kept.position}), kept.name, kept.position.files,
                       kept.identity.from != 0});
    }
    return all;
}

Status dropPartialStream(const std::string &volume, const std::string &text)
{
    const auto token = parseToken(text);
    const auto root = openVolume(volume);
    if (!token || !root)
        return tl::unexpected(token ? root.error() : token.error());
    const auto records = lockRecords(*root->first);
    if (!records)
        return tl::unexpected(records.error());
    const auto streams = keptStreams(*root->first, **records);
    if (!streams)
        return tl::unexpected(streams.error());
    for (const Kept &kept : *streams) {
        if (kept.identity == token->identity) {
            discardTree(*root->first, **records, kept.tree);
            return {};
        }
    }
    return problem(ENOENT, "Nothing is kept of the stream of this token");
}

} // namespace vexfs::stream
