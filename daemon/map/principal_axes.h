// SPDX-License-Identifier: Apache-2.0
//
// daemon/map/principal_axes.h - where a layout begins: the two axes along which vectors
// differ most.
#pragma once

#include "daemon/map/layout.h"

namespace vexfs::daemon {

/// Places from -10 to 10 along the axes of a sample of the points. Fails with Cancelled.
base::Result<std::vector<Place>> principalPlaces(const LayoutInput &input,
                                                 const LayoutOptions &options);

} // namespace vexfs::daemon
