// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/map/map_parts.h - what the map of now and those of snapshots share. Private to
// this folder.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/map/map_file.h"
#include "daemon/search/meaning.h"

#include <functional>

namespace vexfs::daemon {

/// Runs work with a catalog, on the thread that has it, and waits.
using CatalogReader = std::function<base::Status(const std::function<base::Status(Catalog &)> &)>;

/// A file that is a point, as it is shown.
struct MapDocument
{
    QByteArray path;  ///< relative to the volume
    QString title;
    QString beginning;  ///< of its text
    QString mimeType;
    int64_t mtimeNs = 0;
    uint64_t sizeBytes = 0;
    uint32_t cluster = kNoCluster;
    QVector<uint64_t> neighbours;  ///< most similar first
};

/// The number of the point of a file; the count of points when it is none.
size_t numberOf(const std::vector<MapPoint> &points, uint64_t ino);

/// What a file, or a version of the past by its key, is about; zero where that is not known.
std::vector<float> fileVector(const Meaning &meaning, uint64_t key);

/// Of what the catalog knows of a file or a version; without its cluster and neighbours.
MapDocument documentOf(Catalog &catalog, const FileRow &file);

/// How many neighbours a document names.
inline constexpr size_t kNeighboursShown = 6;

} // namespace vexfs::daemon
