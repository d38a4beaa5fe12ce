// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "common/base/file_uri.h"

#include <QFile>

#include <memory>

namespace vexfs::cli {

namespace {

struct SearchArguments
{
    std::vector<std::string> words;
    std::vector<std::string> folders;
    std::vector<std::string> types;
    std::string mode = "auto";
    uint32_t limit = 20;
    bool isJsonLines = false;
    bool isNulSeparated = false;
    bool needsHit = false;
};

QByteArray pathOf(const client::SearchHit &hit)
{
    const auto path = base::pathFromUri(hit.uri);
    return path ? *path : hit.uri.toUtf8();
}

/// The snippet on one line, what was found in it in bold. Ranges count code points.
QString shownPassage(const client::SearchHit &hit, bool hasColour)
{
    const QString plain = oneLine(hit.snippet);
    if (!hasColour)
        return plain.simplified();
    const auto points = plain.toUcs4();
    QString out;
    size_t next = 0;
    for (uint32_t i = 0; i < static_cast<uint32_t>(points.size()); ++i) {
        const auto count = static_cast<size_t>(hit.highlights.size());
        if (next < count && hit.highlights[static_cast<qsizetype>(next)].begin == i)
            out += QStringLiteral("\033[1m");
        const auto point = static_cast<char32_t>(points[i]);
        out += QString::fromUcs4(&point, 1);
        if (next < count && hit.highlights[static_cast<qsizetype>(next)].end == i + 1) {
            out += QStringLiteral("\033[0m");
            ++next;
        }
    }
    return next < static_cast<size_t>(hit.highlights.size()) ? out + QStringLiteral("\033[0m")
                                                             : out;
}

void writeForPeople(const Command &command, const client::SearchReply &reply)
{
    std::ostream &out = command.io.out;
    for (const client::SearchHit &hit : reply.hits) {
        const QString how = hit.matched.join(u'+');
        QString line = QStringLiteral(" %1 %2  %3")
                           .arg(hit.score, 0, 'f', 2)
                           .arg(how.leftJustified(7), shownPath(pathOf(hit)));
        if (hit.page > 0)
            line += QStringLiteral("  p. %1").arg(hit.page);
        out << line.toStdString() << '\n';
        if (!hit.snippet.isEmpty())
            out << "      " << shownPassage(hit, command.hasColour()).toStdString() << '\n';
    }
    out.flush();
    const auto seconds = static_cast<double>(reply.tookUs) / 1e6;
    command.say(QStringLiteral("%1 %2 (%3 s).")
                    .arg(reply.hits.size())
                    .arg(reply.hits.size() == 1 ? QStringLiteral("file") : QStringLiteral("files"))
                    .arg(seconds, 0, 'f', 2));
    if (reply.isWeak && !reply.hits.isEmpty())
        command.say(QStringLiteral("Nothing fits well: these are guesses."));
    if (reply.pending > 0)
        command.say(QStringLiteral("%1 files are still to be indexed.").arg(reply.pending));
    if (reply.isPartial)
        command.say(QStringLiteral("Part of the index could not answer; see: vexctl index status"));
}

void writeJsonReply(const Command &command, const client::SearchReply &reply, const QString &query)
{
    QJsonArray hits;
    for (const client::SearchHit &each : reply.hits)
        hits.append(jsonOf(each));
    writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.search/1")},
                               {QStringLiteral("query"), query},
                               {QStringLiteral("hits"), hits},
                               {QStringLiteral("took_us"), jsonNumber(reply.tookUs)},
                               {QStringLiteral("searched"), jsonNumber(reply.searched)},
                               {QStringLiteral("pending"), jsonNumber(reply.pending)},
                               {QStringLiteral("weak"), reply.isWeak},
                               {QStringLiteral("partial"), reply.isPartial}});
}

Outcome search(const Command &command, const SearchArguments &arguments)
{
    QStringList words;
    for (const std::string &each : arguments.words)
        words.append(QString::fromStdString(each));
    const QString query = words.join(u' ');
    client::SearchOptions options;
    options.limit = arguments.limit;
    options.mode = QString::fromStdString(arguments.mode);
    for (const std::string &each : arguments.folders)
        options.scopeUris.append(absoluteUri(each));
    for (const std::string &each : arguments.types)
        options.types.append(QString::fromStdString(each));
    const auto reply = await(command, command.io.client.search(query, options));
    if (!reply)
        return tl::unexpected(reply.error());
    if (arguments.isJsonLines) {
        for (const client::SearchHit &each : reply->hits)
            writeJson(command.io.out, jsonOf(each));
    } else if (command.isJson) {
        writeJsonReply(command, *reply, query);
    } else if (arguments.isNulSeparated) {
        for (const client::SearchHit &each : reply->hits)
            command.io.out << pathOf(each).toStdString() << '\0';
    } else {
        writeForPeople(command, *reply);
    }
    return arguments.needsHit && reply->hits.isEmpty() ? kNoSuchThing : kDone;
}

} // namespace

void addSearchVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<SearchArguments>();
    CLI::App *verb = app.add_subcommand("search", "Finds files by words and by meaning");
    verb->add_option("TEXT", arguments->words, "What to look for")->required();
    verb->add_option("--in", arguments->folders, "Only in this folder; may be repeated")
        ->expected(1)
        ->take_all();
    verb->add_option("--type", arguments->types, "pdf, text, text/html, image/*; may be repeated")
        ->expected(1)
        ->take_all();
    verb->add_option("-k,--limit", arguments->limit, "At most so many files")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    verb->add_option("--mode", arguments->mode, "auto, keyword, vector or hybrid")
        ->check(CLI::IsMember({"auto", "keyword", "vector", "hybrid"}))
        ->capture_default_str();
    verb->add_flag("--jsonl", arguments->isJsonLines, "One hit a line, in JSON");
    verb->add_flag("-0,--null", arguments->isNulSeparated, "Only paths, each ended by NUL");
    verb->add_flag("-e,--exit-status", arguments->needsHit, "Exit with 3 when nothing is found");
    verb->callback([command, arguments] {
        command->isJson = command->isJson || arguments->isJsonLines;
        command->verb = [command, arguments] { return search(*command, *arguments); };
    });
}

} // namespace vexfs::cli
