// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/places/indexed_places.h"

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

QList<IndexedPlace> IndexedPlaces::all() const
{
    QList<IndexedPlace> out;
    for (const VolumeHandle &each : m_volumes->mountedVolumes())
        out.append({each.uuid, each.volume->mountPoint(), each.index, each.indexError});
    for (const SourceHandle &each : m_sources->handles()) {
        if (each.folder)
            out.append({each.id, each.root, each.index, each.error});
    }
    return out;
}

Result<IndexedPlace> IndexedPlaces::find(const QString &id) const
{
    if (!isSourceId(id)) {
        const auto volume = m_volumes->handle(id);
        if (!volume)
            return tl::unexpected(volume.error());
        return IndexedPlace{id, volume->volume->mountPoint(), volume->index, volume->indexError};
    }
    const auto source = m_sources->handle(id);
    if (!source)
        return tl::unexpected(source.error());
    if (!source->folder) {
        return base::fail(Errc::Failed, source->error.isEmpty()
                                            ? QStringLiteral("The folder is being opened")
                                            : source->error);
    }
    return IndexedPlace{id, source->root, source->index, source->error};
}

Status IndexedPlaces::verify(const QString &id) const
{
    if (isSourceId(id)) {
        const auto source = m_sources->handle(id);
        return source ? Status() : Status(tl::unexpected(source.error()));
    }
    const auto volume = m_volumes->volume(id);
    return volume ? Status() : Status(tl::unexpected(volume.error()));
}

Result<VolumeLocation> IndexedPlaces::locate(const QByteArray &path) const
{
    auto best = m_volumes->locate(path);
    qsizetype bestLength = -1;
    if (best) {
        const auto volume = m_volumes->handle(best->uuid);
        bestLength = volume ? volume->volume->mountPoint().size() : -1;
    }
    for (const SourceHandle &each : m_sources->handles()) {
        const bool isBelow = path == each.root || path.startsWith(each.root + '/');
        if (!isBelow || each.root.size() <= bestLength)
            continue;
        bestLength = each.root.size();
        best = VolumeLocation{each.id, path.mid(each.root.size() + 1), {}};
    }
    return best;
}

} // namespace vexfs::daemon
