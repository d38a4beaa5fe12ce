// SPDX-License-Identifier: Apache-2.0
//
// gui/models/change_tree.h - what differs between two snapshots, as a tree of folders.
#pragma once

#include "common/client/client.h"

#include <QHash>
#include <QStandardItemModel>

namespace vexfs::gui {

class ChangeTree : public QStandardItemModel
{
    Q_OBJECT

public:
    enum Column { Name, Kind, Size, Columns };
    enum Role { PathRole = Qt::UserRole, OldPathRole, KindRole };

    explicit ChangeTree(client::Client &client, QObject *parent = nullptr);

    /// '' is the live tree. An empty volume: nothing is compared.
    void compare(const QString &volume, const QString &from, const QString &to);
    QString from() const { return m_from; }
    QString to() const { return m_to; }
    bool isAsked() const { return m_isAsked; }
    quint64 total() const { return m_total; }
    /// How many of them are in the tree: all, up to a bound.
    int shown() const { return m_shown; }
    /// "3 added, 1 removed", in people's words.
    QString summary() const;

Q_SIGNALS:
    void loaded();
    void failed(const QString &what);

private:
    void ask(const QString &after);
    void add(const client::FileChange &change);
    QStandardItem *folderOf(const QString &path);

    client::Client &m_client;
    QString m_volume;
    QString m_from;
    QString m_to;
    QHash<QString, QStandardItem *> m_folders;
    QMap<QString, int> m_kinds;
    quint64 m_total = 0;
    quint64 m_number = 0; ///< of the comparison that counts
    int m_shown = 0;
    bool m_isAsked = false;
};

/// "Added", "Changed", ... for people.
QString kindText(const QString &kind);

} // namespace vexfs::gui
