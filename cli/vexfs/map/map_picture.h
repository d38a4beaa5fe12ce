// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/map/map_picture.h - a map of files as a picture for documents and browsers.
#pragma once

#include "common/client/map_types.h"

#include <QByteArray>
#include <QHash>

namespace vexfs::cli {

/// What is drawn. Borrowed.
struct MapDrawing
{
    const client::MapPoints &points;
    const QList<client::MapCluster> &clusters; ///< largest first: what does not fit is left out
    const QHash<quint64, QString> &names;      ///< told by who points at one; may lack some
    bool isScored = false;                     ///< hits are in colour, the others grey
};

/// SVG 1.1, as the window shows it: a dot for each file in the colour of its cluster, a ring for
/// what is there no more, and what clusters are about.
QByteArray mapPicture(const MapDrawing &drawing);

} // namespace vexfs::cli
