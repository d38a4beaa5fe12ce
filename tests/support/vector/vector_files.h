// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vexfs/search.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vexfs::test {

/// An int8 vector and what its record says of it.
struct TestVector
{
    std::vector<int8_t> codes;
    float scale = 1.0F;
    uint64_t beginBytes = 0, endBytes = 10;
    uint32_t page = 0;
};

/// A vector fork of int8 vectors, byte by byte as uapi/vexfs/vector_fork.h has it.
std::string vectorFork(const std::string &model, const std::vector<TestVector> &vectors,
                       uint64_t dataGeneration = 0);

/// Clustered vectors as embedders make them: unit vectors around random centres, as int8 with one
/// scale each. The same seed gives the same, in any program and on any machine.
class VectorSource
{
public:
    VectorSource(uint64_t seed, uint32_t dimension, uint32_t clusters = 1000);
    TestVector next();

private:
    uint32_t m_dimension;
    uint64_t m_state;
    std::vector<std::vector<float>> m_centres;

    uint64_t random();
    float normal();
};

/// A row as the oracle sees it.
struct OracleRow
{
    uint64_t ino;
    uint32_t record;
    TestVector vector;
};

/// What a search must find, computed in long double arithmetic over all rows: those of the
/// @p count best, in order.
struct OracleHit
{
    uint64_t ino;
    uint32_t record;
    double score;
};
std::vector<OracleHit> oracleSearch(const std::vector<OracleRow> &rows, const TestVector &query,
                                    vexfs_metric metric, size_t count);

} // namespace vexfs::test
