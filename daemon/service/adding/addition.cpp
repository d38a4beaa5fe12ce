// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/adding/addition.h"

#include "common/base/file_uri.h"
#include "daemon/service/adding/originals.h"

#include <QFile>
#include <QScopeGuard>

#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;

namespace {

constexpr int kDepthMax = 256;
/// Files and folders of one job; more is a mistake ("add /") or a case for cp.
constexpr qsizetype kEntriesMax = 2'000'000;

/// One thing to add, and the folder below the target that it goes to ("" for the target).
struct Entry
{
    QByteArray source;
    QByteArray folder;
    QByteArray name;
    bool isFolder = false;
    uint64_t sizeBytes = 0;
    uint64_t item = 0; ///< Of the job; not of a folder.
};

struct Walk
{
    QList<Entry> entries;
    uint64_t files = 0;
    uint64_t bytes = 0;
};

QByteArray joined(const QByteArray &folder, const QByteArray &name)
{
    return folder.isEmpty() ? name : folder + '/' + name;
}

/// What cannot be added is an item all the same: who watches counts them.
void giveUp(const QString &uri, const base::Error &error, Job *job)
{
    job->addItem({uri, ItemState::Failed, {}, error});
    job->addProblem(uri, error);
}

/// Adds source and what is below it. Not recursive in the C++ sense: the depth is the disk's.
void walk(const QByteArray &source, const AddRequest &request, Job *job, Walk *out)
{
    const QByteArray name = source.mid(source.lastIndexOf('/') + 1);
    QList<Entry> stack{Entry{source, {}, name}};
    while (!stack.isEmpty() && !job->isCancelRequested() && out->entries.size() < kEntriesMax) {
        Entry entry = stack.takeLast();
        const QString uri = base::uriFromPath(entry.source);
        struct stat info = {};
        if (lstat(entry.source.constData(), &info) != 0) {
            giveUp(uri, base::failErrno(errno, QStringLiteral("Cannot read")).value(), job);
            continue;
        }
        entry.isFolder = S_ISDIR(info.st_mode);
        if (S_ISREG(info.st_mode)) {
            entry.sizeBytes = static_cast<uint64_t>(info.st_size);
            out->bytes += entry.sizeBytes;
            ++out->files;
            entry.item = job->addItem({uri, ItemState::Waiting, {}, {}});
            out->entries.append(entry);
            continue;
        }
        const bool isTooDeep = entry.folder.count('/') >= kDepthMax;
        if (!entry.isFolder || !request.isRecursive || isTooDeep) {
            giveUp(uri,
                   base::Error{Errc::NotSupported,
                               entry.isFolder ? QStringLiteral("Folder left out")
                                              : QStringLiteral("Not a regular file")},
                   job);
            continue;
        }
        out->entries.append(entry);
        const std::unique_ptr<DIR, int (*)(DIR *)> folder(opendir(entry.source.constData()),
                                                          closedir);
        if (!folder) {
            giveUp(uri, base::failErrno(errno, QStringLiteral("Cannot read")).value(), job);
            continue;
        }
        while (const dirent *each = readdir(folder.get())) {
            const QByteArray child(each->d_name);
            if (child != "." && child != ".." && !(entry.folder.isEmpty() && child == ".vexfs"))
                stack.append(
                    Entry{entry.source + '/' + child, joined(entry.folder, entry.name), child});
        }
    }
}

/// Adds the entries of one job, one after the other.
class Addition
{
public:
    Addition(VolumeService *volumes, VolumeHandle handle, AddRequest request, Job *job)
        : m_volumes(volumes), m_handle(std::move(handle)), m_request(std::move(request)),
          m_job(job), m_originals(m_handle.volume.get())
    {}

    base::Result<QVariantMap> run()
    {
        m_target = m_request.into;
        if (auto made = makeTarget(); !made)
            return tl::unexpected(made.error());
        // Through a descriptor: the volume stays busy, and nothing lands in the folder beneath it.
        const int target = open(m_request.into.constData(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (target < 0)
            return base::failErrno(errno, QFile::decodeName(m_request.into));
        const auto closing = qScopeGuard([target] { ::close(target); });
        if (auto fits = verifyTarget(); !fits)
            return tl::unexpected(fits.error());
        m_request.into = "/proc/self/fd/" + QByteArray::number(target);
        return addAll();
    }

private:
    base::Status verifyTarget() const
    {
        const auto location = m_volumes->locate(m_target);
        if (!location || location->uuid != m_handle.uuid)
            return base::fail(Errc::NotOnVolume, QStringLiteral("The volume was unmounted"));
        return {};
    }

    base::Status makeTarget() const
    {
        if (!m_request.isIntoMade)
            return {};
        if (auto fits = verifyTarget(); !fits)
            return fits;
        for (qsizetype end = 0; end >= 0;) {
            end = m_target.indexOf('/', end + 1);
            const QByteArray path = end < 0 ? m_target : m_target.left(end);
            struct stat info = {};
            if (stat(path.constData(), &info) != 0 && mkdir(path.constData(), 0777) != 0
                && errno != EEXIST) {
                return base::failErrno(
                    errno,
                    QStringLiteral("Cannot make the folder %1").arg(QFile::decodeName(path)));
            }
        }
        return {};
    }

    base::Result<QVariantMap> addAll()
    {
        m_job->setStage(QStringLiteral("scanning"));
        for (const QByteArray &source : m_request.sources)
            walk(source, m_request, m_job, &m_walk);
        m_failed = m_job->status().problemCount;
        m_job->setStage(m_request.isMove ? QStringLiteral("moving") : QStringLiteral("copying"));
        base::Status done;
        for (const Entry &each : std::as_const(m_walk.entries)) {
            if (done)
                done = addOne(each);
        }
        if (done)
            done = settle();
        if (!done)
            return tl::unexpected(done.error());
        if (m_job->isCancelRequested())
            return base::fail(Errc::Cancelled,
                              QStringLiteral("Stopped; %1 were added").arg(m_added));
        return QVariantMap{{QStringLiteral("added"), static_cast<qulonglong>(m_added)},
                           {QStringLiteral("skipped"), static_cast<qulonglong>(m_skipped)},
                           {QStringLiteral("failed"), static_cast<qulonglong>(m_failed)}};
    }

    /// What was done stays done, also where the job is stopped: originals whose copies are on disk
    /// go.
    base::Status settle()
    {
        m_job->setStage(QStringLiteral("syncing"));
        if (auto settled = m_originals.settle(m_kept); !settled)
            return settled;
        if (auto synced = m_handle.volume->syncAll(); !synced)
            return synced;
        m_originals.removeFolders(m_kept);
        return {};
    }

    /// Fails only when there is no sense in going on.
    base::Status addOne(const Entry &entry)
    {
        if (m_job->isCancelRequested())
            return {};
        const QByteArray folder =
            entry.folder.isEmpty() ? m_request.into : m_request.into + '/' + entry.folder;
        const QString uri = base::uriFromPath(entry.source);
        if (entry.isFolder) {
            const auto made = makeFolder(entry, folder + '/' + entry.name);
            return made ? made : problem(uri, made.error());
        }
        m_job->setCurrent(uri);
        m_job->setItem(entry.item, ItemState::Reading);
        CopyRequest copy{entry.source, folder, entry.name, m_request.onDuplicate,
                         m_request.isMove, {}};
        copy.progress = [this](uint64_t bytes) {
            m_bytesDone += bytes;
            m_job->setBytes({m_bytesDone, m_walk.bytes});
            return !m_job->isCancelRequested();
        };
        const auto result = copyDocument(copy);
        if (result)
            note(entry, folder, *result);
        else if (result.error().code == Errc::Cancelled)
            m_job->setItem(entry.item, ItemState::Waiting);
        else
            m_job->setItem(entry.item, ItemState::Failed, {}, result.error());
        m_job->setItems({++m_filesDone, m_walk.files});
        if (!result)
            return problem(uri, result.error());
        return m_originals.isFull() ? m_originals.settle(m_kept) : base::Status();
    }

    void note(const Entry &entry, const QByteArray &folder, const CopyResult &result)
    {
        const bool isAdded =
            result.outcome == CopyOutcome::Added || result.outcome == CopyOutcome::Renamed;
        ++(isAdded ? m_added : m_skipped);
        const QByteArray below = joined(entry.folder, result.name);
        m_job->setItem(entry.item, isAdded ? ItemState::Ready : ItemState::Duplicate,
                       base::uriFromPath(m_target + '/' + below));
        const bool hasOriginal = result.outcome == CopyOutcome::Added
                                 || result.outcome == CopyOutcome::SameThere;
        if (m_request.isMove && hasOriginal)
            m_originals.add({entry.source, folder + '/' + result.name, result.identity});
    }

    base::Status makeFolder(const Entry &entry, const QByteArray &path)
    {
        const bool isNew = mkdir(path.constData(), 0777) == 0;
        struct stat info = {};
        if (!isNew && errno != EEXIST)
            return base::failErrno(errno, QStringLiteral("Cannot make the folder"));
        if (!isNew && (stat(path.constData(), &info) != 0 || !S_ISDIR(info.st_mode)))
            return base::fail(Errc::AlreadyExists, QStringLiteral("A file of that name is there"));
        if (!m_request.isMove)
            return {};
        if (isNew) {
            if (auto kept = copyFolderAttributes(entry.source, path); !kept)
                return kept;
        }
        m_originals.addFolder(entry.source);
        return {};
    }

    static base::Status copyFolderAttributes(const QByteArray &from, const QByteArray &to)
    {
        const int source = open(from.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const auto closing = qScopeGuard([source] { ::close(source); });
        const int target = open(to.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const auto closingTarget = qScopeGuard([target] { ::close(target); });
        if (source < 0 || target < 0)
            return base::failErrno(errno, QStringLiteral("Cannot open the folder"));
        return copyAttributes(source, target);
    }

    base::Status problem(const QString &uri, const base::Error &error)
    {
        if (error.code == Errc::Cancelled)
            return {};
        ++m_failed;
        m_job->addProblem(uri, error);
        // The rest would fail in the same way.
        const bool isHopeless = error.code == Errc::NoSpace || error.code == Errc::ReadOnly ||
                                error.sysErrno == ENOTCONN || error.sysErrno == ECONNABORTED;
        if (isHopeless)
            return tl::unexpected(error);
        return {};
    }

    VolumeService *const m_volumes;
    VolumeHandle m_handle;
    AddRequest m_request;
    Job *const m_job;
    QByteArray m_target; ///< The folder by its own name, to tell of it.
    Originals m_originals;
    const Originals::Kept m_kept = [this](const QByteArray &path, const base::Error &error) {
        ++m_failed;
        m_job->addProblem(base::uriFromPath(path), error);
    };
    Walk m_walk;
    uint64_t m_filesDone = 0;
    uint64_t m_bytesDone = 0;
    uint64_t m_added = 0;
    uint64_t m_skipped = 0;
    uint64_t m_failed = 0;
};

} // namespace

base::Result<QVariantMap> runAddition(VolumeService *volumes, const VolumeHandle &handle,
                                      const AddRequest &request, Job *job)
{
    return Addition(volumes, handle, request, job).run();
}

} // namespace vexfs::daemon
