// SPDX-License-Identifier: Apache-2.0
//
// gui/models/notices/job_notices.h - the jobs that somebody who does not look is told of.
#pragma once

#include "gui/models/service.h"

#include <QSet>

#include <functional>

namespace vexfs::gui {

/// Watches the service's jobs. Owner: main; lives in the GUI thread.
class JobNotices : public QObject
{
    Q_OBJECT

public:
    /// Below that nobody has gone to do something else.
    static constexpr quint64 kLongUs = 5'000'000;

    /// isAttended: whether somebody looks at the window now. longUs: from when on a job is long.
    JobNotices(Service &service, std::function<bool()> isAttended, quint64 longUs = kLongUs,
               QObject *parent = nullptr);

    /// Some job runs that may be worth a word.
    bool isWaiting() const { return !m_running.isEmpty(); }

Q_SIGNALS:
    /// A long one ended while nobody looked, and not because it was cancelled.
    void ended(const client::JobInfo &job);

private:
    void take();

    Service &m_service;
    const std::function<bool()> m_isAttended;
    const quint64 m_longUs;
    QSet<QString> m_running; ///< objects
};

/// "Adding files: done", for people.
QString noticeTitle(const client::JobInfo &job);
/// How it ended.
QString noticeText(const client::JobInfo &job);

} // namespace vexfs::gui
