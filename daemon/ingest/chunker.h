// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/chunker.h - cuts a text into passages that are embedded one by one.
#pragma once

#include "daemon/ingest/document.h"

#include <QVector>

#include <cstdint>

namespace vexfs::daemon {

/// A passage: bytes of the text, the page it begins on (0 without pages), and the document inside
/// of this one that it is of ("may.txt", "backup.zip/letters/may.txt"; empty for its own text).
struct Chunk
{
    uint64_t beginBytes = 0;
    uint64_t endBytes = 0;
    uint32_t page = 0;
    QString member = {};
};

struct ChunkLimits
{
    uint64_t targetBytes = 1200;  ///< about 200 words: longer ones blur, shorter ones lack context
    uint64_t maxBytes = 1800;     ///< none is longer
    uint64_t overlapBytes = 160;  ///< the end of one is the beginning of the next, inside a section
    int maxChunks = 2000;         ///< what is beyond has words, but no vectors
};

/// Cuts at members, pages and headings, and at blocks such as functions, though several short
/// sections of one page and one member make one passage; else at the end of a paragraph, a line, a
/// sentence or a word, whichever there is near the target. Pure and deterministic: stored vectors
/// are told to fit by equal chunks.
QVector<Chunk> chunkText(QByteArrayView text, const QVector<TextMark> &marks,
                         const ChunkLimits &limits = {});

} // namespace vexfs::daemon
