// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/answers/file_report.h"

#include "daemon/index/catalog.h"
#include "daemon/ingest/file_kind.h"
#include "daemon/service/index_context.h"

#include <QFile>

#include <cerrno>
#include <functional>

#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Result;

namespace {

FileReport reportOf(const FileRow &row)
{
    FileReport report;
    report.ino = row.ino;
    report.reason = row.reason;
    report.mimeType = row.mimeType;
    report.title = row.title;
    report.chunks = row.chunkCount;
    report.textBytes = row.textBytes;
    report.model = QString::fromLatin1(row.model);
    report.indexedAtNs = row.indexedAtNs;
    report.lacksVectors = row.chunkCount > 0 && row.model.isEmpty();
    switch (row.state) {
    case FileState::Indexed:
        report.state = FileIndexState::Indexed;
        break;
    case FileState::Unsupported:
        report.state = FileIndexState::Unsupported;
        break;
    case FileState::Failed:
        report.state = FileIndexState::Failed;
        break;
    }
    return report;
}

// What is set of the index that keeps a file out of it; empty when nothing does.
QString ruleAgainst(const IndexContext &context, const QByteArray &path)
{
    const IndexSettings settings = context.settings();
    const QString rule = settings.ruleAgainst(path);
    if (!rule.isEmpty() || settings.types.isEmpty())
        return rule;
    QFile file(QFile::decodeName(context.view->mountPoint() + '/' + path));
    const QByteArray beginning =
        file.open(QIODevice::ReadOnly) ? file.read(kKindProbeBytes) : QByteArray();
    const QString type = fileKind(path, beginning).mimeType;
    return settings.takesType(type)
        ? QString()
        : QStringLiteral("files of type %1 are not among those that are indexed").arg(type);
}

} // namespace

QString fileIndexStateWord(FileIndexState state)
{
    switch (state) {
    case FileIndexState::Indexed:
        return QStringLiteral("indexed");
    case FileIndexState::Pending:
        return QStringLiteral("pending");
    case FileIndexState::Excluded:
        return QStringLiteral("excluded");
    case FileIndexState::Unsupported:
        return QStringLiteral("unsupported");
    case FileIndexState::Failed:
        return QStringLiteral("failed");
    case FileIndexState::Forbidden:
        return QStringLiteral("forbidden");
    case FileIndexState::Missing:
        break;
    }
    return QStringLiteral("missing");
}

namespace {

// wait: for an inode, where it stands in the queue; 0 when it does not.
using Wait = std::function<Result<uint64_t>(uint64_t)>;

Result<FileReport> reportWith(const IndexContext &context, Catalog &catalog,
                              const QByteArray &path, const Wait &wait)
{
    const auto ino = catalog.inodeOf(path);
    if (!ino)
        return tl::unexpected(ino.error());
    const QByteArray absolute = context.view->mountPoint() + '/' + path;
    struct stat now = {};
    const bool isThere = lstat(absolute.constData(), &now) == 0;
    FileReport report;
    if (ino->has_value()) {
        const auto row = catalog.file(**ino);
        if (!row)
            return tl::unexpected(row.error());
        if (row->has_value())
            report = reportOf(**row);
    }
    if (!isThere) {
        report.state = FileIndexState::Missing;
        report.reason = QStringLiteral("there is no such file on the volume");
        return report;
    }
    if (!S_ISREG(now.st_mode)) {
        report.state = FileIndexState::Excluded;
        report.reason = S_ISDIR(now.st_mode) ? QStringLiteral("it is a folder")
                                             : QStringLiteral("it is not a regular file");
        return report;
    }
    if (access(absolute.constData(), R_OK) != 0 && errno == EACCES) {
        report.state = FileIndexState::Forbidden;
        report.reason = QStringLiteral("the daemon may not read it");
        report.ino = now.st_ino;
        return report;
    }
    const QString rule = ruleAgainst(context, path);
    if (!rule.isEmpty()) {
        report.state = FileIndexState::Excluded;
        report.reason = rule;
        report.ino = 0;
        return report;
    }
    const auto position = wait(now.st_ino);
    if (!position)
        return tl::unexpected(position.error());
    report.queuePosition = *position;
    // Not yet seen by the feed counts as waiting too.
    if (*position > 0 || report.ino != now.st_ino)
        report.state = FileIndexState::Pending;
    report.ino = now.st_ino;
    return report;
}

} // namespace

Result<FileReport> reportOn(const IndexContext &context, Catalog &catalog, const QByteArray &path)
{
    return reportWith(context, catalog, path,
                      [&catalog](uint64_t ino) { return catalog.queuePosition(ino); });
}

Result<QVector<FileReport>> statesOf(const IndexContext &context, Catalog &catalog,
                                     const QVector<QByteArray> &paths)
{
    // The place of each in a long queue would be counted anew for each.
    const Wait wait = [&catalog](uint64_t ino) -> Result<uint64_t> {
        const auto reasons = catalog.queueReasons(ino);
        if (!reasons)
            return tl::unexpected(reasons.error());
        return (*reasons & (QueueData | QueueForce)) != 0 ? 1 : 0;
    };
    QVector<FileReport> reports;
    for (const QByteArray &path : paths) {
        auto report = reportWith(context, catalog, path, wait);
        if (!report)
            return tl::unexpected(report.error());
        report->queuePosition = 0;
        reports.push_back(std::move(*report));
    }
    return reports;
}

Result<FailurePage> failurePage(Catalog &catalog, int limit, uint64_t after)
{
    const auto rows = catalog.failures(limit + 1, after);
    if (!rows)
        return tl::unexpected(rows.error());
    FailurePage page;
    for (const FileRow &row : *rows) {
        if (page.failures.size() == limit) {
            page.next = page.failures.constLast().ino;
            break;
        }
        page.failures.push_back({row.path(), row.ino, row.reason, row.indexedAtNs});
    }
    const auto counts = catalog.counts();
    if (!counts)
        return tl::unexpected(counts.error());
    page.total = counts->failed;
    return page;
}

} // namespace vexfs::daemon
