// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/static_table.h"

#include <QCryptographicHash>
#include <QFile>
#include <QtEndian>

#include <algorithm>
#include <bit>
#include <cmath>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr char kMagic[] = "VXTABLE1";
constexpr size_t kMagicBytes = 8;
constexpr quint32 kVersion = 1;
constexpr quint32 kBits = 4;
constexpr size_t kHashOffset = 32;
constexpr size_t kHashBytes = 32;
constexpr size_t kNameOffset = 64;
constexpr size_t kNameBytes = 64;
constexpr size_t kHeaderBytes = 128;
constexpr quint32 kDimensionMax = 4096;
constexpr quint32 kRowsMax = 4'000'000;
constexpr int kCodeMax = 7;
constexpr int kCodeBias = 8;

void appendU32(QByteArray &out, quint32 value)
{
    const quint32 little = qToLittleEndian(value);
    out.append(reinterpret_cast<const char *>(&little), sizeof little);
}

quint32 readU32(const char *at)
{
    return qFromLittleEndian<quint32>(at);
}

QByteArray sha256(QByteArrayView bytes)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(bytes);
    return hash.result();
}

// The scale with the least squared error among a few below the one that fits the largest element.
float bestScale(const float *row, size_t dimension)
{
    float largest = 0.0F;
    for (size_t j = 0; j < dimension; ++j)
        largest = std::max(largest, std::fabs(row[j]));
    float best = largest / kCodeMax;
    double bestError = -1.0;
    for (int candidate = 0; candidate < 8 && largest > 0.0F; ++candidate) {
        const float scale = largest / kCodeMax * (1.0F - 0.06F * static_cast<float>(candidate));
        double error = 0.0;
        for (size_t j = 0; j < dimension; ++j) {
            const float code = std::clamp(std::nearbyint(row[j] / scale), -7.0F, 7.0F);
            const double off = row[j] - code * scale;
            error += off * off;
        }
        if (bestError < 0.0 || error < bestError) {
            bestError = error;
            best = scale;
        }
    }
    return best;
}

void appendCodes(QByteArray &out, const float *row, size_t dimension, float scale)
{
    const auto code = [&](size_t j) {
        const float value = scale > 0.0F ? row[j] / scale : 0.0F;
        return static_cast<int>(std::clamp(std::nearbyint(value), -7.0F, 7.0F)) + kCodeBias;
    };
    for (size_t j = 0; j < dimension; j += 2)
        out.append(static_cast<char>(code(j) | (code(j + 1) << 4)));
}

} // namespace

QByteArray StaticTable::encode(const QByteArray &name, const std::vector<std::string> &words,
                               const Matrix &rows)
{
    QByteArray payload;
    for (const std::string &word : words) {
        payload.append(word.data(), static_cast<qsizetype>(word.size()));
        payload.append('\n');
    }
    const auto wordsBytes = static_cast<quint64>(payload.size());
    std::vector<float> scales(words.size());
    for (size_t i = 0; i < words.size(); ++i) {
        scales[i] = bestScale(rows.row(i), rows.columns);
        appendU32(payload, std::bit_cast<quint32>(scales[i]));
    }
    for (size_t i = 0; i < words.size(); ++i)
        appendCodes(payload, rows.row(i), rows.columns, scales[i]);

    QByteArray file(kMagic, kMagicBytes);
    appendU32(file, kVersion);
    appendU32(file, static_cast<quint32>(rows.columns));
    appendU32(file, static_cast<quint32>(words.size()));
    appendU32(file, kBits);
    appendU32(file, static_cast<quint32>(wordsBytes));
    appendU32(file, static_cast<quint32>(wordsBytes >> 32));
    file += sha256(payload);
    file += name.left(kNameBytes - 1).leftJustified(kNameBytes, '\0');
    return file + payload;
}

Result<StaticTable> StaticTable::load(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(Errc::NotFound, QStringLiteral("cannot open the embedding table %1: %2")
                                        .arg(path, file.errorString()));
    }
    Result<StaticTable> table = decode(file.readAll());
    if (!table) {
        return fail(table.error().code, QStringLiteral("embedding table %1: %2; install it again")
                                            .arg(path, table.error().what));
    }
    return table;
}

Result<StaticTable> StaticTable::decode(QByteArray bytes)
{
    StaticTable table;
    table.m_bytes = std::move(bytes);
    if (const Status parsed = table.parse(); !parsed)
        return tl::unexpected(parsed.error());
    return table;
}

Status StaticTable::parse()
{
    const char *data = m_bytes.constData();
    const auto size = static_cast<quint64>(m_bytes.size());
    if (size < kHeaderBytes || memcmp(data, kMagic, kMagicBytes) != 0)
        return fail(Errc::Corrupt, QStringLiteral("not an embedding table"));
    const quint32 dimension = readU32(data + 12);
    const quint32 rows = readU32(data + 16);
    const quint64 wordsBytes = qFromLittleEndian<quint64>(data + 24);
    if (readU32(data + 8) != kVersion || readU32(data + 20) != kBits)
        return fail(Errc::NotSupported, QStringLiteral("made by another version"));
    if (dimension == 0 || dimension % 2 != 0 || dimension > kDimensionMax || rows == 0
        || rows > kRowsMax || wordsBytes > size
        || size != kHeaderBytes + wordsBytes + quint64(rows) * (4 + dimension / 2))
        return fail(Errc::Corrupt, QStringLiteral("sizes do not fit"));
    const QByteArrayView payload(data + kHeaderBytes, m_bytes.size() - qsizetype(kHeaderBytes));
    const QByteArray hash = sha256(payload);
    if (memcmp(hash.constData(), data + kHashOffset, kHashBytes) != 0)
        return fail(Errc::Corrupt, QStringLiteral("checksum does not fit"));

    m_dimension = dimension;
    m_digest = hash.toHex().left(8);
    m_name = QByteArray(data + kNameOffset, kNameBytes);
    m_name.truncate(qstrnlen(m_name.constData(), kNameBytes));
    std::string_view words(data + kHeaderBytes, wordsBytes);
    for (size_t end = words.find('\n'); end != std::string_view::npos; end = words.find('\n')) {
        m_index.emplace(words.substr(0, end), static_cast<int>(m_words.size()));
        m_words.push_back(words.substr(0, end));
        words.remove_prefix(end + 1);
    }
    if (m_words.size() != rows || m_index.size() != rows || !words.empty())
        return fail(Errc::Corrupt, QStringLiteral("words do not fit"));
    const char *scales = data + kHeaderBytes + wordsBytes;
    m_codes = reinterpret_cast<const uint8_t *>(scales + quint64(rows) * 4);
    double lengths = 0.0;
    for (size_t i = 0; i < rows; ++i) {
        m_scales.push_back(std::bit_cast<float>(readU32(scales + i * 4)));
        if (!std::isfinite(m_scales.back()))
            return fail(Errc::Corrupt, QStringLiteral("a scale is not a number"));
        std::vector<float> row(m_dimension, 0.0F);
        addRow(i, 1.0F, row.data());
        double squares = 0.0;
        for (const float value : row)
            squares += double(value) * value;
        lengths += std::sqrt(squares);
    }
    m_meanLength = static_cast<float>(lengths / rows);
    return {};
}

int StaticTable::find(std::string_view stem) const
{
    const auto found = m_index.find(stem);
    return found == m_index.end() ? -1 : found->second;
}

void StaticTable::addRow(size_t row, float weight, float *sum) const
{
    const uint8_t *codes = m_codes + row * (m_dimension / 2);
    const float factor = weight * m_scales[row];
    for (size_t j = 0; j < m_dimension; j += 2) {
        const int both = codes[j / 2];
        sum[j] += factor * static_cast<float>((both & 15) - kCodeBias);
        sum[j + 1] += factor * static_cast<float>((both >> 4) - kCodeBias);
    }
}

} // namespace vexfs::daemon
