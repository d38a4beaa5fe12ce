// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/static_table.h - vectors of word stems in a file: four bits an element and a scale
// for each row.
//
// The file (.vxt), little-endian: magic "VXTABLE1", u32 version, u32 dimension, u32 rows, u32 bits
// (4), u64 bytes of words, SHA-256 of all that follows the header, name (64 bytes, NUL-padded).
// Then the words, '\n' after each, in byte order; f32 scales; codes, two to a byte, low half first,
// each 8 more than its value (-7..7).
#pragma once

#include "common/base/error.h"
#include "daemon/embed/matrix.h"

#include <QByteArray>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vexfs::daemon {

/// A loaded table. Immutable, so any thread may read it.
class StaticTable
{
public:
    /// Fails with NotFound, or Corrupt where the file is not exactly what was written.
    static base::Result<StaticTable> load(const QString &path);
    static base::Result<StaticTable> decode(QByteArray bytes);

    /// The file for rows of a matrix; words must be sorted and distinct, without '\n'.
    static QByteArray encode(const QByteArray &name, const std::vector<std::string> &words,
                             const Matrix &rows);

    QByteArray name() const { return m_name; }
    /// Of the content: first 8 hex digits of its SHA-256.
    QByteArray digest() const { return m_digest; }
    size_t dimension() const { return m_dimension; }
    size_t rows() const { return m_words.size(); }
    std::string_view word(size_t row) const { return m_words[row]; }
    /// Row of a stem, or -1.
    int find(std::string_view stem) const;
    /// sum += weight * row.
    void addRow(size_t row, float weight, float *sum) const;
    /// Length of an average row.
    float meanLength() const { return m_meanLength; }

private:
    base::Status parse();

    QByteArray m_bytes;
    QByteArray m_name;
    QByteArray m_digest;
    size_t m_dimension = 0;
    float m_meanLength = 0.0F;
    std::vector<std::string_view> m_words;
    std::vector<float> m_scales;
    const uint8_t *m_codes = nullptr;
    std::unordered_map<std::string_view, int> m_index;
};

} // namespace vexfs::daemon
