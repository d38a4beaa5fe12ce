// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/row_file.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

namespace vexfs::daemon {

using base::Errc;

base::Result<QJsonArray> RowFile::read(const QString &remedy) const
{
    QFile file(m_path);
    if (!file.exists())
        return QJsonArray();
    if (!file.open(QIODevice::ReadOnly)) {
        return base::fail(Errc::Failed,
                          QStringLiteral("Cannot read %1: %2").arg(m_path, file.errorString()));
    }
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll());
    if (!document.isObject()) {
        const QString aside = m_path + QStringLiteral(".damaged");
        QFile::remove(aside);
        file.rename(aside);
        return base::fail(Errc::Corrupt, QStringLiteral("%1 is damaged and was set aside; %2")
                                             .arg(m_path, remedy));
    }
    return document[m_key].toArray();
}

base::Status RowFile::write(const QJsonArray &rows) const
{
    QDir().mkpath(QFileInfo(m_path).absolutePath());
    QSaveFile file(m_path);
    const QByteArray text = QJsonDocument(QJsonObject{{m_key, rows}}).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit()) {
        return base::fail(Errc::Failed,
                          QStringLiteral("Cannot write %1: %2").arg(m_path, file.errorString()));
    }
    return {};
}

} // namespace vexfs::daemon
