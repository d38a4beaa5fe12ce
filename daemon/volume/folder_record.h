// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/folder_record.h - what a plain folder held when it was last looked at.
//
// Does for a folder of any filesystem what the trees of a volume do: knows inodes and their names,
// what changed since an anchor, and the vectors of each file. In SQLite, below the user's state
// directory. All but the vectors is had again by looking at the folder; a damaged record is begun
// anew, and files are embedded again.
//
// Invariant: nodes, names and changes of one look are written in one transaction, so after a crash
// what differs between the folder and the record is found by the next look.
#pragma once

#include "daemon/volume/volume_view.h"

#include <QByteArray>
#include <QVector>

#include <functional>
#include <memory>
#include <optional>

struct sqlite3;
struct sqlite3_stmt;

namespace vexfs::daemon {

/// An inode as it was last seen.
struct FolderNode
{
    uint64_t ino = 0;
    uint32_t mode = 0;
    uint64_t sizeBytes = 0;
    int64_t mtimeNs = 0;
    int64_t ctimeNs = 0;
};

struct FolderLink
{
    uint64_t parent = 0;
    QByteArray name;
    uint64_t ino = 0;
};

/// Thread: any; one statement at a time. Between begin() and commit() other threads write into the
/// same transaction. Owner: PlainFolder. Fails with NoSpace, Corrupt, Failed.
class FolderRecord
{
public:
    /// Begins a new one where the file is none, or damaged.
    static base::Result<std::unique_ptr<FolderRecord>> open(const QString &file);
    ~FolderRecord();
    FolderRecord(const FolderRecord &) = delete;
    FolderRecord &operator=(const FolderRecord &) = delete;

    base::Status begin();
    base::Status commit();
    void rollback();

    /// A number kept under a name; 0 when it was never set.
    base::Result<uint64_t> number(const char *name);
    base::Status setNumber(const char *name, uint64_t value);

    base::Result<std::optional<FolderNode>> node(uint64_t ino);
    base::Status putNode(const FolderNode &node);
    /// With its vectors; its links are the caller's to take.
    base::Status removeNode(uint64_t ino);
    base::Result<uint64_t> nodeCount();

    base::Result<std::optional<uint64_t>> linked(uint64_t parent, const QByteArray &name);
    base::Status putLink(const FolderLink &link);
    base::Status removeLink(uint64_t parent, const QByteArray &name);
    base::Result<QVector<FolderLink>> linksOf(uint64_t ino);
    base::Result<QVector<FolderLink>> entriesOf(uint64_t parent);

    /// Adds to what has changed of an inode since the oldest anchor.
    base::Status addChange(const VolumeChange &change, uint64_t generation);
    base::Result<QVector<VolumeChange>> changes(uint64_t after, uint64_t until, uint64_t afterIno,
                                                int limit);
    /// Every inode as a new one.
    base::Result<QVector<VolumeChange>> everything(uint64_t afterIno, int limit);

    /// These two forget changes that no anchor needs.
    base::Status addAnchor(uint64_t id);
    /// NotFound.
    base::Status removeAnchor(uint64_t id);
    base::Result<QVector<uint64_t>> anchors();

    base::Result<QByteArray> vectors(uint64_t ino);
    base::Status putVectors(uint64_t ino, const QByteArray &bytes);

private:
    class Statement;
    FolderRecord() = default;
    base::Status prepare();
    base::Status run(const char *sql);
    base::Status forgetChanges();

    sqlite3 *m_database = nullptr;
};

} // namespace vexfs::daemon
