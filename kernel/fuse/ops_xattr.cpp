// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Requests about extended attributes, and the mode bits that follow from access lists.
#include "acl.h"
#include "driver.h"
#include "raw_requests.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace vexfs::fuse {

namespace {

bool isAcl(std::string_view name)
{
    return name == kAclAccess || name == kAclDefault;
}

/// The namespaces that exist. Who may use which is decided by the kernel.
bool isSupported(std::string_view name)
{
    for (const std::string_view prefix : {"user.", "trusted.", "security."}) {
        if (name.starts_with(prefix) && name.size() > prefix.size())
            return true;
    }
    return isAcl(name) || name == VEXFS_XATTR_COMPRESSION;
}

/// What the kernel has no rule for: compression is the owner's business.
bool isAllowed(fuse_req_t request, fuse_ino_t node, std::string_view name)
{
    return name != VEXFS_XATTR_COMPRESSION ||
           isOwnerOf(driverOf(request), idOfNode(node), fuse_req_ctx(request)->uid);
}

/// Namespaces that exist have no attribute without a name.
int unsupportedError(std::string_view name)
{
    return name == "user." || name == "trusted." || name == "security." ? EINVAL : EOPNOTSUPP;
}

void doGetxattr(fuse_req_t request, fuse_ino_t node, const char *name, size_t size)
{
    if (isVirtual(node) || !isSupported(name)) {
        fuse_reply_err(request, isSupported(name) ? ENODATA : EOPNOTSUPP);
        return;
    }
    std::string value(std::min<size_t>(size, VEXFS_XATTR_VALUE_MAX_BYTES), '\0');
    u32 bytes = 0;
    const int error = vexfs_volume_getxattr(driverOf(request).volume, idOfNode(node), name,
                                            static_cast<u32>(strlen(name)), value.data(),
                                            static_cast<u32>(value.size()), &bytes);
    if (error)
        replyError(request, error);
    else if (size == 0)
        fuse_reply_xattr(request, bytes);
    else
        fuse_reply_buf(request, value.data(), bytes);
}

/// Setting an access list sets permissions too. @p redundant: the list need not be kept.
int followAcl(vexfs_volume *volume, vexfs_id id, const std::string &value, bool *redundant)
{
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(volume, id, &attr))
        return error;
    vexfs_setattr set{};
    set.valid = VEXFS_SET_MODE;
    set.mode = modeOfAcl(value, attr.mode, redundant) & 07777;
    if (requestExtras().killsSetgidByAcl)
        set.mode &= ~static_cast<u32>(S_ISGID);
    return set.mode == (attr.mode & 07777) ? 0 : vexfs_volume_setattr(volume, id, &set, nullptr);
}

int setAcl(vexfs_volume *volume, vexfs_id id, const char *name, const std::string &value, int flags)
{
    const u32 nameBytes = static_cast<u32>(strlen(name));
    bool isRedundant = false;
    if (!isValidAcl(value))
        return -EINVAL;
    // New files get a default list in the same operation in which they are made.
    if (name == std::string_view(kAclDefault) && value.size() > VEXFS_FIRST_XATTR_MAX_BYTES)
        return -ENOSPC;
    if (name == std::string_view(kAclAccess)) {
        if (const int error = followAcl(volume, id, value, &isRedundant))
            return error;
    }
    if (isRedundant) {
        const int error = vexfs_volume_removexattr(volume, id, name, nameBytes);
        return error == -ENODATA ? 0 : error;
    }
    return vexfs_volume_setxattr(volume, id, name, nameBytes, value.data(),
                                 static_cast<u32>(value.size()), static_cast<u32>(flags));
}

void doSetxattr(fuse_req_t request, fuse_ino_t node, const char *name, const char *value,
                size_t size, int flags)
{
    vexfs_volume *volume = driverOf(request).volume;
    static_assert(VEXFS_XATTR_CREATE == XATTR_CREATE && VEXFS_XATTR_REPLACE == XATTR_REPLACE);
    if (!isSupported(name))
        fuse_reply_err(request, unsupportedError(name));
    else if (isVirtual(node) || !isAllowed(request, node, name))
        fuse_reply_err(request, EPERM);
    else if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
        fuse_reply_err(request, EINVAL);
    else if (isAcl(name))
        replyError(request,
                   setAcl(volume, idOfNode(node), name, std::string(value, size), flags));
    else
        replyError(request, vexfs_volume_setxattr(volume, idOfNode(node), name,
                                                  static_cast<u32>(strlen(name)), value,
                                                  static_cast<u32>(size),
                                                  static_cast<u32>(flags)));
}

int removeXattr(vexfs_volume *volume, vexfs_id id, const char *name)
{
    const int error = vexfs_volume_removexattr(volume, id, name, static_cast<u32>(strlen(name)));
    // As filesystems of the kernel have it: a list that is not there can be taken away.
    return error == -ENODATA && isAcl(name) ? 0 : error;
}

void doRemovexattr(fuse_req_t request, fuse_ino_t node, const char *name)
{
    if (!isSupported(name))
        fuse_reply_err(request, EOPNOTSUPP);
    else if (isVirtual(node) || !isAllowed(request, node, name))
        fuse_reply_err(request, EPERM);
    else
        replyError(request, removeXattr(driverOf(request).volume, idOfNode(node), name));
}

/// trusted.* is for those with privileges, its names included.
std::string visibleNames(const std::string &names, bool isPrivileged)
{
    std::string out;
    for (size_t at = 0; at < names.size();) {
        const size_t end = std::min(names.find('\0', at), names.size());
        const std::string name = names.substr(at, end - at);
        if (isPrivileged || !name.starts_with("trusted."))
            out += name + '\0';
        at = end + 1;
    }
    return out;
}

int listNames(vexfs_volume *volume, vexfs_id id, std::string *out)
{
    // The list may grow between the two calls, so that a failure for size means: ask again.
    for (int attempt = 0; attempt < 8; attempt++) {
        u32 bytes = 0;
        if (const int error = vexfs_volume_listxattr(volume, id, nullptr, 0, &bytes))
            return error;
        out->assign(bytes, '\0');
        if (bytes == 0)
            return 0;
        const int error = vexfs_volume_listxattr(volume, id, out->data(), bytes, &bytes);
        if (error == 0)
            out->resize(bytes);
        if (error != -ERANGE)
            return error;
    }
    return -ERANGE;
}

void doListxattr(fuse_req_t request, fuse_ino_t node, size_t size)
{
    std::string names;
    if (!isVirtual(node)) {
        if (const int error = listNames(driverOf(request).volume, idOfNode(node), &names)) {
            replyError(request, error);
            return;
        }
    }
    names = visibleNames(names, fuse_req_ctx(request)->uid == 0);
    if (size == 0)
        fuse_reply_xattr(request, names.size());
    else if (names.size() > size)
        fuse_reply_err(request, ERANGE);
    else
        fuse_reply_buf(request, names.data(), names.size());
}

} // namespace

void fillXattrOperations(fuse_lowlevel_ops *operations)
{
    operations->getxattr = doGetxattr;
    operations->setxattr = doSetxattr;
    operations->removexattr = doRemovexattr;
    operations->listxattr = doListxattr;
}

} // namespace vexfs::fuse
