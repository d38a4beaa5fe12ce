// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/matrix.h"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) \
    && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VEXFS_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define VEXFS_CLONES
#endif

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
    const float *b;
    float *out;
    size_t depth;
    size_t columns;
};

// One tile of 4 x 16 results, held in registers over the whole depth.
VEXFS_CLONES void multiplyTile(const Operands &op)
{
    Lanes sums[kTileRows][2] = {};
    for (size_t k = 0; k < op.depth; ++k) {
        Lanes left;
        Lanes right;
        std::memcpy(&left, op.b + k * op.columns, sizeof left);
        std::memcpy(&right, op.b + k * op.columns + kLanes, sizeof right);
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
    for (size_t j = 0; j < fullColumns; j += kTileColumns) {
        for (size_t i = 0; i < fullRows; i += kTileRows)
            multiplyTile({a.row(i), b.values.data() + j, out.row(i) + j, a.columns, b.columns});
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
    for (size_t i = 0; i < a.rows; ++i) {
        for (size_t j = 0; j < a.columns; ++j)
            out.row(j)[i] = a.row(i)[j];
    }
}

float portableExp(float x)
{
    constexpr float kLog2e = 1.44269504F;
    constexpr float kLn2High = 0.693359375F;
    constexpr float kLn2Low = -2.12194440e-4F;
    if (x < -87.0F)
        return 0.0F;
    const float scaled = x * kLog2e;
    const auto whole = static_cast<int32_t>(scaled + (scaled < 0 ? -0.5F : 0.5F));
    const float n = static_cast<float>(whole);
    const float r = (x - n * kLn2High) - n * kLn2Low;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    return p * std::bit_cast<float>((whole + 127) << 23);
}

} // namespace vexfs::daemon
