// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/vector_fork.h"

#include "kernel/include/uapi/vexfs/vector_fork.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr size_t kHeaderBytes = sizeof(vexfs_vector_header);
constexpr size_t kRecordBytes = sizeof(vexfs_vector_record);
constexpr size_t kRecordAlign = 16;
constexpr float kCodeMax = 127.0F;
static_assert(kHeaderBytes == 160 && kRecordBytes == 32);

struct Layout
{
    uint32_t dimension = 0;
    uint32_t element = 0;
    size_t recordBytes = 0;
};

size_t elementBytes(uint32_t element)
{
    if (element == VEXFS_VECTOR_F32)
        return 4;
    return element == VEXFS_VECTOR_F16 ? 2 : 1;
}

size_t recordBytesFor(uint32_t dimension, uint32_t element)
{
    const size_t bytes = kRecordBytes + dimension * elementBytes(element);
    return (bytes + kRecordAlign - 1) / kRecordAlign * kRecordAlign;
}

float halfToFloat(uint16_t half)
{
    const uint32_t sign = uint32_t(half & 0x8000U) << 16;
    const int exponent = (half >> 10) & 31;
    const uint32_t fraction = half & 1023U;
    if (exponent == 31)
        return std::bit_cast<float>(sign | 0x7f800000U | (fraction << 13));
    if (exponent == 0)
        return (sign != 0 ? -1.0F : 1.0F) * std::ldexp(static_cast<float>(fraction), -24);
    return std::bit_cast<float>(sign | (uint32_t(exponent + 112) << 23) | (fraction << 13));
}

Status checkFork(const VectorFork &fork)
{
    if (fork.model.isEmpty() || fork.model.size() >= qsizetype(VEXFS_VECTOR_MODEL_BYTES))
        return fail(Errc::InvalidArgs, QStringLiteral("model id is empty or too long"));
    if (fork.dimension == 0 || fork.dimension > VEXFS_VECTOR_DIMENSION_MAX)
        return fail(Errc::InvalidVector, QStringLiteral("dimension %1").arg(fork.dimension));
    for (const VectorRecord &record : fork.records) {
        if (record.vector.size() != fork.dimension)
            return fail(Errc::InvalidVector, QStringLiteral("a vector of another dimension"));
        if (record.beginBytes > record.endBytes || record.endBytes > fork.textBytes)
            return fail(Errc::InvalidArgs, QStringLiteral("a chunk outside of the text"));
        for (const float value : record.vector) {
            if (!std::isfinite(value))
                return fail(Errc::InvalidVector, QStringLiteral("a vector that is not finite"));
        }
    }
    return {};
}

void encodeRecord(const VectorRecord &in, char *out)
{
    float largest = 0.0F;
    for (const float value : in.vector)
        largest = std::max(largest, std::fabs(value));
    const float scale = largest > 0.0F ? largest / kCodeMax : 1.0F;
    vexfs_vector_record record{};
    record.begin_bytes = qToLittleEndian<quint64>(in.beginBytes);
    record.end_bytes = qToLittleEndian<quint64>(in.endBytes);
    record.scale = qToLittleEndian<quint32>(std::bit_cast<quint32>(scale));
    record.page = qToLittleEndian<quint32>(in.page);
    memcpy(out, &record, sizeof record);
    for (size_t j = 0; j < in.vector.size(); ++j) {
        const float code = std::clamp(std::nearbyint(in.vector[j] / scale), -kCodeMax, kCodeMax);
        out[kRecordBytes + j] = static_cast<char>(static_cast<int8_t>(code));
    }
}

float elementAt(const char *elements, uint32_t element, size_t j)
{
    if (element == VEXFS_VECTOR_F32)
        return std::bit_cast<float>(qFromLittleEndian<quint32>(elements + 4 * j));
    if (element == VEXFS_VECTOR_F16)
        return halfToFloat(qFromLittleEndian<quint16>(elements + 2 * j));
    return static_cast<float>(static_cast<int8_t>(elements[j]));
}

Status decodeRecord(const char *at, const Layout &layout, uint64_t textBytes, VectorRecord &out)
{
    vexfs_vector_record record{};
    memcpy(&record, at, sizeof record);
    out.beginBytes = qFromLittleEndian<quint64>(record.begin_bytes);
    out.endBytes = qFromLittleEndian<quint64>(record.end_bytes);
    out.page = qFromLittleEndian<quint32>(record.page);
    if (out.beginBytes > out.endBytes || out.endBytes > textBytes)
        return fail(Errc::Corrupt, QStringLiteral("vector fork: a chunk outside of the text"));
    const auto scale = std::bit_cast<float>(qFromLittleEndian<quint32>(record.scale));
    out.vector.resize(layout.dimension);
    for (size_t j = 0; j < layout.dimension; ++j) {
        out.vector[j] = scale * elementAt(at + kRecordBytes, layout.element, j);
        if (!std::isfinite(out.vector[j]))
            return fail(Errc::Corrupt, QStringLiteral("vector fork: an element is not finite"));
    }
    return {};
}

Result<Layout> checkHeader(const vexfs_vector_header &header, size_t sizeBytes)
{
    Layout layout;
    layout.dimension = qFromLittleEndian<quint32>(header.dimension);
    layout.element = header.element;
    layout.recordBytes = qFromLittleEndian<quint32>(header.record_bytes);
    if (qFromLittleEndian<quint32>(header.magic) != VEXFS_VECTOR_MAGIC)
        return fail(Errc::Corrupt, QStringLiteral("vector fork: no magic"));
    if (qFromLittleEndian<quint32>(header.header_bytes) != kHeaderBytes || header.flags != 0)
        return fail(Errc::NotSupported, QStringLiteral("vector fork: another version"));
    if (header.metric != VEXFS_METRIC_COSINE)
        return fail(Errc::NotSupported, QStringLiteral("vector fork: another metric"));
    if (layout.element < VEXFS_VECTOR_F32 || layout.element > VEXFS_VECTOR_I8
        || layout.dimension == 0 || layout.dimension > VEXFS_VECTOR_DIMENSION_MAX
        || layout.recordBytes != recordBytesFor(layout.dimension, layout.element))
        return fail(Errc::Corrupt, QStringLiteral("vector fork: impossible header"));
    const quint64 count = qFromLittleEndian<quint32>(header.record_count);
    if (sizeBytes != kHeaderBytes + count * layout.recordBytes)
        return fail(Errc::Corrupt, QStringLiteral("vector fork: size does not fit"));
    return layout;
}

} // namespace

QByteArray textHash(QByteArrayView text)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(text);
    return hash.result().left(16);
}

Result<QByteArray> encodeVectorFork(const VectorFork &fork)
{
    if (const Status checked = checkFork(fork); !checked)
        return tl::unexpected(checked.error());
    const size_t recordBytes = recordBytesFor(fork.dimension, VEXFS_VECTOR_I8);
    vexfs_vector_header header{};
    header.magic = qToLittleEndian<quint32>(VEXFS_VECTOR_MAGIC);
    header.header_bytes = qToLittleEndian<quint32>(kHeaderBytes);
    header.dimension = qToLittleEndian<quint32>(fork.dimension);
    header.element = VEXFS_VECTOR_I8;
    header.metric = VEXFS_METRIC_COSINE;
    header.record_count = qToLittleEndian<quint32>(fork.records.size());
    header.record_bytes = qToLittleEndian<quint32>(recordBytes);
    header.data_generation = qToLittleEndian<quint64>(fork.dataGeneration);
    header.text_bytes = qToLittleEndian<quint64>(fork.textBytes);
    memcpy(header.content_hash, fork.contentHash.constData(),
           std::min<size_t>(sizeof header.content_hash, size_t(fork.contentHash.size())));
    memcpy(header.model, fork.model.constData(), size_t(fork.model.size()));
    QByteArray bytes(qsizetype(kHeaderBytes + fork.records.size() * recordBytes), '\0');
    memcpy(bytes.data(), &header, sizeof header);
    for (size_t i = 0; i < fork.records.size(); ++i)
        encodeRecord(fork.records[i], bytes.data() + kHeaderBytes + i * recordBytes);
    return bytes;
}

Result<VectorFork> decodeVectorFork(QByteArrayView bytes)
{
    if (bytes.isEmpty())
        return fail(Errc::NotFound, QStringLiteral("no vector fork"));
    if (size_t(bytes.size()) < kHeaderBytes)
        return fail(Errc::Corrupt, QStringLiteral("vector fork: shorter than its header"));
    vexfs_vector_header header{};
    memcpy(&header, bytes.data(), sizeof header);
    const Result<Layout> layout = checkHeader(header, size_t(bytes.size()));
    if (!layout)
        return tl::unexpected(layout.error());
    const char *model = reinterpret_cast<const char *>(header.model);
    const size_t modelBytes = qstrnlen(model, VEXFS_VECTOR_MODEL_BYTES);
    if (modelBytes == 0 || modelBytes == VEXFS_VECTOR_MODEL_BYTES)
        return fail(Errc::Corrupt, QStringLiteral("vector fork: no model id"));
    VectorFork fork;
    fork.model = QByteArray(model, qsizetype(modelBytes));
    fork.dimension = layout->dimension;
    fork.dataGeneration = qFromLittleEndian<quint64>(header.data_generation);
    fork.textBytes = qFromLittleEndian<quint64>(header.text_bytes);
    fork.contentHash = QByteArray(reinterpret_cast<const char *>(header.content_hash),
                                  sizeof header.content_hash);
    fork.records.resize(qFromLittleEndian<quint32>(header.record_count));
    for (size_t i = 0; i < fork.records.size(); ++i) {
        const char *at = bytes.data() + kHeaderBytes + i * layout->recordBytes;
        if (const Status ok = decodeRecord(at, *layout, fork.textBytes, fork.records[i]); !ok)
            return tl::unexpected(ok.error());
    }
    return fork;
}

} // namespace vexfs::daemon
