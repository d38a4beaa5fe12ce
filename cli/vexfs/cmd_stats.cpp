// SPDX-License-Identifier: Apache-2.0
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"

#include <QThread>

#include <cmath>
#include <memory>

namespace vexfs::cli {

namespace {

struct StatsArguments
{
    std::string volume;
    std::vector<std::string> names;
    double watchSeconds = 0;
    uint32_t count = 0;
};

/// Shares of hits, which people ask caches for.
void addRatios(const client::CounterValues &now, Table *table)
{
    const QString hits = QStringLiteral(".hits");
    for (auto each = now.counters.constBegin(); each != now.counters.constEnd(); ++each) {
        const QString cache = each.key().chopped(each.key().endsWith(hits) ? hits.size() : 0);
        const auto misses = now.counters.constFind(cache + QStringLiteral(".misses"));
        if (!each.key().endsWith(hits) || misses == now.counters.constEnd())
            continue;
        const double all = double(*each) + double(*misses);
        const QString share
            = all > 0 ? QString::number(100.0 * double(*each) / all, 'f', 1) + QStringLiteral(" %")
                      : QStringLiteral("-");
        table->addRow({cache + QStringLiteral(".hit-share"), share, QString()});
    }
}

void writeForPeople(const Command &command, const client::CounterValues &before,
                    const client::CounterValues &now)
{
    Table table({QStringLiteral("name"), QStringLiteral(">value"), QStringLiteral(">per second")});
    const double seconds = double(now.timeUs - before.timeUs) / 1e6;
    for (auto each = now.counters.constBegin(); each != now.counters.constEnd(); ++each) {
        QString rate;
        if (before.timeUs > 0 && seconds > 0) {
            const auto rise = each.value() - before.counters.value(each.key());
            rate = QString::number(double(rise) / seconds, 'f', 1);
        }
        table.addRow({each.key(), QString::number(each.value()), rate});
    }
    for (auto each = now.gauges.constBegin(); each != now.gauges.constEnd(); ++each)
        table.addRow({each.key(), QString::number(each.value(), 'f', 0), QString()});
    addRatios(now, &table);
    table.write(command.io.out);
    command.io.out.flush();
}

void writeInJson(const Command &command, const client::CounterValues &now)
{
    QJsonObject counters;
    QJsonObject gauges;
    for (auto each = now.counters.constBegin(); each != now.counters.constEnd(); ++each)
        counters.insert(each.key(), jsonNumber(each.value()));
    for (auto each = now.gauges.constBegin(); each != now.gauges.constEnd(); ++each)
        gauges.insert(each.key(), each.value());
    writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.stats/1")},
                               {QStringLiteral("time_us"), jsonNumber(now.timeUs)},
                               {QStringLiteral("counters"), counters},
                               {QStringLiteral("gauges"), gauges}});
    command.io.out.flush();
}

Outcome stats(const Command &command, const StatsArguments &arguments)
{
    const auto volume = findIndexed(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    QStringList names;
    for (const std::string &each : arguments.names)
        names.append(QString::fromStdString(each));
    client::CounterValues before;
    for (uint32_t told = 1;; ++told) {
        const auto now = await(command, command.io.client.statistics(volume->object, names));
        if (!now)
            return tl::unexpected(now.error());
        if (now->counters.isEmpty() && now->gauges.isEmpty()) {
            return base::fail(base::Errc::NotFound,
                              QStringLiteral("No counter is called so: %1").arg(names.join(u' ')));
        }
        if (command.isJson)
            writeInJson(command, *now);
        else
            writeForPeople(command, before, *now);
        if (arguments.watchSeconds <= 0 || (arguments.count > 0 && told >= arguments.count))
            return kDone;
        before = *now;
        QThread::usleep(static_cast<unsigned long>(std::llround(arguments.watchSeconds * 1e6)));
    }
}

} // namespace

void addStatsVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<StatsArguments>();
    CLI::App *verb = app.add_subcommand("stats", "Tells what a volume and its index counted");
    verb->add_option("NAME", arguments->names, "Counters; '*' at the end is a prefix");
    verb->add_option("--volume", arguments->volume, "Mount point, image file, label or uuid");
    verb->add_option("--watch", arguments->watchSeconds, "Again every so many seconds, with rates")
        ->expected(0, 1)
        ->default_str("2")
        ->check(CLI::Range(0.05, 86400.0));
    verb->add_option("--count", arguments->count, "With --watch, so many times");
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return stats(*command, *arguments); };
    });
}

} // namespace vexfs::cli
