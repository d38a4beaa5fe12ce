// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/source_object.h - a plain folder on the bus: Source, Index, Statistics.
#pragma once

#include "daemon/bus/bus_context.h"

namespace vexfs::daemon {

QList<dbus::Binding> sourceBindings(const BusContext &context, const QString &id);

/// Manager.AddSource and Manager.RemoveSource.
void addSource(const BusContext &context, const dbus::Call &call);
void removeSource(const BusContext &context, const dbus::Call &call);

} // namespace vexfs::daemon
