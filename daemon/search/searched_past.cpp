// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/searched_past.h"

#include "daemon/index/catalog.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;

namespace {

bool isReadable(const QByteArray &path, int folder = AT_FDCWD)
{
    return faccessat(folder, path.constData(), R_OK, AT_EACCESS) == 0;
}

bool isClosed(const QByteArray &path)
{
    return !isReadable(path) && errno == EACCES;
}

// What is live of it, or under its name: closed when it is there and may not be read.
bool isClosedNow(const QByteArray &root, const VersionPaths &paths)
{
    for (const QByteArray &path : paths.then) {
        if (!paths.now.contains(path) && isClosed(root + path))
            return true;
    }
    return !paths.now.isEmpty()
        && std::all_of(paths.now.begin(), paths.now.end(),
                       [&](const QByteArray &path) { return isClosed(root + path); });
}

std::optional<PastPlace> readableOf(int folder, const QVector<QByteArray> &paths)
{
    if (folder < 0)
        return std::nullopt;
    for (const QByteArray &path : paths) {
        struct stat info = {};
        if (fstatat(folder, path.constData(), &info, AT_SYMLINK_NOFOLLOW) == 0
            && isReadable(path, folder)) {
            const int64_t seconds = info.st_mtim.tv_sec;
            return PastPlace{path, uint64_t(info.st_size),
                             seconds * 1'000'000'000 + info.st_mtim.tv_nsec};
        }
    }
    return std::nullopt;
}

} // namespace

Result<SearchedPast> searchedPast(VolumeView &view, const SearchRequest &request)
{
    Result<QVector<SnapshotTree>> all = view.snapshots();
    if (!all)
        return tl::unexpected(all.error());
    SearchedPast past;
    past.view = &view;
    past.trees = std::make_shared<OpenTrees>();
    past.snapshots = std::move(*all);
    past.scope = request.snapshots;
    for (const SnapshotTree &each : past.snapshots) {
        const bool isNamed = QString::fromUtf8(each.name) == request.atSnapshot;
        const bool isInTime = request.atNs != 0 && each.createdNs <= request.atNs;
        if (request.atSnapshot.isEmpty() ? isInTime : isNamed)
            past.at = each;
    }
    if (!request.atSnapshot.isEmpty() && !past.at) {
        return fail(Errc::NotFound,
                    QStringLiteral("There is no snapshot '%1'").arg(request.atSnapshot));
    }
    if (request.atNs != 0 && !past.at)
        return fail(Errc::NotFound, QStringLiteral("There is no snapshot that is so old"));
    return past;
}

QByteArray listSignature(const SearchedPast &past)
{
    const uint64_t last = past.snapshots.isEmpty() ? 0 : past.snapshots.constLast().id;
    return QByteArray::number(qulonglong(last)) + '/'
        + QByteArray::number(past.snapshots.size()) + '/'
        + QByteArray::number(qulonglong(past.at ? past.at->id : 0)) + '/'
        + QByteArray::number(int(past.scope));
}

OpenTrees::~OpenTrees()
{
    for (const auto &[tree, fd] : m_roots) {
        if (fd >= 0)
            ::close(fd);
    }
}

int OpenTrees::root(uint64_t tree, const QByteArray &folder)
{
    const auto [found, isNew] = m_roots.emplace(tree, -1);
    if (isNew)
        found->second = ::open(folder.constData(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    return found->second;
}

std::optional<PastPlace> PlaceCache::find(uint64_t tree, uint64_t inode) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_places.find({tree, inode});
    return found == m_places.end() ? std::nullopt : std::optional(found->second);
}

void PlaceCache::put(uint64_t tree, uint64_t inode, const PastPlace &place)
{
    const std::lock_guard lock(m_mutex);
    if (m_places.size() >= kPlacesMax)
        m_places.clear();
    m_places[{tree, inode}] = place;
}

// By the calls of any program: they know every right.
std::optional<PastPlace> placeInSnapshot(const SearchedPast &past, const SnapshotTree &snapshot,
                                         const VersionPaths &paths)
{
    const QByteArray root = past.view->mountPoint() + '/';
    const int folder
        = past.trees->root(snapshot.id, root + ".vexfs/snapshots/" + snapshot.name);
    std::optional<PastPlace> place = past.places->find(snapshot.id, paths.inode);
    if (!place) {
        place = readableOf(folder, paths.then);
        if (!place) {
            // A folder above it was called otherwise then.
            const auto others = past.view->paths(snapshot.id, paths.inode);
            if (!others)
                return std::nullopt;
            place = readableOf(folder, *others);
        }
        if (place)
            past.places->put(snapshot.id, paths.inode, *place);
    }
    return place && !isClosedNow(root, paths) ? place : std::nullopt;
}

Result<std::shared_ptr<const InodeSet>> AliveSets::find(Catalog &catalog, uint64_t generation,
                                                        const SearchedPast &past)
{
    // What one snapshot has does not depend on the others.
    const QByteArray of
        = past.at ? QByteArray::number(qulonglong(past.at->id)) : listSignature(past);
    const QByteArray key = QByteArray::number(qulonglong(generation)) + ' ' + of;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto &[known, set] : m_sets) {
            if (known == key)
                return set;
        }
    }
    QVector<uint64_t> ids;
    for (const SnapshotTree &each : past.snapshots)
        ids.push_back(each.id);
    auto found = past.at ? catalog.aliveIn(past.at->id)
                         : catalog.aliveInAny(ids, past.scope == SnapshotScope::All);
    if (!found)
        return tl::unexpected(found.error());
    const auto set = std::make_shared<const InodeSet>(std::move(*found));
    const std::lock_guard lock(m_mutex);
    m_sets.emplace_front(key, set);
    size_t keys = 0;
    for (const auto &[known, each] : m_sets)
        keys += each->size();
    while (m_sets.size() > kSetsMin && keys > kKeysMax) {
        keys -= m_sets.back().second->size();
        m_sets.pop_back();
    }
    return set;
}

void AliveSets::clear()
{
    const std::lock_guard lock(m_mutex);
    m_sets.clear();
}

} // namespace vexfs::daemon
