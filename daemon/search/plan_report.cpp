// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/plan_report.h"

#include <cmath>

namespace vexfs::daemon {

namespace {

QString inWords(FilterWay way)
{
    switch (way) {
    case FilterWay::Scan:
        return QStringLiteral("all that pass compared");
    case FilterWay::During:
        return QStringLiteral("filtered during the walk");
    case FilterWay::After:
        return QStringLiteral("walked, then filtered");
    case FilterWay::None:
        break;
    }
    return QStringLiteral("walked");
}

// What the others were expected to take, which is why this one was taken.
QString othersText(const VectorPlan &plan)
{
    QStringList others;
    for (size_t i = 0; i < plan.waysUs.size(); ++i) {
        if (kFilterWays[i] == plan.way || plan.waysUs[i] <= 0.0)
            continue;
        const bool isPossible = std::isfinite(plan.waysUs[i]);
        others.append(QLatin1String(nameOf(kFilterWays[i])) + u' '
                      + (isPossible ? QString::number(plan.waysUs[i], 'f', 0)
                                    : QStringLiteral("cannot find enough")));
    }
    return others.isEmpty() ? QString() : QStringLiteral(" (") + others.join(QStringLiteral(", "))
                                              + u')';
}

QString textOf(const VectorPlan &plan)
{
    QString text = QStringLiteral("%1 %2 passages %3")
                       .arg(QLatin1String(plan.part)).arg(plan.rows).arg(inWords(plan.way));
    if (plan.isCompleted)
        text += QStringLiteral(", which found too few, and all that pass compared");
    text += QStringLiteral(": %1 expected to pass, %2 taken").arg(plan.expectedRows)
                .arg(plan.actualRows);
    if (plan.actualDistances > 0) {
        text += QStringLiteral("; distances %1 expected, %2 counted")
                    .arg(plan.expectedDistances, 0, 'f', 0).arg(plan.actualDistances);
    }
    text += QStringLiteral("; ");
    if (plan.expectedUs > 0.0 && std::isfinite(plan.expectedUs)) {
        text += QStringLiteral("%1 us expected%2, ").arg(plan.expectedUs, 0, 'f', 0)
                    .arg(othersText(plan));
    }
    return text + QStringLiteral("%1 us taken").arg(plan.actualUs, 0, 'f', 0);
}

} // namespace

FilterWay wayOf(PlanHint hint)
{
    switch (hint) {
    case PlanHint::Scan:
        return FilterWay::Scan;
    case PlanHint::During:
        return FilterWay::During;
    case PlanHint::After:
        return FilterWay::After;
    case PlanHint::Auto:
        break;
    }
    return FilterWay::None;
}

QVector<SearchPlan> planReport(const std::vector<VectorPlan> &plans)
{
    QVector<SearchPlan> out;
    for (const VectorPlan &plan : plans) {
        SearchPlan row;
        row.part = QLatin1String(plan.part);
        row.way = QLatin1String(nameOf(plan.way));
        row.isCompleted = plan.isCompleted;
        row.rows = plan.rows;
        row.expectedRows = plan.expectedRows;
        row.actualRows = plan.actualRows;
        row.actualDistances = plan.actualDistances;
        row.expectedDistances = plan.expectedDistances;
        row.expectedUs = std::isfinite(plan.expectedUs) ? plan.expectedUs : 0.0;
        row.actualUs = plan.actualUs;
        for (size_t i = 0; i < plan.waysUs.size(); ++i) {
            if (plan.waysUs[i] > 0.0 && std::isfinite(plan.waysUs[i]))
                row.waysUs.append({QLatin1String(nameOf(kFilterWays[i])), plan.waysUs[i]});
        }
        out.append(row);
    }
    return out;
}

QString planText(const std::vector<VectorPlan> &plans)
{
    QStringList parts;
    for (const VectorPlan &plan : plans)
        parts.append(textOf(plan));
    return parts.isEmpty() ? QStringLiteral("nearest passages by the index of this model")
                           : parts.join(QStringLiteral("; "));
}

} // namespace vexfs::daemon
