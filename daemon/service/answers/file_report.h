// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/answers/file_report.h - why a file is, or is not, found.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QVector>

#include <cstdint>
#include <optional>

namespace vexfs::daemon {

class Catalog;
struct IndexContext;

enum class FileIndexState {
    Indexed,
    Pending,
    Excluded,     ///< by a rule; see FileReport::reason
    Unsupported,  ///< no text can be taken from this kind of file; its name is searchable
    Failed,       ///< see reason; tried again when the file changes
    Missing,      ///< no such file on the volume
    Forbidden,    ///< the daemon may not read it
};

/// "indexed", "pending", "excluded", "unsupported", "failed", "missing", "forbidden".
QString fileIndexStateWord(FileIndexState state);

/// How a file does in one search.
struct QueryReport
{
    /// "found", "filtered" (a condition keeps it out), "below-floor" (no word of the query stands
    /// in it, and its meaning is too far), "outranked" (others fill the ranking).
    QString verdict;
    double keywordScore = 0.0;
    double vectorScore = 0.0;
    double floor = 0.0;   ///< the least vectorScore that is worth a place without a word
    uint64_t rank = 0;    ///< 1-based, 0 when it is not among the hits
    uint64_t ranked = 0;  ///< hits in all
    QStringList matchedTerms;
};

/// Why a file is, or is not, found.
struct FileReport
{
    FileIndexState state = FileIndexState::Missing;
    QString reason;  ///< rule or error, in words; empty when indexed
    QString mimeType;
    QString title;
    uint64_t ino = 0;
    uint32_t chunks = 0;
    uint64_t textBytes = 0;
    uint64_t queuePosition = 0;  ///< 1-based, 0 when not pending
    QString model;
    int64_t indexedAtNs = 0;
    /// Found by words, but not yet by meaning.
    bool lacksVectors = false;
    std::optional<QueryReport> query;  ///< when one was asked about
};

struct IndexFailure
{
    QByteArray path;
    uint64_t ino = 0;
    QString reason;
    int64_t failedAtNs = 0;
};

struct FailurePage
{
    QVector<IndexFailure> failures;  ///< in order of ino
    uint64_t next = 0;               ///< pass as after for the next page; 0 at the end
    uint64_t total = 0;
};

/// What there is to say of a path of the live tree, without slashes at its ends; not of a query.
/// Looks at the volume. Fails as the catalog does.
base::Result<FileReport> reportOn(const IndexContext &context, Catalog &catalog,
                                  const QByteArray &path);

/// How far it is with each of some paths, as above. The state Pending of a file that is known means
/// that its content is to be read again. Fails as the catalog does.
base::Result<QVector<FileReport>> statesOf(const IndexContext &context, Catalog &catalog,
                                           const QVector<QByteArray> &paths);

/// At most limit of them, after an ino. Fails as the catalog does.
base::Result<FailurePage> failurePage(Catalog &catalog, int limit, uint64_t after);

} // namespace vexfs::daemon
