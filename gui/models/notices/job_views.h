// SPDX-License-Identifier: Apache-2.0
//
// gui/models/notices/job_views.h - what runs, in the desktop's own list of what goes on.
#pragma once

#include "common/client/desktop_jobs.h"
#include "gui/models/service.h"

namespace vexfs::gui {

/// Watches the service's jobs. Owner: main; lives in the GUI thread.
class JobViews : public QObject
{
    Q_OBJECT

public:
    /// What is over by then is nothing to watch.
    static constexpr quint64 kShownUs = 1'000'000;

    explicit JobViews(Service &service, quint64 shownUs = kShownUs, QObject *parent = nullptr);

private:
    void take();

    Service &m_service;
    const quint64 m_shownUs;
    client::DesktopJobs m_desktop;
};

} // namespace vexfs::gui
