// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/known_sources.h - the plain folders that this user has indexed, across restarts.
#pragma once

#include "common/base/error.h"
#include "daemon/volume/row_file.h"

#include <QByteArray>
#include <QList>

namespace vexfs::daemon {

struct KnownSource
{
    QString id;
    QByteArray root; ///< as raw bytes: in the file it is a URI
};

/// A small JSON file below $XDG_STATE_HOME/vexfs. Owner: source service, which locks.
class KnownSources
{
public:
    explicit KnownSources(const QString &file) : m_file(file, QStringLiteral("sources")) {}

    /// An absent file is an empty list. Corrupt when it is no such file: it is then set aside under
    /// the name *.damaged, and the list is empty.
    base::Status load();
    const QList<KnownSource> &sources() const { return m_sources; }
    base::Status add(const KnownSource &source);
    base::Status remove(const QString &id);

private:
    base::Status save() const;

    RowFile m_file;
    QList<KnownSource> m_sources;
};

} // namespace vexfs::daemon
