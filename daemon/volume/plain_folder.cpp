// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/plain_folder.h"

#include "daemon/volume/beneath.h"
#include "daemon/volume/folder_look.h"

#include <QDir>
#include <QFile>
#include <QLoggingCategory>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;
using std::chrono::milliseconds;

Q_LOGGING_CATEGORY(logFolder, "vexfs.folder")

namespace {

constexpr int kPageRows = 500;
/// So that a storm is taken in portions: between them, others get to the record.
constexpr size_t kEntriesAtOnce = 5000;
/// Where there are too few watches, looking may take this part of the time.
constexpr int kLookShare = 50;
/// Where a folder moved while it was to be read.
constexpr std::chrono::seconds kLookAgainAfter{1};
/// At most so many portions before an anchor: what changes without end must not keep it.
constexpr int kAnchorTurns = 16;
const char kGeneration[] = "generation";
const char kRootInode[] = "root";

class Descriptor
{
public:
    explicit Descriptor(int value) : m_value(value) {}
    ~Descriptor() { ::close(m_value); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;

private:
    int m_value;
};

int64_t nanoseconds(const timespec &time)
{
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

tl::unexpected<base::Error> isAway(const QByteArray &root)
{
    // Not NotFound: that would be said of a file, which then were gone.
    return base::fail(Errc::Failed,
                      QStringLiteral("The folder %1 is not there").arg(QFile::decodeName(root)));
}

} // namespace

PlainFolder::PlainFolder(PlainFolderOptions options) : m_options(std::move(options)) {}

QByteArray PlainFolder::indexDirectory() const
{
    return QFile::encodeName(m_options.stateDirectory) + "/index";
}

Result<std::shared_ptr<PlainFolder>> PlainFolder::attach(const PlainFolderOptions &options)
{
    std::shared_ptr<PlainFolder> self(new PlainFolder(options));
    if (const Status begun = self->begin(); !begun)
        return tl::unexpected(begun.error());
    return self;
}

Status PlainFolder::begin()
{
    const QString shown = QFile::decodeName(m_options.root);
    struct stat found = {};
    if (lstat(m_options.root.constData(), &found) != 0 || !S_ISDIR(found.st_mode))
        return base::fail(Errc::NotFound, QStringLiteral("There is no folder %1").arg(shown));
    m_device = found.st_dev;
    m_inode = found.st_ino;
    struct stat excluded = {};
    if (!m_options.excluded.isEmpty() && ::stat(m_options.excluded.constData(), &excluded) == 0
        && excluded.st_dev == m_device)
        m_excludedInode = excluded.st_ino;
    auto record = FolderRecord::open(m_options.stateDirectory + QStringLiteral("/folder.sqlite"));
    if (!record)
        return tl::unexpected(record.error());
    m_record = std::move(*record);
    const auto before = m_record->number(kRootInode);
    const auto generation = m_record->number(kGeneration);
    const auto nodes = m_record->nodeCount();
    if (!before || !generation || !nodes)
        return tl::unexpected(!before  ? before.error()
                              : !nodes ? nodes.error()
                                       : generation.error());
    const auto isEmpty = [&shown] {
        return QDir(shown).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System
                                   | QDir::NoDotAndDotDot);
    };
    if (*nodes > 0 && *before != m_inode && isEmpty()) {
        return base::fail(Errc::NotFound,
                          QStringLiteral("%1 is another folder now, and empty: what is mounted "
                                         "there otherwise seems to be away")
                              .arg(shown));
    }
    m_lastChange = m_generation = *generation;
    if (const Status kept = m_record->setNumber(kRootInode, m_inode); !kept)
        return kept;
    auto watch = FolderWatch::open(m_options.watchesMax);
    if (!watch)
        return tl::unexpected(watch.error());
    m_watch = std::move(*watch);
    return {};
}

// Opened anew for each use, so that nobody is kept from unmounting it.
Result<int> PlainFolder::openRoot() const
{
    if (m_isDetached)
        return base::fail(Errc::Cancelled, QStringLiteral("The folder is let go"));
    const int root = ::open(m_options.root.constData(),
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (root < 0)
        return isAway(m_options.root);
    struct stat found = {};
    if (fstat(root, &found) == 0 && found.st_dev == m_device && found.st_ino == m_inode)
        return root;
    ::close(root);
    return isAway(m_options.root);
}

bool PlainFolder::isThere() const
{
    struct stat found = {};
    return lstat(m_options.root.constData(), &found) == 0 && found.st_dev == m_device
        && found.st_ino == m_inode;
}

PlainFolderStatus PlainFolder::status() const
{
    const std::lock_guard lock(m_statusMutex);
    return m_status;
}

// Everything if that is due, else what inotify has told by now.
Status PlainFolder::lookAtChanges()
{
    const std::lock_guard looking(m_looking);
    const auto root = openRoot();
    if (!root)
        return tl::unexpected(root.error());
    const Descriptor descriptor(*root);
    const FolderWatch::Changes changes = m_watch->take(kEntriesAtOnce);
    m_isEverythingDue = m_isEverythingDue || changes.isOverrun || Clock::now() >= m_nextLook;
    if (changes.isOverrun)
        qCInfo(logFolder).noquote() << m_options.root << "changes faster than it is told";
    if (m_isEverythingDue || !changes.entries.empty())
        return lookFrom(*root, m_isEverythingDue ? nullptr : &changes);
    return {};
}

Status PlainFolder::lookFrom(int root, const FolderWatch::Changes *maybeChanges)
{
    const Clock::time_point begun = Clock::now();
    const uint64_t generation = m_generation + 1;
    if (const Status opened = m_record->begin(); !opened)
        return opened;
    FolderLook look({*m_record, *m_watch, root, m_device, m_inode, m_excludedInode, generation,
                     m_isDetached});
    Status done = maybeChanges ? look.entries(*maybeChanges) : look.everything();
    // Taken away while it was looked at, it seemed empty.
    if (done && !isThere())
        done = isAway(m_options.root);
    if (done && look.hasFoundChanges())
        done = m_record->setNumber(kGeneration, generation);
    if (done)
        done = m_record->commit();
    if (!done) {
        m_record->rollback();
        m_isEverythingDue = true;
        return done;
    }
    if (look.hasFoundChanges())
        m_lastChange = m_generation = generation;
    if (!maybeChanges) {
        m_isEverythingDue = false;
        planNextLook(Clock::now() - begun, look);
    } else if (look.lacksWatches()) {
        m_nextLook = std::min(m_nextLook, Clock::now() + m_options.rescanUnwatchedAfter);
    }
    if (look.hasMissed())
        m_nextLook = std::min<Clock::time_point>(m_nextLook, Clock::now() + kLookAgainAfter);
    const std::lock_guard lock(m_statusMutex);
    m_status.watched = m_watch->count();
    return {};
}

void PlainFolder::planNextLook(Clock::duration took, const FolderLook &look)
{
    const bool hadWatches = status().rescanAfterMs != m_options.rescanUnwatchedAfter.count();
    milliseconds after = m_options.rescanAfter;
    if (look.lacksWatches()) {
        after = std::max(m_options.rescanUnwatchedAfter,
                         std::chrono::duration_cast<milliseconds>(took * kLookShare));
        if (hadWatches) {
            qCWarning(logFolder).noquote()
                << "not all folders in" << m_options.root << "can be watched, so all is looked at"
                << "every" << after.count() / 1000
                << "s; raise fs.inotify.max_user_watches to be told";
        }
    }
    m_nextLook = Clock::now() + after;
    const std::lock_guard lock(m_statusMutex);
    m_status.folders = look.folders();
    m_status.unreadable = look.unreadable();
    m_status.lacksWatches = look.lacksWatches();
    m_status.rescanAfterMs = after.count();
}

Result<uint64_t> PlainFolder::liveGeneration()
{
    if (const Status looked = lookAtChanges(); !looked)
        return tl::unexpected(looked.error());
    return m_lastChange.load();
}

Result<uint64_t> PlainFolder::waitForChange(uint64_t since, int timeoutMs)
{
    const Clock::time_point end = Clock::now() + milliseconds(std::max(timeoutMs, 0));
    while (true) {
        const auto now = liveGeneration();
        const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
        if (!now || *now > since || left <= 0)
            return now;
        m_watch->wait(int(left));
    }
}

// All that inotify has told of what was done before the call.
Result<uint64_t> PlainFolder::createAnchor(const QByteArray &)
{
    for (int turn = 0; turn == 0 || (turn < kAnchorTurns && m_watch->wait(0)); ++turn) {
        if (const Status looked = lookAtChanges(); !looked)
            return tl::unexpected(looked.error());
    }
    const std::lock_guard looking(m_looking);
    const uint64_t id = m_generation + 1;
    Status done = m_record->setNumber(kGeneration, id);
    if (done)
        done = m_record->addAnchor(id);
    if (!done)
        return tl::unexpected(done.error());
    m_generation = id;
    return id;
}

Status PlainFolder::deleteAnchor(uint64_t tree)
{
    const std::lock_guard looking(m_looking);
    return m_record->removeAnchor(tree);
}

Result<QVector<uint64_t>> PlainFolder::listAnchors()
{
    return m_record->anchors();
}

Result<ChangePage> PlainFolder::changes(uint64_t from, uint64_t to, uint64_t afterIno)
{
    auto rows = from == 0 ? m_record->everything(afterIno, kPageRows)
                          : m_record->changes(from, to, afterIno, kPageRows);
    if (!rows)
        return tl::unexpected(rows.error());
    const bool isAtEnd = rows->size() < kPageRows;
    return ChangePage{std::move(*rows), isAtEnd};
}

// Where it is not at the place that is known, what happened is looked at. What then is still known
// of it is told: it moved at this moment and is no more gone than a file of a volume were.
Result<InodeStat> PlainFolder::stat(uint64_t, uint64_t ino)
{
    for (bool isSecond : {false, true}) {
        const auto found = statAsKnown(ino);
        if (!found || found->has_value())
            return found ? Result<InodeStat>(**found) : tl::unexpected(found.error());
        if (isSecond)
            break;
        const auto links = m_record->linksOf(ino);
        if (!links)
            return tl::unexpected(links.error());
        FolderWatch::Changes places;
        for (const FolderLink &link : *links)
            places.entries.emplace(link.parent, link.name);
        Status looked = lookAtChanges();
        if (looked)
            looked = lookAt(places);
        if (!looked)
            return tl::unexpected(looked.error());
    }
    const auto node = m_record->node(ino);
    if (!node)
        return tl::unexpected(node.error());
    if (!node->has_value())
        return base::fail(Errc::NotFound, QStringLiteral("There is no file %1").arg(ino));
    InodeStat out;
    out.ino = ino;
    out.mode = (*node)->mode;
    out.sizeBytes = (*node)->sizeBytes;
    out.mtimeNs = (*node)->mtimeNs;
    out.ctimeNs = (*node)->ctimeNs;
    out.dataGeneration = static_cast<uint64_t>(out.mtimeNs);
    return out;
}

Status PlainFolder::lookAt(const FolderWatch::Changes &places)
{
    const std::lock_guard looking(m_looking);
    const auto root = openRoot();
    if (!root)
        return tl::unexpected(root.error());
    const Descriptor descriptor(*root);
    return lookFrom(*root, &places);
}

// Nothing where it is at none of its known places.
Result<std::optional<InodeStat>> PlainFolder::statAsKnown(uint64_t ino)
{
    const auto names = paths(0, ino);
    if (!names)
        return tl::unexpected(names.error());
    const auto root = openRoot();
    if (!root)
        return tl::unexpected(root.error());
    const Descriptor descriptor(*root);
    for (const QByteArray &path : *names) {
        const auto file = openBelow(*root, path, O_PATH | O_NOFOLLOW, Mounts::Stay);
        if (!file && file.error().code != Errc::NotFound)
            return tl::unexpected(file.error());
        if (!file)
            continue;
        const Descriptor closed(*file);
        struct stat found = {};
        if (fstat(*file, &found) != 0 || found.st_ino != ino)
            continue;
        const auto vectors = m_record->vectors(ino);
        InodeStat out;
        out.ino = ino;
        out.mode = found.st_mode;
        out.nlink = static_cast<uint32_t>(found.st_nlink);
        out.uid = found.st_uid;
        out.gid = found.st_gid;
        out.sizeBytes = static_cast<uint64_t>(found.st_size);
        out.vectorsBytes = vectors ? static_cast<uint64_t>(vectors->size()) : 0;
        out.mtimeNs = nanoseconds(found.st_mtim);
        out.ctimeNs = nanoseconds(found.st_ctim);
        out.dataGeneration = static_cast<uint64_t>(out.mtimeNs);
        return out;
    }
    return std::nullopt;
}

Result<QVector<QByteArray>> PlainFolder::paths(uint64_t, uint64_t ino)
{
    auto found = recordedPaths(*m_record, ino, m_inode);
    if (found && found->isEmpty())
        return base::fail(Errc::NotFound, QStringLiteral("There is no file %1").arg(ino));
    return found;
}

Result<int> PlainFolder::open(const QByteArray &path, uint64_t ino)
{
    const auto root = openRoot();
    if (!root)
        return root;
    const Descriptor descriptor(*root);
    return openFileBelow(*root, path, ino, Mounts::Stay);
}

Result<QByteArray> PlainFolder::readVectors(int fd)
{
    struct stat found = {};
    if (fstat(fd, &found) != 0)
        return base::failErrno(errno, QStringLiteral("Cannot look at an open file"));
    return m_record->vectors(found.st_ino);
}

Status PlainFolder::writeVectors(int fd, const QByteArray &fork)
{
    struct stat found = {};
    if (fstat(fd, &found) != 0)
        return base::failErrno(errno, QStringLiteral("Cannot look at an open file"));
    return m_record->putVectors(found.st_ino, fork);
}

} // namespace vexfs::daemon
