// SPDX-License-Identifier: Apache-2.0
#include "gui/models/adding/dropped_content.h"

#include "common/base/file_uri.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMimeData>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QtConcurrent>

namespace vexfs::gui {

namespace {

constexpr qsizetype kNameMax = 40;
constexpr int kNumbersMax = 10'000;

// Letters and digits of the first line that has any: whatever else may mean something in a path.
QString nameOf(const QString &text)
{
    static const QRegularExpression others(QStringLiteral("[^\\p{L}\\p{N} ._-]+"));
    for (const QString &line : text.left(4096).split(u'\n')) {
        QString name = line;
        name = name.replace(others, QStringLiteral(" ")).simplified().left(kNameMax);
        while (name.startsWith(u'.') || name.startsWith(u' '))
            name.remove(0, 1);
        name = name.trimmed();
        if (!name.isEmpty())
            return name;
    }
    return QStringLiteral("text");
}

bool writeTo(QFile &file, const DroppedContent &content)
{
    if (!content.picture.isNull())
        return content.picture.save(&file, "PNG") && file.flush();
    return file.write(content.bytes) == content.bytes.size() && file.flush();
}

base::Result<QString> write(const DroppedContent &content, const QString &folder)
{
    if (!QDir().mkpath(folder))
        return base::fail(base::Errc::Failed, QStringLiteral("Cannot make %1").arg(folder));
    const QFileInfo name(content.name);
    for (int number = 1; number < kNumbersMax; ++number) {
        const QString tried = number == 1 ? content.name
                                          : QStringLiteral("%1 (%2).%3")
                                                .arg(name.completeBaseName())
                                                .arg(number)
                                                .arg(name.suffix());
        QFile file(folder + u'/' + tried);
        if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly)) {
            if (file.exists())
                continue;
            return base::fail(base::Errc::Failed, QStringLiteral("Cannot write %1: %2")
                                                      .arg(file.fileName(), file.errorString()));
        }
        if (!writeTo(file, content)) {
            const QString why = file.errorString();
            file.remove();
            return base::fail(base::Errc::NoSpace,
                              QStringLiteral("Cannot write %1: %2").arg(file.fileName(), why));
        }
        return base::uriFromPath(QFile::encodeName(file.fileName()));
    }
    return base::fail(base::Errc::Failed,
                      QStringLiteral("There are too many files of that name in %1").arg(folder));
}

} // namespace

DroppedContent DroppedContent::of(const QMimeData &data)
{
    const QString plain = data.text();
    if (data.hasImage() && plain.trimmed().isEmpty()) {
        const auto picture = qvariant_cast<QImage>(data.imageData());
        const QString name = QDateTime::currentDateTime().toString(
            QStringLiteral("'picture' yyyy-MM-dd HH.mm.ss'.png'"));
        if (!picture.isNull())
            return {name, {}, picture};
    }
    // Who gives a list of what can be no file is not asked for its names instead.
    if (data.hasFormat(QStringLiteral("text/uri-list")))
        return {};
    if (data.hasHtml() && !data.html().trimmed().isEmpty())
        return {nameOf(plain) + QStringLiteral(".html"), data.html().toUtf8(), {}};
    if (plain.trimmed().isEmpty())
        return {};
    return {nameOf(plain) + QStringLiteral(".txt"), plain.toUtf8(), {}};
}

QString droppedFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation)
           + QStringLiteral("/vexfs/dropped");
}

QFuture<base::Result<QString>> keepDropped(const DroppedContent &content, const QString &folder)
{
    return QtConcurrent::run([content, folder] { return write(content, folder); });
}

} // namespace vexfs::gui
