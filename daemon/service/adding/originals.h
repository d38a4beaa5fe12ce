// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/adding/originals.h - what is moved goes from where it was when, and only when, the
// copy is on disk.
#pragma once

#include "daemon/service/document_transfer.h"
#include "daemon/volume/mounted_volume.h"

namespace vexfs::daemon {

/// A file that was copied, and what it was then.
struct Original
{
    QByteArray path;
    QByteArray copy; ///< Path of the copy, or of what was there already.
    FileIdentity identity;
};

/// Originals of one job whose copies may still be lost with the power. Those of a job that ends
/// before settle() stay where they are.
class Originals
{
public:
    explicit Originals(const MountedVolume *volume) : m_volume(volume) {}

    void add(const Original &original) { m_waiting.append(original); }
    /// A folder that is at its target, too.
    void addFolder(const QByteArray &path) { m_folders.append(path); }
    /// Whether it is time to settle, so that a move that is killed has little to do again.
    bool isFull() const { return m_waiting.size() >= kWaitingMax; }

    /// One that stays, and why.
    using Kept = std::function<void(const QByteArray &path, const base::Error &error)>;

    /// Writes the copies to disk, then removes the originals, unless they are no longer what was
    /// copied. Fails, with all that wait left as they are, when the disk does not take the copies.
    base::Status settle(const Kept &kept);
    /// After the last settle(): folders in which nothing is left.
    void removeFolders(const Kept &kept);

private:
    static constexpr qsizetype kWaitingMax = 256;

    const MountedVolume *const m_volume;
    QList<Original> m_waiting;
    QList<QByteArray> m_folders; ///< each before what is in it
};

} // namespace vexfs::daemon
