// SPDX-License-Identifier: Apache-2.0
#include "gui/models/choosing/file_chooser.h"

#include <QCoreApplication>
#include <QProcess>

namespace vexfs::gui {

namespace {

QString &program()
{
    static QString path;
    return path;
}

} // namespace

FileChooser::FileChooser(QObject *parent) : QObject(parent) {}

FileChooser::~FileChooser()
{
    stop();
}

void FileChooser::setProgram(const QString &path)
{
    program() = path;
}

void FileChooser::choose(const FileChoice &choice)
{
    if (m_process)
        return;
    // Not ours as a child: whoever destroys a process waits for its end.
    m_process = new QProcess;
    m_process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    connect(m_process, &QProcess::finished, this,
            [this](int status, QProcess::ExitStatus how) {
                end(how == QProcess::NormalExit ? status : -1);
            });
    connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            end(-1);
    });
    const QString path
        = program().isEmpty() ? QCoreApplication::applicationFilePath() : program();
    m_process->start(path, {QStringLiteral("--choose"), choice.kind, QStringLiteral("--caption"),
                            choice.title, QStringLiteral("--start"), choice.startUri,
                            QStringLiteral("--above"), QString::number(choice.windowId)});
    Q_EMIT openChanged();
}

void FileChooser::end(int status)
{
    QProcess *process = m_process;
    if (!process)
        return;
    QStringList uris;
    for (const QByteArray &line : process->readAllStandardOutput().split('\n')) {
        if (line.startsWith("file:"))
            uris.append(QString::fromUtf8(line.trimmed()));
    }
    m_process.clear();
    process->deleteLater();
    Q_EMIT openChanged();
    if (status != 0)
        Q_EMIT failed(tr("The file dialog ended before anything was chosen."));
    else if (!uris.isEmpty())
        Q_EMIT chosen(uris);
}

// It is killed, and goes when it can: one that waits for a volume may take as long as that.
void FileChooser::stop()
{
    QProcess *process = m_process;
    if (!process)
        return;
    m_process.clear();
    process->disconnect(this);
    connect(process, &QProcess::finished, process, &QObject::deleteLater);
    process->kill();
    Q_EMIT openChanged();
}

} // namespace vexfs::gui
