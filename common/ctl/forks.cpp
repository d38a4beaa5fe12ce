// SPDX-License-Identifier: Apache-2.0
#include "common/ctl/control.h"
#include "common/ctl/control_wire.h"

#include <vexfs/ioctl.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace vexfs::ctl {

using base::Errc;

namespace {

constexpr uint64_t kBlockBytes = 4096;

} // namespace

base::Result<QByteArray> readFork(int fd, uint32_t fork, uint64_t limitBytes)
{
    QByteArray out;
    auto raw = std::make_unique<vexfs_ioc_fork_read>();
    for (;;) {
        memset(raw.get(), 0, offsetof(vexfs_ioc_fork_read, data));
        raw->fork = put(fork);
        raw->len_bytes = put(static_cast<uint32_t>(VEXFS_IOC_FORK_DATA_BYTES));
        raw->offset_bytes = put(static_cast<uint64_t>(out.size()));
        if (auto done = callDriver(fd, VEXFS_IOC_FORK_READ, raw.get(), "read a fork"); !done)
            return tl::unexpected(done.error());
        const uint32_t got = get(raw->len_bytes);
        if (got > VEXFS_IOC_FORK_DATA_BYTES)
            return base::fail(Errc::Corrupt, QStringLiteral("The driver sent too much of a fork"));
        const uint64_t total = get(raw->size_bytes);
        if (total > limitBytes || static_cast<uint64_t>(out.size()) + got > limitBytes) {
            return base::fail(Errc::TooLarge, QStringLiteral("Fork %1 has %2 bytes, more than %3")
                                                  .arg(fork)
                                                  .arg(total)
                                                  .arg(limitBytes));
        }
        out.append(reinterpret_cast<const char *>(raw->data), static_cast<qsizetype>(got));
        if (got == 0 || static_cast<uint64_t>(out.size()) == total)
            return out;
    }
}

base::Status writeFork(int fd, uint32_t fork, uint64_t offsetBytes, const QByteArray &bytes,
                       bool isLast)
{
    auto raw = std::make_unique<vexfs_ioc_fork_write>();
    const uint64_t total = static_cast<uint64_t>(bytes.size());
    uint64_t done = 0;
    do {
        // A piece ends with a block, so that the next does not write that block again.
        const uint64_t reach = offsetBytes + done + VEXFS_IOC_FORK_DATA_BYTES;
        const uint64_t most = VEXFS_IOC_FORK_DATA_BYTES - reach % kBlockBytes;
        const uint64_t part = std::min(total - done, most);
        const bool cuts = isLast && done + part == total;
        memset(raw.get(), 0, sizeof *raw);
        raw->fork = put(fork);
        raw->len_bytes = put(static_cast<uint32_t>(part));
        raw->offset_bytes = put(offsetBytes + done);
        raw->flags = put(static_cast<uint32_t>(cuts ? VEXFS_FORK_WRITE_TRUNCATE : 0U));
        memcpy(raw->data, bytes.constData() + done, part);
        if (auto called = callDriver(fd, VEXFS_IOC_FORK_WRITE, raw.get(), "write a fork"); !called)
            return called;
        done += part;
    } while (done < total);
    return {};
}

} // namespace vexfs::ctl
