// SPDX-License-Identifier: Apache-2.0
//
// The walk by AVX2.
#include "daemon/index/segment/graph_walk_loop.h"
#include "daemon/index/segment/half.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace vexfs::daemon {

namespace {

inline __m256i load(const void *at)
{
    return _mm256_loadu_si256(static_cast<const __m256i *>(at));
}

/// The four sums of four registers.
inline __m128i sums(__m256i a, __m256i b, __m256i c, __m256i d)
{
    const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

/// The instruction multiplies unsigned by signed and adds pairs in 16 bits, where 2 * 128 * 127
/// still fits: so the node's codes lose their sign and the query's take it.
class Compare
{
public:
    using Codes = FineCodes;

    Compare(const WalkGraph &graph, const WalkQuery &query)
        : m_codes(query.codes), m_bytes(graph.codeBytes), m_scale(query.scale),
          m_offset(query.offset)
    {
    }

    void four(const uint8_t *const nodes[4], const NodeTerm *const terms[4], float out[4]) const
    {
        __m256i sum[4] = {};
        for (uint32_t i = 0; i < m_bytes; i += 32) {
            const __m256i query = load(m_codes + i);
            for (int j = 0; j < 4; j++)
                sum[j] = _mm256_add_epi32(sum[j], products(query, load(nodes[j] + i)));
        }
        alignas(16) float dots[4];
        _mm_store_ps(dots, _mm_cvtepi32_ps(sums(sum[0], sum[1], sum[2], sum[3])));
        for (int j = 0; j < 4; j++)
            out[j] = m_offset + terms[j]->add + terms[j]->factor * (m_scale * dots[j]);
    }

private:
    static __m256i products(__m256i query, __m256i codes)
    {
        const __m256i pairs =
            _mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8(query, codes));
        return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    }

    const int8_t *m_codes;
    uint32_t m_bytes;
    float m_scale;
    float m_offset;
};

/// Coarse codes are unsigned; what was added to them is taken away at the end.
class CompareCoarse
{
public:
    using Codes = CoarseCodes;

    CompareCoarse(const WalkGraph &graph, const WalkQuery &query)
        : m_codes(query.codes), m_bytes(graph.coarseBytes), m_scale(query.scale),
          m_offset(query.offset)
    {
        for (uint32_t i = 0; i < graph.codeBytes; i++)
            m_excess += 8 * m_codes[i];
    }

    void four(const uint8_t *const nodes[4], const NodeTerm *const terms[4], float out[4]) const
    {
        const __m256i low = _mm256_set1_epi8(15);
        const __m256i one = _mm256_set1_epi16(1);
        __m256i sum[4] = {};
        for (uint32_t i = 0; i < m_bytes; i += 32) {
            const int8_t *at = m_codes + (i & ~63U) * 2 + (i & 63U);
            const __m256i first = load(at);
            const __m256i second = load(at + 64);
            for (int j = 0; j < 4; j++) {
                const __m256i both = load(nodes[j] + i);
                const __m256i pairs = _mm256_add_epi16(
                    _mm256_maddubs_epi16(_mm256_and_si256(both, low), first),
                    _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(both, 4), low),
                                         second));
                sum[j] = _mm256_add_epi32(sum[j], _mm256_madd_epi16(pairs, one));
            }
        }
        alignas(16) int32_t dots[4];
        _mm_store_si128(reinterpret_cast<__m128i *>(dots), sums(sum[0], sum[1], sum[2], sum[3]));
        for (int j = 0; j < 4; j++)
            out[j] = m_offset + terms[j]->add +
                     terms[j]->factor * (m_scale * static_cast<float>(dots[j] - m_excess));
    }

private:
    const int8_t *m_codes;
    uint32_t m_bytes;
    float m_scale;
    float m_offset;
    int32_t m_excess = 0;
};

uint32_t walk(const WalkGraph &graph, const WalkQuery &query, const WalkRequest &request,
              WalkScratch &scratch)
{
    const Compare compare(graph, query);
    return Walk<Compare, PlainBeam>(graph, compare, request, scratch).run(scratch.counters);
}

uint32_t walkCoarse(const WalkGraph &graph, const WalkQuery &query, const WalkRequest &request,
                    WalkScratch &scratch)
{
    const CompareCoarse compare(graph, query);
    return Walk<CompareCoarse, PlainBeam>(graph, compare, request, scratch).run(scratch.counters);
}

void distances(const WalkGraph &graph, const WalkQuery &query, const uint32_t *numbers,
               uint32_t count, float *out)
{
    distancesOf(graph, Compare(graph, query), numbers, count, out);
}

inline float total(__m256 v)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_shuffle_ps(half, half, 1)));
}

/// Wide brings eight elements of the row, one a single one.
template <bool IsSquare, class Wide, class One>
float sumOver(const float *query, uint32_t dimension, Wide wide, One one)
{
    __m256 sum = _mm256_setzero_ps();
    uint32_t i = 0;
    for (; i + 8 <= dimension; i += 8) {
        const __m256 q = _mm256_loadu_ps(query + i);
        const __m256 row = wide(i);
        const __m256 step = _mm256_sub_ps(q, row);
        sum = IsSquare ? _mm256_fmadd_ps(step, step, sum) : _mm256_fmadd_ps(q, row, sum);
    }
    float rest = 0.0F;
    for (; i < dimension; i++) {
        const float row = one(i);
        rest += IsSquare ? (query[i] - row) * (query[i] - row) : query[i] * row;
    }
    return total(sum) + rest;
}

template <bool IsSquare> float halves(const float *query, const uint16_t *row, uint32_t dimension)
{
    return sumOver<IsSquare>(
        query, dimension,
        [row](uint32_t i) {
            return _mm256_cvtph_ps(
                _mm_loadu_si128(reinterpret_cast<const __m128i *>(row + i)));
        },
        [row](uint32_t i) { return floatOfHalf(row[i]); });
}

template <bool IsSquare> float floats(const float *query, const float *row, uint32_t dimension)
{
    return sumOver<IsSquare>(
        query, dimension, [row](uint32_t i) { return _mm256_loadu_ps(row + i); },
        [row](uint32_t i) { return row[i]; });
}

float codeDot(const float *query, const int8_t *row, uint32_t dimension)
{
    return sumOver<false>(
        query, dimension,
        [row](uint32_t i) {
            return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(
                _mm_loadl_epi64(reinterpret_cast<const __m128i *>(row + i))));
        },
        [row](uint32_t i) { return static_cast<float>(row[i]); });
}

} // namespace

const WalkKernels kAvx2Walk = {"avx2",       walk,    walkCoarse,    distances,   halves<false>,
                               halves<true>, codeDot, floats<false>, floats<true>};

} // namespace vexfs::daemon
#endif
