// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/zipped.h"

#include "daemon/extract/archive.h"

#include <KZip>

namespace vexfs::extract {

namespace {

// What old Office files and encrypted new ones begin with.
constexpr std::string_view kCompoundFile("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");

} // namespace

Zipped::Zipped(std::string_view bytes, Output &out)
    : m_bytes(QByteArray::fromRawData(bytes.data(), static_cast<int>(bytes.size()))),
      m_buffer(&m_bytes), m_zip(std::make_unique<KZip>(&m_buffer)),
      m_out(out)
{
    if (bytes.substr(0, kCompoundFile.size()) == kCompoundFile)
        throw Refused("it is encrypted, or of the old binary Office format");
    if (!m_zip->open(QIODevice::ReadOnly))
        throw Refused("it is damaged: its archive cannot be opened");
}

Zipped::~Zipped() = default;

bool Zipped::has(const QString &name) const
{
    return m_zip->directory()->file(name) != nullptr;
}

QByteArray Zipped::read(const QString &name)
{
    const KArchiveFile *file = m_zip->directory()->file(name);
    if (!file)
        throw Refused("it is damaged: " + name.toStdString() + " is missing in it");
    const std::unique_ptr<QIODevice> device(file->createDevice());
    if (!device || !device->isOpen())
        throw Refused("it is damaged: " + name.toStdString() + " cannot be read");
    const auto packed = static_cast<const KZipFileEntry *>(file)->compressedSize();
    const QByteArray content = readGrowing(*device, Growth(m_out, packed));
    if (content.size() < file->size())
        throw Refused("it is damaged: " + name.toStdString() + " ends too early");
    return content;
}

} // namespace vexfs::extract
