// SPDX-License-Identifier: Apache-2.0
//
// gui/models/map/file_list.h - files of a map as a file that other programs read.
#pragma once

#include "common/client/client.h"

#include <QObject>

namespace vexfs::gui {

enum class ListFormat { Csv, Json, Paths };

/// By the ending of its name: .csv, .json; all others are paths.
ListFormat listFormatOf(const QString &path);

/// CSV as RFC 4180 has it, with names of the columns first; a JSON array of objects; or a path on
/// each line, or the URI where a path has a line break. UTF-8, but paths alone have the bytes that
/// they have. Files that are gone are left out.
QByteArray listOf(const QList<client::MapDocument> &files, ListFormat format);

/// Asks what points of a map are, page by page, and writes it into a new file, whole or not at all.
/// Owner: a page; lives in the GUI thread, which never waits for the disk. One list at a time: the
/// last.
class FileList : public QObject
{
    Q_OBJECT

public:
    explicit FileList(client::Client &client, QObject *parent = nullptr)
        : QObject(parent), m_client(client)
    {
    }

    /// What save() is about, from then on. snapshot: as Client::mapDocuments() has it.
    void choose(const QString &volume, const QString &snapshot, const QList<qulonglong> &ids);
    void save(const QString &path);

Q_SIGNALS:
    void saved(quint64 files);
    void failed(const QString &what);

private:
    void askNext();
    void write();

    client::Client &m_client;
    QString m_volume;
    QString m_snapshot;
    QString m_path;
    QList<qulonglong> m_chosen;
    QList<qulonglong> m_ids; ///< that are to be asked about yet
    QList<client::MapDocument> m_files;
    quint64 m_number = 0; ///< of the list that counts
};

} // namespace vexfs::gui
