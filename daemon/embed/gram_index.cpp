// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/gram_index.h"

#include "daemon/embed/static_table.h"

#include <algorithm>
#include <string>

namespace vexfs::daemon {

namespace {

// Runs are kept by hash: a rare collision costs a little similarity, never a wrong answer.
constexpr uint32_t kBuckets = 1U << 16;
constexpr size_t kWordBytesMax = 64;

std::vector<uint32_t> gramBuckets(std::string_view word)
{
    const std::string marked = '^' + std::string(word.substr(0, kWordBytesMax)) + '$';
    std::vector<uint32_t> buckets;
    for (size_t length = 3; length <= 4; ++length) {
        for (size_t i = 0; i + length <= marked.size(); ++i) {
            uint32_t hash = 2166136261U;
            for (size_t j = 0; j < length; ++j)
                hash = (hash ^ static_cast<unsigned char>(marked[i + j])) * 16777619U;
            buckets.push_back((hash ^ (hash >> 16)) % kBuckets);
        }
    }
    std::sort(buckets.begin(), buckets.end());
    buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
    return buckets;
}

} // namespace

GramIndex::GramIndex(const StaticTable &table) : m_starts(kBuckets + 1, 0)
{
    std::vector<std::vector<uint32_t>> grams(table.rows());
    for (size_t row = 0; row < table.rows(); ++row) {
        grams[row] = gramBuckets(table.word(row));
        m_gramCounts.push_back(static_cast<uint16_t>(grams[row].size()));
        for (const uint32_t bucket : grams[row])
            ++m_starts[bucket + 1];
    }
    for (size_t i = 1; i < m_starts.size(); ++i)
        m_starts[i] += m_starts[i - 1];
    m_postings.resize(m_starts.back());
    std::vector<uint32_t> next(m_starts.begin(), m_starts.end() - 1);
    for (size_t row = 0; row < table.rows(); ++row) {
        for (const uint32_t bucket : grams[row])
            m_postings[next[bucket]++] = static_cast<uint32_t>(row);
    }
}

std::vector<GramIndex::Near> GramIndex::nearest(std::string_view word, size_t count,
                                                float minSimilarity) const
{
    const std::vector<uint32_t> grams = gramBuckets(word);
    std::vector<uint32_t> touched;
    for (const uint32_t bucket : grams) {
        touched.insert(touched.end(), m_postings.begin() + m_starts[bucket],
                       m_postings.begin() + m_starts[bucket + 1]);
    }
    std::sort(touched.begin(), touched.end());
    std::vector<Near> all;
    for (size_t i = 0; i < touched.size();) {
        size_t end = i;
        while (end < touched.size() && touched[end] == touched[i])
            ++end;
        const auto shared = static_cast<float>(end - i);
        const float both = static_cast<float>(grams.size() + m_gramCounts[touched[i]]);
        const float similarity = 2.0F * shared / both;
        if (similarity >= minSimilarity)
            all.push_back({touched[i], similarity});
        i = end;
    }
    std::sort(all.begin(), all.end(), [](const Near &a, const Near &b) {
        return a.similarity != b.similarity ? a.similarity > b.similarity : a.row < b.row;
    });
    if (all.size() > count)
        all.resize(count);
    return all;
}

} // namespace vexfs::daemon
