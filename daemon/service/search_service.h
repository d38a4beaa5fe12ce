// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/search_service.h - one search over all mounted volumes and plain folders.
#pragma once

#include "common/base/error.h"
#include "daemon/query/search_types.h"

#include <QHash>

namespace vexfs::daemon {

class IndexedPlaces;

struct SearchQuery
{
    QString text; ///< With conditions; see query_language.h.
    int limit = 20;
    SearchMode mode = SearchMode::Auto;
    QList<QByteArray> scopes; ///< Absolute paths of folders, to look only there; none: anywhere.
    QStringList volumes;      ///< uuids, and ids of sources; empty is all.
    QStringList types;        ///< MIME types, "image/*", or file name extensions.
    int64_t sinceUs = 0;
    int64_t untilUs = 0; ///< 0 is open.
    double minScore = 0;
    bool hasFeedback = true;
    bool isPrefix = false;    ///< The last word is still being typed.
    bool isExplained = false; ///< SearchAnswer::stages are wanted.
    PlanHint plan = PlanHint::Auto;
    QVector<float> vector;    ///< To be near to, instead of what the text means; empty for none.
    QByteArray similarTo;     ///< Absolute path of a file to be like; empty for none.
    SnapshotScope snapshots = SnapshotScope::Live;
    QString at;        ///< A snapshot, or a date as the query language has them; empty for now.
    int64_t atUs = 0;  ///< The same as a time; 0 for now.
    bool isByVersion = false;
};

/// A hit and the volume it is from. path is absolute.
struct FoundFile
{
    QString volume;
    QByteArray path;
    SearchHit hit;
};

/// A stage of the search of one volume.
struct VolumeStage
{
    QString volume;
    SearchStage stage;
};

struct SearchAnswer
{
    QList<FoundFile> files; ///< Best first.
    uint64_t generation = 0;
    uint64_t searched = 0;
    uint64_t pending = 0;
    bool isWeak = false;
    bool isPartial = false;
    QString rewritten;
    QList<VolumeStage> stages;
};

/// What someone may go on to type.
struct Suggestion
{
    QString text;
    QString kind; ///< "term", "tag", "folder", "spelling"
};

/// Owner: main; thread: any but that of the bus, search() blocks.
class SearchService
{
public:
    explicit SearchService(const IndexedPlaces *indexed);

    /// InvalidQuery, InvalidArgs (an unknown type), NotFound (no such volume, or file to be like),
    /// NotOnVolume (a folder), IndexNotReady (nothing that can be searched is mounted),
    /// NotSupported (a folder of a snapshot).
    base::Result<SearchAnswer> search(const SearchQuery &query);

    /// The request that a query makes of one volume. Fails as search(), and with NotSupported for
    /// one of the past.
    base::Result<SearchRequest> requestOf(const QString &uuid, const SearchQuery &query) const;

    /// At most limit; of all volumes, each text once.
    base::Result<QList<Suggestion>> suggest(const QString &prefix, int limit);

private:
    struct Places;

    base::Result<SearchQuery> withTime(const SearchQuery &query) const;
    base::Result<Places> placesOf(const SearchQuery &query) const;
    base::Status addFolders(const QStringList &folders, bool isWithout, Places *places) const;
    base::Status addPath(const QByteArray &path,
                         QHash<QString, QVector<QByteArray>> *folders) const;

    const IndexedPlaces *const m_indexed;
};

/// The MIME types that a word of SearchQuery::types stands for. InvalidArgs when it is not known.
base::Result<QStringList> mimeTypesOf(const QString &type);

} // namespace vexfs::daemon
