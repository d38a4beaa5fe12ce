// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/index_file.h"

#include <QCryptographicHash>
#include <QFile>
#include <QSaveFile>
#include <QtEndian>

#include <cerrno>
#include <cstring>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr char kMagic[] = "VXIDX001";
constexpr uint32_t kVersion = 1;
constexpr size_t kModelBytes = 64;
constexpr size_t kHashBytes = 32;

// As it lies in the file; every field at its natural alignment, so without padding.
struct RawHeader
{
    char magic[8];
    quint32_le version;
    quint32_le dimension;
    quint64_le count;
    quint64_le generation;
    quint64_le payloadBytes;
    char model[kModelBytes];
    char hash[kHashBytes];
};
static_assert(sizeof(RawHeader) == 136);

RawHeader rawHeader(const IndexFileHeader &header, const std::vector<QByteArrayView> &pieces)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    uint64_t bytes = 0;
    for (const QByteArrayView piece : pieces) {
        hash.addData(piece);
        bytes += uint64_t(piece.size());
    }
    RawHeader raw{};
    memcpy(raw.magic, kMagic, sizeof raw.magic);
    raw.version = kVersion;
    raw.dimension = header.dimension;
    raw.count = header.count;
    raw.generation = header.generation;
    raw.payloadBytes = bytes;
    memcpy(raw.model, header.model.constData(),
           std::min<size_t>(kModelBytes - 1, size_t(header.model.size())));
    memcpy(raw.hash, hash.result().constData(), kHashBytes);
    return raw;
}

} // namespace

Status writeIndexFile(const QString &path, const IndexFileHeader &header,
                      const std::vector<QByteArrayView> &pieces)
{
    const RawHeader raw = rawHeader(header, pieces);
    QSaveFile file(path);
    errno = 0;
    bool isWritten = file.open(QIODevice::WriteOnly)
        && file.write(reinterpret_cast<const char *>(&raw), sizeof raw) == sizeof raw;
    for (const QByteArrayView piece : pieces)
        isWritten = isWritten && file.write(piece.data(), piece.size()) == piece.size();
    if (isWritten && file.commit())
        return {};
    const int cause = errno;
    const QString what = QStringLiteral("cannot write %1: %2").arg(path, file.errorString());
    file.cancelWriting();
    if (cause == ENOSPC || cause == EDQUOT)
        return fail(Errc::NoSpace, what);
    return fail(cause == EROFS ? Errc::ReadOnly : Errc::Failed, what);
}

Result<IndexFile> readIndexFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(Errc::NotFound, QStringLiteral("%1: %2").arg(path, file.errorString()));
    RawHeader raw{};
    if (file.read(reinterpret_cast<char *>(&raw), sizeof raw) != sizeof raw
        || memcmp(raw.magic, kMagic, sizeof raw.magic) != 0 || raw.version != kVersion)
        return fail(Errc::Corrupt, QStringLiteral("%1: not a vector index of ours").arg(path));
    const uint64_t payloadBytes = raw.payloadBytes;
    if (payloadBytes != uint64_t(file.size()) - sizeof raw)
        return fail(Errc::Corrupt, QStringLiteral("%1: size does not fit").arg(path));
    IndexFile out;
    out.payload = file.read(qint64(payloadBytes));
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView(out.payload));
    if (uint64_t(out.payload.size()) != payloadBytes
        || memcmp(hash.result().constData(), raw.hash, kHashBytes) != 0)
        return fail(Errc::Corrupt, QStringLiteral("%1: checksum does not fit").arg(path));
    out.header.model = QByteArray(raw.model, qsizetype(qstrnlen(raw.model, kModelBytes)));
    out.header.dimension = raw.dimension;
    out.header.count = raw.count;
    out.header.generation = raw.generation;
    return out;
}

} // namespace vexfs::daemon
