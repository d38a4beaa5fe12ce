// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/index_service.h - one volume, indexed and searched.
//
// Plugs the parts together: the volume's change feed into a persistent queue, the queue through
// extraction, chunking and embedding into vector forks, catalog and vector index, and searches into
// fused answers. It knows no D-Bus, no ioctl and no hnswlib.
#pragma once

#include "common/base/error.h"
#include "daemon/ingest/index_settings.h"
#include "daemon/query/search_types.h"
#include "daemon/search/index_counters.h"
#include "daemon/service/answers/file_report.h"
#include "daemon/service/answers/index_status.h"
#include "daemon/service/map/index_map.h"
#include "daemon/service/work_policy.h"
#include "daemon/volume/volume_view.h"

#include <QObject>

#include <memory>
#include <optional>

namespace vexfs::daemon {

struct ModelChoice;

/// Where the programs and data that indexing needs lie. Defaults are found by
/// IndexConfig::standard(); tests set their own.
struct IndexConfig
{
    QString extractProgram;  ///< vexfs-extract
    QString modelDirectory;  ///< holds builtin.vxt
    int debounceMs = 200;    ///< quiet time after a change before it is taken
    uint64_t sealMinVectors = 4096;  ///< of new vectors, before they become a segment
    bool tunesModel = true;  ///< the built-in model learns from the volume's own files

    /// From VEXFS_LIBEXEC and VEXFS_RESOURCES where set, else beside the running program (build
    /// tree), else the installed places; for tests, VEXFS_SEAL_MIN. Fails with NotFound naming what
    /// is missing.
    static base::Result<IndexConfig> standard();
};

/// The index of one mounted volume.
///
/// Owner: the volume service, which outlives the VolumeView's mount: stop() before unmounting, it
/// closes every file the index has open there. Thread: every method may be called from any thread
/// and returns in microseconds, but for start(), stop(), waitIdle() and search(), explain(),
/// failures(), reindex(), which may wait for the disk: call them off the bus thread. Signals come
/// from worker threads: connect queued (a context object living in the receiving thread does that).
class IndexService : public QObject
{
    Q_OBJECT

public:
    IndexService(std::shared_ptr<VolumeView> view, IndexConfig config, QObject *parent = nullptr);
    ~IndexService() override;

    /// Opens or makes the catalog, starts feed and workers. Fails with NoModel (table missing or
    /// damaged), NotFound (extractor missing), ReadOnly, NoSpace, Busy (another daemon has this
    /// volume's index open). A damaged catalog is set aside and built again, not an error.
    base::Status start();

    /// Ends all threads and children and closes all files; what is queued stays queued. Prompt:
    /// a running extraction is killed. Idempotent; start() may follow.
    void stop();

    IndexStatus status() const;

    /// Fails with InvalidArgs (limit, offset), InvalidQuery (nothing to search for: empty or too
    /// long), IndexNotReady (not started).
    base::Result<SearchReply> search(const SearchRequest &request);

    /// What was counted since the service was made; gauges are of now.
    QVector<CounterRow> counters() const;

    /// Path relative to the volume. A file that does not exist is a report with state Missing.
    /// With a request, also how the file does in that search; then fails as search() does, too.
    base::Result<FileReport> explain(const QByteArray &path,
                                     const std::optional<SearchRequest> &request = {});

    /// As explain(), of at most 1000 paths and with less of each; see statesOf().
    base::Result<QVector<FileReport>> states(const QVector<QByteArray> &paths);

    /// What a prefix may become: words of files that begin so, tags, folders (from the root of the
    /// volume), and names that a mistyped word may mean; pairs of a text and its kind.
    base::Result<QVector<std::pair<QString, QString>>> suggest(const QString &prefix, int limit);

    /// At most limit (1..1000) files that could not be indexed, after an ino (0 for the first).
    base::Result<FailurePage> failures(int limit, uint64_t after);

    /// Indexing rests until resume(), or for so many minutes; searches go on. why is told with the
    /// state. Both are idempotent; the last pause counts.
    void pause(uint32_t minutes = 0, const QString &why = {});
    void resume();

    /// What all background work of the daemon may do now; what is set of this index narrows it.
    void setLimits(const WorkLimits &limits);

    /// What is set of it. Other files to take in: all are looked at again. Disabled, nothing is
    /// indexed or found. Fails where that cannot be kept, and as start() does.
    IndexSettings settings() const;
    base::Status configure(const IndexSettings &settings);

    /// Queues files and everything below folders again; an empty list means the whole volume.
    /// With force, text is taken and embedded again even where the stored vectors fit.
    /// Returns how many files were queued. Fails with NotFound when a path is not in the index.
    base::Result<uint64_t> reindex(const QVector<QByteArray> &paths, bool force);

    /// Opens another model and begins to embed all files by it; status().model names it when the
    /// last has been, until then the old one answers. Return: its id. Fails with IndexNotReady and
    /// as ModelChoice::open() does.
    base::Result<QString> changeModel(const ModelChoice &choice);
    /// What was chosen for the index. Fails with Corrupt.
    base::Result<ModelChoice> modelChoice() const;

    /// The map of the volume; see IndexMap. Where there is none they fail with IndexNotReady.
    base::Result<uint64_t> layOutMap(const MapWish &wish, const MapProgress &goOn);
    /// With a snapshot, of what it holds; NotFound when there is none of that name.
    base::Result<MapView> mapView(const QString &snapshot = {});
    base::Result<QVector<std::optional<MapDocument>>> mapDocuments(const QVector<uint64_t> &inodes,
                                                                   const QString &snapshot = {});
    /// What became of its points since this was last asked; does not block.
    std::optional<MapChange> takeMapChange();
    /// What was laid out or asked for since the start, null before; does not block.
    std::shared_ptr<const MapState> knownMap() const;

    /// Snapshots were deleted: what only they had is forgotten soon. Searches know at once.
    void snapshotsChanged();
    /// Whether there is a snapshot of that name that can be searched. Fails as the volume does.
    base::Result<bool> hasSnapshot(const QString &name) const;

    /// Waits until everything that was on the volume when called is indexed or listed as failed.
    /// Returns false when timeoutMs passed first, or the index is paused or stopped.
    bool waitIdle(int timeoutMs);

Q_SIGNALS:
    /// Something in status(), at most four times a second while indexing, or in the map changed.
    void statusChanged();

    /// A file became searchable in its present state, or was listed as failed.
    void fileIndexed(const QByteArray &path, uint64_t ino, bool succeeded);

    /// A file left the index.
    void fileRemoved(const QByteArray &path, uint64_t ino);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace vexfs::daemon
