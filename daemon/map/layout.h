// SPDX-License-Identifier: Apache-2.0
//
// daemon/map/layout.h - places on a plane for vectors, so that what is alike lies together.
//
// Begins at the principal axes and goes on in the manner of UMAP (McInnes, Healy, Melville, "UMAP:
// Uniform Manifold Approximation and Projection for Dimension Reduction", arXiv:1802.03426): a
// weighted graph of nearest neighbours, drawn together along its edges and pushed apart at random.
// Points whose places are known stay where they are. Knows no index: it asks for vectors and
// neighbours by number.
//
// The same input and seed give the same places. Memory: about 250 bytes a point, at 15 neighbours;
// the vectors are asked for one at a time, and a sample of them is kept for the axes.
#pragma once

#include "common/base/error.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace vexfs::daemon {

struct Place
{
    float x = 0.0F;
    float y = 0.0F;

    bool operator==(const Place &) const = default;
};

struct Neighbour
{
    uint32_t point = 0;
    float similarity = 0.0F;  ///< cosine
};

inline constexpr size_t kMapPointsMax = 2'000'000;

struct LayoutInput
{
    size_t count = 0;
    uint32_t dimension = 0;
    /// Writes the vector of a point.
    std::function<void(size_t point, std::span<float> out)> vector;
    /// About so many that are near a point, most similar first; the point may be among them.
    std::function<base::Result<std::vector<Neighbour>>(size_t point, size_t count)> neighbours;
    /// Empty, or for each point the place that it keeps.
    std::vector<std::optional<Place>> known;
};

enum class LayoutStage { Axes, Neighbours, Places };

struct LayoutOptions
{
    uint64_t seed = 1;
    uint32_t neighbours = 15;
    bool isOnlyAxes = false;  ///< Ends at the principal axes.
    /// Called now and then with the share of a stage that is done; false ends the work.
    std::function<bool(LayoutStage, double)> goOn = [](LayoutStage, double) { return true; };
};

/// Fails with InvalidArgs (sizes that do not fit), TooLarge (above kMapPointsMax), Cancelled, and
/// as neighbours() does. No point may be NaN: such vectors count as zero.
base::Result<std::vector<Place>> layOut(const LayoutInput &input, const LayoutOptions &options);

} // namespace vexfs::daemon
