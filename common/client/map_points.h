// SPDX-License-Identifier: Apache-2.0
//
// common/client/map_points.h - the records of a map, out of the memory that carries them. Private
// to client.
#pragma once

#include "common/base/error.h"
#include "common/client/client_types.h"

namespace vexfs::client {

/// info: as GetPoints gives it. Borrows fd. Fails with Corrupt when they do not fit each other.
base::Result<MapPoints> readMapPoints(int fd, const QVariantMap &info);

} // namespace vexfs::client
