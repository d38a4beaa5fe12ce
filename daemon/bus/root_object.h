// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/root_object.h - the object /org/vexfs/VexFS1: Manager, Search, Documents.
#pragma once

#include "daemon/bus/bus_context.h"

namespace vexfs::daemon {

QList<dbus::Binding> rootBindings(const BusContext &context);

} // namespace vexfs::daemon
