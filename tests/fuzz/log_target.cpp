// SPDX-License-Identifier: Apache-2.0
// Intent logs, as a mount may find them. An input is a script of changes to the batches and records
// of a log (tests/support/image/log_script.h), whose checksums are right again afterwards; or, when
// its first byte is odd, what follows it are the records of a batch as they are.
#include "tests/fuzz/target.h"
#include "tests/support/image/exercise.h"
#include "tests/support/image/image_script.h"
#include "tests/support/image/log_script.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/steady_host.h"

#include <vexfs/posix_hooks.h>

#include <cstring>

using namespace vexfs::test;

namespace {

/// One batch in the place of all, with @p records as its records.
void putRecords(const LogMap &map, const uint8_t *records, size_t bytes, OverlayDevice &device)
{
    vexfs_disk_log_batch head = map.batches().front().head;
    std::string log(sizeof(head) + bytes, '\0');
    head.records_bytes = vexfs_put32(static_cast<u32>(bytes));
    memcpy(log.data(), &head, sizeof(head));
    memcpy(log.data() + sizeof(head), records, bytes);
    const size_t from = offsetof(vexfs_disk_log_batch, uuid);
    head.csum = vexfs_put32(vexfs_port_crc32c(0, log.data() + from, log.size() - from));
    memcpy(log.data(), &head, sizeof(head));
    log.resize(size_t{map.blocks()} * VEXFS_BLOCK_BYTES);
    for (uint32_t i = 0; i < map.blocks(); i++)
        memcpy(device.edit(map.block() + i), log.data() + size_t{i} * VEXFS_BLOCK_BYTES,
               VEXFS_BLOCK_BYTES);
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    vexfs_posix_set_warn([](const char *, u64, u64) {}); // or damage would fill the terminal
    sampleLogImage();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const LogMap map(sampleLogImage());
    static OverlayDevice device(sampleLogImage());
    if (size == 0 || size > 30000)
        return -1;
    SteadyHost::restart(9);
    device.reset();
    if (data[0] & 1)
        putRecords(map, data + 1, size - 1, device);
    else
        applyLogScript(data + 1, size - 1, map, device);
    exerciseImage(device.dev());
    return 0;
}
