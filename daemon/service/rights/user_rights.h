// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/rights/user_rights.h - what the user role may do, and its caller with it.
//
// There is no polkit in it: caller and daemon are the same user, so nobody is ever asked who they
// are, and no answer is 'auth'. What the user's own rights and this machine do not allow is 'no'.
// The system role, with the kernel driver and polkit, is not built: it will have a function of its
// own.
#pragma once

#include "common/base/permission.h"

namespace vexfs::daemon {

/// Looked at now: programs may be installed, and /dev/fuse opened to the user, meanwhile. Does not
/// block.
base::Permissions userRights();

} // namespace vexfs::daemon
