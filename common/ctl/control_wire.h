// SPDX-License-Identifier: Apache-2.0
//
// common/ctl/control_wire.h - one ioctl, and the little-endian fields of its struct. Private to
// ctl.
#pragma once

#include "common/base/error.h"

#include <vexfs/ioctl.h>

#include <QByteArray>
#include <QtEndian>

namespace vexfs::ctl {

/// Calls the driver. what names the operation for the message of the error.
base::Status callDriver(int fd, unsigned long request, void *argument, const char *what);

/// The bytes before the NUL; Corrupt when there is none.
base::Result<QByteArray> textField(const char *field, size_t bytes, const char *what);

/// Copies text with its NUL; InvalidArgs when it does not fit, is empty, or holds a NUL.
base::Status setTextField(char *field, size_t bytes, const QByteArray &text, const char *what);

inline uint32_t get(__le32 value)
{
    return qFromLittleEndian(static_cast<uint32_t>(value));
}

inline uint64_t get(__le64 value)
{
    return qFromLittleEndian(static_cast<uint64_t>(value));
}

inline __le32 put(uint32_t value)
{
    return qToLittleEndian(value);
}

inline __le64 put(uint64_t value)
{
    return qToLittleEndian(value);
}

} // namespace vexfs::ctl
