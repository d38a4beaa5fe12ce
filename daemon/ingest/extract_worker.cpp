// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/extract_worker.h"

#include <QFile>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::failErrno;
using base::Result;
using base::Status;

namespace {

// A worker is replaced after this much, so that what leaks in a document library stays small and
// its processor time stays below its own hard limit.
constexpr int kFilesMax = 500;
constexpr std::chrono::seconds kBusyMax{30};
// The daemon ends a worker in time; should it be gone itself, the worker does, after this more.
constexpr int kGraceSeconds = 5;
constexpr size_t kReceiveBytes = 64 * 1024;
constexpr int kPollSliceMs = 100;
constexpr int kStartTimeoutMs = 10'000;
constexpr qsizetype kTitleBytesMax = 1000;
constexpr qsizetype kLanguageBytesMax = 20;
constexpr int64_t kDateSecondsMax = INT64_MAX / 1'000'000'000;
constexpr qsizetype kReasonBytesMax = 2000;

// The child gets the socket as standard input and keeps standard error; everything else of ours
// is opened with O_CLOEXEC.
int spawnChild(const QByteArray &program, const QByteArray &option, int socket, pid_t &child)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // Signals that the daemon blocks or ignores are nothing to the child.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    char *arguments[] = {const_cast<char *>(program.constData()),
                         option.isEmpty() ? nullptr : const_cast<char *>(option.constData()),
                         nullptr};
    // No environment: a document reader needs none, and it may hold secrets.
    char locale[] = "LC_ALL=C.UTF-8";
    // Told, so that the C library need not look for its file whenever a time is converted.
    char zone[] = "TZ=UTC0";
    // The sandbox starts no threads, and OpenMP ends a program that cannot.
    char threads[] = "OMP_THREAD_LIMIT=1";
    char *environment[] = {locale, zone, threads, nullptr};
    const int error = posix_spawn(&child, program.constData(), &actions, &attributes, arguments,
                                  environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

} // namespace

ExtractWorker::ExtractWorker(QString program, ExtractLimits limits,
                             const std::atomic<bool> &stopping, QByteArray option)
    : m_program(std::move(program)), m_option(std::move(option)), m_limits(limits),
      m_stopping(stopping)
{
}

ExtractWorker::~ExtractWorker()
{
    end();
}

Status ExtractWorker::start()
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return failErrno(errno, QStringLiteral("cannot make a socket for %1").arg(m_program));
    pid_t child = 0;
    const int error = spawnChild(QFile::encodeName(m_program), m_option, sockets[1], child);
    close(sockets[1]);
    if (error != 0) {
        close(sockets[0]);
        return failErrno(error, QStringLiteral("cannot start %1").arg(m_program));
    }
    m_child = child;
    m_socket = sockets[0];
    m_received.clear();
    m_taken = 0;
    m_filesDone = 0;
    m_busy = std::chrono::milliseconds(0);
    m_deadline = Clock::now() + std::chrono::milliseconds(kStartTimeoutMs);
    FrameHeader header;
    if (const Status ready = readExactly(&header, sizeof header);
        !ready || header.type != FrameType::Ready || header.bytes != 0) {
        end();
        if (!ready && ready.error().code == Errc::Cancelled)
            return ready;
        return fail(Errc::Failed,
                    QStringLiteral("%1 does not come up; see its message on standard error")
                        .arg(m_program));
    }
    return {};
}

void ExtractWorker::end()
{
    if (m_socket >= 0)
        close(m_socket);
    m_socket = -1;
    if (m_child > 0) {
        kill(m_child, SIGKILL);
        waitpid(m_child, nullptr, 0);
    }
    m_child = 0;
}

// Says how a child that closed its socket came to its end, and cleans up after it.
QString ExtractWorker::endedHow()
{
    int status = 0;
    // It closed the socket by dying; should it have done so otherwise, it dies now.
    for (int i = 0; i < 50 && waitpid(m_child, &status, WNOHANG) == 0; ++i)
        usleep(2000);
    if (WIFEXITED(status) || WIFSIGNALED(status))
        m_child = 0;
    end();
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL
            ? QStringLiteral("reading it took too much time or memory")
            : QStringLiteral("reading it crashed the extractor (signal %1)").arg(WTERMSIG(status));
    }
    return QStringLiteral("reading it ended the extractor");
}

Result<Document> ExtractWorker::extract(int file, ExtractFormat format, const QByteArray &name)
{
    if (m_child > 0 && (m_filesDone >= kFilesMax || m_busy >= kBusyMax))
        end();
    // A child may have died between two files; that is not this file's fault: once more.
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (m_child == 0) {
            if (const Status started = start(); !started)
                return tl::unexpected(started.error());
        }
        if (sendRequest(file, format, name))
            break;
        end();
        if (attempt == 1)
            return fail(Errc::Failed, QStringLiteral("%1 takes no requests").arg(m_program));
    }
    const Clock::time_point begun = Clock::now();
    m_deadline = begun + std::chrono::milliseconds(m_limits.timeoutMs);
    Result<Document> document = readAnswer();
    m_busy += std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    ++m_filesDone;
    return document;
}

Status ExtractWorker::sendRequest(int file, ExtractFormat format, const QByteArray &name)
{
    ExtractRequest request;
    request.format = format;
    request.maxInputBytes = m_limits.maxInputBytes;
    request.maxTextBytes = m_limits.maxTextBytes;
    request.maxSeconds = uint32_t(m_limits.timeoutMs / 1000 + kGraceSeconds);
    // The end of a name says what it is: a longer one loses its beginning.
    const QByteArray ending = name.right(qsizetype(sizeof request.name));
    memcpy(request.name, ending.constData(), size_t(ending.size()));
    char control[CMSG_SPACE(sizeof(int))] = {};
    iovec piece{&request, sizeof request};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &file, sizeof file);
    // The socket is empty and the request small: it is taken whole or not at all.
    if (sendmsg(m_socket, &message, MSG_NOSIGNAL) != sizeof request)
        return failErrno(errno, QStringLiteral("cannot send to %1").arg(m_program));
    return {};
}

Status ExtractWorker::waitReadable()
{
    while (true) {
        if (m_stopping)
            return fail(Errc::Cancelled, QStringLiteral("indexing is stopping"));
        if (Clock::now() >= m_deadline)
            return fail(Errc::TimedOut, QStringLiteral("no answer in time"));
        pollfd entry{m_socket, POLLIN, 0};
        const int ready = poll(&entry, 1, kPollSliceMs);
        if (ready > 0)
            return {};
        if (ready < 0 && errno != EINTR)
            return failErrno(errno, QStringLiteral("cannot wait for %1").arg(m_program));
    }
}

Status ExtractWorker::readExactly(void *data, size_t bytes)
{
    char *at = static_cast<char *>(data);
    while (bytes > 0) {
        if (m_taken == m_received.size()) {
            if (const Status filled = receive(); !filled)
                return filled;
        }
        const size_t piece = std::min(bytes, m_received.size() - m_taken);
        memcpy(at, m_received.data() + m_taken, piece);
        m_taken += piece;
        at += piece;
        bytes -= piece;
    }
    return {};
}

Status ExtractWorker::receive()
{
    while (true) {
        if (const Status ready = waitReadable(); !ready)
            return ready;
        m_taken = 0;
        m_received.resize(kReceiveBytes);
        const ssize_t got = recv(m_socket, m_received.data(), m_received.size(), 0);
        m_received.resize(got > 0 ? size_t(got) : 0);
        if (got > 0)
            return {};
        if (got == 0 || errno != EINTR)
            return fail(Errc::ServiceUnavailable, QStringLiteral("the extractor is gone"));
    }
}

Result<Document> ExtractWorker::readAnswer()
{
    Document document;
    bool isLast = false;
    while (!isLast) {
        FrameHeader header;
        Status taken = readExactly(&header, sizeof header);
        if (taken)
            taken = takeFrame(header, document, isLast);
        if (taken)
            continue;
        Document failed;
        switch (taken.error().code) {
        case Errc::Cancelled:
            end();
            return tl::unexpected(taken.error());
        case Errc::TimedOut:
            end();
            failed.isTimedOut = true;
            failed.reason = QStringLiteral("reading it took longer than %1 s")
                                .arg(m_limits.timeoutMs / 1000.0);
            return failed;
        case Errc::ServiceUnavailable:
            failed.reason = endedHow();
            return failed;
        default:
            end();
            failed.reason = QStringLiteral("the extractor answered nonsense: %1")
                                .arg(taken.error().what);
            return failed;
        }
    }
    return document;
}

Status ExtractWorker::takeFrame(const FrameHeader &header, Document &document, bool &isLast)
{
    const auto nonsense = [](const char *what) {
        return fail(Errc::Corrupt, QLatin1String(what));
    };
    if (header.bytes > kFrameBytesMax)
        return nonsense("a frame too long");
    QByteArray bytes(qsizetype(header.bytes), Qt::Uninitialized);
    if (const Status read = readExactly(bytes.data(), header.bytes); !read)
        return read;
    switch (header.type) {
    case FrameType::Text:
        if (uint64_t(document.text.size() + bytes.size()) > m_limits.maxTextBytes
            || bytes.contains('\0') || !bytes.isValidUtf8())
            return nonsense("text that is none");
        document.text += bytes;
        return {};
    case FrameType::Mark: {
        TextMark mark;
        if (bytes.size() != sizeof mark || document.marks.size() >= m_limits.marksMax)
            return nonsense("a mark that is none");
        memcpy(&mark, bytes.constData(), sizeof mark);
        if (mark.kind < MarkKind::Page || mark.kind > MarkKind::MemberEnd)
            return nonsense("a mark of no kind");
        if (!document.marks.isEmpty() && mark.offsetBytes < document.marks.last().offsetBytes)
            return nonsense("marks out of order");
        document.marks.push_back(mark);
        return {};
    }
    case FrameType::Title:
        document.title = QString::fromUtf8(bytes.left(kTitleBytesMax));
        return {};
    case FrameType::Author:
        document.author = QString::fromUtf8(bytes.left(kTitleBytesMax));
        return {};
    case FrameType::Language:
        document.language = QString::fromUtf8(bytes.left(kLanguageBytesMax));
        return {};
    case FrameType::Date: {
        int64_t seconds = 0;
        if (bytes.size() != sizeof seconds)
            return nonsense("a date that is none");
        memcpy(&seconds, bytes.constData(), sizeof seconds);
        if (seconds > -kDateSecondsMax && seconds < kDateSecondsMax)
            document.dateNs = seconds * 1'000'000'000;
        return {};
    }
    case FrameType::Truncated:
        document.isTruncated = true;
        return {};
    case FrameType::Done:
        if (!document.marks.isEmpty()
            && document.marks.last().offsetBytes > uint64_t(document.text.size()))
            return nonsense("a mark beyond the text");
        document.outcome = ExtractOutcome::Extracted;
        isLast = true;
        return {};
    case FrameType::Failed:
    case FrameType::NoText: {
        const bool isFailed = header.type == FrameType::Failed;
        document = Document();
        document.outcome = isFailed ? ExtractOutcome::Failed : ExtractOutcome::NoText;
        document.reason = QString::fromUtf8(bytes.left(kReasonBytesMax));
        isLast = true;
        return {};
    }
    default:
        return nonsense("an unknown frame");
    }
}

} // namespace vexfs::daemon
