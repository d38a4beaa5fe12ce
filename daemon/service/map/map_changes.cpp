// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/map/map_changes.h"

#include <algorithm>

namespace vexfs::daemon {

MapChange changeOf(const std::vector<MapPoint> &before, const std::vector<MapPoint> &after,
                   uint64_t generation)
{
    MapChange change;
    change.generation = generation;
    auto old = before.begin();
    for (const MapPoint &each : after) {
        for (; old != before.end() && old->ino < each.ino; ++old)
            change.removed.push_back(old->ino);
        const bool isKnown = old != before.end() && old->ino == each.ino;
        if (!isKnown || !(old->place == each.place) || old->cluster != each.cluster)
            change.placed.push_back(each);
        if (isKnown)
            ++old;
    }
    for (; old != before.end(); ++old)
        change.removed.push_back(old->ino);
    change.isCut = change.placed.size() > kChangedMost || change.removed.size() > kChangedMost;
    return change;
}

void MapChanges::add(const MapChange &change)
{
    const std::lock_guard guard(m_mutex);
    m_isPending = true;
    m_generation = change.generation;
    m_isCut = m_isCut || change.isCut;
    if (!m_isCut) {
        for (const MapPoint &each : change.placed)
            m_points.insert_or_assign(each.ino, each);
        for (const uint64_t ino : change.removed)
            m_points.insert_or_assign(ino, std::nullopt);
    }
    // Bounded also while nobody takes them.
    m_isCut = m_isCut || m_points.size() > 2 * kChangedMost;
    if (m_isCut)
        m_points.clear();
}

std::optional<MapChange> MapChanges::take()
{
    const std::lock_guard guard(m_mutex);
    if (!m_isPending)
        return std::nullopt;
    MapChange change;
    change.generation = m_generation;
    for (const auto &[ino, point] : m_points) {
        if (point)
            change.placed.push_back(*point);
        else
            change.removed.push_back(ino);
    }
    change.isCut = m_isCut || change.placed.size() > kChangedMost
        || change.removed.size() > kChangedMost;
    if (change.isCut) {
        change.placed.clear();
        change.removed.clear();
    }
    m_isPending = false;
    m_isCut = false;
    m_points.clear();
    return change;
}

} // namespace vexfs::daemon
