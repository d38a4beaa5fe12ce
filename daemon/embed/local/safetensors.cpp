// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/safetensors.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>
#include <QtEndian>

#include <bit>
#include <cmath>
#include <cstring>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::failErrno;
using base::Result;
using base::Status;

namespace {

constexpr qint64 kLengthBytes = 8;
constexpr qint64 kHeaderBytesMax = 16 << 20;
constexpr int64_t kElementsMax = int64_t(1) << 31;

// IEEE 754 binary16, which no processor here is sure to convert by itself.
float fromHalf(uint16_t half)
{
    const uint32_t sign = uint32_t(half & 0x8000U) << 16;
    const uint32_t exponent = (half >> 10) & 0x1fU;
    const uint32_t fraction = half & 0x3ffU;
    if (exponent == 0x1f)
        return std::bit_cast<float>(sign | 0x7f800000U | fraction << 13);
    if (exponent == 0) {
        const float value = std::ldexp(float(fraction), -24);
        return sign ? -value : value;
    }
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

} // namespace

Result<std::unique_ptr<SafeTensors>> SafeTensors::open(const QString &path)
{
    auto tensors = std::make_unique<SafeTensors>();
    tensors->m_file.setFileName(path);
    if (!tensors->m_file.open(QIODevice::ReadOnly)) {
        return fail(Errc::NotFound,
                    QStringLiteral("cannot open %1: %2").arg(path, tensors->m_file.errorString()));
    }
    tensors->m_map = tensors->m_file.map(0, tensors->m_file.size());
    if (tensors->m_map == nullptr)
        return fail(Errc::Corrupt, QStringLiteral("%1 cannot be mapped (is it empty?)").arg(path));
    if (const Status read = tensors->readHeader(); !read)
        return tl::unexpected(read.error());
    return tensors;
}

Status SafeTensors::readHeader()
{
    const auto damaged = [this](const QString &why) {
        return fail(Errc::Corrupt, QStringLiteral("%1: %2").arg(m_file.fileName(), why));
    };
    if (m_file.size() < kLengthBytes)
        return damaged(QStringLiteral("too short for a safetensors file"));
    const quint64 length = qFromLittleEndian<quint64>(m_map);
    if (length > quint64(kHeaderBytesMax) || qint64(length) > m_file.size() - kLengthBytes)
        return damaged(QStringLiteral("its header is longer than the file"));
    QJsonParseError problem;
    const auto header = QJsonDocument::fromJson(
        QByteArray::fromRawData(reinterpret_cast<const char *>(m_map) + kLengthBytes,
                                qsizetype(length)),
        &problem);
    if (!header.isObject())
        return damaged(QStringLiteral("its header is no JSON object: ") + problem.errorString());
    const QJsonObject all = header.object();
    for (auto at = all.begin(); at != all.end(); ++at) {
        if (at.key() == QLatin1String("__metadata__"))
            continue;
        const Status added =
            addTensor(at.key(), at.value().toObject(), kLengthBytes + qint64(length));
        if (!added)
            return added;
    }
    return {};
}

Status SafeTensors::addTensor(const QString &name, const QJsonObject &described, qint64 dataBegin)
{
    const auto damaged = [&](const char *why) {
        return fail(Errc::Corrupt, QStringLiteral("%1: tensor \"%2\" %3")
                                       .arg(m_file.fileName(), name, QLatin1String(why)));
    };
    Tensor tensor;
    const QString type = described[QLatin1String("dtype")].toString();
    qint64 elementBytes = 0;
    if (type == QLatin1String("F32")) {
        tensor.kind = Kind::Float32;
        elementBytes = 4;
    } else if (type == QLatin1String("F16") || type == QLatin1String("BF16")) {
        tensor.kind = type == QLatin1String("F16") ? Kind::Float16 : Kind::BFloat16;
        elementBytes = 2;
    }
    int64_t elements = 1;
    for (const QJsonValue &size : described[QLatin1String("shape")].toArray()) {
        const double number = size.toDouble(-1);
        if (number < 0 || number > double(kElementsMax) || number != std::floor(number))
            return damaged("has a size that cannot be");
        tensor.shape.push_back(int64_t(number));
        if (number > 0 && elements > kElementsMax / int64_t(number))
            return damaged("has more elements than can be");
        elements *= int64_t(number);
    }
    const QJsonArray place = described[QLatin1String("data_offsets")].toArray();
    const double begin = place.size() == 2 ? place[0].toDouble(-1) : -1;
    const double end = place.size() == 2 ? place[1].toDouble(-1) : -1;
    const double room = double(m_file.size() - dataBegin);
    if (!(begin >= 0 && begin <= end && end <= room))
        return damaged("lies outside of the file");
    tensor.begin = dataBegin + qint64(begin);
    tensor.bytes = qint64(end) - qint64(begin);
    if (tensor.kind != Kind::Other && tensor.bytes != elements * elementBytes)
        return damaged("has another length than its shape says");
    m_tensors.insert(name, tensor);
    return {};
}

std::vector<int64_t> SafeTensors::shape(const QString &name) const
{
    const auto found = m_tensors.constFind(name);
    return found == m_tensors.constEnd() ? std::vector<int64_t>{} : found->shape;
}

Result<std::vector<float>> SafeTensors::read(const QString &name,
                                             const std::vector<int64_t> &shape) const
{
    const auto found = m_tensors.constFind(name);
    if (found == m_tensors.constEnd()) {
        return fail(Errc::NoModel, QStringLiteral("%1 has no tensor \"%2\"; is it a BERT encoder?")
                                       .arg(m_file.fileName(), name));
    }
    if (found->shape != shape || found->kind == Kind::Other) {
        return fail(Errc::NoModel,
                    QStringLiteral("%1: tensor \"%2\" has other dimensions, or another type of "
                                   "element, than config.json leads to expect")
                        .arg(m_file.fileName(), name));
    }
    const uchar *bytes = m_map + found->begin;
    const bool isWide = found->kind == Kind::Float32;
    std::vector<float> out(size_t(found->bytes) / (isWide ? 4 : 2));
    for (size_t i = 0; i < out.size(); ++i) {
        if (isWide)
            out[i] = std::bit_cast<float>(qFromLittleEndian<quint32>(bytes + 4 * i));
        else if (found->kind == Kind::Float16)
            out[i] = fromHalf(qFromLittleEndian<quint16>(bytes + 2 * i));
        else
            out[i] = std::bit_cast<float>(quint32(qFromLittleEndian<quint16>(bytes + 2 * i)) << 16);
        if (!std::isfinite(out[i])) {
            return fail(Errc::NoModel, QStringLiteral("%1: tensor \"%2\" has an element that is no "
                                                      "number")
                                           .arg(m_file.fileName(), name));
        }
    }
    return out;
}

} // namespace vexfs::daemon
