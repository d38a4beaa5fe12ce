// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/places/indexed_places.h - what has an index: mounted volumes, plain folders.
#pragma once

#include "daemon/service/places/source_service.h"
#include "daemon/service/volume_service.h"

namespace vexfs::daemon {

struct IndexedPlace
{
    QString id; ///< a volume's uuid, or a source's id
    QByteArray root;
    std::shared_ptr<IndexService> index; ///< null when it could not be started
    QString indexError;
};

/// Owner: main; thread: any, does not block.
class IndexedPlaces
{
public:
    IndexedPlaces(VolumeService *volumes, SourceService *sources)
        : m_volumes(volumes), m_sources(sources)
    {
    }

    /// Only what is mounted, and there.
    QList<IndexedPlace> all() const;
    /// NotFound; Failed when it is not mounted, or not there.
    base::Result<IndexedPlace> find(const QString &id) const;
    /// Whether an id is known at all: NotFound.
    base::Status verify(const QString &id) const;
    /// Where an absolute path lies, as VolumeService::locate(); the innermost place counts.
    base::Result<VolumeLocation> locate(const QByteArray &path) const;

private:
    VolumeService *const m_volumes;
    SourceService *const m_sources;
};

} // namespace vexfs::daemon
