// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/places/index_start.h - an index that runs, of whatever can be viewed as a volume.
#pragma once

#include "daemon/service/index_service.h"
#include "daemon/service/work_policy.h"

#include <functional>
#include <memory>

class QObject;

namespace vexfs::daemon {

/// Made and started. It lives on the thread of owner, whoever lets go of it last; onStatus is
/// called there as long as owner lives. Fails as IndexConfig::standard() and IndexService::start().
base::Result<std::shared_ptr<IndexService>>
startIndexOf(std::shared_ptr<VolumeView> view, QObject *owner, std::function<void()> onStatus);

} // namespace vexfs::daemon
