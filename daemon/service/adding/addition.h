// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/adding/addition.h - the work of one job that adds files: what there is, then one
// file after the other.
#pragma once

#include "daemon/service/document_service.h"
#include "daemon/service/volume_service.h"

namespace vexfs::daemon {

/// Result: added, skipped, failed.
base::Result<QVariantMap> runAddition(VolumeService *volumes, const VolumeHandle &handle,
                                      const AddRequest &request, Job *job);

} // namespace vexfs::daemon
