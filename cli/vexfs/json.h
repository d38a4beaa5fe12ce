// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/json.h - what the daemon tells, as the JSON of CLI.md: lower_snake keys, times in
// RFC 3339 UTC, bytes as integers, "uri" always and "path" only when it is UTF-8.
#pragma once

#include "common/client/client_types.h"

#include <QJsonArray>
#include <QJsonObject>

#include <ostream>

namespace vexfs::cli {

QJsonObject jsonOf(const client::VolumeInfo &volume);
QJsonObject jsonOf(const client::IndexInfo &index);
QJsonObject jsonOf(const client::JobInfo &job);
QJsonObject jsonOf(const client::SnapshotInfo &snapshot);
QJsonObject jsonOf(const client::SearchHit &hit);

/// An a{sv}, with '-' in keys as '_'.
QJsonObject jsonOf(const QVariantMap &map);

/// Sets "uri", and "path" when it can be told.
void setFile(QJsonObject *object, const QString &uri);

/// An integer that may be above 2^53 is told as it is.
QJsonValue jsonNumber(uint64_t number);

/// One line.
void writeJson(std::ostream &out, const QJsonObject &object);

} // namespace vexfs::cli
