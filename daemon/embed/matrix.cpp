// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/matrix.h"

#include "daemon/embed/exponential.h"

#include <algorithm>
#include <cstring>

namespace vexfs::daemon {

namespace {

constexpr size_t kTileRows = 4;
constexpr size_t kLanes = 8;
constexpr size_t kTileColumns = 2 * kLanes;

// Eight floats; the compiler makes two of four where the machine has no wider registers.
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float)), aligned(4)));

struct Operands
{
    const float *a;
    const float *panel; ///< the tile's columns of b, row after row
    float *out;
    size_t depth;
    size_t columns; ///< of out
};

// Rows of b lie a power of two apart: where they are, they push each other out of the cache.
void packPanel(const Matrix &b, size_t column, std::vector<float> &panel)
{
    panel.resize(b.rows * kTileColumns);
    for (size_t k = 0; k < b.rows; ++k)
        std::memcpy(panel.data() + k * kTileColumns, b.row(k) + column,
                    kTileColumns * sizeof(float));
}

// One tile of 4 x 16 results, held in registers over the whole depth.
VEXFS_CLONES void multiplyTile(const Operands &op)
{
    Lanes sums[kTileRows][2] = {};
    for (size_t k = 0; k < op.depth; ++k) {
        Lanes left;
        Lanes right;
        std::memcpy(&left, op.panel + k * kTileColumns, sizeof left);
        std::memcpy(&right, op.panel + k * kTileColumns + kLanes, sizeof right);
        for (size_t i = 0; i < kTileRows; ++i) {
            const float factor = op.a[i * op.depth + k];
            sums[i][0] += factor * left;
            sums[i][1] += factor * right;
        }
    }
    for (size_t i = 0; i < kTileRows; ++i)
        std::memcpy(op.out + i * op.columns, sums[i], sizeof sums[i]);
}

float multiplyOne(const Matrix &a, const Matrix &b, size_t i, size_t j)
{
    float sum = 0.0F;
    for (size_t k = 0; k < a.columns; ++k)
        sum += a.row(i)[k] * b.row(k)[j];
    return sum;
}

} // namespace

void multiply(const Matrix &a, const Matrix &b, Matrix &out)
{
    out.rows = a.rows;
    out.columns = b.columns;
    out.values.assign(a.rows * b.columns, 0.0F);
    const size_t fullRows = a.rows - a.rows % kTileRows;
    const size_t fullColumns = b.columns - b.columns % kTileColumns;
    std::vector<float> panel;
    for (size_t j = 0; j < fullColumns; j += kTileColumns) {
        packPanel(b, j, panel);
        for (size_t i = 0; i < fullRows; i += kTileRows)
            multiplyTile({a.row(i), panel.data(), out.row(i) + j, a.columns, b.columns});
    }
    for (size_t i = 0; i < a.rows; ++i) {
        for (size_t j = i < fullRows ? fullColumns : 0; j < b.columns; ++j)
            out.row(i)[j] = multiplyOne(a, b, i, j);
    }
}

void transpose(const Matrix &a, Matrix &out)
{
    out.rows = a.columns;
    out.columns = a.rows;
    out.values.resize(a.values.size());
    // By tiles, so that what is written stays in the cache until its line is full.
    for (size_t i = 0; i < a.rows; i += kTileColumns) {
        const size_t end = std::min(a.rows, i + kTileColumns);
        for (size_t j = 0; j < a.columns; ++j) {
            for (size_t at = i; at < end; ++at)
                out.row(j)[at] = a.row(at)[j];
        }
    }
}

float portableExp(float x)
{
    return exponential(x);
}

VEXFS_CLONES void softenScores(float *scores, float *columnSums, size_t count, float inverse)
{
    for (size_t j = 0; j < count; ++j) {
        scores[j] = exponential((scores[j] - 1.0F) * inverse);
        columnSums[j] += scores[j];
    }
}

} // namespace vexfs::daemon
