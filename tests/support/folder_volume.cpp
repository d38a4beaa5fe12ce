// SPDX-License-Identifier: Apache-2.0
#include "tests/support/folder_volume.h"

#include <QCryptographicHash>
#include <QDataStream>
#include <QDir>
#include <QFile>
#include <QSaveFile>
#include <QSet>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vexfs::test {

using base::Errc;
using base::fail;
using base::failErrno;
using base::Result;
using base::Status;
using daemon::ChangePage;
using daemon::InodeStat;
using daemon::VolumeChange;

namespace {

constexpr uint64_t kLive = 1;
constexpr int kPageRows = 7;  // small, so that paging is exercised
constexpr int kPollMs = 25;

QString decoded(const QByteArray &path)
{
    return QFile::decodeName(path);
}

QByteArray readAll(const QByteArray &path)
{
    QFile file(decoded(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool writeAll(const QByteArray &path, const QByteArray &bytes)
{
    QSaveFile file(decoded(path));
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit();
}

int64_t nanoseconds(const timespec &time)
{
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

InodeStat inodeStat(const struct stat &raw)
{
    InodeStat stat;
    stat.ino = raw.st_ino;
    stat.mode = raw.st_mode;
    stat.nlink = uint32_t(raw.st_nlink);
    stat.uid = raw.st_uid;
    stat.gid = raw.st_gid;
    stat.sizeBytes = uint64_t(raw.st_size);
    stat.mtimeNs = nanoseconds(raw.st_mtim);
    stat.ctimeNs = nanoseconds(raw.st_ctim);
    stat.dataGeneration = uint64_t(stat.mtimeNs);
    return stat;
}

} // namespace

FolderVolume::FolderVolume(QByteArray root, QByteArray state)
    : m_root(std::move(root)), m_state(std::move(state))
{
    for (const char *folder : {"/anchors", "/forks", "/index"})
        QDir().mkpath(decoded(m_state + folder));
}

void FolderVolume::countCall()
{
    if (m_callsLeft > 0 && --m_callsLeft == 0)
        kill(getpid(), SIGKILL);
}

void FolderVolume::countWrite()
{
    ++m_forkWrites;
    if (m_writesLeft > 0 && --m_writesLeft == 0)
        kill(getpid(), SIGKILL);
}

QString FolderVolume::uuid() const
{
    return QStringLiteral("00000000-0000-4000-8000-000000000001");
}

QByteArray FolderVolume::anchorPath(uint64_t id) const
{
    return m_state + "/anchors/" + QByteArray::number(qulonglong(id));
}

QByteArray FolderVolume::forkPath(uint64_t ino) const
{
    return m_state + "/forks/" + QByteArray::number(qulonglong(ino));
}

FolderVolume::Tree FolderVolume::walk() const
{
    Tree tree;
    QVector<QByteArray> waiting{QByteArray("")};
    while (!waiting.isEmpty()) {
        const QByteArray path = waiting.takeLast();
        struct stat raw = {};
        if (lstat((m_root + '/' + path).constData(), &raw) != 0)
            continue;
        Node &node = tree[raw.st_ino];
        node.stat = inodeStat(raw);
        node.paths.push_back(path);
        struct stat parent = {};
        const qsizetype slash = path.lastIndexOf('/');
        lstat((m_root + '/' + (slash < 0 ? QByteArray("") : path.left(slash))).constData(),
              &parent);
        node.names.insert(QByteArray::number(qulonglong(parent.st_ino)) + path.mid(slash));
        if (S_ISREG(raw.st_mode)) {
            node.vectors = QCryptographicHash::hash(readAll(forkPath(raw.st_ino)),
                                                    QCryptographicHash::Md5);
            struct stat fork = {};
            if (::stat(forkPath(raw.st_ino).constData(), &fork) == 0)
                node.stat.vectorsBytes = uint64_t(fork.st_size);
        }
        if (!S_ISDIR(raw.st_mode))
            continue;
        const QDir folder(decoded(m_root + '/' + path));
        for (const QString &name : folder.entryList(QDir::AllEntries | QDir::Hidden | QDir::System
                                                    | QDir::NoDotAndDotDot)) {
            const QByteArray encoded = QFile::encodeName(name);
            waiting.push_back(path.isEmpty() ? encoded : path + '/' + encoded);
        }
    }
    return tree;
}

Result<uint64_t> FolderVolume::liveGeneration()
{
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    for (const auto &[ino, node] : walk())
        out << quint64(ino) << qint64(node.stat.mtimeNs) << quint64(node.stat.sizeBytes)
            << node.stat.mode << node.paths << node.vectors;
    const std::lock_guard lock(m_mutex);
    if (state != m_lastWalk) {
        m_lastWalk = state;
        ++m_generation;
    }
    return m_generation;
}

Result<uint64_t> FolderVolume::waitForChange(uint64_t since, int timeoutMs)
{
    for (int waited = 0;; waited += kPollMs) {
        const Result<uint64_t> now = liveGeneration();
        if (*now > since || waited >= timeoutMs)
            return now;
        usleep(kPollMs * 1000);
    }
}

Result<uint64_t> FolderVolume::createAnchor(const QByteArray &)
{
    countCall();
    const QByteArray counter = m_state + "/next-anchor";
    const uint64_t id = std::max<uint64_t>(256, readAll(counter).toULongLong());
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    for (const auto &[ino, node] : walk())
        out << quint64(ino) << node.stat.mode << quint64(node.stat.sizeBytes)
            << qint64(node.stat.mtimeNs) << node.paths << node.names << node.vectors;
    if (!writeAll(counter, QByteArray::number(qulonglong(id + 1)))
        || !writeAll(anchorPath(id), bytes))
        return fail(Errc::Failed, QStringLiteral("cannot write an anchor"));
    countCall();
    return id;
}

Status FolderVolume::deleteAnchor(uint64_t tree)
{
    countCall();
    if (unlink(anchorPath(tree).constData()) != 0)
        return failErrno(errno, QStringLiteral("no anchor %1").arg(tree));
    countCall();
    return {};
}

Result<QVector<uint64_t>> FolderVolume::listAnchors()
{
    countCall();
    QVector<uint64_t> ids;
    for (const QString &name : QDir(decoded(m_state + "/anchors")).entryList(QDir::Files))
        ids.push_back(name.toULongLong());
    return ids;
}

Result<FolderVolume::Tree> FolderVolume::tree(uint64_t id) const
{
    if (id == 0)
        return Tree{};
    if (id == kLive)
        return walk();
    QFile file(decoded(anchorPath(id)));
    if (!file.open(QIODevice::ReadOnly))
        return fail(Errc::NotFound, QStringLiteral("no tree %1").arg(id));
    Tree tree;
    QDataStream in(&file);
    while (!in.atEnd()) {
        quint64 ino = 0;
        quint64 size = 0;
        qint64 mtime = 0;
        Node node;
        in >> ino >> node.stat.mode >> size >> mtime >> node.paths >> node.names >> node.vectors;
        node.stat.ino = ino;
        node.stat.sizeBytes = size;
        node.stat.mtimeNs = mtime;
        node.stat.dataGeneration = uint64_t(mtime);
        tree.emplace(ino, std::move(node));
    }
    return tree;
}

Result<ChangePage> FolderVolume::changes(uint64_t from, uint64_t to, uint64_t afterIno)
{
    countCall();
    ++m_changesCalls;
    const Result<Tree> before = tree(from);
    const Result<Tree> after = tree(to);
    if (!before || !after)
        return fail(Errc::NotFound, QStringLiteral("no such tree"));
    std::map<uint64_t, VolumeChange> all;
    for (const auto &[ino, node] : *before) {
        if (!after->count(ino))
            all[ino] = {ino, daemon::ChangeRemoved, node.stat.mode};
    }
    for (const auto &[ino, node] : *after) {
        const auto old = before->find(ino);
        uint32_t kinds = 0;
        if (old == before->end()) {
            kinds = daemon::ChangeCreated;
        } else {
            const Node &was = old->second;
            const bool isFile = S_ISREG(node.stat.mode);
            if (isFile && (was.stat.mtimeNs != node.stat.mtimeNs
                           || was.stat.sizeBytes != node.stat.sizeBytes))
                kinds |= daemon::ChangeData | daemon::ChangeAttrs;
            if (was.stat.mode != node.stat.mode)
                kinds |= daemon::ChangeAttrs;
            if (was.names != node.names)
                kinds |= daemon::ChangeNames;
            if (was.vectors != node.vectors)
                kinds |= daemon::ChangeVectors;
        }
        if (kinds != 0)
            all[ino] = {ino, kinds, node.stat.mode};
    }
    ChangePage page;
    for (auto it = all.upper_bound(afterIno); it != all.end(); ++it) {
        if (page.changes.size() == kPageRows)
            return page;
        page.changes.push_back(it->second);
        ++m_changedRows;
    }
    page.atEnd = true;
    return page;
}

Result<InodeStat> FolderVolume::stat(uint64_t tree, uint64_t ino)
{
    countCall();
    const Result<Tree> nodes = this->tree(tree);
    if (!nodes)
        return tl::unexpected(nodes.error());
    const auto found = nodes->find(ino);
    if (found == nodes->end())
        return fail(Errc::NotFound, QStringLiteral("no inode %1").arg(ino));
    return found->second.stat;
}

Result<QVector<QByteArray>> FolderVolume::paths(uint64_t tree, uint64_t ino)
{
    countCall();
    const Result<Tree> nodes = this->tree(tree);
    if (!nodes)
        return tl::unexpected(nodes.error());
    const auto found = nodes->find(ino);
    if (found == nodes->end())
        return fail(Errc::NotFound, QStringLiteral("no inode %1").arg(ino));
    return found->second.paths;
}

Result<int> FolderVolume::open(const QByteArray &path, uint64_t ino)
{
    countCall();
    const int fd = ::open((m_root + '/' + path).constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return failErrno(errno, QStringLiteral("cannot open %1").arg(decoded(path)));
    struct stat raw = {};
    if (fstat(fd, &raw) != 0 || raw.st_ino != ino) {
        ::close(fd);
        return fail(Errc::NotFound, QStringLiteral("another file is at %1").arg(decoded(path)));
    }
    return fd;
}

Result<QByteArray> FolderVolume::readVectors(int fd)
{
    countCall();
    struct stat raw = {};
    if (fstat(fd, &raw) != 0)
        return failErrno(errno, QStringLiteral("cannot look at an open file"));
    return readAll(forkPath(raw.st_ino));
}

Status FolderVolume::writeVectors(int fd, const QByteArray &fork)
{
    countCall();
    countWrite();
    struct stat raw = {};
    if (fstat(fd, &raw) != 0)
        return failErrno(errno, QStringLiteral("cannot look at an open file"));
    const QByteArray path = forkPath(raw.st_ino);
    if (fork.isEmpty())
        unlink(path.constData());
    else if (!writeAll(path, fork))
        return fail(Errc::Failed, QStringLiteral("cannot write a fork"));
    countCall();
    return {};
}

} // namespace vexfs::test
