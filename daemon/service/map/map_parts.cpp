// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/map/map_parts.h"

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

namespace {

/// A long book is about what its beginning, and its passages further on, are about.
constexpr uint32_t kChunksOfFile = 8;
constexpr qsizetype kBeginningBytes = 240;

} // namespace

size_t numberOf(const std::vector<MapPoint> &points, uint64_t ino)
{
    const auto found
        = std::lower_bound(points.begin(), points.end(), ino,
                           [](const MapPoint &point, uint64_t each) { return point.ino < each; });
    return found != points.end() && found->ino == ino ? size_t(found - points.begin())
                                                      : points.size();
}

std::vector<float> fileVector(const Meaning &meaning, uint64_t key)
{
    const VectorIndex &vectors = isPastKey(key) ? *meaning.past : *meaning.vectors;
    std::vector<float> sum(meaning.embedder->dimension(), 0.0F);
    for (uint32_t chunk = 0; chunk < kChunksOfFile; ++chunk) {
        const std::vector<float> each = vectors.vector(key, chunk);
        if (each.size() != sum.size())
            break;
        for (size_t d = 0; d < sum.size(); ++d)
            sum[d] += each[d];
    }
    float square = 0.0F;
    for (const float each : sum)
        square += each * each;
    for (float &each : sum)
        each /= square > 0.0F ? std::sqrt(square) : 1.0F;
    return sum;
}

MapDocument documentOf(Catalog &catalog, const FileRow &file)
{
    MapDocument document{file.path(), file.title,  {},         file.mimeType,
                         file.mtimeNs, file.sizeBytes, kNoCluster, {}};
    if (const auto text = catalog.storedText(file.ino)) {
        document.beginning = QString::fromUtf8(text->text.left(kBeginningBytes)).simplified();
        // Half a letter at the end.
        while (document.beginning.endsWith(QChar::ReplacementCharacter))
            document.beginning.chop(1);
    }
    return document;
}

} // namespace vexfs::daemon
