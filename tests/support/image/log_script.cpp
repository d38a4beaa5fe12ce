// SPDX-License-Identifier: Apache-2.0
#include "tests/support/image/log_script.h"

#include "tests/support/image/image_script.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vexfs::test {

namespace {

constexpr size_t kHeadBytes = sizeof(vexfs_disk_log_batch);
constexpr size_t kCsumFrom = offsetof(vexfs_disk_log_batch, uuid);

std::string bytesOf(const SimImage &image, uint64_t block, uint64_t blocks)
{
    std::string out(blocks * VEXFS_BLOCK_BYTES, '\0');
    for (uint64_t i = 0; i < blocks; i++) {
        if (image[block + i])
            memcpy(out.data() + i * VEXFS_BLOCK_BYTES, image[block + i]->data(),
                   VEXFS_BLOCK_BYTES);
    }
    return out;
}

LogMap::Batch batchOf(const std::string &log, size_t at, const vexfs_disk_log_batch &head)
{
    LogMap::Batch batch{head, {}};
    const size_t end = at + kHeadBytes + vexfs_get32(head.records_bytes);
    for (size_t from = at + kHeadBytes; from + sizeof(vexfs_disk_log_record) <= end;) {
        LogMap::Record record;
        memcpy(&record.head, log.data() + from, sizeof(record.head));
        from += sizeof(record.head);
        record.data = log.substr(from, vexfs_get16(record.head.data_bytes));
        from += record.data.size();
        batch.records.push_back(record);
    }
    return batch;
}

enum Action : uint8_t {
    EditHead,
    EditData,
    RemoveRecord,
    RepeatRecord,
    SwapRecords,
    ResizeData,
    MoveToBatch,
    EditBatchHead,
    DropBatch,
    EditRaw,
    kActions
};

/// The steps that change which bytes a record has.
void editRecord(const ScriptStep &step, LogMap::Record &record)
{
    switch (step.action % kActions) {
    case EditHead:
        editBytes(reinterpret_cast<uint8_t *>(&record.head), sizeof(record.head), step);
        break;
    case EditData:
        editBytes(reinterpret_cast<uint8_t *>(record.data.data()), record.data.size(), step);
        break;
    default:
        record.data.resize(step.offset % 6000, static_cast<char>(step.how));
        record.head.data_bytes = vexfs_put16(static_cast<u16>(record.data.size()));
        break;
    }
}

void applyStep(const ScriptStep &step, std::vector<LogMap::Batch> &batches)
{
    if (batches.empty())
        return;
    const size_t number = step.which % batches.size();
    std::vector<LogMap::Record> &records = batches[number].records;
    if (step.action % kActions == DropBatch) {
        batches.erase(batches.begin() + static_cast<long>(number));
        return;
    }
    if (step.action % kActions == EditBatchHead) {
        editBytes(reinterpret_cast<uint8_t *>(&batches[number].head), kHeadBytes, step);
        return;
    }
    if (records.empty())
        return;
    const size_t index = step.item % records.size();
    const auto at = records.begin() + static_cast<long>(index);
    switch (step.action % kActions) {
    case RemoveRecord: records.erase(at); break;
    case RepeatRecord: records.insert(at, LogMap::Record(*at)); break;
    case SwapRecords: std::swap(records[index], records[step.offset % records.size()]); break;
    case MoveToBatch:
        batches[step.offset % batches.size()].records.push_back(LogMap::Record(*at));
        break;
    default: editRecord(step, records[index]); break;
    }
}

std::string encode(const LogMap::Batch &batch)
{
    std::string out(kHeadBytes, '\0');
    for (const LogMap::Record &record : batch.records) {
        out.append(reinterpret_cast<const char *>(&record.head), sizeof(record.head));
        out += record.data;
    }
    vexfs_disk_log_batch head = batch.head;
    head.records_bytes = vexfs_put32(static_cast<u32>(out.size() - kHeadBytes));
    memcpy(out.data(), &head, sizeof(head));
    head.csum = vexfs_put32(
        vexfs_port_crc32c(0, out.data() + kCsumFrom, out.size() - kCsumFrom));
    memcpy(out.data(), &head, sizeof(head));
    out.resize((out.size() + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES * VEXFS_BLOCK_BYTES);
    return out;
}

} // namespace

LogMap::LogMap(const SimImage &image)
{
    vexfs_disk_super super{};
    for (uint32_t slot = 0; slot < VEXFS_SUPER_SLOTS; slot++) {
        const std::string bytes = bytesOf(image, VEXFS_SUPER_FRONT_BLOCK + slot, 1);
        vexfs_disk_super found;
        memcpy(&found, bytes.data(), sizeof(found));
        if (memcmp(found.magic, VEXFS_SUPER_MAGIC, sizeof(found.magic)) == 0 &&
            vexfs_get64(found.sequence) >= vexfs_get64(super.sequence))
            super = found;
    }
    m_block = vexfs_get64(super.log_block);
    m_blocks = vexfs_get32(super.log_blocks);
    const std::string log = bytesOf(image, m_block, m_blocks);
    for (size_t at = 0; at < log.size();) {
        vexfs_disk_log_batch head;
        memcpy(&head, log.data() + at, sizeof(head));
        const size_t bytes = kHeadBytes + vexfs_get32(head.records_bytes);
        if (vexfs_get32(head.magic) != VEXFS_LOG_MAGIC || bytes > log.size() - at ||
            vexfs_get64(head.generation) != vexfs_get64(super.generation))
            break;
        m_batches.push_back(batchOf(log, at, head));
        at += (bytes + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES * VEXFS_BLOCK_BYTES;
    }
    if (m_batches.empty()) {
        std::fprintf(stderr, "an image that should have a log has none\n");
        abort();
    }
}

void applyLogScript(const uint8_t *script, size_t bytes, const LogMap &map, OverlayDevice &device)
{
    std::vector<LogMap::Batch> batches = map.batches();
    std::vector<ScriptStep> raw;
    for (size_t at = 0; at + kImageStepBytes <= bytes; at += kImageStepBytes) {
        ScriptStep step;
        memcpy(&step, script + at, sizeof(step));
        if (step.action % kActions == EditRaw)
            raw.push_back(step);
        else
            applyStep(step, batches);
    }
    std::string log;
    for (const LogMap::Batch &batch : batches)
        log += encode(batch);
    log.resize(size_t{map.blocks()} * VEXFS_BLOCK_BYTES);
    for (const ScriptStep &step : raw)
        editBytes(reinterpret_cast<uint8_t *>(log.data()) + step.which % 8 * VEXFS_BLOCK_BYTES,
                  VEXFS_BLOCK_BYTES, step);
    for (uint32_t i = 0; i < map.blocks(); i++)
        memcpy(device.edit(map.block() + i), log.data() + size_t{i} * VEXFS_BLOCK_BYTES,
               VEXFS_BLOCK_BYTES);
}

} // namespace vexfs::test
