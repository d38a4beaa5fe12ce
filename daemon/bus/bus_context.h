// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/bus_context.h - what the objects on the bus share, and how they leave its thread.
#pragma once

#include "common/dbus/object_tree.h"
#include "daemon/bus/inhibitor_keeper.h"
#include "daemon/jobs/job_registry.h"
#include "daemon/service/document_service.h"
#include "daemon/service/maintenance/maintenance_service.h"
#include "daemon/service/places/indexed_places.h"
#include "daemon/service/schedule/snapshot_scheduler.h"
#include "daemon/service/search_service.h"
#include "daemon/service/snapshot_service.h"
#include "daemon/service/places/source_service.h"
#include "daemon/service/volume_service.h"

#include <QDBusObjectPath>
#include <QThreadPool>

namespace vexfs::daemon {

/// The use cases that the bus offers. Owned by main; outlive the bus.
struct Services
{
    JobRegistry *jobs;
    VolumeService *volumes;
    SourceService *sources;
    const IndexedPlaces *indexed;
    SnapshotService *snapshots;
    MaintenanceService *maintenance;
    SnapshotScheduler *scheduler;
    DocumentService *documents;
    SearchService *search;
    WorkPolicy *policy;
};

/// Borrowed by every object on the bus; owned by BusServer.
struct BusContext
{
    Services services;
    dbus::ObjectTree *tree;
    QThreadPool *pool;
    InhibitorKeeper *inhibitors;
};

/// Every job of the user role is the user's own.
JobRequest jobRequest(const QString &kind, const QStringList &volumes);

QDBusObjectPath jobObjectPath(uint32_t id);

/// Answers a call with what work() returns, a Result<QVariantList>, from a thread of the pool:
/// the services block, and the bus must go on.
template <class Work>
void answerFromPool(const BusContext &context, const dbus::Call &call, Work work)
{
    context.pool->start([call, work] {
        const base::Result<QVariantList> values = work();
        if (values)
            call.reply(*values);
        else
            call.fail(values.error());
    });
}

/// Prepares a job on the pool with prepare(), a Result<T>; then starts it on the thread of the bus
/// with start(T), which gives its id, and answers with its path.
template <class Prepare, class Start>
void answerWithJob(const BusContext &context, const dbus::Call &call, Prepare prepare, Start start)
{
    dbus::ObjectTree *tree = context.tree;
    context.pool->start([call, prepare, start, tree] {
        const auto prepared = prepare();
        if (!prepared) {
            call.fail(prepared.error());
            return;
        }
        QMetaObject::invokeMethod(tree, [call, start, value = *prepared] {
            call.reply({QVariant::fromValue(jobObjectPath(start(value)))});
        });
    });
}

} // namespace vexfs::daemon
