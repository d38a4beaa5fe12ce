// SPDX-License-Identifier: Apache-2.0
//
// daemon/extract/zipped.h - members of a zip file, in memory and within limits.
#pragma once

#include <QBuffer>
#include <QByteArray>
#include <QString>

#include <memory>
#include <string_view>

class KZip;

namespace vexfs::extract {

class Output;

/// A zip file as office formats use it. Borrows the bytes.
class Zipped
{
public:
    /// Throws Refused when it is no zip file. What is unpacked is charged to the output.
    Zipped(std::string_view bytes, Output &out);
    ~Zipped();

    bool has(const QString &name) const;
    /// A member's bytes. Throws Refused when it is missing or damaged, Bomb when it is too large.
    QByteArray read(const QString &name);

private:
    QByteArray m_bytes;
    QBuffer m_buffer;
    std::unique_ptr<KZip> m_zip;
    Output &m_out;
};

} // namespace vexfs::extract
