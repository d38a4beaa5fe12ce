// SPDX-License-Identifier: Apache-2.0
//
// gui/models/choosing/file_chooser.h - the file dialog, in a process of its own.
//
// Each file dialog asks volumes in the thread of its window: what is in a folder, whether it is
// there, its icon. Beside a volume whose driver hangs it would take the whole window with it. So
// the program starts itself once more, for the dialog alone; that one hangs, and can be stopped.
#pragma once

#include <QObject>
#include <QPointer>
#include <QStringList>

class QProcess;

namespace vexfs::gui {

struct FileChoice
{
    QString kind; ///< "file", "files", "folder", "new-file"
    QString title;
    QString startUri;        ///< a folder, or a file in it; empty: wherever
    quintptr windowId = 0; ///< it is shown above that one, where the platform can
};

/// One dialog at a time. Owner: a page; lives in the GUI thread, and never waits.
class FileChooser : public QObject
{
    Q_OBJECT

public:
    explicit FileChooser(QObject *parent = nullptr);
    ~FileChooser() override;

    /// That shows the dialog when it is called with --choose; this one, unless a test says more.
    static void setProgram(const QString &path);

    bool isOpen() const { return !m_process.isNull(); }
    void choose(const FileChoice &choice);
    /// Whatever it waits for.
    void stop();

Q_SIGNALS:
    void openChanged();
    void chosen(const QStringList &uris);
    void failed(const QString &what); ///< a sentence for people

private:
    void end(int status);

    QPointer<QProcess> m_process;
};

} // namespace vexfs::gui
