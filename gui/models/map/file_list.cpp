// SPDX-License-Identifier: Apache-2.0
#include "gui/models/map/file_list.h"

#include "common/base/file_uri.h"
#include "gui/models/reply.h"
#include "gui/models/volume_reader.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtConcurrentRun>

#include <algorithm>
#include <utility>

namespace vexfs::gui {

namespace {

/// Describe takes no more.
constexpr qsizetype kPage = 1000;

QByteArray pathOf(const client::MapDocument &file)
{
    const auto path = base::pathFromUri(file.uri);
    return path ? *path : QByteArray();
}

QString modifiedOf(const client::MapDocument &file)
{
    return QDateTime::fromMSecsSinceEpoch(qint64(file.mtimeUs / 1000), Qt::UTC)
        .toString(Qt::ISODateWithMs);
}

QByteArray quoted(const QString &text)
{
    QByteArray out = text.toUtf8();
    if (out.contains('"') || out.contains(',') || out.contains('\n') || out.contains('\r'))
        out = '"' + out.replace("\"", "\"\"") + '"';
    return out;
}

QByteArray csvRow(const QStringList &cells)
{
    QByteArrayList row;
    for (const QString &each : cells)
        row.append(quoted(each));
    return row.join(',') + "\r\n";
}

QByteArray csvOf(const QList<client::MapDocument> &files)
{
    QByteArray out = csvRow({QStringLiteral("path"), QStringLiteral("uri"), QStringLiteral("title"),
                             QStringLiteral("type"), QStringLiteral("modified"),
                             QStringLiteral("size")});
    for (const client::MapDocument &each : files) {
        out += csvRow({QString::fromUtf8(pathOf(each)), each.uri, each.title, each.type,
                       modifiedOf(each), QString::number(each.sizeBytes)});
    }
    return out;
}

QByteArray jsonOf(const QList<client::MapDocument> &files)
{
    QJsonArray all;
    for (const client::MapDocument &each : files) {
        all.append(QJsonObject{{QStringLiteral("path"), QString::fromUtf8(pathOf(each))},
                               {QStringLiteral("uri"), each.uri},
                               {QStringLiteral("title"), each.title},
                               {QStringLiteral("type"), each.type},
                               {QStringLiteral("modified"), modifiedOf(each)},
                               {QStringLiteral("size"), qint64(each.sizeBytes)}});
    }
    return QJsonDocument(all).toJson();
}

QByteArray pathsOf(const QList<client::MapDocument> &files)
{
    QByteArray out;
    for (const client::MapDocument &each : files) {
        const QByteArray path = pathOf(each);
        out += (path.contains('\n') ? each.uri.toUtf8() : path) + '\n';
    }
    return out;
}

/// What went wrong; empty when nothing did.
QString written(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    // The dialog did not ask whether a file of that name is to go.
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly)) {
        return QFile::exists(path) ? FileList::tr("there is a file of that name already")
                                   : file.errorString();
    }
    if (file.write(bytes) == bytes.size() && file.flush())
        return {};
    const QString problem = file.errorString();
    file.remove();
    return problem;
}

} // namespace

ListFormat listFormatOf(const QString &path)
{
    if (path.endsWith(QStringLiteral(".csv"), Qt::CaseInsensitive))
        return ListFormat::Csv;
    return path.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive) ? ListFormat::Json
                                                                       : ListFormat::Paths;
}

QByteArray listOf(const QList<client::MapDocument> &files, ListFormat format)
{
    QList<client::MapDocument> there = files;
    there.removeIf([](const client::MapDocument &each) { return each.uri.isEmpty(); });
    if (format == ListFormat::Csv)
        return csvOf(there);
    return format == ListFormat::Json ? jsonOf(there) : pathsOf(there);
}

void FileList::choose(const QString &volume, const QString &snapshot,
                      const QList<qulonglong> &ids)
{
    ++m_number;
    m_volume = volume;
    m_snapshot = snapshot;
    m_chosen = ids;
}

void FileList::save(const QString &path)
{
    ++m_number;
    m_ids = m_chosen;
    m_path = path;
    m_files.clear();
    askNext();
}

void FileList::askNext()
{
    if (m_ids.isEmpty())
        return write();
    const QList<qulonglong> page = m_ids.mid(0, kPage);
    m_ids.remove(0, page.size());
    onReply(m_client.mapDocuments(m_volume, page, m_snapshot), this,
            [this, number = m_number](const base::Result<QList<client::MapDocument>> &files) {
                if (number != m_number)
                    return;
                if (!files) {
                    Q_EMIT failed(tr("The list was not saved: %1").arg(files.error().what));
                    return;
                }
                m_files += *files;
                askNext();
            });
}

void FileList::write()
{
    const auto there = std::count_if(m_files.begin(), m_files.end(),
                                     [](const auto &each) { return !each.uri.isEmpty(); });
    QtConcurrent::run(&volumePool(),
                      [path = m_path, files = std::exchange(m_files, {})] {
                          return written(path, listOf(files, listFormatOf(path)));
                      })
        .then(this, [this, there, number = m_number](const QString &problem) {
            if (number != m_number)
                return;
            if (problem.isEmpty())
                Q_EMIT saved(quint64(there));
            else
                Q_EMIT failed(tr("The list was not saved: %1").arg(problem));
        });
}

} // namespace vexfs::gui
