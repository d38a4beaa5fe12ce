// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/program.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

namespace vexfs::daemon {

using base::Errc;

QString ProgramOutput::complaint() const
{
    for (const QByteArray &text : {err, out}) {
        const QByteArray line = text.trimmed().split('\n').constFirst().trimmed();
        if (!line.isEmpty())
            return QString::fromLocal8Bit(line);
    }
    return QStringLiteral("exit status %1").arg(exitStatus);
}

base::Result<QString> findProgram(const QString &name)
{
    const QString forced = qEnvironmentVariable("VEXFS_BIN_DIR");
    const QString here = QCoreApplication::applicationDirPath();
    // mkfs and fsck are installed in sbin, which is not in everybody's PATH.
    for (const QString &folder : {forced, here, here + QStringLiteral("/../sbin")}) {
        const QFileInfo candidate(folder + u'/' + name);
        if (!folder.isEmpty() && candidate.isFile() && candidate.isExecutable())
            return candidate.absoluteFilePath();
    }
    const QString found = QStandardPaths::findExecutable(name);
    if (found.isEmpty()) {
        return base::fail(
            Errc::Failed,
            QStringLiteral("The program %1 is neither beside vexfsd nor in PATH").arg(name));
    }
    return found;
}

namespace {

constexpr int kPollMs = 100;

base::Status start(QProcess *process, const QString &name, const QStringList &arguments)
{
    const auto path = findProgram(name);
    if (!path)
        return tl::unexpected(path.error());
    process->setStandardInputFile(QProcess::nullDevice());
    process->start(*path, arguments);
    if (!process->waitForStarted()) {
        return base::fail(Errc::Failed,
                          QStringLiteral("Cannot start %1: %2").arg(*path, process->errorString()));
    }
    return {};
}

void kill(QProcess *process)
{
    process->kill();
    process->waitForFinished();
}

base::Result<ProgramOutput> outputOf(QProcess *process, const QString &name)
{
    if (process->exitStatus() != QProcess::NormalExit)
        return base::fail(Errc::Failed, QStringLiteral("%1 crashed").arg(name));
    return ProgramOutput{process->exitCode(), process->readAllStandardOutput(),
                         process->readAllStandardError()};
}

} // namespace

base::Result<ProgramOutput> runProgram(const QString &name, const QStringList &arguments,
                                       int timeoutMs)
{
    QProcess process;
    if (auto started = start(&process, name, arguments); !started)
        return tl::unexpected(started.error());
    if (!process.waitForFinished(timeoutMs)) {
        kill(&process);
        return base::fail(
            Errc::TimedOut,
            QStringLiteral("%1 took over %2 s and was stopped").arg(name).arg(timeoutMs / 1000));
    }
    return outputOf(&process, name);
}

base::Result<ProgramOutput> runProgramUntil(const QString &name, const QStringList &arguments,
                                            const std::function<bool()> &isCancelled)
{
    QProcess process;
    if (auto started = start(&process, name, arguments); !started)
        return tl::unexpected(started.error());
    while (process.state() != QProcess::NotRunning && !process.waitForFinished(kPollMs)) {
        if (isCancelled()) {
            kill(&process);
            return base::fail(Errc::Cancelled, QStringLiteral("%1 was stopped").arg(name));
        }
    }
    return outputOf(&process, name);
}

} // namespace vexfs::daemon
