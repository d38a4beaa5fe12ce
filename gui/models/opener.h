// SPDX-License-Identifier: Apache-2.0
//
// gui/models/opener.h - opens files and folders in the program that the desktop has for them.
#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>

namespace vexfs::gui {

/// Looks first whether files are there still, without waiting for their volume. What was asked for
/// last counts.
class Opener : public QObject
{
    Q_OBJECT

public:
    explicit Opener(QObject *parent = nullptr);

    void open(const QString &uri) { openAll({uri}); }
    /// Those that are there; says what is not.
    void openAll(const QStringList &uris);
    /// In the folder that it is in, selected there if the desktop's file manager can do that.
    void openFolderOf(const QString &uri) { openFoldersOf({uri}); }
    void openFoldersOf(const QStringList &uris); ///< each folder once

Q_SIGNALS:
    /// A sentence for people: it is gone, nothing opens it, its volume does not answer.
    void failed(const QString &what);

private:
    void openNow(const QString &uri);
    void showKnown(const QStringList &uris, const QStringList &folders, quint64 number);
    void openKnown(const QStringList &uris, const QList<bool> &areThere);

    QTimer m_patience;
    QString m_uri; ///< that is asked about; empty: none
    quint64 m_number = 0; ///< of the question that counts
};

} // namespace vexfs::gui
