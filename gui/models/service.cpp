// SPDX-License-Identifier: Apache-2.0
#include "gui/models/service.h"

#include "gui/models/reply.h"

#include <QLocale>

#include <algorithm>

namespace vexfs::gui {

namespace {

constexpr int kPollMs = 1000;

QString sentenceOf(const client::IndexInfo &index)
{
    if (index.state == QLatin1String("paused"))
        return Service::tr("Indexing is paused");
    if (index.state == QLatin1String("waiting"))
        return Service::tr("Indexing waits (%1)").arg(index.waitReason);
    if (index.state == QLatin1String("error"))
        return Service::tr("The index has a problem: %1").arg(index.message);
    if (index.pending > 0)
        return Service::tr("Indexing, files to go: %1")
            .arg(QLocale().toString(qulonglong(index.pending)));
    return {};
}

/// What the user role cannot do, it lacks on this machine.
QString whatIsMissing(base::Action action)
{
    switch (action) {
    case base::Action::VolumeMount:
        return Service::tr("Volumes cannot be mounted here: /dev/fuse or the program fusermount3 "
                           "is missing, or is not yours to use.");
    case base::Action::VolumeManage:
        return Service::tr("The programs mkfs.vexfs and vexfs-tune are not installed.");
    case base::Action::MaintainRepair:
        return Service::tr("The program fsck.vexfs is not installed.");
    default:
        return {};
    }
}

} // namespace

Service::Service(client::Client &client, QObject *parent) : QObject(parent), m_client(client)
{
    m_timer.setInterval(kPollMs);
    connect(&m_timer, &QTimer::timeout, this, &Service::refresh);
}

const client::VolumeInfo *Service::volume(const QString &object) const
{
    for (const client::VolumeInfo &each : m_inventory.volumes) {
        if (each.object == object)
            return &each;
    }
    return nullptr;
}

const client::VolumeInfo *Service::volumeOf(const QString &uri) const
{
    const client::VolumeInfo *best = nullptr;
    qsizetype length = -1;
    for (const client::VolumeInfo &each : m_inventory.volumes) {
        for (const QString &mount : each.mountUris) {
            // One may be mounted inside of another.
            const bool isIn = uri == mount || uri.startsWith(mount + u'/');
            if (isIn && mount.size() > length) {
                best = &each;
                length = mount.size();
            }
        }
    }
    return best;
}

QString Service::indexedPlaceOf(const QString &uri) const
{
    if (const client::VolumeInfo *volume = volumeOf(uri))
        return volume->object;
    for (const client::SourceInfo &each : m_inventory.sources) {
        if (uri == each.uri || uri.startsWith(each.uri + u'/'))
            return each.object;
    }
    return {};
}

void Service::setCurrentVolume(const QString &object)
{
    if (object == m_current)
        return;
    m_current = object;
    Q_EMIT currentVolumeChanged();
}

QString Service::activity() const
{
    QStringList parts;
    uint64_t files = 0;
    for (const client::VolumeInfo &each : m_inventory.volumes) {
        files += each.index.files;
        const QString sentence = sentenceOf(each.index);
        if (!sentence.isEmpty())
            parts.append(m_inventory.volumes.size() > 1
                             ? tr("%1: %2").arg(each.label, sentence)
                             : sentence);
    }
    int running = 0;
    for (const client::JobInfo &job : m_inventory.jobs)
        running += job.isFinished() ? 0 : 1;
    if (running > 0)
        parts.append(tr("Jobs that run: %1").arg(running));
    if (parts.isEmpty())
        parts.append(tr("Files that can be found: %1").arg(QLocale().toString(qulonglong(files))));
    return parts.join(QStringLiteral(" · "));
}

std::optional<base::Permission> Service::permission(base::Action action) const
{
    const auto found = m_permissions.constFind(action);
    return found == m_permissions.constEnd() ? std::nullopt : std::optional(*found);
}

QString Service::lockReason(base::Action action) const
{
    const auto known = permission(action);
    if (known == base::Permission::Auth)
        return tr("Locked: a password will be asked for, yours or an administrator's.");
    if (known != base::Permission::No)
        return {};
    const QString missing
        = m_role == QLatin1String("user") ? whatIsMissing(action) : QString();
    return missing.isEmpty() ? tr("You have no right to do this, and no password gives it.")
                             : missing;
}

void Service::askPermissions()
{
    onReply(m_client.daemon(), this, [this](const base::Result<client::DaemonInfo> &daemon) {
        m_role = daemon ? daemon->role : QString();
        onReply(m_client.permissions(), this,
                [this](const base::Result<base::Permissions> &permissions) {
                    m_permissions = permissions ? *permissions : base::Permissions();
                    Q_EMIT permissionsChanged();
                });
    });
}

void Service::setPolling(bool isPolling)
{
    m_isPolling = isPolling;
    if (!isPolling) {
        if (!isAnyRunning())
            m_timer.stop();
        return;
    }
    refresh();
    m_timer.start();
}

uint64_t Service::pendingFiles() const
{
    uint64_t files = 0;
    for (const client::VolumeInfo &each : m_inventory.volumes)
        files += each.index.pending;
    for (const client::SourceInfo &each : m_inventory.sources)
        files += each.index.pending;
    return files;
}

bool Service::isAnyRunning() const
{
    return std::any_of(m_inventory.jobs.begin(), m_inventory.jobs.end(),
                       [](const client::JobInfo &job) { return !job.isFinished(); });
}

void Service::refresh()
{
    // One question at a time: a daemon that is busy is not asked the more.
    if (m_isAsked)
        return;
    m_isAsked = true;
    onReply(m_client.inventory(), this, [this](const base::Result<client::Inventory> &inventory) {
        m_isAsked = false;
        take(inventory);
    });
}

void Service::take(const base::Result<client::Inventory> &inventory)
{
    const bool wasAvailable = m_isAvailable;
    const bool wasKnown = m_isAvailable || !m_problem.isEmpty();
    m_isAvailable = inventory.has_value();
    m_problem = inventory ? QString() : inventory.error().what;
    m_inventory = inventory ? *inventory : client::Inventory{};
    chooseCurrent();
    if (!m_isPolling && !isAnyRunning())
        m_timer.stop();
    // Before anybody could click: of each daemon that comes.
    if (m_isAvailable && !wasAvailable)
        askPermissions();
    if (m_isAvailable != wasAvailable || !wasKnown)
        Q_EMIT availabilityChanged();
    Q_EMIT changed();
}

// The one that was chosen as long as it is there; else the first that is mounted, else the first.
void Service::chooseCurrent()
{
    if (volume(m_current))
        return;
    QString chosen;
    for (const client::VolumeInfo &each : m_inventory.volumes) {
        if (chosen.isEmpty() || (each.isMounted() && !volume(chosen)->isMounted()))
            chosen = each.object;
    }
    setCurrentVolume(chosen);
}

} // namespace vexfs::gui
