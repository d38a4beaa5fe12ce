// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/index_file.h - the header around a stored vector index, and its safe writing.
//
// The file is a cache: whatever is wrong with it, the answer is to build it again from the vector
// forks. Little-endian: magic "VXIDX001", u32 version, u32 dimension, u64 count, u64 generation,
// u64 payload bytes, model (64 bytes, NUL-padded), SHA-256 of the payload, payload.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <vector>

namespace vexfs::daemon {

struct IndexFileHeader
{
    QByteArray model;
    uint32_t dimension = 0;
    uint64_t count = 0;
    uint64_t generation = 0;
};

/// Writes header and pieces, in order, to a temporary file, syncs it and puts it in place.
/// Fails with NoSpace, ReadOnly, Failed; then the file in place is as it was.
base::Status writeIndexFile(const QString &path, const IndexFileHeader &header,
                            const std::vector<QByteArrayView> &pieces);

struct IndexFile
{
    IndexFileHeader header;
    QByteArray payload;
};

/// Fails with NotFound or Corrupt.
base::Result<IndexFile> readIndexFile(const QString &path);

} // namespace vexfs::daemon
