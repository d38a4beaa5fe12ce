// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/known_images.h"

#include <QJsonObject>

namespace vexfs::daemon {

KnownImages::KnownImages(const QString &file) : m_file(file, QStringLiteral("volumes")) {}

base::Status KnownImages::load()
{
    m_images.clear();
    const auto rows = m_file.read(QStringLiteral("open images again"));
    if (!rows)
        return tl::unexpected(rows.error());
    for (const QJsonValue &each : *rows) {
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
    return m_file.write(rows);
}

} // namespace vexfs::daemon
