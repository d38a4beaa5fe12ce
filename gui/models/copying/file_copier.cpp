// SPDX-License-Identifier: Apache-2.0
#include "gui/models/copying/file_copier.h"

#include "common/base/file_uri.h"
#include "gui/models/shown_path.h"
#include "gui/models/volume_reader.h"

#include <QtConcurrentRun>

#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::gui {

namespace {

constexpr size_t kPartBytes = 1 << 20;

/// Closed wherever it is left.
class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    operator int() const { return m_fd; }

private:
    int m_fd;
};

struct Outcome
{
    QString problem;        ///< empty: there is none
    bool isStopped = false;
};

Outcome problemOf(int error)
{
    return {error == EEXIST ? FileCopier::tr("there is a file of that name already")
                            : qt_error_string(error),
            false};
}

/// 0, or an errno; ECANCELED where it was stopped.
int copyBytes(int from, int to, const std::atomic<bool> &isStopped)
{
    std::vector<char> part(kPartBytes);
    while (true) {
        if (isStopped)
            return ECANCELED;
        const ssize_t got = ::read(from, part.data(), part.size());
        if (got < 0)
            return errno;
        if (got == 0)
            return 0;
        for (ssize_t at = 0; at < got;) {
            const ssize_t put = ::write(to, part.data() + at, size_t(got - at));
            if (put < 0)
                return errno;
            at += put;
        }
    }
}

Outcome copyNow(const QByteArray &from, const QByteArray &to, const std::atomic<bool> &isStopped)
{
    struct stat facts = {};
    // A pipe is not waited for.
    const Descriptor source(::open(from.constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (source < 0 || ::fstat(source, &facts) != 0)
        return problemOf(errno);
    if (!S_ISREG(facts.st_mode))
        return {FileCopier::tr("it is no file"), false};
    // The dialog did not ask whether a file of that name is to go.
    const Descriptor target(::open(to.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                   (facts.st_mode & 0777) | S_IWUSR));
    if (target < 0)
        return problemOf(errno);
    int error = copyBytes(source, target, isStopped);
    const struct timespec times[] = {facts.st_atim, facts.st_mtim};
    if (error == 0 && (::futimens(target, times) != 0 || ::fsync(target) != 0))
        error = errno;
    if (error == 0)
        return {};
    ::unlink(to.constData());
    return error == ECANCELED ? Outcome{{}, true} : problemOf(error);
}

} // namespace

FileCopier::FileCopier(QObject *parent) : QObject(parent) {}

FileCopier::~FileCopier()
{
    if (m_stop)
        *m_stop = true;
}

void FileCopier::copy(const QString &fromUri, const QString &toUri)
{
    const auto from = base::pathFromUri(fromUri);
    const auto to = base::pathFromUri(toUri);
    if (isCopying() || !from || !to)
        return;
    m_stop = std::make_shared<std::atomic<bool>>(false);
    Q_EMIT changed();
    QtConcurrent::run(&volumePool(), [from = *from, to = *to, isStopped = m_stop] {
        return copyNow(from, to, *isStopped);
    }).then(this, [this, toUri](const Outcome &outcome) {
        m_stop.reset();
        Q_EMIT changed();
        if (!outcome.problem.isEmpty())
            Q_EMIT failed(
                tr("%1 was not written: %2.").arg(shownName(toUri), outcome.problem));
        else if (!outcome.isStopped)
            Q_EMIT copied(toUri);
    });
}

void FileCopier::stop()
{
    if (m_stop)
        *m_stop = true;
}

} // namespace vexfs::gui
