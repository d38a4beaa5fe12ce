// SPDX-License-Identifier: Apache-2.0
//
// gui/models/volume_reader.h - where the window reads from volumes: never in its own thread.
//
// A volume whose driver hangs holds who asks it for as long as it hangs. So questions have threads
// of their own, a few at a time, and the end of the program does not wait for them.
#pragma once

#include <QFuture>
#include <QStringList>
#include <QThreadPool>

namespace vexfs::gui {

/// For QtConcurrent::run(). Never destroyed.
QThreadPool &volumePool();

/// Whether there are such files, whatever bytes their names have. Not ready while a volume of them
/// hangs.
QFuture<QList<bool>> areThere(const QStringList &uris);

/// What is no UTF-8 is taken for Latin-1: every byte means something there.
QString decodedText(const QByteArray &bytes);

} // namespace vexfs::gui
