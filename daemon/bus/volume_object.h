// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/volume_object.h - a volume on the bus: Volume, Snapshots, Index, Map, Statistics.
#pragma once

#include "common/dbus/options.h"
#include "daemon/bus/bus_context.h"

namespace vexfs::daemon {

QList<dbus::Binding> volumeBindings(const BusContext &context, const QString &uuid);

/// The Index interface of it or of a source, in volume_index.cpp.
dbus::Binding indexBinding(const BusContext &context, const QString &uuid);

/// Adds what looks after it to its Volume interface, in volume_maintenance.cpp.
void addMaintenanceMethods(const BusContext &context, const QString &uuid, dbus::Binding *binding);

/// Adds methods to its Snapshots interface, in volume_snapshots.cpp.
void addSnapshotMethods(const BusContext &context, const QString &uuid, dbus::Binding *binding);

/// Snapshots.SetSchedule, and the properties that tell of it, in snapshot_schedule_call.cpp.
void setSchedule(const BusContext &context, const QString &uuid, const dbus::Call &call);
QVariantMap scheduleProperties(const BusContext &context, const QString &uuid);
/// What is noted of a snapshot, from values whose kinds options has read. InvalidArgs.
base::Result<SnapshotEdit> snapshotRecordEdit(const QVariantMap &values, dbus::Options *options);

/// Index.Configure and Index.Configuration, in index_settings_call.cpp.
void configureIndex(const BusContext &context, const QString &uuid, const dbus::Call &call);
QVariantMap configurationOf(const IndexedPlace &place);

/// Index.ListModels, in model_list_call.cpp.
void listModels(const BusContext &context, const dbus::Call &call);

/// The Map interface of it or of a source, in volume_map.cpp.
dbus::Binding mapBinding(const BusContext &context, const QString &uuid);

/// The Statistics interface of it or of a source, in volume_statistics.cpp.
dbus::Binding statisticsBinding(const BusContext &context, const QString &uuid);

} // namespace vexfs::daemon
