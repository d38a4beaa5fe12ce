// SPDX-License-Identifier: Apache-2.0
#include "tests/support/vector/vector_files.h"

#include "kernel/include/uapi/vexfs/vector_fork.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace vexfs::test {

std::string vectorFork(const std::string &model, const std::vector<TestVector> &vectors,
                       uint64_t dataGeneration)
{
    vexfs_vector_header header{};
    const size_t dimension = vectors.empty() ? 1 : vectors[0].codes.size();
    header.magic = VEXFS_VECTOR_MAGIC;
    header.header_bytes = sizeof(header);
    header.dimension = static_cast<uint32_t>(dimension);
    header.element = VEXFS_VECTOR_I8;
    header.metric = VEXFS_METRIC_COSINE;
    header.record_count = static_cast<uint32_t>(vectors.size());
    header.record_bytes =
        static_cast<uint32_t>((sizeof(vexfs_vector_record) + dimension + 15) / 16 * 16);
    header.data_generation = dataGeneration;
    header.text_bytes = 1 << 20;
    memcpy(header.model, model.data(), model.size());
    std::string out(sizeof(header) + vectors.size() * header.record_bytes, '\0');
    memcpy(out.data(), &header, sizeof(header));
    for (size_t i = 0; i < vectors.size(); i++) {
        vexfs_vector_record record{};
        record.begin_bytes = vectors[i].beginBytes;
        record.end_bytes = vectors[i].endBytes;
        record.scale = std::bit_cast<uint32_t>(vectors[i].scale);
        record.page = vectors[i].page;
        char *at = out.data() + sizeof(header) + i * header.record_bytes;
        memcpy(at, &record, sizeof(record));
        memcpy(at + sizeof(record), vectors[i].codes.data(), dimension);
    }
    return out;
}

// ---- a source of vectors; nothing of the standard library that differs between machines

uint64_t VectorSource::random()
{
    m_state += 0x9e3779b97f4a7c15ULL;
    uint64_t x = m_state;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

/// Near enough to a normal distribution: the sum of eight even ones.
float VectorSource::normal()
{
    const uint64_t bits = random();
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum += static_cast<int>(bits >> (8 * i) & 255);
    return (static_cast<float>(sum) - 1020.0F) / 209.0F;
}

VectorSource::VectorSource(uint64_t seed, uint32_t dimension, uint32_t clusters)
    : m_dimension(dimension), m_state(seed), m_centres(clusters)
{
    for (auto &centre : m_centres) {
        centre.resize(dimension);
        for (float &value : centre)
            value = normal();
    }
}

TestVector VectorSource::next()
{
    const auto &centre = m_centres[random() % m_centres.size()];
    std::vector<float> values(m_dimension);
    float square = 0;
    float largest = 0;
    for (uint32_t i = 0; i < m_dimension; i++) {
        values[i] = centre[i] + 0.7F * normal();
        square += values[i] * values[i];
        largest = std::max(largest, std::fabs(values[i]));
    }
    TestVector out;
    out.scale = largest / std::sqrt(square) / 127.0F;
    out.codes.resize(m_dimension);
    for (uint32_t i = 0; i < m_dimension; i++)
        out.codes[i] = static_cast<int8_t>(std::lrint(values[i] / largest * 127.0F));
    return out;
}

// ---- the oracle

std::vector<OracleHit> oracleSearch(const std::vector<OracleRow> &rows, const TestVector &query,
                                    vexfs_metric metric, size_t count)
{
    std::vector<OracleHit> hits;
    hits.reserve(rows.size());
    for (const OracleRow &row : rows) {
        long double dot = 0;
        long double own = 0;
        long double asked = 0;
        for (size_t i = 0; i < query.codes.size(); i++) {
            const long double a = static_cast<long double>(query.codes[i]) * query.scale;
            const long double b = static_cast<long double>(row.vector.codes[i]) * row.vector.scale;
            dot += a * b;
            own += b * b;
            asked += a * a;
        }
        long double score = dot;
        if (metric == VEXFS_NEAR_COSINE)
            score = own > 0 && asked > 0 ? dot / std::sqrt(own) / std::sqrt(asked) : 0;
        else if (metric == VEXFS_NEAR_L2)
            score = 2 * dot - own - asked;
        hits.push_back({row.ino, row.record, static_cast<double>(score)});
    }
    const auto before = [](const OracleHit &a, const OracleHit &b) {
        if (a.score != b.score)
            return a.score > b.score;
        return a.ino != b.ino ? a.ino < b.ino : a.record < b.record;
    };
    count = std::min(count, hits.size());
    std::partial_sort(hits.begin(), hits.begin() + static_cast<ptrdiff_t>(count), hits.end(),
                      before);
    hits.resize(count);
    return hits;
}

} // namespace vexfs::test
