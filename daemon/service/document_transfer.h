// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/document_transfer.h - copies or renames a file: it appears whole or not at all.
#pragma once

#include "daemon/service/document_service.h"

#include <functional>

#include <sys/stat.h>

namespace vexfs::daemon {

enum class CopyOutcome
{
    Added,
    Renamed,  ///< Added; there is no original any more.
    SameThere,
    ItselfThere ///< What is there is the very file that was to be copied.
};

/// What a file was when it was copied.
struct FileIdentity
{
    dev_t device = 0;
    ino_t ino = 0;
    off_t sizeBytes = 0;
    nlink_t links = 0;
    timespec mtime = {};
    timespec ctime = {};

    static FileIdentity of(const struct stat &info);
    /// Whether it is that file, and nobody has written to it since. The time of its inode may be
    /// another when one of its names went.
    bool isOf(const struct stat &info) const;
};

struct CopyResult
{
    CopyOutcome outcome = CopyOutcome::Added;
    QByteArray name;       ///< In the folder.
    FileIdentity identity; ///< Of the original, before it was read.
};

struct CopyRequest
{
    QByteArray source;
    QByteArray folder; ///< Exists.
    QByteArray name;
    OnDuplicate onDuplicate = OnDuplicate::Skip;
    /// Renames where both are on one file system. The copy has all attributes of the user's, too.
    /// An original that was copied stays for now.
    bool isMove = false;
    /// Told the bytes of each step; the copy ends with Cancelled when it answers false.
    std::function<bool(uint64_t)> progress;
};

/// The bytes are written under a hidden name, synced, and then get their own.
/// Mode and time of change are kept. AlreadyExists when another file of that name is there.
base::Result<CopyResult> copyDocument(const CopyRequest &request);

/// What the user noted of a file or folder, its tags for one: the attributes 'user.'.
base::Status copyAttributes(int from, int to);

} // namespace vexfs::daemon
