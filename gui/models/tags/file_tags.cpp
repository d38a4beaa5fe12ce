// SPDX-License-Identifier: Apache-2.0
#include "gui/models/tags/file_tags.h"

#include "common/base/file_uri.h"
#include "gui/models/shown_path.h"
#include "gui/models/volume_reader.h"

#include <QMap>
#include <QtConcurrentRun>

#include <cerrno>
#include <cstring>

namespace vexfs::gui {

namespace {

constexpr int kSettleMs = 80;
constexpr int kPatienceMs = 2000;

QList<TagCount> countTags(const QStringList &uris)
{
    QMap<QString, qsizetype> counts;
    for (const QString &uri : uris) {
        const auto path = base::pathFromUri(uri);
        // What cannot be read is told by who wants to change it.
        const auto tags = path ? base::readTags(*path, {}) : base::Result<QStringList>();
        for (const QString &tag : tags ? *tags : QStringList())
            ++counts[tag];
    }
    QList<TagCount> out;
    for (auto each = counts.constBegin(); each != counts.constEnd(); ++each)
        out.append({each.key(), each.value()});
    return out;
}

// In the desktop's words; the error's own are for terminals.
QString sentenceOf(const QString &uri, const base::Error &error)
{
    const QString name = shownName(uri);
    if (error.code == base::Errc::TooLarge)
        return FileTags::tr("%1: it has more tags than there is room for").arg(name);
    if (error.sysErrno == EOPNOTSUPP)
        return FileTags::tr("%1: where it lies, files have no tags").arg(name);
    return FileTags::tr("%1: %2").arg(
        name, error.sysErrno != 0 ? qt_error_string(error.sysErrno) : error.what);
}

struct Outcome
{
    qsizetype files = 0;
    QStringList problems;
};

Outcome changeAll(const QStringList &uris, const base::TagChange &change)
{
    Outcome out;
    for (const QString &uri : uris) {
        const auto path = base::pathFromUri(uri);
        const auto done = path ? base::changeTags(*path, shownName(uri), change)
                               : base::Result<QStringList>(tl::unexpected(path.error()));
        if (done)
            ++out.files;
        else
            out.problems.append(sentenceOf(uri, done.error()));
    }
    return out;
}

} // namespace

FileTags::FileTags(QObject *parent) : QObject(parent)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettleMs);
    m_patience.setSingleShot(true);
    m_patience.setInterval(kPatienceMs);
    connect(&m_settle, &QTimer::timeout, this, &FileTags::read);
    connect(&m_patience, &QTimer::timeout, this, &FileTags::silent);
}

void FileTags::setFiles(const QStringList &uris)
{
    if (uris == m_uris)
        return;
    m_uris = uris;
    m_tags.clear();
    Q_EMIT changed();
    reload();
}

void FileTags::setWanted(bool isWanted)
{
    if (isWanted == m_isWanted)
        return;
    m_isWanted = isWanted;
    reload();
}

void FileTags::reload()
{
    ++m_number;
    if (m_isWanted && !m_uris.isEmpty())
        m_settle.start();
    else
        m_settle.stop();
}

// One reading at a time: a volume that hangs holds one thread.
void FileTags::read()
{
    if (m_isReading) {
        m_isStale = true;
        return;
    }
    m_isReading = true;
    m_isStale = false;
    QtConcurrent::run(&volumePool(), countTags, m_uris)
        .then(this, [this, number = m_number](const QList<TagCount> &tags) {
            m_isReading = false;
            if (number == m_number) {
                m_tags = tags;
                Q_EMIT changed();
            } else if (m_isStale) {
                read();
            }
        });
}

void FileTags::change(const base::TagChange &change)
{
    if (m_uris.isEmpty())
        return;
    m_queue.append({m_uris, change});
    if (m_queue.size() == 1)
        changeNext();
}

// Two at once would each write what the other has not read.
void FileTags::changeNext()
{
    m_patience.start();
    Q_EMIT changed();
    const auto [uris, change] = m_queue.constFirst();
    QtConcurrent::run(&volumePool(), changeAll, uris, change)
        .then(this, [this](const Outcome &outcome) {
            m_patience.stop();
            m_queue.removeFirst();
            Q_EMIT changed();
            Q_EMIT done(outcome.files, outcome.problems);
            if (m_queue.isEmpty())
                reload();
            else
                changeNext();
        });
}

} // namespace vexfs::gui
