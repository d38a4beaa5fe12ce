// SPDX-License-Identifier: Apache-2.0
//
// The walk in portable C++: what every other way is judged by.
#include "daemon/index/segment/graph_walk_loop.h"
#include "daemon/index/segment/half.h"

namespace vexfs::daemon {

namespace {

class Compare
{
public:
    using Codes = FineCodes;

    Compare(const WalkGraph &graph, const WalkQuery &query)
        : m_query(query), m_bytes(graph.codeBytes)
    {
    }

    void four(const uint8_t *const nodes[4], const NodeTerm *const terms[4], float out[4]) const
    {
        for (int i = 0; i < 4; i++) {
            const auto *codes = reinterpret_cast<const int8_t *>(nodes[i]);
            int32_t sum = 0;
            for (uint32_t j = 0; j < m_bytes; j++)
                sum += m_query.codes[j] * codes[j];
            out[i] = m_query.offset + terms[i]->add +
                     terms[i]->factor * (m_query.scale * static_cast<float>(sum));
        }
    }

private:
    const WalkQuery &m_query;
    uint32_t m_bytes;
};

class CompareCoarse
{
public:
    using Codes = CoarseCodes;

    CompareCoarse(const WalkGraph &graph, const WalkQuery &query)
        : m_query(query), m_bytes(graph.coarseBytes)
    {
    }

    void four(const uint8_t *const nodes[4], const NodeTerm *const terms[4], float out[4]) const
    {
        for (int i = 0; i < 4; i++) {
            int32_t sum = 0;
            for (uint32_t j = 0; j < m_bytes; j++) {
                const int8_t *query = m_query.codes + (j & ~63U) * 2 + (j & 63U);
                sum += query[0] * ((nodes[i][j] & 15) - 8) + query[64] * ((nodes[i][j] >> 4) - 8);
            }
            out[i] = m_query.offset + terms[i]->add +
                     terms[i]->factor * (m_query.scale * static_cast<float>(sum));
        }
    }

private:
    const WalkQuery &m_query;
    uint32_t m_bytes;
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

float halfDot(const float *query, const uint16_t *row, uint32_t dimension)
{
    float sum = 0.0F;
    for (uint32_t i = 0; i < dimension; i++)
        sum += query[i] * floatOfHalf(row[i]);
    return sum;
}

float halfSquare(const float *query, const uint16_t *row, uint32_t dimension)
{
    float sum = 0.0F;
    for (uint32_t i = 0; i < dimension; i++) {
        const float step = query[i] - floatOfHalf(row[i]);
        sum += step * step;
    }
    return sum;
}

float codeDot(const float *query, const int8_t *row, uint32_t dimension)
{
    float sum = 0.0F;
    for (uint32_t i = 0; i < dimension; i++)
        sum += query[i] * static_cast<float>(row[i]);
    return sum;
}

float dot(const float *query, const float *row, uint32_t dimension)
{
    float sum = 0.0F;
    for (uint32_t i = 0; i < dimension; i++)
        sum += query[i] * row[i];
    return sum;
}

float square(const float *query, const float *row, uint32_t dimension)
{
    float sum = 0.0F;
    for (uint32_t i = 0; i < dimension; i++)
        sum += (query[i] - row[i]) * (query[i] - row[i]);
    return sum;
}

} // namespace

const WalkKernels kScalarWalk = {"scalar",   walk,    walkCoarse, distances, halfDot,
                                 halfSquare, codeDot, dot,        square};

} // namespace vexfs::daemon
