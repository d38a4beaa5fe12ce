// SPDX-License-Identifier: Apache-2.0
#include "daemon/maintenance/volume_check.h"

#include "common/base/file_uri.h"
#include "daemon/volume/program.h"

#include <QFile>

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

// Exit codes of fsck(8).
constexpr int kClean = 0;
constexpr int kCorrected = 1;
constexpr int kErrorsLeft = 4;

/// A line for each finding, then what the volume has in all.
struct Report
{
    QStringList findings;
    QString summary;
};

Report readReport(const QByteArray &out, const QByteArray &image)
{
    Report report;
    const QByteArray head = image + ": ";
    for (const QByteArray &line : out.split('\n')) {
        if (line.startsWith(head))
            report.summary = QString::fromLocal8Bit(line.mid(head.size()));
        else if (!line.trimmed().isEmpty())
            report.findings.append(QString::fromLocal8Bit(line.trimmed()));
    }
    return report;
}

} // namespace

Result<QVariantMap> checkImage(const QByteArray &image, const CheckRequest &request, Job &job)
{
    QStringList arguments{request.isRepair ? QStringLiteral("-y") : QStringLiteral("-n")};
    if (request.hasData)
        arguments.append(QStringLiteral("--data"));
    arguments.append(QFile::decodeName(image));
    // Half a repair would be mended by the next one, but who cancels expects nothing to be done.
    const auto isCancelled = [&] { return !request.isRepair && job.isCancelRequested(); };
    const auto done = runProgramUntil(QStringLiteral("fsck.vexfs"), arguments, isCancelled);
    if (!done)
        return tl::unexpected(done.error());
    const int code = done->exitStatus;
    if (code != kClean && code != kCorrected && code != kErrorsLeft) {
        const bool isBusy = done->err.contains("in use") || done->err.contains("busy");
        return base::fail(isBusy ? Errc::Busy : Errc::Failed, done->complaint());
    }
    const Report report = readReport(done->out, image);
    // Damage so deep that there is no report is told on stderr.
    if (report.summary.isEmpty())
        return base::fail(Errc::Corrupt, done->complaint());
    QList<QVariantMap> findings;
    for (const QString &each : report.findings) {
        findings.append({{QStringLiteral("text"), each}});
        job.addProblem(base::uriFromPath(image), {Errc::Corrupt, each});
    }
    return QVariantMap{{QStringLiteral("consistent"), code != kErrorsLeft},
                       {QStringLiteral("repaired"), code == kCorrected},
                       {QStringLiteral("findings"), QVariant::fromValue(findings)},
                       {QStringLiteral("summary"), report.summary}};
}

} // namespace vexfs::daemon
