// SPDX-License-Identifier: Apache-2.0
//
// gui/models/drop_list.h - what was dropped or pasted, until it is added.
#pragma once

#include "common/client/client.h"

#include <QAbstractListModel>
#include <QSet>

class QMimeData;

namespace vexfs::gui {

/// Files and folders by URI, those of programs in a sandbox by the desktop's portal. A picture or
/// text becomes a file of its own, which the service takes away when it adds it.
class DropList : public QAbstractListModel
{
    Q_OBJECT

public:
    explicit DropList(client::Client &client, QObject *parent = nullptr);

    /// Whether something of it can be added.
    static bool accepts(const QMimeData &data);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

    /// Each once. Returns how many came in, or will: a picture or text is listed as soon as it is
    /// written, files of a portal when it has told them.
    int add(const QMimeData &data);
    void clear();
    bool isEmpty() const { return m_uris.isEmpty(); }
    const QStringList &uris() const { return m_uris; }

    /// Adds all to the folder and forgets what the service takes; started() names the jobs. Files
    /// that were dropped are moved only where that is asked for.
    void start(const QString &intoUri, bool isRecursive, bool isMove = false);

Q_SIGNALS:
    void started(const QString &job, const client::AddOptions &options);
    void failed(const QString &what);

private:
    int append(const QStringList &uris);
    void retrieve(const QString &key, const QStringList &otherwise);
    void remove(const QStringList &uris);
    void start(const client::AddOptions &options);

    client::Client &m_client;
    QStringList m_uris;
    QSet<QString> m_written; ///< those of them that were a picture or text
};

} // namespace vexfs::gui
