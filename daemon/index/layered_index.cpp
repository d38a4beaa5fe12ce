// SPDX-License-Identifier: Apache-2.0
//
// Sealed segments below, hnswlib's graph on top for what is not sealed yet. A change goes on top
// and marks what it replaces below as forgotten. When the top has grown, a thread of the index's
// own builds a segment of it and of the segments that are not much larger, and then changes them
// over; what was changed meanwhile stays on top.
//
// Files, in the folder of the state: "<path>" names the others and is written last, by renaming;
// "vectors-<model>-<number>.seg" never change; "vectors-<model>-<number>.top" is the graph on top.
#include "daemon/index/segment/graph_builder.h"
#include "daemon/index/index_file.h"
#include "daemon/index/sealed_part.h"
#include "daemon/index/segment_file.h"
#include "daemon/index/vector_index.h"
#include "kernel/include/uapi/vexfs/vector_fork.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLoggingCategory>
#include <QtEndian>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

Q_LOGGING_CATEGORY(lcLayers, "vexfs.index.layers")

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

// The top is sealed when it has this part of what is sealed.
constexpr size_t kTopShare = 8;
// A segment is merged with what comes when it is not larger than this times all of that.
constexpr size_t kMergeTimes = 2;
constexpr int kNiceness = 10;
constexpr auto kRetryAfter = std::chrono::minutes(1);
constexpr qsizetype kNameMax = 255;

using Parts = std::vector<std::shared_ptr<SealedPart>>;

/// What the main file says besides its header.
struct Manifest
{
    struct Part
    {
        QByteArray name;
        uint32_t identity = 0;
        std::vector<uint64_t> forgotten;
    };
    uint64_t number = 0; ///< the next file's
    QByteArray top;
    std::vector<Part> parts;
};

template <class T> void append(QByteArray &out, T value)
{
    const T little = qToLittleEndian(value);
    out.append(reinterpret_cast<const char *>(&little), sizeof little);
}

void appendName(QByteArray &out, const QByteArray &name)
{
    append<quint32>(out, quint32(name.size()));
    out.append(name);
}

QByteArray encode(const Manifest &manifest)
{
    QByteArray out;
    append<quint64>(out, manifest.number);
    appendName(out, manifest.top);
    append<quint32>(out, quint32(manifest.parts.size()));
    for (const Manifest::Part &part : manifest.parts) {
        appendName(out, part.name);
        append<quint32>(out, part.identity);
        append<quint64>(out, part.forgotten.size());
        for (const uint64_t ino : part.forgotten)
            append<quint64>(out, ino);
    }
    return out;
}

/// False for what encode() does not write.
class ManifestReader
{
public:
    explicit ManifestReader(QByteArrayView bytes) : m_bytes(bytes) {}

    bool read(Manifest &out)
    {
        quint32 parts = 0;
        if (!take(out.number) || !takeName(out.top) || !take(parts))
            return false;
        for (quint32 i = 0; i < parts; ++i) {
            Manifest::Part part;
            quint64 forgotten = 0;
            if (!takeName(part.name) || !take(part.identity) || !take(forgotten)
                || forgotten > size_t(m_bytes.size()) / sizeof(quint64))
                return false;
            part.forgotten.resize(forgotten);
            for (uint64_t &ino : part.forgotten)
                take(ino);
            out.parts.push_back(std::move(part));
        }
        return m_bytes.isEmpty();
    }

private:
    template <class T> bool take(T &out)
    {
        if (size_t(m_bytes.size()) < sizeof(T))
            return false;
        out = qFromLittleEndian<T>(m_bytes.data());
        m_bytes = m_bytes.sliced(sizeof(T));
        return true;
    }

    // A file in the folder, never elsewhere.
    bool takeName(QByteArray &out)
    {
        quint32 size = 0;
        if (!take(size) || size > kNameMax || qsizetype(size) > m_bytes.size())
            return false;
        out = m_bytes.first(qsizetype(size)).toByteArray();
        m_bytes = m_bytes.sliced(qsizetype(size));
        return out.startsWith("vectors-") && !out.contains('/');
    }

    QByteArrayView m_bytes;
};

/// A vector that is to be sealed.
struct Source
{
    uint64_t ino = 0;
    uint32_t chunk = 0;
    ChunkPlace place;
};

/// What one sealing is of, and what came of it.
struct Sealing
{
    Parts merged;
    std::vector<Source> sources;
    std::shared_ptr<SealedPart> fresh; ///< null when nothing is left of them
    uint64_t loadings = 0;
};

class LayeredIndex : public VectorIndex
{
public:
    LayeredIndex(VectorIndexIdentity identity, const QString &folder, size_t sealMin)
        : m_identity(std::move(identity)), m_folder(folder), m_sealMin(sealMin),
          m_top(createHnswIndex(m_identity))
    {
        const QByteArray hash
            = QCryptographicHash::hash(m_identity.model, QCryptographicHash::Sha256);
        m_prefix = "vectors-" + hash.toHex().first(12) + '-';
        m_sealer = std::thread([this] { sealAsNeeded(); });
    }

    ~LayeredIndex() override
    {
        m_isStopping = true;
        {
            const std::lock_guard lock(m_wakeMutex);
        }
        m_wake.notify_all();
        m_sealer.join();
    }

    Status put(uint64_t ino, const std::vector<std::vector<float>> &vectors) override
    {
        {
            const std::unique_lock lock(m_mutex);
            if (Status done = m_top->put(ino, vectors); !done)
                return done;
            forgetSealed(ino);
        }
        wakeSealer();
        return {};
    }

    void remove(uint64_t ino) override
    {
        const std::unique_lock lock(m_mutex);
        m_top->remove(ino);
        forgetSealed(ino);
    }

    Result<std::vector<VectorHit>> search(std::span<const float> query, size_t count,
                                          const InodeSet *maybeOnly) const override
    {
        std::vector<VectorPlan> plans;
        return explain(query, count, maybeOnly, FilterWay::None, plans);
    }

    Result<std::vector<VectorHit>> explain(std::span<const float> query, size_t count,
                                           const InodeSet *maybeOnly, FilterWay way,
                                           std::vector<VectorPlan> &plans) const override;

    std::vector<float> vector(uint64_t ino, uint32_t chunk) const override
    {
        const std::shared_lock lock(m_mutex);
        std::vector<float> found = m_top->vector(ino, chunk);
        for (size_t i = 0; found.empty() && i < m_parts.size(); ++i)
            found = m_parts[i]->vector(ino, chunk);
        return found;
    }

    size_t count() const override
    {
        const std::shared_lock lock(m_mutex);
        size_t total = m_top->count();
        for (const auto &part : m_parts)
            total += part->live();
        return total;
    }

    std::vector<uint64_t> inodes() const override
    {
        const std::shared_lock lock(m_mutex);
        std::vector<uint64_t> all = m_top->inodes();
        for (const auto &part : m_parts) {
            const std::vector<uint64_t> its = part->inodes();
            all.insert(all.end(), its.begin(), its.end());
        }
        return all;
    }

    Status save(const QString &path, uint64_t generation) const override;
    Status seal(const SealRequest &request) const override;
    Status settle() override;
    bool isSettling() const override { return !m_isHeldUp && isSealingDue(false); }
    Result<uint64_t> load(const QString &path) override;

private:
    void forgetSealed(uint64_t ino)
    {
        m_changed.insert(ino);
        for (const auto &part : m_parts)
            part->forget(ino);
    }

    void wakeSealer()
    {
        const std::lock_guard lock(m_wakeMutex);
        m_wake.notify_all();
    }

    QString pathOf(const QByteArray &name) const
    {
        return m_folder + u'/' + QString::fromLatin1(name);
    }
    QByteArray newName(const char *suffix) const
    {
        return m_prefix + QByteArray::number(qulonglong(m_number++)) + suffix;
    }

    bool isSealingDue(bool isForced) const;
    Parts partsToMerge(size_t fresh) const;
    void sealAsNeeded();
    Status sealOnce(bool isForced);
    Status collect(const Parts &merged, GraphBuilder &builder, std::vector<Source> &sources) const;
    Status write(const QString &path, const GraphBuilder &builder,
                 const std::vector<Source> &sources, const SealRequest &request) const;
    Status writeFresh(GraphBuilder &builder, Sealing &sealing) const;
    Status changeOver(const Sealing &sealing);
    void removeStrays(const Manifest &manifest, const QByteArray &prefix) const;
    GraphBuildOptions buildOptions() const;

    const VectorIndexIdentity m_identity;
    const QString m_folder;
    const size_t m_sealMin;
    QByteArray m_prefix;
    mutable std::shared_mutex m_mutex; ///< of what follows
    std::unique_ptr<VectorIndex> m_top;
    Parts m_parts;
    InodeSet m_changed; ///< put or removed since a sealing began
    mutable std::atomic<uint64_t> m_number{0};

    // In this order, and before m_mutex.
    mutable std::mutex m_sealMutex;  ///< one sealing at a time
    mutable std::mutex m_filesMutex; ///< of the files, and of what follows
    QByteArray m_writing;    ///< name of a segment that is not among the parts yet
    uint64_t m_loadings = 0; ///< a sealing that began before one is of no use
    std::mutex m_wakeMutex;
    std::condition_variable m_wake;
    std::atomic<bool> m_isStopping{false};
    std::atomic<bool> m_isHeldUp{false}; ///< sealing failed, and is tried again later
    std::thread m_sealer;
};

Result<std::vector<VectorHit>> LayeredIndex::explain(std::span<const float> query, size_t count,
                                                     const InodeSet *maybeOnly, FilterWay way,
                                                     std::vector<VectorPlan> &plans) const
{
    plans.clear();
    if (query.size() != m_identity.dimension)
        return fail(Errc::InvalidVector, QStringLiteral("a query of another dimension"));
    const std::shared_lock lock(m_mutex);
    Result<std::vector<VectorHit>> hits = m_top->explain(query, count, maybeOnly, way, plans);
    if (!hits)
        return hits;
    try {
        for (const auto &part : m_parts) {
            VectorPlan plan;
            const std::vector<VectorHit> more = part->search(query, count, maybeOnly, plan, way);
            hits->insert(hits->end(), more.begin(), more.end());
            plans.push_back(plan);
        }
    } catch (const std::bad_alloc &) {
        return fail(Errc::NoSpace, QStringLiteral("vector index: out of memory"));
    }
    std::sort(hits->begin(), hits->end(), [](const VectorHit &a, const VectorHit &b) {
        if (a.similarity != b.similarity)
            return a.similarity > b.similarity;
        return a.ino != b.ino ? a.ino < b.ino : a.chunk < b.chunk;
    });
    hits->resize(std::min(hits->size(), count));
    return hits;
}

// ---- sealing ----

GraphBuildOptions LayeredIndex::buildOptions() const
{
    GraphBuildOptions options;
    options.dimension = m_identity.dimension;
    options.metric = VEXFS_METRIC_COSINE;
    options.isCancelled = [this] { return m_isStopping.load(); };
    return options;
}

bool LayeredIndex::isSealingDue(bool isForced) const
{
    const std::shared_lock lock(m_mutex);
    const size_t fresh = m_top->count();
    size_t sealed = 0;
    bool isSparse = false;
    for (const auto &part : m_parts) {
        sealed += part->live();
        isSparse = isSparse || part->live() * 2 < part->segment().count();
    }
    if (isForced)
        return fresh > 0 || isSparse;
    return fresh >= std::max(m_sealMin, sealed / kTopShare) || isSparse;
}

/// Smallest first, as long as they are not much larger than what they are merged with; and those
/// of which most is forgotten.
Parts LayeredIndex::partsToMerge(size_t fresh) const
{
    Parts bySize = m_parts;
    std::sort(bySize.begin(), bySize.end(),
              [](const auto &a, const auto &b) { return a->live() < b->live(); });
    Parts merged;
    size_t total = fresh;
    for (const auto &part : bySize) {
        if (part->live() <= total * kMergeTimes || part->live() * 2 < part->segment().count()) {
            merged.push_back(part);
            total += part->live();
        }
    }
    return merged;
}

void LayeredIndex::sealAsNeeded()
{
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNiceness);
    while (!m_isStopping) {
        {
            std::unique_lock lock(m_wakeMutex);
            m_wake.wait(lock, [this] { return m_isStopping || isSealingDue(false); });
        }
        if (m_isStopping)
            return;
        const Status done = sealOnce(false);
        if (done || m_isStopping)
            continue;
        qCWarning(lcLayers, "vectors are not sealed yet: %s", qPrintable(done.error().what));
        m_isHeldUp = true;
        std::unique_lock lock(m_wakeMutex);
        m_wake.wait_for(lock, kRetryAfter, [this] { return m_isStopping.load(); });
        m_isHeldUp = false;
    }
}

Status LayeredIndex::settle()
{
    return isSealingDue(true) ? sealOnce(true) : Status{};
}

/// What is found now, as codes. The caller has the lock.
Status LayeredIndex::collect(const Parts &merged, GraphBuilder &builder,
                             std::vector<Source> &sources) const
{
    std::vector<int8_t> codes(m_identity.dimension);
    const auto add = [&](uint64_t ino, uint32_t chunk, const std::vector<float> &vector) {
        const float scale = quantise(vector, codes);
        builder.add(codes, scale);
        sources.push_back({ino, chunk, {}});
    };
    try {
        // The same files give the same segment, in whatever order they came.
        std::vector<std::pair<uint64_t, const SealedPart *>> files;
        for (const uint64_t ino : m_top->inodes())
            files.emplace_back(ino, nullptr);
        for (const auto &part : merged) {
            for (const uint64_t ino : part->inodes())
                files.emplace_back(ino, part.get());
        }
        std::sort(files.begin(), files.end());
        for (const auto &[ino, part] : files) {
            if (part) {
                for (const auto &[chunk, vector] : part->vectorsOf(ino))
                    add(ino, chunk, vector);
                continue;
            }
            for (uint32_t chunk = 0;; ++chunk) {
                const std::vector<float> vector = m_top->vector(ino, chunk);
                if (vector.empty())
                    break;
                add(ino, chunk, vector);
            }
        }
    } catch (const std::bad_alloc &) {
        return fail(Errc::NoSpace, QStringLiteral("vector index: out of memory"));
    }
    return {};
}

Status LayeredIndex::write(const QString &path, const GraphBuilder &builder,
                           const std::vector<Source> &sources, const SealRequest &request) const
{
    std::vector<uint32_t> links;
    SegmentGraph graph;
    std::copy(request.volumeUuid.begin(), request.volumeUuid.end(), graph.uuid);
    graph.tree = request.tree;
    graph.generation = request.generation;
    graph.model = m_identity.model.toStdString();
    graph.dimension = m_identity.dimension;
    graph.metric = VEXFS_METRIC_COSINE;
    graph.maxLinks = buildOptions().links;
    graph.count = builder.count();
    graph.entries = builder.entries();
    graph.node = [&](uint32_t number) {
        links = builder.links(number);
        SegmentNode node;
        node.ino = sources[number].ino;
        node.record = sources[number].chunk;
        node.beginBytes = sources[number].place.beginBytes;
        node.endBytes = sources[number].place.endBytes;
        node.page = sources[number].place.page;
        node.scale = builder.scale(number);
        node.codes = builder.codes(number);
        node.links = links;
        return node;
    };
    const int error = writeSegment(path.toStdString(), graph);
    return error ? base::failErrno(-error, path) : Status{};
}

Status LayeredIndex::sealOnce(bool isForced)
{
    const std::lock_guard sealLock(m_sealMutex);
    if (!isSealingDue(isForced))
        return {};
    GraphBuilder builder(buildOptions());
    Sealing sealing;
    {
        const std::lock_guard filesLock(m_filesMutex);
        const std::unique_lock lock(m_mutex);
        sealing.merged = isForced ? m_parts : partsToMerge(m_top->count());
        sealing.loadings = m_loadings;
        m_writing = newName(".seg");
        m_changed.clear();
    }
    Status done;
    {
        // What changes from here on is known to have.
        const std::shared_lock lock(m_mutex);
        done = collect(sealing.merged, builder, sealing.sources);
    }
    if (done && builder.count() > 0)
        done = writeFresh(builder, sealing);
    const std::lock_guard filesLock(m_filesMutex);
    if (done && sealing.loadings == m_loadings)
        done = changeOver(sealing);
    else
        QFile::remove(pathOf(m_writing));
    m_writing.clear();
    return done;
}

Status LayeredIndex::writeFresh(GraphBuilder &builder, Sealing &sealing) const
{
    if (!builder.build())
        return fail(Errc::Cancelled, QStringLiteral("the index is closed"));
    SealRequest request;
    request.generation = m_number;
    if (Status done = write(pathOf(m_writing), builder, sealing.sources, request); !done)
        return done;
    int error = 0;
    sealing.fresh
        = SealedPart::open(m_folder.toStdString(), m_writing.toStdString(), error);
    return sealing.fresh ? Status{} : base::failErrno(-error, pathOf(m_writing));
}

/// From now on the new segment answers for what went into it, except for what has changed.
Status LayeredIndex::changeOver(const Sealing &sealing)
{
    const std::unique_lock lock(m_mutex);
    std::unique_ptr<VectorIndex> top = createHnswIndex(m_identity);
    for (const uint64_t ino : m_top->inodes()) {
        if (!m_changed.contains(ino))
            continue;
        std::vector<std::vector<float>> vectors;
        for (auto each = m_top->vector(ino, 0); !each.empty();
             each = m_top->vector(ino, uint32_t(vectors.size())))
            vectors.push_back(std::move(each));
        if (Status done = top->put(ino, vectors); !done)
            return done;
    }
    for (const uint64_t ino : m_changed) {
        if (sealing.fresh)
            sealing.fresh->forget(ino);
    }
    m_top = std::move(top);
    std::erase_if(m_parts, [&sealing](const auto &part) {
        return std::find(sealing.merged.begin(), sealing.merged.end(), part)
               != sealing.merged.end();
    });
    if (sealing.fresh)
        m_parts.push_back(sealing.fresh);
    qCInfo(lcLayers, "sealed %zu vectors; %zu segments", sealing.sources.size(), m_parts.size());
    return {};
}

Status LayeredIndex::seal(const SealRequest &request) const
{
    const std::lock_guard sealLock(m_sealMutex);
    GraphBuilder builder(buildOptions());
    std::vector<Source> sources;
    {
        const std::shared_lock lock(m_mutex);
        if (Status done = collect(m_parts, builder, sources); !done)
            return done;
    }
    if (sources.empty())
        return fail(Errc::NotFound, QStringLiteral("vector index: nothing to seal"));
    if (!builder.build())
        return fail(Errc::Cancelled, QStringLiteral("the index is closed"));
    for (Source &source : sources)
        source.place = request.place ? request.place(source.ino, source.chunk) : ChunkPlace{};
    return write(request.path, builder, sources, request);
}

// ---- the stored state ----

/// Files of that prefix that the state does not name; a stop at any moment may leave some.
void LayeredIndex::removeStrays(const Manifest &manifest, const QByteArray &prefix) const
{
    QDir folder(m_folder);
    for (const QString &entry :
         folder.entryList({QString::fromLatin1(prefix) + u'*'}, QDir::Files)) {
        const QByteArray name = entry.toLatin1();
        const bool isNamed
            = name == manifest.top || (!m_writing.isEmpty() && name.startsWith(m_writing))
              || std::any_of(manifest.parts.begin(), manifest.parts.end(),
                             [&name](const auto &part) { return part.name == name; });
        if (!isNamed)
            folder.remove(entry);
    }
}

Status LayeredIndex::save(const QString &path, uint64_t generation) const
{
    const std::lock_guard filesLock(m_filesMutex);
    Manifest manifest;
    {
        const std::shared_lock lock(m_mutex);
        manifest.top = newName(".top");
        manifest.number = m_number;
        if (Status done = m_top->save(pathOf(manifest.top), generation); !done)
            return done;
        for (const auto &part : m_parts)
            manifest.parts.push_back({QByteArray::fromStdString(part->name()),
                                      part->segment().identity(), part->forgotten()});
    }
    const QByteArray payload = encode(manifest);
    const Status done
        = writeIndexFile(path, {m_identity.model, m_identity.dimension,
                                uint64_t(manifest.parts.size()), generation}, {payload});
    if (done)
        removeStrays(manifest, m_prefix);
    else
        QFile::remove(pathOf(manifest.top));
    return done;
}

Result<uint64_t> LayeredIndex::load(const QString &path)
{
    const std::lock_guard filesLock(m_filesMutex);
    const Result<IndexFile> file = readIndexFile(path);
    if (!file)
        return tl::unexpected(file.error());
    Manifest manifest;
    if (file->header.model != m_identity.model || file->header.dimension != m_identity.dimension)
        return fail(Errc::Conflict, QStringLiteral("%1: of another model").arg(path));
    if (!ManifestReader(file->payload).read(manifest))
        return fail(Errc::Corrupt, QStringLiteral("%1: parts do not fit").arg(path));
    std::unique_ptr<VectorIndex> top = createHnswIndex(m_identity);
    const Result<uint64_t> generation = top->load(pathOf(manifest.top));
    if (!generation || *generation != file->header.generation) {
        return fail(Errc::Corrupt, generation ? QStringLiteral("%1: of another state").arg(path)
                                              : generation.error().what);
    }
    Parts parts;
    for (const Manifest::Part &each : manifest.parts) {
        int error = 0;
        auto part = SealedPart::open(m_folder.toStdString(), each.name.toStdString(), error);
        if (part && (part->segment().identity() != each.identity
                     || part->segment().dimension() != m_identity.dimension
                     || part->segment().model() != m_identity.model.toStdString()))
            error = -EUCLEAN;
        if (error != 0) {
            const Errc code = error == -ENOMEM ? Errc::NoSpace : Errc::Corrupt;
            return fail(code, QStringLiteral("%1: segment %2: %3")
                                  .arg(path, QString::fromLatin1(each.name),
                                       QString::fromLocal8Bit(strerror(-error))));
        }
        for (const uint64_t ino : each.forgotten)
            part->forget(ino);
        parts.push_back(std::move(part));
    }
    removeStrays(manifest, "vectors-");
    const std::unique_lock lock(m_mutex);
    m_number = manifest.number;
    m_top = std::move(top);
    m_parts = std::move(parts);
    m_changed.clear();
    m_loadings++;
    return file->header.generation;
}

} // namespace

std::unique_ptr<VectorIndex> createLayeredIndex(const VectorIndexIdentity &identity,
                                                const QString &folder, size_t sealMin)
{
    return std::make_unique<LayeredIndex>(identity, folder, sealMin);
}

} // namespace vexfs::daemon
