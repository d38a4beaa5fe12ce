// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "common/base/file_uri.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QtEndian>

#include <memory>

namespace vexfs::cli {

namespace {

struct SearchArguments
{
    std::vector<std::string> words;
    std::vector<std::string> folders;
    std::vector<std::string> types;
    std::string mode = "auto";
    std::string query;
    std::string since;
    std::string until;
    std::string similar;
    std::string metric;
    std::string snapshots;
    std::string at;
    std::string plan;
    uint32_t limit = 20;
    bool isPrefix = false;
    bool isExplained = false;
    bool opens = false;
    bool isJsonLines = false;
    bool isNulSeparated = false;
    bool needsHit = false;
    bool isByVersion = false;
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

/// A page of guesses looks like an answer; programs get them all.
constexpr qsizetype kGuessesShown = 3;

void writeForPeople(const Command &command, const client::SearchReply &reply)
{
    std::ostream &out = command.io.out;
    const qsizetype shown =
        reply.isWeak ? std::min(kGuessesShown, reply.hits.size()) : reply.hits.size();
    for (const client::SearchHit &hit : reply.hits.first(shown)) {
        const QString how = hit.matched.join(u'+');
        QString line = QStringLiteral(" %1 %2  %3")
                           .arg(hit.score, 0, 'f', 2)
                           .arg(how.leftJustified(7), shownPath(pathOf(hit)));
        if (hit.page > 0)
            line += QStringLiteral("  p. %1").arg(hit.page);
        if (!hit.snapshot.isEmpty() && hit.snapshotCount > 1)
            line += QStringLiteral("  and %1 snapshots more").arg(hit.snapshotCount - 1);
        if (hit.versions > 1)
            line += QStringLiteral("  %1 versions").arg(hit.versions);
        if (!hit.member.isEmpty())
            line += QStringLiteral("  in it: ") + hit.member;
        out << line.toStdString() << '\n';
        if (!hit.snippet.isEmpty())
            out << "      " << shownPassage(hit, command.hasColour()).toStdString() << '\n';
    }
    out.flush();
    const auto seconds = static_cast<double>(reply.tookUs) / 1e6;
    command.say(QStringLiteral("%1 %2 (%3 s).")
                    .arg(shown)
                    .arg(shown == 1 ? QStringLiteral("file") : QStringLiteral("files"))
                    .arg(seconds, 0, 'f', 2));
    if (!reply.rewritten.isEmpty())
        command.say(QStringLiteral("No file has that word; looked for names with: %1")
                        .arg(reply.rewritten));
    if (reply.isWeak) {
        command.say(reply.hits.isEmpty()
                        ? QStringLiteral("Nothing fits.")
                        : QStringLiteral("Nothing fits well: these are guesses."));
    }
    if (reply.pending > 0)
        command.say(QStringLiteral("%1 files are still to be indexed.").arg(reply.pending));
    if (reply.isPartial)
        command.say(QStringLiteral("Part of the index could not answer; see: vexctl index status"));
}

QJsonObject jsonOfPlan(const client::SearchPlan &plan)
{
    QJsonObject ways;
    for (auto way = plan.waysUs.begin(); way != plan.waysUs.end(); ++way)
        ways.insert(way.key(), way.value());
    return {{QStringLiteral("part"), plan.part},
            {QStringLiteral("way"), plan.way},
            {QStringLiteral("completed"), plan.isCompleted},
            {QStringLiteral("rows"), jsonNumber(plan.rows)},
            {QStringLiteral("estimated_rows"), jsonNumber(plan.estimatedRows)},
            {QStringLiteral("taken"), jsonNumber(plan.taken)},
            {QStringLiteral("estimated_distances"), plan.estimatedDistances},
            {QStringLiteral("distances"), jsonNumber(plan.distances)},
            {QStringLiteral("estimated_us"), plan.estimatedUs},
            {QStringLiteral("took_us"), plan.tookUs},
            {QStringLiteral("ways_us"), ways}};
}

QJsonObject jsonOfStage(const client::SearchStage &stage)
{
    QJsonObject row{{QStringLiteral("name"), stage.name},
                    {QStringLiteral("plan"), stage.plan},
                    {QStringLiteral("rows"), jsonNumber(stage.rows)},
                    {QStringLiteral("took_us"), jsonNumber(stage.tookUs)}};
    if (stage.estimated >= 0)
        row.insert(QStringLiteral("estimated"), stage.estimated);
    QJsonArray plans;
    for (const client::SearchPlan &plan : stage.plans)
        plans.append(jsonOfPlan(plan));
    if (!plans.isEmpty())
        row.insert(QStringLiteral("plans"), plans);
    return row;
}

void writeJsonReply(const Command &command, const client::SearchReply &reply, const QString &query)
{
    QJsonArray hits;
    for (const client::SearchHit &each : reply.hits)
        hits.append(jsonOf(each));
    QJsonObject out{{QStringLiteral("schema"), QStringLiteral("vexctl.search/1")},
                    {QStringLiteral("query"), query},
                    {QStringLiteral("hits"), hits},
                    {QStringLiteral("took_us"), jsonNumber(reply.tookUs)},
                    {QStringLiteral("searched"), jsonNumber(reply.searched)},
                    {QStringLiteral("pending"), jsonNumber(reply.pending)},
                    {QStringLiteral("weak"), reply.isWeak},
                    {QStringLiteral("partial"), reply.isPartial}};
    if (!reply.rewritten.isEmpty())
        out.insert(QStringLiteral("rewritten"), reply.rewritten);
    QJsonArray stages;
    for (const client::SearchStage &stage : reply.stages)
        stages.append(jsonOfStage(stage));
    if (!stages.isEmpty())
        out.insert(QStringLiteral("stages"), stages);
    writeJson(command.io.out, out);
}

/// The shell takes the quotation marks from in:"~/My Work": where what follows the colon is a file
/// they are put back, else the argument is several words.
QString asTyped(const std::string &argument)
{
    static const QRegularExpression condition(
        QStringLiteral("^(-?(?:in|similar)):([^\"].*\\s.*)$"));
    const QString text = QString::fromStdString(argument);
    const auto match = condition.match(text);
    if (!match.hasMatch())
        return text;
    QString path = match.captured(2);
    if (path.startsWith(QLatin1String("~/")))
        path.replace(0, 1, QDir::homePath());
    return QFileInfo::exists(path) ? match.captured(1) + QStringLiteral(":\"") + match.captured(2)
                                         + u'"'
                                   : text;
}

/// The elements of a JSON array as little-endian float32; nothing when it is none.
base::Result<QByteArray> vectorOf(const QString &text)
{
    if (!text.trimmed().startsWith(u'['))
        return QByteArray();
    const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8());
    if (!document.isArray() || document.array().isEmpty()) {
        return base::fail(base::Errc::InvalidVector,
                          QStringLiteral("--query is no JSON array of numbers"));
    }
    QByteArray bytes;
    for (const QJsonValue &each : document.array()) {
        if (!each.isDouble()) {
            return base::fail(base::Errc::InvalidVector,
                              QStringLiteral("--query holds what is no number"));
        }
        const float element = qToLittleEndian(static_cast<float>(each.toDouble()));
        bytes.append(reinterpret_cast<const char *>(&element), sizeof element);
    }
    return bytes;
}

base::Result<client::SearchOptions> optionsOf(const SearchArguments &arguments)
{
    client::SearchOptions options;
    const auto vector = vectorOf(QString::fromStdString(arguments.query));
    if (!vector)
        return tl::unexpected(vector.error());
    options.vector = *vector;
    options.limit = arguments.limit;
    options.mode = QString::fromStdString(arguments.mode);
    if (!options.vector.isEmpty() && arguments.mode == "auto")
        options.mode = QStringLiteral("vector");
    for (const std::string &each : arguments.folders)
        options.scopeUris.append(absoluteUri(each));
    for (const std::string &each : arguments.types)
        options.types.append(QString::fromStdString(each));
    if (!arguments.similar.empty())
        options.similarUri = absoluteUri(arguments.similar);
    options.metric = QString::fromStdString(arguments.metric);
    options.snapshots = QString::fromStdString(arguments.snapshots);
    options.at = QString::fromStdString(arguments.at);
    if (arguments.isByVersion)
        options.collapse = QStringLiteral("version");
    options.plan = QString::fromStdString(arguments.plan);
    options.isPrefix = arguments.isPrefix;
    // Who asks for a way wants to see it.
    options.isExplained = arguments.isExplained || !arguments.plan.empty();
    return options;
}

QString queryOf(const SearchArguments &arguments, bool hasVector)
{
    QStringList words;
    for (const std::string &each : arguments.words)
        words.append(asTyped(each));
    if (!arguments.query.empty() && !hasVector)
        words.append(QString::fromStdString(arguments.query));
    const std::pair<const char *, const std::string &> dates[] = {{"after:\"", arguments.since},
                                                                  {"before:\"", arguments.until}};
    for (const auto &[key, value] : dates) {
        if (!value.empty())
            words.append(QLatin1String(key) + QString::fromStdString(value) + u'"');
    }
    return words.join(u' ');
}

QString us(double value)
{
    return value > 0 ? QString::number(value, 'f', 0) : QString();
}

/// The three ways to find vectors that fulfil conditions: the one that was taken, and the others.
void writePlans(const Command &command, const client::SearchReply &reply)
{
    Table table({QStringLiteral("vectors"), QStringLiteral("way"), QStringLiteral(">estimated"),
                 QStringLiteral(">rows"), QStringLiteral(">estimated us"), QStringLiteral(">us"),
                 QStringLiteral("")});
    bool hasRows = false;
    for (const client::SearchStage &stage : reply.stages) {
        for (const client::SearchPlan &plan : stage.plans) {
            if (plan.way == QLatin1String("none"))
                continue;
            hasRows = true;
            table.addRow({plan.part, plan.way, QString::number(plan.estimatedRows),
                          QString::number(plan.taken), us(plan.estimatedUs), us(plan.tookUs),
                          plan.isCompleted ? QStringLiteral("taken; found too few: all compared")
                                           : QStringLiteral("taken")});
            for (auto way = plan.waysUs.begin(); way != plan.waysUs.end(); ++way) {
                if (way.key() != plan.way)
                    table.addRow({plan.part, way.key(), {}, {}, us(way.value()), {}, {}});
            }
        }
    }
    if (hasRows) {
        command.io.out << '\n';
        table.write(command.io.out);
    }
}

void writeStages(const Command &command, const client::SearchReply &reply)
{
    Table table({QStringLiteral("stage"), QStringLiteral(">estimated"), QStringLiteral(">rows"),
                 QStringLiteral(">ms"), QStringLiteral("how")});
    for (const client::SearchStage &stage : reply.stages) {
        const QString estimated
            = stage.estimated < 0 ? QString() : QString::number(stage.estimated, 'f', 0);
        table.addRow({stage.name, estimated, QString::number(stage.rows),
                      QString::number(double(stage.tookUs) / 1000.0, 'f', 2), stage.plan});
    }
    table.write(command.io.out);
    writePlans(command, reply);
}

Outcome openFirst(const client::SearchReply &reply)
{
    if (reply.hits.isEmpty())
        return kNoSuchThing;
    const QString path = QFile::decodeName(pathOf(reply.hits.constFirst()));
    if (QProcess::startDetached(QStringLiteral("xdg-open"), {path}))
        return kDone;
    return base::fail(base::Errc::Failed,
                      QStringLiteral("xdg-open cannot be started to open %1").arg(path));
}

void writeReply(const Command &command, const SearchArguments &arguments,
                const client::SearchReply &reply, const QString &query)
{
    if (arguments.isJsonLines) {
        for (const client::SearchHit &each : reply.hits)
            writeJson(command.io.out, jsonOf(each));
    } else if (command.isJson) {
        writeJsonReply(command, reply, query);
    } else if (arguments.isNulSeparated) {
        for (const client::SearchHit &each : reply.hits)
            command.io.out << pathOf(each).toStdString() << '\0';
    } else {
        writeForPeople(command, reply);
        if (!reply.stages.isEmpty())
            writeStages(command, reply);
    }
}

/// A last word that is the mount point of a volume is where to search: vexctl-compat(7). Other
/// paths are words, as what is searched for may be one.
base::Result<SearchArguments> withScope(const Command &command, SearchArguments arguments)
{
    const bool isMore = arguments.words.size() > 1 || !arguments.query.empty()
        || !arguments.similar.empty();
    if (!isMore || arguments.words.empty() || !arguments.words.back().starts_with('/'))
        return arguments;
    const QByteArray path = absolutePath(arguments.words.back());
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    for (const client::VolumeInfo &each : inventory->volumes) {
        if (each.isMounted() && mountPath(each) == path) {
            arguments.folders.push_back(arguments.words.back());
            arguments.words.pop_back();
            break;
        }
    }
    return arguments;
}

Outcome search(const Command &command, const SearchArguments &given)
{
    const auto known = withScope(command, given);
    if (!known)
        return tl::unexpected(known.error());
    const SearchArguments &arguments = *known;
    const auto options = optionsOf(arguments);
    if (!options)
        return tl::unexpected(options.error());
    const QString query = queryOf(arguments, !options->vector.isEmpty());
    const auto reply = await(command, command.io.client.search(query, *options));
    if (!reply)
        return tl::unexpected(reply.error());
    if (arguments.opens)
        return openFirst(*reply);
    writeReply(command, arguments, *reply, query);
    return arguments.needsHit && reply->hits.isEmpty() ? kNoSuchThing : kDone;
}

struct SuggestArguments
{
    std::string prefix;
    uint32_t limit = 10;
};

Outcome suggest(const Command &command, const SuggestArguments &arguments)
{
    const auto found = await(
        command,
        command.io.client.suggest(QString::fromStdString(arguments.prefix), arguments.limit));
    if (!found)
        return tl::unexpected(found.error());
    QJsonArray rows;
    for (const client::Suggestion &each : *found) {
        rows.append(QJsonObject{{QStringLiteral("text"), each.text},
                                {QStringLiteral("kind"), each.kind}});
        if (!command.isJson) {
            command.io.out << each.kind.leftJustified(9).toStdString()
                           << oneLine(each.text).toStdString() << '\n';
        }
    }
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.suggest/1")},
                                   {QStringLiteral("suggestions"), rows}});
    }
    return kDone;
}

/// What search and similar have in common.
void addOutputOptions(CLI::App *verb, SearchArguments *arguments)
{
    verb->add_option("--in", arguments->folders, "Only in this folder; may be repeated")
        ->expected(1)
        ->take_all();
    verb->add_option("--type", arguments->types, "pdf, text, text/html, image/*; may be repeated")
        ->expected(1)
        ->take_all();
    verb->add_option("--since", arguments->since, "Changed since: 2025, 2025-01, 7d, yesterday");
    verb->add_option("--until", arguments->until, "Changed before");
    verb->add_option("-k,--limit", arguments->limit, "At most so many files")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    verb->add_flag("--explain", arguments->isExplained, "Tell the stages of the search");
    verb->add_option("--plan", arguments->plan,
                     "Which way to find vectors that fulfil conditions; tells the stages")
        ->check(CLI::IsMember({"scan", "during", "after"}));
    verb->add_flag("--jsonl", arguments->isJsonLines, "One hit a line, in JSON");
    verb->add_flag("-0,--null", arguments->isNulSeparated, "Only paths, each ended by NUL");
    verb->add_flag("-e,--exit-status", arguments->needsHit, "Exit with 3 when nothing is found");
    verb->add_flag("-o,--open", arguments->opens, "Open the first hit");
}

void addSimilarVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<SearchArguments>();
    CLI::App *verb = app.add_subcommand("similar", "Finds files that are like one");
    verb->add_option("FILE", arguments->similar)->required();
    addOutputOptions(verb, arguments.get());
    verb->callback([command, arguments] {
        command->isJson = command->isJson || arguments->isJsonLines;
        command->verb = [command, arguments] { return search(*command, *arguments); };
    });
}

void addSuggestVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<SuggestArguments>();
    CLI::App *verb = app.add_subcommand("suggest", "Tells what may be typed next");
    verb->add_option("PREFIX", arguments->prefix)->required();
    verb->add_option("-k,--limit", arguments->limit, "At most so many")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return suggest(*command, *arguments); };
    });
}

} // namespace

void addSearchVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<SearchArguments>();
    CLI::App *verb = app.add_subcommand("search", "Finds files by words and by meaning");
    CLI::Option *text = verb->add_option(
        "TEXT", arguments->words,
        "What to look for; also type:pdf after:2025-01 before:7d in:~/Work size:>1M tag:x name:*a* "
        "\"an exact phrase\" -word similar:FILE");
    CLI::Option *query
        = verb->add_option("--query", arguments->query, "The same, or a vector as a JSON array");
    CLI::Option *similar
        = verb->add_option("--similar", arguments->similar, "Files that are like this one");
    CLI::Option *file = verb->add_option("--file", arguments->similar)->group("");
    file->excludes(similar);
    verb->add_option("--metric", arguments->metric, "Of a vector: cosine");
    verb->add_option("--snapshots", arguments->snapshots, "Also, or only, in snapshots")
        ->expected(0, 1)
        ->default_str("all")
        ->check(CLI::IsMember({"all", "only"}));
    verb->add_option("--at", arguments->at,
                     "As it was: the name of a snapshot, or 2025-01-31, 7d, yesterday")
        ->type_name("SNAPSHOT");
    verb->add_flag("--versions", arguments->isByVersion, "Each version of a file, not the best");
    verb->add_option("--mode", arguments->mode, "auto, keyword, vector or hybrid")
        ->check(CLI::IsMember({"auto", "keyword", "vector", "hybrid"}))
        ->capture_default_str();
    verb->add_flag("--prefix", arguments->isPrefix, "The last word is still being typed");
    addOutputOptions(verb, arguments.get());
    verb->callback([command, arguments, text, query, similar, file] {
        if (text->empty() && query->empty() && similar->empty() && file->empty())
            throw CLI::RequiredError("TEXT");
        command->isJson = command->isJson || arguments->isJsonLines;
        command->verb = [command, arguments] { return search(*command, *arguments); };
    });
    addSimilarVerb(app, command);
    addSuggestVerb(app, command);
}

} // namespace vexfs::cli
