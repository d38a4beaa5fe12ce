// SPDX-License-Identifier: Apache-2.0
#include "daemon/map/principal_axes.h"

#include "daemon/map/random.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vexfs::daemon {

namespace {

constexpr size_t kSampleMax = 8192;
constexpr int kRounds = 24;
constexpr size_t kLookEvery = 4096;
constexpr float kHalfWidth = 10.0F;

using Axis = std::vector<float>;

float product(std::span<const float> a, std::span<const float> b)
{
    float sum = 0.0F;
    for (size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

bool normalise(Axis &axis)
{
    const float length = std::sqrt(product(axis, axis));
    if (!(length > 1e-12F))
        return false;
    for (float &each : axis)
        each /= length;
    return true;
}

void read(const LayoutInput &input, size_t point, std::span<float> out)
{
    input.vector(point, out);
    const bool isWhole
        = std::all_of(out.begin(), out.end(), [](float each) { return std::isfinite(each); });
    if (!isWhole)
        std::fill(out.begin(), out.end(), 0.0F);
}

struct Sample
{
    std::vector<float> rows;  ///< centred
    Axis mean;
    size_t count = 0;
};

Sample takeSample(const LayoutInput &input)
{
    Sample sample;
    sample.count = std::min(input.count, kSampleMax);
    const size_t dimension = input.dimension;
    sample.rows.resize(sample.count * dimension);
    sample.mean.assign(dimension, 0.0F);
    for (size_t i = 0; i < sample.count; ++i) {
        const std::span<float> row(&sample.rows[i * dimension], dimension);
        read(input, i * input.count / sample.count, row);
        for (size_t d = 0; d < dimension; ++d)
            sample.mean[d] += row[d] / float(sample.count);
    }
    for (size_t i = 0; i < sample.count; ++i) {
        for (size_t d = 0; d < dimension; ++d)
            sample.rows[i * dimension + d] -= sample.mean[d];
    }
    return sample;
}

// Orthogonal iteration: the second axis is kept at a right angle to the first.
std::array<Axis, 2> axesOf(const Sample &sample, uint64_t seed)
{
    const size_t dimension = sample.mean.size();
    Random random(seed);
    std::array<Axis, 2> axes;
    for (Axis &axis : axes) {
        axis.resize(dimension);
        std::generate(axis.begin(), axis.end(), [&] { return random.symmetric(); });
        normalise(axis);
    }
    for (int round = 0; round < kRounds; ++round) {
        for (size_t which = 0; which < axes.size(); ++which) {
            Axis next(dimension, 0.0F);
            for (size_t i = 0; i < sample.count; ++i) {
                const std::span<const float> row(&sample.rows[i * dimension], dimension);
                const float along = product(row, axes[which]);
                for (size_t d = 0; d < dimension; ++d)
                    next[d] += along * row[d];
            }
            if (which == 1) {
                const float common = product(next, axes[0]);
                for (size_t d = 0; d < dimension; ++d)
                    next[d] -= common * axes[0][d];
            }
            // All the same along it: any axis is as good.
            if (normalise(next))
                axes[which] = std::move(next);
        }
    }
    return axes;
}

} // namespace

base::Result<std::vector<Place>> principalPlaces(const LayoutInput &input,
                                                 const LayoutOptions &options)
{
    const Sample sample = takeSample(input);
    const auto axes = axesOf(sample, options.seed);
    std::vector<Place> places(input.count);
    std::vector<float> row(input.dimension);
    float most = 0.0F;
    for (size_t i = 0; i < input.count; ++i) {
        if (i % kLookEvery == 0
            && !options.goOn(LayoutStage::Axes, double(i) / double(input.count)))
            return base::fail(base::Errc::Cancelled, QStringLiteral("the layout was cancelled"));
        read(input, i, row);
        for (size_t d = 0; d < row.size(); ++d)
            row[d] -= sample.mean[d];
        places[i] = {product(row, axes[0]), product(row, axes[1])};
        most = std::max({most, std::abs(places[i].x), std::abs(places[i].y)});
    }
    for (Place &each : places) {
        each.x *= most > 0.0F ? kHalfWidth / most : 0.0F;
        each.y *= most > 0.0F ? kHalfWidth / most : 0.0F;
    }
    return places;
}

} // namespace vexfs::daemon
