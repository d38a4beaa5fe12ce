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

/// A zip file as office formats use it. Borrows the bytes.
class Zipped
{
public:
    /// Throws Refused when it is no zip file.
    explicit Zipped(std::string_view bytes);
    ~Zipped();

    bool has(const QString &name) const;
    /// A member's bytes. Throws Refused when it is missing, or larger than all members together
    /// may be: then the file is made to fill memory.
    QByteArray read(const QString &name);

private:
    QByteArray m_bytes;
    QBuffer m_buffer;
    std::unique_ptr<KZip> m_zip;
    qint64 m_readBytes = 0;
};

} // namespace vexfs::extract
