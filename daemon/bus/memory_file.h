// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/memory_file.h - much at once, to be handed over as a descriptor.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QDBusUnixFileDescriptor>

namespace vexfs::daemon {

/// A sealed memfd, at its beginning: nobody can change it, and a reader that does not read holds
/// nobody up. Fails with what the kernel says.
base::Result<QDBusUnixFileDescriptor> sealedFile(const char *name, const QByteArray &bytes);

} // namespace vexfs::daemon
