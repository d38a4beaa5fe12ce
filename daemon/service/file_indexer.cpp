// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/file_indexer.h"

#include "daemon/embed/vector_fork.h"
#include "daemon/ingest/chunker.h"
#include "daemon/ingest/file_kind.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QLoggingCategory>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

Q_LOGGING_CATEGORY(lcIndexer, "vexfs.index.file")

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

/// Closes what the volume opened.
class Descriptor
{
public:
    explicit Descriptor(int value) : m_value(value) {}
    ~Descriptor()
    {
        if (m_value >= 0)
            ::close(m_value);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int value() const { return m_value; }

private:
    int m_value;
};

int64_t nowNs()
{
    return QDateTime::currentMSecsSinceEpoch() * 1'000'000;
}

QByteArray readBeginning(int file)
{
    QByteArray bytes(kKindProbeBytes, Qt::Uninitialized);
    const ssize_t got = pread(file, bytes.data(), size_t(bytes.size()), 0);
    bytes.truncate(got > 0 ? got : 0);
    return bytes;
}

bool sameChunks(const std::vector<VectorRecord> &records, const QVector<ChunkRow> &chunks)
{
    if (records.size() != size_t(chunks.size()))
        return false;
    for (qsizetype i = 0; i < chunks.size(); ++i) {
        const VectorRecord &record = records[size_t(i)];
        if (record.beginBytes != chunks[i].beginBytes || record.endBytes != chunks[i].endBytes)
            return false;
    }
    return true;
}

// Equal text, model and chunks give equal vectors.
bool fits(const VectorFork &fork, const Embedder &embedder, const FileRecord &record)
{
    return fork.model == embedder.id() && fork.contentHash == record.row.textHash
        && fork.dimension == embedder.dimension() && sameChunks(fork.records, record.chunks);
}

std::vector<std::vector<float>> takeVectors(VectorFork &fork)
{
    std::vector<std::vector<float>> vectors;
    vectors.reserve(fork.records.size());
    for (VectorRecord &record : fork.records)
        vectors.push_back(std::move(record.vector));
    return vectors;
}

// Without a stored fork the file is found all the same; a rebuild has to embed it again.
void storeFork(VolumeView &view, int file, const QByteArray &fork)
{
    if (const Status written = view.writeVectors(file, fork); !written) {
        qCWarning(lcIndexer, "vectors are not stored with their file: %s",
                  qPrintable(written.error().what));
    }
}

VectorFork forkOf(const Embedder &embedder, const ChunkedText &source,
                  const std::vector<std::vector<float>> &vectors)
{
    VectorFork fork;
    fork.model = embedder.id();
    fork.dimension = embedder.dimension();
    fork.dataGeneration = source.dataGeneration;
    fork.textBytes = uint64_t(source.text.size());
    fork.contentHash = textHash(source.text);
    for (qsizetype i = 0; i < source.chunks.size(); ++i) {
        const ChunkRow &chunk = source.chunks[i];
        fork.records.push_back(
            {chunk.beginBytes, chunk.endBytes, chunk.page, vectors[size_t(i)]});
    }
    return fork;
}

void storeVectors(VolumeView &view, const Embedder &embedder, int file, const ChunkedText &source,
                  const std::vector<std::vector<float>> &vectors)
{
    if (const Result<QByteArray> bytes = encodeVectorFork(forkOf(embedder, source, vectors)); bytes)
        storeFork(view, file, *bytes);
}

// Damage on the disk and missing rights are told of the file; anything else is the volume's.
bool isOfOneFile(const base::Error &error)
{
    return error.code == Errc::Corrupt || error.code == Errc::NotAuthorized
        || error.sysErrno == EIO;
}

IndexedFile failedFile(IndexedFile out, const std::optional<FileRow> &known, const QString &why)
{
    FileRow &row = out.record.row;
    if (known)
        row = *known;
    row.ino = out.item.ino;
    row.state = FileState::Failed;
    row.reason = QStringLiteral("it cannot be read: ") + why;
    row.indexedAtNs = nowNs();
    out.outcome = IndexedFile::Outcome::Written;
    return out;
}

// As the desktop's programs keep them, in an attribute of the file.
QStringList tagsOf(int file)
{
    constexpr size_t kTagsBytesMax = 4096;
    QByteArray value(kTagsBytesMax, Qt::Uninitialized);
    const ssize_t got
        = fgetxattr(file, "user.xdg.tags", value.data(), static_cast<size_t>(value.size()));
    QStringList tags;
    value.truncate(got > 0 ? got : 0);
    for (const QString &tag : QString::fromUtf8(value).split(u','))
        tags += tag.trimmed();
    tags.removeAll(QString());
    tags.removeDuplicates();
    return tags;
}

// Nothing where it cannot be opened: they stay as they were.
std::optional<QStringList> tagsNow(VolumeView &view, const QByteArray &path, uint64_t ino)
{
    const Result<int> opened = view.open(path, ino);
    if (!opened)
        return std::nullopt;
    const Descriptor descriptor(*opened);
    return tagsOf(*opened);
}

bool takesTypeOf(int file, const QByteArray &path, const IndexSettings &settings)
{
    return settings.types.isEmpty()
        || settings.takesType(fileKind(path, readBeginning(file)).mimeType);
}

// Those of its names that are not left out.
QVector<QByteArray> wantedOf(const QVector<QByteArray> &paths, const IndexSettings &settings)
{
    QVector<QByteArray> wanted;
    for (const QByteArray &path : paths) {
        if (settings.ruleAgainst(path).isEmpty())
            wanted.push_back(path);
    }
    return wanted;
}

// What sounds and pictures say of themselves stands in a few places of them.
bool isReadInPart(ExtractFormat format)
{
    return format == ExtractFormat::Audio || format == ExtractFormat::Image;
}

// The volume's wish that words in pictures be read, and in which languages: an attribute of its
// root. Empty without one, or where it is no such thing.
QByteArray ocrLanguages(const QByteArray &mountPoint)
{
    char value[64];
    const ssize_t got = getxattr(mountPoint.constData(), "user.vexfs.ocr", value, sizeof value);
    const QByteArray languages(value, std::max<ssize_t>(0, got));
    const bool isList = std::all_of(languages.begin(), languages.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '+';
    });
    return isList ? languages : QByteArray();
}

// The lines of its headings and the names of its members, but for one that is the title again.
QString headingsOf(const Document &document, const QString &title)
{
    constexpr qsizetype kHeadingBytesMax = 500;
    constexpr qsizetype kAllCharsMax = 16'000;
    QStringList headings;
    qsizetype chars = 0;
    for (const TextMark &mark : document.marks) {
        if (mark.kind != MarkKind::Heading && mark.kind != MarkKind::Member)
            continue;
        const QByteArray rest = document.text.mid(qsizetype(mark.offsetBytes), kHeadingBytesMax);
        const QString line = QString::fromUtf8(rest.left(rest.indexOf('\n'))).trimmed();
        if (line == title)
            continue;
        chars += line.size();
        if (chars > kAllCharsMax)
            break;
        headings += line;
    }
    return headings.join(u'\n');
}

// Without one of its own a document is called by its first heading, if it begins with it.
QString titleOf(const Document &document)
{
    if (!document.title.isEmpty())
        return document.title;
    for (const TextMark &mark : document.marks) {
        // What comes after is another document, which has a heading of its own.
        if (mark.kind == MarkKind::Member)
            break;
        if (mark.kind != MarkKind::Heading)
            continue;
        const QByteArray rest = document.text.mid(qsizetype(mark.offsetBytes), 500);
        return QString::fromUtf8(rest.left(rest.indexOf('\n'))).trimmed();
    }
    return {};
}

} // namespace

struct FileIndexer::OpenFile
{
    int descriptor = -1;
    InodeStat stat;
    uint32_t reasons = 0;
    bool isPast = false;  ///< in a snapshot: cannot be written to
};

FileIndexer::FileIndexer(IndexContext &context, ExtractLimits limits, int workers)
    : m_context(context), m_limits(limits),
      m_pool(context.config.extractProgram, limits, workers)
{
}

Result<std::vector<IndexedFile>> FileIndexer::index(const QVector<QueueItem> &items,
                                                    const QVector<std::optional<FileRow>> &known,
                                                    const QVector<SnapshotTree> &trees,
                                                    EmbedWhen when)
{
    std::vector<IndexedFile> files(size_t(items.size()));
    m_when = when;
    m_ocrLanguages = ocrLanguages(m_context.view->mountPoint());
    if (const auto ocr = m_context.settings().ocr; ocr)
        m_ocrLanguages = *ocr ? (m_ocrLanguages.isEmpty() ? QByteArray("eng") : m_ocrLanguages)
                              : QByteArray();
    std::mutex mutex;
    std::optional<base::Error> failure;
    m_pool.run(int(items.size()), [&](int i, Extractor &extractor) {
        if (m_context.isStopping)
            return;
        const SnapshotTree *maybeTree = trees.isEmpty() ? nullptr : &trees[i];
        Result<IndexedFile> file = indexOne({items[i], known[i], maybeTree}, extractor);
        if (file) {
            files[size_t(i)] = std::move(*file);
            return;
        }
        files[size_t(i)].item = items[i];
        const std::lock_guard lock(mutex);
        failure = file.error();
    });
    if (failure)
        return tl::unexpected(*failure);
    return files;
}

Result<int> FileIndexer::openOne(const Wanted &wanted, const QVector<QByteArray> &paths) const
{
    Result<int> opened = fail(Errc::NotFound, QStringLiteral("no path"));
    for (qsizetype i = 0; i < paths.size() && !opened; ++i) {
        opened = wanted.maybeTree ? m_context.view->openIn(*wanted.maybeTree, paths[i])
                                  : m_context.view->open(paths[i], wanted.item.ino);
    }
    return opened;
}

Result<IndexedFile> FileIndexer::indexOne(const Wanted &wanted, Extractor &extractor)
{
    const auto &[item, known, maybeTree] = wanted;
    IndexedFile out;
    out.item = item;
    VolumeView &view = *m_context.view;
    const uint64_t tree = maybeTree ? maybeTree->id : kLiveTree;
    const Result<InodeLook> look = view.look(tree, item.ino);
    if (!look) {
        if (look.error().code == Errc::NotFound) {
            out.outcome = IndexedFile::Outcome::Gone;
            return out;
        }
        if (!isOfOneFile(look.error()))
            return tl::unexpected(look.error());
        return failedFile(std::move(out), known, look.error().what);
    }
    const InodeStat &stat = look->stat;
    const IndexSettings settings = m_context.settings();
    const QVector<QByteArray> taken = wantedOf(look->paths, settings);
    if (taken.isEmpty() || !S_ISREG(stat.mode)) {
        out.outcome = IndexedFile::Outcome::Gone;
        return out;
    }
    const bool isRename = known && (item.reasons & (QueueData | QueueForce)) == 0;
    FileRow &row = out.record.row;
    if (isRename)
        row = *known;
    row.ino = item.ino;
    row.paths = taken;
    row.sizeBytes = stat.sizeBytes;
    row.mtimeNs = stat.mtimeNs;
    if (isRename) {
        out.outcome = IndexedFile::Outcome::Renamed;
        if ((item.reasons & QueueAttrs) != 0)
            row.tags = tagsNow(view, taken.constFirst(), item.ino);
        return out;
    }
    row.dataGeneration = stat.dataGeneration;
    row.indexedAtNs = nowNs();
    out.outcome = IndexedFile::Outcome::Written;
    const Result<int> opened = openOne(wanted, taken);
    if (!opened) {
        // Renamed or removed at this very moment: it is asked again.
        if (opened.error().code == Errc::NotFound) {
            out.outcome = IndexedFile::Outcome::Deferred;
            return out;
        }
        row.state = FileState::Failed;
        row.reason = QStringLiteral("it cannot be opened: ") + opened.error().what;
        return out;
    }
    const Descriptor descriptor(*opened);
    if (!takesTypeOf(*opened, taken.constFirst(), settings)) {
        out.outcome = IndexedFile::Outcome::Gone;
        return out;
    }
    OpenFile file{*opened, stat, item.reasons, maybeTree != nullptr};
    row.tags = tagsOf(*opened);
    const Result<bool> isRead = readContent(file, extractor, out);
    if (!isRead)
        return tl::unexpected(isRead.error());
    if (!*isRead) {
        out.outcome = IndexedFile::Outcome::Deferred;
        return out;
    }
    if (const Status done = addVectors(file, out); !done)
        return tl::unexpected(done.error());
    return out;
}

// Fails only for what is not the file's fault; the rest becomes the row's state and reason. False
// while the file is read aside.
Result<bool> FileIndexer::readContent(OpenFile &file, Extractor &extractor, IndexedFile &out)
{
    FileRow &row = out.record.row;
    const FileKind kind = fileKind(row.path(), readBeginning(file.descriptor));
    row.mimeType = kind.mimeType;
    const auto without = [&](FileState state, const QString &reason) {
        row.state = state;
        row.reason = reason;
        return true;
    };
    if (file.stat.sizeBytes == 0)
        return without(FileState::Unsupported, QStringLiteral("the file is empty"));
    if (kind.format == ExtractFormat::None) {
        return without(FileState::Unsupported,
                       QStringLiteral("no text is taken from files of type %1")
                           .arg(kind.mimeType));
    }
    const uint64_t most = std::min(m_limits.maxInputBytes, m_context.settings().maxFileBytes);
    if (file.stat.sizeBytes > most && !isReadInPart(kind.format)) {
        const bool isWhole = most % (1U << 20) == 0;
        return without(FileState::Failed,
                       isWhole ? QStringLiteral("it is larger than %1 MiB").arg(most >> 20)
                               : QStringLiteral("it is larger than %1 bytes").arg(most));
    }
    const bool isImageText = kind.format == ExtractFormat::Image && !m_ocrLanguages.isEmpty();
    const Result<std::optional<Document>> read = m_pool.extract(
        extractor, {row.ino, row.dataGeneration},
        {file.descriptor, isImageText ? ExtractFormat::ImageText : kind.format,
         row.path().mid(row.path().lastIndexOf('/') + 1), m_ocrLanguages});
    if (!read)
        return tl::unexpected(read.error());
    if (!*read)
        return false;
    std::optional<Document> document = *read;
    if (document->outcome == ExtractOutcome::NoText)
        return without(FileState::Unsupported, document->reason);
    if (document->outcome == ExtractOutcome::Failed) {
        qCWarning(lcIndexer, "%s: %s", row.path().constData(), qPrintable(document->reason));
        return without(FileState::Failed, document->reason);
    }
    row.state = FileState::Indexed;
    row.title = titleOf(*document);
    row.author = document->author;
    row.language = document->language;
    row.documentNs = document->dateNs;
    out.record.headings = headingsOf(*document, row.title);
    row.textBytes = uint64_t(document->text.size());
    if (document->isTruncated) {
        row.reason = QStringLiteral("only the first %1 MiB of its text are indexed")
                         .arg(m_limits.maxTextBytes >> 20);
    }
    for (const Chunk &chunk : chunkText(document->text, document->marks))
        out.record.chunks.push_back({chunk.beginBytes, chunk.endBytes, chunk.page, chunk.member});
    out.record.text = std::move(document->text);
    return true;
}

Status FileIndexer::addVectors(OpenFile &file, IndexedFile &out)
{
    FileRecord &record = out.record;
    if (record.chunks.isEmpty()) {
        if (file.stat.vectorsBytes > 0 && !file.isPast)
            storeFork(*m_context.view, file.descriptor, {});
        return {};
    }
    const Meaning meaning = m_context.meaning();
    record.row.model = meaning.embedder->id();
    record.row.textHash = textHash(record.text);
    QElapsedTimer timer;
    timer.start();
    CacheCounters &counters = m_context.counters.embeddings;
    const bool mayReuse = !(file.reasons & QueueForce);
    const bool isReused = mayReuse && reuseVectors(file, out);
    if (!isReused && m_when == EmbedWhen::Later) {
        record.row.model.clear();
        return {};
    }
    if (isReused || (mayReuse && reuseFromCopy(file, out))) {
        counters.hits += uint64_t(record.chunks.size());
        counters.hitTime.add(timer.nsecsElapsed() / 1000);
        return {};
    }
    auto vectors = embedAndStore(*m_context.view, *meaning.embedder,
                                 file.isPast ? -1 : file.descriptor,
                                 {record.text, record.chunks, file.stat.dataGeneration});
    if (!vectors)
        return tl::unexpected(vectors.error());
    m_context.embeddedChunks += uint64_t(record.chunks.size());
    counters.misses += uint64_t(record.chunks.size());
    counters.missTime.add(timer.nsecsElapsed() / 1000);
    out.vectors = std::move(*vectors);
    return {};
}

// What has the same text has the same vectors: a copy takes those of its original.
bool FileIndexer::reuseFromCopy(const OpenFile &file, IndexedFile &out)
{
    const FileRecord &record = out.record;
    const uint64_t ino = m_context.texts.find(record.row.textHash);
    if (ino == 0 || (ino == record.row.ino && !file.isPast))
        return false;
    auto vectors = forkOfCopy(ino, record);
    if (!vectors)
        return false;
    if (!file.isPast) {
        storeVectors(*m_context.view, *m_context.meaning().embedder, file.descriptor,
                     {record.text, record.chunks, file.stat.dataGeneration}, *vectors);
    }
    m_context.reusedChunks += vectors->size();
    out.vectors = std::move(*vectors);
    return true;
}

std::optional<std::vector<std::vector<float>>> FileIndexer::forkOfCopy(uint64_t ino,
                                                                       const FileRecord &record)
{
    const Meaning meaning = m_context.meaning();
    const auto paths = m_context.view->paths(kLiveTree, ino);
    if (!paths || paths->isEmpty())
        return std::nullopt;
    const Result<int> opened = m_context.view->open(paths->constFirst(), ino);
    if (!opened)
        return std::nullopt;
    const Descriptor descriptor(*opened);
    const Result<QByteArray> bytes = m_context.view->readVectors(*opened);
    if (!bytes || bytes->isEmpty())
        return std::nullopt;
    Result<VectorFork> fork = decodeVectorFork(*bytes);
    if (!fork || !fits(*fork, *meaning.embedder, record))
        return std::nullopt;
    return takeVectors(*fork);
}

// Whatever happened to the file in between.
bool FileIndexer::reuseVectors(const OpenFile &file, IndexedFile &out)
{
    const Meaning meaning = m_context.meaning();
    if (file.stat.vectorsBytes == 0)
        return false;
    const Result<QByteArray> bytes = m_context.view->readVectors(file.descriptor);
    if (!bytes || bytes->isEmpty())
        return false;
    Result<VectorFork> fork = decodeVectorFork(*bytes);
    if (!fork || !fits(*fork, *meaning.embedder, out.record))
        return false;
    if (fork->dataGeneration != file.stat.dataGeneration && !file.isPast) {
        fork->dataGeneration = file.stat.dataGeneration;
        if (const Result<QByteArray> again = encodeVectorFork(*fork); again)
            storeFork(*m_context.view, file.descriptor, *again);
    }
    m_context.reusedChunks += fork->records.size();
    out.vectors = takeVectors(*fork);
    return true;
}

Result<std::vector<std::vector<float>>>
embedAndStore(VolumeView &view, const Embedder &embedder, int file, const ChunkedText &source)
{
    const std::string_view text(source.text.constData(), size_t(source.text.size()));
    QVector<std::string_view> passages;
    for (const ChunkRow &chunk : source.chunks)
        passages.push_back(text.substr(chunk.beginBytes, chunk.endBytes - chunk.beginBytes));
    Result<QVector<std::vector<float>>> vectors
        = embedder.embed(passages, EmbedPurpose::Passage);
    if (!vectors)
        return tl::unexpected(vectors.error());

    const std::vector<std::vector<float>> all(vectors->begin(), vectors->end());
    const Result<QByteArray> bytes = encodeVectorFork(forkOf(embedder, source, all));
    if (!bytes)
        return tl::unexpected(bytes.error());
    if (file >= 0)
        storeFork(view, file, *bytes);
    // What is searched is what is stored, rounding and all: the same before and after a restart.
    Result<VectorFork> stored = decodeVectorFork(*bytes);
    if (!stored)
        return tl::unexpected(stored.error());
    return takeVectors(*stored);
}

std::optional<std::vector<std::vector<float>>>
readFork(VolumeView &view, const Embedder &embedder, int file, const FileRow &row)
{
    const Result<QByteArray> bytes = view.readVectors(file);
    if (!bytes)
        return std::nullopt;
    Result<VectorFork> fork = decodeVectorFork(*bytes);
    if (!fork || fork->model != embedder.id() || fork->dimension != embedder.dimension()
        || fork->contentHash != row.textHash || fork->records.size() != row.chunkCount)
        return std::nullopt;
    return takeVectors(*fork);
}

} // namespace vexfs::daemon
