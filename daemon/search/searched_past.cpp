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

// What is live under its name, if that is something else.
bool isNameClosed(const QByteArray &root, const PastVersion &version)
{
    return std::any_of(version.then.begin(), version.then.end(), [&](const QByteArray &path) {
        return !version.now.contains(path) && isClosed(root + path);
    });
}

// What is live of it, or under its name: closed when it is there and may not be read.
bool isClosedNow(const QByteArray &root, const PastVersion &version)
{
    const auto isPathClosed = [&](const QByteArray &path) { return isClosed(root + path); };
    return isNameClosed(root, version)
        || (!version.now.isEmpty()
            && std::all_of(version.now.begin(), version.now.end(), isPathClosed));
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

// By the calls of any program: they know every right.
std::optional<PastPlace> readableIn(const SearchedPast &past, const PastVersion &version)
{
    const QByteArray root = past.view->mountPoint() + '/';
    const SnapshotTree &snapshot = version.snapshot;
    const int folder
        = past.trees->root(snapshot.id, root + ".vexfs/snapshots/" + snapshot.name);
    if (std::optional<PastPlace> place = readableOf(folder, version.then))
        return place;
    // A folder above it was called otherwise then.
    const auto others = past.view->paths(snapshot.id, version.inode);
    return others ? readableOf(folder, *others) : std::nullopt;
}

// By what the volume said of it then and now. It tells one path: of several, another may be meant.
std::optional<PastPlace> placeSeen(const SearchedPast &past, const PastVersion &version,
                                   const InodeSight &then, const InodeSight &now)
{
    const bool isClosedToday = now.isThere && !now.isReadable;
    if (!then.isReadable || isClosedToday
        || isNameClosed(past.view->mountPoint() + '/', version))
        return std::nullopt;
    if (then.nlink != 1 || !then.path)
        return readableIn(past, version);
    return PastPlace{*then.path, then.sizeBytes, then.mtimeNs};
}

AliveKeys aliveKeys(const std::vector<KeyLife> &lives, const SearchedPast &past)
{
    AliveKeys keys;
    const bool withLive = !past.at && past.scope == SnapshotScope::All;
    std::vector<uint64_t> alive;
    size_t pastAlive = 0;
    for (const KeyLife &life : lives) {
        const bool isPast = isPastKey(life.key);
        keys.pastFiles += isPast ? 1 : 0;
        bool isAlive = withLive && !isPast;
        if (past.at) {
            isAlive = life.birth <= past.at->id && past.at->id < life.death;
        } else if (!isAlive) {
            const auto [first, end] = holdersOf(past, life.birth, life.death);
            isAlive = first < end;
        }
        if (!isAlive)
            continue;
        alive.push_back(life.key);
        pastAlive += isPast ? 1 : 0;
    }
    // Of the right size at once: hardly anything takes longer than to fill tables again.
    keys.all.reserve(alive.size());
    keys.past.reserve(pastAlive);
    for (const uint64_t key : alive) {
        keys.all.insert(key);
        if (isPastKey(key))
            keys.past.insert(key);
    }
    return keys;
}

// Of the standard library's hash tables: a node for each key, and an array of pointers.
size_t bytesOf(const AliveKeys &keys)
{
    constexpr size_t kNodeBytes = 32;
    return sizeof(AliveKeys) + kNodeBytes * (keys.all.size() + keys.past.size())
        + sizeof(void *) * (keys.all.bucket_count() + keys.past.bucket_count());
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
    const QByteArray name = request.atSnapshot.toUtf8();
    // There may be tens of thousands, which the volume's own list shares with this one.
    const QVector<SnapshotTree> &listed = past.snapshots;
    for (const SnapshotTree &each : listed) {
        const bool isNamed = each.name == name;
        const bool isInTime = request.atNs != 0 && each.createdNs <= request.atNs;
        if (request.atSnapshot.isEmpty() ? isInTime : isNamed)
            past.at = each;
        if (isNamed)
            break;
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

std::pair<qsizetype, qsizetype> holdersOf(const SearchedPast &past, uint64_t birth, uint64_t death)
{
    const auto isBefore = [](const SnapshotTree &tree, uint64_t id) { return tree.id < id; };
    const auto begin = past.snapshots.begin();
    const auto first = std::lower_bound(begin, past.snapshots.end(), birth, isBefore);
    const auto end = std::lower_bound(first, past.snapshots.end(), death, isBefore);
    return {first - begin, end - begin};
}

QVector<std::optional<PastPlace>> placesInSnapshots(const SearchedPast &past,
                                                    const QVector<PastVersion> &versions)
{
    QVector<InodeSight> sights;
    for (const PastVersion &each : versions) {
        sights.append({each.snapshot.id, each.inode, true});
        sights.append({kLiveTree, each.inode, false});
    }
    const bool isSeen = bool(past.view->see(sights));
    QVector<std::optional<PastPlace>> places;
    for (qsizetype i = 0; i < versions.size(); ++i) {
        const PastVersion &version = versions[i];
        if (isSeen)
            places.append(placeSeen(past, version, sights[2 * i], sights[2 * i + 1]));
        else if (isClosedNow(past.view->mountPoint() + '/', version))
            places.append(std::nullopt);
        else
            places.append(readableIn(past, version));
    }
    return places;
}

Result<std::shared_ptr<const AliveKeys>> AliveSets::find(Catalog &catalog, uint64_t generation,
                                                         const SearchedPast &past)
{
    // What one snapshot has does not depend on the others.
    const QByteArray of
        = past.at ? QByteArray::number(qulonglong(past.at->id)) : listSignature(past);
    if (auto keys = known(generation, of))
        return keys;
    const Result<Lives> lives = livesOf(catalog, generation);
    if (!lives)
        return tl::unexpected(lives.error());
    const auto keys = std::make_shared<const AliveKeys>(aliveKeys(**lives, past));
    keep(generation, of, keys);
    return keys;
}

std::shared_ptr<const AliveKeys> AliveSets::known(uint64_t generation, const QByteArray &of)
{
    const std::lock_guard lock(m_mutex);
    for (auto each = m_entries.begin(); generation == m_generation && each != m_entries.end();
         ++each) {
        if (each->of == of) {
            m_entries.splice(m_entries.begin(), m_entries, each);
            ++m_counters.hits;
            return m_entries.front().keys;
        }
    }
    ++m_counters.misses;
    return nullptr;
}

Result<AliveSets::Lives> AliveSets::livesOf(Catalog &catalog, uint64_t generation)
{
    {
        const std::lock_guard lock(m_mutex);
        if (generation == m_generation && m_lives)
            return m_lives;
    }
    Result<std::vector<KeyLife>> all = catalog.lives();
    if (!all)
        return tl::unexpected(all.error());
    const auto lives = std::make_shared<const std::vector<KeyLife>>(std::move(*all));
    const size_t bytes = lives->capacity() * sizeof(KeyLife);
    const std::lock_guard lock(m_mutex);
    if (generation > m_generation)
        clearLocked(generation);
    if (generation == m_generation && !m_lives && bytes <= m_bytesMax / 2) {
        m_lives = lives;
        m_bytes += bytes;
        m_counters.bytes = m_bytes;
    }
    return lives;
}

void AliveSets::keep(uint64_t generation, const QByteArray &of,
                     std::shared_ptr<const AliveKeys> keys)
{
    const size_t bytes = bytesOf(*keys) + size_t(of.size());
    const std::lock_guard lock(m_mutex);
    // A reader of an older moment, or one as fast as another.
    const bool isKnown = std::any_of(m_entries.begin(), m_entries.end(),
                                     [&](const Entry &each) { return each.of == of; });
    if (generation != m_generation || isKnown)
        return;
    m_entries.push_front({of, std::move(keys), bytes});
    m_bytes += bytes;
    while (m_bytes > m_bytesMax && !m_entries.empty()) {
        m_bytes -= m_entries.back().bytes;
        m_entries.pop_back();
        ++m_counters.evictions;
    }
    m_counters.bytes = m_bytes;
    m_counters.entries = m_entries.size();
}

void AliveSets::clearLocked(uint64_t generation)
{
    m_entries.clear();
    m_lives.reset();
    m_bytes = 0;
    m_generation = generation;
    m_counters.bytes = 0;
    m_counters.entries = 0;
}

void AliveSets::clear()
{
    const std::lock_guard lock(m_mutex);
    clearLocked(0);
}

} // namespace vexfs::daemon
