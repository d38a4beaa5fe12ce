// SPDX-License-Identifier: Apache-2.0
#include "cli/output/table.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/retrieval/run.h"

#include <QDir>

#include <memory>

namespace vexfs::cli {

namespace {

struct BenchArguments
{
    std::vector<std::string> folders;
    std::string index = "both";
    std::string work;
};

/// One way to index the collections, and what came of it.
struct Run
{
    QString name;
    double seconds = 0;
    qsizetype documents = 0;
    QList<RetrievalResult> results;
    int nonsense = 0;     ///< questions without a sense that were asked
    int nonsenseWeak = 0; ///< to which the answer was that nothing fits
};

constexpr int kNonsense = 100;

base::Status measure(const Command &command, const QString &work,
                     const QList<RetrievalCollection> &collections, Run *run)
{
    RetrievalVolume volume(command);
    base::Status done = volume.create(work);
    if (done)
        done = volume.write(collections);
    if (!done)
        return done;
    const auto seconds = volume.waitIndexed();
    if (!seconds)
        return tl::unexpected(seconds.error());
    run->seconds += *seconds;
    for (const RetrievalCollection &collection : collections) {
        run->documents += collection.documents.size();
        auto result = volume.ask(collection);
        if (!result)
            return tl::unexpected(result.error());
        run->results.append(std::move(*result));
    }
    const auto weak = volume.countWeak(nonsenseQueries(collections, kNonsense));
    if (!weak)
        return tl::unexpected(weak.error());
    run->nonsense += kNonsense;
    run->nonsenseWeak += *weak;
    return {};
}

/// Means over collections, so that one with many queries does not count for the others.
QList<RetrievalScores> macroMeans(const Run &run)
{
    QList<RetrievalScores> means;
    for (qsizetype system = 0; system < retrievalSystems().size(); ++system) {
        QList<RetrievalScores> each;
        for (const RetrievalResult &result : run.results)
            each.append(meanOf(result.scores[system]));
        means.append(meanOf(each));
    }
    return means;
}

/// Of one system against words only, by nDCG@10, over the queries of all collections.
PairedComparison againstWords(const Run &run, qsizetype system)
{
    QList<double> words;
    QList<double> other;
    for (const RetrievalResult &result : run.results) {
        for (qsizetype i = 0; i < result.scores[0].size(); ++i) {
            words.append(result.scores[0][i].ndcg10);
            other.append(result.scores[system][i].ndcg10);
        }
    }
    return compare(words, other);
}

QString shown(double value, int digits = 3)
{
    return QString::number(value, 'f', digits);
}

void writeForPeople(std::ostream &out, const Run &run)
{
    const QList<RetrievalSystem> systems = retrievalSystems();
    out << run.name.toStdString() << ": " << run.documents << " documents, "
        << shown(1000 * run.seconds / static_cast<double>(run.documents), 2).toStdString()
        << " s per thousand until all was found by words and by meaning\n";
    QStringList header{QStringLiteral("nDCG@10 / recall@100 / MRR")};
    for (const RetrievalSystem &system : systems)
        header.append(QLatin1Char('>') + system.name);
    Table table(header);
    const auto addRow = [&](const QString &name, const QList<RetrievalScores> &means) {
        QStringList row{name};
        for (const RetrievalScores &each : means)
            row.append(shown(each.ndcg10) + u' ' + shown(each.recall100) + u' ' + shown(each.mrr));
        table.addRow(row);
    };
    for (const RetrievalResult &result : run.results) {
        QList<RetrievalScores> means;
        for (const auto &scores : result.scores)
            means.append(meanOf(scores));
        const QString name = QStringLiteral("%1 (%2 queries)");
        addRow(name.arg(result.collection).arg(result.scores[0].size()), means);
    }
    addRow(QStringLiteral("mean of collections"), macroMeans(run));
    table.write(out);
    for (qsizetype system = 1; system < systems.size(); ++system) {
        const PairedComparison paired = againstWords(run, system);
        out << systems[system].name.toStdString() << " against words, per query: nDCG@10 "
            << (paired.gainPercent < 0 ? "" : "+") << shown(paired.gainPercent, 1).toStdString()
            << " %, better in " << paired.better << ", worse in " << paired.worse << ", p "
            << QString::number(paired.p, 'g', 2).toStdString() << '\n';
    }
    qsizetype queries = 0;
    int weak = 0;
    for (const RetrievalResult &result : run.results) {
        queries += result.scores[0].size();
        weak += result.weak;
    }
    out << "\"nothing fits well\": to " << run.nonsenseWeak << " of " << run.nonsense
        << " questions without a sense, to " << weak << " of the " << queries << " queries\n\n";
}

QJsonObject jsonOf(const RetrievalScores &scores)
{
    return {{QStringLiteral("ndcg_10"), scores.ndcg10},
            {QStringLiteral("recall_100"), scores.recall100},
            {QStringLiteral("mrr"), scores.mrr}};
}

QJsonObject jsonOf(const Run &run)
{
    const QList<RetrievalSystem> systems = retrievalSystems();
    const QList<RetrievalScores> macro = macroMeans(run);
    QJsonArray rows;
    for (qsizetype system = 0; system < systems.size(); ++system) {
        QJsonObject collections;
        for (const RetrievalResult &result : run.results) {
            QJsonObject mean = jsonOf(meanOf(result.scores[system]));
            QJsonArray queries;
            for (const RetrievalScores &each : result.scores[system])
                queries.append(each.ndcg10);
            mean.insert(QStringLiteral("ndcg_10_by_query"), queries);
            collections.insert(result.collection, mean);
        }
        const PairedComparison paired = againstWords(run, system);
        rows.append(QJsonObject{{QStringLiteral("name"), systems[system].name},
                                {QStringLiteral("mean"), jsonOf(macro[system])},
                                {QStringLiteral("gain_percent"), paired.gainPercent},
                                {QStringLiteral("p"), paired.p},
                                {QStringLiteral("collections"), collections}});
    }
    return {{QStringLiteral("index"), run.name},
            {QStringLiteral("documents"), static_cast<qint64>(run.documents)},
            {QStringLiteral("seconds"), run.seconds},
            {QStringLiteral("nonsense"), run.nonsense},
            {QStringLiteral("nonsense_weak"), run.nonsenseWeak},
            {QStringLiteral("systems"), rows}};
}

Outcome retrieval(const Command &command, const BenchArguments &arguments)
{
    QList<RetrievalCollection> collections;
    for (const std::string &folder : arguments.folders) {
        auto collection = readCollection(QString::fromStdString(folder));
        if (!collection)
            return tl::unexpected(collection.error());
        collections.append(std::move(*collection));
    }
    const QString work = arguments.work.empty() ? QDir::tempPath()
                                                : QString::fromStdString(arguments.work);
    QList<Run> runs;
    if (arguments.index != "each") {
        runs.append({QStringLiteral("all in one index"), 0, 0, {}, 0, 0});
        if (const auto done = measure(command, work, collections, &runs.last()); !done)
            return tl::unexpected(done.error());
    }
    if (arguments.index != "one" && (collections.size() > 1 || runs.isEmpty())) {
        runs.append({QStringLiteral("an index each"), 0, 0, {}, 0, 0});
        for (const RetrievalCollection &each : collections) {
            if (const auto done = measure(command, work, {each}, &runs.last()); !done)
                return tl::unexpected(done.error());
        }
    }
    QJsonArray rows;
    for (const Run &run : runs) {
        if (command.isJson)
            rows.append(jsonOf(run));
        else
            writeForPeople(command.io.out, run);
    }
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.retrieval/1")},
                                   {QStringLiteral("runs"), rows}});
    }
    return kDone;
}

} // namespace

void addBenchVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<BenchArguments>();
    CLI::App *verb = app.add_subcommand("bench", "Measures how good and how fast this is");
    verb->require_subcommand(1);
    CLI::App *added = verb->add_subcommand(
        "retrieval", "How well files are found: test collections indexed by the daemon, searched");
    added->add_option("DIR", arguments->folders,
                      "Folders with docs.jsonl, queries.jsonl and qrels.tsv, as BEIR has them")
        ->required();
    added->add_option("--index", arguments->index, "one for all, one for each, or both")
        ->check(CLI::IsMember({"one", "each", "both"}))
        ->capture_default_str();
    added->add_option("--work", arguments->work, "Where volumes are made, as long as it takes");
    added->callback([command, arguments] {
        command->verb = [command, arguments] { return retrieval(*command, *arguments); };
    });
}

} // namespace vexfs::cli
