// SPDX-License-Identifier: Apache-2.0
#include "common/ctl/maintenance.h"

#include "common/ctl/control_wire.h"

#include <cstring>
#include <memory>

namespace vexfs::ctl {

using base::Errc;

namespace {

base::Result<vexfs_ioc_scrub> scrubCall(int fd, uint32_t action, uint64_t bytesPerSecond,
                                        const char *what)
{
    vexfs_ioc_scrub raw = {};
    raw.action = put(action);
    raw.rate_bytes = put(bytesPerSecond);
    if (auto done = callDriver(fd, VEXFS_IOC_SCRUB, &raw, what); !done)
        return tl::unexpected(done.error());
    return raw;
}

} // namespace

base::Status startScrub(int fd, uint64_t bytesPerSecond)
{
    const auto started = scrubCall(fd, VEXFS_SCRUB_START, bytesPerSecond, "start a scrub");
    return started ? base::Status() : tl::unexpected(started.error());
}

base::Status stopScrub(int fd)
{
    const auto stopped = scrubCall(fd, VEXFS_SCRUB_STOP, 0, "stop a scrub");
    return stopped ? base::Status() : tl::unexpected(stopped.error());
}

base::Result<ScrubStatus> scrubStatus(int fd)
{
    const auto raw = scrubCall(fd, VEXFS_SCRUB_STATUS, 0, "ask about a scrub");
    if (!raw)
        return tl::unexpected(raw.error());
    if (get(raw->state) > VEXFS_SCRUB_STATE_FAILED)
        return base::fail(Errc::Corrupt, QStringLiteral("The driver sent an unknown scrub state"));
    return ScrubStatus{static_cast<ScrubState>(get(raw->state)), get(raw->done_bytes),
                       get(raw->used_bytes), get(raw->findings), get(raw->rows)};
}

base::Result<QVector<ScrubRow>> scrubRows(int fd, uint64_t first)
{
    auto raw = std::make_unique<vexfs_ioc_scrub_list>();
    memset(raw.get(), 0, sizeof *raw);
    raw->first = put(first);
    if (auto done = callDriver(fd, VEXFS_IOC_SCRUB_LIST, raw.get(), "list what a scrub found");
        !done)
        return tl::unexpected(done.error());
    const uint32_t count = get(raw->count);
    if (count > VEXFS_IOC_SCRUB_ROWS_MAX)
        return base::fail(Errc::Corrupt, QStringLiteral("The driver sent too many findings"));
    QVector<ScrubRow> out;
    for (uint32_t i = 0; i < count; ++i) {
        const vexfs_ioc_scrub_row &row = raw->rows[i];
        const auto what = textField(row.what, sizeof row.what, "finding");
        if (!what)
            return tl::unexpected(what.error());
        out.append({get(row.tree), get(row.ino), get(row.block), static_cast<int>(get(row.error)),
                    QString::fromUtf8(*what)});
    }
    return out;
}

base::Result<uint64_t> grow(int fd)
{
    vexfs_ioc_grow raw = {};
    if (auto done = callDriver(fd, VEXFS_IOC_GROW, &raw, "grow the volume"); !done)
        return tl::unexpected(done.error());
    return get(raw.size_bytes);
}

base::Status setLabel(int fd, const QString &label)
{
    vexfs_ioc_label raw = {};
    const QByteArray text = label.toUtf8();
    // No label is a label, too; setTextField() refuses what is empty.
    if (!text.isEmpty()) {
        if (auto fits = setTextField(raw.label, sizeof raw.label, text, "label"); !fits)
            return fits;
    }
    return callDriver(fd, VEXFS_IOC_LABEL, &raw, "label the volume");
}

} // namespace vexfs::ctl
