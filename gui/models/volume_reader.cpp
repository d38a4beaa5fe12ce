// SPDX-License-Identifier: Apache-2.0
#include "gui/models/volume_reader.h"

#include "common/base/file_uri.h"

#include <QStringDecoder>
#include <QtConcurrentRun>

#include <unistd.h>

namespace vexfs::gui {

namespace {

/// One volume that hangs must not take them all at the second click.
constexpr int kThreads = 16;

} // namespace

QThreadPool &volumePool()
{
    static QThreadPool *const pool = [] {
        auto *made = new QThreadPool;
        made->setMaxThreadCount(kThreads);
        return made;
    }();
    return *pool;
}

QFuture<QList<bool>> areThere(const QStringList &uris)
{
    return QtConcurrent::run(&volumePool(), [uris] {
        QList<bool> out;
        for (const QString &uri : uris) {
            const auto path = base::pathFromUri(uri);
            // Not through QFile: a name may be no UTF-8.
            out.append(path && ::access(path->constData(), F_OK) == 0);
        }
        return out;
    });
}

QString decodedText(const QByteArray &bytes)
{
    QStringDecoder utf8(QStringDecoder::Utf8);
    const QString text = utf8(bytes);
    return utf8.hasError() ? QString::fromLatin1(bytes) : text;
}

} // namespace vexfs::gui
