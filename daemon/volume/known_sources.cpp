// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/known_sources.h"

#include "common/base/file_uri.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

namespace vexfs::daemon {

using base::Errc;

base::Status KnownSources::load()
{
    m_sources.clear();
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
            QStringLiteral("%1 is damaged and was set aside; add folders again").arg(m_file));
    }
    for (const QJsonValue &each : document[QStringLiteral("sources")].toArray()) {
        const QString id = each[QStringLiteral("id")].toString();
        const auto root = base::pathFromUri(each[QStringLiteral("uri")].toString());
        // An id becomes a folder's name.
        if (root && !id.isEmpty() && !id.contains(u'/') && !id.startsWith(u'.'))
            m_sources.append({id, *root});
    }
    return {};
}

base::Status KnownSources::add(const KnownSource &source)
{
    m_sources.append(source);
    return save();
}

base::Status KnownSources::remove(const QString &id)
{
    m_sources.removeIf([&id](const KnownSource &each) { return each.id == id; });
    return save();
}

base::Status KnownSources::save() const
{
    QJsonArray rows;
    for (const KnownSource &each : m_sources) {
        rows.append(QJsonObject{{QStringLiteral("id"), each.id},
                                {QStringLiteral("uri"), base::uriFromPath(each.root)}});
    }
    QDir().mkpath(QFileInfo(m_file).absolutePath());
    QSaveFile file(m_file);
    const QByteArray text = QJsonDocument(QJsonObject{{QStringLiteral("sources"), rows}}).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit()) {
        return base::fail(Errc::Failed,
                          QStringLiteral("Cannot write %1: %2").arg(m_file, file.errorString()));
    }
    return {};
}

} // namespace vexfs::daemon
