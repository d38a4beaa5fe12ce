// SPDX-License-Identifier: Apache-2.0
#include "tests/support/image/image_script.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vexfs::test {

namespace {

enum Action : uint8_t {
    EditItemData,
    EditItemKey,
    RemoveItem,
    RepeatItem,
    ResizeItem,
    MoveItem,
    EditNode,
    EditSuper,
    EditPage,
    EditRaw,
    ReplaceNode,
    EditNodeHeader,
    EditData,
    kActions
};

/// Values at which things change: signs, limits of the format, sizes.
constexpr std::array<uint64_t, 24> kValues = {
    0,          1,           2,          3,
    4,          7,           0x7f,       0xff,
    0x100,      255,         4095,       4096,
    16384,      0x7fff,      0xfffe,     0xffff,
    0x7fffffff, 0xffffffff,  1ull << 32, 0x7fffffffffffffff,
    1ull << 63, ~0ull,       ~0ull - 1,  ~0ull >> 12,
};

/// Changes of the list of items of one node.
void editItems(const ScriptStep &step, ImageEditor &editor)
{
    const size_t node = step.which % editor.map().nodes().size();
    std::vector<ImageItem> items = editor.items(node);
    if (items.empty())
        return;
    const size_t index = step.item % items.size();
    ImageItem &item = items[index];
    switch (step.action % kActions) {
    case EditItemData:
        editBytes(reinterpret_cast<uint8_t *>(item.data.data()), item.data.size(), step);
        break;
    case EditItemKey: {
        uint8_t key[17];
        memcpy(key, &item.object, 8);
        key[8] = item.type;
        memcpy(key + 9, &item.offset, 8);
        editBytes(key, sizeof(key), step);
        memcpy(&item.object, key, 8);
        item.type = key[8];
        memcpy(&item.offset, key + 9, 8);
        break;
    }
    case RemoveItem: items.erase(items.begin() + static_cast<long>(index)); break;
    case RepeatItem: {
        ImageItem again = item;
        again.offset += step.number();
        items.insert(items.begin() + static_cast<long>(index) + 1, again);
        break;
    }
    case ResizeItem: item.data.resize(step.offset % 6000, static_cast<char>(step.how)); break;
    default: {
        // The data of another item under this key.
        const size_t other = step.offset % items.size();
        std::swap(item.data, items[other].data);
        break;
    }
    }
    // Order of keys: half of the scripts keep it, so that more than the order is tried.
    if (step.how & 0x80) {
        std::sort(items.begin(), items.end(), [](const ImageItem &a, const ImageItem &b) {
            return std::tie(a.object, a.type, a.offset) < std::tie(b.object, b.type, b.offset);
        });
    }
    editor.setItems(node, items);
}

/// Changes a block of an extent and puts its checksum right, so that readers take it for content:
/// of a compressed one that is a frame which nobody's compressor made.
void editData(const ScriptStep &step, ImageEditor &editor)
{
    const size_t node = step.which % editor.map().nodes().size();
    std::vector<ImageItem> items = editor.items(node);
    std::erase_if(items, [](const ImageItem &item) {
        return item.type < VEXFS_ITEM_EXTENT || item.data.size() <= sizeof(vexfs_disk_extent);
    });
    if (items.empty())
        return;
    const ImageItem chosen = items[step.item % items.size()];
    vexfs_disk_extent extent;
    memcpy(&extent, chosen.data.data(), sizeof(extent));
    const uint64_t blocks = (chosen.data.size() - sizeof(extent)) / VEXFS_CSUM_CRC32C_BYTES;
    const uint64_t index = blocks ? step.value[7] % blocks : 0;
    const uint64_t block = vexfs_get64(extent.block) + index;
    if (extent.csum_bytes != VEXFS_CSUM_CRC32C_BYTES || !blocks ||
        block >= editor.map().image().size())
        return;
    SimBlock &data = editor.data(block);
    editBytes(data.data(), data.size(), step);
    const vexfs_le32 sum = vexfs_put32(vexfs_port_crc32c(0, data.data(), data.size()));
    items = editor.items(node);
    for (ImageItem &item : items) {
        if (item.object == chosen.object && item.type == chosen.type &&
            item.offset == chosen.offset)
            memcpy(item.data.data() + sizeof(extent) + index * sizeof(sum), &sum, sizeof(sum));
    }
    editor.setItems(node, items);
}

void applyStep(const ScriptStep &step, ImageEditor &editor)
{
    const size_t nodes = editor.map().nodes().size();
    const size_t pages = editor.map().pages().size();
    switch (step.action % kActions) {
    case EditNode:
        editBytes(editor.node(step.which % nodes), VEXFS_NODE_BYTES, step);
        break;
    case EditNodeHeader:
        editBytes(editor.node(step.which % nodes), sizeof(vexfs_disk_node), step);
        break;
    case EditSuper:
        // Behind magic and checksum: those that do not match are another test.
        editBytes(editor.super().uuid,
                  sizeof(vexfs_disk_super) - offsetof(vexfs_disk_super, uuid), step);
        break;
    case EditPage: editBytes(editor.page(step.which % pages), VEXFS_BLOCK_BYTES, step); break;
    case ReplaceNode: {
        NodeBytes other;
        memcpy(other.data(), editor.look(step.item % nodes), other.size());
        memcpy(editor.node(step.which % nodes), other.data(), other.size());
        break;
    }
    case EditData: editData(step, editor); break;
    default: editItems(step, editor); break;
    }
}

} // namespace

uint64_t ScriptStep::number() const
{
    uint64_t out = 0;
    memcpy(&out, value, sizeof(out));
    return out;
}

void editBytes(uint8_t *bytes, size_t size, const ScriptStep &step)
{
    const size_t width = std::min<size_t>(1u << (step.how & 3), size);
    if (width == 0)
        return;
    uint8_t *at = bytes + step.offset % (size - width + 1);
    uint64_t now = 0;
    memcpy(&now, at, width);
    switch (step.how >> 2 & 3) {
    case 0: now = step.number(); break;
    case 1: now ^= step.number(); break;
    case 2: now += static_cast<int64_t>(static_cast<int8_t>(step.value[0])); break;
    default: now = kValues[step.value[0] % kValues.size()]; break;
    }
    memcpy(at, &now, width);
}

void applyImageScript(const uint8_t *script, size_t bytes, ImageEditor &editor,
                      OverlayDevice &device)
{
    std::vector<ScriptStep> raw;
    for (size_t at = 0; at + kImageStepBytes <= bytes; at += kImageStepBytes) {
        ScriptStep step;
        memcpy(&step, script + at, sizeof(step));
        if (step.action % kActions == EditRaw)
            raw.push_back(step);
        else
            applyStep(step, editor);
    }
    editor.finish(device);
    for (const ScriptStep &step : raw)
        editBytes(device.edit((step.which * 65536u + step.item) % editor.map().image().size()),
                  VEXFS_BLOCK_BYTES, step);
}

std::string randomImageScript(Random &random, size_t steps)
{
    std::string script = random.bytes(kImageStepBytes * (1 + random.below(steps)));
    for (size_t at = 0; at < script.size(); at += kImageStepBytes) {
        // Small numbers are where most of the structures are.
        if (random.chance(50))
            script[at + 7] = 0;
        if (random.chance(70))
            memset(script.data() + at + 9, 0, 7);
    }
    return script;
}

} // namespace vexfs::test
