// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/document_transfer.h - copies one file so that it appears whole or not at all.
#pragma once

#include "daemon/service/document_service.h"

#include <functional>

namespace vexfs::daemon {

enum class CopyOutcome
{
    Added,
    SameThere
};

struct CopyRequest
{
    QByteArray source;
    QByteArray folder; ///< Exists.
    QByteArray name;
    OnDuplicate onDuplicate = OnDuplicate::Skip;
    /// Told the bytes of each step; the copy ends with Cancelled when it answers false.
    std::function<bool(uint64_t)> progress;
};

/// The bytes are written under a hidden name, synced, and then get their own.
/// Mode and time of change are kept. AlreadyExists when another file of that name is there.
base::Result<CopyOutcome> copyDocument(const CopyRequest &request);

} // namespace vexfs::daemon
