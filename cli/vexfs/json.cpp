// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/json.h"

#include "cli/output/human.h"
#include "common/base/file_uri.h"

#include <QJsonDocument>

namespace vexfs::cli {

namespace {

QJsonValue timeOrNull(uint64_t microseconds)
{
    return microseconds == 0 ? QJsonValue() : QJsonValue(isoTime(microseconds));
}

} // namespace

QJsonValue jsonNumber(uint64_t number)
{
    return static_cast<qint64>(number);
}

void setFile(QJsonObject *object, const QString &uri)
{
    object->insert(QStringLiteral("uri"), uri);
    const auto path = base::pathFromUri(uri);
    if (path && QString::fromUtf8(*path).toUtf8() == *path)
        object->insert(QStringLiteral("path"), QString::fromUtf8(*path));
}

QJsonObject jsonOf(const client::IndexInfo &index)
{
    return {
        {QStringLiteral("state"), index.state},
        {QStringLiteral("wait_reason"), index.waitReason},
        {QStringLiteral("message"), index.message},
        {QStringLiteral("model"), index.model},
        {QStringLiteral("dimension"), jsonNumber(index.dimension)},
        {QStringLiteral("files"), jsonNumber(index.files)},
        {QStringLiteral("chunks"), jsonNumber(index.chunks)},
        {QStringLiteral("pending"), jsonNumber(index.pending)},
        {QStringLiteral("failed"), jsonNumber(index.failed)},
        {QStringLiteral("bytes_on_disk"), jsonNumber(index.bytesOnDisk)},
        {QStringLiteral("generation"), jsonNumber(index.generation)},
    };
}

QJsonObject jsonOf(const client::VolumeInfo &volume)
{
    QJsonArray mounts;
    for (const QString &uri : volume.mountUris) {
        QJsonObject mount;
        setFile(&mount, uri);
        mounts.append(mount);
    }
    return {
        {QStringLiteral("uuid"), volume.uuid},
        {QStringLiteral("label"), volume.label},
        {QStringLiteral("driver"), volume.driver},
        {QStringLiteral("state"), volume.state},
        {QStringLiteral("devices"), QJsonArray::fromStringList(volume.devices)},
        {QStringLiteral("mounts"), mounts},
        {QStringLiteral("warnings"), QJsonArray::fromStringList(volume.warnings)},
        {QStringLiteral("format_version"), jsonNumber(volume.formatVersion)},
        {QStringLiteral("size_bytes"), jsonNumber(volume.sizeBytes)},
        {QStringLiteral("used_bytes"), jsonNumber(volume.usedBytes)},
        {QStringLiteral("vectors_bytes"), jsonNumber(volume.vectorsBytes)},
        {QStringLiteral("snapshots"), jsonNumber(volume.snapshots)},
        {QStringLiteral("index"), jsonOf(volume.index)},
    };
}

QJsonObject jsonOf(const client::JobInfo &job)
{
    QJsonObject out{
        {QStringLiteral("id"), jsonNumber(job.id)},
        {QStringLiteral("kind"), job.kind},
        {QStringLiteral("state"), job.state},
        {QStringLiteral("stage"), job.stage},
        {QStringLiteral("progress"), job.progress < 0 ? QJsonValue() : QJsonValue(job.progress)},
        {QStringLiteral("items_done"), jsonNumber(job.itemsDone)},
        {QStringLiteral("items_total"), jsonNumber(job.itemsTotal)},
        {QStringLiteral("bytes_done"), jsonNumber(job.bytesDone)},
        {QStringLiteral("bytes_total"), jsonNumber(job.bytesTotal)},
        {QStringLiteral("problems"), jsonNumber(job.problems)},
        {QStringLiteral("started_at"), timeOrNull(job.startTimeUs)},
        {QStringLiteral("ended_at"), timeOrNull(job.endTimeUs)},
        {QStringLiteral("result"), jsonOf(job.result)},
    };
    if (!job.errorName.isEmpty()) {
        out.insert(QStringLiteral("error"),
                   QJsonObject{{QStringLiteral("name"), job.errorName},
                               {QStringLiteral("message"), job.errorMessage}});
    }
    return out;
}

QJsonObject jsonOf(const client::SnapshotInfo &snapshot)
{
    QJsonObject out{
        {QStringLiteral("name"), snapshot.name},
        {QStringLiteral("created_at"), timeOrNull(snapshot.createdUs)},
        {QStringLiteral("files"), jsonNumber(snapshot.files)},
        {QStringLiteral("writable"), snapshot.isWritable},
        {QStringLiteral("locked"), snapshot.isLocked},
        {QStringLiteral("cleanup"), snapshot.cleanup},
        {QStringLiteral("description"), snapshot.description},
    };
    setFile(&out, snapshot.uri);
    return out;
}

QJsonObject jsonOf(const client::SearchHit &hit)
{
    QJsonArray highlights;
    for (const client::TextRange &each : hit.highlights)
        highlights.append(QJsonArray{jsonNumber(each.begin), jsonNumber(each.end)});
    QJsonObject out{
        {QStringLiteral("score"), hit.score},
        {QStringLiteral("matched"), QJsonArray::fromStringList(hit.matched)},
        {QStringLiteral("title"), hit.title},
        {QStringLiteral("snippet"), hit.snippet},
        {QStringLiteral("highlights"), highlights},
        {QStringLiteral("type"), hit.type},
        {QStringLiteral("size_bytes"), jsonNumber(hit.sizeBytes)},
        {QStringLiteral("modified_at"), timeOrNull(hit.mtimeUs)},
        {QStringLiteral("chunk"), jsonNumber(hit.chunk)},
        {QStringLiteral("keyword_score"), hit.keywordScore},
        {QStringLiteral("vector_score"), hit.vectorScore},
    };
    if (hit.page > 0)
        out.insert(QStringLiteral("page"), jsonNumber(hit.page));
    for (const auto &[name, value] :
         {std::pair(QStringLiteral("member"), &hit.member),
          std::pair(QStringLiteral("author"), &hit.author),
          std::pair(QStringLiteral("language"), &hit.language)}) {
        if (!value->isEmpty())
            out.insert(name, *value);
    }
    if (!hit.snapshot.isEmpty())
        out.insert(QStringLiteral("snapshot"), hit.snapshot);
    if (hit.snapshotCount > 0) {
        out.insert(QStringLiteral("snapshots"), QJsonArray::fromStringList(hit.snapshots));
        out.insert(QStringLiteral("snapshot_count"), jsonNumber(hit.snapshotCount));
    }
    if (hit.versions > 0)
        out.insert(QStringLiteral("versions"), jsonNumber(hit.versions));
    if (hit.documentUs > 0)
        out.insert(QStringLiteral("document_at"), timeOrNull(hit.documentUs));
    setFile(&out, hit.uri);
    return out;
}

QJsonObject jsonOf(const QVariantMap &map)
{
    QJsonObject out;
    for (auto each = map.constBegin(); each != map.constEnd(); ++each) {
        const QString key = QString(each.key()).replace(u'-', u'_');
        const bool isTime = each.key().endsWith(QLatin1String("-at"));
        out.insert(key, isTime ? timeOrNull(each->toULongLong()) : QJsonValue::fromVariant(*each));
    }
    return out;
}

void writeJson(std::ostream &out, const QJsonObject &object)
{
    out << QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString() << '\n';
}

} // namespace vexfs::cli
