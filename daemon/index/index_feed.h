// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/index_feed.h - brings what changed on the volume into the queue.
//
// The catalog holds the id of a hidden snapshot, the anchor: all changes up to it are indexed or in
// the queue. One step: take a new anchor, ask for the difference, store queue and anchor in one
// transaction, drop the old anchor. Killed anywhere between, the next start finds either anchor in
// the catalog and goes on from there; the other one is dropped as a stray.
//
// Snapshots that were taken since the old anchor are steps on the way: what changed from each to
// the next tells which versions of files there were, and in which trees.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/volume/volume_view.h"

#include <functional>
#include <unordered_map>

namespace vexfs::daemon {

/// Owner and thread: the indexing thread.
class IndexFeed
{
public:
    /// isLeftOut: of a path, whether the index does not take it in.
    IndexFeed(VolumeView &view, Catalog &catalog,
              std::function<bool(const QByteArray &)> isLeftOut = {})
        : m_view(view), m_catalog(catalog), m_isLeftOut(std::move(isLeftOut))
    {
    }

    /// Drops anchors of the past that the catalog does not know. Once, before the first step.
    base::Status dropStrays();

    struct Removed
    {
        uint64_t ino = 0;
        QByteArray path;
    };

    struct Step
    {
        uint64_t queued = 0;
        QVector<Removed> removed;  ///< files of the index that left the volume
        QVector<RetiredFile> retired;  ///< of them, those that a snapshot has
        bool isComplete = false;    ///< the volume was looked at as a whole
        bool mayLack = false;       ///< it has to be: what was left out came in
    };

    base::Result<Step> advance();

private:
    base::Result<uint64_t> usableAnchor();
    base::Result<uint64_t> takeAnchor();
    /// What happened to a file between the anchors.
    struct Track
    {
        uint32_t reasons = 0;
        bool isRemoved = false;
        QVector<uint64_t> trees;  ///< each the first with another version
    };

    base::Status collectAll(uint64_t from, FeedBatch &batch);
    base::Status collect(uint64_t from, uint64_t to, FeedBatch &batch);
    void addTracks(FeedBatch &batch) const;
    void track(uint64_t ino, uint32_t reasons, uint64_t tree);
    base::Result<QVector<Removed>> knownFiles(const QVector<uint64_t> &inodes);
    base::Status addChange(const VolumeChange &change, uint64_t tree, FeedBatch &batch);
    base::Status addDirectory(uint64_t ino, uint64_t tree, FeedBatch &batch);
    base::Status addMoved(const QByteArray &oldPath, uint64_t tree, FeedBatch &batch);
    base::Status addUnread(const QByteArray &oldPath, uint64_t tree);

    VolumeView &m_view;
    Catalog &m_catalog;
    std::function<bool(const QByteArray &)> m_isLeftOut;
    bool m_mayLack = false;
    uint64_t m_before = 0;  ///< the tree that the one at work is compared with
    std::unordered_map<uint64_t, Track> m_tracks;  ///< of the step at work
    std::unordered_map<uint64_t, QByteArray> m_directories;  ///< as the step at work has them
};

} // namespace vexfs::daemon
