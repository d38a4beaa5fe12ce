// SPDX-License-Identifier: Apache-2.0
#include "gui/models/preview/file_preview.h"

#include "gui/models/reply.h"

namespace vexfs::gui {

namespace {

constexpr int kSettleMs = 60;
constexpr int kRelatedSettleMs = 250;
constexpr int kPatienceMs = 2000;
/// Of the threads that all questions to volumes share.
constexpr int kOpenMost = 4;

void setUp(QTimer &timer, int ms)
{
    timer.setSingleShot(true);
    timer.setInterval(ms);
}

} // namespace

FilePreview::FilePreview(client::Client &client, QObject *parent)
    : QObject(parent), m_client(client)
{
    setUp(m_settle, kSettleMs);
    setUp(m_patience, kPatienceMs);
    setUp(m_relatedSettle, kRelatedSettleMs);
    connect(&m_settle, &QTimer::timeout, this, &FilePreview::ask);
    connect(&m_relatedSettle, &QTimer::timeout, this, &FilePreview::askRelated);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        m_state = State::Silent;
        Q_EMIT changed();
    });
}

void FilePreview::setFile(const SelectedFile &file)
{
    const bool isSame = file.uri == m_file.uri;
    m_file = file;
    if (isSame)
        Q_EMIT changed(); // another passage of it
    else
        start();
}

void FilePreview::setWanted(bool isWanted)
{
    if (isWanted == m_isWanted)
        return;
    m_isWanted = isWanted;
    start();
}

void FilePreview::reload()
{
    start();
}

void FilePreview::start()
{
    ++m_number;
    m_patience.stop();
    m_relatedSettle.stop();
    m_isHeld = false;
    m_look = {};
    m_state = m_file.uri.isEmpty() ? State::None : State::Reading;
    setRelated(Related::None);
    Q_EMIT changed();
    if (m_state == State::Reading && m_isWanted)
        m_settle.start();
    else
        m_settle.stop();
}

void FilePreview::ask()
{
    m_patience.start();
    if (m_open >= kOpenMost) {
        m_isHeld = true;
        return;
    }
    ++m_open;
    lookAt(m_file.uri).then(this, [this, number = m_number](const FileLook &look) {
        --m_open;
        if (number == m_number)
            take(look);
        else if (std::exchange(m_isHeld, false))
            ask();
    });
}

void FilePreview::take(const FileLook &look)
{
    m_patience.stop();
    m_look = look;
    m_state = State::Ready;
    const bool isLive = m_file.snapshot.isEmpty();
    if (isLive && look.state != FileLook::State::Gone && !look.isFolder && !look.type.isEmpty()) {
        setRelated(Related::Asked);
        m_relatedSettle.start();
    }
    Q_EMIT changed();
}

void FilePreview::askRelated()
{
    client::SearchOptions options;
    // It may be the first of them itself.
    options.limit = kRelatedMost + 1;
    options.similarUri = m_file.uri;
    onReply(m_client.search({}, options), this,
            [this, number = m_number](const base::Result<client::SearchReply> &reply) {
                if (number != m_number)
                    return;
                if (!reply) {
                    setRelated(Related::Failed);
                    return;
                }
                QList<client::SearchHit> hits;
                for (const client::SearchHit &hit : reply->hits) {
                    if (hit.uri != m_file.uri && hits.size() < kRelatedMost)
                        hits.append(hit);
                }
                setRelated(Related::Known, hits);
            });
}

void FilePreview::setRelated(Related state, const QList<client::SearchHit> &hits)
{
    m_relatedState = state;
    m_related = hits;
    Q_EMIT relatedChanged();
}

} // namespace vexfs::gui
