// SPDX-License-Identifier: Apache-2.0
// Goal: whatever computes inner products gives the same integers. Method: every kernel that this
// processor can run, beside a sum in 64 bits, over random and extreme elements, every padded
// length, strides beyond it, and counts of rows that leave one over.
#include "tests/support/random.h"

#include <vexfs/posix_vector.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr uint32_t kPad = VEXFS_VECTOR_PAD_BYTES;

struct Free
{
    void operator()(int8_t *memory) const { std::free(memory); }
};
using Codes = std::unique_ptr<int8_t, Free>;

Codes aligned(size_t bytes)
{
    return Codes(static_cast<int8_t *>(std::aligned_alloc(kPad, (bytes + kPad - 1) / kPad * kPad)));
}

std::vector<const vexfs_vector_kernels *> allKernels()
{
    std::vector<const vexfs_vector_kernels *> all;
    while (const vexfs_vector_kernels *next =
               vexfs_posix_vector_kernels_at(static_cast<u32>(all.size())))
        all.push_back(next);
    return all;
}

void expectExact(const int8_t *query, const int8_t *rows, size_t stride, uint32_t count,
                 uint32_t padded)
{
    for (const vexfs_vector_kernels *kernels : allKernels()) {
        std::vector<int32_t> out(count + 1, 77);
        kernels->dot(query, rows, stride, count, padded, out.data());
        for (uint32_t i = 0; i < count; i++) {
            int64_t sum = 0;
            for (uint32_t j = 0; j < padded; j++)
                sum += int64_t{query[j]} * rows[i * stride + j];
            ASSERT_EQ(out[i], sum) << kernels->name << " row " << i << " of " << count
                                   << ", length " << padded << ", stride " << stride;
        }
        ASSERT_EQ(out[count], 77) << kernels->name << " writes behind its results";
    }
}

TEST(VectorKernels, TheEnginesOwnIsFirstAndTheBestIsLast)
{
    const auto all = allKernels();
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all.front(), &vexfs_vector_scalar);
    EXPECT_EQ(all.back(), vexfs_posix_vector_kernels());
    std::set<std::string> names;
    for (const vexfs_vector_kernels *kernels : all) {
        std::printf("kernels: %s\n", kernels->name);
        EXPECT_TRUE(names.insert(kernels->name).second);
    }
}

TEST(VectorKernels, EveryLengthStrideAndCountIsExact)
{
    vexfs::test::Random random(vexfs::test::testSeed(11));
    for (uint32_t padded = kPad; padded <= 1024; padded += kPad) {
        const size_t stride = padded + random.below(3) * kPad;
        const Codes query = aligned(padded);
        const Codes rows = aligned(9 * stride);
        for (size_t i = 0; i < padded; i++)
            query.get()[i] = static_cast<int8_t>(random.below(256));
        for (size_t i = 0; i < 9 * stride; i++)
            rows.get()[i] = static_cast<int8_t>(random.below(256));
        for (uint32_t count = 0; count <= 9; count++)
            expectExact(query.get(), rows.get(), stride, count, padded);
    }
}

TEST(VectorKernels, ExtremeElementsDoNotSaturate)
{
    const int8_t extremes[] = {-128, 127, -127, 0, 1, -1};
    for (const uint32_t padded : {64u, 384u, 4096u, 8192u}) {
        const Codes query = aligned(padded);
        const Codes rows = aligned(3 * padded);
        for (const int8_t a : extremes) {
            for (const int8_t b : extremes) {
                std::fill_n(query.get(), padded, a);
                std::fill_n(rows.get(), 3 * padded, b);
                std::fill_n(rows.get() + padded, padded / 2, static_cast<int8_t>(-128));
                expectExact(query.get(), rows.get(), padded, 3, padded);
            }
        }
    }
}

TEST(VectorKernels, TailsThatAreZeroInTheQueryDoNotCount)
{
    vexfs::test::Random random(vexfs::test::testSeed(12));
    for (uint32_t dimension = 1; dimension <= 200; dimension++) {
        const uint32_t padded = (dimension + kPad - 1) / kPad * kPad;
        const Codes query = aligned(padded);
        const Codes rows = aligned(2 * padded);
        for (uint32_t i = 0; i < padded; i++)
            query.get()[i] = i < dimension ? static_cast<int8_t>(random.below(256)) : int8_t{0};
        for (uint32_t i = 0; i < 2 * padded; i++)
            rows.get()[i] = static_cast<int8_t>(random.below(256));
        expectExact(query.get(), rows.get(), padded, 2, padded);
    }
}

} // namespace
