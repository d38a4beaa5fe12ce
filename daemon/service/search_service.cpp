// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/search_service.h"

#include "common/base/file_uri.h"
#include "daemon/query/query_language.h"
#include "daemon/service/places/indexed_places.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QMimeDatabase>
#include <QSet>

#include <algorithm>
#include <optional>

namespace vexfs::daemon {

using base::Errc;

namespace {

/// A question longer than this is a document; it would take long and mean nothing.
constexpr int kQueryCharsMax = 4096;

base::Status verify(const SearchQuery &query)
{
    if (query.text.trimmed().isEmpty() && query.similarTo.isEmpty() && query.vector.isEmpty())
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

base::Result<QStringList> mimeTypesOfAll(const QStringList &types)
{
    QStringList all;
    for (const QString &type : types) {
        const auto mimeTypes = mimeTypesOf(type);
        if (!mimeTypes)
            return tl::unexpected(mimeTypes.error());
        all += *mimeTypes;
    }
    return all;
}

tl::unexpected<base::Error> onlyLive()
{
    return base::fail(Errc::NotSupported,
                      QStringLiteral("A folder or file of a snapshot cannot be named here; 'at:' "
                                     "searches what a snapshot has"));
}

/// "~/x" is below the home of whoever runs the daemon.
QByteArray withoutTilde(const QString &path)
{
    if (path == QLatin1String("~") || path.startsWith(QLatin1String("~/")))
        return QFile::encodeName(QDir::homePath() + path.mid(1));
    return QFile::encodeName(path);
}

void collect(const IndexedPlace &place, const SearchReply &reply, SearchAnswer *answer)
{
    for (const SearchHit &hit : reply.hits)
        answer->files.append({place.id, place.root + '/' + hit.path, hit});
    answer->generation += reply.generation;
    answer->searched += reply.searched;
    answer->pending += reply.pending;
    answer->isPartial = answer->isPartial || reply.partial;
    if (answer->rewritten.isEmpty())
        answer->rewritten = reply.rewritten;
    for (const SearchStage &stage : reply.stages)
        answer->stages.append({place.id, stage});
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

SearchService::SearchService(const IndexedPlaces *indexed) : m_indexed(indexed) {}

/// Where a query looks, as volumes know it.
struct SearchService::Places
{
    ParsedQuery parsed;
    QStringList types;
    QStringList withoutTypes;
    QHash<QString, QVector<QByteArray>> scopes;  ///< of the options, by volume
    QHash<QString, QVector<QByteArray>> folders; ///< of the text, by volume
    QHash<QString, QVector<QByteArray>> withoutFolders;
    QVector<QByteArray> anywhere; ///< of the text, from the root of any volume
    QVector<QByteArray> withoutAnywhere;
    QString similarVolume; ///< empty: any
    QByteArray similarPath;

    bool includes(const QString &uuid) const
    {
        return foldersIn(uuid) && (similarVolume.isEmpty() || similarVolume == uuid);
    }
    /// Where to look in a volume; empty for all of it, nothing where it has no such place.
    std::optional<QVector<QByteArray>> foldersIn(const QString &uuid) const;
    SearchRequest request(const QString &uuid, const SearchQuery &query) const;
};

namespace {

bool isAtOrBelow(const QByteArray &path, const QByteArray &folder)
{
    return folder.isEmpty() || path == folder || path.startsWith(folder + '/');
}

/// The root of a volume as a folder is the whole volume.
QVector<QByteArray> wholeWithRoot(const QVector<QByteArray> &folders)
{
    return folders.contains(QByteArray()) ? QVector<QByteArray>() : folders;
}

} // namespace

// What the text asks for is looked for within what the options allow.
std::optional<QVector<QByteArray>> SearchService::Places::foldersIn(const QString &uuid) const
{
    const QVector<QByteArray> asked = folders.value(uuid) + anywhere;
    const QVector<QByteArray> allowed = scopes.value(uuid);
    const bool isAsked = !folders.isEmpty() || !anywhere.isEmpty();
    if ((isAsked && asked.isEmpty()) || (!scopes.isEmpty() && allowed.isEmpty()))
        return std::nullopt;
    if (!isAsked || scopes.isEmpty())
        return wholeWithRoot(isAsked ? asked : allowed);
    QVector<QByteArray> both;
    for (const QByteArray &scope : allowed) {
        for (const QByteArray &folder : asked) {
            if (isAtOrBelow(folder, scope))
                both.append(folder);
            else if (isAtOrBelow(scope, folder))
                both.append(scope);
        }
    }
    if (both.isEmpty())
        return std::nullopt;
    return wholeWithRoot(both);
}

SearchRequest SearchService::Places::request(const QString &uuid, const SearchQuery &query) const
{
    SearchRequest request;
    request.text = parsed.text;
    request.limit = query.limit;
    request.mode = query.mode;
    request.sinceNs = std::max<int64_t>(query.sinceUs * 1000, parsed.sinceNs);
    request.untilNs = query.untilUs * 1000;
    if (parsed.untilNs != 0 && (request.untilNs == 0 || parsed.untilNs < request.untilNs))
        request.untilNs = parsed.untilNs;
    request.minScore = query.minScore;
    request.hasFeedback = query.hasFeedback;
    request.isPrefix = query.isPrefix && query.text.endsWith(parsed.text.section(u' ', -1));
    request.isExplained = query.isExplained;
    request.plan = query.plan;
    request.phrases = parsed.phrases;
    request.without = parsed.without;
    request.mimeTypes = types;
    request.withoutMimeTypes = withoutTypes;
    request.names = parsed.names;
    request.withoutNames = parsed.withoutNames;
    request.tags = parsed.tags;
    request.withoutTags = parsed.withoutTags;
    request.sizeMin = parsed.sizeMin;
    request.sizeMax = parsed.sizeMax;
    request.scopes = foldersIn(uuid).value_or(QVector<QByteArray>());
    request.withoutScopes = withoutFolders.value(uuid) + withoutAnywhere;
    request.similarTo = similarPath;
    request.vector = query.vector;
    request.snapshots = query.snapshots;
    request.atSnapshot = query.at;
    request.atNs = query.atUs * 1000;
    request.isByVersion = query.isByVersion;
    return request;
}

base::Status SearchService::addPath(const QByteArray &path,
                                    QHash<QString, QVector<QByteArray>> *folders) const
{
    const auto location = m_indexed->locate(path);
    if (!location)
        return tl::unexpected(location.error());
    if (!location->snapshot.isEmpty())
        return onlyLive();
    (*folders)[location->uuid].append(location->relativePath);
    return {};
}

base::Status SearchService::addFolders(const QStringList &folders, bool isWithout,
                                       Places *places) const
{
    for (const QString &folder : folders) {
        QByteArray path = withoutTilde(folder);
        if (!path.startsWith('/')) {
            while (path.endsWith('/'))
                path.chop(1);
            (isWithout ? places->withoutAnywhere : places->anywhere).append(path);
            continue;
        }
        const auto added = addPath(base::cleanPath(path),
                                   isWithout ? &places->withoutFolders : &places->folders);
        // What lies on no volume need not be kept out.
        if (!added && !(isWithout && added.error().code == Errc::NotOnVolume))
            return added;
    }
    return {};
}

base::Result<SearchService::Places> SearchService::placesOf(const SearchQuery &query) const
{
    Places places;
    auto parsed = parseQueryLanguage(query.text, QDateTime::currentDateTime());
    if (!parsed)
        return tl::unexpected(parsed.error());
    places.parsed = std::move(*parsed);
    const auto types = mimeTypesOfAll(query.types + places.parsed.types);
    const auto without = mimeTypesOfAll(places.parsed.withoutTypes);
    if (!types || !without)
        return tl::unexpected(types ? without.error() : types.error());
    places.types = *types;
    places.withoutTypes = *without;
    base::Status added;
    for (const QByteArray &scope : query.scopes) {
        if (added)
            added = addPath(scope, &places.scopes);
    }
    if (added)
        added = addFolders(places.parsed.folders, false, &places);
    if (added)
        added = addFolders(places.parsed.withoutFolders, true, &places);
    if (!added)
        return tl::unexpected(added.error());
    const QByteArray similar = query.similarTo.isEmpty() ? withoutTilde(places.parsed.similar)
                                                         : query.similarTo;
    places.similarPath = similar;
    if (similar.startsWith('/')) {
        const auto location = m_indexed->locate(base::cleanPath(similar));
        if (!location)
            return tl::unexpected(location.error());
        if (!location->snapshot.isEmpty())
            return onlyLive();
        places.similarVolume = location->uuid;
        places.similarPath = location->relativePath;
        if (places.similarPath.isEmpty())
            return base::fail(Errc::InvalidQuery, QStringLiteral("a whole volume is like nothing"));
    }
    return places;
}

base::Result<SearchRequest> SearchService::requestOf(const QString &uuid,
                                                     const SearchQuery &query) const
{
    if (auto fits = verify(query); !fits)
        return tl::unexpected(fits.error());
    const auto places = placesOf(query);
    if (!places)
        return tl::unexpected(places.error());
    if (!places->parsed.at.isEmpty()) {
        return base::fail(
            Errc::NotSupported,
            QStringLiteral("Only files as they are now are explained, without 'at:'"));
    }
    return places->request(uuid, query);
}

// What is the name of a snapshot anywhere is meant as one; else it must be a date.
base::Result<SearchQuery> SearchService::withTime(const SearchQuery &query) const
{
    SearchQuery out = query;
    const QDateTime now = QDateTime::currentDateTime();
    const auto parsed = parseQueryLanguage(query.text, now);
    if (!parsed)
        return tl::unexpected(parsed.error());
    if (!parsed->at.isEmpty()) {
        if (!query.at.isEmpty() || query.atUs != 0) {
            return base::fail(Errc::InvalidQuery,
                              QStringLiteral("the query says 'at:', and the option 'at' is given; "
                                             "one is enough"));
        }
        out.at = parsed->at;
    }
    if (!out.at.isEmpty()) {
        for (const IndexedPlace &each : m_indexed->all()) {
            const auto known
                = each.index ? each.index->hasSnapshot(out.at) : base::Result<bool>(false);
            if (!known)
                return tl::unexpected(known.error());
            if (*known)
                return out;
        }
        const QDateTime date = parseDate(out.at, now);
        if (!date.isValid()) {
            return base::fail(
                Errc::NotFound,
                QStringLiteral("'%1' is neither a snapshot nor a date").arg(out.at));
        }
        out.at.clear();
        out.atUs = std::max<int64_t>(date.toMSecsSinceEpoch(), 1) * 1000;
    }
    if (out.atUs >= now.toMSecsSinceEpoch() * 1000)
        out.atUs = 0;
    return out;
}

base::Result<SearchAnswer> SearchService::search(const SearchQuery &asked)
{
    if (auto fits = verify(asked); !fits)
        return tl::unexpected(fits.error());
    const auto timed = withTime(asked);
    if (!timed)
        return tl::unexpected(timed.error());
    const SearchQuery &query = *timed;
    const auto places = placesOf(query);
    if (!places)
        return tl::unexpected(places.error());
    for (const QString &uuid : query.volumes) {
        if (auto known = m_indexed->verify(uuid); !known)
            return tl::unexpected(known.error());
    }

    SearchAnswer answer;
    answer.isWeak = true;
    base::Error whyNot{Errc::IndexNotReady,
                       QStringLiteral("No volume is mounted, and no folder a source")};
    bool hasAnswer = false;
    for (const IndexedPlace &each : m_indexed->all()) {
        if (!query.volumes.isEmpty() && !query.volumes.contains(each.id))
            continue;
        if (!places->includes(each.id)) {
            // Nothing of it fits, which is an answer.
            hasAnswer = hasAnswer || (each.index && !places->foldersIn(each.id));
            continue;
        }
        if (!each.index) {
            whyNot.what = each.indexError;
            answer.isPartial = true;
            continue;
        }
        const auto reply = each.index->search(places->request(each.id, query));
        // A file to be like, given from the root of any volume, need not be on all.
        const bool isElsewhere = !reply && reply.error().code == Errc::NotFound;
        if (!reply && reply.error().code != Errc::IndexNotReady && !isElsewhere)
            return tl::unexpected(reply.error());
        if (!reply) {
            whyNot = reply.error();
            answer.isPartial = answer.isPartial || !isElsewhere;
            continue;
        }
        hasAnswer = true;
        collect(each, *reply, &answer);
    }
    if (!hasAnswer && whyNot.code == Errc::NotFound)
        return tl::unexpected(whyNot);
    if (!hasAnswer)
        return base::fail(Errc::IndexNotReady,
                          QStringLiteral("Nothing can be searched: ") + whyNot.what);
    std::stable_sort(answer.files.begin(), answer.files.end(), [](const auto &a, const auto &b) {
        return a.hit.score != b.hit.score ? a.hit.score > b.hit.score
                                          : a.hit.mtimeNs > b.hit.mtimeNs;
    });
    if (answer.files.size() > query.limit)
        answer.files.resize(query.limit);
    return answer;
}

base::Result<QList<Suggestion>> SearchService::suggest(const QString &prefix, int limit)
{
    QList<Suggestion> all;
    QSet<QString> seen;
    for (const IndexedPlace &each : m_indexed->all()) {
        if (!each.index)
            continue;
        const auto found = each.index->suggest(prefix, limit);
        if (!found && found.error().code != Errc::IndexNotReady)
            return tl::unexpected(found.error());
        if (!found)
            continue;
        for (const auto &[text, kind] : *found) {
            const bool isFolder = kind == QLatin1String("folder");
            const QString shown
                = isFolder ? QFile::decodeName(each.root + '/') + text : text;
            if (!seen.contains(kind + u'/' + shown))
                all.append({shown, kind});
            seen.insert(kind + u'/' + shown);
        }
    }
    if (all.size() > limit)
        all.resize(limit);
    return all;
}

} // namespace vexfs::daemon
