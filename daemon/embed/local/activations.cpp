// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/activations.h"

#include "daemon/embed/exponential.h"

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

namespace {

// Sums and maxima are kept by lane, so that they, too, are done many at once.
constexpr size_t kLanes = 16;
constexpr float kLowest = -87.0F;

inline float largestOf(const float *values, size_t count)
{
    float lanes[kLanes];
    for (float &lane : lanes)
        lane = values[0];
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        for (size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
    }
    for (; i < count; ++i)
        lanes[0] = std::max(lanes[0], values[i]);
    return *std::max_element(lanes, lanes + kLanes);
}

inline float sumOf(const float *values, size_t count)
{
    float lanes[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        for (size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] += values[i + lane];
    }
    float sum = 0.0F;
    for (; i < count; ++i)
        sum += values[i];
    for (const float lane : lanes)
        sum += lane;
    return sum;
}

/// For x >= 0.
inline float errorFunction(float x)
{
    const float t = 1.0F / (1.0F + 0.3275911F * x);
    float p = 1.061405429F;
    p = p * t - 1.453152027F;
    p = p * t + 1.421413741F;
    p = p * t - 0.284496736F;
    p = p * t + 0.254829592F;
    const float square = -x * x;
    return 1.0F - p * t * exponentialWithin(square < kLowest ? kLowest : square);
}

} // namespace

VEXFS_CLONES void softmax(float *values, size_t count)
{
    const float largest = largestOf(values, count);
    for (size_t i = 0; i < count; ++i) {
        const float below = values[i] - largest;
        values[i] = exponentialWithin(below < kLowest ? kLowest : below);
    }
    const float scale = 1.0F / sumOf(values, count);
    for (size_t i = 0; i < count; ++i)
        values[i] *= scale;
}

VEXFS_CLONES void gelu(float *values, size_t count)
{
    constexpr float kHalfRoot = 0.70710678F;
    for (size_t i = 0; i < count; ++i) {
        const float x = values[i];
        const float erf = errorFunction(std::fabs(x) * kHalfRoot);
        values[i] = 0.5F * x * (1.0F + std::copysign(erf, x));
    }
}

VEXFS_CLONES void geluByTanh(float *values, size_t count)
{
    constexpr float kScale = 0.79788456F; // the root of 2 / pi
    for (size_t i = 0; i < count; ++i) {
        const float x = values[i];
        const float inner = kScale * (x + 0.044715F * x * x * x);
        // tanh from e^-2|x|, which never overflows.
        const float twice = -2.0F * std::fabs(inner);
        const float power = exponentialWithin(twice < kLowest ? kLowest : twice);
        const float tanh = std::copysign((1.0F - power) / (1.0F + power), inner);
        values[i] = 0.5F * x * (1.0F + tanh);
    }
}

} // namespace vexfs::daemon
