// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/models/model_change.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

const QString kChoice = QStringLiteral("choice");
const QString kFilesLearnt = QStringLiteral("files-learnt");

QString notePath(const QString &directory)
{
    return directory + QStringLiteral("/change.json");
}

Status removeFile(const QString &path)
{
    if (QFile::exists(path) && !QFile::remove(path))
        return fail(Errc::Failed, QStringLiteral("cannot remove %1").arg(path));
    return {};
}

} // namespace

QString ModelChange::learntPath(const QString &directory)
{
    return directory + QStringLiteral("/change.vxt");
}

Result<std::optional<ModelChange>> ModelChange::load(const QString &directory)
{
    QFile file(notePath(directory));
    if (!file.exists())
        return std::nullopt;
    const auto damaged = [&] {
        return fail(Errc::Corrupt, QStringLiteral("%1 does not say which model is to come")
                                       .arg(file.fileName()));
    };
    if (!file.open(QIODevice::ReadOnly))
        return damaged();
    const QJsonObject json = QJsonDocument::fromJson(file.readAll()).object();
    ModelChange out;
    if (json.contains(kChoice)) {
        out.choice = ModelChoice::fromJson(json[kChoice].toObject());
        if (!out.choice)
            return damaged();
        return out;
    }
    const qint64 files = json[kFilesLearnt].toInteger();
    if (files <= 0)
        return damaged();
    out.filesLearnt = uint64_t(files);
    return out;
}

Status ModelChange::save(const QString &directory) const
{
    const QJsonObject json = choice ? QJsonObject{{kChoice, choice->toJson()}}
                                    : QJsonObject{{kFilesLearnt, qint64(filesLearnt)}};
    QSaveFile file(notePath(directory));
    const QByteArray bytes = QJsonDocument(json).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return fail(Errc::Failed, QStringLiteral("cannot write %1: %2")
                                      .arg(notePath(directory), file.errorString()));
    }
    return {};
}

Status ModelChange::remove(const QString &directory)
{
    // A table without a note is of no change; a note without its table would be of a lost one.
    const Status done = removeFile(notePath(directory));
    return done ? removeFile(learntPath(directory)) : done;
}

} // namespace vexfs::daemon
