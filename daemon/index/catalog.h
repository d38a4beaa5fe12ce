// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/catalog.h - what the index knows of each file, in SQLite.
//
// Files, names, chunks, text (FTS5), the queue of what is to be indexed and the anchor up to which
// the volume has been looked at. All of it is derived: a lost or damaged catalog is built again
// from the volume, and vectors are taken from the vector forks.
//
// Invariants. 1: the queue and the anchor change in one transaction, so after a crash every change
// of the volume is either before the anchor (then indexed or in the queue) or after it. 2: a file
// leaves the queue in the transaction that writes what it became. 3: generation rises in every
// transaction that can alter an answer; birth_generation of a row is the one it was written in.
//
// Time travel. Trees (snapshots and anchors) have ids that rise with time. A row is true of the
// trees from birth_tree up to, not including, death_tree. When what it says of a file is over, and
// a snapshot lies in between, the row is retired: it moves to the tables of the past; no snapshot
// ever has a copy of what did not change. 4: a live row with a death_tree waits in the queue.
#pragma once

#include "daemon/index/catalog_types.h"
#include "daemon/index/database.h"

#include <QStringList>

#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>

namespace vexfs::daemon {

/// One connection to the catalog of one volume. Owner and thread: whoever opened it, from that
/// thread only. One writer at a time; readers see whole transactions.
class Catalog
{
public:
    /// Opens, and with ReadWrite makes what is missing. Fails with Corrupt (damaged, or of another
    /// version: set it aside), NoSpace, ReadOnly, Busy, NotFound (ReadOnly and not there).
    static base::Result<std::unique_ptr<Catalog>> open(const QString &directory,
                                                       Database::Access access);

    /// Moves a damaged catalog out of the way, keeping one for a look. Nobody may have it open.
    static base::Status setAside(const QString &directory);

    /// Writes what is in SQLite's log to its place and gives the log's space back. For quiet times.
    base::Status foldLog();

    /// Bytes of catalog and vector index on disk.
    static uint64_t bytesOnDisk(const QString &directory);
    static QString vectorIndexPath(const QString &directory);

    // What the feed needs.
    base::Result<uint64_t> anchor();  ///< 0 when the volume was never looked at
    /// maybeRetired: the files that were kept of what is gone.
    base::Status applyFeed(const FeedBatch &batch, QVector<RetiredFile> *maybeRetired = nullptr);
    base::Result<QVector<DirectoryRow>> directoriesBelow(const QByteArray &path);
    base::Result<std::optional<QByteArray>> directoryPath(uint64_t ino);
    base::Result<QVector<uint64_t>> filesBelow(const QByteArray &path);

    // What indexing needs.
    base::Result<QVector<QueueItem>> nextQueued(int limit);
    /// The rows of items, if any.
    base::Result<QVector<std::optional<FileRow>>> filesOf(const QVector<QueueItem> &items);
    base::Status enqueue(const QVector<QueueItem> &items);
    /// Writes files and takes the items from the queue, unless they were queued again meanwhile.
    base::Status writeFiles(const QVector<FileRecord> &records, const QVector<QueueItem> &done);
    /// Names, size and mtime only; text and chunks stay. Takes the item from the queue.
    base::Status updateFile(const FileRow &row, const QueueItem &done);
    /// The files are gone; takes the items from the queue.
    base::Status removeFiles(const QVector<uint64_t> &inodes, const QVector<QueueItem> &done);

    // The past; in catalog_past.cpp.
    /// Keeps what is known of files whose death is set, or where it is not, dies at deathOthers, if
    /// one of the snapshots (in order) has it. What is live is found until it is written anew.
    base::Result<QVector<RetiredFile>> retire(const QVector<uint64_t> &inodes,
                                              const QVector<uint64_t> &snapshots,
                                              uint64_t deathOthers = 0);
    base::Result<QVector<PastItem>> nextPast(int limit);
    base::Status queuePast(const QVector<PastItem> &items);
    /// Takes the item from the queue of the past. Return: the key that the version has now.
    base::Result<uint64_t> writePast(const FileRecord &record, const PastItem &item);
    base::Status dropPast(const PastItem &item);
    /// Forgets what none of the snapshots (in order) has. Return: the keys.
    base::Result<QVector<uint64_t>> collectPast(const QVector<uint64_t> &snapshots);
    /// Keys of all versions with text.
    base::Result<QVector<uint64_t>> pastWithText();
    /// Of all that is known, of now and of the past.
    base::Result<std::vector<KeyLife>> lives();
    /// [birth, death) of a version; death is kNoTree where it goes on.
    base::Result<std::pair<uint64_t, uint64_t>> lifeOf(uint64_t key);
    /// What a tree has, in order of inode; with maybeIno, of that inode only.
    base::Result<std::vector<HeldVersion>> versionsIn(uint64_t tree,
                                                      std::optional<uint64_t> maybeIno = {});

    // What anyone asks.
    base::Result<uint64_t> generation();
    base::Result<CatalogCounts> counts();
    base::Result<std::optional<FileRow>> file(uint64_t ino);
    /// In order.
    base::Result<QVector<QByteArray>> pathsOf(uint64_t ino);
    base::Result<std::optional<uint64_t>> inodeOf(const QByteArray &path);
    /// 1-based place in the queue, 0 when it does not wait.
    base::Result<uint64_t> queuePosition(uint64_t ino);
    /// Why it waits, as QueueReason; 0 when it does not.
    base::Result<uint32_t> queueReasons(uint64_t ino);
    base::Result<QVector<FileRow>> failures(int limit, uint64_t afterIno);
    /// Files with chunks that were written after a generation.
    base::Result<QVector<uint64_t>> embeddedSince(uint64_t generation);
    base::Result<QVector<uint64_t>> allInodes();
    /// Names of all live files, until visit returns false.
    base::Status eachName(const std::function<bool(uint64_t, const QByteArray &)> &visit);

    // What tuning the model needs.
    /// Files with text that was cut into chunks.
    base::Result<uint64_t> textFiles();
    /// Title and text of each of them, until visit returns false.
    base::Status eachText(const std::function<bool(const QString &, const QByteArray &)> &visit);
    /// Files with chunks that have no vectors yet: their rows name no model.
    base::Result<QVector<uint64_t>> notEmbedded(int limit);
    /// They have vectors of this model now; stored vector indexes are older than that.
    base::Status setModelOf(const QVector<uint64_t> &inodes, const QByteArray &model);
    /// All chunks have vectors of this model now.
    base::Status setModelOfAll(const QByteArray &model);
    /// A number kept under a name; 0 when it was never set.
    base::Result<uint64_t> number(const QString &name);
    base::Status setNumber(const QString &name, uint64_t value);

    // What searches need.
    /// In these, a key of the past asks for a version of the past, and withPast looks at both.
    base::Result<std::unordered_set<uint64_t>> matching(const FileFilter &filter,
                                                        bool withPast = false);
    /// Best first. match is an FTS5 expression; the caller has quoted what users wrote. With
    /// maybeOnly, among those files only.
    base::Result<QVector<KeywordHit>>
    keywordSearch(const QString &match, int limit, const std::unordered_set<uint64_t> *maybeOnly);
    /// How many files match, counting at most limit.
    base::Result<uint64_t> matchCount(const QString &match, uint64_t limit);
    /// The same with versions of the past, of those among only.
    base::Result<uint64_t> matchCountIn(const QString &match, uint64_t limit,
                                        const std::unordered_set<uint64_t> &only);
    /// All that work reads is of one moment; and SQLite locks once, not for each statement.
    base::Status readTogether(const std::function<base::Status()> &work);
    base::Result<StoredText> storedText(uint64_t ino);
    /// Some stems that at least two files have, spread over all there are.
    base::Result<std::vector<std::string>> someStems(size_t count);
    /// How many files have a stem; from the statistics of the full-text index.
    base::Result<uint64_t> stemCount(const std::string &stem);
    base::Result<uint64_t> pastStemCount(const std::string &stem);
    /// Versions of the past that match, as keywordSearch(); their scores are of their own.
    base::Result<QVector<KeywordHit>> pastSearch(const QString &match, int limit,
                                                 const std::unordered_set<uint64_t> &only);
    /// The last changed of some files, newest first.
    base::Result<QVector<uint64_t>> newestOf(const std::unordered_set<uint64_t> &inodes, int limit);
    /// Base names that share letters with a word, most first; several names of a file are lines.
    base::Result<QStringList> namesLike(const QString &word, int limit);
    /// Files and folders of the volume, and tags, that begin as given; most used first.
    base::Result<QVector<QByteArray>> foldersNamed(const QString &prefix, int limit);
    base::Result<QStringList> tagsNamed(const QString &prefix, int limit);
    /// How many files a filter lets through, from statistics and not by looking: an estimate.
    base::Result<uint64_t> estimate(const FileFilter &filter);
    /// Files with text and the hashes of their texts.
    base::Status eachTextHash(const std::function<void(uint64_t, const QByteArray &)> &visit);

private:
    explicit Catalog(std::unique_ptr<Database> database);
    base::Status prepare(Database::Access access);
    base::Status inTransaction(const std::function<base::Status()> &work);
    base::Status raiseGeneration();
    base::Status dropQueued(const QVector<QueueItem> &done);
    base::Status removeRows(uint64_t ino);
    base::Status writeNames(const FileRow &row);
    base::Status writeTags(const FileRow &row);
    base::Status writeText(const FileRecord &record);
    base::Status removeFileRows(uint64_t ino);
    base::Status keepNamed(const FileFilter &filter, std::unordered_set<uint64_t> &inodes);
    base::Status keepNamedPast(const FileFilter &filter, std::unordered_set<uint64_t> &keys);
    base::Result<QVector<KeywordHit>> ranked(const QString &table, const QString &match, int limit,
                                             const std::unordered_set<uint64_t> *maybeOnly);
    base::Result<std::optional<RetiredFile>> retireOne(uint64_t ino,
                                                       const QVector<uint64_t> &snapshots,
                                                       uint64_t deathOthers);
    base::Result<uint64_t> nextPastKey();
    base::Status putPast(const PastItem &item);
    base::Status removePast(uint64_t key);
    base::Status endVersion(const VersionEnd &end, const QVector<uint64_t> &snapshots);
    base::Status applyVersions(const FeedBatch &batch, QVector<RetiredFile> *maybeRetired);
    base::Status writeFile(const FileRecord &record, uint64_t generation);
    base::Status writeRow(const FileRecord &record, uint64_t generation);
    base::Status putQueue(const QueueItem &item, int priority);
    base::Status removeUnlisted(const FeedBatch &batch);
    base::Result<QVector<FileRow>> rows(const QString &condition, const QVariantList &values,
                                        bool isPast = false);

    std::unique_ptr<Database> m_database;
};

} // namespace vexfs::daemon
