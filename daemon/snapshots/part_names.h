// SPDX-License-Identifier: Apache-2.0
//
// daemon/snapshots/part_names.h - names that entries have before they take the place of others.
//
// What replaces something gets its name by renaming, and so has another for a moment. Before it has
// one, the volume's own folder has a note of where that is: who is killed in between leaves the
// note, by which the next start finds what is left.
#pragma once

#include "common/base/error.h"

#include <QByteArray>

namespace vexfs::daemon {

/// Owner and thread: one that restores.
class PartNames
{
public:
    /// Nothing is written before a name is asked for. Both absolute.
    PartNames(const QByteArray &mountPoint, const QByteArray &noteFolder);
    /// Takes the note away: all parts have their names by then, or are gone.
    ~PartNames();
    PartNames(const PartNames &) = delete;
    PartNames &operator=(const PartNames &) = delete;

    /// One in the folder of target, which nothing has; the note is on disk. Fails as writing does.
    base::Result<QByteArray> beside(const QByteArray &target);

    /// Takes away what those left that were killed. Who is at work still has his note locked.
    static void removeLeft(const QByteArray &mountPoint, const QByteArray &noteFolder);

private:
    base::Status note(const QByteArray &folder);

    const QByteArray m_mountPoint;
    const QByteArray m_notePath;
    QByteArray m_lastFolder;
    int m_note = -1;
};

} // namespace vexfs::daemon
