// SPDX-License-Identifier: Apache-2.0
//
// Exact search over 1,000 vectors of 128 floats, beside reading the same bytes: by each metric,
// and on each kind of processor that this machine can play.
#include "daemon/index/segment/graph_walk.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

using namespace vexfs::daemon;

namespace {

constexpr uint32_t kCount = 1000;
constexpr uint32_t kDimension = 128;
constexpr uint32_t kHits = 10;
constexpr int kRounds = 2001;

enum class Metric { Cosine, L2, Product };

struct Data
{
    std::vector<float> rows;
    std::vector<float> lengths; ///< reciprocals, as an index keeps them
    std::vector<float> query;
};

Data randomData()
{
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    Data data;
    for (uint32_t i = 0; i < kCount * kDimension; i++)
        data.rows.push_back(normal(random));
    for (uint32_t i = 0; i < kDimension; i++)
        data.query.push_back(normal(random));
    for (uint32_t i = 0; i < kCount; i++) {
        const float *row = data.rows.data() + i * kDimension;
        data.lengths.push_back(1.0F / std::sqrt(kScalarWalk.dot(row, row, kDimension)));
    }
    return data;
}

/// The ten nearest; their sum of numbers, so that nothing is left out.
uint32_t search(const Data &data, const WalkKernels &kernels, Metric metric)
{
    static float distances[kCount];
    static uint32_t order[kCount];
    for (uint32_t i = 0; i < kCount; i++) {
        const float *row = data.rows.data() + i * kDimension;
        distances[i] = metric == Metric::L2
                           ? kernels.square(data.query.data(), row, kDimension)
                           : -kernels.dot(data.query.data(), row, kDimension);
        if (metric == Metric::Cosine)
            distances[i] *= data.lengths[i];
    }
    // Those that are nearer than the tenth so far, which soon are few.
    uint32_t count = 0;
    for (uint32_t i = 0; i < kCount; i++) {
        if (count == kHits && distances[i] >= distances[order[kHits - 1]])
            continue;
        uint32_t at = count < kHits ? count++ : kHits - 1;
        for (; at > 0 && distances[order[at - 1]] > distances[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += order[i];
    return sum;
}

uint64_t readOnce(const Data &data)
{
    uint64_t sum = 0;
    const auto *from = reinterpret_cast<const uint8_t *>(data.rows.data());
    for (size_t at = 0; at < data.rows.size() * sizeof(float); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, from + at, sizeof word);
        sum += word;
    }
    return sum;
}

template <class Work> double medianUs(Work work)
{
    std::vector<double> times;
    volatile uint64_t sink = 0;
    for (int i = 0; i < kRounds; i++) {
        const auto begun = std::chrono::steady_clock::now();
        sink = sink + work();
        times.push_back(std::chrono::duration<double, std::micro>(
                            std::chrono::steady_clock::now() - begun).count());
    }
    std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
    return times[kRounds / 2];
}

} // namespace

int main()
{
    const Data data = randomData();
    const double reading = medianUs([&] { return readOnce(data); });
    std::printf("# exact search, %u x %u floats, best %u: us (median of %d), ratio to reading "
                "them\nread\t%.2f\t1.00\n", kCount, kDimension, kHits, kRounds, reading);
    const std::pair<Metric, const char *> metrics[] = {
        {Metric::Cosine, "cosine"}, {Metric::L2, "l2"}, {Metric::Product, "product"}};
    for (const char *name : {"scalar", "avx2", "vnni"}) {
        const WalkKernels *kernels = walkKernelsNamed(name);
        if (!kernels)
            continue;
        for (const auto &[metric, called] : metrics) {
            const double us = medianUs([&] { return search(data, *kernels, metric); });
            std::printf("%s %s\t%.2f\t%.2f\n", name, called, us, us / reading);
        }
    }
    return 0;
}
