// SPDX-License-Identifier: Apache-2.0
//
// tests/unit/daemon/map/made_vectors.h - vectors in clusters, and their exact neighbours.
#pragma once

#include "daemon/map/layout.h"
#include "daemon/map/random.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vexfs::test {

/// Unit vectors about so many centres; point i is of centre i % centres.
struct MadeVectors
{
    MadeVectors(size_t pointCount, uint32_t size, uint32_t centreCount, float spread = 0.6F)
        : count(pointCount), dimension(size), centres(centreCount),
          rows(pointCount * size)
    {
        daemon::Random random(7);
        std::vector<float> middle(size_t(centreCount) * size);
        for (float &each : middle)
            each = random.symmetric();
        for (size_t i = 0; i < count; ++i) {
            float square = 0.0F;
            for (uint32_t d = 0; d < size; ++d) {
                float &each = rows[i * size + d];
                each = middle[i % centreCount * size + d] + spread * random.symmetric();
                square += each * each;
            }
            for (uint32_t d = 0; d < size; ++d)
                rows[i * size + d] /= std::sqrt(square);
        }
    }

    std::span<const float> row(size_t point) const
    {
        return {&rows[point * dimension], dimension};
    }

    float similarity(size_t a, size_t b) const
    {
        float sum = 0.0F;
        for (uint32_t d = 0; d < dimension; ++d)
            sum += rows[a * dimension + d] * rows[b * dimension + d];
        return sum;
    }

    std::vector<daemon::Neighbour> exactNeighbours(size_t point, size_t most) const
    {
        std::vector<daemon::Neighbour> all;
        for (size_t i = 0; i < count; ++i)
            all.push_back({uint32_t(i), similarity(point, i)});
        const auto end = all.begin() + long(std::min(most, all.size()));
        std::partial_sort(all.begin(), end, all.end(), [](const auto &a, const auto &b) {
            return a.similarity != b.similarity ? a.similarity > b.similarity : a.point < b.point;
        });
        all.erase(end, all.end());
        return all;
    }

    daemon::LayoutInput input() const
    {
        daemon::LayoutInput out;
        out.count = count;
        out.dimension = dimension;
        out.vector = [this](size_t point, std::span<float> to) {
            std::copy_n(row(point).begin(), dimension, to.begin());
        };
        out.neighbours = [this](size_t point, size_t most) { return exactNeighbours(point, most); };
        return out;
    }

    size_t count;
    uint32_t dimension;
    uint32_t centres;
    std::vector<float> rows;
};

} // namespace vexfs::test
