// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/job_object.h - a job on the bus.
#pragma once

#include "common/dbus/types.h"
#include "daemon/bus/bus_context.h"

namespace vexfs::daemon {

QList<dbus::Binding> jobBindings(const BusContext &context, uint32_t id);

/// Both empty unless it failed or was cancelled.
dbus::ErrorText errorText(const JobStatus &status);

/// The Result of a job; uuids of volumes as object paths.
QVariantMap jobResult(const JobStatus &status);

} // namespace vexfs::daemon
