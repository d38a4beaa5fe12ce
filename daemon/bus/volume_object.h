// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/volume_object.h - a volume on the bus: Volume, Snapshots, Index, Statistics.
#pragma once

#include "daemon/bus/bus_context.h"

namespace vexfs::daemon {

QList<dbus::Binding> volumeBindings(const BusContext &context, const QString &uuid);

/// The Index interface of it or of a source, in volume_index.cpp.
dbus::Binding indexBinding(const BusContext &context, const QString &uuid);

/// Adds what looks after it to its Volume interface, in volume_maintenance.cpp.
void addMaintenanceMethods(const BusContext &context, const QString &uuid, dbus::Binding *binding);

/// Adds methods to its Snapshots interface, in volume_snapshots.cpp.
void addSnapshotMethods(const BusContext &context, const QString &uuid, dbus::Binding *binding);

/// Index.Configure and Index.Configuration, in index_settings_call.cpp.
void configureIndex(const BusContext &context, const QString &uuid, const dbus::Call &call);
QVariantMap configurationOf(const IndexedPlace &place);

/// The Statistics interface of it or of a source, in volume_statistics.cpp.
dbus::Binding statisticsBinding(const BusContext &context, const QString &uuid);

} // namespace vexfs::daemon
