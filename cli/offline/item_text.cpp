// SPDX-License-Identifier: Apache-2.0
#include "cli/offline/item_text.h"

#include <vexfs/volume.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <sstream>

namespace vexfs::cli {

namespace {

struct ItemData
{
    const uint8_t *data;
    uint32_t bytes;

    /// What follows the struct: a name of at most @p length bytes.
    std::string name(size_t begin, size_t length) const
    {
        if (begin > bytes)
            return "(missing)";
        return quoted(reinterpret_cast<const char *>(data) + begin,
                      std::min<size_t>(length, bytes - begin));
    }
};

std::string timeOf(const vexfs_disk_time &time)
{
    return timeText(static_cast<int64_t>(vexfs_get64(time.sec))) + " + " +
           std::to_string(vexfs_get32(time.nsec)) + " ns";
}

void describe(std::ostream &out, const vexfs_disk_inode &inode, const ItemData &)
{
    char mode[16];
    snprintf(mode, sizeof(mode), "%06o", vexfs_get32(inode.mode));
    out << "mode " << mode << " links " << vexfs_get32(inode.nlink) << " owner "
        << vexfs_get32(inode.uid) << ":" << vexfs_get32(inode.gid) << " size "
        << vexfs_get64(inode.size[0]) << " vectors " << vexfs_get64(inode.size[1]) << " blocks "
        << vexfs_get64(inode.blocks[0]) << "+" << vexfs_get64(inode.blocks[1])
        << " data generation " << vexfs_get64(inode.data_generation) << " rdev "
        << vexfs_get64(inode.rdev) << " flags " << vexfs_get64(inode.flags) << " modified "
        << timeOf(inode.mtime) << " changed " << timeOf(inode.ctime) << " made "
        << timeOf(inode.btime);
}

void describe(std::ostream &out, const vexfs_disk_backref &row, const ItemData &data)
{
    out << "in directory " << vexfs_get64(row.parent) << " named "
        << data.name(sizeof(row), row.name_bytes);
}

void describe(std::ostream &out, const vexfs_disk_entry &row, const ItemData &data)
{
    out << data.name(sizeof(row), row.name_bytes) << " is inode " << vexfs_get64(row.ino)
        << " of type " << unsigned{row.type};
}

void describe(std::ostream &out, const vexfs_disk_xattr &row, const ItemData &data)
{
    out << data.name(sizeof(row), row.name_bytes) << " of " << vexfs_get32(row.value_bytes)
        << " bytes";
}

void describe(std::ostream &out, const vexfs_disk_extent &row, const ItemData &)
{
    static constexpr std::array kKinds = {"of kind 0", "inline", "plain", "compressed",
                                          "unwritten"};
    const bool isInline = row.kind == VEXFS_EXTENT_INLINE;
    out << (row.kind < kKinds.size() ? kKinds[row.kind] : "of unknown kind") << ", "
        << vexfs_get32(row.len) << (isInline ? " bytes" : " blocks");
    if (!isInline)
        out << " at block " << vexfs_get64(row.block) << " born " << vexfs_get64(row.birth) << ", "
            << vexfs_get32(row.disk_blocks) << " on disk";
    if (row.kind == VEXFS_EXTENT_COMPRESSED)
        out << ", a frame of " << vexfs_get32(row.disk_bytes) << " bytes from its block "
            << vexfs_get16(row.skip) << " on";
}

void describe(std::ostream &out, const vexfs_disk_root &row, const ItemData &data)
{
    const uint32_t flags = vexfs_get32(row.flags);
    out << pointerText(row.ptr) << ", " << vexfs_get64(row.inodes) << " inodes, next "
        << vexfs_get64(row.next_ino) << ", changed in generation "
        << vexfs_get64(row.changed_generation);
    if (const uint64_t source = vexfs_get64(row.source))
        out << ", of tree " << source << " at generation " << vexfs_get64(row.source_generation);
    out << (flags & VEXFS_TREE_WRITABLE ? ", writable" : "")
        << (flags & VEXFS_TREE_HIDDEN ? ", hidden" : "")
        << (flags & VEXFS_TREE_LOCKED ? ", locked" : "")
        << (flags & VEXFS_TREE_STAGING ? ", being filled" : "");
    if (row.name_bytes)
        out << ", named " << data.name(sizeof(row), row.name_bytes);
}

void describe(std::ostream &out, const vexfs_disk_root_name &row, const ItemData &data)
{
    out << data.name(sizeof(row), row.name_bytes) << " is tree " << vexfs_get64(row.tree);
}

void describe(std::ostream &out, const vexfs_disk_dead &row, const ItemData &)
{
    out << pointerText(row.ptr) << ", to be freed from child " << vexfs_get32(row.next_child);
}

template <class Row> std::string text(const char *what, const ItemData &data)
{
    std::ostringstream out;
    Row row;
    out << what << ": ";
    if (data.bytes < sizeof(row)) {
        out << "only " << data.bytes << " bytes of " << sizeof(row);
        return out.str();
    }
    memcpy(&row, data.data, sizeof(row));
    describe(out, row, data);
    return out.str();
}

std::string valueText(uint8_t type, uint64_t offset, const ItemData &data)
{
    switch (type) {
    case VEXFS_ITEM_ROOT: return text<vexfs_disk_root>("root", data);
    case VEXFS_ITEM_ROOT_NAME: return text<vexfs_disk_root_name>("root name", data);
    case VEXFS_ITEM_DEAD: return text<vexfs_disk_dead>("dead", data);
    case VEXFS_ITEM_INODE: return text<vexfs_disk_inode>("inode", data);
    case VEXFS_ITEM_BACKREF: return text<vexfs_disk_backref>("name of it", data);
    case VEXFS_ITEM_SYMLINK: return "symlink: to " + data.name(0, data.bytes);
    case VEXFS_ITEM_ENTRY: return text<vexfs_disk_entry>("entry", data);
    case VEXFS_ITEM_ORPHAN: return "orphan: inode " + std::to_string(offset);
    case VEXFS_ITEM_EXTENT: return text<vexfs_disk_extent>("extent", data);
    case VEXFS_ITEM_EXTENT + 1: return text<vexfs_disk_extent>("vectors extent", data);
    case VEXFS_ITEM_XATTR:
        if ((offset & 0xff) != 0)
            return "attribute: " + std::to_string(data.bytes) + " more bytes";
        return text<vexfs_disk_xattr>("attribute", data);
    default: return "unknown: " + std::to_string(data.bytes) + " bytes";
    }
}

} // namespace

std::string quoted(const char *text, size_t bytes)
{
    std::string out = "'";
    for (size_t i = 0; i < bytes; i++) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7f || c == '\'' || c == '\\') {
            char escaped[8];
            snprintf(escaped, sizeof(escaped), "\\x%02x", c);
            out += escaped;
        } else {
            out += static_cast<char>(c);
        }
    }
    return out + "'";
}

std::string timeText(int64_t seconds)
{
    const auto time = static_cast<time_t>(seconds);
    tm parts{};
    char out[64];
    if (!gmtime_r(&time, &parts) ||
        strftime(out, sizeof(out), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        return std::to_string(seconds) + " s";
    return out;
}

std::string pointerText(const vexfs_disk_ptr &pointer)
{
    std::ostringstream out;
    out << "block " << vexfs_get64(pointer.block) << " born " << vexfs_get64(pointer.birth)
        << " level " << unsigned{pointer.level};
    return out.str();
}

std::string itemText(const vexfs_disk_item &item, const uint8_t *data, uint32_t bytes)
{
    char key[80];
    const uint64_t offset = vexfs_get64(item.offset);
    snprintf(key, sizeof(key), "(%llu, 0x%02x, %llu) ",
             static_cast<unsigned long long>(vexfs_get64(item.object)), item.type,
             static_cast<unsigned long long>(offset));
    return key + valueText(item.type, offset, {data, bytes});
}

} // namespace vexfs::cli
