// SPDX-License-Identifier: Apache-2.0
#include "daemon/map/clusters.h"

#include "common/text/words.h"

#include <QStringList>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

namespace vexfs::daemon {

namespace {

constexpr size_t kSideLeast = 14;
constexpr size_t kSideMost = 192;
constexpr int kSmoothings = 2;
constexpr size_t kWordBytesLeast = 3;
constexpr size_t kLabelWords = 3;
constexpr double kLeastShare = 0.2;  ///< of a cluster's texts that have a word of its label

struct Grid
{
    size_t side = 0;
    Place least;
    float width = 1.0F;  ///< of a cell

    size_t cellOf(const Place &place) const
    {
        const auto at = [this](float offset) {
            return size_t(std::clamp(offset / width, 0.0F, float(side - 1)));
        };
        return at(place.y - least.y) * side + at(place.x - least.x);
    }
    /// Calls with each cell around one, itself not among them.
    template <class Visit> void around(size_t cell, Visit visit) const
    {
        const auto x = long(cell % side);
        const auto y = long(cell / side);
        for (long dy = -1; dy <= 1; ++dy) {
            for (long dx = -1; dx <= 1; ++dx) {
                const bool isIn = x + dx >= 0 && y + dy >= 0 && x + dx < long(side)
                    && y + dy < long(side);
                if (isIn && (dx != 0 || dy != 0))
                    visit(size_t((y + dy) * long(side) + x + dx));
            }
        }
    }
};

Grid gridFor(const std::vector<Place> &places)
{
    Place least = places[0];
    Place most = places[0];
    for (const Place &each : places) {
        least = {std::min(least.x, each.x), std::min(least.y, each.y)};
        most = {std::max(most.x, each.x), std::max(most.y, each.y)};
    }
    const auto side = size_t(2.0 * std::sqrt(double(places.size())));
    Grid grid{std::clamp(side, kSideLeast, kSideMost), least, 1.0F};
    const float extent = std::max(most.x - least.x, most.y - least.y);
    if (extent > 0.0F)
        grid.width = extent / float(grid.side);
    return grid;
}

std::vector<float> heights(const Grid &grid, const std::vector<Place> &places)
{
    std::vector<float> all(grid.side * grid.side, 0.0F);
    for (const Place &each : places)
        all[grid.cellOf(each)] += 1.0F;
    for (int i = 0; i < kSmoothings; ++i) {
        std::vector<float> smooth(all.size());
        for (size_t cell = 0; cell < all.size(); ++cell) {
            float sum = 2.0F * all[cell];
            grid.around(cell, [&](size_t other) { sum += all[other]; });
            smooth[cell] = sum / 10.0F;
        }
        all = std::move(smooth);
    }
    return all;
}

// The cell that each cell's climb ends at. Of equal heights the lower number is the higher place.
std::vector<size_t> peaks(const Grid &grid, const std::vector<float> &height)
{
    std::vector<size_t> up(height.size());
    std::vector<size_t> order(height.size());
    for (size_t cell = 0; cell < height.size(); ++cell)
        order[cell] = cell;
    const auto isHigher = [&](size_t a, size_t b) {
        return height[a] != height[b] ? height[a] > height[b] : a < b;
    };
    std::sort(order.begin(), order.end(), isHigher);
    for (const size_t cell : order) {
        size_t best = cell;
        grid.around(cell, [&](size_t other) { best = isHigher(other, best) ? other : best; });
        up[cell] = best == cell ? cell : up[best];
    }
    return up;
}

} // namespace

Clustering findClusters(const std::vector<Place> &places)
{
    Clustering out;
    out.ofPoint.assign(places.size(), kNoCluster);
    if (places.empty())
        return out;
    const Grid grid = gridFor(places);
    const std::vector<size_t> peak = peaks(grid, heights(grid, places));
    struct Hill
    {
        size_t peak = 0;
        uint64_t size = 0;
        double x = 0.0;
        double y = 0.0;
    };
    std::map<size_t, Hill> found;
    for (const Place &each : places) {
        Hill &hill = found[peak[grid.cellOf(each)]];
        hill.peak = peak[grid.cellOf(each)];
        hill.size += 1;
        hill.x += each.x;
        hill.y += each.y;
    }
    std::vector<Hill> hills;
    const uint64_t least = std::max<uint64_t>(3, places.size() / 500);
    for (const auto &[cell, hill] : found) {
        if (hill.size >= least)
            hills.push_back(hill);
    }
    std::stable_sort(hills.begin(), hills.end(),
                     [](const Hill &a, const Hill &b) { return a.size > b.size; });
    hills.resize(std::min(hills.size(), kClustersMax));
    std::map<size_t, uint32_t> numbers;
    for (const Hill &hill : hills) {
        numbers[hill.peak] = uint32_t(out.clusters.size());
        const auto size = double(hill.size);
        out.clusters.push_back({{float(hill.x / size), float(hill.y / size)}, hill.size, {}});
    }
    for (size_t i = 0; i < places.size(); ++i) {
        const auto number = numbers.find(peak[grid.cellOf(places[i])]);
        out.ofPoint[i] = number == numbers.end() ? kNoCluster : number->second;
    }
    return out;
}

void nameClusters(const std::vector<std::pair<uint32_t, QByteArray>> &texts,
                  QVector<MapCluster> &clusters)
{
    // Where there is but one, no word tells it from others.
    if (clusters.size() < 2)
        return;
    std::vector<std::map<std::string, uint32_t>> have(size_t(clusters.size()));
    std::vector<uint32_t> textCount(size_t(clusters.size()), 0);
    for (const auto &[cluster, text] : texts) {
        if (cluster >= have.size())
            continue;
        textCount[cluster] += 1;
        std::set<std::string> once;
        for (std::string &word : base::words({text.constData(), size_t(text.size())})) {
            const bool isNumber = std::all_of(word.begin(), word.end(),
                                              [](char c) { return c >= '0' && c <= '9'; });
            if (word.size() >= kWordBytesLeast && !isNumber && !base::isStopWord(word))
                once.insert(std::move(word));
        }
        for (const std::string &word : once)
            have[cluster][word] += 1;
    }
    // Shares and not counts: large clusters do not own all words.
    std::map<std::string, double> shareOfAll;
    for (size_t i = 0; i < have.size(); ++i) {
        for (const auto &[word, count] : have[i])
            shareOfAll[word] += double(count) / textCount[i];
    }
    for (size_t i = 0; i < have.size(); ++i) {
        std::vector<std::pair<double, std::string>> ranked;
        for (const auto &[word, count] : have[i]) {
            const double share = double(count) / textCount[i];
            if (share < kLeastShare || (count < 2 && textCount[i] > 2))
                continue;
            const double rarity = std::log((1.0 + double(have.size())) / shareOfAll[word]);
            ranked.emplace_back(-share * rarity, word);
        }
        std::sort(ranked.begin(), ranked.end());
        QStringList label;
        for (size_t k = 0; k < std::min(kLabelWords, ranked.size()); ++k)
            label.append(QString::fromStdString(ranked[k].second));
        clusters[qsizetype(i)].label = label.join(QStringLiteral(" · "));
    }
}

} // namespace vexfs::daemon
