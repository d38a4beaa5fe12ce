// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/mcp/roots.h - the folders that a program which is not trusted may be told of.
#pragma once

#include "cli/vexfs/command.h"

#include <QByteArray>
#include <QList>

namespace vexfs::cli {

/// An open file. Owner: whoever has it.
class OpenFile
{
public:
    explicit OpenFile(int fd) : m_fd(fd) {}
    ~OpenFile();
    OpenFile(OpenFile &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    OpenFile(const OpenFile &) = delete;
    OpenFile &operator=(const OpenFile &) = delete;
    OpenFile &operator=(OpenFile &&) = delete;
    int get() const { return m_fd; }

private:
    int m_fd;
};

/// Folders, and what they were in the snapshots of the volume that they lie on. Nothing else is
/// opened or told of, whatever symlinks and ".." say. A value; thread: any.
class Roots
{
public:
    /// folders: absolute paths; none for all that is indexed. NotFound when one is no folder.
    static base::Result<Roots> of(const Command &command, const std::vector<std::string> &folders);

    /// Nothing when all that is indexed may be told of.
    QStringList scopeUris() const;

    /// A path or file URI in one of them, as a clean path; it need not be there. NotAuthorized.
    base::Result<QByteArray> resolve(const QString &file) const;
    /// To read. NotFound, NotAuthorized.
    base::Result<OpenFile> open(const QString &file) const;

private:
    /// The folder that the path is to be looked at from, and the way on; empty when it is in none.
    struct Place
    {
        QByteArray root;
        QByteArray relative;
    };
    Place placeOf(const QByteArray &path) const;

    QList<QByteArray> m_folders;
    QList<QByteArray> m_mounts; ///< of volumes
    bool m_isAll = false;
};

} // namespace vexfs::cli
