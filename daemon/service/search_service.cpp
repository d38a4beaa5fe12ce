// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/search_service.h"

#include "daemon/service/volume_service.h"

#include <QHash>
#include <QMimeDatabase>

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;

namespace {

/// A question longer than this is a document; it would take long and mean nothing.
constexpr int kQueryCharsMax = 4096;

base::Status verify(const SearchQuery &query)
{
    if (query.text.trimmed().isEmpty())
        return base::fail(Errc::InvalidQuery, QStringLiteral("The query is empty"));
    if (query.text.size() > kQueryCharsMax) {
        return base::fail(Errc::InvalidQuery,
                          QStringLiteral("The query has %1 characters, more than %2")
                              .arg(query.text.size())
                              .arg(kQueryCharsMax));
    }
    if (query.limit < 1 || query.limit > kSearchLimitMax) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("The limit must be 1 to %1").arg(kSearchLimitMax));
    }
    return {};
}

base::Result<SearchRequest> requestOf(const SearchQuery &query)
{
    SearchRequest request;
    request.text = query.text;
    request.limit = query.limit;
    request.mode = query.mode;
    request.sinceNs = query.sinceUs * 1000;
    request.untilNs = query.untilUs * 1000;
    request.minScore = query.minScore;
    request.hasFeedback = query.hasFeedback;
    for (const QString &type : query.types) {
        const auto mimeTypes = mimeTypesOf(type);
        if (!mimeTypes)
            return tl::unexpected(mimeTypes.error());
        request.mimeTypes += *mimeTypes;
    }
    return request;
}

void collect(const VolumeHandle &handle, const SearchReply &reply, SearchAnswer *answer)
{
    for (const SearchHit &hit : reply.hits)
        answer->files.append({handle.uuid, handle.volume->mountPoint() + '/' + hit.path, hit});
    answer->generation += reply.generation;
    answer->searched += reply.searched;
    answer->pending += reply.pending;
    answer->isPartial = answer->isPartial || reply.partial;
    // Weak as a whole only when no volume has something good.
    answer->isWeak = answer->isWeak && reply.weak;
}

} // namespace

base::Result<QStringList> mimeTypesOf(const QString &type)
{
    if (type.contains(u'/'))
        return QStringList{type};
    static const QStringList classes{QStringLiteral("text"), QStringLiteral("image"),
                                     QStringLiteral("audio"), QStringLiteral("video")};
    if (classes.contains(type))
        return QStringList{type + QStringLiteral("/*")};
    const QString extension = type.startsWith(u'.') ? type.mid(1) : type;
    QStringList out;
    const QMimeDatabase database;
    for (const QMimeType &each : database.mimeTypesForFileName(QStringLiteral("x.") + extension)) {
        if (!each.isDefault())
            out.append(each.name());
    }
    if (out.isEmpty()) {
        return base::fail(
            Errc::InvalidArgs,
            QStringLiteral("'%1' is neither a MIME type nor a file name extension").arg(type));
    }
    return out;
}

SearchService::SearchService(VolumeService *volumes) : m_volumes(volumes) {}

base::Result<SearchAnswer> SearchService::search(const SearchQuery &query)
{
    if (auto fits = verify(query); !fits)
        return tl::unexpected(fits.error());
    auto request = requestOf(query);
    if (!request)
        return tl::unexpected(request.error());

    QHash<QString, QVector<QByteArray>> scopes;
    for (const QByteArray &each : query.scopes) {
        const auto location = m_volumes->locate(each);
        if (!location)
            return tl::unexpected(location.error());
        if (!location->snapshot.isEmpty()) {
            return base::fail(Errc::NotSupported,
                              QStringLiteral("Only the live files are indexed, no snapshots"));
        }
        scopes[location->uuid].append(location->relativePath);
    }
    for (const QString &uuid : query.volumes) {
        if (auto known = m_volumes->volume(uuid); !known)
            return tl::unexpected(known.error());
    }

    SearchAnswer answer;
    answer.isWeak = true;
    QString whyNot = QStringLiteral("No volume is mounted");
    bool hasAnswer = false;
    for (const VolumeHandle &each : m_volumes->mountedVolumes()) {
        const bool isWanted = (query.volumes.isEmpty() || query.volumes.contains(each.uuid)) &&
                              (scopes.isEmpty() || scopes.contains(each.uuid));
        if (!isWanted)
            continue;
        if (!each.index) {
            whyNot = each.indexError;
            answer.isPartial = true;
            continue;
        }
        // The root of a volume as a scope is the whole volume.
        request->scopes = scopes.value(each.uuid);
        if (request->scopes.contains(QByteArray()))
            request->scopes.clear();
        const auto reply = each.index->search(*request);
        if (!reply && reply.error().code != Errc::IndexNotReady)
            return tl::unexpected(reply.error());
        if (!reply) {
            whyNot = reply.error().what;
            answer.isPartial = true;
            continue;
        }
        hasAnswer = true;
        collect(each, *reply, &answer);
    }
    if (!hasAnswer)
        return base::fail(Errc::IndexNotReady,
                          QStringLiteral("Nothing can be searched: ") + whyNot);
    std::stable_sort(answer.files.begin(), answer.files.end(),
                     [](const auto &a, const auto &b) { return a.hit.score > b.hit.score; });
    if (answer.files.size() > query.limit)
        answer.files.resize(query.limit);
    return answer;
}

} // namespace vexfs::daemon
