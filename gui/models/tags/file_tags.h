// SPDX-License-Identifier: Apache-2.0
//
// gui/models/tags/file_tags.h - the tags of the selected files, and changes of them.
#pragma once

#include "common/base/file_tags.h"

#include <QObject>
#include <QTimer>

#include <utility>

namespace vexfs::gui {

/// A tag, and how many of the files have it.
struct TagCount
{
    QString name;
    qsizetype files = 0;
};

/// Reads and writes in the threads for volumes, one change after the other. Owner: the window;
/// lives in the GUI thread, which never waits.
class FileTags : public QObject
{
    Q_OBJECT

public:
    explicit FileTags(QObject *parent = nullptr);

    /// That tags are told and changed of. The same again are not read again.
    void setFiles(const QStringList &uris);
    /// While nobody sees it, it reads nothing.
    void setWanted(bool isWanted);
    void reload();
    /// Of all files, as they are now.
    void change(const base::TagChange &change);

    const QStringList &files() const { return m_uris; }
    const QList<TagCount> &tags() const { return m_tags; } ///< by name
    bool isBusy() const { return !m_queue.isEmpty(); }

Q_SIGNALS:
    void changed();
    /// A change is done: on so many files, and a sentence for each one that it failed on.
    void done(qsizetype files, const QStringList &problems);
    void silent(); ///< a volume does not answer yet

private:
    void read();
    void changeNext();

    QStringList m_uris;
    QList<TagCount> m_tags;
    QList<std::pair<QStringList, base::TagChange>> m_queue; ///< the first is under way
    QTimer m_settle;
    QTimer m_patience;
    quint64 m_number = 0; ///< of the reading that counts
    bool m_isReading = false;
    bool m_isStale = false; ///< read again when that is done
    bool m_isWanted = false;
};

} // namespace vexfs::gui
