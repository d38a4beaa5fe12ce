// SPDX-License-Identifier: Apache-2.0
//
// gui/models/adding/dropped_content.h - a picture or text that was dropped or pasted, as a file
// that can be added.
#pragma once

#include "common/base/error.h"

#include <QFuture>
#include <QImage>
#include <QString>

class QMimeData;

namespace vexfs::gui {

/// What is no list of files: a picture that comes without plain text (office programs give one of
/// what was copied beside it), else HTML where there is any, for that has the headings, else text.
struct DroppedContent
{
    QString name; ///< Of the file: its first words.
    QByteArray bytes;
    QImage picture; ///< Instead of bytes; written as PNG.

    bool isEmpty() const { return bytes.isEmpty() && picture.isNull(); }
    static DroppedContent of(const QMimeData &data);
};

/// Where such files lie until the service takes them away from there: in the user's cache.
QString droppedFolder();

/// Writes it under a name that nothing has yet, in a thread of its own. The URI of the file.
QFuture<base::Result<QString>> keepDropped(const DroppedContent &content, const QString &folder);

} // namespace vexfs::gui
