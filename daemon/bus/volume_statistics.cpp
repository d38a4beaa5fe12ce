// SPDX-License-Identifier: Apache-2.0
//
// The Statistics interface of a volume or a source.
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "common/dbus/types.h"
#include "daemon/bus/volume_object.h"

#include <chrono>

namespace vexfs::daemon {

using base::Result;

namespace {

QString unitWord(CounterUnit unit)
{
    if (unit == CounterUnit::Bytes)
        return QStringLiteral("bytes");
    return unit == CounterUnit::Microseconds ? QStringLiteral("us") : QStringLiteral("count");
}

/// Of the index, and of the driver and the engine below the volume.
Result<QVector<CounterRow>> allCounters(const BusContext &context, const QString &uuid)
{
    const auto place = context.services.indexed->find(uuid);
    if (!place)
        return tl::unexpected(place.error());
    QVector<CounterRow> rows = place->index ? place->index->counters() : QVector<CounterRow>();
    // Nothing lies below a plain folder that counts.
    if (isSourceId(uuid))
        return rows;
    const auto handle = context.services.volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    const auto below = handle->volume->counters();
    if (!below)
        return tl::unexpected(below.error());
    for (const ctl::Counter &each : *below) {
        const auto unit = each.unit == 1   ? CounterUnit::Bytes
                          : each.unit == 2 ? CounterUnit::Microseconds
                                           : CounterUnit::Count;
        rows += {QString::fromUtf8(each.name), each.value, each.isGauge, unit};
    }
    return rows;
}

bool isWanted(const QString &name, const QStringList &wanted)
{
    return wanted.isEmpty()
           || std::any_of(wanted.begin(), wanted.end(), [&](const QString &each) {
                  return each.endsWith(u'*') ? name.startsWith(each.chopped(1)) : name == each;
              });
}

void describe(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    answerFromPool(context, call, [context, uuid]() -> Result<QVariantList> {
        const auto counters = allCounters(context, uuid);
        if (!counters)
            return tl::unexpected(counters.error());
        QList<dbus::CounterRow> rows;
        for (const CounterRow &each : *counters) {
            const QString kind
                = each.isGauge ? QStringLiteral("gauge") : QStringLiteral("counter");
            rows.append({each.name, kind, unitWord(each.unit), {}});
        }
        return QVariantList{QVariant::fromValue(rows)};
    });
}

void read(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    const QStringList wanted = call.texts(0);
    answerFromPool(context, call, [context, uuid, wanted]() -> Result<QVariantList> {
        const auto all = allCounters(context, uuid);
        if (!all)
            return tl::unexpected(all.error());
        dbus::Counters counters;
        dbus::Gauges gauges;
        for (const CounterRow &each : *all) {
            if (!isWanted(each.name, wanted))
                continue;
            if (each.isGauge)
                gauges.insert(each.name, static_cast<double>(each.value));
            else
                counters.insert(each.name, each.value);
        }
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
        return QVariantList{static_cast<qulonglong>(us), QVariant::fromValue(counters),
                            QVariant::fromValue(gauges)};
    });
}

} // namespace

dbus::Binding statisticsBinding(const BusContext &context, const QString &uuid)
{
    dbus::Binding statistics{dbus::kStatistics, {}, {}};
    statistics.methods.insert(
        QStringLiteral("Describe"),
        [context, uuid](const dbus::Call &call) { describe(context, uuid, call); });
    statistics.methods.insert(
        QStringLiteral("Read"),
        [context, uuid](const dbus::Call &call) { read(context, uuid, call); });
    return statistics;
}

} // namespace vexfs::daemon
