// SPDX-License-Identifier: Apache-2.0
//
// gui/models/preview/file_look.h - what a file looks like, read from its volume.
#pragma once

#include <QFuture>
#include <QImage>
#include <QString>

namespace vexfs::gui {

struct FileLook
{
    enum class State {
        There,
        Gone,       ///< nothing has this name
        Unreadable, ///< it is there; problem says why it is not read
    };

    State state = State::Gone;
    QString problem; ///< of the system, for people
    QString type;    ///< MIME; empty where it was not read
    quint64 sizeBytes = 0;
    quint64 mtimeUs = 0;
    bool isFolder = false;
    QString text;        ///< how it begins; empty where it is no text
    bool isCut = false;  ///< there is more text than that
    QImage picture;      ///< a small one; null where it is none, or cannot be drawn
};

/// Of the longer side of a picture: sharp in a panel on a fine screen, and little to keep.
constexpr int kPicturePixelsMost = 640;

/// In a thread of volumePool(): not ready while the volume hangs. No pipe is waited for and no
/// device opened.
FileLook lookNow(const QString &uri, int picturePixelsMost = kPicturePixelsMost);
QFuture<FileLook> lookAt(const QString &uri);

} // namespace vexfs::gui
