// SPDX-License-Identifier: Apache-2.0
#include "gui/models/adding/added_files.h"

#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QLocale>

#include <algorithm>

namespace vexfs::gui {

namespace {

constexpr int kAskMs = 300;
constexpr int kStatesMs = 700;
constexpr int kAwayMs = 5000;
/// Of a question to the index: it looks at each file.
constexpr size_t kStatesMost = 500;
/// A daemon that is away may come back; a job that it does not know will not.
bool isGone(const base::Error &error)
{
    return error.code == base::Errc::NotFound;
}

} // namespace

AddedFiles::AddedFiles(client::Client &client, QObject *parent)
    : QAbstractTableModel(parent), m_client(client)
{
    for (QTimer *timer : {&m_jobTimer, &m_stateTimer})
        timer->setSingleShot(true);
    m_jobTimer.setInterval(kAskMs);
    m_statesMs = kStatesMs;
    connect(&m_jobTimer, &QTimer::timeout, this, &AddedFiles::ask);
    connect(&m_stateTimer, &QTimer::timeout, this, &AddedFiles::askStates);
}

int AddedFiles::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int AddedFiles::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant AddedFiles::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const Row &row = m_rows[index.row()];
    if (role == FailedRole)
        return row.step == Step::Failed;
    if (role == UriRole)
        return row.targetUri.isEmpty() ? row.uri : row.targetUri;
    if (role == Qt::DisplayRole)
        return index.column() == File ? shownName(row.uri) : stateText(row);
    if (role == Qt::ToolTipRole)
        return index.column() == File ? row.uri : stateText(row);
    return {};
}

QVariant AddedFiles::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == File ? tr("File") : tr("State");
}

QString AddedFiles::stateText(const Row &row) const
{
    switch (row.step) {
    case Step::Waiting:
        return tr("waiting");
    case Step::Adding:
        return tr("is being added");
    case Step::Reading:
        return tr("added; waits to be read");
    case Step::Words:
        return tr("found by its words; meaning follows");
    case Step::Ready:
        return tr("ready");
    case Step::Duplicate:
        return tr("duplicate of %1").arg(typedPath(row.targetUri));
    case Step::NotIndexed:
        return tr("added; not indexed: %1").arg(row.reason);
    case Step::Failed:
        return tr("failed: %1").arg(row.reason);
    case Step::Left:
        return tr("not added: the job ended before");
    case Step::Again:
        return tr("failed; tried again below");
    }
    return {};
}

QString AddedFiles::sentence() const
{
    if (m_rows.isEmpty())
        return {};
    const auto count = [this](Step step) { return m_counts.value(step); };
    const int outside = count(Step::Waiting) + count(Step::Adding) + count(Step::Left)
                        + count(Step::Again);
    const int inFailed = int(std::count_if(m_rows.begin(), m_rows.end(), [](const Row &row) {
        return row.step == Step::Failed && row.targetUri.isEmpty();
    }));
    const QLocale locale;
    return tr("On the volume: %1 of %2 · ready: %3 · failed: %4")
        .arg(locale.toString(int(m_rows.size()) - outside - inFailed),
             locale.toString(m_rows.size()),
             locale.toString(count(Step::Ready) + count(Step::Duplicate)
                             + count(Step::NotIndexed)),
             locale.toString(count(Step::Failed)));
}

void AddedFiles::follow(const QString &job, const QString &volume,
                        const client::AddOptions &options)
{
    m_known.append({job, volume, options});
    m_batches.push_back(int(m_known.size()) - 1);
    if (m_batches.size() == 1) {
        m_firstRow = m_afterRow = int(m_rows.size());
        m_after.clear();
        ask();
    }
    Q_EMIT changed();
}

void AddedFiles::cancel()
{
    for (const int batch : m_batches) {
        onReply(m_client.cancelJob(m_known[batch].job), this,
                [this](const base::Result<client::Done> &done) {
                    if (!done && done.error().code != base::Errc::AlreadyFinished)
                        Q_EMIT failed(done.error().what);
                });
    }
}

void AddedFiles::clear()
{
    if (isRunning())
        return;
    beginResetModel();
    ++m_generation;
    m_rows.clear();
    m_known.clear();
    m_unsettled.clear();
    m_counts.clear();
    m_stateTimer.stop();
    endResetModel();
    Q_EMIT changed();
}

void AddedFiles::ask()
{
    if (m_batches.empty())
        return;
    onReply(m_client.job(m_known[m_batches.front()].job), this,
            [this](const base::Result<client::JobInfo> &job) {
                if (!job && isGone(job.error())) {
                    endBatch();
                } else if (!job) {
                    m_jobTimer.start();
                } else {
                    // Asked first: what it says of files after it has ended is its last word.
                    if (job->isFinished() && !job->errorMessage.isEmpty()
                        && job->state == QLatin1String("failed"))
                        Q_EMIT failed(job->errorMessage);
                    askItems(m_after, m_afterRow, job->isFinished());
                }
            });
}

void AddedFiles::askItems(const QString &after, int begin, bool isEnded)
{
    onReply(m_client.jobItems(m_known[m_batches.front()].job, after), this,
            [this, begin, isEnded](const base::Result<client::JobItemPage> &page) {
                if (page)
                    takePage(*page, begin, isEnded);
                else if (isGone(page.error()))
                    endBatch();
                else
                    m_jobTimer.start();
            });
}

AddedFiles::Step AddedFiles::stepOf(const QString &state)
{
    if (state == QLatin1String("reading"))
        return Step::Adding;
    if (state == QLatin1String("ready"))
        return Step::Reading;
    if (state == QLatin1String("duplicate"))
        return Step::Duplicate;
    return state == QLatin1String("failed") ? Step::Failed : Step::Waiting;
}

void AddedFiles::takePage(const client::JobItemPage &page, int begin, bool isEnded)
{
    const int batch = m_batches.front();
    const int end = begin + int(page.items.size());
    const int known = std::min(end, int(m_rows.size()));
    bool isSettled = true;
    bool isWaiting = true;
    QList<Row> fresh;
    for (int at = begin; at < end; ++at) {
        const client::FileState &item = page.items[at - begin];
        const Step step = stepOf(item.state);
        isSettled = isSettled && step != Step::Waiting && step != Step::Adding;
        isWaiting = isWaiting && step == Step::Waiting;
        if (step == Step::Reading && (at >= known || m_rows[at].step < Step::Reading))
            m_unsettled.push_back(at);
        if (at >= known) {
            fresh.append({item.uri, item.targetUri, item.reason, step, batch});
            ++m_counts[step];
        } else if (m_rows[at].step < Step::Reading && m_rows[at].step != step) {
            m_rows[at].targetUri = item.targetUri;
            setStep(at, step, item.reason);
        }
    }
    if (known > begin)
        tell(begin, known - 1);
    if (!fresh.isEmpty()) {
        beginInsertRows({}, int(m_rows.size()), int(m_rows.size() + fresh.size()) - 1);
        m_rows += fresh;
        endInsertRows();
    }
    if (!page.next.isEmpty() && isSettled && begin == m_afterRow) {
        m_after = page.next;
        m_afterRow = end;
    }
    if (!m_unsettled.empty() && !m_stateTimer.isActive() && !m_isStateAsked)
        m_stateTimer.start(m_statesMs);
    Q_EMIT changed();
    // What follows a page of which nothing has begun has not begun either, once it is known.
    const bool isKnown = quint64(m_rows.size() - m_firstRow) >= page.total;
    if (!page.next.isEmpty() && (isEnded || !isWaiting || !isKnown))
        askItems(page.next, end, isEnded);
    else if (isEnded)
        endBatch();
    else
        m_jobTimer.start();
}

void AddedFiles::endBatch()
{
    for (int at = m_firstRow; at < m_rows.size(); ++at) {
        if (m_rows[at].step < Step::Reading)
            setStep(at, Step::Left, {});
    }
    tell(m_firstRow, int(m_rows.size()) - 1);
    m_batches.pop_front();
    m_firstRow = m_afterRow = int(m_rows.size());
    m_after.clear();
    Q_EMIT changed();
    ask();
}

void AddedFiles::askStates()
{
    if (m_unsettled.empty() || m_isStateAsked)
        return;
    m_isStateAsked = true;
    const QString volume = m_known[m_rows[m_unsettled.front()].batch].volume;
    QList<int> rows;
    QStringList uris;
    const size_t looked = std::min(m_unsettled.size(), kStatesMost);
    for (size_t i = 0; i < looked; ++i) {
        const int row = m_unsettled.front();
        m_unsettled.pop_front();
        if (m_known[m_rows[row].batch].volume != volume) {
            m_unsettled.push_back(row);
            continue;
        }
        rows.append(row);
        uris.append(m_rows[row].targetUri);
    }
    onReply(m_client.listStates(volume, uris), this,
            [this, rows, generation = m_generation](
                const base::Result<QList<client::FileState>> &states) {
                m_isStateAsked = false;
                if (generation == m_generation)
                    takeStates(rows, states);
                else if (!m_unsettled.empty())
                    m_stateTimer.start(kStatesMs);
            });
}

void AddedFiles::takeStates(const QList<int> &rows,
                            const base::Result<QList<client::FileState>> &states)
{
    if (!states || states->size() != rows.size()) {
        m_unsettled.insert(m_unsettled.end(), rows.begin(), rows.end());
        m_stateTimer.start(kAwayMs);
        return;
    }
    bool isMoving = false;
    for (qsizetype i = 0; i < rows.size(); ++i) {
        const int row = rows[i];
        const client::FileState &state = (*states)[i];
        Step step = Step::Reading;
        if (state.state == QLatin1String("ready"))
            step = Step::Ready;
        else if (state.state == QLatin1String("words-ready"))
            step = Step::Words;
        else if (state.state == QLatin1String("failed"))
            step = Step::Failed;
        else if (state.state == QLatin1String("not-indexed"))
            step = Step::NotIndexed;
        if (step == Step::Reading || step == Step::Words)
            m_unsettled.push_back(row);
        if (m_rows[row].step == step)
            continue;
        isMoving = true;
        setStep(row, step, state.reason);
        tell(row, row);
    }
    // Where some have come further, others may have, too. Where none of all has, as while the index
    // is paused, the questions become rare.
    m_unmoved = isMoving ? 0 : m_unmoved + size_t(rows.size());
    if (isMoving)
        m_statesMs = kStatesMs;
    else if (m_unmoved >= m_unsettled.size())
        m_statesMs = std::min(2 * m_statesMs, kAwayMs);
    if (!m_unsettled.empty())
        m_stateTimer.start(isMoving ? 0 : m_statesMs);
    if (isMoving)
        Q_EMIT changed();
}

void AddedFiles::setStep(int row, Step step, const QString &reason)
{
    --m_counts[m_rows[row].step];
    ++m_counts[step];
    m_rows[row].step = step;
    m_rows[row].reason = reason;
}

void AddedFiles::tell(int first, int last)
{
    if (first <= last)
        Q_EMIT dataChanged(index(first, State), index(last, State));
}

void AddedFiles::retry(const QList<int> &rows)
{
    QList<int> outside;
    QHash<QString, QStringList> inside; // Of a volume.
    for (const int row : rows) {
        if (row < 0 || row >= m_rows.size() || m_rows[row].step != Step::Failed)
            continue;
        if (m_rows[row].targetUri.isEmpty()) {
            outside.append(row);
            continue;
        }
        inside[m_known[m_rows[row].batch].volume].append(m_rows[row].targetUri);
        setStep(row, Step::Reading, {});
        m_unsettled.push_back(row);
        tell(row, row);
    }
    for (auto each = inside.cbegin(); each != inside.cend(); ++each) {
        onReply(m_client.reindex(each.key(), each.value(), true), this,
                [this](const base::Result<QString> &job) {
                    if (!job)
                        Q_EMIT failed(job.error().what);
                });
    }
    m_statesMs = kStatesMs;
    if (!m_unsettled.empty())
        m_stateTimer.start(m_statesMs);
    addAgain(outside);
    Q_EMIT changed();
}

void AddedFiles::addAgain(const QList<int> &rows)
{
    // A file of a folder that was added goes to its place below that folder again.
    QMap<std::pair<int, QString>, client::AddOptions> again;
    for (const int row : rows) {
        const Batch &batch = m_known[m_rows[row].batch];
        const QString &uri = m_rows[row].uri;
        const QString parent = uri.left(uri.lastIndexOf(u'/'));
        QString into = batch.options.intoUri;
        for (const QString &source : batch.options.uris) {
            if (uri.startsWith(source + u'/'))
                into += parent.mid(source.lastIndexOf(u'/'));
        }
        client::AddOptions &options = again[{m_rows[row].batch, into}];
        options.uris.append(uri);
        options.intoUri = into;
        options.isRecursive = batch.options.isRecursive;
        options.keepsBoth = batch.options.keepsBoth;
        options.isMove = batch.options.isMove;
        options.makesInto = true;
        setStep(row, Step::Again, {});
        tell(row, row);
    }
    for (auto each = again.cbegin(); each != again.cend(); ++each) {
        const client::AddOptions options = each.value();
        const QString volume = m_known[each.key().first].volume;
        onReply(m_client.addUris(options), this,
                [this, options, volume](const base::Result<QString> &job) {
                    if (job)
                        follow(*job, volume, options);
                    else
                        Q_EMIT failed(job.error().what);
                });
    }
}

} // namespace vexfs::gui
