// SPDX-License-Identifier: Apache-2.0
#include "tests/support/image/image_editor.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

namespace vexfs::test {

namespace {

[[noreturn]] void giveUp(const char *why)
{
    std::fprintf(stderr, "an image that should be healthy is not: %s\n", why);
    abort();
}

void copyBlock(const SimImage &image, uint64_t block, uint8_t *out)
{
    if (block >= image.size())
        giveUp("a block beyond the end");
    if (image[block])
        memcpy(out, image[block]->data(), VEXFS_BLOCK_BYTES);
    else
        memset(out, 0, VEXFS_BLOCK_BYTES);
}

void putChecksum(const void *data, size_t bytes, uint8_t *out)
{
    const vexfs_le32 crc = vexfs_put32(vexfs_port_crc32c(0, data, bytes));
    memset(out, 0, VEXFS_CSUM_BYTES);
    memcpy(out, &crc, sizeof(crc));
}

struct ItemPlace
{
    vexfs_disk_item head{};
    uint32_t at = 0; ///< offset of the data in the node
    uint32_t bytes = 0;
};

/// The items that lie inside the node, whatever its header says.
std::vector<ItemPlace> places(const uint8_t *node)
{
    vexfs_disk_node head;
    memcpy(&head, node, sizeof(head));
    std::vector<ItemPlace> out;
    for (uint32_t i = 0; i < vexfs_get16(head.item_count); i++) {
        const size_t at = sizeof(head) + i * sizeof(vexfs_disk_item);
        if (at + sizeof(vexfs_disk_item) > VEXFS_NODE_BYTES)
            break;
        ItemPlace place;
        memcpy(&place.head, node + at, sizeof(place.head));
        place.at = vexfs_get16(place.head.data_offset);
        place.bytes = vexfs_get16(place.head.data_bytes);
        if (place.at + place.bytes > VEXFS_NODE_BYTES)
            break;
        out.push_back(place);
    }
    return out;
}

/// Calls @p visit with the place of each pointer in a node of the root tree or above level 0.
void eachPointer(const uint8_t *node, const std::function<void(uint32_t at, bool isRoot)> &visit)
{
    const uint8_t level = node[offsetof(vexfs_disk_node, level)];
    for (const ItemPlace &place : places(node)) {
        const bool isRoot =
            place.head.type == VEXFS_ITEM_ROOT || place.head.type == VEXFS_ITEM_DEAD;
        if ((level > 0 || isRoot) && place.bytes >= sizeof(vexfs_disk_ptr))
            visit(place.at, level == 0);
    }
}

} // namespace

ImageMap::ImageMap(const SimImage &image) : m_image(image)
{
    for (uint32_t slot = 0; slot < VEXFS_SUPER_SLOTS; slot++) {
        vexfs_disk_super super;
        copyBlock(image, VEXFS_SUPER_FRONT_BLOCK + slot, reinterpret_cast<uint8_t *>(&super));
        if (memcmp(super.magic, VEXFS_SUPER_MAGIC, sizeof(super.magic)) == 0 &&
            vexfs_get64(super.sequence) >= vexfs_get64(m_super.sequence))
            m_super = super;
    }
    if (vexfs_get64(m_super.total_blocks) != image.size())
        giveUp("no superblock, or of another size");
    addTree(m_super.root_tree, 0);
    for (size_t i = 0; i < m_nodes.size(); i++) {
        // addTree() appends to m_nodes, which moves the bytes that are walked here.
        const NodeBytes bytes = m_nodes[i].bytes;
        const uint64_t tree = m_nodes[i].tree;
        if (tree != 0)
            break;
        eachPointer(bytes.data(), [&](uint32_t at, bool isRoot) {
            vexfs_disk_ptr ptr;
            memcpy(&ptr, bytes.data() + at, sizeof(ptr));
            if (isRoot)
                addTree(ptr, VEXFS_ITEM_ROOT);
        });
    }
    addPages();
}

void ImageMap::addTree(const vexfs_disk_ptr &ptr, uint64_t tree)
{
    const uint64_t block = vexfs_get64(ptr.block);
    if (!m_byBlock.emplace(block, m_nodes.size()).second)
        return;
    Node node;
    node.block = block;
    node.level = ptr.level;
    node.tree = tree;
    for (uint32_t i = 0; i < VEXFS_NODE_BLOCKS; i++)
        copyBlock(m_image, block + i, node.bytes.data() + i * VEXFS_BLOCK_BYTES);
    uint8_t csum[VEXFS_CSUM_BYTES];
    putChecksum(node.bytes.data(), node.bytes.size(), csum);
    if (memcmp(csum, ptr.csum, sizeof(csum)) != 0)
        giveUp("checksum of a node");
    m_nodes.push_back(node);
    if (node.level == 0)
        return;
    eachPointer(node.bytes.data(), [&](uint32_t at, bool) {
        vexfs_disk_ptr child;
        memcpy(&child, node.bytes.data() + at, sizeof(child));
        addTree(child, tree);
    });
}

size_t ImageMap::addPage(uint64_t first, const vexfs_disk_map_entry &entry, size_t parent,
                         uint32_t index)
{
    Page page;
    page.block = first + (vexfs_get32(entry.flags) & VEXFS_MAP_SLOT ? 1 : 0);
    page.parent = parent;
    page.entry = index;
    copyBlock(m_image, page.block, page.bytes.data());
    m_pages.push_back(page);
    return m_pages.size() - 1;
}

/// Test images lie in one zone: one page of level 2, one of level 1, and count pages.
void ImageMap::addPages()
{
    constexpr uint64_t kHead = VEXFS_FRONT_BLOCKS;
    if (!(vexfs_get32(m_super.map_roots[0].flags) & VEXFS_MAP_PRESENT))
        return;
    const size_t region = addPage(kHead, m_super.map_roots[0], kInSuper, 0);
    vexfs_disk_map_entry entry;
    memcpy(&entry, m_pages[region].bytes.data(), sizeof(entry));
    if (!(vexfs_get32(entry.flags) & VEXFS_MAP_PRESENT))
        return;
    const size_t zone = addPage(kHead + 2, entry, region, 0);
    for (uint32_t i = 0; i < VEXFS_MAP_FANOUT; i++) {
        memcpy(&entry, m_pages[zone].bytes.data() + i * sizeof(entry), sizeof(entry));
        if (vexfs_get32(entry.flags) & VEXFS_MAP_PRESENT)
            addPage(kHead + 4 + 2 * i, entry, zone, i);
    }
}

// ---- editing

const uint8_t *ImageEditor::look(size_t node) const
{
    const auto found = m_nodes.find(node);
    return found == m_nodes.end() ? m_map.nodes()[node].bytes.data() : found->second.data();
}

uint8_t *ImageEditor::node(size_t node)
{
    return m_nodes.try_emplace(node, m_map.nodes()[node].bytes).first->second.data();
}

uint8_t *ImageEditor::page(size_t page)
{
    return m_pages.try_emplace(page, m_map.pages()[page].bytes).first->second.data();
}

SimBlock &ImageEditor::data(uint64_t block)
{
    const auto &now = m_map.image()[block];
    return m_data.try_emplace(block, now ? *now : SimBlock{}).first->second;
}

std::vector<ImageItem> ImageEditor::items(size_t node) const
{
    const uint8_t *bytes = look(node);
    std::vector<ImageItem> out;
    for (const ItemPlace &place : places(bytes)) {
        out.push_back({vexfs_get64(place.head.object), place.head.type,
                       vexfs_get64(place.head.offset),
                       std::string(reinterpret_cast<const char *>(bytes) + place.at,
                                   place.bytes)});
    }
    return out;
}

bool ImageEditor::setItems(size_t node, const std::vector<ImageItem> &items)
{
    size_t used = sizeof(vexfs_disk_node) + items.size() * sizeof(vexfs_disk_item);
    for (const ImageItem &item : items)
        used += item.data.size();
    if (used > VEXFS_NODE_BYTES)
        return false;
    uint8_t *bytes = this->node(node);
    vexfs_disk_node head;
    memcpy(&head, bytes, sizeof(head));
    head.item_count = vexfs_put16(static_cast<u16>(items.size()));
    memset(bytes, 0, VEXFS_NODE_BYTES);
    memcpy(bytes, &head, sizeof(head));
    size_t floor = VEXFS_NODE_BYTES;
    for (size_t i = 0; i < items.size(); i++) {
        floor -= items[i].data.size();
        vexfs_disk_item item{};
        item.object = vexfs_put64(items[i].object);
        item.offset = vexfs_put64(items[i].offset);
        item.type = items[i].type;
        item.data_offset = vexfs_put16(static_cast<u16>(floor));
        item.data_bytes = vexfs_put16(static_cast<u16>(items[i].data.size()));
        memcpy(bytes + sizeof(head) + i * sizeof(item), &item, sizeof(item));
        memcpy(bytes + floor, items[i].data.data(), items[i].data.size());
    }
    return true;
}

/// Puts the checksums of the children that were changed into @p node, changing it if there are any.
void ImageEditor::sealNode(size_t index)
{
    const uint8_t *bytes = look(index);
    std::vector<std::pair<uint32_t, size_t>> stale; // place of the pointer, node
    eachPointer(bytes, [&](uint32_t at, bool) {
        vexfs_disk_ptr ptr;
        memcpy(&ptr, bytes + at, sizeof(ptr));
        const auto child = m_map.nodesByBlock().find(vexfs_get64(ptr.block));
        if (child != m_map.nodesByBlock().end() && m_nodes.count(child->second))
            stale.emplace_back(at, child->second);
    });
    for (const auto &[at, child] : stale) {
        uint8_t *csum = node(index) + at + offsetof(vexfs_disk_ptr, csum);
        putChecksum(look(child), VEXFS_NODE_BYTES, csum);
    }
}

void ImageEditor::sealPages()
{
    // Parents come before children in the list.
    for (size_t i = m_map.pages().size(); i-- > 0;) {
        const auto found = m_pages.find(i);
        if (found == m_pages.end())
            continue;
        const ImageMap::Page &page = m_map.pages()[i];
        const vexfs_le32 crc =
            vexfs_put32(vexfs_port_crc32c(0, found->second.data(), VEXFS_BLOCK_BYTES));
        if (page.parent == ImageMap::kInSuper)
            m_super.map_roots[page.entry].csum = crc;
        else
            memcpy(this->page(page.parent) + page.entry * sizeof(vexfs_disk_map_entry), &crc,
                   sizeof(crc));
    }
}

void ImageEditor::finish(OverlayDevice &device)
{
    // First, so that what a forged extent says is a block of data does not hide a node.
    for (const auto &[block, bytes] : m_data)
        memcpy(device.edit(block), bytes.data(), VEXFS_BLOCK_BYTES);
    // Leaves of the trees of files first, the root of the root tree last.
    for (const bool ofRootTree : {false, true}) {
        for (uint8_t level = 0; level < VEXFS_LEVEL_MAX; level++) {
            for (size_t i = 0; i < m_map.nodes().size(); i++) {
                const ImageMap::Node &node = m_map.nodes()[i];
                if ((node.tree == 0) == ofRootTree && node.level == level)
                    sealNode(i);
            }
        }
    }
    sealPages();
    const auto root = m_map.nodesByBlock().find(vexfs_get64(m_super.root_tree.block));
    if (root != m_map.nodesByBlock().end() && m_nodes.count(root->second))
        putChecksum(look(root->second), VEXFS_NODE_BYTES, m_super.root_tree.csum);
    putChecksum(m_super.uuid, sizeof(m_super) - offsetof(vexfs_disk_super, uuid), m_super.csum);
    for (const auto &[index, bytes] : m_nodes) {
        for (uint32_t i = 0; i < VEXFS_NODE_BLOCKS; i++)
            memcpy(device.edit(m_map.nodes()[index].block + i),
                   bytes.data() + i * VEXFS_BLOCK_BYTES, VEXFS_BLOCK_BYTES);
    }
    for (const auto &[index, bytes] : m_pages)
        memcpy(device.edit(m_map.pages()[index].block), bytes.data(), VEXFS_BLOCK_BYTES);
    const uint64_t slot = vexfs_get64(m_map.super().sequence) % VEXFS_SUPER_SLOTS;
    const uint64_t back = m_map.image().size() - VEXFS_SUPER_SLOTS;
    for (const uint64_t block : {VEXFS_SUPER_FRONT_BLOCK + slot, back + slot})
        memcpy(device.edit(block), &m_super, VEXFS_BLOCK_BYTES);
}

} // namespace vexfs::test
