// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/overlay_device.h"

#include <vexfs/format.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vexfs::test {

/// The intent log of an image, taken apart into batches of records.
class LogMap
{
public:
    /// Stops the program when @p image has no log to replay.
    explicit LogMap(const SimImage &image);

    struct Record
    {
        vexfs_disk_log_record head{};
        std::string data;
    };
    struct Batch
    {
        vexfs_disk_log_batch head{};
        std::vector<Record> records;
    };

    const std::vector<Batch> &batches() const { return m_batches; }
    uint64_t block() const { return m_block; }
    uint32_t blocks() const { return m_blocks; }

private:
    std::vector<Batch> m_batches;
    uint64_t m_block = 0;
    uint32_t m_blocks = 0;
};

/// Changes the log on @p device as @p script says (steps as in image_script.h; any bytes are one):
/// fields of records and heads, data, which records there are, in which order, in which batch.
/// Lengths and checksums are made right again, except where a step says that it damages them.
void applyLogScript(const uint8_t *script, size_t bytes, const LogMap &map, OverlayDevice &device);

} // namespace vexfs::test
