// SPDX-License-Identifier: Apache-2.0
//
// Archives by KArchive, and single compressed files. What is unpacked is counted over the whole
// file, however deep it is nested, and against what it was packed in.
#include "daemon/extract/archive.h"

#include "daemon/extract/formats.h"

#include <K7Zip>
#include <KCompressionDevice>
#include <KTar>
#include <KZip>
#include <QBuffer>
#include <QVector>
#include <QtEndian>

#include <algorithm>
#include <cstring>
#include <memory>

#include <zstd.h>

namespace vexfs::extract {

using daemon::ExtractFormat;

namespace {

constexpr qint64 kPieceBytes = 1 << 18;
// Less than this harms nobody, however well it was packed.
constexpr qint64 kRatioFromBytes = 8 << 20;
constexpr qint64 kRatioMax = 200;
constexpr int kFoldersMax = 100'000;
constexpr size_t kTarMagicAt = 257;

std::string_view view(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<size_t>(bytes.size())};
}

struct Member
{
    QString path;
    const KArchiveFile *file;
};

// By path, so that the same archive always gives the same text.
QVector<Member> membersOf(const KArchiveDirectory *root)
{
    QVector<Member> members;
    QVector<QPair<QString, const KArchiveDirectory *>> folders{{QString(), root}};
    for (int i = 0; i < folders.size() && folders.size() < kFoldersMax; ++i) {
        const auto [prefix, folder] = folders[i];
        for (const QString &name : folder->entries()) {
            const KArchiveEntry *entry = folder->entry(name);
            if (!entry)
                continue;
            if (entry->isDirectory()) {
                folders.push_back({prefix + name + QLatin1Char('/'),
                                   static_cast<const KArchiveDirectory *>(entry)});
            } else if (entry->isFile() && entry->symLinkTarget().isEmpty()) {
                members.push_back({prefix + name, static_cast<const KArchiveFile *>(entry)});
            }
        }
    }
    std::sort(members.begin(), members.end(),
              [](const Member &a, const Member &b) { return a.path < b.path; });
    return members;
}

// Films and programs are not unpacked just to find that they have no text.
QByteArray readMember(const Member &member, qint64 packedBytes, Output &out)
{
    const std::unique_ptr<QIODevice> device(member.file->createDevice());
    if (!device || !device->isOpen())
        return {};
    Growth growth(out, packedBytes);
    QByteArray content = device->read(kPieceBytes);
    growth.add(content.size());
    const std::string name = member.path.toStdString();
    if (memberFormat(name, view(content)) == ExtractFormat::Text && isBinary(view(content)))
        return {};
    content += readGrowing(*device, growth);
    return content;
}

// packedBytes: of a member, or of all where the archive does not tell.
template <class PackedBytes>
void addMembers(const KArchive &archive, Output &out, PackedBytes &&packedBytes)
{
    for (const Member &member : membersOf(archive.directory())) {
        const QByteArray content = readMember(member, packedBytes(*member.file), out);
        extractMember(member.path.toStdString(), view(content), out);
    }
}

// The flag of any entry of the central directory.
bool hasEncrypted(std::string_view zip)
{
    constexpr std::string_view kEntry("PK\x01\x02", 4);
    constexpr std::string_view kEnd("PK\x05\x06", 4);
    constexpr size_t kFlagsAt = 8;
    constexpr size_t kDirectoryAt = 16;
    const size_t end = zip.rfind(kEnd);
    uint32_t begin = 0;
    if (end != std::string_view::npos && end + kDirectoryAt + sizeof begin <= zip.size())
        memcpy(&begin, zip.data() + end + kDirectoryAt, sizeof begin);
    for (size_t at = zip.find(kEntry, qFromLittleEndian(begin)); at != std::string_view::npos;
         at = zip.find(kEntry, at + 4)) {
        if (at + kFlagsAt < zip.size() && (zip[at + kFlagsAt] & 1))
            return true;
    }
    return false;
}

KCompressionDevice::CompressionType compressionOf(std::string_view bytes)
{
    const auto begins = [&](std::string_view magic) {
        return bytes.substr(0, magic.size()) == magic;
    };
    if (begins("\x1f\x8b"))
        return KCompressionDevice::GZip;
    if (begins("BZh"))
        return KCompressionDevice::BZip2;
    if (begins("\xfd" "7zXZ"))
        return KCompressionDevice::Xz;
    if (begins("\x28\xb5\x2f\xfd"))
        return KCompressionDevice::Zstd;
    throw Refused("it is damaged, or compressed in a way that is not known");
}

// bzip2 ends with a mark of 48 bits and a sum of 32, at any bit, and is filled up to a byte. After
// it may stand zeros, as on tapes.
bool hasBzipEnd(std::string_view packed)
{
    constexpr uint64_t kMark = 0x177245385090;
    constexpr uint64_t kMarkMask = (uint64_t(1) << 48) - 1;
    constexpr size_t kSumBytes = 4;
    constexpr size_t kMarkBytes = 8; // with what it may be moved by
    const size_t last = packed.find_last_not_of('\0');
    // The sum itself may end in zeros.
    for (size_t end = last == std::string_view::npos ? 0 : last + 1;
         end <= packed.size() && end <= last + 1 + kSumBytes; ++end) {
        if (end < kSumBytes + kMarkBytes)
            continue;
        uint64_t bits = 0;
        for (size_t i = end - kSumBytes - kMarkBytes; i < end - kSumBytes; ++i)
            bits = bits << 8 | static_cast<unsigned char>(packed[i]);
        for (int moved = 0; moved < 8; ++moved) {
            if ((bits >> moved & kMarkMask) == kMark)
                return true;
        }
    }
    return false;
}

// Whether it is whole frames to its end.
bool hasZstdEnd(std::string_view packed)
{
    while (!packed.empty()) {
        const size_t frame = ZSTD_findFrameCompressedSize(packed.data(), packed.size());
        if (ZSTD_isError(frame))
            return false;
        packed.remove_prefix(frame);
    }
    return true;
}

// KArchive takes the end of its input for the end of what was packed; the formats know better.
bool isCut(std::string_view packed, const QByteArray &content,
           KCompressionDevice::CompressionType how)
{
    if (how == KCompressionDevice::BZip2)
        return !hasBzipEnd(packed);
    if (how == KCompressionDevice::Zstd)
        return !hasZstdEnd(packed);
    if (how == KCompressionDevice::Xz) {
        const size_t end = packed.find_last_not_of('\0');
        return end == std::string_view::npos || end < 1 || packed.substr(end - 1, 2) != "YZ";
    }
    constexpr std::string_view kBegin("\x1f\x8b\x08");
    // Several in a row tell only of the last.
    if (packed.find(kBegin, 1) != std::string_view::npos)
        return false;
    uint32_t bytes = 0;
    if (packed.size() < sizeof bytes)
        return true;
    memcpy(&bytes, packed.data() + packed.size() - sizeof bytes, sizeof bytes);
    return qFromLittleEndian(bytes) != static_cast<uint32_t>(content.size());
}

bool isTar(std::string_view bytes)
{
    return bytes.size() > kTarMagicAt + 5 && bytes.substr(kTarMagicAt, 5) == "ustar";
}

QByteArray borrowed(std::string_view bytes)
{
    return QByteArray::fromRawData(bytes.data(), static_cast<int>(bytes.size()));
}

// Borrows the bytes.
template <class Archive> struct OpenArchive
{
    explicit OpenArchive(std::string_view bytes)
        : whole(borrowed(bytes)), buffer(&whole), archive(&buffer)
    {
        if (!archive.open(QIODevice::ReadOnly))
            throw Refused("it is damaged or encrypted: its archive cannot be opened");
    }

    QByteArray whole;
    QBuffer buffer;
    Archive archive;
};

} // namespace

void Growth::add(qint64 bytes)
{
    m_bytes += bytes;
    m_out.chargeUnpacked(static_cast<uint64_t>(bytes));
    if (m_bytes > kRatioFromBytes && m_bytes / kRatioMax > m_packedBytes)
        throw Bomb("something in it unpacks to more than 200 times its size");
}

QByteArray readGrowing(QIODevice &device, Growth growth)
{
    QByteArray content;
    while (true) {
        const QByteArray piece = device.read(kPieceBytes);
        if (piece.isEmpty())
            return content;
        growth.add(piece.size());
        content += piece;
    }
}

void extractZip(std::string_view bytes, Output &out)
{
    const OpenArchive<KZip> zip(bytes);
    if (hasEncrypted(bytes))
        throw Refused("it is encrypted and needs a password");
    addMembers(zip.archive, out, [](const KArchiveFile &file) {
        return static_cast<const KZipFileEntry &>(file).compressedSize();
    });
}

void extractTar(std::string_view bytes, Output &out)
{
    const OpenArchive<KTar> tar(bytes);
    // Nothing is packed in it: that was counted when it was unpacked itself.
    addMembers(tar.archive, out, [](const KArchiveFile &file) { return file.size(); });
}

void extractSevenZip(std::string_view bytes, Output &out)
{
    const OpenArchive<K7Zip> archive(bytes);
    addMembers(archive.archive, out,
               [&](const KArchiveFile &) { return static_cast<qint64>(bytes.size()); });
}

void extractCompressed(std::string_view bytes, Output &out)
{
    QByteArray whole = borrowed(bytes);
    QBuffer buffer(&whole);
    const KCompressionDevice::CompressionType how = compressionOf(bytes);
    KCompressionDevice device(&buffer, false, how);
    if (!device.open(QIODevice::ReadOnly))
        throw Refused("it is damaged: it cannot be unpacked");
    const QByteArray content
        = readGrowing(device, Growth(out, static_cast<qint64>(bytes.size())));
    if (device.error() != QFileDevice::NoError || isCut(bytes, content, how))
        throw Refused("it is damaged: it cannot be unpacked to its end");
    if (isTar(view(content)))
        return extractTar(view(content), out);
    const std::string inner = out.name().substr(0, out.name().rfind('.'));
    const ExtractFormat format = memberFormat(inner, view(content));
    out.setName(inner);
    extractDocument(format, view(content), out);
}

} // namespace vexfs::extract
