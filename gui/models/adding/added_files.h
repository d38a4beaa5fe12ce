// SPDX-License-Identifier: Apache-2.0
//
// gui/models/adding/added_files.h - each file of the jobs that add files, from waiting to found.
//
// A job says which of its files are on the volume, from then on the index how far it is with them.
// Both are asked for a page at a time, and only for what is not settled yet.
#pragma once

#include "common/client/client.h"

#include <QAbstractTableModel>
#include <QMap>
#include <QTimer>

#include <deque>

namespace vexfs::gui {

/// Owner: main; lives in the GUI thread.
class AddedFiles : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { File, State, Columns };
    /// Whether it has failed and can be tried again.
    static constexpr int FailedRole = Qt::UserRole + 1;
    static constexpr int UriRole = Qt::UserRole + 2;

    explicit AddedFiles(client::Client &client, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// Shows the files of a job, after those of the jobs before it.
    void follow(const QString &job, const QString &volume, const client::AddOptions &options);
    /// Adds again what did not come onto the volume, each to where it was to go, and has read again
    /// what could not be read there.
    void retry(const QList<int> &rows);
    /// Of the job that runs.
    void cancel();
    /// Forgets what is shown; not while something runs.
    void clear();

    bool isRunning() const { return !m_batches.empty(); }
    int failures() const { return m_counts.value(Step::Failed); }
    /// "812 of 20000 files are on the volume", and what became of them.
    QString sentence() const;

Q_SIGNALS:
    void changed(); ///< sentence(), failures() or isRunning()
    void failed(const QString &what);

private:
    enum class Step { Waiting, Adding, Reading, Words, Ready, Duplicate, NotIndexed, Failed, Left,
                      Again };
    struct Row
    {
        QString uri;
        QString targetUri;
        QString reason;
        Step step = Step::Waiting;
        int batch = 0;
    };
    /// What rows of a job need to be tried again.
    struct Batch
    {
        QString job;
        QString volume;
        client::AddOptions options;
    };

    static Step stepOf(const QString &state);
    void ask();
    void askItems(const QString &after, int begin, bool isEnded);
    void takePage(const client::JobItemPage &page, int begin, bool isEnded);
    void endBatch();
    void askStates();
    void takeStates(const QList<int> &rows, const base::Result<QList<client::FileState>> &states);
    void setStep(int row, Step step, const QString &reason);
    void tell(int first, int last);
    QString stateText(const Row &row) const;
    void addAgain(const QList<int> &rows);

    client::Client &m_client;
    QList<Row> m_rows;
    QList<Batch> m_known;      ///< rows name them by number
    std::deque<int> m_batches; ///< that are not read to their end; the first is asked
    int m_firstRow = 0;        ///< of the first one
    QString m_after;           ///< token of its first page that is not settled, and its first row
    int m_afterRow = 0;
    std::deque<int> m_unsettled; ///< rows that the index is asked about
    QMap<Step, int> m_counts;
    QTimer m_jobTimer;
    QTimer m_stateTimer;
    int m_statesMs = 0;       ///< until the index is asked again
    size_t m_unmoved = 0;     ///< rows that it was asked about since the last one came further
    bool m_isStateAsked = false;
    int m_generation = 0; ///< answers of what was cleared are dropped
};

} // namespace vexfs::gui
