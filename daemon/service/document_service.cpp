// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/document_service.h"

#include "common/base/file_uri.h"
#include "daemon/service/document_transfer.h"
#include "daemon/service/volume_service.h"

#include <QFile>
#include <QScopeGuard>

#include <cerrno>
#include <climits>
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

/// Whether a folder is this one or below it, by whatever links and mounts its path goes.
bool isSameOrBelow(QByteArray folder, const struct stat &top)
{
    for (int depth = 0; depth < PATH_MAX; ++depth) {
        struct stat here = {};
        struct stat above = {};
        if (stat(folder.constData(), &here) != 0)
            return false;
        if (here.st_dev == top.st_dev && here.st_ino == top.st_ino)
            return true;
        folder += "/..";
        if (stat(folder.constData(), &above) != 0
            || (above.st_dev == here.st_dev && above.st_ino == here.st_ino))
            return false;
    }
    return false;
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
            job->addProblem(uri, base::failErrno(errno, QStringLiteral("Cannot read")).value());
            continue;
        }
        entry.isFolder = S_ISDIR(info.st_mode);
        if (S_ISREG(info.st_mode)) {
            entry.sizeBytes = static_cast<uint64_t>(info.st_size);
            out->bytes += entry.sizeBytes;
            ++out->files;
            out->entries.append(entry);
            continue;
        }
        const bool isTooDeep = entry.folder.count('/') >= kDepthMax;
        if (!entry.isFolder || !request.isRecursive || isTooDeep) {
            job->addProblem(uri,
                            base::Error{Errc::NotSupported,
                                        entry.isFolder ? QStringLiteral("Folder left out")
                                                       : QStringLiteral("Not a regular file")});
            continue;
        }
        out->entries.append(entry);
        const std::unique_ptr<DIR, int (*)(DIR *)> folder(opendir(entry.source.constData()),
                                                          closedir);
        if (!folder) {
            job->addProblem(uri, base::failErrno(errno, QStringLiteral("Cannot read")).value());
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
class Adding
{
public:
    Adding(VolumeService *volumes, VolumeHandle handle, AddRequest request, Job *job)
        : m_volumes(volumes), m_handle(std::move(handle)), m_request(std::move(request)), m_job(job)
    {}

    base::Result<QVariantMap> run()
    {
        // Through a descriptor: the volume stays busy, and nothing lands in the folder beneath it.
        const int target = open(m_request.into.constData(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (target < 0)
            return base::failErrno(errno, QFile::decodeName(m_request.into));
        const auto closing = qScopeGuard([target] { ::close(target); });
        const auto location = m_volumes->locate(m_request.into);
        if (!location || location->uuid != m_handle.uuid)
            return base::fail(Errc::NotOnVolume, QStringLiteral("The volume was unmounted"));
        m_request.into = "/proc/self/fd/" + QByteArray::number(target);
        return addAll();
    }

private:
    base::Result<QVariantMap> addAll()
    {
        m_job->setStage(QStringLiteral("scanning"));
        for (const QByteArray &source : m_request.sources)
            walk(source, m_request, m_job, &m_walk);
        m_failed = m_job->status().problemCount;
        m_job->setStage(QStringLiteral("copying"));
        for (const Entry &each : std::as_const(m_walk.entries)) {
            const base::Status done = addOne(each);
            if (!done)
                return tl::unexpected(done.error());
        }
        m_job->setStage(QStringLiteral("syncing"));
        if (auto synced = m_handle.volume->syncAll(); !synced)
            return tl::unexpected(synced.error());
        if (m_job->isCancelRequested())
            return base::fail(Errc::Cancelled,
                              QStringLiteral("Stopped; %1 were added").arg(m_added));
        return QVariantMap{{QStringLiteral("added"), static_cast<qulonglong>(m_added)},
                           {QStringLiteral("skipped"), static_cast<qulonglong>(m_skipped)},
                           {QStringLiteral("failed"), static_cast<qulonglong>(m_failed)}};
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
            const QByteArray path = folder + '/' + entry.name;
            if (mkdir(path.constData(), 0777) != 0 && errno != EEXIST)
                return problem(
                    uri, base::failErrno(errno, QStringLiteral("Cannot make the folder")).value());
            return {};
        }
        m_job->setCurrent(uri);
        CopyRequest copy{entry.source, folder, entry.name, m_request.onDuplicate, {}};
        copy.progress = [this](uint64_t bytes) {
            m_bytesDone += bytes;
            m_job->setBytes({m_bytesDone, m_walk.bytes});
            return !m_job->isCancelRequested();
        };
        const auto outcome = copyDocument(copy);
        m_job->setItems({++m_filesDone, m_walk.files});
        if (!outcome)
            return problem(uri, outcome.error());
        if (*outcome == CopyOutcome::Added)
            ++m_added;
        else
            ++m_skipped;
        return {};
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
    Walk m_walk;
    uint64_t m_filesDone = 0;
    uint64_t m_bytesDone = 0;
    uint64_t m_added = 0;
    uint64_t m_skipped = 0;
    uint64_t m_failed = 0;
};

} // namespace

DocumentService::DocumentService(VolumeService *volumes) : m_volumes(volumes) {}

base::Result<QString> DocumentService::prepare(AddRequest *request) const
{
    if (request->sources.isEmpty())
        return base::fail(Errc::InvalidArgs, QStringLiteral("There is nothing to add"));
    if (request->into.isEmpty()) {
        const auto mounted = m_volumes->mountedVolumes();
        if (mounted.size() != 1) {
            return base::fail(Errc::InvalidArgs,
                              QStringLiteral("%1 volumes are mounted: say into which folder to add")
                                  .arg(mounted.size()));
        }
        request->into = mounted.constFirst().volume->mountPoint();
    }
    const auto location = m_volumes->locate(request->into);
    if (!location)
        return tl::unexpected(location.error());
    if (!location->snapshot.isEmpty())
        return base::fail(Errc::ReadOnly, QStringLiteral("Nothing can be added to a snapshot"));
    struct stat info = {};
    if (stat(request->into.constData(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return base::fail(
            Errc::NotFound,
            QStringLiteral("There is no folder %1").arg(QFile::decodeName(request->into)));
    }
    for (const QByteArray &source : std::as_const(request->sources)) {
        if (lstat(source.constData(), &info) != 0)
            return base::failErrno(errno, QFile::decodeName(source));
        if (S_ISDIR(info.st_mode) && isSameOrBelow(request->into, info)) {
            return base::fail(
                Errc::InvalidArgs,
                QStringLiteral("%1 cannot be added to itself").arg(QFile::decodeName(source)));
        }
    }
    return location->uuid;
}

JobWork DocumentService::addition(const QString &uuid, const AddRequest &request)
{
    return [this, uuid, request](Job &job) -> base::Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        return Adding(m_volumes, *handle, request, &job).run();
    };
}

} // namespace vexfs::daemon
