// SPDX-License-Identifier: Apache-2.0
// Goal: kernel/FORMAT.md says what the structs say. Method: every table row "| offset | size | name
// |" under a known heading is compared with offsetof; a field that the document forgets fails too.
extern "C" {
#include <vexfs/format.h>
}

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>

namespace {

std::string documentPath;

struct Place
{
    size_t offset, size;
    bool operator==(const Place &) const = default;
};

#define FIELD(type, member) {#member, {offsetof(type, member), sizeof(type::member)}}

using Fields = std::map<std::string, Place>;

const std::map<std::string, Fields> &structs()
{
    static const std::map<std::string, Fields> all = {
        {"Superblocks",
         {FIELD(vexfs_disk_super, magic), FIELD(vexfs_disk_super, csum),
          FIELD(vexfs_disk_super, uuid), FIELD(vexfs_disk_super, format_version),
          FIELD(vexfs_disk_super, block_bytes), FIELD(vexfs_disk_super, node_bytes),
          FIELD(vexfs_disk_super, csum_type), FIELD(vexfs_disk_super, csum_bytes),
          FIELD(vexfs_disk_super, compat), FIELD(vexfs_disk_super, ro_compat),
          FIELD(vexfs_disk_super, incompat), FIELD(vexfs_disk_super, sequence),
          FIELD(vexfs_disk_super, generation), FIELD(vexfs_disk_super, generation_limit),
          FIELD(vexfs_disk_super, live_generation), FIELD(vexfs_disk_super, total_blocks),
          FIELD(vexfs_disk_super, log_block), FIELD(vexfs_disk_super, log_blocks),
          FIELD(vexfs_disk_super, log_zero), FIELD(vexfs_disk_super, log_sequence),
          FIELD(vexfs_disk_super, next_tree_id), FIELD(vexfs_disk_super, next_dead_id),
          FIELD(vexfs_disk_super, created_ns), FIELD(vexfs_disk_super, hash_seed),
          FIELD(vexfs_disk_super, root_tree), FIELD(vexfs_disk_super, node_uuid),
          FIELD(vexfs_disk_super, compress_level), FIELD(vexfs_disk_super, zero0),
          FIELD(vexfs_disk_super, label), FIELD(vexfs_disk_super, key_slots),
          FIELD(vexfs_disk_super, zero1), FIELD(vexfs_disk_super, map_roots)}},
        {"Pointer",
         {FIELD(vexfs_disk_ptr, block), FIELD(vexfs_disk_ptr, birth), FIELD(vexfs_disk_ptr, csum),
          FIELD(vexfs_disk_ptr, level), FIELD(vexfs_disk_ptr, zero)}},
        {"Map entry",
         {FIELD(vexfs_disk_map_entry, csum), FIELD(vexfs_disk_map_entry, free_blocks),
          FIELD(vexfs_disk_map_entry, free_quads), FIELD(vexfs_disk_map_entry, flags)}},
        {"Batch head",
         {FIELD(vexfs_disk_log_batch, magic), FIELD(vexfs_disk_log_batch, csum),
          FIELD(vexfs_disk_log_batch, uuid), FIELD(vexfs_disk_log_batch, generation),
          FIELD(vexfs_disk_log_batch, sequence), FIELD(vexfs_disk_log_batch, records_bytes),
          FIELD(vexfs_disk_log_batch, zero)}},
        {"Record",
         {FIELD(vexfs_disk_log_record, kind), FIELD(vexfs_disk_log_record, type),
          FIELD(vexfs_disk_log_record, data_bytes), FIELD(vexfs_disk_log_record, count),
          FIELD(vexfs_disk_log_record, tree), FIELD(vexfs_disk_log_record, object),
          FIELD(vexfs_disk_log_record, offset)}},
        {"Nodes",
         {FIELD(vexfs_disk_node, magic), FIELD(vexfs_disk_node, level),
          FIELD(vexfs_disk_node, zero0), FIELD(vexfs_disk_node, item_count),
          FIELD(vexfs_disk_node, block), FIELD(vexfs_disk_node, birth),
          FIELD(vexfs_disk_node, tree), FIELD(vexfs_disk_node, uuid),
          FIELD(vexfs_disk_node, zero1)}},
        {"Item",
         {FIELD(vexfs_disk_item, object), FIELD(vexfs_disk_item, offset),
          FIELD(vexfs_disk_item, type), FIELD(vexfs_disk_item, zero0),
          FIELD(vexfs_disk_item, data_offset), FIELD(vexfs_disk_item, data_bytes),
          FIELD(vexfs_disk_item, zero1)}},
        {"ROOT",
         {FIELD(vexfs_disk_root, ptr), FIELD(vexfs_disk_root, source),
          FIELD(vexfs_disk_root, source_generation), FIELD(vexfs_disk_root, changed_generation),
          FIELD(vexfs_disk_root, created_ns), FIELD(vexfs_disk_root, next_ino),
          FIELD(vexfs_disk_root, inodes), FIELD(vexfs_disk_root, vectors_bytes),
          FIELD(vexfs_disk_root, flags), FIELD(vexfs_disk_root, zero),
          FIELD(vexfs_disk_root, name_bytes)}},
        {"INODE",
         {FIELD(vexfs_disk_inode, mode), FIELD(vexfs_disk_inode, nlink),
          FIELD(vexfs_disk_inode, uid), FIELD(vexfs_disk_inode, gid),
          FIELD(vexfs_disk_inode, rdev), FIELD(vexfs_disk_inode, flags),
          FIELD(vexfs_disk_inode, size), FIELD(vexfs_disk_inode, blocks),
          FIELD(vexfs_disk_inode, data_generation), FIELD(vexfs_disk_inode, atime),
          FIELD(vexfs_disk_inode, mtime), FIELD(vexfs_disk_inode, ctime),
          FIELD(vexfs_disk_inode, btime)}},
        {"EXTENT",
         {FIELD(vexfs_disk_extent, kind), FIELD(vexfs_disk_extent, csum_bytes),
          FIELD(vexfs_disk_extent, skip), FIELD(vexfs_disk_extent, len),
          FIELD(vexfs_disk_extent, block), FIELD(vexfs_disk_extent, birth),
          FIELD(vexfs_disk_extent, disk_blocks), FIELD(vexfs_disk_extent, disk_bytes)}},
    };
    return all;
}

/// The rows of each table of the document, under its nearest heading or bold start of a paragraph.
std::map<std::string, Fields> readTables(std::istream &document)
{
    const std::regex heading("^## (.*)$|^\\*\\*([A-Z][A-Za-z ]*)\\*\\*.*");
    const std::regex row("^\\| (\\d+) \\| (\\d+) \\| ([a-z_0-9]+) \\|.*");
    std::map<std::string, Fields> tables;
    std::string line, section;
    std::smatch match;
    while (std::getline(document, line)) {
        if (std::regex_match(line, match, heading))
            section = match[1].matched ? match[1].str() : match[2].str();
        else if (std::regex_match(line, match, row))
            tables[section][match[3]] = {std::stoul(match[1]), std::stoul(match[2])};
    }
    return tables;
}

TEST(FormatDocument, SaysWhatTheStructsSay)
{
    std::ifstream document(documentPath);
    ASSERT_TRUE(document) << documentPath;
    const auto tables = readTables(document);
    for (const auto &[name, fields] : structs()) {
        const auto table = tables.find(name);
        ASSERT_NE(table, tables.end()) << "no table for " << name;
        for (const auto &[field, place] : fields) {
            const auto documented = table->second.find(field);
            ASSERT_NE(documented, table->second.end()) << name << "." << field << " is not there";
            EXPECT_EQ(documented->second.offset, place.offset) << name << "." << field;
            EXPECT_EQ(documented->second.size, place.size) << name << "." << field;
        }
        EXPECT_EQ(table->second.size(), fields.size()) << name << " has fields of no struct";
    }
}

} // namespace

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    if (argc != 2)
        return 2;
    documentPath = argv[1];
    return RUN_ALL_TESTS();
}
