// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/file_indexer.h - takes files from the queue to what searches find.
//
// Reads a file through the extractor, cuts and embeds its text, or takes the vectors from its
// vector fork where they fit, and writes the fork. What comes out is for the catalog and the vector
// index; nothing here touches either.
#pragma once

#include "daemon/index/catalog_types.h"
#include "daemon/ingest/extract_pool.h"
#include "daemon/service/index_context.h"

#include <optional>
#include <vector>

namespace vexfs::daemon {

/// What became of one queued file.
struct IndexedFile
{
    enum class Outcome {
        Written,   ///< record and vectors replace what there was
        Renamed,   ///< only record.row changed
        Gone,      ///< the file is no more
        Deferred,  ///< could not be told now; stays queued
    };

    Outcome outcome = Outcome::Deferred;
    QueueItem item;
    FileRecord record;
    std::vector<std::vector<float>> vectors;
};

/// When the vectors of a text that has none yet are made.
enum class EmbedWhen {
    Now,
    Later,  ///< by ModelTuner, from the text in the catalog; until then the row names no model
};

/// Owner: the indexing thread; work() runs on the extraction threads.
class FileIndexer
{
public:
    FileIndexer(IndexContext &context, ExtractLimits limits, int workers);

    /// known: the catalog's rows of the same items, if any. trees: snapshots to read them from, one
    /// for each; nothing there is written to.
    base::Result<std::vector<IndexedFile>>
    index(const QVector<QueueItem> &items, const QVector<std::optional<FileRow>> &known,
          const QVector<SnapshotTree> &trees = {}, EmbedWhen when = EmbedWhen::Now);

    void stop() { m_pool.stop(); }

private:
    struct OpenFile;

    struct Wanted
    {
        const QueueItem &item;
        const std::optional<FileRow> &known;
        const SnapshotTree *maybeTree;
    };

    base::Result<IndexedFile> indexOne(const Wanted &wanted, Extractor &extractor);
    base::Result<int> openOne(const Wanted &wanted, const QVector<QByteArray> &paths) const;
    base::Result<bool> readContent(OpenFile &file, Extractor &extractor, IndexedFile &out);
    base::Status addVectors(OpenFile &file, IndexedFile &out);
    bool reuseVectors(const OpenFile &file, IndexedFile &out);
    bool reuseFromCopy(const OpenFile &file, IndexedFile &out);
    std::optional<std::vector<std::vector<float>>> forkOfCopy(uint64_t ino,
                                                              const FileRecord &record);

    IndexContext &m_context;
    ExtractLimits m_limits;
    ExtractPool m_pool;
    QByteArray m_ocrLanguages;  ///< constant while index() runs, as m_when is
    EmbedWhen m_when = EmbedWhen::Now;
};

/// A text, its chunks, and the generation of the file that it was taken from.
struct ChunkedText
{
    const QByteArray &text;
    const QVector<ChunkRow> &chunks;
    uint64_t dataGeneration = 0;
};

/// The vectors of the chunks, stored with the open file too where that can be done; file may be -1.
/// Fails as embedding does.
base::Result<std::vector<std::vector<float>>>
embedAndStore(VolumeView &view, const Embedder &embedder, int file, const ChunkedText &text);

/// The vectors of an open file's fork, if it is whole, of this model, and of the text that the
/// catalog has of the file.
std::optional<std::vector<std::vector<float>>>
readFork(VolumeView &view, const Embedder &embedder, int file, const FileRow &row);

} // namespace vexfs::daemon
