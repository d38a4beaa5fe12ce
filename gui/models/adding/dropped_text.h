// SPDX-License-Identifier: Apache-2.0
//
// gui/models/adding/dropped_text.h - text that was dropped or pasted, as a file that can be added.
#pragma once

#include "common/base/error.h"

#include <QFuture>
#include <QString>

class QMimeData;

namespace vexfs::gui {

/// Text that is no list of files; HTML where there is any, for that has the headings.
struct DroppedText
{
    QString name; ///< Of the file: its first words.
    QByteArray bytes;

    bool isEmpty() const { return bytes.isEmpty(); }
    static DroppedText of(const QMimeData &data);
};

/// Where such files lie until the service takes them away from there: in the user's cache.
QString droppedTextFolder();

/// Writes it under a name that nothing has yet, in a thread of its own. The URI of the file.
QFuture<base::Result<QString>> keepText(const DroppedText &text, const QString &folder);

} // namespace vexfs::gui
