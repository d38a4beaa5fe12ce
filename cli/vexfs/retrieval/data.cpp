// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/retrieval/data.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <functional>

namespace vexfs::cli {

using base::Errc;
using base::fail;
using base::Status;

namespace {

constexpr qint64 kLineBytesMax = 64 << 20;

QString firstOf(const QString &folder, const QStringList &names)
{
    for (const QString &name : names) {
        if (QFile::exists(folder + u'/' + name))
            return folder + u'/' + name;
    }
    return {};
}

/// Calls take with each line; false from it means that the line is not of the form.
Status eachLine(const QString &folder, const QStringList &names,
                const std::function<bool(const QByteArray &, int)> &take)
{
    const QString path = firstOf(folder, names);
    QFile file(path);
    if (path.isEmpty() || !file.open(QIODevice::ReadOnly)) {
        return fail(Errc::NotFound, QStringLiteral("%1 has no %2 that can be read")
                                        .arg(folder, names.join(QStringLiteral(" or "))));
    }
    for (int number = 1; !file.atEnd(); ++number) {
        const QByteArray line = file.readLine(kLineBytesMax).trimmed();
        if (!line.isEmpty() && !take(line, number)) {
            return fail(Errc::Corrupt,
                        QStringLiteral("%1, line %2: not of the form that is expected")
                            .arg(path)
                            .arg(number));
        }
    }
    return {};
}

/// Ids are strings or numbers.
QString idOf(const QJsonObject &object)
{
    return object.value(QStringLiteral("_id")).toVariant().toString();
}

} // namespace

base::Result<RetrievalCollection> readCollection(const QString &folder)
{
    RetrievalCollection out;
    out.name = QDir(folder).dirName();
    const auto object
        = [](const QByteArray &line) { return QJsonDocument::fromJson(line).object(); };
    Status read = eachLine(
        folder, {QStringLiteral("docs.jsonl"), QStringLiteral("corpus.jsonl")},
        [&](const QByteArray &line, int) {
            const QJsonObject row = object(line);
            out.documents.append({idOf(row), row.value(QStringLiteral("title")).toString(),
                                  row.value(QStringLiteral("text")).toString()});
            return !out.documents.constLast().id.isEmpty();
        });
    QHash<QString, qsizetype> places;
    QList<RetrievalQuery> queries;
    if (read) {
        read = eachLine(folder, {QStringLiteral("queries.jsonl")},
                        [&](const QByteArray &line, int) {
                            const QJsonObject row = object(line);
                            places.insert(idOf(row), queries.size());
                            queries.append(
                                {idOf(row), row.value(QStringLiteral("text")).toString(), {}});
                            return !queries.constLast().id.isEmpty();
                        });
    }
    if (read) {
        read = eachLine(
            folder, {QStringLiteral("qrels.tsv"), QStringLiteral("qrels/test.tsv")},
            [&](const QByteArray &line, int number) {
                const QList<QByteArray> cells = line.split('\t');
                bool isNumber = false;
                const int grade = cells.size() == 3 ? cells[2].toInt(&isNumber) : 0;
                const auto place = places.constFind(QString::fromUtf8(cells[0]));
                if (isNumber && grade > 0 && place != places.cend())
                    queries[*place].grades.insert(QString::fromUtf8(cells[1]), grade);
                return isNumber || number == 1;
            });
    }
    if (!read)
        return tl::unexpected(read.error());
    for (RetrievalQuery &query : queries) {
        if (!query.grades.isEmpty())
            out.queries.append(std::move(query));
    }
    if (out.documents.isEmpty() || out.queries.isEmpty()) {
        return fail(Errc::Corrupt,
                    QStringLiteral("%1 has no documents, or no query with a relevant one")
                        .arg(folder));
    }
    return out;
}

} // namespace vexfs::cli
