// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/train/wordnet_pairs.h"

#include "daemon/embed/content_words.h"

#include <QFile>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr size_t kBagMax = 80;
constexpr const char *kParts[] = {"noun", "verb", "adj", "adv"};
constexpr size_t kLinkedMax = 3;

struct Synset
{
    std::vector<std::string> lemmas;
    std::vector<std::string> linked;  ///< keys of hypernyms, derived forms, pertainyms, similar
    std::string gloss;
    std::vector<std::string> examples;
};

const char *partOf(QByteArrayView letter)
{
    switch (letter.isEmpty() ? 'n' : letter.at(0)) {
    case 'v':
        return "verb";
    case 'a':
    case 's':
        return "adj";
    case 'r':
        return "adv";
    default:
        return "noun";
    }
}

std::string key(const char *part, const QByteArray &offset)
{
    return std::string(part) + offset.toStdString();
}

std::string lemmaText(QByteArray lemma)
{
    if (const qsizetype paren = lemma.indexOf('('); paren > 0)
        lemma.truncate(paren);
    return lemma.replace('_', ' ').toStdString();
}

// Splits what stands between double quotes (examples) from the rest (the definition).
void splitGloss(const QByteArray &text, Synset &synset)
{
    const QList<QByteArray> parts = text.split('"');
    for (qsizetype i = 0; i < parts.size(); ++i) {
        if (i % 2 == 0 || i + 1 == parts.size())
            synset.gloss += parts[i].toStdString();
        else
            synset.examples.push_back(parts[i].toStdString());
    }
}

bool parseLine(const QByteArray &line, std::string &id, const char *part, Synset &synset)
{
    const qsizetype bar = line.indexOf('|');
    if (bar < 0)
        return false;
    const QList<QByteArray> fields = line.left(bar).simplified().split(' ');
    if (fields.size() < 5)
        return false;
    id = key(part, fields[0]);
    const qsizetype count = fields[3].toInt(nullptr, 16);
    const qsizetype pointers = 4 + 2 * count;
    if (count < 1 || fields.size() <= pointers)
        return false;
    for (qsizetype i = 0; i < count; ++i)
        synset.lemmas.push_back(lemmaText(fields[4 + 2 * i]));
    const qsizetype links = fields[pointers].toInt();
    for (qsizetype i = 0; i < links && pointers + 4 * i + 4 < fields.size(); ++i) {
        const QByteArray &symbol = fields[pointers + 4 * i + 1];
        static const QList<QByteArray> kWanted{"@", "@i", "&", "+", "\\", "^"};
        if (kWanted.contains(symbol)) {
            synset.linked.push_back(
                key(partOf(fields[pointers + 4 * i + 3]), fields[pointers + 4 * i + 2]));
        }
    }
    splitGloss(line.mid(bar + 1).trimmed(), synset);
    return true;
}

Status readPart(const QString &directory, const char *part,
                std::map<std::string, Synset> &synsets)
{
    QFile file(directory + QStringLiteral("/data.") + QLatin1String(part));
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(Errc::NotFound,
                    QStringLiteral("cannot open %1: %2; the package wordnet-base holds it")
                        .arg(file.fileName(), file.errorString()));
    }
    while (!file.atEnd()) {
        const QByteArray line = file.readLine();
        std::string id;
        Synset synset;
        if (!line.startsWith("  ") && parseLine(line, id, part, synset))
            synsets.emplace(id, std::move(synset));
    }
    return {};
}

std::string joined(const std::vector<std::string> &texts)
{
    std::string all;
    for (const std::string &text : texts)
        all += text + ' ';
    return all;
}

// Turns texts into bags of rows and collects those that can teach something.
class PairMaker
{
public:
    PairMaker(const std::unordered_map<std::string, int32_t> &rows, TrainingPairs &out)
        : m_rows(rows), m_out(out)
    {
    }

    std::vector<int32_t> bag(const std::string &text)
    {
        std::vector<int32_t> rows;
        m_words.forEachStem(text, [&](std::string_view stem) {
            const auto found = m_rows.find(std::string(stem));
            if (found != m_rows.end() && rows.size() < kBagMax)
                rows.push_back(found->second);
        });
        return rows;
    }

    void add(const std::string &left, const std::string &right)
    {
        const std::vector<int32_t> a = bag(left);
        const std::vector<int32_t> b = bag(right);
        if (a.empty() || b.size() < 2)
            return;
        m_out.left.add(a);
        m_out.right.add(b);
    }

    void addSynonyms(const std::string &left, const std::string &right)
    {
        const std::vector<int32_t> a = bag(left);
        const std::vector<int32_t> b = bag(right);
        if (a.empty() || b.empty() || a == b)
            return;
        m_out.left.add(a);
        m_out.right.add(b);
    }

private:
    ContentWords m_words;
    const std::unordered_map<std::string, int32_t> &m_rows;
    TrainingPairs &m_out;
};

void addPairs(const Synset &synset, const std::map<std::string, Synset> &all, PairMaker &maker)
{
    const std::string lemmas = joined(synset.lemmas);
    for (size_t i = 0; i < std::min<size_t>(synset.lemmas.size(), 3); ++i)
        maker.add(synset.lemmas[i], synset.gloss);
    for (size_t i = 0; i < synset.lemmas.size(); ++i) {
        for (size_t j = i + 1; j < std::min<size_t>(synset.lemmas.size(), 4); ++j)
            maker.addSynonyms(synset.lemmas[i], synset.lemmas[j]);
    }
    for (const std::string &example : synset.examples)
        maker.add(example, lemmas + synset.gloss);
    size_t linked = 0;
    for (const std::string &id : synset.linked) {
        const auto found = all.find(id);
        if (found == all.end() || linked == kLinkedMax)
            continue;
        ++linked;
        maker.add(lemmas + synset.gloss, joined(found->second.lemmas) + found->second.gloss);
    }
}

std::vector<std::string> countStems(const std::map<std::string, Synset> &synsets, int minCount)
{
    std::map<std::string, int> counts;
    ContentWords words;
    const auto count = [&](std::string_view stem) { ++counts[std::string(stem)]; };
    for (const auto &[id, synset] : synsets) {
        for (const std::string &lemma : synset.lemmas)
            words.forEachStem(lemma, count);
        for (const std::string &example : synset.examples)
            words.forEachStem(example, count);
        words.forEachStem(synset.gloss, count);
    }
    std::vector<std::string> stems;
    for (const auto &[stem, seen] : counts) {
        if (seen >= minCount)
            stems.push_back(stem);
    }
    return stems;
}

} // namespace

Result<WordNetCorpus> readWordNet(const QString &directory, int minCount)
{
    std::map<std::string, Synset> synsets;
    for (const char *part : kParts) {
        if (const Status read = readPart(directory, part, synsets); !read)
            return tl::unexpected(read.error());
    }
    WordNetCorpus corpus;
    corpus.stems = countStems(synsets, minCount);
    std::unordered_map<std::string, int32_t> rows;
    for (size_t i = 0; i < corpus.stems.size(); ++i)
        rows.emplace(corpus.stems[i], static_cast<int32_t>(i));
    PairMaker maker(rows, corpus.pairs);
    for (const auto &[id, synset] : synsets)
        addPairs(synset, synsets, maker);
    return corpus;
}

} // namespace vexfs::daemon
