// SPDX-License-Identifier: Apache-2.0
//
// common/client/client_decode.h - from what came over the bus to the values of client_types.h.
// Private to client.
#pragma once

#include "common/client/client_types.h"
#include "common/dbus/types.h"

namespace vexfs::client {

Inventory decodeInventory(const dbus::ManagedObjects &objects);
JobInfo decodeJob(const QString &object, const QVariantMap &properties);
DaemonInfo decodeDaemon(const QVariantMap &properties);
SnapshotInfo decodeSnapshot(const dbus::NamedRow &row);
SearchHit decodeHit(const dbus::HitRow &row);
ModelInfo decodeModel(const dbus::NamedRow &row);
QList<SearchStage> decodeStages(const QVariantMap &info);

/// A field of an a{sv}; its zero value when it is absent or of another type.
uint64_t number(const QVariantMap &map, const char *key);
QString text(const QVariantMap &map, const char *key);

} // namespace vexfs::client
