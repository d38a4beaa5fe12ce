// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vexfs::test {

enum class OpKind {
    Mkdir,
    CreateFile,
    Symlink,
    Mkfifo,
    Link,
    Unlink,
    UnlinkHeld, ///< the host still has it open: evicted later
    EvictHeld,
    Rmdir,
    Rename, ///< flags in number
    Write,  ///< number bytes at offset, made from seed
    WriteVectors,
    Truncate, ///< to offset
    TruncateVectors,
    Chmod,
    Chown,
    Utimes,
    SetXattr, ///< name in second, number bytes made from seed
    RemoveXattr,
    SnapshotCreate, ///< name in path
    SnapshotDelete,
    SnapshotRename, ///< from path to second
    Rollback,       ///< to the snapshot of path; the safety snapshot is second
    Commit,
    Tick,
    Fsync, ///< of path: it and all that was done before it survive a crash
    CreateUnnamed, ///< without a name, number bytes made from seed written, then named
    Reserve,       ///< number bytes at offset, as fallocate(2); the size grows
    ReserveKeep,   ///< the same with FALLOC_FL_KEEP_SIZE
    Punch,
    ZeroRange,
    ZeroRangeKeep,
    CopyRange, ///< number bytes at offset of path to target of second, as copy_file_range(2)
    Trim,      ///< what is free of number blocks from offset on, as FITRIM
};

/// One operation on a volume, by paths without a leading '/'. The same on model and engine.
struct Operation
{
    OpKind kind = OpKind::Commit;
    std::string path;
    std::string second;
    uint64_t offset = 0;
    uint64_t number = 0;
    uint64_t seed = 0;
    uint64_t target = 0;

    /// For messages: everything that is needed to do it again by hand.
    std::string text() const;
    /// The bytes that Write, WriteVectors, SetXattr and CreateUnnamed store.
    std::string content() const;
};

} // namespace vexfs::test
