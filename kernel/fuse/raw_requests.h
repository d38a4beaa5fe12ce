// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include "fuse_api.h"

#include <sys/types.h>
#include <vexfs/volume.h>

namespace vexfs::fuse {

/*
 * libfuse 3.14 is older than the kernel's protocol. Requests pass through here before it sees them
 * and the answer to the first one before the kernel does, so that O_TMPFILE and the rules for
 * set-id bits work all the same. Nothing is copied for that.
 */

/// What libfuse does not tell of the request that this thread is handling.
struct RequestExtras
{
    /// The caller may not keep set-id bits: what changes the file takes them away.
    bool killsSetId = false;
    /// Setting this access list takes the set-group-id bit away.
    bool killsSetgidByAcl = false;
};

const RequestExtras &requestExtras();

/// Permissions without what may not survive a change by the caller of @p request: set-user-id; and
/// set-group-id where the group may execute, or he is neither in it nor @p isPrivileged.
mode_t withoutSetId(fuse_req_t request, const vexfs_attr &attr, bool isPrivileged);

/// Takes the set-id bits away from a file whose content was changed. 0 or a negative errno.
int dropSetId(fuse_req_t request, vexfs_id id);

/// To be called when the session is mounted and before it serves. Returns 0 or a negative errno.
int interceptRequests(fuse_session *session);

} // namespace vexfs::fuse
