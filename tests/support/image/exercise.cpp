// SPDX-License-Identifier: Apache-2.0
#include "tests/support/image/exercise.h"

#include <vexfs/check.h>
#include <vexfs/inspect.h>
#include <vexfs/volume.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace vexfs::test {

namespace {

// A damaged image may claim to be endless: enough is enough.
constexpr size_t kFoundMax = 400;
constexpr size_t kChangedMax = 40;
constexpr u32 kPortions = 4;

struct Found
{
    vexfs_id dir{};
    std::string name;
    vexfs_id id{};
    vexfs_attr attr{};
};

class Exercise
{
public:
    explicit Exercise(vexfs_volume *volume) : m_volume(volume), m_buffer(20000, '\0') {}

    void list(vexfs_id dir);
    void walk(uint64_t tree);
    void walkSnapshots();
    void change();

private:
    void read(vexfs_id id);
    void readFork(vexfs_id id, u32 fork, u64 size);
    void readXattrs(vexfs_id id);
    void changeOne(const Found &found, size_t number);
    void removeOne(const Found &found, size_t number);

    vexfs_volume *m_volume;
    std::string m_buffer;
    std::vector<Found> m_found;
    std::vector<uint64_t> m_trees;
};

void Exercise::readFork(vexfs_id id, u32 fork, u64 size)
{
    // The begin, the end, and what lies beyond it.
    for (u32 i = 0; i < kPortions; i++) {
        const u64 offset = i < kPortions / 2 ? u64(i) * m_buffer.size()
                                             : size - std::min<u64>(size, (i - 2) * 10000);
        if (i > 0 && offset >= size)
            continue;
        u32 got = 0;
        const int error = vexfs_volume_read(m_volume, id, fork, offset, m_buffer.data(),
                                            static_cast<u32>(m_buffer.size()), &got);
        if (!error && got > m_buffer.size())
            abort();
    }
}

void Exercise::readXattrs(vexfs_id id)
{
    u32 bytes = 0;
    std::string names(8192, '\0');
    if (vexfs_volume_listxattr(m_volume, id, names.data(), 8192, &bytes) != 0)
        return;
    for (size_t at = 0; at < bytes && at < names.size();) {
        const std::string name = names.c_str() + at;
        u32 got = 0;
        vexfs_volume_getxattr(m_volume, id, name.data(), static_cast<u32>(name.size()), nullptr, 0,
                              &got);
        vexfs_volume_getxattr(m_volume, id, name.data(), static_cast<u32>(name.size()),
                              m_buffer.data(), static_cast<u32>(m_buffer.size()), &got);
        at += name.size() + 1;
    }
}

void Exercise::read(vexfs_id id)
{
    vexfs_attr attr{};
    if (vexfs_volume_getattr(m_volume, id, &attr) != 0)
        return;
    readFork(id, 0, attr.size_bytes);
    readFork(id, 1, attr.vectors_bytes);
    readXattrs(id);
    u32 got = 0;
    vexfs_volume_readlink(m_volume, id, m_buffer.data(), 4096, &got);
    for (u32 index = 0; index < 3; index++)
        vexfs_volume_path(m_volume, id, index, m_buffer.data(), 4096);
}

void Exercise::list(vexfs_id dir)
{
    struct Rows
    {
        std::vector<Found> *found;
        vexfs_id dir;
    } rows{&m_found, dir};
    vexfs_volume_readdir(
        m_volume, dir, 0,
        [](void *context, const vexfs_entry *entry) {
            auto *to = static_cast<Rows *>(context);
            const std::string name(entry->name, entry->name_bytes);
            if (name != "." && name != "..")
                to->found->push_back({to->dir, name, entry->id, {}});
            return to->found->size() < kFoundMax;
        },
        &rows);
}

void Exercise::walk(uint64_t tree)
{
    const vexfs_id root{tree, VEXFS_ROOT_INO};
    m_trees.push_back(tree);
    read(root);
    size_t at = m_found.size();
    list(root);
    for (; at < m_found.size() && at < kFoundMax; at++) {
        Found &found = m_found[at];
        vexfs_volume_lookup(m_volume, found.dir, found.name.data(),
                            static_cast<u32>(found.name.size()), &found.id, &found.attr);
        read(found.id);
        if ((found.attr.mode & S_IFMT) == S_IFDIR)
            list(found.id);
    }
}

void Exercise::walkSnapshots()
{
    std::vector<vexfs_snapshot> rows(8);
    u32 count = 0;
    if (vexfs_volume_snapshot_list(m_volume, 0, VEXFS_TREE_HIDDEN, rows.data(), 8, &count) != 0)
        return;
    for (u32 i = 0; i < count; i++) {
        walk(rows[i].id);
        std::vector<vexfs_change> changes(64);
        u32 found = 0;
        bool isEnd = false;
        u64 after = 0;
        for (u32 round = 0; round < kPortions && !isEnd; round++) {
            if (vexfs_volume_diff(m_volume, rows[i].id, VEXFS_VOLUME_TREE_LIVE, after,
                                  changes.data(), 64, &found, &isEnd) != 0)
                break;
            after = found ? changes[found - 1].ino : after;
        }
    }
}

void Exercise::changeOne(const Found &found, size_t number)
{
    u32 done = 0;
    const u64 offsets[] = {0, 1, 4096, 5000, found.attr.size_bytes, 70000};
    const u64 offset = std::min<u64>(offsets[number % std::size(offsets)], VEXFS_FILE_MAX_BYTES);
    vexfs_volume_write(m_volume, found.id, number % 7 == 6, offset, m_buffer.data(),
                       number % 3 ? 300 : 20000, &done);
    vexfs_volume_setxattr(m_volume, found.id, "user.fuzz", 9, m_buffer.data(),
                          number % 5 ? 10 : 9000, 0);
    vexfs_setattr set{};
    set.valid = VEXFS_SET_MODE | VEXFS_SET_MTIME;
    set.mode = 0640;
    vexfs_volume_setattr(m_volume, found.id, &set, nullptr);
    vexfs_create what{};
    what.mode = number % 2 ? S_IFDIR | 0755 : S_IFREG | 0644;
    vexfs_id id{};
    vexfs_attr attr{};
    vexfs_volume_create(m_volume, found.dir, "made", 4, &what, &id, &attr);
    vexfs_volume_link(m_volume, found.id, found.dir, "linked", 6, &attr);
    if (number % 2)
        vexfs_volume_truncate(m_volume, found.id, 0, found.attr.size_bytes / 2);
    vexfs_volume_removexattr(m_volume, found.id, "user.fuzz", 9);
}

void Exercise::removeOne(const Found &found, size_t number)
{
    vexfs_removed removed{};
    const auto bytes = static_cast<u32>(found.name.size());
    int error = 0;
    if (number % 3 == 0) {
        vexfs_rename rename{};
        rename.old_dir = found.dir;
        rename.new_dir = {found.dir.tree, VEXFS_ROOT_INO};
        rename.old_name = found.name.data();
        rename.old_name_bytes = bytes;
        rename.new_name = "moved";
        rename.new_name_bytes = 5;
        rename.flags = number % 2   ? VEXFS_RENAME_EXCHANGE
                       : number % 4 ? VEXFS_RENAME_WHITEOUT
                                    : 0;
        error = vexfs_volume_rename(m_volume, &rename, &removed);
    } else if ((found.attr.mode & S_IFMT) == S_IFDIR) {
        error = vexfs_volume_rmdir(m_volume, found.dir, found.name.data(), bytes, &removed);
    } else {
        error = vexfs_volume_unlink(m_volume, found.dir, found.name.data(), bytes, &removed);
    }
    if (!error && removed.id.ino && !removed.nlink)
        vexfs_volume_evict(m_volume, removed.id);
}

void Exercise::change()
{
    vexfs_snapshot row{};
    vexfs_volume_snapshot_create(m_volume, VEXFS_VOLUME_TREE_LIVE, "fuzz", 4, 0, &row);
    const std::vector<Found> found = m_found;
    for (size_t i = 0; i < found.size() && i < kChangedMax; i++)
        changeOne(found[i], i);
    if (!found.empty())
        vexfs_volume_fsync(m_volume, found.front().id);
    vexfs_volume_commit(m_volume, nullptr);
    for (size_t i = 0; i < found.size() && i < kChangedMax; i++)
        removeOne(found[found.size() - 1 - i], i);
    for (const uint64_t tree : m_trees) {
        if (tree >= VEXFS_VOLUME_TREE_FIRST)
            vexfs_volume_snapshot_delete(m_volume, tree);
    }
    for (int i = 0; i < 50 && vexfs_volume_tick(m_volume) == 1; i++) {
    }
    vexfs_volume_commit(m_volume, nullptr);
}

void check(vexfs_dev *dev)
{
    vexfs_check_result result{};
    vexfs_check_options options{};
    options.data = true;
    options.report = [](void *, const vexfs_finding *finding) {
        if (!finding->what)
            abort();
    };
    vexfs_check(dev, &options, &result);
}

void inspect(vexfs_dev *dev)
{
    vexfs_inspect_visitor visitor{};
    visitor.node = [](void *, const vexfs_disk_ptr *, const vexfs_disk_node *, int) {
        return true;
    };
    visitor.item = [](void *, const vexfs_disk_item *, const u8 *, u32) { return true; };
    for (const u64 tree : {0, 1, 2, 256})
        vexfs_inspect_tree(dev, tree, 0, &visitor);
}

} // namespace

void exerciseImage(vexfs_dev *dev)
{
    check(dev);
    inspect(dev);
    for (const bool isReadOnly : {true, false}) {
        vexfs_open_options options{};
        options.read_only = isReadOnly;
        options.cache_bytes = 1u << 20;
        vexfs_volume *volume = nullptr;
        if (vexfs_volume_open(dev, &options, &volume) != 0)
            continue;
        Exercise exercise(volume);
        if (isReadOnly) {
            exercise.list({VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO});
        } else {
            exercise.walk(VEXFS_VOLUME_TREE_LIVE);
            exercise.walkSnapshots();
            exercise.change();
        }
        struct vexfs_volume_info info{};
        vexfs_volume_info(volume, &info);
        std::vector<vexfs_counter> counters(64);
        vexfs_volume_counters(volume, counters.data(), 64);
        vexfs_volume_close(volume);
    }
    check(dev);
}

} // namespace vexfs::test
