// SPDX-License-Identifier: Apache-2.0
#include "gui/models/text_diff.h"

#include "common/base/error.h"
#include "common/base/file_uri.h"
#include "gui/models/preview/file_look.h"
#include "gui/models/shown_path.h"
#include "gui/models/volume_reader.h"

#include <QCoreApplication>
#include <QFile>
#include <QHash>
#include <QtConcurrentRun>

#include <dtl/dtl.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include <vector>

namespace vexfs::gui {

namespace {

constexpr qint64 kMostBytes = 4 << 20;
// The cost is lines times differences: two unrelated files of this size take about a second.
constexpr qsizetype kMostLines = 10'000;

/// Of the longer side of a picture.
constexpr int kComparedPixelsMost = 2048;

QString say(const char *text)
{
    return QCoreApplication::translate("vexfs::gui::TextDiff", text);
}

base::Result<QStringList> problem(const char *text, const QString &uri)
{
    return base::fail(base::Errc::Failed, say(text).arg(shownName(uri)));
}

base::Result<QStringList> linesOf(const QString &uri)
{
    if (uri.isEmpty())
        return QStringList();
    const auto path = base::pathFromUri(uri);
    if (!path)
        return tl::unexpected(path.error());
    // The name may be no UTF-8, so QFile does not open it; a pipe is not waited for.
    const int fd = ::open(path->constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return problem(QT_TRANSLATE_NOOP("vexfs::gui::TextDiff", "%1 cannot be read."), uri);
    QFile file;
    struct stat facts = {};
    const bool isFile = ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
    if (!file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle) || !isFile)
        return problem(QT_TRANSLATE_NOOP("vexfs::gui::TextDiff", "%1 is no file."), uri);
    const QByteArray bytes = file.read(kMostBytes + 1);
    if (bytes.size() > kMostBytes)
        return problem(
            QT_TRANSLATE_NOOP("vexfs::gui::TextDiff", "%1 is too large to be compared here."), uri);
    if (bytes.contains('\0'))
        return problem(QT_TRANSLATE_NOOP("vexfs::gui::TextDiff",
                                         "%1 is no text. Open the versions to compare them."),
                       uri);
    QStringList lines = decodedText(bytes).split(u'\n');
    if (lines.constLast().isEmpty())
        lines.removeLast();
    if (lines.size() > kMostLines)
        return problem(
            QT_TRANSLATE_NOOP("vexfs::gui::TextDiff", "%1 is too large to be compared here."), uri);
    return lines;
}

// Removed lines, then what was added in their place: beside each other.
void pair(QList<DiffLine> *rows, QStringList *removed, QStringList *added)
{
    const qsizetype both = std::min(removed->size(), added->size());
    for (qsizetype i = 0; i < both; ++i)
        rows->append({LineKind::Changed, removed->at(i), added->at(i)});
    for (qsizetype i = both; i < removed->size(); ++i)
        rows->append({LineKind::Removed, removed->at(i), {}});
    for (qsizetype i = both; i < added->size(); ++i)
        rows->append({LineKind::Added, {}, added->at(i)});
    removed->clear();
    added->clear();
}

} // namespace

QList<DiffLine> compareLines(const QStringList &left, const QStringList &right)
{
    // Numbers are compared, not texts.
    QHash<QString, int> numbers;
    const auto numbered = [&numbers](const QStringList &lines) {
        std::vector<int> out;
        for (const QString &line : lines) {
            const auto found = numbers.constFind(line);
            const int number = found == numbers.constEnd() ? int(numbers.size()) : *found;
            numbers.insert(line, number);
            out.push_back(number);
        }
        return out;
    };
    std::vector<int> a = numbered(left);
    std::vector<int> b = numbered(right);
    dtl::Diff<int, std::vector<int>> diff(a, b);
    diff.onHuge();
    diff.compose();
    QList<DiffLine> rows;
    QStringList removed;
    QStringList added;
    for (const auto &[number, info] : diff.getSes().getSequence()) {
        if (info.type == dtl::SES_DELETE) {
            removed.append(left.at(info.beforeIdx - 1));
        } else if (info.type == dtl::SES_ADD) {
            added.append(right.at(info.afterIdx - 1));
        } else {
            pair(&rows, &removed, &added);
            rows.append({LineKind::Same, left.at(info.beforeIdx - 1),
                         right.at(info.afterIdx - 1)});
        }
    }
    pair(&rows, &removed, &added);
    return rows;
}

namespace {

Comparison compareNow(const QString &leftUri, const QString &rightUri)
{
    const auto left = linesOf(leftUri);
    const auto right = left ? linesOf(rightUri) : left;
    if (left && right)
        return Comparison{compareLines(*left, *right), {}, {}, {}};
    Comparison out;
    out.left = lookNow(leftUri, kComparedPixelsMost).picture;
    out.right = out.left.isNull() ? QImage() : lookNow(rightUri, kComparedPixelsMost).picture;
    if (out.left.isNull() || out.right.isNull())
        return Comparison{{}, left ? right.error().what : left.error().what, {}, {}};
    return out;
}

} // namespace

QFuture<Comparison> compareFiles(const QString &leftUri, const QString &rightUri)
{
    return QtConcurrent::run(&volumePool(), [leftUri, rightUri] {
        return compareNow(leftUri, rightUri);
    });
}

} // namespace vexfs::gui
