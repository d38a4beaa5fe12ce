// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/places/source_service.h"

#include "daemon/service/places/index_start.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLoggingCategory>
#include <QUuid>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

Q_LOGGING_CATEGORY(logSources, "vexfs.sources")

namespace {

constexpr int kLookIntervalMs = 2000;
const QString kIdPrefix = QStringLiteral("source-");

bool isAtOrBelow(const QByteArray &path, const QByteArray &folder)
{
    return path == folder || path.startsWith(folder.endsWith('/') ? folder : folder + '/');
}

// For administrators, and for tests of what happens when there are too few.
void takeEnvironment(PlainFolderOptions *options)
{
    bool isNumber = false;
    const qulonglong watches = qEnvironmentVariable("VEXFS_WATCHES_MAX").toULongLong(&isNumber);
    if (isNumber)
        options->watchesMax = watches;
    const int seconds = qEnvironmentVariableIntValue("VEXFS_RESCAN_SECONDS");
    if (seconds > 0) {
        options->rescanAfter = std::chrono::seconds(seconds);
        options->rescanUnwatchedAfter = std::chrono::seconds(seconds);
    }
}

} // namespace

bool isSourceId(const QString &id)
{
    return id.startsWith(kIdPrefix);
}

SourceService::SourceService(QString stateDirectory, VolumeService *volumes, QObject *parent)
    : QObject(parent), m_stateDirectory(std::move(stateDirectory)), m_volumes(volumes),
      m_known(m_stateDirectory + QStringLiteral("/sources.json"))
{
    m_pool.setMaxThreadCount(1);
    m_timer.setInterval(kLookIntervalMs);
    connect(&m_timer, &QTimer::timeout, this, [this] { m_pool.start([this] { look(); }); });
}

SourceService::~SourceService()
{
    stop();
}

Status SourceService::start()
{
    if (auto loaded = m_known.load(); !loaded)
        qCWarning(logSources).noquote() << loaded.error().what;
    {
        const std::lock_guard lock(m_mutex);
        for (const KnownSource &each : m_known.sources())
            m_sources.insert(each.id, {each.id, each.root, nullptr, nullptr, {}});
    }
    for (const KnownSource &each : m_known.sources())
        Q_EMIT sourceAdded(each.id);
    m_timer.start();
    m_pool.start([this] { look(); });
    return {};
}

void SourceService::stop()
{
    m_isStopped = true;
    m_timer.stop();
    // A look at a large folder ends when the folder is let go.
    for (const SourceHandle &each : handles()) {
        if (each.folder)
            each.folder->detach();
    }
    m_pool.waitForDone();
    const std::lock_guard operation(m_operation);
    QHash<QString, SourceHandle> sources;
    {
        const std::lock_guard lock(m_mutex);
        sources.swap(m_sources);
    }
    for (const SourceHandle &each : std::as_const(sources))
        let(each);
}

void SourceService::let(SourceHandle source)
{
    if (source.folder)
        source.folder->detach();
    if (source.index)
        source.index->stop();
}

QString SourceService::folderOf(const QString &id) const
{
    return m_stateDirectory + QStringLiteral("/sources/") + id;
}

Status SourceService::verifyNew(const QByteArray &root) const
{
    const QString shown = QFile::decodeName(root);
    for (const SourceHandle &each : handles()) {
        if (isAtOrBelow(root, each.root) || isAtOrBelow(each.root, root)) {
            return base::fail(Errc::AlreadyExists, QStringLiteral("%1 is a source already")
                                                       .arg(QFile::decodeName(each.root)));
        }
    }
    const auto location = m_volumes->locate(root);
    if (location) {
        return base::fail(Errc::Conflict,
                          QStringLiteral("%1 lies on a mounted volume, which is indexed as such")
                              .arg(shown));
    }
    QDir().mkpath(m_stateDirectory);
    if (isAtOrBelow(root, QFile::encodeName(QDir(m_stateDirectory).canonicalPath()))) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("%1 is where the daemon keeps its own files").arg(shown));
    }
    return {};
}

Result<QString> SourceService::add(const QByteArray &path)
{
    const std::lock_guard operation(m_operation);
    const QString shown = QFile::decodeName(path);
    const QFileInfo info(shown);
    if (!info.exists())
        return base::fail(Errc::NotFound, QStringLiteral("There is no folder %1").arg(shown));
    if (!info.isDir())
        return base::fail(Errc::InvalidArgs, QStringLiteral("%1 is no folder").arg(shown));
    if (!info.isReadable() || !info.isExecutable()) {
        return base::fail(Errc::NotAuthorized,
                          QStringLiteral("The daemon may not read %1").arg(shown));
    }
    const QByteArray root = QFile::encodeName(info.canonicalFilePath());
    if (const Status fits = verifyNew(root); !fits)
        return tl::unexpected(fits.error());
    const SourceHandle source{kIdPrefix + QUuid::createUuid().toString(QUuid::WithoutBraces), root,
                              nullptr, nullptr, {}};
    if (const Status kept = m_known.add({source.id, root}); !kept)
        return tl::unexpected(kept.error());
    {
        const std::lock_guard lock(m_mutex);
        m_sources.insert(source.id, source);
    }
    Q_EMIT sourceAdded(source.id);
    attach(source);
    return source.id;
}

Status SourceService::remove(const QString &id)
{
    const std::lock_guard operation(m_operation);
    SourceHandle source;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_sources.contains(id))
            return base::fail(Errc::NotFound, QStringLiteral("There is no source %1").arg(id));
        source = m_sources.take(id);
    }
    let(source);
    const Status forgotten = m_known.remove(id);
    if (!QDir(folderOf(id)).removeRecursively())
        qCWarning(logSources).noquote() << "cannot remove" << folderOf(id);
    Q_EMIT sourceChanged(id);
    return forgotten;
}

QList<SourceHandle> SourceService::handles() const
{
    const std::lock_guard lock(m_mutex);
    return m_sources.values();
}

Result<SourceHandle> SourceService::handle(const QString &id) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_sources.constFind(id);
    if (found == m_sources.constEnd())
        return base::fail(Errc::NotFound, QStringLiteral("There is no source %1").arg(id));
    return *found;
}

QList<SourceStatus> SourceService::sources() const
{
    QList<SourceStatus> out;
    for (const SourceHandle &each : handles()) {
        out.append({each.id, each.root, each.folder != nullptr, each.error,
                    each.folder ? each.folder->status() : PlainFolderStatus()});
    }
    return out;
}

void SourceService::attach(const SourceHandle &source)
{
    PlainFolderOptions options;
    options.root = source.root;
    options.uuid = source.id;
    options.stateDirectory = folderOf(source.id);
    options.excluded = QFile::encodeName(m_stateDirectory);
    takeEnvironment(&options);
    SourceHandle now = source;
    now.error.clear();
    auto folder = PlainFolder::attach(options);
    if (!folder) {
        now.error = folder.error().what;
    } else {
        now.folder = *folder;
        const auto index = startIndexOf(
            *folder, this, [this, id = source.id] { Q_EMIT indexChanged(id); });
        if (index)
            now.index = *index;
        else
            now.error = index.error().what;
    }
    if (now.error != source.error && !now.error.isEmpty())
        qCWarning(logSources).noquote() << now.error;
    {
        const std::lock_guard lock(m_mutex);
        if (now.index)
            now.index->setLimits(m_limits);
        m_sources[source.id] = now;
    }
    if (now.folder)
        qCInfo(logSources).noquote() << "indexes" << source.root;
    if (now.folder || now.error != source.error) {
        Q_EMIT sourceChanged(source.id);
        Q_EMIT indexChanged(source.id);
    }
}

// Folders come and go with what they are mounted from.
void SourceService::look()
{
    for (const SourceHandle &each : handles()) {
        const std::lock_guard operation(m_operation);
        const auto now = handle(each.id);
        if (m_isStopped || !now)
            continue;
        if (!now->folder) {
            attach(*now);
        } else if (!now->folder->isThere()) {
            qCInfo(logSources).noquote() << each.root << "is away; its index waits for it";
            let(*now);
            SourceHandle away{now->id, now->root, nullptr, nullptr,
                              QStringLiteral("The folder is not there")};
            {
                const std::lock_guard lock(m_mutex);
                m_sources[each.id] = away;
            }
            Q_EMIT sourceChanged(each.id);
            Q_EMIT indexChanged(each.id);
        }
    }
}

void SourceService::setLimits(const WorkLimits &limits)
{
    const std::lock_guard lock(m_mutex);
    m_limits = limits;
    for (const SourceHandle &each : std::as_const(m_sources)) {
        if (each.index)
            each.index->setLimits(limits);
    }
}

} // namespace vexfs::daemon
