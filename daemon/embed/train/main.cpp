// SPDX-License-Identifier: Apache-2.0
//
// vexfs-train-builtin - makes resources/models/builtin/builtin.vxt from WordNet alone.
#include "daemon/embed/static_table.h"
#include "daemon/embed/train/wordnet_pairs.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QSaveFile>

#include <cstdio>

using namespace vexfs;
using namespace vexfs::daemon;

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

int report(const QString &message, int status)
{
    fprintf(stderr, "vexfs-train-builtin: %s\n", qPrintable(message));
    return status;
}

struct Settings
{
    QString wordnet;
    QString out;
    int minCount = 0;
    size_t dimension = 0;
    TrainingOptions training;
};

bool printProgress(const TrainingProgress &progress)
{
    fprintf(stderr, "\rstep %zu of %zu, partner found first: %.1f %%", progress.step,
            progress.steps, progress.accuracy * 100.0);
    return true;
}

int train(const Settings &settings)
{
    const base::Result<WordNetCorpus> corpus = readWordNet(settings.wordnet, settings.minCount);
    if (!corpus)
        return report(corpus.error().what, kExitFailed);
    fprintf(stderr, "%zu stems, %zu pairs\n", corpus->stems.size(), corpus->pairs.left.count());
    Matrix table = randomTable(corpus->stems.size(), settings.dimension, settings.training.seed);
    trainContrastive(table, corpus->pairs, settings.training, printProgress);
    fprintf(stderr, "\n");
    const QByteArray name = "wordnet-" + QByteArray::number(qulonglong(settings.dimension));
    const QByteArray bytes = StaticTable::encode(name, corpus->stems, table);
    QSaveFile file(settings.out);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return report(QStringLiteral("cannot write %1: %2").arg(settings.out, file.errorString()),
                      kExitFailed);
    }
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Trains the built-in embedding table from WordNet. The same input and "
                       "options give the same bytes."));
    parser.addHelpOption();
    const auto option = [&](const char *name, const char *help, const char *standard) {
        parser.addOption({QString::fromLatin1(name), QString::fromLatin1(help),
                          QStringLiteral("value"), QString::fromLatin1(standard)});
    };
    option("wordnet", "Folder with data.noun and so on.", "/usr/share/wordnet");
    option("min-count", "Stems seen less often get no vector.", "3");
    option("dimension", "Even, at most 4096.", "256");
    option("epochs", "Passes over all pairs.", "10");
    option("rate", "Learning rate at the start.", "0.05");
    option("temperature", "Of the softmax.", "0.05");
    option("dropout", "Share of words left out.", "0.1");
    parser.addPositionalArgument(QStringLiteral("FILE"), QStringLiteral("Where to write."));
    parser.process(app);
    if (parser.positionalArguments().size() != 1)
        return report(QStringLiteral("give one file to write; see --help"), kExitUsage);
    const auto number = [&](const char *name) {
        return parser.value(QString::fromLatin1(name)).toDouble();
    };
    Settings settings;
    settings.wordnet = parser.value(QStringLiteral("wordnet"));
    settings.out = parser.positionalArguments().constFirst();
    settings.minCount = static_cast<int>(number("min-count"));
    settings.dimension = static_cast<size_t>(number("dimension"));
    settings.training.epochs = number("epochs");
    settings.training.learningRate = static_cast<float>(number("rate"));
    settings.training.temperature = static_cast<float>(number("temperature"));
    settings.training.dropout = static_cast<float>(number("dropout"));
    if (settings.dimension < 2 || settings.dimension > 4096 || settings.dimension % 2 != 0
        || settings.training.epochs <= 0.0 || settings.training.temperature <= 0.0F)
        return report(QStringLiteral("an option is out of range; see --help"), kExitUsage);
    return train(settings);
}
