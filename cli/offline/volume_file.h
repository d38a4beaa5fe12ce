// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vexfs/posix_dev.h>

namespace vexfs::cli {

struct DeviceCloser
{
    void operator()(vexfs_dev *device) const { vexfs_dev_close(device); }
};
using Device = std::unique_ptr<vexfs_dev, DeviceCloser>;

/// Opens an image or device; waits a little for one that is just being unmounted. On failure says
/// why on @p err, after @p program, and returns null.
Device openDevice(const std::string &program, const std::string &path, bool isReadOnly,
                  std::ostream &err);

/// "64G", "1.5T", "4096": bytes, in powers of 1024. Nothing on any mistake.
std::optional<uint64_t> parseSize(const std::string &text);

/// "64.0 GiB".
std::string sizeText(uint64_t bytes);

/// "123e4567-e89b-12d3-a456-426614174000" to 16 bytes and back.
bool parseUuid(const std::string &text, uint8_t (&out)[16]);
std::string uuidText(const uint8_t (&uuid)[16]);

} // namespace vexfs::cli
