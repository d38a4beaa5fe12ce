// SPDX-License-Identifier: Apache-2.0
//
// bench_local_model [SECONDS]: tokens a second of a sentence encoder of 6 layers of 384 (the size
// of all-MiniLM-L6-v2) with random weights, as the daemon runs one from a model's folder, on one
// thread; beside the bare products of matrices that such a network consists of, by the same BLAS.
// Prints for texts of each length: tokens per second of a processor of the model and of the bare
// products, and the ratio.
#include "daemon/embed/local/local_embedder.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtEndian>

#include <cblas.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

using namespace vexfs::daemon;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr int kHidden = 384, kInner = 1536, kLayers = 6, kHeads = 12, kPositions = 512;
constexpr int kWords = 30000;
constexpr size_t kTexts = 32;
constexpr int kRounds = 3;

/// Tensors of random values in a file as models are published.
class Weights
{
public:
    Weights()
    {
        add("embeddings.word_embeddings.weight", {kWords + 4, kHidden});
        add("embeddings.position_embeddings.weight", {kPositions, kHidden});
        add("embeddings.token_type_embeddings.weight", {2, kHidden});
        addPair("embeddings.LayerNorm", {kHidden}, kHidden);
        for (int i = 0; i < kLayers; ++i) {
            const std::string at = "encoder.layer." + std::to_string(i) + ".";
            for (const char *name : {"attention.self.query", "attention.self.key",
                                     "attention.self.value", "attention.output.dense"})
                addPair(at + name, {kHidden, kHidden}, kHidden);
            addPair(at + "attention.output.LayerNorm", {kHidden}, kHidden);
            addPair(at + "intermediate.dense", {kInner, kHidden}, kInner);
            addPair(at + "output.dense", {kHidden, kInner}, kHidden);
            addPair(at + "output.LayerNorm", {kHidden}, kHidden);
        }
    }

    QByteArray file() const
    {
        const QByteArray json = QJsonDocument(m_header).toJson(QJsonDocument::Compact);
        const quint64 length = qToLittleEndian(quint64(json.size()));
        return QByteArray(reinterpret_cast<const char *>(&length), 8) + json + m_data;
    }

private:
    QJsonObject m_header;
    QByteArray m_data;
    std::mt19937 m_random{20};

    void add(const std::string &name, std::initializer_list<qint64> shape)
    {
        std::uniform_real_distribution<float> some(-0.05F, 0.05F);
        qint64 count = 1;
        QJsonArray sizes;
        for (const qint64 size : shape) {
            count *= size;
            sizes.append(size);
        }
        const qint64 begin = m_data.size();
        for (qint64 i = 0; i < count; ++i) {
            const float value = some(m_random);
            m_data.append(reinterpret_cast<const char *>(&value), sizeof value);
        }
        m_header[QString::fromStdString(name)] =
            QJsonObject{{u"dtype"_s, u"F32"_s},
                        {u"shape"_s, sizes},
                        {u"data_offsets"_s, QJsonArray{begin, m_data.size()}}};
    }
    void addPair(const std::string &name, std::initializer_list<qint64> shape, qint64 out)
    {
        add(name + ".weight", shape);
        add(name + ".bias", {out});
    }
};

bool writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

bool writeModel(const QString &folder)
{
    const QJsonObject config{
        {u"model_type"_s, u"bert"_s},       {u"hidden_size"_s, kHidden},
        {u"intermediate_size"_s, kInner},   {u"num_hidden_layers"_s, kLayers},
        {u"num_attention_heads"_s, kHeads}, {u"max_position_embeddings"_s, kPositions},
        {u"type_vocab_size"_s, 2},          {u"vocab_size"_s, kWords + 4},
        {u"layer_norm_eps"_s, 1e-12},       {u"hidden_act"_s, u"gelu"_s}};
    QByteArray words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
    for (int i = 0; i < kWords; ++i)
        words += "w" + QByteArray::number(i) + '\n';
    return writeFile(folder + u"/config.json"_s, QJsonDocument(config).toJson()) &&
           writeFile(folder + u"/vocab.txt"_s, words) &&
           writeFile(folder + u"/model.safetensors"_s, Weights().file());
}

/// How often a second work can be done: the median of rounds.
template <class Work> double rate(double seconds, const Work &work)
{
    std::vector<double> rates;
    work();
    for (int round = 0; round < kRounds; ++round) {
        const clock_t begin = clock();
        int times = 0;
        double passed = 0.0;
        do {
            work();
            ++times;
            passed = static_cast<double>(clock() - begin) / CLOCKS_PER_SEC;
        } while (passed < seconds);
        rates.push_back(times / passed);
    }
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
}

/// out += in * transposed weights, as a layer has it.
void product(int tokens, int in, int out)
{
    static std::vector<float> rows, weights, results;
    rows.resize(size_t(tokens) * size_t(in), 0.01F);
    weights.resize(size_t(in) * size_t(out), 0.01F);
    results.resize(size_t(tokens) * size_t(out));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, tokens, out, in, 1.0F, rows.data(), in,
                weights.data(), in, 0.0F, results.data(), out);
}

void bareProducts(int tokens)
{
    for (int layer = 0; layer < kLayers; ++layer) {
        for (int i = 0; i < 4; ++i)
            product(tokens, kHidden, kHidden);
        product(tokens, kHidden, kInner);
        product(tokens, kInner, kHidden);
    }
}

} // namespace

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 2.0;
    QTemporaryDir folder;
    if (seconds <= 0.0 || !folder.isValid() || !writeModel(folder.path())) {
        fprintf(stderr, "bench_local_model: the seconds are no number above 0, or the model cannot "
                        "be written to %s\n", qPrintable(folder.path()));
        return 1;
    }
    openblas_set_num_threads(1);
    const auto model = LocalEmbedder::open(folder.path());
    if (!model) {
        fprintf(stderr, "bench_local_model: %s\n", qPrintable(model.error().what));
        return 1;
    }
    std::mt19937 random(3);
    printf("a sentence encoder of %d x %d, one thread; tokens/s\n", kLayers, kHidden);
    printf("%8s %10s %14s %6s\n", "tokens", "model", "bare products", "ratio");
    for (const int tokens : {16, 64, 128, 256}) {
        std::vector<std::string> texts(kTexts);
        for (std::string &text : texts) {
            for (int i = 0; i < tokens - 2; ++i)
                text += "w" + std::to_string(random() % kWords) + ' ';
        }
        const QVector<std::string_view> views(texts.begin(), texts.end());
        bool isEmbedded = true;
        const double whole = rate(seconds, [&] {
            isEmbedded = isEmbedded && (*model)->embed(views, EmbedPurpose::Passage).has_value();
        });
        if (!isEmbedded) {
            fprintf(stderr, "bench_local_model: the model does not embed\n");
            return 1;
        }
        const int all = int(kTexts) * tokens;
        const double bare = rate(seconds, [all] { bareProducts(all); });
        printf("%8d %10.0f %14.0f %6.2f\n", tokens, whole * all, bare * all, whole / bare);
    }
    return 0;
}
