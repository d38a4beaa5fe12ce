// SPDX-License-Identifier: Apache-2.0
//
// gui/models/drop_list.h - files that were dropped or pasted, until they are added.
#pragma once

#include "common/client/client.h"

#include <QAbstractListModel>

class QMimeData;

namespace vexfs::gui {

/// Files and folders by URI; text that was dropped becomes no file yet.
class DropList : public QAbstractListModel
{
    Q_OBJECT

public:
    explicit DropList(client::Client &client, QObject *parent = nullptr);

    /// Whether something of it can be added.
    static bool accepts(const QMimeData &data);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

    /// Each once. Returns how many came in.
    int add(const QMimeData &data);
    void clear();
    bool isEmpty() const { return m_uris.isEmpty(); }
    const QStringList &uris() const { return m_uris; }

    /// Adds all to the folder and forgets them; started() names the job.
    void start(const QString &intoUri, bool isRecursive);

Q_SIGNALS:
    void started(const QString &job);
    void failed(const QString &what);

private:
    client::Client &m_client;
    QStringList m_uris;
};

} // namespace vexfs::gui
