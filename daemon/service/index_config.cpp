// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/index_service.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// The first of the places that has the file; empty when none does.
QString firstWith(const QStringList &places, const QString &file)
{
    for (const QString &place : places) {
        if (!place.isEmpty() && QFileInfo::exists(place + u'/' + file))
            return QDir::cleanPath(place);
    }
    return {};
}

// A set variable is an order, not a hint: then nowhere else is looked.
QStringList places(const char *variable, const QString &below, const QStringList &standard)
{
    const QString wanted = qEnvironmentVariable(variable);
    return wanted.isEmpty() ? standard : QStringList{wanted + below};
}

} // namespace

Result<IndexConfig> IndexConfig::standard()
{
    const QString here = QCoreApplication::applicationDirPath();
    const QStringList programs
        = places("VEXFS_LIBEXEC", {},
                 {here, here + QStringLiteral("/../libexec/vexfs"),
                  QStringLiteral(VEXFS_INSTALLED_LIBEXEC)});
    const QString model = QStringLiteral("/models/builtin");
    const QStringList models
        = places("VEXFS_RESOURCES", model,
                 {here + QStringLiteral("/../share/vexfs") + model,
                  here + QStringLiteral("/../../share/vexfs") + model,
                  QStringLiteral(VEXFS_INSTALLED_DATA) + model});
    IndexConfig config;
    const QString program = firstWith(programs, QStringLiteral("vexfs-extract"));
    config.modelDirectory = firstWith(models, QStringLiteral("builtin.vxt"));
    if (program.isEmpty()) {
        return fail(Errc::NotFound, QStringLiteral("vexfs-extract is in none of %1; install it "
                                                   "again or set VEXFS_LIBEXEC")
                                        .arg(programs.join(QStringLiteral(", "))));
    }
    if (config.modelDirectory.isEmpty()) {
        return fail(Errc::NoModel, QStringLiteral("builtin.vxt is in none of %1; install it again "
                                                  "or set VEXFS_RESOURCES")
                                       .arg(models.join(QStringLiteral(", "))));
    }
    config.extractProgram = program + QStringLiteral("/vexfs-extract");
    if (const int sealMin = qEnvironmentVariableIntValue("VEXFS_SEAL_MIN"); sealMin > 0)
        config.sealMinVectors = uint64_t(sealMin);
    return config;
}

} // namespace vexfs::daemon
