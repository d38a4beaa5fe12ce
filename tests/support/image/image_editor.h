// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/overlay_device.h"

#include <vexfs/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vexfs::test {

using NodeBytes = std::array<uint8_t, VEXFS_NODE_BYTES>;

/// Where everything is in a healthy image; made once, edited often. The image must outlive it.
class ImageMap
{
public:
    /// Stops the program when @p image is not healthy.
    explicit ImageMap(const SimImage &image);

    struct Node
    {
        uint64_t block = 0;
        uint8_t level = 0;
        uint64_t tree = 0; ///< in which it was met first; 0: the root tree
        NodeBytes bytes{};
    };
    struct Page
    {
        uint64_t block = 0; ///< of the current twin
        size_t parent = 0;  ///< page whose entry describes it; kInSuper: the superblock
        uint32_t entry = 0;
        SimBlock bytes{};
    };
    static constexpr size_t kInSuper = SIZE_MAX;

    const std::vector<Node> &nodes() const { return m_nodes; }
    const std::vector<Page> &pages() const { return m_pages; }
    const vexfs_disk_super &super() const { return m_super; }
    const std::map<uint64_t, size_t> &nodesByBlock() const { return m_byBlock; }
    const SimImage &image() const { return m_image; }

private:
    void addTree(const vexfs_disk_ptr &ptr, uint64_t tree);
    void addPages();
    size_t addPage(uint64_t first, const vexfs_disk_map_entry &entry, size_t parent,
                   uint32_t index);

    const SimImage &m_image;
    vexfs_disk_super m_super{};
    std::vector<Node> m_nodes;
    std::vector<Page> m_pages;
    std::map<uint64_t, size_t> m_byBlock;
};

/// An item of a node, taken out of it.
struct ImageItem
{
    uint64_t object = 0;
    uint8_t type = 0;
    uint64_t offset = 0;
    std::string data;
};

/// Changes structures of an image; finish() then makes all checksums right again, from what was
/// changed up to the superblocks, so that readers get to see the change.
class ImageEditor
{
public:
    explicit ImageEditor(const ImageMap &map) : m_map(map), m_super(map.super()) {}

    const ImageMap &map() const { return m_map; }
    const uint8_t *look(size_t node) const;
    /// The bytes of a node, to be changed.
    uint8_t *node(size_t node);
    uint8_t *page(size_t page);
    vexfs_disk_super &super() { return m_super; }

    std::vector<ImageItem> items(size_t node) const;
    /// Lays @p items out in the node; false, and nothing changed, when they do not fit.
    bool setItems(size_t node, const std::vector<ImageItem> &items);

    /// A block of data, to be changed; its checksum is the caller's business.
    SimBlock &data(uint64_t block);

    /// Shows the edited image on @p device, which has the map's image as its base.
    void finish(OverlayDevice &device);

private:
    void sealNode(size_t node);
    void sealPages();

    const ImageMap &m_map;
    vexfs_disk_super m_super;
    std::map<size_t, NodeBytes> m_nodes;
    std::map<size_t, SimBlock> m_pages;
    std::map<uint64_t, SimBlock> m_data;
};

} // namespace vexfs::test
