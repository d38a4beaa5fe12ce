// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/json_file.h"

#include <QFile>
#include <QJsonDocument>

namespace vexfs::daemon {

using base::Errc;
using base::fail;

base::Result<QJsonObject> readJsonFile(const QString &path, qint64 bytesMax)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > bytesMax)
        return fail(Errc::NoModel, QStringLiteral("cannot read %1").arg(path));
    QJsonParseError problem;
    const auto document = QJsonDocument::fromJson(file.readAll(), &problem);
    if (!document.isObject()) {
        return fail(Errc::NoModel,
                    QStringLiteral("%1 is no JSON object: %2").arg(path, problem.errorString()));
    }
    return document.object();
}

} // namespace vexfs::daemon
