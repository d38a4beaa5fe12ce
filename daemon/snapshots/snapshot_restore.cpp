// SPDX-License-Identifier: Apache-2.0
#include "daemon/snapshots/snapshot_restore.h"

#include "common/base/file_uri.h"
#include "daemon/snapshots/entry_writer.h"

#include <QDateTime>
#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

const QString kPrefix = QStringLiteral("undo-");
const QString kDone = QStringLiteral("-done");
constexpr int kNumbersMax = 1000;

bool isThere(const QByteArray &path)
{
    struct stat info = {};
    return lstat(path.constData(), &info) == 0;
}

bool isFolder(const QByteArray &path)
{
    struct stat info = {};
    return lstat(path.constData(), &info) == 0 && S_ISDIR(info.st_mode);
}

QByteArray nameOf(const QByteArray &path)
{
    return path.mid(path.lastIndexOf('/') + 1);
}

QByteArray folderOf(const QByteArray &path)
{
    const qsizetype slash = path.lastIndexOf('/');
    return slash < 0 ? QByteArray() : path.left(slash);
}

/// "thesis (2026-11-21 18.00).odt" beside "thesis.odt".
QByteArray freeName(const QByteArray &path, int64_t createdNs)
{
    const QByteArray name = nameOf(path);
    const qsizetype dot = name.lastIndexOf('.');
    const QByteArray stem = dot > 0 ? name.left(dot) : name;
    const QByteArray ending = dot > 0 ? name.mid(dot) : QByteArray();
    const QByteArray time = QDateTime::fromMSecsSinceEpoch(createdNs / 1'000'000)
                                .toString(QStringLiteral("yyyy-MM-dd HH.mm"))
                                .toUtf8();
    for (int number = 1; number < kNumbersMax; ++number) {
        const QByteArray mark = number == 1 ? time : time + ' ' + QByteArray::number(number);
        const QByteArray wanted = folderOf(path) + '/' + stem + " (" + mark + ')' + ending;
        if (!isThere(wanted))
            return wanted;
    }
    return {};
}

// Names are bytes: they need not be UTF-8, which Qt's folders want them to be.
Result<QList<QByteArray>> namesIn(const QByteArray &folder)
{
    const std::unique_ptr<DIR, int (*)(DIR *)> dir(opendir(folder.constData()), closedir);
    if (!dir)
        return base::failErrno(errno, QStringLiteral("Cannot read the folder"));
    QList<QByteArray> names;
    errno = 0;
    while (const dirent *entry = readdir(dir.get())) {
        const QByteArray name(entry->d_name);
        if (name != "." && name != "..")
            names.append(name);
        errno = 0;
    }
    if (errno != 0)
        return base::failErrno(errno, QStringLiteral("Cannot read the folder"));
    std::sort(names.begin(), names.end());
    return names;
}

/// The folder, and those above it.
Status makeFolders(const QByteArray &folder)
{
    for (qsizetype at = 0; at >= 0 && !isFolder(folder);) {
        at = folder.indexOf('/', at + 1);
        const QByteArray path = at < 0 ? folder : folder.left(at);
        if (mkdir(path.constData(), 0777) != 0 && errno != EEXIST) {
            return base::failErrno(errno, QStringLiteral("The folder %1 cannot be made")
                                              .arg(QFile::decodeName(path)));
        }
    }
    if (isFolder(folder))
        return {};
    return fail(Errc::Conflict, QStringLiteral("The folder %1 cannot be made")
                                    .arg(QFile::decodeName(folder)));
}

bool openBytes(const QByteArray &path, QFile &file)
{
    const int fd = ::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
        return true;
    if (fd >= 0)
        ::close(fd);
    return false;
}

bool haveSameBytes(const QByteArray &left, const QByteArray &right)
{
    QFile a;
    QFile b;
    struct stat one = {};
    struct stat other = {};
    if (lstat(left.constData(), &one) != 0 || lstat(right.constData(), &other) != 0
        || !S_ISREG(one.st_mode) || !S_ISREG(other.st_mode) || one.st_size != other.st_size
        || !openBytes(left, a) || !openBytes(right, b))
        return false;
    while (true) {
        const QByteArray bytes = a.read(1 << 20);
        if (bytes != b.read(1 << 20))
            return false;
        if (bytes.isEmpty())
            return true;
    }
}

QByteArray targetOf(const MountedVolume &volume, const RestoreRequest &request,
                    const QByteArray &path)
{
    return request.destination.isEmpty() ? volume.mountPoint() + '/' + path
                                         : request.destination + '/' + nameOf(path);
}

/// Two snapshots around a change; the first when it is made, the second with close().
class UndoPair
{
public:
    static Result<UndoPair> open(MountedVolume &volume, const QString &what)
    {
        const QString time
            = QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd_HH.mm.ss.zzz"));
        // A clock that was set back may have made one of that time before.
        for (int number = 1;; ++number) {
            const QString mark = number == 1 ? QString() : QStringLiteral("-%1").arg(number);
            const QString name = kPrefix + time + mark + u'-' + what;
            const auto made = volume.createSnapshot(name.toUtf8(), false);
            if (made)
                return UndoPair(volume, name);
            if (made.error().code != Errc::AlreadyExists || number == kNumbersMax)
                return tl::unexpected(made.error());
        }
    }

    QString name() const { return m_name; }

    Status close()
    {
        const auto made = m_volume->createSnapshot((m_name + kDone).toUtf8(), false);
        if (!made)
            return tl::unexpected(made.error());
        return dropOld();
    }

private:
    UndoPair(MountedVolume &volume, QString name) : m_volume(&volume), m_name(std::move(name)) {}

    Status dropOld()
    {
        const auto all = m_volume->snapshots();
        if (!all)
            return tl::unexpected(all.error());
        int pairs = 0;
        for (auto each = all->crbegin(); each != all->crend(); ++each) {
            const QString name = QString::fromUtf8(each->name);
            if (!name.startsWith(kPrefix))
                continue;
            pairs += name.endsWith(kDone) ? 1 : 0;
            if (pairs <= kUndoPairsMax)
                continue;
            const Status gone = m_volume->deleteSnapshot(each->id);
            if (!gone && gone.error().code != Errc::NotFound && gone.error().code != Errc::Busy)
                return gone;
        }
        return {};
    }

    MountedVolume *m_volume;
    QString m_name;
};

/// One restoring at work.
class Restorer
{
public:
    Restorer(MountedVolume &volume, const RestoreRequest &request, Job &job)
        : m_volume(volume), m_request(request), m_job(job),
          m_parts(volume.mountPoint(), volume.indexDirectory())
    {
    }

    Status run()
    {
        for (const QByteArray &path : m_request.paths) {
            const QByteArray target = targetOf(m_volume, m_request, path);
            const QByteArray source = pathInTree(m_volume, m_request.snapshot, path);
            if (const Status made = makeParents(target); !made)
                m_job.addProblem(base::uriFromPath(target), made.error());
            else if (const Status went = all(source, target); !went)
                return went;
        }
        return {};
    }

    qulonglong restored = 0;
    qulonglong skipped = 0;

private:
    Status makeParents(const QByteArray &target)
    {
        if (m_request.isDryRun || isFolder(folderOf(target)))
            return {};
        return makeFolders(folderOf(target));
    }

    // A folder that is there takes in what it lacks; files in it are conflicts of their own.
    Status all(const QByteArray &source, const QByteArray &target)
    {
        QList<std::pair<QByteArray, QByteArray>> waiting{{source, target}};
        while (!waiting.isEmpty()) {
            if (m_job.isCancelRequested())
                return fail(Errc::Cancelled, QStringLiteral("Stopped; what is done stays"));
            const auto [from, to] = waiting.takeLast();
            const Result<QByteArray> placed = one(from, to);
            if (!placed && placed.error().code == Errc::NoSpace)
                return tl::unexpected(placed.error());
            if (!placed)
                m_job.addProblem(base::uriFromPath(to), placed.error());
            if (!placed || !isFolder(from))
                continue;
            const Result<QList<QByteArray>> names = namesIn(from);
            if (!names)
                m_job.addProblem(base::uriFromPath(from), names.error());
            for (const QByteArray &name : names ? *names : QList<QByteArray>())
                waiting.append({from + '/' + name, *placed + '/' + name});
        }
        return {};
    }

    /// Where it is now.
    Result<QByteArray> one(const QByteArray &from, const QByteArray &to)
    {
        QByteArray target = to;
        const bool isHere = isThere(to);
        const bool areFolders = isHere && isFolder(from) && isFolder(to);
        if (areFolders)
            return to;
        if (isHere && (m_request.onConflict == OnConflict::Skip || haveSameBytes(from, to))) {
            ++skipped;
            return to;
        }
        if (isHere && m_request.onConflict == OnConflict::KeepBoth)
            target = freeName(to, m_request.snapshot.createdNs);
        const bool mayReplace = m_request.onConflict == OnConflict::Overwrite;
        if (!m_request.isDryRun) {
            if (const Status copied = copyEntry(from, target, mayReplace, m_parts);
                !copied)
                return tl::unexpected(copied.error());
        }
        ++restored;
        m_job.setItems({restored + skipped, 0});
        return target;
    }

    MountedVolume &m_volume;
    const RestoreRequest &m_request;
    Job &m_job;
    PartNames m_parts;
};

/// Takes changes back, each only where nothing else changed since.
class Undoer
{
public:
    Undoer(MountedVolume &volume, const SnapshotTree &before, const SnapshotTree &after, Job &job)
        : m_volume(volume), m_before(before), m_after(after), m_job(job),
          m_parts(volume.mountPoint(), volume.indexDirectory())
    {
    }

    // Names first, so that everything else is found where it was; then what came goes, from below;
    // then what went comes, from above.
    void run(const QList<FileChange> &changes)
    {
        for (auto each = changes.crbegin(); each != changes.crend(); ++each) {
            if (each->kind == QLatin1String("renamed"))
                tell(*each, renameBack(*each));
        }
        for (auto each = changes.crbegin(); each != changes.crend(); ++each) {
            if (each->kind == QLatin1String("added"))
                tell(*each, takeAway(*each));
        }
        for (const FileChange &each : changes) {
            const bool isDone = each.kind == QLatin1String("added");
            const bool isSame = each.kind == QLatin1String("renamed") && !hasNewContent(each);
            if (!isDone && !isSame)
                tell(each, putBack(each));
        }
    }

    qulonglong restored = 0;
    qulonglong skipped = 0;

private:
    void tell(const FileChange &change, const Status &done)
    {
        done ? ++restored : ++skipped;
        if (!done)
            m_job.addProblem(base::uriFromPath(live(change.path)), done.error());
    }

    QByteArray live(const QByteArray &path) const { return m_volume.mountPoint() + '/' + path; }

    bool hasNewContent(const FileChange &change) const
    {
        const auto then = m_volume.stat(m_before.id, change.ino);
        const auto now = m_volume.stat(m_after.id, change.ino);
        return then && now && !S_ISDIR(change.mode) && then->dataGeneration != now->dataGeneration;
    }

    // The live file is what the change left.
    Status verifyUntouched(const FileChange &change) const
    {
        const auto left = m_volume.stat(m_after.id, change.ino);
        const auto now = m_volume.stat(1, change.ino);
        if (left && now && (S_ISDIR(change.mode) || left->dataGeneration == now->dataGeneration))
            return {};
        return fail(Errc::Conflict, QStringLiteral("it was changed again since, and is kept"));
    }

    Status renameBack(const FileChange &change)
    {
        if (const Status same = verifyUntouched(change); !same)
            return same;
        const auto paths = m_volume.paths(1, change.ino);
        if (!paths || paths->isEmpty())
            return fail(Errc::Conflict, QStringLiteral("it is gone"));
        const QByteArray target = live(change.oldPath);
        if (const Status made = makeFolders(folderOf(target)); !made)
            return made;
        if (renameat2(AT_FDCWD, live(paths->constFirst()).constData(), AT_FDCWD,
                      target.constData(), RENAME_NOREPLACE)
            == 0)
            return {};
        return base::failErrno(errno, QStringLiteral("Cannot rename it back to %1")
                                          .arg(QString::fromUtf8(change.oldPath)));
    }

    Status takeAway(const FileChange &change)
    {
        if (const Status same = verifyUntouched(change); !same)
            return same;
        const auto paths = m_volume.paths(1, change.ino);
        const QByteArray path = live(paths && !paths->isEmpty() ? paths->constFirst()
                                                                : change.path);
        const int failed = S_ISDIR(change.mode) ? rmdir(path.constData())
                                                : unlink(path.constData());
        if (failed == 0)
            return {};
        return base::failErrno(errno, QStringLiteral("Cannot take away %1")
                                          .arg(QFile::decodeName(path)));
    }

    Status putBack(const FileChange &change)
    {
        const QByteArray source = pathInTree(m_volume, m_before, change.oldPath);
        const QByteArray target = live(change.oldPath);
        const bool isRemoved = change.kind == QLatin1String("removed");
        if (!isRemoved) {
            if (const Status same = verifyUntouched(change); !same)
                return same;
        }
        if (change.kind == QLatin1String("metadata"))
            return copyAttributes(source, target);
        if (change.kind == QLatin1String("type") && isFolder(target)
            && rmdir(target.constData()) != 0)
            return base::failErrno(errno, QStringLiteral("Cannot take away the folder"));
        return copyEntry(source, target, !isRemoved, m_parts);
    }

    MountedVolume &m_volume;
    const SnapshotTree m_before;
    const SnapshotTree m_after;
    Job &m_job;
    PartNames m_parts;
};

} // namespace

Status verifyRestore(MountedVolume &volume, const RestoreRequest &request)
{
    if (!request.destination.isEmpty() && !isFolder(request.destination)) {
        return fail(Errc::NotFound, QStringLiteral("There is no folder '%1'")
                                        .arg(QFile::decodeName(request.destination)));
    }
    if (request.paths.isEmpty())
        return fail(Errc::InvalidArgs, QStringLiteral("Nothing is to be restored"));
    for (const QByteArray &path : request.paths) {
        if (!isThere(pathInTree(volume, request.snapshot, path))) {
            return fail(Errc::NotFound,
                        QStringLiteral("Snapshot '%1' has no '%2'")
                            .arg(QString::fromUtf8(request.snapshot.name),
                                 QString::fromUtf8(path)));
        }
        const QByteArray target = targetOf(volume, request, path);
        if (request.onConflict == OnConflict::Fail && isThere(target)) {
            return fail(Errc::AlreadyExists, QStringLiteral("'%1' is there already")
                                                 .arg(QFile::decodeName(target)));
        }
    }
    return {};
}

Result<QVariantMap> restore(MountedVolume &volume, const RestoreRequest &request, Job &job)
{
    QVariantMap result;
    std::optional<UndoPair> pair;
    if (!request.isDryRun) {
        Result<UndoPair> opened = UndoPair::open(volume, QStringLiteral("restore"));
        if (!opened)
            return tl::unexpected(opened.error());
        pair = std::move(*opened);
        result.insert(QStringLiteral("undo-snapshot"), pair->name());
    }
    Restorer restorer(volume, request, job);
    const Status done = restorer.run();
    const Status closed = pair ? pair->close() : Status{};
    if (!done)
        return tl::unexpected(done.error());
    if (!closed)
        return tl::unexpected(closed.error());
    result.insert(QStringLiteral("restored"), restorer.restored);
    result.insert(QStringLiteral("skipped"), restorer.skipped);
    return result;
}

Result<SnapshotTree> undoSnapshot(MountedVolume &volume, const QString &name)
{
    if (!name.isEmpty()) {
        const auto both = treeOf(volume, name + kDone);
        return both ? treeOf(volume, name) : Result<SnapshotTree>(tl::unexpected(both.error()));
    }
    const auto all = volume.snapshots();
    if (!all)
        return tl::unexpected(all.error());
    for (auto each = all->crbegin(); each != all->crend(); ++each) {
        const QString last = QString::fromUtf8(each->name);
        if (last.startsWith(kPrefix) && last.endsWith(kDone))
            return treeOf(volume, last.chopped(kDone.size()));
    }
    return fail(Errc::NotFound, QStringLiteral("There is nothing to undo"));
}

Result<QVariantMap> undo(MountedVolume &volume, const SnapshotTree &before, Job &job)
{
    const auto after = treeOf(volume, QString::fromUtf8(before.name) + kDone);
    if (!after)
        return tl::unexpected(after.error());
    const auto changes = changesBetween(volume, before, *after);
    if (!changes)
        return tl::unexpected(changes.error());
    Result<UndoPair> pair = UndoPair::open(volume, QStringLiteral("undo"));
    if (!pair)
        return tl::unexpected(pair.error());
    Undoer undoer(volume, before, *after, job);
    undoer.run(*changes);
    if (const Status closed = pair->close(); !closed)
        return tl::unexpected(closed.error());
    return QVariantMap{{QStringLiteral("undo-snapshot"), pair->name()},
                       {QStringLiteral("restored"), undoer.restored},
                       {QStringLiteral("skipped"), undoer.skipped}};
}

} // namespace vexfs::daemon
