// SPDX-License-Identifier: Apache-2.0
//
// The walk by AVX-512 with VNNI.
#include "daemon/index/segment/graph_walk_loop.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace vexfs::daemon {

namespace {

/// As PlainBeam; the place of a key is found and made by comparing eight at a time. All keys are
/// moved by one from the end on until one is met that is smaller than the new one:
/// new[i] = min(old[i], max(old[i - 1], key)).
class WideBeam
{
public:
    WideBeam(uint64_t *keys, uint32_t width)
        : m_keys(keys), m_width(width), m_chunks((width + 7) / 8)
    {
        const __m512i none = _mm512_set1_epi64(-1);
        m_keys[-1] = 0;
        for (uint32_t i = 0; i <= m_chunks; i++)
            _mm512_store_si512(m_keys + 8 * i, none);
    }

    float worst() const { return m_worst; }

    uint32_t size() const
    {
        uint32_t size = m_width;
        while (size > 0 && m_keys[size - 1] == kNoKey)
            size--;
        return size;
    }

    void insert(uint64_t key)
    {
        const __m512i wide = _mm512_set1_epi64(static_cast<int64_t>(key));
        uint32_t chunk = m_chunks - 1;
        for (;; chunk--) {
            uint64_t *at = m_keys + 8 * chunk;
            const __m512i old = _mm512_load_si512(at);
            const __m512i before = _mm512_loadu_si512(at - 1);
            const uint64_t lowest = at[-1];
            _mm512_store_si512(at, _mm512_min_epu64(old, _mm512_max_epu64(before, wide)));
            if (lowest < key)
                break;
        }
        m_keys[m_width] = kNoKey;
        if (chunk < m_first)
            m_first = chunk;
        if (m_keys[m_width - 1] != kNoKey)
            m_worst = distanceOf(m_keys[m_width - 1]);
    }

    uint64_t next()
    {
        const __m512i one = _mm512_set1_epi64(1);
        for (; m_first < m_chunks; m_first++) {
            const __mmask8 closed =
                _mm512_testn_epi64_mask(_mm512_load_si512(m_keys + 8 * m_first), one);
            if (closed != 0) {
                m_next = 8 * m_first + static_cast<uint32_t>(__builtin_ctz(closed));
                return m_keys[m_next];
            }
        }
        return kNoKey;
    }
    void open() { m_keys[m_next] |= 1; }

private:
    uint64_t *m_keys;
    uint32_t m_width;
    uint32_t m_chunks;
    uint32_t m_first = 0;
    uint32_t m_next = 0;
    float m_worst = kFarthest;
};

inline __m512i unsignedCodes(const uint8_t *at)
{
    return _mm512_xor_si512(_mm512_load_si512(at), _mm512_set1_epi8(static_cast<char>(0x80)));
}

/// The four sums of four registers.
inline __m128i sums(__m512i a, __m512i b, __m512i c, __m512i d)
{
    const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    const __m512i all =
        _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    const __m256i half =
        _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

inline __m128 pair(const NodeTerm *a, const NodeTerm *b)
{
    const __m128 low = _mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(a)));
    return _mm_loadh_pi(low, reinterpret_cast<const __m64 *>(b));
}

/// Distances of four inner products.
inline void finish(__m128i dots, __m128 scale, __m128 offset, const NodeTerm *const terms[4],
                   float out[4])
{
    const __m128 scaled = _mm_mul_ps(_mm_cvtepi32_ps(dots), scale);
    const __m128 first = pair(terms[0], terms[1]);
    const __m128 second = pair(terms[2], terms[3]);
    const __m128 add = _mm_shuffle_ps(first, second, 0x88);
    const __m128 factor = _mm_shuffle_ps(first, second, 0xdd);
    _mm_storeu_ps(out, _mm_fmadd_ps(factor, scaled, _mm_add_ps(offset, add)));
}

/// The instruction multiplies unsigned by signed: 128 is added to the node's codes, and 128 times
/// the sum of the query's, which is the same for all, is taken away. Lines: of 64 codes, known to
/// the compiler so that the query stays in registers; 0 for any number.
template <int Lines> class Compare
{
public:
    using Codes = FineCodes;

    Compare(const WalkGraph &graph, const WalkQuery &query)
        : m_codes(query.codes), m_lines(graph.codeBytes / 64), m_scale(_mm_set1_ps(query.scale)),
          m_offset(_mm_set1_ps(query.offset))
    {
        const __m512i flip = _mm512_set1_epi8(static_cast<char>(0x80));
        __m512i excess = _mm512_setzero_si512();
        for (uint32_t i = 0; i < m_lines; i++)
            excess = _mm512_dpbusd_epi32(excess, flip, _mm512_load_si512(m_codes + 64 * i));
        m_excess = _mm_set1_epi32(_mm512_reduce_add_epi32(excess));
        for (int i = 0; i < Lines; i++)
            m_query[i] = _mm512_load_si512(m_codes + 64 * i);
    }

    void four(const uint8_t *const nodes[4], const NodeTerm *const terms[4], float out[4]) const
    {
        __m512i a = _mm512_setzero_si512();
        __m512i b = a;
        __m512i c = a;
        __m512i d = a;
        const uint32_t lines = Lines > 0 ? Lines : m_lines;
        for (uint32_t i = 0; i < lines; i++) {
            const __m512i query =
                Lines > 0 ? m_query[i] : _mm512_load_si512(m_codes + 64 * i);
            a = _mm512_dpbusd_epi32(a, unsignedCodes(nodes[0] + 64 * i), query);
            b = _mm512_dpbusd_epi32(b, unsignedCodes(nodes[1] + 64 * i), query);
            c = _mm512_dpbusd_epi32(c, unsignedCodes(nodes[2] + 64 * i), query);
            d = _mm512_dpbusd_epi32(d, unsignedCodes(nodes[3] + 64 * i), query);
        }
        finish(_mm_sub_epi32(sums(a, b, c, d), m_excess), m_scale, m_offset, terms, out);
    }

private:
    const int8_t *m_codes;
    uint32_t m_lines;
    __m128 m_scale;
    __m128 m_offset;
    __m128i m_excess;
    __m512i m_query[Lines > 0 ? Lines : 1];
};

/// Coarse codes are unsigned; what was added to them is taken away at the end. Lines: of 128 codes.
template <int Lines> class CompareCoarse
{
public:
    using Codes = CoarseCodes;

    CompareCoarse(const WalkGraph &graph, const WalkQuery &query)
        : m_codes(query.codes), m_lines(graph.coarseBytes / 64), m_scale(_mm_set1_ps(query.scale)),
          m_offset(_mm_set1_ps(query.offset))
    {
        const __m512i eights = _mm512_set1_epi8(8);
        __m512i excess = _mm512_setzero_si512();
        for (uint32_t i = 0; i < 2 * m_lines; i++)
            excess = _mm512_dpbusd_epi32(excess, eights, _mm512_load_si512(m_codes + 64 * i));
        m_excess = _mm_set1_epi32(_mm512_reduce_add_epi32(excess));
        for (int i = 0; i < 2 * Lines; i++)
            m_query[i] = _mm512_load_si512(m_codes + 64 * i);
    }

    void four(const uint8_t *const nodes[4], const NodeTerm *const terms[4], float out[4]) const
    {
        __m512i sum[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(),
                          _mm512_setzero_si512(), _mm512_setzero_si512()};
        const uint32_t lines = Lines > 0 ? Lines : m_lines;
        for (uint32_t i = 0; i < lines; i++) {
            const __m512i first =
                Lines > 0 ? m_query[2 * i] : _mm512_load_si512(m_codes + 128 * i);
            const __m512i second =
                Lines > 0 ? m_query[2 * i + 1] : _mm512_load_si512(m_codes + 128 * i + 64);
            for (int j = 0; j < 4; j++)
                sum[j] = add(sum[j], _mm512_load_si512(nodes[j] + 64 * i), first, second);
        }
        finish(_mm_sub_epi32(sums(sum[0], sum[1], sum[2], sum[3]), m_excess), m_scale, m_offset,
               terms, out);
    }

private:
    static __m512i add(__m512i sum, __m512i both, __m512i first, __m512i second)
    {
        const __m512i low = _mm512_set1_epi8(15);
        sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(both, low), first);
        return _mm512_dpbusd_epi32(
            sum, _mm512_and_si512(_mm512_srli_epi16(both, 4), low), second);
    }

    const int8_t *m_codes;
    uint32_t m_lines;
    __m128 m_scale;
    __m128 m_offset;
    __m128i m_excess;
    __m512i m_query[Lines > 0 ? 2 * Lines : 1];
};

template <int Lines>
uint32_t walkCoarseLines(const WalkGraph &graph, const WalkQuery &query,
                         const WalkRequest &request, WalkScratch &scratch)
{
    const CompareCoarse<Lines> compare(graph, query);
    return Walk<CompareCoarse<Lines>, WideBeam>(graph, compare, request, scratch)
        .run(scratch.counters);
}

uint32_t walkCoarse(const WalkGraph &graph, const WalkQuery &query, const WalkRequest &request,
                    WalkScratch &scratch)
{
    switch (graph.coarseBytes / 64) {
    case 1:
        return walkCoarseLines<1>(graph, query, request, scratch);
    case 2:
        return walkCoarseLines<2>(graph, query, request, scratch);
    case 3:
        return walkCoarseLines<3>(graph, query, request, scratch);
    case 6:
        return walkCoarseLines<6>(graph, query, request, scratch);
    default:
        return walkCoarseLines<0>(graph, query, request, scratch);
    }
}

template <int Lines>
uint32_t walkLines(const WalkGraph &graph, const WalkQuery &query, const WalkRequest &request,
                   WalkScratch &scratch)
{
    const Compare<Lines> compare(graph, query);
    return Walk<Compare<Lines>, WideBeam>(graph, compare, request, scratch)
        .run(scratch.counters);
}

uint32_t walk(const WalkGraph &graph, const WalkQuery &query, const WalkRequest &request,
              WalkScratch &scratch)
{
    switch (graph.codeBytes / 64) {
    case 1:
        return walkLines<1>(graph, query, request, scratch);
    case 2:
        return walkLines<2>(graph, query, request, scratch);
    case 4:
        return walkLines<4>(graph, query, request, scratch);
    case 6:
        return walkLines<6>(graph, query, request, scratch);
    case 8:
        return walkLines<8>(graph, query, request, scratch);
    case 12:
        return walkLines<12>(graph, query, request, scratch);
    default:
        return walkLines<0>(graph, query, request, scratch);
    }
}

void distances(const WalkGraph &graph, const WalkQuery &query, const uint32_t *numbers,
               uint32_t count, float *out)
{
    if (graph.codeBytes == 384)
        distancesOf(graph, Compare<6>(graph, query), numbers, count, out);
    else if (graph.codeBytes == 128)
        distancesOf(graph, Compare<2>(graph, query), numbers, count, out);
    else
        distancesOf(graph, Compare<0>(graph, query), numbers, count, out);
}

__mmask16 firstOf(uint32_t count)
{
    return static_cast<__mmask16>(count >= 16 ? 0xffffU : (1U << count) - 1U);
}

template <bool IsSquare> inline __m512 step(__m512 sum, __m512 query, __m512 row)
{
    const __m512 difference = _mm512_sub_ps(query, row);
    return IsSquare ? _mm512_fmadd_ps(difference, difference, sum)
                    : _mm512_fmadd_ps(query, row, sum);
}

/// Sums over sixteen elements at a time; load brings those of the row.
template <bool IsSquare, class Load>
float sumOver(const float *query, uint32_t dimension, Load load)
{
    constexpr auto kAll = static_cast<__mmask16>(0xffffU);
    __m512 even = _mm512_setzero_ps();
    __m512 odd = even;
    uint32_t i = 0;
    for (; i + 32 <= dimension; i += 32) {
        even = step<IsSquare>(even, _mm512_loadu_ps(query + i), load(i, kAll));
        odd = step<IsSquare>(odd, _mm512_loadu_ps(query + i + 16), load(i + 16, kAll));
    }
    for (; i < dimension; i += 16) {
        const __mmask16 mask = firstOf(dimension - i);
        even = step<IsSquare>(even, _mm512_maskz_loadu_ps(mask, query + i), load(i, mask));
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
}

template <bool IsSquare> float halves(const float *query, const uint16_t *row, uint32_t dimension)
{
    return sumOver<IsSquare>(query, dimension, [row](uint32_t i, __mmask16 mask) {
        return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, row + i));
    });
}

template <bool IsSquare> float floats(const float *query, const float *row, uint32_t dimension)
{
    return sumOver<IsSquare>(query, dimension, [row](uint32_t i, __mmask16 mask) {
        return _mm512_maskz_loadu_ps(mask, row + i);
    });
}

float codeDot(const float *query, const int8_t *row, uint32_t dimension)
{
    return sumOver<false>(query, dimension, [row](uint32_t i, __mmask16 mask) {
        return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, row + i)));
    });
}

} // namespace

const WalkKernels kVnniWalk = {"vnni",       walk,    walkCoarse,    distances,   halves<false>,
                               halves<true>, codeDot, floats<false>, floats<true>};

} // namespace vexfs::daemon
#endif
