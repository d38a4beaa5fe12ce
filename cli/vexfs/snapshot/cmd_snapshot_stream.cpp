// SPDX-License-Identifier: Apache-2.0
//
// vexctl snapshot send and receive: streams between volumes, files and pipes.
#include "cli/output/human.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/snapshot/snapshot_verbs.h"
#include "common/stream/stream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace vexfs::cli {

using base::Errc;
using base::fail;

namespace {

struct StreamArguments
{
    std::shared_ptr<std::string> volume;
    std::string name;
    std::string from;
    std::string file;
    std::string token;
    std::string dropped;
    bool isResumable = false;
    bool isList = false;
};

/// Standard input or output, or a file that is closed again.
class StreamFile
{
public:
    ~StreamFile()
    {
        if (m_isOwn)
            ::close(m_file);
    }

    base::Status open(const std::string &path, int flags, int standard)
    {
        m_file = standard;
        if (path.empty() || path == "-")
            return {};
        m_file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
        m_isOwn = m_file >= 0;
        return m_isOwn ? base::Status()
                       : base::failErrno(errno, QString::fromStdString(path));
    }

    base::Status sync() const
    {
        if (m_isOwn && ::fsync(m_file) != 0)
            return base::failErrno(errno, QStringLiteral("The stream could not be stored"));
        return {};
    }

    /// What was made here and is of no use.
    void removeOwn(const std::string &path) const
    {
        if (m_isOwn)
            ::unlink(path.c_str());
    }

    int get() const { return m_file; }
    bool isTerminal() const { return ::isatty(m_file) == 1; }

private:
    int m_file = -1;
    bool m_isOwn = false;
};

tl::unexpected<base::Error> failedStream(const stream::Problem &problem)
{
    QString what = QString::fromStdString(problem.what);
    if (!problem.token.empty()) {
        what += QStringLiteral("\nWhat came is kept. Go on with:\n"
                               "vexctl snapshot send --resume ")
            + QString::fromStdString(problem.token);
    }
    if (problem.sysErrno == EBADMSG)
        return fail(Errc::Corrupt, what);
    if (problem.sysErrno == EPROTONOSUPPORT)
        return fail(Errc::NotSupported, what);
    return fail(problem.sysErrno == ENOENT   ? Errc::NotFound
                : problem.sysErrno == EEXIST ? Errc::AlreadyExists
                : problem.sysErrno == EBUSY  ? Errc::Busy
                : problem.sysErrno == EINVAL ? Errc::InvalidArgs
                : problem.sysErrno == ESTALE ? Errc::Conflict
                : problem.sysErrno == ENOSPC ? Errc::NoSpace
                : problem.sysErrno == EPERM || problem.sysErrno == EACCES ? Errc::NotAuthorized
                                                                          : Errc::Failed,
                what);
}

base::Result<std::string> mountOf(const Command &command, const StreamArguments &arguments)
{
    const auto volume = findVolume(command, QString::fromStdString(*arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    if (!volume->isMounted())
        return fail(Errc::Failed, shownName(*volume) + QStringLiteral(" is not mounted"));
    return mountPath(*volume).toStdString();
}

// The stream itself goes to standard output, so nothing else does.
Outcome send(const Command &command, const StreamArguments &arguments)
{
    if (arguments.name.empty() && arguments.token.empty())
        return fail(Errc::InvalidArgs, QStringLiteral("Which snapshot is to be sent?"));
    const auto mount = mountOf(command, arguments);
    if (!mount)
        return tl::unexpected(mount.error());
    StreamFile out;
    if (auto opened = out.open(arguments.file, O_WRONLY | O_CREAT | O_EXCL, STDOUT_FILENO); !opened)
        return tl::unexpected(opened.error());
    if (out.isTerminal()) {
        return fail(Errc::InvalidArgs, QStringLiteral("A stream is nothing for a terminal; give a "
                                                      "file with -o, or a pipe"));
    }
    const auto sent = stream::sendSnapshot(
        {*mount, arguments.name, arguments.from, arguments.token}, out.get());
    if (!sent) {
        out.removeOwn(arguments.file);
        return failedStream(sent.error());
    }
    if (auto stored = out.sync(); !stored)
        return tl::unexpected(stored.error());
    if (!arguments.file.empty() && arguments.file != "-")
        command.say(QStringLiteral("Sent %1: %2")
                        .arg(QString::fromStdString(sent->name), humanBytes(sent->bytes)));
    return kDone;
}

// What receivers kept of streams that were cut.
Outcome listPartial(const Command &command, const std::string &mount)
{
    const auto streams = stream::partialStreams(mount);
    if (!streams)
        return failedStream(streams.error());
    if (!command.isJson) {
        for (const stream::PartialStream &each : *streams)
            command.say(QString::fromStdString(each.token));
        return kDone;
    }
    QJsonArray rows;
    for (const stream::PartialStream &each : *streams) {
        rows.append(QJsonObject{{QStringLiteral("token"), QString::fromStdString(each.token)},
                                {QStringLiteral("name"), QString::fromStdString(each.name)},
                                {QStringLiteral("files"), jsonNumber(each.files)},
                                {QStringLiteral("incremental"), each.isIncremental}});
    }
    writeJson(command.io.out,
              {{QStringLiteral("schema"), QStringLiteral("vexctl.snapshot-partial/1")},
               {QStringLiteral("partial"), rows}});
    return kDone;
}

Outcome receive(const Command &command, const StreamArguments &arguments)
{
    const auto mount = mountOf(command, arguments);
    if (!mount)
        return tl::unexpected(mount.error());
    if (arguments.isList)
        return listPartial(command, *mount);
    if (!arguments.dropped.empty()) {
        const auto dropped = stream::dropPartialStream(*mount, arguments.dropped);
        if (!dropped)
            return failedStream(dropped.error());
        return kDone;
    }
    StreamFile in;
    if (auto opened = in.open(arguments.file, O_RDONLY, STDIN_FILENO); !opened)
        return tl::unexpected(opened.error());
    stream::ReceiveRequest request{*mount, arguments.name};
    request.isKept = arguments.isResumable;
    const auto received = stream::receiveSnapshot(request, in.get());
    if (!received)
        return failedStream(received.error());
    const QString name = QString::fromStdString(received->name);
    if (command.isJson) {
        writeJson(command.io.out,
                  {{QStringLiteral("schema"), QStringLiteral("vexctl.snapshot-receive/1")},
                   {QStringLiteral("name"), name},
                   {QStringLiteral("bytes"), jsonNumber(received->bytes)}});
    } else {
        command.say(
            QStringLiteral("Received %1: %2").arg(name, humanBytes(received->bytes)));
    }
    return kDone;
}

} // namespace

void addSnapshotStreamVerbs(CLI::App *verb, Command *command,
                            const std::shared_ptr<std::string> &volume)
{
    auto arguments = std::make_shared<StreamArguments>();
    arguments->volume = volume;
    const auto run = [command, arguments](Outcome (*act)(const Command &,
                                                         const StreamArguments &)) {
        return [command, arguments, act] {
            command->verb = [command, arguments, act] { return act(*command, *arguments); };
        };
    };
    CLI::App *sending = verb->add_subcommand("send", "Writes a snapshot as a stream");
    sending->add_option("name", arguments->name, "The snapshot")->type_name("SNAPSHOT");
    sending->add_option("--from", arguments->from, "Only what is different from this older one")
        ->type_name("SNAPSHOT");
    sending->add_option("--resume", arguments->token,
                        "Only what a receiver lacks that was cut off, and told this token");
    sending->add_option("-o,--output", arguments->file, "A new file (standard output)");
    sending->callback(run(send));
    CLI::App *receiving = verb->add_subcommand(
        "receive", "Makes the snapshot that a stream holds; it appears whole or not at all");
    receiving->add_option("file", arguments->file, "The stream (standard input)");
    receiving->add_option("--name", arguments->name, "Another name for it");
    receiving->add_flag("--resumable", arguments->isResumable,
                        "Keep what came of a stream that is cut, and tell a token to go on with");
    auto *listing = receiving->add_flag("--list-partial", arguments->isList,
                                        "The tokens of what is kept of streams that were cut");
    receiving->add_option("--drop-partial", arguments->dropped,
                          "Remove what is kept of the stream of this token")
        ->excludes(listing)
        ->type_name("TOKEN");
    receiving->callback(run(receive));
}

} // namespace vexfs::cli
