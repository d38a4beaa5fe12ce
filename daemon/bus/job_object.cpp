// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/job_object.h"

#include "common/dbus/names.h"
#include "common/dbus/options.h"

#include <QDateTime>

namespace vexfs::daemon {

namespace {

QVariantMap properties(const BusContext &context, uint32_t id)
{
    const auto known = context.services.jobs->status(id);
    const JobStatus status = known ? *known : JobStatus();
    QList<QDBusObjectPath> objects;
    for (const QString &uuid : status.volumes)
        objects.append(QDBusObjectPath(dbus::volumePath(uuid)));
    return {
        {QStringLiteral("Id"), id},
        {QStringLiteral("Kind"), status.kind},
        {QStringLiteral("State"), jobStateName(status.state)},
        {QStringLiteral("Stage"), status.stage},
        {QStringLiteral("Progress"), status.progress()},
        {QStringLiteral("Items"),
         QVariant::fromValue(dbus::Amounts{status.items.done, status.items.total})},
        {QStringLiteral("Bytes"),
         QVariant::fromValue(dbus::Amounts{status.bytes.done, status.bytes.total})},
        {QStringLiteral("Rate"), status.rate(QDateTime::currentMSecsSinceEpoch() * 1000)},
        {QStringLiteral("Problems"), static_cast<qulonglong>(status.problemCount)},
        {QStringLiteral("Current"), status.currentUri},
        {QStringLiteral("StartTime"), static_cast<qulonglong>(status.startTimeUs)},
        {QStringLiteral("EndTime"), static_cast<qulonglong>(status.endTimeUs)},
        {QStringLiteral("Objects"), QVariant::fromValue(objects)},
        {QStringLiteral("StartedByUid"), status.startedByUid},
        {QStringLiteral("Cancelable"), status.isCancelable && !status.isFinished()},
        {QStringLiteral("Pausable"), status.isPausable && !status.isFinished()},
        {QStringLiteral("Error"), QVariant::fromValue(errorText(status))},
        {QStringLiteral("Result"), jobResult(status)},
    };
}

void listProblems(const BusContext &context, uint32_t id, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"limit"});
    const quint64 limit = options.number("limit", Job::kProblemsMax, Job::kProblemsMax);
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    const auto problems = context.services.jobs->problems(id);
    const auto status = context.services.jobs->status(id);
    if (!problems || !status)
        return call.fail(problems ? status.error() : problems.error());
    QList<dbus::ProblemRow> rows;
    for (const JobProblem &each : *problems) {
        if (static_cast<quint64>(rows.size()) >= limit)
            break;
        rows.append({each.uri, base::errcBusName(each.error.code), each.error.what, {}});
    }
    const QVariantMap info{
        {QStringLiteral("total"), static_cast<qulonglong>(status->problemCount)}};
    call.reply({QVariant::fromValue(rows), info});
}

void listItems(const BusContext &context, uint32_t id, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"limit", "after"});
    const quint64 limit = options.number("limit", 1000, 10'000);
    const QString after = options.text("after", QStringLiteral("0"));
    bool isToken = false;
    const quint64 number = after.toULongLong(&isToken);
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    if (!isToken)
        return call.fail({base::Errc::StaleToken, QStringLiteral("'after' is no token of ours")});
    const auto page = context.services.jobs->items(id, number, limit);
    if (!page)
        return call.fail(page.error());
    QList<dbus::FailureRow> rows;
    for (const JobItem &each : page->items) {
        QVariantMap props;
        if (!each.target.isEmpty())
            props.insert(QStringLiteral("target"), each.target);
        if (each.state == ItemState::Failed) {
            props.insert(QStringLiteral("error"), base::errcBusName(each.error.code));
            props.insert(QStringLiteral("reason"), each.error.what);
        }
        rows.append({each.uri, itemStateName(each.state), props});
    }
    QVariantMap info{{QStringLiteral("total"), static_cast<qulonglong>(page->total)}};
    if (page->next != 0)
        info.insert(QStringLiteral("next"), QString::number(page->next));
    call.reply({QVariant::fromValue(rows), info});
}

/// A method without arguments or answer.
template <class Act>
std::function<void(const dbus::Call &)> plainMethod(Act act)
{
    return [act](const dbus::Call &call) {
        dbus::Options options(call.options(), {});
        base::Status done = options.status();
        if (done)
            done = act();
        if (done)
            call.reply();
        else
            call.fail(done.error());
    };
}

} // namespace

dbus::ErrorText errorText(const JobStatus &status)
{
    if (status.state != JobState::Failed && status.state != JobState::Cancelled)
        return {};
    return {base::errcBusName(status.error.code), status.error.what};
}

QVariantMap jobResult(const JobStatus &status)
{
    QVariantMap out = status.result;
    const auto volume = out.find(QStringLiteral("volume"));
    if (volume != out.end()) {
        const QString path = dbus::volumePath(volume->toString());
        *volume = QVariant::fromValue(QDBusObjectPath(path));
    }
    return out;
}

QList<dbus::Binding> jobBindings(const BusContext &context, uint32_t id)
{
    JobRegistry *jobs = context.services.jobs;
    dbus::Binding job{dbus::kJob, {}, [context, id] { return properties(context, id); }};
    job.methods.insert(QStringLiteral("Cancel"),
                       plainMethod([jobs, id] { return jobs->cancel(id); }));
    job.methods.insert(QStringLiteral("Pause"),
                       plainMethod([jobs, id] { return jobs->setPaused(id, true); }));
    job.methods.insert(QStringLiteral("Resume"),
                       plainMethod([jobs, id] { return jobs->setPaused(id, false); }));
    job.methods.insert(QStringLiteral("Dismiss"),
                       plainMethod([jobs, id] { return jobs->dismiss(id); }));
    job.methods.insert(QStringLiteral("ListProblems"),
                       [context, id](const dbus::Call &call) { listProblems(context, id, call); });
    job.methods.insert(QStringLiteral("ListItems"),
                       [context, id](const dbus::Call &call) { listItems(context, id, call); });
    return {job};
}

} // namespace vexfs::daemon
