// SPDX-License-Identifier: Apache-2.0
//
// common/client/client_types.h - what the daemon tells its clients, as plain values.
//
// Words of enumerations stay words: what a client does not know it shows as it is. Times are
// microseconds since the epoch. Objects are told by their path on the bus.
#pragma once

#include "common/client/map_types.h"

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>
#include <QVariantMap>

#include <cstdint>

namespace vexfs::client {

struct IndexInfo
{
    QString state;
    QString waitReason;
    QString message;
    QString model;
    uint32_t dimension = 0;
    uint64_t files = 0;
    uint64_t chunks = 0;
    uint64_t pending = 0;
    uint64_t failed = 0;
    uint64_t bytesOnDisk = 0;
    uint64_t generation = 0;
    QVariantMap configuration; ///< as the interface has it
};

struct VolumeInfo
{
    QString object;
    QString uuid;
    QString label;
    QString driver;
    QString state;
    QStringList devices;
    QStringList mountUris;
    QStringList warnings;
    uint32_t formatVersion = 0;
    uint64_t sizeBytes = 0;
    uint64_t usedBytes = 0;
    uint64_t vectorsBytes = 0;
    uint32_t snapshots = 0;
    IndexInfo index;
    QVariantMap schedule;   ///< as the interface has it
    uint64_t nextRunUs = 0; ///< when the next snapshot is taken by it; 0 for never

    bool isMounted() const { return !mountUris.isEmpty(); }
};

/// A plain folder that is indexed where it lies.
struct SourceInfo
{
    QString object;
    QString id;
    QString uri;
    QString state;
    QString message;
    uint64_t folders = 0;
    uint64_t watchedFolders = 0;
    uint64_t unreadableFolders = 0;
    uint64_t rescanSeconds = 0;
    IndexInfo index;
};

struct JobInfo
{
    QString object;
    uint32_t id = 0;
    QString kind;
    QString state;
    QString stage;
    QString currentUri;
    double progress = -1; ///< 0..1, or -1 when unknown
    uint64_t itemsDone = 0;
    uint64_t itemsTotal = 0;
    uint64_t bytesDone = 0;
    uint64_t bytesTotal = 0;
    double rate = 0;
    uint64_t problems = 0;
    uint64_t startTimeUs = 0;
    uint64_t endTimeUs = 0;
    bool isCancelable = false;
    bool isPausable = false;
    QString errorName;
    QString errorMessage;
    QVariantMap result; ///< Object paths as strings.

    bool isFinished() const
    {
        return state == QLatin1String("succeeded") || state == QLatin1String("failed") ||
               state == QLatin1String("cancelled");
    }
};

struct JobProblem
{
    QString uri;
    QString errorName;
    QString message;
};

/// A file that a job works on, or that an index knows or not.
struct FileState
{
    QString uri;
    QString state;     ///< As Job.ListItems or Index.ListStates tell it.
    QString targetUri; ///< Of an item: what it became, or what is there already.
    QString cause;     ///< Why an index has it not.
    QString reason;    ///< The same, or of a failure, in words.
};

struct JobItemPage
{
    QList<FileState> items;
    QString next; ///< Empty on the last page.
    uint64_t total = 0;
};

struct DaemonInfo
{
    QString version;
    uint32_t apiVersion = 0;
    QString role;
    QStringList features;
};

/// Everything that has an object on the bus.
struct Inventory
{
    QList<VolumeInfo> volumes;
    QList<SourceInfo> sources;
    QList<JobInfo> jobs;
};

struct CreateVolumeOptions
{
    QString device; ///< Absolute path or file URI.
    QString label;
    uint64_t sizeBytes = 0;
    bool isForced = false;
    bool isMounted = false;
    QString mountPoint; ///< Absolute path; empty for the default.
};

struct MountOptions
{
    QString mountPoint;
    bool isReadOnly = false;
};

struct CheckOptions
{
    bool isRepair = false;
    bool hasData = false; ///< Verify the checksums of all data, too.
};

struct SnapshotInfo
{
    QString name;
    QString uri;
    uint64_t createdUs = 0;
    uint64_t files = 0;
    bool isWritable = false;
    bool isLocked = false;
    QString cleanup;     ///< "manual", "timeline"
    QString description;

    /// The daemon took it before or after something that can be undone, and keeps a few of those.
    bool isForUndo() const { return name.startsWith(QLatin1String("undo-")); }
};

struct SnapshotOptions
{
    bool isWritable = false;
    QString description;
};

struct SnapshotPage
{
    QList<SnapshotInfo> snapshots;
    QString next; ///< Empty on the last page.
    uint64_t total = 0;
};

struct FileChange
{
    QString kind;
    QString path;     ///< URI reference from the root of the volume.
    QString oldPath;  ///< The same; empty where it did not change.
    uint64_t sizeBytes = 0;
    uint64_t oldSizeBytes = 0;
    bool isFolder = false;
};

struct ChangePage
{
    QList<FileChange> changes;
    QString next; ///< Empty on the last page.
    uint64_t total = 0;
};

struct FileVersion
{
    QString uri;
    QStringList snapshots; ///< Newest first.
    uint64_t mtimeUs = 0;
    uint64_t sizeBytes = 0;
    bool isLive = false;
    QString deletedAfter;
};

struct RestoreOptions
{
    QString snapshot;
    QStringList uris;
    QString destinationUri; ///< Empty: where each was.
    QString conflict;       ///< Empty for the default.
    bool isDryRun = false;
};

struct IndexFailure
{
    QString uri;
    QString reason;
    uint64_t failedAtUs = 0;
};

struct FailurePage
{
    QList<IndexFailure> failures;
    QString next;
    uint64_t total = 0;
};

/// A model that files can be embedded by.
struct ModelInfo
{
    QString model;  ///< As SetModel takes it.
    QString source; ///< "builtin", "folder", "openai", "ollama"
    QString id;     ///< That vectors are stored under; empty for a folder that nobody uses.
    QString name;   ///< As an endpoint calls it.
    uint32_t dimension = 0;
    bool isLocal = true; ///< Text does not leave this machine.
    bool isTuned = false;
    bool isInstalled = true; ///< If not, problem says why.
    uint64_t bytes = 0;
    QString license;
    QStringList languages;
    QString problem;
    QStringList volumes; ///< Objects of those whose files have its vectors.
};

struct SearchOptions
{
    uint32_t limit = 20;
    QString mode;
    QStringList scopeUris;
    QStringList volumes; ///< Objects.
    QStringList types;
    bool hasFeedback = true; ///< The best hits may widen the search.
    bool isPrefix = false;   ///< The last word is still being typed.
    bool isExplained = false;
    QString similarUri; ///< A file to be like.
    QByteArray vector;  ///< Little-endian float32.
    QString metric;
    QString snapshots; ///< "all", "only"; empty for the live files.
    QString at;         ///< A snapshot or a date; empty for now.
    QString collapse;   ///< "version": each of a file; empty for the best.
    QString plan;       ///< "scan", "during", "after"; empty for the cheapest.
};

/// How a part of the vectors was searched.
struct SearchPlan
{
    QString part;
    QString way; ///< "none", "scan", "during", "after"
    bool isCompleted = false; ///< A walk found too few, and all that passes was compared.
    uint64_t rows = 0;        ///< In the part.
    uint64_t estimatedRows = 0; ///< That pass.
    uint64_t taken = 0;
    double estimatedDistances = 0;
    uint64_t distances = 0;
    double estimatedUs = 0; ///< 0 where nothing is.
    double tookUs = 0;
    QMap<QString, double> waysUs; ///< What each way would take by the estimate.
};

/// A step of a search. estimated is below 0 where nothing was.
struct SearchStage
{
    QString volume;
    QString name;
    QString plan;
    double estimated = -1;
    uint64_t rows = 0;
    uint64_t tookUs = 0;
    QList<SearchPlan> plans = {}; ///< Of "meaning".
};

struct Suggestion
{
    QString text;
    QString kind;
};

/// What a volume counted, at one moment of the monotonic clock.
struct CounterValues
{
    uint64_t timeUs = 0;
    QMap<QString, qulonglong> counters;
    QMap<QString, double> gauges;
};

struct TextRange
{
    uint32_t begin = 0;
    uint32_t end = 0;
};

struct SearchHit
{
    QString uri;
    double score = 0;
    QString title;
    QString snippet;
    QList<TextRange> highlights; ///< Code points of snippet, end exclusive.
    QString type;
    uint64_t sizeBytes = 0;
    uint64_t mtimeUs = 0;
    uint32_t page = 0; ///< 0 where there are no pages
    QString member; ///< the document inside of an archive or mail that the passage is of
    QString author;
    QString language; ///< empty where it is not known
    uint64_t documentUs = 0; ///< when it was written by its own account; 0: unknown
    uint32_t chunk = 0;
    QStringList matched; ///< "word", "meaning", "name"
    double keywordScore = 0;
    double vectorScore = 0;
    QString volume;
    QString snapshot;      ///< that the URI leads to; empty for a live file
    QStringList snapshots; ///< some that have the same
    uint32_t snapshotCount = 0;
    uint32_t versions = 0; ///< of the file that were found; 0: not told
};

struct SearchReply
{
    QList<SearchHit> hits;
    uint64_t tookUs = 0;
    uint64_t searched = 0;
    uint64_t pending = 0;
    uint64_t generation = 0;
    bool isWeak = false;
    bool isPartial = false;
    QString rewritten;
    QList<SearchStage> stages;
};

struct AddOptions
{
    QStringList uris;
    QString intoUri; ///< Empty: the root of the only mounted volume.
    bool isRecursive = true;
    bool keepsBoth = false;
    bool isMove = false;   ///< The originals go.
    bool makesInto = false; ///< The folder is made where it is not there.
};

} // namespace vexfs::client
