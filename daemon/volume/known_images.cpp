// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/known_images.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;

KnownImages::KnownImages(QString file) : m_file(std::move(file)) {}

base::Status KnownImages::load()
{
    m_images.clear();
    QFile file(m_file);
    if (!file.exists())
        return {};
    if (!file.open(QIODevice::ReadOnly)) {
        return base::fail(Errc::Failed,
                          QStringLiteral("Cannot read %1: %2").arg(m_file, file.errorString()));
    }
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll());
    if (!document.isObject()) {
        QFile::remove(m_file + QStringLiteral(".damaged"));
        file.rename(m_file + QStringLiteral(".damaged"));
        return base::fail(
            Errc::Corrupt,
            QStringLiteral("%1 is damaged and was set aside; open images again").arg(m_file));
    }
    for (const QJsonValue &each : document[QStringLiteral("volumes")].toArray()) {
        const KnownImage image{each[QStringLiteral("uuid")].toString(),
                               each[QStringLiteral("label")].toString(),
                               each[QStringLiteral("image")].toString()};
        if (!image.uuid.isEmpty() && !image.image.isEmpty())
            m_images.append(image);
    }
    return {};
}

base::Status KnownImages::remember(const KnownImage &image)
{
    // An image file holds one volume: what it held before it was formatted again is gone.
    m_images.removeIf([&image](const KnownImage &each) {
        return each.uuid == image.uuid || each.image == image.image;
    });
    m_images.append(image);
    return save();
}

base::Status KnownImages::save() const
{
    QJsonArray rows;
    for (const KnownImage &each : m_images) {
        rows.append(QJsonObject{{QStringLiteral("uuid"), each.uuid},
                                {QStringLiteral("label"), each.label},
                                {QStringLiteral("image"), each.image}});
    }
    QDir().mkpath(QFileInfo(m_file).absolutePath());
    QSaveFile file(m_file);
    const QByteArray text = QJsonDocument(QJsonObject{{QStringLiteral("volumes"), rows}}).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit()) {
        return base::fail(Errc::Failed,
                          QStringLiteral("Cannot write %1: %2").arg(m_file, file.errorString()));
    }
    return {};
}

} // namespace vexfs::daemon
