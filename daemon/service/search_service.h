// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/search_service.h - one search over all mounted volumes.
#pragma once

#include "common/base/error.h"
#include "daemon/query/search_types.h"

namespace vexfs::daemon {

class VolumeService;

struct SearchQuery
{
    QString text;
    int limit = 20;
    SearchMode mode = SearchMode::Auto;
    QList<QByteArray> scopes; ///< Absolute paths of folders; empty is everything.
    QStringList volumes;      ///< uuids; empty is all.
    QStringList types;        ///< MIME types, "image/*", or file name extensions.
    int64_t sinceUs = 0;
    int64_t untilUs = 0; ///< 0 is open.
    double minScore = 0;
    bool hasFeedback = true;
};

/// A hit and the volume it is from. path is absolute.
struct FoundFile
{
    QString volume;
    QByteArray path;
    SearchHit hit;
};

struct SearchAnswer
{
    QList<FoundFile> files; ///< Best first.
    uint64_t generation = 0;
    uint64_t searched = 0;
    uint64_t pending = 0;
    bool isWeak = false;
    bool isPartial = false;
};

/// Owner: main; thread: any but that of the bus, search() blocks.
class SearchService
{
public:
    explicit SearchService(VolumeService *volumes);

    /// InvalidQuery, InvalidArgs (an unknown type), NotFound (no such volume), NotOnVolume (a
    /// scope), IndexNotReady (nothing that can be searched is mounted).
    base::Result<SearchAnswer> search(const SearchQuery &query);

private:
    VolumeService *const m_volumes;
};

/// The MIME types that a word of SearchQuery::types stands for. InvalidArgs when it is not known.
base::Result<QStringList> mimeTypesOf(const QString &type);

} // namespace vexfs::daemon
