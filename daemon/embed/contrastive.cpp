// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/contrastive.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vexfs::daemon {

namespace {

constexpr size_t kProgressSteps = 200;

// xorshift64: the same numbers on every machine, unlike the distributions of <random>.
class Random
{
public:
    explicit Random(uint64_t seed) : m_state(88172645463325252ULL ^ (seed * 7919 + 1)) {}
    uint64_t next()
    {
        m_state ^= m_state << 13;
        m_state ^= m_state >> 7;
        m_state ^= m_state << 17;
        return m_state;
    }
    float unit() { return static_cast<float>(next() >> 40) * (1.0F / 16777216.0F); }

private:
    uint64_t m_state;
};

float dot(const float *a, const float *b, size_t n)
{
    float sum = 0.0F;
    for (size_t i = 0; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

constexpr size_t kRowsAtOnce = 8;

// Rows are drawn from all over a table that is larger than the cache.
constexpr size_t kRowsAhead = 4;
constexpr size_t kLineFloats = 64 / sizeof(float);

void fetchAhead(const float *row, size_t dim)
{
    for (size_t j = 0; j < dim; j += kLineFloats)
        __builtin_prefetch(row + j);
}

// Squares of so many rows that lie one after another: a sum in order waits for each of its
// additions, and several need not wait for each other.
void squares(const float *rows, size_t dim, float *out)
{
    float sums[kRowsAtOnce] = {};
    for (size_t j = 0; j < dim; ++j) {
        for (size_t i = 0; i < kRowsAtOnce; ++i)
            sums[i] += rows[i * dim + j] * rows[i * dim + j];
    }
    std::copy_n(sums, kRowsAtOnce, out);
}

// One side of a batch: what was drawn, its unit vectors, their lengths before, the gradient.
struct Side
{
    std::vector<std::vector<int32_t>> rows;
    Matrix unit;
    std::vector<float> length;
    Matrix gradient;
};

class Trainer
{
public:
    Trainer(Matrix &table, const TrainingPairs &pairs, const TrainingOptions &options)
        : m_table(table), m_pairs(pairs), m_options(options), m_random(options.seed),
          m_batch(std::min(options.batch, pairs.left.count())), m_order(pairs.left.count()),
          m_squares(table.rows, 1e-10F), m_slots(table.rows, -1)
    {
        std::iota(m_order.begin(), m_order.end(), size_t{0});
        shuffle();
    }

    size_t steps() const
    {
        return static_cast<size_t>(m_options.epochs * static_cast<double>(m_order.size())
                                   / static_cast<double>(m_batch));
    }

    // Returns how many of the batch found their partner first.
    size_t step(float rate)
    {
        if (m_position + m_batch > m_order.size()) {
            shuffle();
            m_position = 0;
        }
        drawSide(m_pairs.left, m_left);
        drawSide(m_pairs.right, m_right);
        m_position += m_batch;
        const size_t hits = computeGradients();
        m_used.clear();
        m_sums.clear();
        collect(m_left);
        collect(m_right);
        update(rate);
        return hits;
    }

    size_t batch() const { return m_batch; }

private:
    void shuffle()
    {
        for (size_t i = m_order.size(); i-- > 1;)
            std::swap(m_order[i], m_order[m_random.next() % (i + 1)]);
    }

    void drawSide(const Bags &bags, Side &side)
    {
        const size_t dim = m_table.columns;
        side.rows.resize(m_batch);
        side.unit = Matrix(m_batch, dim);
        side.length.resize(m_batch);
        for (size_t i = 0; i < m_batch; ++i) {
            const size_t pair = m_order[m_position + i];
            auto &rows = side.rows[i];
            rows.clear();
            float *sum = side.unit.row(i);
            for (const int32_t *row = bags.begin(pair); row != bags.end(pair); ++row) {
                if (bags.end(pair) - row > static_cast<ptrdiff_t>(kRowsAhead))
                    fetchAhead(m_table.row(static_cast<size_t>(row[kRowsAhead])), dim);
                if (m_random.unit() < m_options.dropout)
                    continue;
                rows.push_back(*row);
                const float *values = m_table.row(static_cast<size_t>(*row));
                for (size_t j = 0; j < dim; ++j)
                    sum[j] += values[j];
            }
            const float length = std::sqrt(dot(sum, sum, dim)) + 1e-6F;
            side.length[i] = length;
            for (size_t j = 0; j < dim; ++j)
                sum[j] /= length;
        }
    }

    size_t computeGradients()
    {
        transpose(m_right.unit, m_transposed);
        multiply(m_left.unit, m_transposed, m_scores);
        const float inverse = 1.0F / m_options.temperature;
        std::vector<float> rowSums(m_batch, 0.0F);
        std::vector<float> columnSums(m_batch, 0.0F);
        size_t hits = 0;
        for (size_t i = 0; i < m_batch; ++i) {
            float *scores = m_scores.row(i);
            size_t best = 0;
            for (size_t j = 1; j < m_batch; ++j)
                best = scores[j] > scores[best] ? j : best;
            hits += best == i ? 1 : 0;
            softenScores(scores, columnSums.data(), m_batch, inverse);
            for (size_t j = 0; j < m_batch; ++j)
                rowSums[i] += scores[j];
        }
        const float scale = inverse / static_cast<float>(m_batch);
        for (size_t i = 0; i < m_batch; ++i) {
            float *scores = m_scores.row(i);
            for (size_t j = 0; j < m_batch; ++j) {
                const float p = 0.5F * (scores[j] / rowSums[i] + scores[j] / columnSums[j]);
                scores[j] = (p - (i == j ? 1.0F : 0.0F)) * scale;
            }
        }
        multiply(m_scores, m_right.unit, m_left.gradient);
        transpose(m_scores, m_transposed);
        multiply(m_transposed, m_left.unit, m_right.gradient);
        return hits;
    }

    // Back through the normalisation into the rows that were summed.
    void collect(Side &side)
    {
        const size_t dim = m_table.columns;
        for (size_t i = 0; i < m_batch; ++i) {
            float *gradient = side.gradient.row(i);
            const float *unit = side.unit.row(i);
            const float along = dot(gradient, unit, dim);
            for (size_t j = 0; j < dim; ++j)
                gradient[j] = (gradient[j] - along * unit[j]) / side.length[i];
            for (const int32_t row : side.rows[i]) {
                int32_t &slot = m_slots[static_cast<size_t>(row)];
                if (slot < 0) {
                    slot = static_cast<int32_t>(m_used.size());
                    m_used.push_back(row);
                    m_sums.resize(m_used.size() * dim, 0.0F);
                }
                float *sum = m_sums.data() + static_cast<size_t>(slot) * dim;
                for (size_t j = 0; j < dim; ++j)
                    sum[j] += gradient[j];
            }
        }
    }

    void update(float rate)
    {
        const size_t dim = m_table.columns;
        float square[kRowsAtOnce];
        for (size_t u = 0; u < m_used.size(); ++u) {
            const auto row = static_cast<size_t>(m_used[u]);
            m_slots[row] = -1;
            if (u + kRowsAhead < m_used.size())
                fetchAhead(m_table.row(static_cast<size_t>(m_used[u + kRowsAhead])), dim);
            const float *sum = m_sums.data() + u * dim;
            const size_t place = u % kRowsAtOnce;
            if (place == 0 && u + kRowsAtOnce <= m_used.size())
                squares(sum, dim, square);
            else if (u - place + kRowsAtOnce > m_used.size())
                square[place] = dot(sum, sum, dim);
            m_squares[row] += square[place] / static_cast<float>(dim);
            const float step = rate / (std::sqrt(m_squares[row]) + 1e-8F);
            float *values = m_table.row(row);
            for (size_t j = 0; j < dim; ++j)
                values[j] -= step * sum[j];
        }
    }

    Matrix &m_table;
    const TrainingPairs &m_pairs;
    const TrainingOptions &m_options;
    Random m_random;
    size_t m_batch;
    size_t m_position = 0;
    std::vector<size_t> m_order;
    std::vector<float> m_squares;
    std::vector<int32_t> m_slots;
    std::vector<int32_t> m_used;
    std::vector<float> m_sums;
    Side m_left;
    Side m_right;
    Matrix m_scores;
    Matrix m_transposed;
};

} // namespace

void Bags::add(const std::vector<int32_t> &rows)
{
    m_rows.insert(m_rows.end(), rows.begin(), rows.end());
    m_offsets.push_back(m_rows.size());
}

Matrix randomTable(size_t rows, size_t dimension, uint64_t seed)
{
    Random random(seed);
    Matrix table(rows, dimension);
    // Uniform with the variance that makes a row's expected length 1.
    const float span = std::sqrt(12.0F / static_cast<float>(dimension));
    for (float &value : table.values)
        value = (random.unit() - 0.5F) * span;
    return table;
}

void trainContrastive(Matrix &table, const TrainingPairs &pairs, const TrainingOptions &options,
                      const std::function<bool(const TrainingProgress &)> &onProgress)
{
    if (pairs.left.count() < 2)
        return;
    Trainer trainer(table, pairs, options);
    const size_t steps = trainer.steps();
    size_t hits = 0;
    for (size_t step = 0; step < steps; ++step) {
        const float done = static_cast<float>(step) / static_cast<float>(steps);
        hits += trainer.step(options.learningRate * (1.0F - 0.9F * done));
        if ((step + 1) % kProgressSteps != 0 && step + 1 != steps)
            continue;
        const size_t since = step % kProgressSteps + 1;
        const double accuracy = static_cast<double>(hits)
            / static_cast<double>(since * trainer.batch());
        hits = 0;
        if (onProgress && !onProgress({step + 1, steps, accuracy}))
            return;
    }
}

} // namespace vexfs::daemon
