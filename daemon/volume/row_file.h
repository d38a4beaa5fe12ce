// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/row_file.h - a short list that is kept across restarts, as rows of a JSON file.
#pragma once

#include "common/base/error.h"

#include <QJsonArray>

namespace vexfs::daemon {

/// {"key": [row, ...]}. Owner: whoever keeps the list, and locks.
class RowFile
{
public:
    RowFile(QString path, QString key) : m_path(std::move(path)), m_key(std::move(key)) {}

    /// An absent file has no rows. Corrupt when it is no such file: it is then set aside under the
    /// name *.damaged; @p remedy is what the message says to do.
    base::Result<QJsonArray> read(const QString &remedy) const;
    /// All rows in place of those of before, or, if that fails, none of them.
    base::Status write(const QJsonArray &rows) const;

private:
    QString m_path;
    QString m_key;
};

} // namespace vexfs::daemon
