// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/catalog_types.h - the rows of the catalog, as plain values.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QVector>

#include <cstdint>
#include <limits>
#include <optional>

namespace vexfs::daemon {

/// Keys of versions of the past are above those of live files, which are their inode numbers.
inline constexpr uint64_t kPastKey = 1ULL << 62U;
inline bool isPastKey(uint64_t key)
{
    return key >= kPastKey;
}
/// As birthTree: in no snapshot.
inline constexpr uint64_t kNoTree = std::numeric_limits<int64_t>::max();

/// How far the index got with a file. Stored: never renumber.
enum class FileState {
    Indexed = 0,
    Unsupported = 1,  ///< only its name can be found
    Failed = 2,       ///< the same; the reason says why
};

struct ChunkRow
{
    uint64_t beginBytes = 0;  ///< in the text
    uint64_t endBytes = 0;
    uint32_t page = 0;
    QString member = {};  ///< the document inside of the file that it is of; empty: its own text
};

/// A file as it was indexed.
struct FileRow
{
    uint64_t ino = 0;
    FileState state = FileState::Indexed;
    QString reason;  ///< why not, when it is not Indexed
    QVector<QByteArray> paths;
    QString mimeType;
    QString title;
    QString author;
    QString language;        ///< ISO 639 and perhaps a country
    int64_t documentNs = 0;  ///< when it was written or last changed by its own account; 0: unknown
    uint64_t sizeBytes = 0;
    int64_t mtimeNs = 0;
    uint64_t dataGeneration = 0;
    uint64_t textBytes = 0;
    uint32_t chunkCount = 0;
    QByteArray model;
    int64_t indexedAtNs = 0;
    QByteArray textHash;  ///< of the text that was embedded; empty without
    std::optional<QStringList> tags;  ///< to be written; nothing leaves them as they are
    uint64_t birthGeneration = 0;  ///< of the catalog, when the row was written
    uint64_t birthTree = 0;  ///< the version is in the trees from this one on
    uint64_t deathTree = 0;  ///< to be written: the first tree that has it no more; 0: it goes on
    uint64_t endTree = kNoTree;  ///< as read: the first tree that has it no more
    uint64_t inode = 0;      ///< ino, but of the past the inode that the version is of

    QByteArray path() const { return paths.isEmpty() ? QByteArray() : paths.constFirst(); }
};

/// The trees in which what is known of a file is true: [birth, death), kNoTree where it goes on.
struct KeyLife
{
    uint64_t key = 0;
    uint64_t birth = 0;
    uint64_t death = 0;
};

/// A version of an inode, and the key that the catalog has it under.
struct HeldVersion
{
    uint64_t ino = 0;
    uint64_t key = 0;
};

/// A file with its text, to be written.
struct FileRecord
{
    FileRow row;
    QByteArray text;  ///< UTF-8
    QString headings; ///< that stand in it, but for the title
    QVector<ChunkRow> chunks;
};

/// Why a file waits; bits.
enum QueueReason : uint32_t {
    QueueData = 0x1,   ///< its content may have changed
    QueueNames = 0x2,  ///< its names changed
    QueueAttrs = 0x4,  ///< times or owner changed
    QueueForce = 0x8,  ///< embed again even where the stored vectors fit
};

struct QueueItem
{
    uint64_t ino = 0;
    uint32_t reasons = 0;
    uint64_t sequence = 0;
    uint64_t birthTree = 0;  ///< the first tree of what is to be read; 0: what is known goes on
};

/// A version that only snapshots have, to be read from tree, which is one of them.
struct PastItem
{
    uint64_t ino = 0;
    uint64_t tree = 0;
    uint64_t birthTree = 0;
    uint64_t deathTree = 0;  ///< the first tree that has it no more
};

/// What is known of a file ends: trees from this one on have something else.
struct VersionEnd
{
    uint64_t ino = 0;
    uint64_t tree = 0;
};

/// A file whose row was kept as a version of the past.
struct RetiredFile
{
    uint64_t ino = 0;
    uint64_t key = 0;
    uint32_t chunkCount = 0;
};

struct DirectoryRow
{
    uint64_t ino = 0;
    QByteArray path;
};

/// What one look at the change feed brings, to be stored in one transaction.
struct FeedBatch
{
    uint64_t anchor = 0;          ///< the tree up to which all changes are in the queue
    bool isComplete = false;      ///< the batch lists every inode: what it lacks is gone
    bool isUrgent = false;        ///< few changes: ahead of a long backlog
    QVector<QueueItem> queue;     ///< sequence is not used
    QVector<uint64_t> removed;    ///< files and directories
    QVector<DirectoryRow> directories;  ///< new, or renamed
    QVector<VersionEnd> ends;     ///< of what the catalog knew before, where it changed
    QVector<PastItem> past;       ///< what came and went between two looks
    QVector<uint64_t> snapshots;  ///< that there are, in order
};

struct CatalogCounts
{
    uint64_t files = 0;
    uint64_t chunks = 0;
    uint64_t pending = 0;
    uint64_t failed = 0;
    uint64_t later = 0;  ///< files whose texts are to be embedded yet
};

inline constexpr uint64_t kAnySize = std::numeric_limits<uint64_t>::max();

/// Which files may answer; empty members do not restrict. Of scopes, types and names one is
/// enough; all tags and matches must hold. What is in "without" is out.
struct FileFilter
{
    QVector<QByteArray> scopes;
    QVector<QByteArray> withoutScopes;
    QStringList mimeTypes;
    QStringList withoutMimeTypes;
    int64_t sinceNs = 0;
    int64_t untilNs = 0;
    uint64_t sizeMin = 0;
    uint64_t sizeMax = kAnySize;
    QStringList tags;
    QStringList withoutTags;
    QStringList names;  ///< parts of file names, or patterns with * and ?
    QStringList withoutNames;
    QStringList matches;  ///< FTS5 expressions
    QStringList withoutMatches;

    bool operator==(const FileFilter &) const = default;
    bool isEmpty() const { return *this == FileFilter(); }
};

struct KeywordHit
{
    uint64_t ino = 0;
    double score = 0.0;  ///< BM25, higher is better
};

/// A file's text and chunks, for a passage to show.
struct StoredText
{
    QByteArray text;
    QVector<ChunkRow> chunks;
};

} // namespace vexfs::daemon
