// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/known_images.h - the image files that this user has worked with, across restarts.
#pragma once

#include "common/base/error.h"
#include "daemon/volume/row_file.h"

#include <QList>

namespace vexfs::daemon {

struct KnownImage
{
    QString uuid;
    QString label;
    QString image;
};

/// A small JSON file below $XDG_STATE_HOME/vexfs. Owner: volume service, which locks.
class KnownImages
{
public:
    explicit KnownImages(const QString &file);

    /// An absent file is an empty list. Corrupt when it is no such file: it is then set aside under
    /// the name *.damaged, and the list is empty.
    base::Status load();

    const QList<KnownImage> &images() const { return m_images; }

    /// Adds one, or replaces the one of that uuid, and saves.
    base::Status remember(const KnownImage &image);

private:
    base::Status save() const;

    RowFile m_file;
    QList<KnownImage> m_images;
};

} // namespace vexfs::daemon
