// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/contrastive.h - learns a table of word vectors from pairs of texts that belong
// together.
//
// A text is a bag of rows of the table and its vector the normalised sum. InfoNCE with the other
// pairs of the batch as negatives, in both directions; Adagrad with one rate per row. One thread,
// one result for one seed.
#pragma once

#include "daemon/embed/matrix.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace vexfs::daemon {

/// Many bags of row numbers, packed.
class Bags
{
public:
    void add(const std::vector<int32_t> &rows);
    size_t count() const { return m_offsets.size() - 1; }
    const int32_t *begin(size_t i) const { return m_rows.data() + m_offsets[i]; }
    const int32_t *end(size_t i) const { return m_rows.data() + m_offsets[i + 1]; }

private:
    std::vector<uint64_t> m_offsets{0};
    std::vector<int32_t> m_rows;
};

/// Bag i of left belongs to bag i of right.
struct TrainingPairs
{
    Bags left;
    Bags right;
};

struct TrainingOptions
{
    double epochs = 10.0;
    size_t batch = 256;
    float temperature = 0.05F;
    float learningRate = 0.02F;
    float dropout = 0.1F;  ///< share of words left out of a bag, anew each time
    uint64_t seed = 1;
};

struct TrainingProgress
{
    size_t step = 0;
    size_t steps = 0;
    double accuracy = 0.0;  ///< of the last steps: how often the partner was the nearest
};

/// Rows drawn at random with length near 1; the start of a table without a past.
Matrix randomTable(size_t rows, size_t dimension, uint64_t seed);

/// Changes the table in place. Progress is told every 200 steps; return false to stop early.
void trainContrastive(Matrix &table, const TrainingPairs &pairs, const TrainingOptions &options,
                      const std::function<bool(const TrainingProgress &)> &onProgress);

} // namespace vexfs::daemon
