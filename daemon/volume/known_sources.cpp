// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/known_sources.h"

#include "common/base/file_uri.h"

#include <QJsonObject>

namespace vexfs::daemon {

base::Status KnownSources::load()
{
    m_sources.clear();
    const auto rows = m_file.read(QStringLiteral("add folders again"));
    if (!rows)
        return tl::unexpected(rows.error());
    for (const QJsonValue &each : *rows) {
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
    return m_file.write(rows);
}

} // namespace vexfs::daemon
