// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/search_stage.h - times one stage of a search, where somebody wants to know.
#pragma once

#include "daemon/query/search_types.h"

#include <QElapsedTimer>

namespace vexfs::daemon {

/// Adds a row when end() is called; one that never ends, because the stage failed, adds none.
class SearchStageTimer
{
public:
    SearchStageTimer(QVector<SearchStage> *maybeStages, const QString &name)
        : m_stages(maybeStages), m_name(name)
    {
        m_timer.start();
    }

    int64_t tookUs() const { return m_timer.nsecsElapsed() / 1000; }

    void end(const QString &plan, uint64_t rows, double estimated = -1.0)
    {
        if (m_stages)
            m_stages->push_back({m_name, plan, estimated, rows, tookUs()});
    }

    void end(const QString &plan, uint64_t rows, double estimated, QVector<SearchPlan> plans)
    {
        end(plan, rows, estimated);
        if (m_stages)
            m_stages->back().plans = std::move(plans);
    }

private:
    QVector<SearchStage> *m_stages;
    QString m_name;
    QElapsedTimer m_timer;
};

} // namespace vexfs::daemon
