// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/retrieval/run.h"

#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/job_wait.h"
#include "common/base/file_uri.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QSet>
#include <QThread>

#include <chrono>

namespace vexfs::cli {

using base::Errc;
using base::fail;
using base::Status;

namespace {

constexpr uint64_t kVolumeBytes = 64ULL << 30; // sparse
constexpr int kFolderFiles = 1000;
constexpr int kHits = 100;
constexpr unsigned long kLookMs = 100;
// An index that is idle for so long has begun nothing more by itself.
constexpr int kIdleLooks = 15;

double nowSeconds()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(now).count();
}

QByteArray pageOf(const RetrievalDocument &document)
{
    const QByteArray title = document.title.toHtmlEscaped().toUtf8();
    QByteArray page = "<!DOCTYPE html><html><head><meta charset=\"utf-8\">";
    if (!title.isEmpty())
        page += "<title>" + title + "</title>";
    page += "</head><body>";
    if (!title.isEmpty())
        page += "<h1>" + title + "</h1>";
    for (const QString &paragraph : document.text.split(QStringLiteral("\n\n")))
        page += "<p>" + paragraph.toHtmlEscaped().toUtf8() + "</p>\n";
    return page + "</body></html>\n";
}

/// The queries of a collection are sentences; what looks like a condition in them is none.
QString asWords(QString text)
{
    return text.replace(u':', u' ').replace(u'"', u' ').replace(QStringLiteral(" -"),
                                                               QStringLiteral(" "));
}

/// Every word of four letters and more, once.
QStringList vocabularyOf(const QList<RetrievalCollection> &collections)
{
    constexpr qsizetype kLettersMin = 4;
    static const QRegularExpression others(QStringLiteral("[^a-z]+"));
    QSet<QString> words;
    for (const RetrievalCollection &collection : collections) {
        for (const RetrievalDocument &document : collection.documents) {
            for (const QString &word : document.text.toLower().split(others)) {
                if (word.size() >= kLettersMin)
                    words.insert(word);
            }
        }
    }
    QStringList sorted(words.begin(), words.end());
    sorted.sort();
    return sorted.isEmpty() ? QStringList{QStringLiteral("word")} : sorted;
}

} // namespace

QList<RetrievalSystem> retrievalSystems()
{
    return {{QStringLiteral("words"), QStringLiteral("keyword"), false},
            {QStringLiteral("vectors"), QStringLiteral("vector"), false},
            {QStringLiteral("hybrid"), QStringLiteral("hybrid"), false},
            {QStringLiteral("feedback"), QStringLiteral("hybrid"), true}};
}

RetrievalVolume::~RetrievalVolume()
{
    if (!m_object.isEmpty())
        (void)await(m_command, m_command.io.client.unmount(m_object, false));
}

Status RetrievalVolume::create(const QString &parent)
{
    m_folder = std::make_unique<QTemporaryDir>(parent + QStringLiteral("/vexctl-bench-XXXXXX"));
    if (!m_folder->isValid() || !QDir(m_folder->path()).mkdir(QStringLiteral("mount")))
        return fail(Errc::Failed, m_folder->errorString());
    client::CreateVolumeOptions options;
    const QString image = m_folder->filePath(QStringLiteral("image"));
    options.device = base::uriFromPath(QFile::encodeName(image));
    options.label = QStringLiteral("bench");
    options.sizeBytes = kVolumeBytes;
    options.isMounted = true;
    const QString mount = m_folder->filePath(QStringLiteral("mount"));
    options.mountPoint = base::uriFromPath(QFile::encodeName(mount));
    const auto object = await(m_command, m_command.io.client.createVolume(options));
    if (!object)
        return tl::unexpected(object.error());
    const auto job = waitForJob(m_command, *object);
    if (!job)
        return tl::unexpected(job.error());
    if (const Status done = jobOutcome(*job); !done)
        return done;
    m_object = job->result.value(QStringLiteral("volume")).toString();
    m_mount = QFile::encodeName(mount);
    return {};
}

Status RetrievalVolume::write(const QList<RetrievalCollection> &collections)
{
    m_writtenAt = nowSeconds();
    const QString mount = QFile::decodeName(m_mount);
    for (const RetrievalCollection &collection : collections) {
        for (qsizetype i = 0; i < collection.documents.size(); ++i) {
            const QString folder = QStringLiteral("%1/%2/%3")
                                       .arg(mount, collection.name)
                                       .arg(i / kFolderFiles);
            if (i % kFolderFiles == 0 && !QDir().mkpath(folder))
                return fail(Errc::Failed, QStringLiteral("cannot make %1").arg(folder));
            const RetrievalDocument &document = collection.documents[i];
            QFile file(QStringLiteral("%1/%2.html").arg(folder).arg(i));
            const QByteArray page = pageOf(document);
            if (!file.open(QIODevice::WriteOnly) || file.write(page) != page.size())
                return fail(Errc::Failed, QStringLiteral("cannot write %1: %2")
                                              .arg(file.fileName(), file.errorString()));
            m_ids.insert(QFile::encodeName(file.fileName()), {collection.name, document.id});
            ++m_documents;
        }
    }
    return {};
}

base::Result<client::VolumeInfo> RetrievalVolume::info() const
{
    const auto inventory = await(m_command, m_command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    for (const client::VolumeInfo &volume : inventory->volumes) {
        if (volume.object == m_object)
            return volume;
    }
    return fail(Errc::NotFound, QStringLiteral("the volume of the benchmark is gone"));
}

base::Result<double> RetrievalVolume::waitIndexed()
{
    double doneAt = 0;
    for (int idle = 0; idle < kIdleLooks; QThread::msleep(kLookMs)) {
        const auto volume = info();
        if (!volume)
            return tl::unexpected(volume.error());
        const client::IndexInfo &index = volume->index;
        if (index.state == QLatin1String("error"))
            return fail(Errc::Failed, index.message);
        const bool isIdle = index.state == QLatin1String("idle") && index.pending == 0
            && index.files >= m_documents;
        if (isIdle && idle++ == 0)
            doneAt = nowSeconds();
        if (!isIdle)
            idle = 0;
    }
    return doneAt - m_writtenAt;
}

base::Result<client::SearchReply> RetrievalVolume::search(const QString &text,
                                                          const RetrievalSystem &system) const
{
    client::SearchOptions options;
    options.limit = kHits;
    options.mode = system.mode;
    options.hasFeedback = system.hasFeedback;
    options.volumes = {m_object};
    auto reply = await(m_command, m_command.io.client.search(asWords(text), options));
    if (!reply && reply.error().code == Errc::InvalidQuery)
        return client::SearchReply(); // no word in it: nothing is found
    return reply;
}

QStringList RetrievalVolume::rank(const client::SearchReply &reply, const QString &collection) const
{
    QStringList ranking;
    for (const client::SearchHit &hit : reply.hits) {
        const auto path = base::pathFromUri(hit.uri);
        const auto document = path ? m_ids.value(*path) : std::pair<QString, QString>();
        // A document of another collection takes its place, and is not relevant.
        ranking.append(document.first == collection ? document.second : QString());
    }
    return ranking;
}

base::Result<RetrievalResult> RetrievalVolume::ask(const RetrievalCollection &collection)
{
    RetrievalResult result{collection.name, {}, 0};
    for (const RetrievalSystem &system : retrievalSystems()) {
        QList<RetrievalScores> scores;
        result.weak = 0;
        for (const RetrievalQuery &query : collection.queries) {
            const auto reply = search(query.text, system);
            if (!reply)
                return tl::unexpected(reply.error());
            result.weak += reply->isWeak ? 1 : 0;
            scores.append(scoreRanking(rank(*reply, collection.name), query.grades));
        }
        result.scores.append(scores);
    }
    return result;
}

base::Result<int> RetrievalVolume::countWeak(const QStringList &queries) const
{
    int weak = 0;
    for (const QString &query : queries) {
        const auto reply = search(query, retrievalSystems().constLast());
        if (!reply)
            return tl::unexpected(reply.error());
        weak += reply->isWeak || reply->hits.isEmpty() ? 1 : 0;
    }
    return weak;
}

QStringList nonsenseQueries(const QList<RetrievalCollection> &collections, int count)
{
    constexpr uint32_t kSeed = 4711;
    QRandomGenerator random(kSeed);
    const auto below = [&](qsizetype end) {
        return static_cast<qsizetype>(random.bounded(static_cast<quint32>(end)));
    };
    // Each word of the vocabulary is as likely as any other: what is thrown together so has no
    // sense, while the most frequent words of one trade often happen to have one.
    const QStringList vocabulary = vocabularyOf(collections);
    const auto word = [&] { return vocabulary[below(vocabulary.size())]; };
    const auto madeUp = [&] {
        QString letters;
        for (qsizetype i = 0, size = 6 + below(4); i < size; ++i)
            letters += QChar(u'a' + static_cast<char16_t>(below(26)));
        return letters;
    };
    QStringList queries;
    for (int i = 0; i < count; ++i) {
        QStringList words;
        for (qsizetype j = 0, size = 2 + below(4); j < size; ++j)
            words.append(i % 2 == 0 ? madeUp() : word());
        queries.append(words.join(u' '));
    }
    return queries;
}

} // namespace vexfs::cli
