// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/retrieval/run.h - a test collection as files on a volume of its own, searched over the
// bus like anything else.
#pragma once

#include "cli/vexfs/command.h"
#include "cli/vexfs/retrieval/data.h"
#include "cli/vexfs/retrieval/measures.h"

#include <QTemporaryDir>

#include <memory>

namespace vexfs::cli {

/// How a query is asked.
struct RetrievalSystem
{
    QString name;
    QString mode;
    bool hasFeedback = false;
};

/// Words only first: the others are compared with it.
QList<RetrievalSystem> retrievalSystems();

/// The answers to one collection's queries; scores[system][query].
struct RetrievalResult
{
    QString collection;
    QList<QList<RetrievalScores>> scores;
    int weak = 0; ///< queries to which the last system said that nothing fits well
};

/// Questions without a sense: words of the documents thrown together, and made-up ones.
QStringList nonsenseQueries(const QList<RetrievalCollection> &collections, int count);

/// A mounted volume with the documents of some collections. Gone with its files at the end.
class RetrievalVolume
{
public:
    explicit RetrievalVolume(const Command &command) : m_command(command) {}
    ~RetrievalVolume();
    RetrievalVolume(const RetrievalVolume &) = delete;
    RetrievalVolume &operator=(const RetrievalVolume &) = delete;

    /// Makes it below @p parent. Fails as the daemon does, and with Failed.
    base::Status create(const QString &parent);
    /// Writes every document as a file.
    base::Status write(const QList<RetrievalCollection> &collections);
    /// Until all of them can be found by words and by meaning; gives the seconds since write().
    base::Result<double> waitIndexed();
    base::Result<RetrievalResult> ask(const RetrievalCollection &collection);
    /// To how many of them the last system says that nothing fits well.
    base::Result<int> countWeak(const QStringList &queries) const;

private:
    base::Result<client::VolumeInfo> info() const;
    base::Result<client::SearchReply> search(const QString &text,
                                             const RetrievalSystem &system) const;
    QStringList rank(const client::SearchReply &reply, const QString &collection) const;

    const Command &m_command;
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_object;
    QByteArray m_mount;
    uint64_t m_documents = 0;
    double m_writtenAt = 0;
    QHash<QByteArray, std::pair<QString, QString>> m_ids; ///< collection and id, by path
};

} // namespace vexfs::cli
