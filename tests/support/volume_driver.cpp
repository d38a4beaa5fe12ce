// SPDX-License-Identifier: Apache-2.0
#include "tests/support/volume_driver.h"

#include <vexfs/maintain.h>
#include <vexfs/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <sys/stat.h>

namespace vexfs::test {

namespace {

u32 length(const std::string &text)
{
    return static_cast<u32>(text.size());
}

} // namespace

int VolumeDriver::find(const std::string &path, vexfs_id *id) const
{
    vexfs_id at{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
    std::istringstream in(path);
    for (std::string part; std::getline(in, part, '/');) {
        vexfs_attr attr{};
        const int error =
            vexfs_volume_lookup(m_volume, at, part.data(), length(part), &at, &attr);
        if (error)
            return error;
    }
    *id = at;
    return 0;
}

int VolumeDriver::findDir(const std::string &path, vexfs_id *dir, std::string *name) const
{
    const size_t slash = path.rfind('/');
    *name = slash == std::string::npos ? path : path.substr(slash + 1);
    return find(slash == std::string::npos ? "" : path.substr(0, slash), dir);
}

int VolumeDriver::create(const Operation &operation, uint32_t mode)
{
    vexfs_id dir{};
    vexfs_id id{};
    vexfs_attr attr{};
    std::string name;
    if (const int error = findDir(operation.path, &dir, &name))
        return error;
    vexfs_create what{};
    what.mode = mode;
    if (S_ISLNK(mode)) {
        what.target = operation.second.data();
        what.target_bytes = length(operation.second);
    }
    return vexfs_volume_create(m_volume, dir, name.data(), length(name), &what, &id, &attr);
}

int VolumeDriver::afterRemoval(const vexfs_removed &removed, bool hold)
{
    if (removed.id.ino == 0 || removed.nlink != 0)
        return 0;
    // The name is gone, which is what was asked for: a host tries again later, or leaves what
    // cannot be freed now to the next open.
    if (hold || vexfs_volume_evict(m_volume, removed.id) != 0)
        m_held.push_back(removed.id);
    return 0;
}

int VolumeDriver::changeNames(const Operation &operation)
{
    vexfs_id dir{};
    vexfs_id id{};
    vexfs_removed removed{};
    std::string name;
    if (operation.kind == OpKind::Link) {
        vexfs_attr attr{};
        if (const int error = find(operation.path, &id))
            return error;
        if (const int error = findDir(operation.second, &dir, &name))
            return error;
        return vexfs_volume_link(m_volume, id, dir, name.data(), length(name), &attr);
    }
    if (const int error = findDir(operation.path, &dir, &name))
        return error;
    const auto remove =
        operation.kind == OpKind::Rmdir ? vexfs_volume_rmdir : vexfs_volume_unlink;
    if (const int error = remove(m_volume, dir, name.data(), length(name), &removed))
        return error;
    return afterRemoval(removed, operation.kind == OpKind::UnlinkHeld);
}

int VolumeDriver::rename(const Operation &operation)
{
    vexfs_rename rename{};
    vexfs_removed removed{};
    std::string oldName;
    std::string newName;
    if (const int error = findDir(operation.path, &rename.old_dir, &oldName))
        return error;
    if (const int error = findDir(operation.second, &rename.new_dir, &newName))
        return error;
    rename.old_name = oldName.data();
    rename.old_name_bytes = length(oldName);
    rename.new_name = newName.data();
    rename.new_name_bytes = length(newName);
    rename.flags = static_cast<u32>(operation.number);
    if (const int error = vexfs_volume_rename(m_volume, &rename, &removed))
        return error;
    return afterRemoval(removed, false);
}

int VolumeDriver::write(const Operation &operation, uint64_t *doneBytes)
{
    vexfs_id id{};
    if (const int error = find(operation.path, &id))
        return error;
    const u32 fork = operation.kind == OpKind::WriteVectors ? 1 : 0;
    const std::string content = operation.content();
    u32 done = 0;
    const int error = vexfs_volume_write(m_volume, id, fork, operation.offset, content.data(),
                                         length(content), &done);
    *doneBytes = error ? 0 : done;
    return error;
}

int VolumeDriver::createUnnamed(const Operation &operation, uint64_t *doneBytes)
{
    vexfs_id dir{};
    vexfs_id id{};
    vexfs_attr attr{};
    std::string name;
    if (const int error = findDir(operation.path, &dir, &name))
        return error;
    vexfs_create what{};
    what.mode = S_IFREG | static_cast<uint32_t>(operation.number & 0777);
    if (const int error = vexfs_volume_create(m_volume, dir, nullptr, 0, &what, &id, &attr))
        return error;
    const std::string content = operation.content();
    u32 done = 0;
    int error =
        vexfs_volume_write(m_volume, id, 0, 0, content.data(), length(content), &done);
    if (!error)
        error = vexfs_volume_link(m_volume, id, dir, name.data(), length(name), &attr);
    if (error && vexfs_volume_evict(m_volume, id) != 0)
        m_held.push_back(id);
    *doneBytes = error ? 0 : done;
    return error;
}

int VolumeDriver::allocate(const Operation &operation, uint64_t *doneBytes)
{
    vexfs_id id{};
    u32 flags = 0;
    if (const int error = find(operation.path, &id))
        return error;
    if (operation.kind == OpKind::Punch)
        flags = VEXFS_ALLOCATE_PUNCH;
    else if (operation.kind == OpKind::ZeroRange || operation.kind == OpKind::ZeroRangeKeep)
        flags = VEXFS_ALLOCATE_ZERO;
    if (operation.kind != OpKind::Reserve && operation.kind != OpKind::ZeroRange)
        flags |= VEXFS_ALLOCATE_KEEP_SIZE;
    u64 done = 0;
    const int error = vexfs_volume_allocate(m_volume, id, flags, operation.offset,
                                            operation.number, &done);
    *doneBytes = done;
    return error;
}

int VolumeDriver::copyRange(const Operation &operation, uint64_t *doneBytes)
{
    vexfs_clone clone{};
    if (const int error = find(operation.path, &clone.from))
        return error;
    if (const int error = find(operation.second, &clone.to))
        return error;
    clone.from_offset = operation.offset;
    clone.to_offset = operation.target;
    clone.len_bytes = operation.number;
    u64 done = 0;
    const int error = vexfs_volume_copy(m_volume, &clone, &done);
    *doneBytes = done;
    return error;
}

int VolumeDriver::setAttributes(const Operation &operation)
{
    vexfs_id id{};
    vexfs_setattr set{};
    if (const int error = find(operation.path, &id))
        return error;
    if (operation.kind == OpKind::Chmod) {
        set.valid = VEXFS_SET_MODE;
        set.mode = static_cast<u32>(operation.number & 07777);
    } else if (operation.kind == OpKind::Chown) {
        set.valid = VEXFS_SET_UID | VEXFS_SET_GID;
        set.uid = static_cast<u32>(operation.number);
        set.gid = static_cast<u32>(operation.offset);
    } else {
        set.valid = VEXFS_SET_MTIME;
        set.mtime = {static_cast<s64>(operation.offset), static_cast<u32>(operation.number)};
    }
    return vexfs_volume_setattr(m_volume, id, &set, nullptr);
}

int VolumeDriver::changeXattr(const Operation &operation)
{
    vexfs_id id{};
    if (const int error = find(operation.path, &id))
        return error;
    const std::string &name = operation.second;
    if (operation.kind == OpKind::RemoveXattr)
        return vexfs_volume_removexattr(m_volume, id, name.data(), length(name));
    const std::string value = operation.content();
    return vexfs_volume_setxattr(m_volume, id, name.data(), length(name), value.data(),
                                 length(value), static_cast<u32>(operation.offset));
}

int VolumeDriver::changeSnapshots(const Operation &operation)
{
    vexfs_snapshot row{};
    const std::string &name = operation.path;
    if (operation.kind == OpKind::SnapshotCreate)
        return vexfs_volume_snapshot_create(m_volume, VEXFS_VOLUME_TREE_LIVE, name.data(),
                                            length(name), 0, &row);
    if (const int error = vexfs_volume_snapshot_lookup(m_volume, name.data(), length(name), &row))
        return error;
    if (operation.kind == OpKind::SnapshotRename) {
        const vexfs_snapshot_change change{row.id, 0, 0, operation.second.data(),
                                           length(operation.second)};
        return vexfs_volume_snapshot_change(m_volume, &change);
    }
    if (operation.kind == OpKind::Rollback) {
        vexfs_snapshot safety{};
        const int error = vexfs_volume_rollback(m_volume, row.id, operation.second.data(),
                                                length(operation.second), 0, &safety);
        // A host forgets what it holds of files without a name.
        if (!error)
            m_held.clear();
        return error;
    }
    return vexfs_volume_snapshot_delete(m_volume, row.id);
}

int VolumeDriver::evictHeld()
{
    int first = 0;
    for (const vexfs_id &id : m_held) {
        const int error = vexfs_volume_evict(m_volume, id);
        first = first ? first : error;
    }
    m_held.clear();
    return first;
}

int VolumeDriver::apply(const Operation &operation, uint64_t *doneBytes)
{
    const auto permissions = static_cast<uint32_t>(operation.number & 07777);
    *doneBytes = 0;
    switch (operation.kind) {
    case OpKind::Mkdir: return create(operation, S_IFDIR | permissions);
    case OpKind::CreateFile: return create(operation, S_IFREG | permissions);
    case OpKind::Symlink: return create(operation, S_IFLNK | 0777);
    case OpKind::Mkfifo: return create(operation, S_IFIFO | permissions);
    case OpKind::Link:
    case OpKind::Unlink:
    case OpKind::UnlinkHeld:
    case OpKind::Rmdir: return changeNames(operation);
    case OpKind::EvictHeld: return evictHeld();
    case OpKind::Rename: return rename(operation);
    case OpKind::Write:
    case OpKind::WriteVectors: return write(operation, doneBytes);
    case OpKind::Truncate:
    case OpKind::TruncateVectors: {
        vexfs_id id{};
        if (const int error = find(operation.path, &id))
            return error;
        const u32 fork = operation.kind == OpKind::TruncateVectors ? 1 : 0;
        return vexfs_volume_truncate(m_volume, id, fork, operation.offset);
    }
    case OpKind::Chmod:
    case OpKind::Chown:
    case OpKind::Utimes: return setAttributes(operation);
    case OpKind::SetXattr:
    case OpKind::RemoveXattr: return changeXattr(operation);
    case OpKind::SnapshotCreate:
    case OpKind::SnapshotDelete:
    case OpKind::SnapshotRename:
    case OpKind::Rollback: return changeSnapshots(operation);
    case OpKind::CreateUnnamed: return createUnnamed(operation, doneBytes);
    case OpKind::Reserve:
    case OpKind::ReserveKeep:
    case OpKind::Punch:
    case OpKind::ZeroRange:
    case OpKind::ZeroRangeKeep: return allocate(operation, doneBytes);
    case OpKind::CopyRange: return copyRange(operation, doneBytes);
    case OpKind::Commit: return vexfs_volume_commit(m_volume, nullptr);
    case OpKind::Fsync: {
        vexfs_id id{};
        const int error = find(operation.path, &id);
        return error ? error : vexfs_volume_fsync(m_volume, id);
    }
    case OpKind::Trim: {
        vexfs_trim trim{operation.offset, operation.offset + operation.number, 1, 0};
        int more = 1;
        while (more == 1)
            more = vexfs_volume_trim_step(m_volume, &trim);
        return more;
    }
    case OpKind::Tick: {
        const int more = vexfs_volume_tick(m_volume);
        return more < 0 ? more : 0;
    }
    }
    return -EINVAL;
}

SimImage randomImage(uint64_t blocks, uint64_t seed, int operations)
{
    SimDevice device(formattedImage(blocks, VEXFS_COMPRESS_DEFAULT));
    const vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    int error = vexfs_volume_open(device.dev(), &options, &volume);
    if (!error) {
        VolumeDriver driver(volume);
        ModelVolume model;
        Random random(seed);
        for (int i = 0; i < operations; i++) {
            Operation operation = randomOperation(random, model);
            operation.number = std::min<uint64_t>(operation.number, 20000);
            uint64_t done = 0;
            if (driver.apply(operation, &done) != -ENOSPC)
                model.apply(operation, done);
        }
        driver.evictHeld();
        error = vexfs_volume_close(volume);
    }
    if (error) {
        std::fprintf(stderr, "no volume of random operations: %d\n", error);
        abort();
    }
    return device.image();
}

} // namespace vexfs::test
