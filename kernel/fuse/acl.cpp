// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "acl.h"

#include <cstring>
#include <endian.h>
#include <optional>
#include <vector>

namespace vexfs::fuse {

const char kAclAccess[] = "system.posix_acl_access";
const char kAclDefault[] = "system.posix_acl_default";

namespace {

constexpr uint32_t kVersion = 2;
constexpr size_t kHeaderBytes = 4;
constexpr size_t kEntryBytes = 8;

enum Tag : uint16_t {
    UserObject = 0x01,
    User = 0x02,
    GroupObject = 0x04,
    Group = 0x08,
    Mask = 0x10,
    Other = 0x20,
};

struct Entry
{
    uint16_t tag;
    uint16_t permissions;
    uint32_t id;
};

using Entries = std::vector<Entry>;

std::optional<Entries> decode(const std::string &value)
{
    uint32_t version = 0;
    if (value.size() < kHeaderBytes || (value.size() - kHeaderBytes) % kEntryBytes != 0)
        return std::nullopt;
    memcpy(&version, value.data(), sizeof(version));
    if (le32toh(version) != kVersion)
        return std::nullopt;
    Entries entries;
    int objects = 0; // one bit for each of the three that must be there
    for (size_t at = kHeaderBytes; at < value.size(); at += kEntryBytes) {
        Entry entry{};
        memcpy(&entry, value.data() + at, kEntryBytes);
        entry = {le16toh(entry.tag), le16toh(entry.permissions), le32toh(entry.id)};
        switch (entry.tag) {
        case UserObject: objects |= 1; break;
        case GroupObject: objects |= 2; break;
        case Other: objects |= 4; break;
        case User:
        case Group:
        case Mask: break;
        default: return std::nullopt;
        }
        if (entry.permissions & ~7u)
            return std::nullopt;
        entries.push_back(entry);
    }
    if (objects != 7)
        return std::nullopt;
    return entries;
}

std::string encode(const Entries &entries)
{
    std::string out(kHeaderBytes + entries.size() * kEntryBytes, '\0');
    const uint32_t version = htole32(kVersion);
    memcpy(out.data(), &version, sizeof(version));
    size_t at = kHeaderBytes;
    for (const Entry &entry : entries) {
        const Entry disk{htole16(entry.tag), htole16(entry.permissions), htole32(entry.id)};
        memcpy(out.data() + at, &disk, kEntryBytes);
        at += kEntryBytes;
    }
    return out;
}

/// Who the group bits of the mode stand for: the mask where there is one.
Entry *groupClass(Entries &entries)
{
    Entry *group = nullptr;
    for (Entry &entry : entries) {
        if (entry.tag == Mask)
            return &entry;
        if (entry.tag == GroupObject)
            group = &entry;
    }
    return group;
}

/// A list of the three objects alone says no more than mode bits do.
bool isMinimal(const Entries &entries)
{
    return entries.size() == 3;
}

void cut(Entry &entry, mode_t &mode, unsigned shift)
{
    entry.permissions &= (mode >> shift) & 7;
    mode &= ~(mode_t{7} << shift) | mode_t{entry.permissions} << shift;
}

} // namespace

bool isValidAcl(const std::string &value)
{
    return decode(value).has_value();
}

bool inheritAcl(const std::string &defaults, mode_t *mode, std::string *access)
{
    std::optional<Entries> entries = decode(defaults);
    if (!entries)
        return false;
    for (Entry &entry : *entries) {
        if (entry.tag == UserObject)
            cut(entry, *mode, 6);
        else if (entry.tag == Other)
            cut(entry, *mode, 0);
    }
    cut(*groupClass(*entries), *mode, 3);
    *access = isMinimal(*entries) ? "" : encode(*entries);
    return true;
}

mode_t modeOfAcl(const std::string &access, mode_t mode, bool *isRedundant)
{
    std::optional<Entries> entries = decode(access);
    *isRedundant = false;
    if (!entries)
        return mode;
    mode &= ~mode_t{0777};
    for (const Entry &entry : *entries) {
        if (entry.tag == UserObject)
            mode |= mode_t{entry.permissions} << 6;
        else if (entry.tag == Other)
            mode |= entry.permissions;
    }
    mode |= mode_t{groupClass(*entries)->permissions} << 3;
    *isRedundant = isMinimal(*entries);
    return mode;
}

std::string aclOfMode(const std::string &access, mode_t mode)
{
    std::optional<Entries> entries = decode(access);
    if (!entries)
        return access;
    for (Entry &entry : *entries) {
        if (entry.tag == UserObject)
            entry.permissions = (mode >> 6) & 7;
        else if (entry.tag == Other)
            entry.permissions = mode & 7;
    }
    groupClass(*entries)->permissions = (mode >> 3) & 7;
    return encode(*entries);
}

} // namespace vexfs::fuse
