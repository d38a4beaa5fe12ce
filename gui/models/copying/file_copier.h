// SPDX-License-Identifier: Apache-2.0
//
// gui/models/copying/file_copier.h - a copy of a file, somewhere else.
#pragma once

#include <QObject>
#include <QString>

#include <atomic>
#include <memory>

namespace vexfs::gui {

/// Writes in a thread for volumes, into a new file, whole or not at all. One at a time. Owner: a
/// page; lives in the GUI thread, which never waits.
class FileCopier : public QObject
{
    Q_OBJECT

public:
    explicit FileCopier(QObject *parent = nullptr);
    /// What is under way is stopped, and leaves nothing.
    ~FileCopier() override;

    bool isCopying() const { return m_stop != nullptr; }
    void copy(const QString &fromUri, const QString &toUri);
    void stop();

Q_SIGNALS:
    void changed(); ///< whether it copies
    void copied(const QString &uri);
    void failed(const QString &what); ///< a sentence for people

private:
    std::shared_ptr<std::atomic<bool>> m_stop; ///< of the copy that is under way
};

} // namespace vexfs::gui
