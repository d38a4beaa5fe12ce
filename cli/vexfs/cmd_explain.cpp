// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"

#include <memory>

namespace vexfs::cli {

namespace {

struct ExplainArguments
{
    std::string file;
    std::string query;
};

Outcome explain(const Command &command, const ExplainArguments &arguments)
{
    const std::string &file = arguments.file;
    const auto volume = findIndexed(command, QString::fromUtf8(absolutePath(file)));
    if (!volume && volume.error().code == base::Errc::NotFound) {
        return base::fail(
            base::Errc::NotOnVolume,
            QStringLiteral("%1 is on no mounted volume").arg(QString::fromStdString(file)));
    }
    if (!volume)
        return tl::unexpected(volume.error());
    const auto report =
        await(command, command.io.client.explain(volume->object, absoluteUri(file),
                                                 QString::fromStdString(arguments.query)));
    if (!report)
        return tl::unexpected(report.error());
    if (command.isJson) {
        QJsonObject out = jsonOf(*report);
        out.insert(QStringLiteral("schema"), QStringLiteral("vexctl.explain/1"));
        setFile(&out, absoluteUri(file));
        writeJson(command.io.out, out);
    } else {
        command.io.out << shownPath(absolutePath(file)).toStdString() << '\n';
        for (auto each = report->constBegin(); each != report->constEnd(); ++each) {
            const bool isTime = each.key().endsWith(QLatin1String("-at"));
            const bool isList = each->typeId() == QMetaType::QStringList;
            const QString value = isTime   ? localTime(each->toULongLong())
                                  : isList ? each->toStringList().join(QStringLiteral(", "))
                                           : each->toString();
            const QString name = QStringLiteral("  %1:").arg(each.key());
            command.io.out << name.leftJustified(16).toStdString() << oneLine(value).toStdString()
                           << '\n';
        }
    }
    const QString state = report->value(QStringLiteral("state")).toString();
    return state == QLatin1String("missing") ? kNoSuchThing : kDone;
}

} // namespace

void addExplainVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<ExplainArguments>();
    CLI::App *verb = app.add_subcommand("explain", "Tells why a file is found or not");
    verb->add_option("FILE", arguments->file)->required();
    verb->add_option("--query", arguments->query, "What it should have been found by");
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return explain(*command, *arguments); };
    });
}

} // namespace vexfs::cli
