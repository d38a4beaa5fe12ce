// SPDX-License-Identifier: Apache-2.0
//
// gui/models/file_history.h - distinct versions of one file, newest first; bringing one back.
#pragma once

#include "common/client/client.h"

#include <QAbstractTableModel>

namespace vexfs::gui {

class FileHistory : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Changed, Size, Where, Columns };

    explicit FileHistory(client::Client &client, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    const client::FileVersion *version(int row) const;
    QString uri() const { return m_uri; }
    bool isAsked() const { return m_isAsked; }

    /// An empty URI: of no file.
    void setFile(const QString &volume, const QString &uri);
    void reload();
    /// Beside what is there, or in place of it.
    void restore(int row, bool isReplaced);
    /// Takes the last restore back.
    void undo();

Q_SIGNALS:
    void loaded();
    void failed(const QString &what);
    /// isUndoable: undo() takes it back.
    void restored(quint64 count, bool isUndoable);
    void undone();

private:
    client::Client &m_client;
    QString m_volume;
    QString m_uri;
    QString m_undo; ///< the snapshot that the last restore told
    QList<client::FileVersion> m_rows;
    quint64 m_number = 0; ///< of the question that counts
    bool m_isAsked = false;
};

} // namespace vexfs::gui
