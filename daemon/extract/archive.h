// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/archive.h - unpacking within limits, in memory.
#pragma once

#include "daemon/extract/output.h"

#include <QByteArray>

class QIODevice;

namespace vexfs::extract {

/// Keeps account of what one compressed thing grows to.
class Growth
{
public:
    Growth(Output &out, qint64 packedBytes) : m_out(out), m_packedBytes(packedBytes) {}

    /// Throws Bomb when this, or all of the file together, has become too much.
    void add(qint64 bytes);

private:
    Output &m_out;
    qint64 m_packedBytes;
    qint64 m_bytes = 0;
};

/// All that the device gives. Throws Bomb.
QByteArray readGrowing(QIODevice &device, Growth growth);

} // namespace vexfs::extract
