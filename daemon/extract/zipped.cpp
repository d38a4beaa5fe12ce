// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/zipped.h"

#include "daemon/extract/output.h"

#include <KZip>

namespace vexfs::extract {

namespace {

constexpr qint64 kUnpackedBytesMax = 128 << 20;
constexpr qint64 kPieceBytes = 1 << 20;
// What old Office files and encrypted new ones begin with.
constexpr std::string_view kCompoundFile("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");

// What is wrong with a document is told to the daemon, in one line.
void ignoreMessage(QtMsgType, const QMessageLogContext &, const QString &) {}

} // namespace

Zipped::Zipped(std::string_view bytes)
    : m_bytes(QByteArray::fromRawData(bytes.data(), static_cast<int>(bytes.size()))),
      m_buffer(&m_bytes), m_zip(std::make_unique<KZip>(&m_buffer))
{
    qInstallMessageHandler(ignoreMessage);
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
    QByteArray content;
    while (true) {
        const QByteArray piece = device->read(kPieceBytes);
        if (piece.isEmpty())
            break;
        content += piece;
        m_readBytes += piece.size();
        if (m_readBytes > kUnpackedBytesMax)
            throw Bomb("its content is more than 128 MiB when unpacked");
    }
    if (content.size() < file->size())
        throw Refused("it is damaged: " + name.toStdString() + " ends too early");
    return content;
}

} // namespace vexfs::extract
