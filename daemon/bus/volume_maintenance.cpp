// SPDX-License-Identifier: Apache-2.0
//
// What the Volume interface offers to look after a volume.
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "daemon/bus/volume_object.h"

#include <limits>

namespace vexfs::daemon {

using base::Result;

namespace {

/// Starts a job once verify() has nothing against it.
template <class Verify>
void startJob(const BusContext &context, const QString &uuid, const dbus::Call &call,
              const JobRequest &request, Verify verify, const JobWork &work)
{
    JobRegistry *jobs = context.services.jobs;
    answerWithJob(
        context, call,
        [verify, uuid]() -> Result<QString> {
            const auto fits = verify();
            if (!fits)
                return tl::unexpected(fits.error());
            return uuid;
        },
        [jobs, request, work](const QString &) { return jobs->start(request, work); });
}

void setLabel(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    MaintenanceService *maintenance = context.services.maintenance;
    answerFromPool(context, call,
                   [maintenance, uuid, label = call.text(0)]() -> Result<QVariantList> {
                       const auto done = maintenance->setLabel(uuid, label);
                       if (!done)
                           return tl::unexpected(done.error());
                       return QVariantList();
                   });
}

void resize(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    MaintenanceService *maintenance = context.services.maintenance;
    JobRequest request = jobRequest(QStringLiteral("resize"), {uuid});
    request.isCancelable = false;
    startJob(
        context, uuid, call, request, [=] { return maintenance->verifyMounted(uuid); },
        maintenance->growth(uuid, call.argument(0).toULongLong()));
}

void check(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"repair", "data"});
    CheckRequest wish;
    wish.isRepair = options.boolean("repair");
    wish.hasData = options.boolean("data");
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    MaintenanceService *maintenance = context.services.maintenance;
    JobRequest request = jobRequest(QStringLiteral("check"), {uuid});
    request.isCancelable = !wish.isRepair;
    startJob(
        context, uuid, call, request, [=] { return maintenance->verifyUnmounted(uuid); },
        maintenance->check(uuid, wish));
}

void scrub(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"rate"});
    const quint64 rate = options.number("rate", 0, std::numeric_limits<quint64>::max());
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    MaintenanceService *maintenance = context.services.maintenance;
    startJob(
        context, uuid, call, jobRequest(QStringLiteral("scrub"), {uuid}),
        [=] { return maintenance->verifyMounted(uuid); }, maintenance->scrub(uuid, rate));
}

} // namespace

void addMaintenanceMethods(const BusContext &context, const QString &uuid, dbus::Binding *binding)
{
    const auto method = [&context, &uuid](auto function) {
        return [context, uuid, function](const dbus::Call &call) { function(context, uuid, call); };
    };
    binding->methods.insert(QStringLiteral("SetLabel"), method(setLabel));
    binding->methods.insert(QStringLiteral("Resize"), method(resize));
    binding->methods.insert(QStringLiteral("Check"), method(check));
    binding->methods.insert(QStringLiteral("Scrub"), method(scrub));
}

} // namespace vexfs::daemon
