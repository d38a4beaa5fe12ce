// SPDX-License-Identifier: Apache-2.0
#include "daemon/map/layout.h"

#include "daemon/map/neighbour_graph.h"
#include "daemon/map/principal_axes.h"
#include "daemon/map/random.h"

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

namespace {

// The curve of section 3.2 for a least distance of 0.1 and a spread of 1.
constexpr float kCurveA = 1.577F;
constexpr float kCurveB = 0.895F;
constexpr float kStepMost = 4.0F;
constexpr int kPushes = 5;  ///< against each pull
constexpr size_t kManyPoints = 10'000;
constexpr int kRoundsFew = 500;
constexpr int kRoundsMany = 200;
constexpr float kJitter = 1e-3F;

base::Status verify(const LayoutInput &input, const LayoutOptions &options)
{
    if (input.count > kMapPointsMax) {
        return base::fail(base::Errc::TooLarge,
                          QStringLiteral("a map holds at most %1 points").arg(kMapPointsMax));
    }
    const bool isKnownFit = input.known.empty() || input.known.size() == input.count;
    if (input.dimension == 0 || !input.vector || !input.neighbours || !isKnownFit
        || options.neighbours < 2 || options.neighbours > 100)
        return base::fail(base::Errc::InvalidArgs, QStringLiteral("nothing that can be laid out"));
    return {};
}

// A step of stochastic gradient descent over the edges, each as often as it weighs.
class Descent
{
public:
    Descent(const std::vector<GraphEdge> &edges, const std::vector<bool> &isFixed,
            std::vector<Place> &places, uint64_t seed)
        : m_edges(edges), m_isFixed(isFixed), m_places(places), m_random(seed), m_due(edges.size())
    {
        for (const GraphEdge &edge : edges)
            m_heaviest = std::max(m_heaviest, edge.weight);
        for (size_t i = 0; i < edges.size(); ++i)
            m_due[i] = period(edges[i]);
    }

    void round(int number, int rounds)
    {
        const float step = 1.0F - float(number) / float(rounds);
        for (size_t i = 0; i < m_edges.size(); ++i) {
            const GraphEdge &edge = m_edges[i];
            // Too light to be looked at once in all rounds.
            if (edge.weight * float(rounds) < m_heaviest || m_due[i] > float(number + 1))
                continue;
            m_due[i] += period(edge);
            pull(edge.first, edge.second, step);
            pushAway(edge.first, step);
            pushAway(edge.second, step);
        }
    }

private:
    float period(const GraphEdge &edge) const { return m_heaviest / std::max(edge.weight, 1e-9F); }

    static float clamped(float value) { return std::clamp(value, -kStepMost, kStepMost); }

    void move(uint32_t point, float x, float y)
    {
        if (m_isFixed[point])
            return;
        m_places[point].x += x;
        m_places[point].y += y;
    }

    void pull(uint32_t first, uint32_t second, float step)
    {
        const float x = m_places[first].x - m_places[second].x;
        const float y = m_places[first].y - m_places[second].y;
        const float square = x * x + y * y;
        if (!(square > 0.0F))
            return;
        const float power = std::pow(square, kCurveB);
        const float force
            = -2.0F * kCurveA * kCurveB * power / square / (1.0F + kCurveA * power);
        const float alongX = clamped(force * x) * step;
        const float alongY = clamped(force * y) * step;
        move(first, alongX, alongY);
        move(second, -alongX, -alongY);
    }

    void pushAway(uint32_t point, float step)
    {
        // Both ends of an edge are pushed, so half of the pushes each; odd ones take turns.
        m_turn = !m_turn;
        const int pushes = kPushes / 2 + (m_turn ? 1 : 0);
        if (m_isFixed[point])
            return;
        for (int i = 0; i < pushes; ++i) {
            const uint32_t other = m_random.below(m_places.size());
            const float x = m_places[point].x - m_places[other].x;
            const float y = m_places[point].y - m_places[other].y;
            const float square = x * x + y * y;
            if (other == point)
                continue;
            const float power = std::pow(square, kCurveB);
            const float force
                = 2.0F * kCurveB / ((0.001F + square) * (1.0F + kCurveA * power));
            move(point, clamped(force * x) * step, clamped(force * y) * step);
        }
    }

    const std::vector<GraphEdge> &m_edges;
    const std::vector<bool> &m_isFixed;
    std::vector<Place> &m_places;
    Random m_random;
    std::vector<float> m_due;  ///< the round in which an edge comes next
    float m_heaviest = 1e-9F;
    bool m_turn = false;
};

// New points begin among those of their neighbours that have a place.
void beginNearKnown(const std::vector<GraphEdge> &edges, const std::vector<bool> &isFixed,
                    std::vector<Place> &places)
{
    struct Sum
    {
        double x = 0.0;
        double y = 0.0;
        double weight = 0.0;
    };
    std::vector<Sum> sums(places.size());
    const auto add = [&](uint32_t to, uint32_t from, float weight) {
        if (isFixed[to] || !isFixed[from])
            return;
        sums[to].x += double(weight) * places[from].x;
        sums[to].y += double(weight) * places[from].y;
        sums[to].weight += weight;
    };
    for (const GraphEdge &edge : edges) {
        add(edge.first, edge.second, edge.weight);
        add(edge.second, edge.first, edge.weight);
    }
    for (size_t i = 0; i < places.size(); ++i) {
        if (sums[i].weight > 0.0)
            places[i] = {float(sums[i].x / sums[i].weight), float(sums[i].y / sums[i].weight)};
    }
}

} // namespace

base::Result<std::vector<Place>> layOut(const LayoutInput &input, const LayoutOptions &options)
{
    if (const base::Status fits = verify(input, options); !fits)
        return tl::unexpected(fits.error());
    auto places = principalPlaces(input, options);
    if (!places || options.isOnlyAxes || input.count < 3)
        return places;
    const auto edges = neighbourGraph(input, options);
    if (!edges)
        return tl::unexpected(edges.error());
    std::vector<bool> isFixed(input.count, false);
    for (size_t i = 0; i < input.known.size(); ++i) {
        if (input.known[i]) {
            isFixed[i] = true;
            (*places)[i] = *input.known[i];
        }
    }
    beginNearKnown(*edges, isFixed, *places);
    Random random(options.seed + 1);
    for (size_t i = 0; i < places->size(); ++i) {
        // What is exactly alike would never part.
        const float x = random.symmetric() * kJitter;
        const float y = random.symmetric() * kJitter;
        if (!isFixed[i])
            (*places)[i] = {(*places)[i].x + x, (*places)[i].y + y};
    }
    Descent descent(*edges, isFixed, *places, options.seed + 2);
    const int rounds = input.count > kManyPoints ? kRoundsMany : kRoundsFew;
    for (int round = 0; round < rounds; ++round) {
        if (!options.goOn(LayoutStage::Places, double(round) / rounds))
            return base::fail(base::Errc::Cancelled, QStringLiteral("the layout was cancelled"));
        descent.round(round, rounds);
    }
    return places;
}

} // namespace vexfs::daemon
