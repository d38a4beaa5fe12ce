// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/json_file.h - a JSON object of a model's folder.
#pragma once

#include "common/base/error.h"

#include <QJsonObject>
#include <QString>

namespace vexfs::daemon {

/// Fails with NoModel, naming the file: it cannot be read, is larger than bytesMax, or no object.
base::Result<QJsonObject> readJsonFile(const QString &path, qint64 bytesMax);

} // namespace vexfs::daemon
