// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace vexfs::fuse {

/*
 * POSIX access control lists, in the form in which the kernel reads and writes the extended
 * attributes below. The kernel enforces them (FUSE_CAP_POSIX_ACL with default_permissions); keeping
 * mode bits and list in step and handing lists down to new files is the filesystem's part.
 */
extern const char kAclAccess[];  // system.posix_acl_access
extern const char kAclDefault[]; // system.posix_acl_default

/// Whether @p value is a list as the kernel makes them.
bool isValidAcl(const std::string &value);

/// What a new file gets of its directory's default list: permissions are the asked for ones cut by
/// the list. @p access is empty when the mode says it all. False when @p defaults is no valid list.
bool inheritAcl(const std::string &defaults, mode_t *mode, std::string *access);

/// An access list was set: the permission bits that follow from it; the others of @p mode stay.
/// @p isRedundant is set when the mode says all that the list does.
mode_t modeOfAcl(const std::string &access, mode_t mode, bool *isRedundant);

/// chmod on a file with an access list: the list that fits the new mode.
std::string aclOfMode(const std::string &access, mode_t mode);

} // namespace vexfs::fuse
