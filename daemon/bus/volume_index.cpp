// SPDX-License-Identifier: Apache-2.0
//
// The Index interface of a volume or a source.
#include "common/base/file_uri.h"
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "common/dbus/types.h"
#include "daemon/bus/volume_object.h"
#include "daemon/service/index_jobs.h"

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

using IndexPointer = std::shared_ptr<IndexService>;

Result<IndexPointer> indexOf(const BusContext &context, const QString &uuid)
{
    const auto handle = context.services.indexed->find(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    if (!handle->index) {
        return base::fail(Errc::IndexNotReady,
                          handle->indexError.isEmpty()
                              ? QStringLiteral("The index of the volume is being opened")
                              : QStringLiteral("The volume is not indexed: ") + handle->indexError);
    }
    return handle->index;
}

QVariantMap properties(const BusContext &context, const QString &uuid)
{
    IndexStatus status;
    QString message;
    const auto handle = context.services.indexed->find(uuid);
    if (handle && handle->index) {
        status = handle->index->status();
        message = status.error;
    } else if (handle) {
        // Mounted this moment, where there is no error: its index is being opened.
        status.state = handle->indexError.isEmpty() ? IndexState::Scanning : IndexState::Error;
        message = handle->indexError;
    }
    return {
        {QStringLiteral("Enabled"),
         handle && handle->index && handle->index->settings().isEnabled},
        {QStringLiteral("Configuration"), handle ? configurationOf(*handle) : QVariantMap()},
        {QStringLiteral("State"), indexStateWord(status.state)},
        {QStringLiteral("WaitReason"), status.waitReason},
        {QStringLiteral("Message"), message},
        {QStringLiteral("Model"), status.model},
        {QStringLiteral("Dimension"), status.dimension},
        {QStringLiteral("Metric"), status.metric},
        {QStringLiteral("Files"), static_cast<qulonglong>(status.files)},
        {QStringLiteral("Chunks"), static_cast<qulonglong>(status.chunks)},
        {QStringLiteral("Pending"), static_cast<qulonglong>(status.pending)},
        {QStringLiteral("Failed"), static_cast<qulonglong>(status.failed)},
        {QStringLiteral("BytesOnDisk"), static_cast<qulonglong>(status.bytesOnDisk)},
        {QStringLiteral("Generation"), static_cast<qulonglong>(status.generation)},
    };
}

/// Pause and Resume, which do not block.
void setPaused(const BusContext &context, const QString &uuid, const dbus::Call &call,
               bool isPaused)
{
    constexpr quint64 kMinutesMax = 366 * 24 * 60;
    dbus::Options options(call.options(), {"minutes", "reason"});
    const auto minutes = static_cast<uint32_t>(options.number("minutes", 0, kMinutesMax));
    const QString reason = options.text("reason");
    const auto index = indexOf(context, uuid);
    if (!options.status() || !index)
        return call.fail(index ? options.status().error() : index.error());
    if (isPaused)
        (*index)->pause(minutes, reason);
    else
        (*index)->resume();
    context.tree->refresh(dbus::volumePath(uuid), dbus::kIndex);
    call.reply();
}

/// Paths relative to the volume. NotOnVolume when one lies elsewhere, or in a snapshot.
Result<QVector<QByteArray>> relativePaths(const BusContext &context, const QString &uuid,
                                          const QStringList &uris)
{
    QVector<QByteArray> out;
    for (const QString &uri : uris) {
        const auto path = base::pathFromUri(uri);
        if (!path)
            return tl::unexpected(path.error());
        const auto location = context.services.indexed->locate(*path);
        if (!location)
            return tl::unexpected(location.error());
        if (location->uuid != uuid || !location->snapshot.isEmpty()) {
            return base::fail(Errc::NotOnVolume,
                              QStringLiteral("%1 is no live file of this volume").arg(uri));
        }
        out.append(location->relativePath);
    }
    // The root of the volume is all of it.
    if (out.contains(QByteArray()))
        out.clear();
    return out;
}

void reindex(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"force"});
    const bool isForced = options.boolean("force");
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    const auto index = indexOf(context, uuid);
    if (!index)
        return call.fail(index.error());
    const auto paths = relativePaths(context, uuid, call.texts(0));
    if (!paths)
        return call.fail(paths.error());
    const uint32_t id = context.services.jobs->start(jobRequest(QStringLiteral("index"), {uuid}),
                                                     reindexing(*index, *paths, isForced));
    call.reply({QVariant::fromValue(jobObjectPath(id))});
}

QVariantMap reportMap(const FileReport &report)
{
    QVariantMap out{
        {QStringLiteral("state"), fileIndexStateWord(report.state)},
        {QStringLiteral("type"), report.mimeType},
        {QStringLiteral("title"), report.title},
        {QStringLiteral("chunks"), report.chunks},
        {QStringLiteral("text-bytes"), static_cast<qulonglong>(report.textBytes)},
    };
    if (!report.reason.isEmpty()) {
        const bool isRule = report.state == FileIndexState::Excluded;
        out.insert(isRule ? QStringLiteral("rule") : QStringLiteral("error"), report.reason);
    }
    if (report.queuePosition > 0)
        out.insert(QStringLiteral("position"), static_cast<qulonglong>(report.queuePosition));
    if (!report.model.isEmpty())
        out.insert(QStringLiteral("model"), report.model);
    if (report.indexedAtNs > 0)
        out.insert(QStringLiteral("indexed-at"),
                   static_cast<qulonglong>(report.indexedAtNs / 1000));
    if (report.query) {
        out.insert(QStringLiteral("verdict"), report.query->verdict);
        out.insert(QStringLiteral("rank"), static_cast<qulonglong>(report.query->rank));
        out.insert(QStringLiteral("ranked"), static_cast<qulonglong>(report.query->ranked));
        out.insert(QStringLiteral("keyword-score"), report.query->keywordScore);
        out.insert(QStringLiteral("vector-score"), report.query->vectorScore);
        out.insert(QStringLiteral("floor"), report.query->floor);
        out.insert(QStringLiteral("matched-terms"), report.query->matchedTerms);
    }
    return out;
}

void setModel(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"name", "dialect", "key-file"});
    const auto choice = ModelChoice::make(call.text(0), options.text("name"),
                                          options.text("dialect"), options.text("key-file"));
    const auto index = indexOf(context, uuid);
    if (!options.status() || !choice)
        return call.fail(choice ? options.status().error() : choice.error());
    if (!index)
        return call.fail(index.error());
    const uint32_t id = context.services.jobs->start(jobRequest(QStringLiteral("model"), {uuid}),
                                                     changingModel(*index, *choice));
    call.reply({QVariant::fromValue(jobObjectPath(id))});
}

void explain(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"query"});
    const QString query = options.text("query");
    const auto path = base::pathFromUri(call.text(0));
    if (!options.status() || !path)
        return call.fail(path ? options.status().error() : path.error());
    const auto location = context.services.indexed->locate(*path);
    if (!location || location->uuid != uuid) {
        const QVariantMap report{{QStringLiteral("state"), QStringLiteral("not-on-volume")}};
        return call.reply({report});
    }
    if (!location->snapshot.isEmpty()) {
        const QVariantMap report{{QStringLiteral("state"), QStringLiteral("excluded")},
                                 {QStringLiteral("rule"),
                                  QStringLiteral("it is in a snapshot, which searches of the past "
                                                 "find; live files are explained")}};
        return call.reply({report});
    }
    const auto index = indexOf(context, uuid);
    if (!index)
        return call.fail(index.error());
    answerFromPool(context, call,
                   [index = *index, relative = location->relativePath, query, uuid,
                    search = context.services.search]() -> Result<QVariantList> {
                       std::optional<SearchRequest> request;
                       if (!query.isEmpty()) {
                           SearchQuery asked;
                           asked.text = query;
                           auto made = search->requestOf(uuid, asked);
                           if (!made)
                               return tl::unexpected(made.error());
                           request = std::move(*made);
                       }
                       const auto report = index->explain(relative, request);
                       if (!report)
                           return tl::unexpected(report.error());
                       return QVariantList{reportMap(*report)};
                   });
}

dbus::FailureRow stateRow(const QString &uri, const FileReport &report)
{
    switch (report.state) {
    case FileIndexState::Indexed:
        return {uri, report.lacksVectors ? QStringLiteral("words-ready") : QStringLiteral("ready"),
                {}};
    case FileIndexState::Pending:
        return {uri, QStringLiteral("waiting"), {}};
    case FileIndexState::Failed:
        return {uri, QStringLiteral("failed"), {{QStringLiteral("reason"), report.reason}}};
    case FileIndexState::Excluded:
    case FileIndexState::Unsupported:
    case FileIndexState::Missing:
    case FileIndexState::Forbidden:
        break;
    }
    return {uri, QStringLiteral("not-indexed"),
            {{QStringLiteral("cause"), fileIndexStateWord(report.state)},
             {QStringLiteral("reason"), report.reason}}};
}

void listStates(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    const auto index = indexOf(context, uuid);
    if (!options.status() || !index)
        return call.fail(index ? options.status().error() : index.error());
    QList<dbus::FailureRow> rows;
    QVector<QByteArray> paths;
    QVector<qsizetype> places; // Of the paths among the rows.
    for (const QString &uri : call.texts(0)) {
        const auto path = base::pathFromUri(uri);
        if (!path)
            return call.fail(path.error());
        const auto location = context.services.indexed->locate(*path);
        if (location && location->uuid == uuid && location->snapshot.isEmpty()) {
            places.append(rows.size());
            paths.append(location->relativePath);
        }
        rows.append({uri, QStringLiteral("not-indexed"),
                     {{QStringLiteral("cause"), QStringLiteral("not-on-volume")},
                      {QStringLiteral("reason"),
                       QStringLiteral("it is no live file of this volume")}}});
    }
    answerFromPool(context, call,
                   [index = *index, rows, paths, places]() -> Result<QVariantList> {
                       const auto reports = index->states(paths);
                       if (!reports)
                           return tl::unexpected(reports.error());
                       QList<dbus::FailureRow> told = rows;
                       for (qsizetype i = 0; i < places.size(); ++i)
                           told[places[i]] = stateRow(rows[places[i]].uri, (*reports)[i]);
                       return QVariantList{QVariant::fromValue(told)};
                   });
}

void listFailures(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"limit", "after"});
    const auto limit = static_cast<int>(options.number("limit", 100, 1000));
    const QString after = options.text("after", QStringLiteral("0"));
    bool isToken = false;
    const quint64 afterIno = after.toULongLong(&isToken);
    const auto handle = context.services.indexed->find(uuid);
    const auto index = indexOf(context, uuid);
    if (!options.status() || !index)
        return call.fail(index ? options.status().error() : index.error());
    if (!isToken)
        return call.fail({Errc::StaleToken, QStringLiteral("'after' is no token of ours")});
    const QByteArray root = handle->root + '/';
    answerFromPool(
        context, call, [index = *index, limit, afterIno, root]() -> Result<QVariantList> {
            const auto page = index->failures(limit, afterIno);
            if (!page)
                return tl::unexpected(page.error());
            QList<dbus::FailureRow> rows;
            for (const IndexFailure &each : page->failures) {
                const QVariantMap props{
                    {QStringLiteral("failed-at"), static_cast<qulonglong>(each.failedAtNs / 1000)}};
                rows.append({base::uriFromPath(root + each.path), each.reason, props});
            }
            QVariantMap info{{QStringLiteral("total"), static_cast<qulonglong>(page->total)}};
            if (page->next != 0)
                info.insert(QStringLiteral("next"), QString::number(page->next));
            return QVariantList{QVariant::fromValue(rows), info};
        });
}

} // namespace

dbus::Binding indexBinding(const BusContext &context, const QString &uuid)
{
    const auto method = [&context, &uuid](auto function) {
        return [context, uuid, function](const dbus::Call &call) { function(context, uuid, call); };
    };
    dbus::Binding index{dbus::kIndex, {}, [context, uuid] { return properties(context, uuid); }};
    index.methods.insert(QStringLiteral("Pause"), [context, uuid](const dbus::Call &call) {
        setPaused(context, uuid, call, true);
    });
    index.methods.insert(QStringLiteral("Resume"), [context, uuid](const dbus::Call &call) {
        setPaused(context, uuid, call, false);
    });
    index.methods.insert(QStringLiteral("Reindex"), method(reindex));
    index.methods.insert(QStringLiteral("Configure"), method(configureIndex));
    index.methods.insert(QStringLiteral("SetModel"), method(setModel));
    index.methods.insert(QStringLiteral("ListModels"),
                         [context](const dbus::Call &call) { listModels(context, call); });
    index.methods.insert(QStringLiteral("Explain"), method(explain));
    index.methods.insert(QStringLiteral("ListStates"), method(listStates));
    index.methods.insert(QStringLiteral("ListFailures"), method(listFailures));
    return index;
}

} // namespace vexfs::daemon
