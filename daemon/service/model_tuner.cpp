// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/model_tuner.h"

#include "daemon/embed/table_tuner.h"
#include "daemon/service/file_indexer.h"

#include <QFile>
#include <QLoggingCategory>
#include <QSaveFile>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>

Q_LOGGING_CATEGORY(lcTuner, "vexfs.index.tuner")

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::failErrno;
using base::Result;
using base::Status;

namespace {

// Fewer teach nothing that the shipped table does not know.
constexpr uint64_t kFilesMin = 300;
constexpr uint64_t kGrowth = 2;
constexpr int kPortionFiles = 64;
constexpr qsizetype kPortionBytes = 8 << 20;
constexpr int kNiceness = 15;
constexpr size_t kHelpers = 2;
// Of the catalog: how many files the model was tuned to, and how many taught it nothing.
const QString kTunedFiles = QStringLiteral("tuned_files");
const QString kVainFiles = QStringLiteral("tuned_in_vain_files");

QString tablePath(const QString &directory)
{
    return directory + QStringLiteral("/tuned.vxt");
}

Status writeTable(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path); // synced and renamed into place
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return fail(Errc::Failed, path + QStringLiteral(": ") + file.errorString());
    return {};
}

// Where a kill came after it, the table is in its place.
Status placeTable(const QString &directory)
{
    const QString from = ModelChange::learntPath(directory);
    const QString to = tablePath(directory);
    if (QFile::exists(from)
        && std::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) != 0)
        return failErrno(errno, QStringLiteral("cannot rename %1 to %2").arg(from, to));
    return {};
}

} // namespace

ModelTuner::ModelTuner(IndexContext &context, Catalog &catalog, std::function<void()> wake)
    : m_context(context), m_catalog(catalog), m_wake(std::move(wake))
{
}

ModelTuner::~ModelTuner()
{
    abandon();
}

void ModelTuner::abandon()
{
    m_isCancelled = true;
    if (m_thread.joinable())
        m_thread.join();
    m_isCancelled = false;
    m_hasLearnt = false;
    m_table.clear();
    m_next = {};
    m_change = {};
    m_todo.clear();
    m_pending = 0;
}

std::shared_ptr<Embedder> ModelTuner::currentModel(const QString &directory,
                                                   std::shared_ptr<StaticEmbedder> shipped)
{
    const QString path = tablePath(directory);
    if (!QFile::exists(path))
        return shipped;
    auto tuned = StaticEmbedder::loadTuned(path, shipped);
    if (tuned)
        return std::move(*tuned);
    // A cache like all that lies here: it is learnt again.
    qCWarning(lcTuner, "the tuned model is set aside: %s", qPrintable(tuned.error().what));
    QFile::remove(path);
    return shipped;
}

Result<bool> ModelTuner::willLearn(uint64_t moreFiles)
{
    // A minute of a whole core is for machines that are plugged in and may take it.
    if (!m_context.config.tunesModel || !m_context.shipped || m_context.cpuShare < 1.0)
        return false;
    const auto current = m_context.meaning().embedder;
    if (!std::dynamic_pointer_cast<const StaticEmbedder>(current))
        return false;
    const bool isTuned = current.get() != m_context.shipped.get();
    const Result<uint64_t> files = m_catalog.textFiles();
    const Result<uint64_t> tried = m_catalog.number(isTuned ? kTunedFiles : kVainFiles);
    if (!files || !tried)
        return tl::unexpected(files ? tried.error() : files.error());
    const uint64_t then = *files + moreFiles;
    return then >= kFilesMin && then >= kGrowth * *tried;
}

Result<bool> ModelTuner::hasWork()
{
    if (m_next.embedder || m_thread.joinable() || m_hasLearnt)
        return true;
    return willLearn(0);
}

Result<ModelTuner::Step> ModelTuner::step()
{
    if (m_next.embedder)
        return embedPortion();
    if (m_hasLearnt)
        return beginEmbedding();
    if (m_thread.joinable())
        return Step::Learning;
    const Result<bool> due = willLearn(0);
    if (!due)
        return tl::unexpected(due.error());
    if (!*due)
        return embedLate();
    const auto late = m_catalog.notEmbedded(1);
    if (!late)
        return tl::unexpected(late.error());
    m_thread = std::thread([this, isWaitedFor = !late->isEmpty(), where = m_context.directory] {
        // Files that have no vectors until then are the index's work as any other.
        if (!isWaitedFor)
            setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNiceness);
        learn(where);
    });
    return Step::Learning;
}

// The learning thread, with a connection of its own.
void ModelTuner::learn(QString directory)
{
    const auto isOver = [this] { return m_isCancelled || m_context.isStopping; };
    auto catalog = Catalog::open(directory, Database::Access::ReadOnly);
    if (catalog) {
        TableTuner tuner(*m_context.shipped);
        const Status read = (*catalog)->eachText([&](const QString &title, const QByteArray &text) {
            const QByteArray name = title.toUtf8();
            return tuner.add({name.constData(), size_t(name.size())},
                             {text.constData(), size_t(text.size())})
                && !isOver();
        });
        if (read && !isOver()) {
            if (auto table = tuner.tune([&](const TrainingProgress &) { return !isOver(); }))
                m_table = std::move(*table);
        }
        m_filesLearnt = tuner.files();
    }
    m_hasLearnt = true;
    m_wake();
}

Result<ModelTuner::Step> ModelTuner::beginEmbedding()
{
    if (m_thread.joinable())
        m_thread.join();
    Result<StaticTable> table = StaticTable::decode(m_table);
    if (m_table.isEmpty() || !table) {
        // Too little text, or no memory: not before there are twice as many files.
        m_hasLearnt = false;
        const Result<uint64_t> files = m_catalog.textFiles();
        const Status noted
            = files ? m_catalog.setNumber(kVainFiles, *files) : tl::unexpected(files.error());
        return noted ? Result<Step>(Step::Nothing) : tl::unexpected(noted.error());
    }
    // Where this fails, what was learnt is kept for the next try.
    Status begun = writeTable(ModelChange::learntPath(m_context.directory), m_table);
    const uint64_t files = m_filesLearnt;
    if (begun) {
        begun = begin(std::make_shared<StaticEmbedder>(std::move(*table), m_context.shipped),
                      {std::nullopt, files});
    }
    if (!begun)
        return tl::unexpected(begun.error());
    qCInfo(lcTuner, "learnt %s from %llu files", m_next.embedder->id().constData(),
           static_cast<unsigned long long>(files));
    return Step::Worked;
}

// Noted before the first fork is written; only then is what was under way given up.
Status ModelTuner::begin(std::shared_ptr<Embedder> embedder, const ModelChange &change)
{
    const Result<QVector<uint64_t>> all = m_catalog.embeddedSince(0);
    const Result<uint64_t> generation = m_catalog.generation();
    if (!all || !generation)
        return tl::unexpected(all ? generation.error() : all.error());
    if (const Status noted = change.save(m_context.directory); !noted)
        return noted;
    abandon();
    m_change = change;
    m_next.vectors = m_context.makeVectors({embedder->id(), embedder->dimension()});
    m_next.embedder = std::move(embedder);
    m_todo = *all;
    m_pending = uint64_t(m_todo.size());
    m_seenGeneration = *generation;
    return {};
}

Status ModelTuner::changeTo(std::shared_ptr<Embedder> embedder, const ModelChoice &choice)
{
    ModelChoice chosen = choice;
    chosen.id = embedder->id();
    chosen.dimension = embedder->dimension();
    if (const Status begun = begin(embedder, {chosen, 0}); !begun)
        return begun;
    Meaning now = m_context.meaning();
    if (now.embedder->id() != chosen.id)
        return {};
    // The vectors are its own already, but a change to another model that was cut short has left
    // its own in some forks; where it lies may be new.
    now.embedder = std::move(embedder);
    m_context.setMeaning(std::move(now));
    return chosen.save(m_context.directory);
}

Status ModelTuner::resume()
{
    const auto change = ModelChange::load(m_context.directory);
    if (change && !*change)
        return {};
    if (change && (*change)->choice)
        return resumeChosen(*(*change)->choice);
    const auto present = m_context.meaning().embedder;
    if (change) {
        const QString path = ModelChange::learntPath(m_context.directory);
        // Where it is not there any more it is the present one.
        if (!QFile::exists(path))
            return begin(present, **change);
        auto learnt = StaticEmbedder::loadTuned(path, m_context.shipped);
        if (learnt)
            return begin(std::move(*learnt), **change);
        qCWarning(lcTuner, "the change to what was learnt is undone: %s",
                  qPrintable(learnt.error().what));
    } else {
        qCWarning(lcTuner, "a change of the model is undone: %s", qPrintable(change.error().what));
    }
    const Result<ModelChoice> choice = ModelChoice::load(m_context.directory);
    if (choice)
        return changeTo(present, *choice);
    // The next start of the index fails by it, and says so.
    qCWarning(lcTuner, "%s", qPrintable(choice.error().what));
    return {};
}

// What lies in the place that was chosen counts, whatever lay there when it was chosen.
Status ModelTuner::resumeChosen(const ModelChoice &choice)
{
    const auto present = m_context.meaning().embedder;
    if (choice.isBuiltin())
        return changeTo(currentModel(m_context.directory, m_context.shipped), choice);
    if (choice.id == present->id())
        return changeTo(present, choice);
    auto opened = choice.open([this] { return m_context.isStopping.load(); });
    return changeTo(opened ? std::move(*opened) : choice.openLater(opened.error()), choice);
}

Result<ModelTuner::Step> ModelTuner::embedPortion()
{
    if (m_todo.isEmpty()) {
        // What was indexed meanwhile has vectors of the old model.
        const Result<uint64_t> now = m_catalog.generation();
        const auto since = m_catalog.embeddedSince(m_seenGeneration);
        if (!now || !since)
            return tl::unexpected(now ? since.error() : now.error());
        m_seenGeneration = *now;
        m_todo = *since;
        if (m_todo.isEmpty())
            return putInPlace();
    }
    // They stay in the list until they are done: what fails for want of memory is tried again.
    const Result<qsizetype> done = embedFiles(m_next, m_todo.mid(0, kPortionFiles));
    if (!done)
        return tl::unexpected(done.error());
    m_todo.remove(0, *done);
    m_pending = uint64_t(m_todo.size());
    return Step::Worked;
}

// Of files that were taken in when the model was to learn first, and then did not, or has.
Result<ModelTuner::Step> ModelTuner::embedLate()
{
    const auto late = m_catalog.notEmbedded(kPortionFiles);
    if (!late)
        return tl::unexpected(late.error());
    if (late->isEmpty())
        return Step::Nothing;
    const Meaning meaning = m_context.meaning();
    const Result<qsizetype> done = embedFiles(meaning, *late);
    if (!done)
        return tl::unexpected(done.error());
    if (*done == 0)
        return Step::Worked;
    const Status noted = m_catalog.setModelOf(late->first(*done), meaning.embedder->id());
    return noted ? Result<Step>(Step::Worked) : tl::unexpected(noted.error());
}

struct ModelTuner::Portion
{
    struct File
    {
        uint64_t ino = 0;
        FileRow row;
        StoredText stored;
    };
    std::vector<File> files;

    static Vectors embed(IndexContext &context, const Embedder &embedder, const File &from);
};

ModelTuner::Vectors ModelTuner::Portion::embed(IndexContext &context, const Embedder &embedder,
                                               const File &from)
{
    VolumeView &view = *context.view;
    Result<int> file = fail(Errc::NotFound, QStringLiteral("no name"));
    for (qsizetype i = 0; i < from.row.paths.size() && !file; ++i)
        file = view.open(from.row.paths[i], from.ino);
    // Where a change to this model was cut short, some have its vectors already.
    if (auto kept = file ? readFork(view, embedder, *file, from.row) : std::nullopt) {
        ::close(*file);
        context.reusedChunks += uint64_t(from.stored.chunks.size());
        return std::move(*kept);
    }
    Vectors vectors
        = embedAndStore(view, embedder, file ? *file : -1,
                        {from.stored.text, from.stored.chunks, from.row.dataGeneration});
    if (file)
        ::close(*file);
    if (vectors)
        context.embeddedChunks += uint64_t(from.stored.chunks.size());
    return vectors;
}

Result<ModelTuner::Portion> ModelTuner::readPortion(const QVector<uint64_t> &inodes)
{
    Portion portion;
    qsizetype bytes = 0;
    for (const uint64_t ino : inodes) {
        if (bytes > kPortionBytes)
            break;
        const Result<std::optional<FileRow>> row = m_catalog.file(ino);
        if (!row)
            return tl::unexpected(row.error());
        Result<StoredText> stored = m_catalog.storedText(ino);
        if (!stored)
            return tl::unexpected(stored.error());
        bytes += stored->text.size();
        if (!row->has_value())
            stored->chunks.clear();
        portion.files.push_back({ino, row->value_or(FileRow()), std::move(*stored)});
    }
    return portion;
}

// Return: how many of them, from the first on, which may be some only: the next come then. One that
// has no text any more has no vectors.
Result<qsizetype> ModelTuner::embedFiles(const Meaning &meaning, const QVector<uint64_t> &inodes)
{
    const Result<Portion> portion = readPortion(inodes);
    if (!portion)
        return tl::unexpected(portion.error());
    const std::vector<Portion::File> &files = portion->files;
    // Nothing: not tried, which a thread that took one and then saw that it is over leaves behind.
    std::vector<std::optional<Status>> done(files.size());
    std::atomic<size_t> next{0};
    std::mutex putting;
    // After a failure no other begins: a model that is away is waited for once.
    std::atomic<bool> isOver{false};
    const auto work = [&] {
        for (size_t i = next++; i < files.size() && !isOver && !m_context.isStopping; i = next++) {
            Vectors made = std::vector<std::vector<float>>();
            if (!files[i].stored.chunks.isEmpty())
                made = Portion::embed(m_context, *meaning.embedder, files[i]);
            const std::lock_guard lock(putting);
            done[i] = made ? meaning.vectors->put(files[i].ino, *made)
                           : Status(tl::unexpected(made.error()));
            isOver = isOver || !*done[i];
        }
    };
    {
        // Forks are written by another process: while one waits for it, others can go on.
        std::vector<std::jthread> others;
        while (others.size() < kHelpers && others.size() + 1 < files.size())
            others.emplace_back(work);
        work();
    }
    if (m_context.isStopping)
        return 0;
    const auto undone
        = std::find_if(done.begin(), done.end(), [](const auto &each) { return !each || !*each; });
    const auto failed
        = std::find_if(undone, done.end(), [](const auto &each) { return each && !*each; });
    if (undone == done.begin() && failed != done.end())
        return tl::unexpected((*failed)->error());
    return qsizetype(undone - done.begin());
}

// The table first: with it and without the rest the next start embeds again, and finds all.
Result<ModelTuner::Step> ModelTuner::putInPlace()
{
    Status done = m_change.choice ? m_change.choice->save(m_context.directory)
                                  : placeTable(m_context.directory);
    if (done)
        done = m_catalog.setModelOfAll(m_next.embedder->id());
    if (done && !m_change.choice)
        done = m_catalog.setNumber(kTunedFiles, m_change.filesLearnt);
    if (!done)
        return tl::unexpected(done.error());
    // Vectors of files that went away while others were embedded.
    const auto known = m_catalog.allInodes();
    if (!known)
        return tl::unexpected(known.error());
    const InodeSet kept(known->begin(), known->end());
    for (const uint64_t ino : m_next.vectors->inodes()) {
        if (!kept.contains(ino))
            m_next.vectors->remove(ino);
    }
    m_context.setMeaning(m_next);
    // With it the next start only looks at all forks again.
    if (const Status removed = ModelChange::remove(m_context.directory); !removed)
        qCWarning(lcTuner, "%s", qPrintable(removed.error().what));
    abandon();
    return Step::Finished;
}

} // namespace vexfs::daemon
