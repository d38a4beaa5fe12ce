// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/vector_fork.h - the vectors of one file as the filesystem keeps them, and back.
//
// Pure functions over the bytes of vexfs/vector_fork.h. The fork may come from another machine or a
// damaged disk, so decoding checks everything.
#pragma once

#include "common/base/error.h"

#include <QByteArray>

#include <cstdint>
#include <vector>

namespace vexfs::daemon {

/// A chunk of a text and its vector.
struct VectorRecord
{
    uint64_t beginBytes = 0;  ///< in the extracted UTF-8 text
    uint64_t endBytes = 0;
    uint32_t page = 0;  ///< 1-based; 0 where the document has no pages
    std::vector<float> vector;
};

struct VectorFork
{
    QByteArray model;
    uint32_t dimension = 0;
    uint64_t dataGeneration = 0;
    uint64_t textBytes = 0;
    QByteArray contentHash;  ///< 16 bytes; see textHash()
    std::vector<VectorRecord> records;
};

/// What contentHash is of a text.
QByteArray textHash(QByteArrayView text);

/// Elements are stored as i8 with a scale for each record. Fails with InvalidVector (a vector of
/// another dimension, or not finite), InvalidArgs (model id too long, ranges that are none).
base::Result<QByteArray> encodeVectorFork(const VectorFork &fork);

/// Understands f32, f16 and i8. Fails with NotFound (empty), Corrupt, NotSupported (another
/// version or metric).
base::Result<VectorFork> decodeVectorFork(QByteArrayView bytes);

} // namespace vexfs::daemon
