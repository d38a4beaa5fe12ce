// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/bus_server.h"

#include "common/dbus/names.h"
#include "common/dbus/types.h"
#include "daemon/bus/job_object.h"
#include "daemon/bus/root_object.h"
#include "daemon/bus/source_object.h"
#include "daemon/bus/volume_object.h"

#include <QDBusConnectionInterface>
#include <QLoggingCategory>

#include <unistd.h>

namespace vexfs::daemon {

Q_LOGGING_CATEGORY(logBus, "vexfs.bus")

namespace {

constexpr int kCallsAtOnce = 8;

void warnUnless(const base::Status &done)
{
    if (!done)
        qCWarning(logBus).noquote() << done.error().what;
}

} // namespace

JobRequest jobRequest(const QString &kind, const QStringList &volumes)
{
    JobRequest request;
    request.kind = kind;
    request.volumes = volumes;
    request.startedByUid = getuid();
    return request;
}

QDBusObjectPath jobObjectPath(uint32_t id)
{
    return QDBusObjectPath(dbus::jobPath(id));
}

BusServer::BusServer(const QDBusConnection &connection, const Services &services)
    : m_connection(connection),
      m_tree(std::make_unique<dbus::ObjectTree>(connection, dbus::kRootPath)),
      m_inhibitors(services.policy), m_battery(services.policy),
      m_context{services, m_tree.get(), &m_pool, &m_inhibitors}
{
    m_pool.setMaxThreadCount(kCallsAtOnce);
    connectServices();
}

BusServer::~BusServer()
{
    m_pool.waitForDone();
}

void BusServer::connectServices()
{
    const Services &services = m_context.services;
    connect(services.volumes, &VolumeService::volumeAdded, this, &BusServer::onVolumeChanged);
    connect(services.volumes, &VolumeService::volumeChanged, this, &BusServer::onVolumeChanged);
    connect(services.volumes, &VolumeService::indexChanged, this, &BusServer::onIndexChanged);
    connect(services.sources, &SourceService::sourceAdded, this, &BusServer::onSourceChanged);
    connect(services.sources, &SourceService::sourceChanged, this, &BusServer::onSourceChanged);
    connect(services.sources, &SourceService::indexChanged, this, &BusServer::onIndexChanged);
    connect(services.snapshots, &SnapshotService::added, this,
            [this](const QString &uuid, const QStringList &names) {
                m_tree->sendSignal(dbus::volumePath(uuid), dbus::kSnapshots,
                                   QStringLiteral("Added"), {names});
            });
    connect(services.snapshots, &SnapshotService::removed, this,
            [this](const QString &uuid, const QStringList &names) {
                m_tree->sendSignal(dbus::volumePath(uuid), dbus::kSnapshots,
                                   QStringLiteral("Removed"), {names});
            });
    connect(services.snapshots, &SnapshotService::changed, this,
            [this](const QString &uuid, const QStringList &names) {
                m_tree->sendSignal(dbus::volumePath(uuid), dbus::kSnapshots,
                                   QStringLiteral("Changed"), {names});
            });
    connect(services.scheduler, &SnapshotScheduler::scheduleChanged, this,
            [this](const QString &uuid) {
                m_tree->refresh(dbus::volumePath(uuid), dbus::kSnapshots);
            });
    const auto applyPolicy = [this] {
        m_context.services.volumes->setLimits(m_context.services.policy->limits());
        m_context.services.sources->setLimits(m_context.services.policy->limits());
        m_tree->refresh(dbus::kRootPath, dbus::kManager);
    };
    connect(services.policy, &WorkPolicy::changed, this, applyPolicy);
    connect(services.jobs, &JobRegistry::jobStarted, this, &BusServer::onJobStarted);
    connect(services.jobs, &JobRegistry::jobChanged, this,
            [this](uint32_t id) { m_tree->refresh(dbus::jobPath(id), dbus::kJob); });
    connect(services.jobs, &JobRegistry::jobFinished, this, &BusServer::onJobFinished);
    connect(services.jobs, &JobRegistry::jobRemoved, this, &BusServer::onJobRemoved);
}

base::Status BusServer::start()
{
    if (auto root = m_tree->addObject(dbus::kRootPath, rootBindings(m_context)); !root)
        return root;
    for (const VolumeStatus &each : m_context.services.volumes->volumes())
        onVolumeChanged(each.uuid);
    if (auto published = m_tree->publish(); !published)
        return published;
    if (m_connection.registerService(dbus::kService))
        return {};
    const QDBusConnectionInterface *bus = m_connection.interface();
    if (bus && bus->isServiceRegistered(dbus::kService)) {
        return base::fail(base::Errc::AlreadyExists,
                          QStringLiteral("Another vexfsd serves this session already"));
    }
    return base::fail(base::Errc::Failed,
                      QStringLiteral("The bus refused the name %1: %2")
                          .arg(dbus::kService, m_connection.lastError().message()));
}

void BusServer::onVolumeChanged(const QString &uuid)
{
    const QString path = dbus::volumePath(uuid);
    if (!m_context.services.volumes->volume(uuid)) {
        m_tree->removeObject(path);
    } else if (!m_tree->hasObject(path)) {
        warnUnless(m_tree->addObject(path, volumeBindings(m_context, uuid)));
    } else {
        // Who sees that it is mounted has seen what is taken of it.
        m_tree->refresh(path, dbus::kSnapshots);
        m_tree->refresh(path, dbus::kVolume);
    }
}

void BusServer::onSourceChanged(const QString &id)
{
    const QString path = dbus::volumePath(id);
    if (!m_context.services.sources->handle(id))
        m_tree->removeObject(path);
    else if (!m_tree->hasObject(path))
        warnUnless(m_tree->addObject(path, sourceBindings(m_context, id)));
    else
        m_tree->refresh(path, dbus::kSource);
}

void BusServer::onIndexChanged(const QString &uuid)
{
    m_tree->refresh(dbus::volumePath(uuid), dbus::kIndex);
    m_maps.look(uuid);
    // How many folders there are is known when they have been looked at.
    if (isSourceId(uuid))
        m_tree->refresh(dbus::volumePath(uuid), dbus::kSource);
}

void BusServer::onJobStarted(uint32_t id)
{
    warnUnless(m_tree->addObject(dbus::jobPath(id), jobBindings(m_context, id)));
    const auto status = m_context.services.jobs->status(id);
    if (status) {
        m_tree->sendSignal(dbus::kRootPath, dbus::kManager, QStringLiteral("JobNew"),
                           {id, QVariant::fromValue(jobObjectPath(id)), status->kind});
    }
}

void BusServer::onJobFinished(uint32_t id)
{
    const auto status = m_context.services.jobs->status(id);
    if (!status)
        return;
    const dbus::ErrorText error = errorText(*status);
    m_tree->sendSignal(
        dbus::jobPath(id), dbus::kJob, QStringLiteral("Finished"),
        {jobStateName(status->state), error.name, error.message, jobResult(*status)});
}

void BusServer::onJobRemoved(uint32_t id, const QString &kind, const QString &state)
{
    m_tree->removeObject(dbus::jobPath(id));
    m_tree->sendSignal(dbus::kRootPath, dbus::kManager, QStringLiteral("JobRemoved"),
                       {id, QVariant::fromValue(jobObjectPath(id)), kind, state});
}

} // namespace vexfs::daemon
