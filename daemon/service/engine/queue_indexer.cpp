// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/engine/queue_indexer.h"

#include <algorithm>
#include <system_error>
#include <unordered_set>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;
using std::chrono::milliseconds;

namespace {

constexpr qsizetype kBatchFilesMin = 48;
constexpr qsizetype kBatchFilesMax = 384;
// What a batch may take: longer, and what is asked for meanwhile waits too long; much shorter, and
// the catalog is written in small pieces.
constexpr milliseconds kBatchTime{400};
constexpr milliseconds kAskWhenInterval{1000};
// Files in a large intake that have words only; beyond them vectors must not wait any longer.
constexpr uint64_t kLaterMax = 100'000;
constexpr milliseconds kDeferAfter{200};

} // namespace

QueueIndexer::QueueIndexer(const QueueParts &parts, std::function<void(bool isWritten)> onProgress)
    : m_parts(parts), m_onProgress(std::move(onProgress)), m_batchFiles(kBatchFilesMin)
{
}

// Of a large intake that the model will learn from, words come first: vectors of the model as it is
// would be made in vain. A few files have theirs at once.
Result<EmbedWhen> QueueIndexer::embedWhen(const QVector<QueueItem> &items)
{
    if (items.size() < kBatchFilesMin)
        return EmbedWhen::Now;
    // What it depends on changes slowly, and to count it takes a while where there is much.
    if (Clock::now() < m_whenAskedAt + kAskWhenInterval)
        return m_when;
    m_whenAskedAt = Clock::now();
    m_when = EmbedWhen::Now;
    const Result<CatalogCounts> counts = m_parts.catalog.counts();
    if (!counts)
        return tl::unexpected(counts.error());
    if (counts->later >= kLaterMax)
        return m_when;
    const Result<bool> willLearn = m_parts.tuner.willLearn(counts->pending);
    if (!willLearn)
        return tl::unexpected(willLearn.error());
    m_when = *willLearn ? EmbedWhen::Later : EmbedWhen::Now;
    return m_when;
}

// Nothing where no more is queued than before, which is being read or written.
Result<std::optional<QueueIndexer::Reading>>
QueueIndexer::beginReading(const QVector<QueueItem> &before)
{
    auto items = m_parts.catalog.nextQueued(int(m_batchFiles + before.size()));
    if (!items)
        return tl::unexpected(items.error());
    std::unordered_set<uint64_t> taken;
    for (const QueueItem &item : before)
        taken.insert(item.sequence);
    items->removeIf([&](const QueueItem &item) { return taken.contains(item.sequence); });
    items->resize(std::min(items->size(), m_batchFiles));
    if (items->isEmpty())
        return std::nullopt;
    const auto known = m_parts.catalog.filesOf(*items);
    if (!known)
        return tl::unexpected(known.error());
    const Result<EmbedWhen> when = embedWhen(*items);
    if (!when)
        return tl::unexpected(when.error());
    Reading reading;
    reading.items = *items;
    try {
        reading.files = std::async(
            std::launch::async, [this, all = *items, rows = *known, asked = *when] {
                return m_parts.indexer.index(all, rows, {}, asked);
            });
    } catch (const std::system_error &error) {
        return fail(Errc::NoSpace, QString::fromLocal8Bit(error.what()));
    }
    return reading;
}

// Not while anything else wants to be done between two batches, or work is to be sparing.
bool QueueIndexer::mayReadAhead() const
{
    return m_parts.control.isUndisturbed() && m_parts.context.cpuShare >= 1.0;
}

void QueueIndexer::fitBatch(qsizetype files, Clock::duration took)
{
    if (took > kBatchTime)
        m_batchFiles = std::max(kBatchFilesMin, m_batchFiles / 2);
    else if (took < kBatchTime / 2 && files == m_batchFiles)
        m_batchFiles = std::min(kBatchFilesMax, m_batchFiles * 2);
}

Result<bool> QueueIndexer::work()
{
    Result<std::optional<Reading>> reading = beginReading({});
    if (!reading)
        return tl::unexpected(reading.error());
    const bool wasEmpty = !reading->has_value();
    if (!wasEmpty)
        m_onProgress(false);
    while (reading->has_value()) {
        const Clock::time_point begun = Clock::now();
        const QVector<QueueItem> items = (*reading)->items;
        Result<std::vector<IndexedFile>> files = (*reading)->files.get();
        reading->reset();
        if (m_parts.context.isStopping)
            return wasEmpty;
        if (!files)
            return tl::unexpected(files.error());
        if (mayReadAhead())
            reading = beginReading(items);
        if (const Status done = apply(*files); !done)
            return tl::unexpected(done.error());
        fitBatch(items.size(), Clock::now() - begun);
        if (!reading)
            return tl::unexpected(reading.error());
    }
    return wasEmpty;
}

Status QueueIndexer::apply(std::vector<IndexedFile> &files)
{
    QVector<FileRecord> records;
    QVector<QueueItem> written;
    QVector<uint64_t> gone;
    QVector<QueueItem> goneItems;
    QVector<QueueItem> deferred;
    Status done = m_parts.past.keepVersions(files);
    if (!done)
        return done;
    for (IndexedFile &file : files) {
        switch (file.outcome) {
        case IndexedFile::Outcome::Written:
            break;
        case IndexedFile::Outcome::Renamed:
            if (done = m_parts.catalog.updateFile(file.record.row, file.item); !done)
                return done;
            break;
        case IndexedFile::Outcome::Gone:
            gone.push_back(file.item.ino);
            goneItems.push_back(file.item);
            m_parts.context.meaning().vectors->remove(file.item.ino);
            break;
        case IndexedFile::Outcome::Deferred:
            deferred.push_back(file.item);
            break;
        }
    }
    if (!gone.isEmpty()) {
        if (done = m_parts.catalog.removeFiles(gone, goneItems); !done)
            return done;
    }
    if (!deferred.isEmpty()) {
        if (done = m_parts.catalog.enqueue(deferred); !done)
            return done;
    }
    applyWritten(files, records, written);
    if (!records.isEmpty()) {
        if (done = m_parts.catalog.writeFiles(records, written); !done)
            return done;
    }
    m_parts.keeper.touch();
    for (const FileRecord &record : records) {
        if (m_parts.context.onFileIndexed)
            m_parts.context.onFileIndexed(record.row.path(), record.row.ino,
                                          record.row.state != FileState::Failed);
    }
    m_onProgress(true);
    if (deferred.size() == qsizetype(files.size()))
        m_parts.control.rest(kDeferAfter);
    return {};
}

// Vectors first: a search drops a vector without a row, and would miss a row without its vector.
void QueueIndexer::applyWritten(std::vector<IndexedFile> &files, QVector<FileRecord> &records,
                                QVector<QueueItem> &done)
{
    IndexContext &context = m_parts.context;
    for (IndexedFile &file : files) {
        if (file.outcome != IndexedFile::Outcome::Written)
            continue;
        const uint64_t ino = file.record.row.ino;
        if (file.vectors.empty()) {
            context.meaning().vectors->remove(ino);
        } else if (const Status put = context.meaning().vectors->put(ino, file.vectors); !put) {
            file.record.row.state = FileState::Failed;
            file.record.row.reason = put.error().what;
            file.record.chunks.clear();
        }
        context.texts.add(file.record.row.textHash, ino);
        ++(file.record.row.state == FileState::Failed ? context.counters.filesFailed
                                                      : context.counters.filesIndexed);
        records.push_back(std::move(file.record));
        done.push_back(file.item);
    }
}

} // namespace vexfs::daemon
