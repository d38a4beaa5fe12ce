// SPDX-License-Identifier: Apache-2.0
//
// gui/models/text_diff.h - two texts line by line, and files as texts.
#pragma once

#include <QFuture>
#include <QImage>
#include <QList>
#include <QString>

namespace vexfs::gui {

enum class LineKind { Same, Changed, Removed, Added };

/// A row of a comparison side by side. Left is empty in Added, right in Removed.
struct DiffLine
{
    LineKind kind = LineKind::Same;
    QString left;
    QString right;
};

struct Comparison
{
    QList<DiffLine> lines;
    QString problem; ///< Why there are no lines.
    QImage left;     ///< Of two pictures, in place of lines; as large as a window is.
    QImage right;
};

/// The least number of differing lines (Wu, Manber, Myers and Miller: "An O(NP) sequence comparison
/// algorithm", 1990, in libdtl). A removed run and the added run after it are paired.
QList<DiffLine> compareLines(const QStringList &left, const QStringList &right);

/// Of two files, in a thread of volumePool(): lines, or two pictures. An empty URI: an empty file.
/// A problem where one is larger than is compared, is no regular file, is neither text nor, as the
/// other, a picture, or cannot be read.
QFuture<Comparison> compareFiles(const QString &leftUri, const QString &rightUri);

} // namespace vexfs::gui
