// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/local_embedder.h"

#include "daemon/embed/local/json_file.h"
#include "daemon/embed/local/onnx_encoder.h"
#include "daemon/embed/local/onnx_runtime.h"
#include "daemon/embed/local/safetensors.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonObject>

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

// As many go through the network together: more gain nothing and cost memory.
constexpr size_t kTokensAtOnce = 2048;
constexpr int kNameBytesMax = 40;
constexpr int kHashDigits = 12;
constexpr qint64 kConfigBytesMax = 1 << 20;
constexpr int64_t kHiddenMax = 8192;
constexpr char kWeights[] = "model.safetensors";
constexpr const char *kOnnxWeights[] = {"model.onnx", "onnx/model.onnx"};
// Larger models have their numbers in a file of their own.
constexpr char kOnnxData[] = "_data";

// Of what changes vectors, the configuration is read and the rest is hashed, with the weights.
constexpr const char *kHashedFiles[] = {"tokenizer.json",
                                        "vocab.txt",
                                        "tokenizer_config.json",
                                        "1_Pooling/config.json",
                                        "sentence_bert_config.json",
                                        "config_sentence_transformers.json"};

Result<QJsonObject> config(const QString &path)
{
    return readJsonFile(path, kConfigBytesMax);
}

QByteArray nameOf(const QString &folder, const QString &weights)
{
    QCryptographicHash hasher(QCryptographicHash::Sha256);
    const auto add = [&](const QString &name) {
        QFile file(folder + u'/' + name);
        hasher.addData(name.toUtf8());
        if (file.open(QIODevice::ReadOnly))
            hasher.addData(&file);
    };
    const QString weightsName = QDir(folder).relativeFilePath(weights);
    add(QStringLiteral("config.json"));
    add(weightsName);
    if (weightsName != QLatin1String(kWeights))
        add(weightsName + QLatin1String(kOnnxData));
    for (const char *name : kHashedFiles)
        add(QLatin1String(name));
    QByteArray out = QByteArrayLiteral("local-");
    for (const QChar c : QDir(folder).dirName().left(kNameBytesMax)) {
        const bool isPlain = c.unicode() < 128 && (c.isLetterOrNumber() || c == u'-' || c == u'.');
        out += isPlain ? c.toLatin1() : '_';
    }
    return out + '-' + hasher.result().toHex().left(kHashDigits);
}

// Empty where there is none.
QString onnxWeights(const QString &folder)
{
    for (const char *name : kOnnxWeights) {
        const QString path = folder + u'/' + QLatin1String(name);
        if (QFileInfo::exists(path))
            return path;
    }
    return {};
}

QString withoutRuntime(const QString &folder, const QString &weights, const QString &why)
{
    return QStringLiteral("%1 has its weights as %2 only, which takes ONNX Runtime (%3); install "
                          "libonnxruntime, or put model.safetensors from where the model was "
                          "published beside config.json, or let a server run the model and choose "
                          "its address: vexctl index model http://...")
        .arg(folder, QDir(folder).relativeFilePath(weights), why);
}

// What has to be known of a network that somebody else runs.
Result<LocalModelInfo> outline(const QJsonObject &json, const QString &folder)
{
    const auto number = [&](const char *name) {
        return int64_t(json[QLatin1String(name)].toDouble(0));
    };
    LocalModelInfo out;
    out.hidden = number("hidden_size");
    if (out.hidden == 0)
        out.hidden = number("dim"); // of DistilBERT
    out.positions = number("max_position_embeddings");
    out.vocabulary = number("vocab_size");
    if (out.hidden <= 0 || out.hidden > kHiddenMax || out.positions <= 2 || out.vocabulary <= 0)
        return fail(Errc::NoModel, QStringLiteral("%1/config.json lacks the sizes of a sentence "
                                                  "encoder: hidden_size, max_position_embeddings, "
                                                  "vocab_size")
                                       .arg(folder));
    return out;
}

Result<std::unique_ptr<const TokenEncoder>> loadEncoder(const LocalModelInfo &info)
{
    if (!info.shape) {
        auto encoder = OnnxEncoder::load(info.weights, info.hidden);
        if (!encoder)
            return tl::unexpected(encoder.error());
        return std::unique_ptr<const TokenEncoder>(std::move(*encoder));
    }
    const auto tensors = SafeTensors::open(info.weights);
    if (!tensors)
        return tl::unexpected(tensors.error());
    auto encoder = BertEncoder::load(**tensors, *info.shape);
    if (!encoder)
        return tl::unexpected(encoder.error());
    return std::unique_ptr<const TokenEncoder>(new BertEncoder(std::move(*encoder)));
}

} // namespace

LocalEmbedder::LocalEmbedder(WordPiece tokenizer, std::unique_ptr<const TokenEncoder> encoder,
                             const LocalModelInfo &info)
    : m_tokenizer(std::move(tokenizer)),
      m_encoder(std::move(encoder)),
      m_dimension(uint32_t(info.hidden)),
      m_tokensMax(size_t(info.positions))
{}

Result<LocalModelInfo> LocalEmbedder::describe(const QString &folder)
{
    if (!QFileInfo(folder).isDir()) {
        return fail(Errc::NotFound, QStringLiteral("the model folder %1 is not there").arg(folder));
    }
    const Result<QJsonObject> json = config(folder + QStringLiteral("/config.json"));
    if (!json)
        return tl::unexpected(json.error());
    const QFileInfo weights(folder + u'/' + QLatin1String(kWeights));
    const QString onnx = onnxWeights(folder);
    if (!weights.exists() && onnx.isEmpty())
        return fail(Errc::NoModel,
                    QStringLiteral("%1 has no model.safetensors; models that are published only as "
                                   "PyTorch files have to be converted to it first")
                        .arg(folder));
    if (!weights.exists()) {
        if (OnnxRuntime::candidates().isEmpty())
            return fail(Errc::NoModel, withoutRuntime(folder, onnx, QStringLiteral("not found")));
        Result<LocalModelInfo> out = outline(*json, folder);
        if (!out)
            return out;
        out->weights = onnx;
        out->bytes = uint64_t(QFileInfo(onnx).size() +
                              QFileInfo(onnx + QLatin1String(kOnnxData)).size());
        return out;
    }
    const Result<BertShape> shape = BertShape::fromConfig(*json);
    if (!shape)
        return tl::unexpected(shape.error());
    return LocalModelInfo{shape->hidden,      shape->positions,         shape->vocabulary,
                          weights.filePath(), uint64_t(weights.size()), *shape};
}

Result<std::shared_ptr<LocalEmbedder>> LocalEmbedder::open(const QString &folder)
{
    const Result<LocalModelInfo> info = describe(folder);
    if (!info)
        return tl::unexpected(info.error());
    if (!info->shape) {
        if (const auto runtime = OnnxRuntime::get(); !runtime)
            return fail(Errc::NoModel, withoutRuntime(folder, info->weights, runtime.error().what));
    }
    Result<WordPiece> tokenizer = WordPiece::open(folder);
    if (!tokenizer)
        return tl::unexpected(tokenizer.error());
    if (tokenizer->size() > info->vocabulary) {
        return fail(Errc::NoModel, QStringLiteral("%1: the tokenizer has %2 pieces, and the model "
                                                  "vectors for %3")
                                       .arg(folder)
                                       .arg(tokenizer->size())
                                       .arg(info->vocabulary));
    }
    auto encoder = loadEncoder(*info);
    if (!encoder)
        return tl::unexpected(encoder.error());
    std::shared_ptr<LocalEmbedder> out(
        new LocalEmbedder(std::move(*tokenizer), std::move(*encoder), *info));
    if (const Status read = out->readSentenceFiles(folder); !read)
        return tl::unexpected(read.error());
    out->m_id = nameOf(folder, info->weights);
    return out;
}

Status LocalEmbedder::readSentenceFiles(const QString &folder)
{
    const auto optional = [&](const char *name) -> Result<QJsonObject> {
        const QString path = folder + u'/' + QLatin1String(name);
        return QFileInfo::exists(path) ? config(path) : Result<QJsonObject>(QJsonObject());
    };
    const auto pooling = optional("1_Pooling/config.json");
    const auto sentence = optional("sentence_bert_config.json");
    const auto prefixes = optional("config_sentence_transformers.json");
    for (const auto *read : {&pooling, &sentence, &prefixes}) {
        if (!*read)
            return tl::unexpected(read->error());
    }
    const bool isMean = (*pooling)[QLatin1String("pooling_mode_mean_tokens")].toBool(true);
    const bool isFirst = (*pooling)[QLatin1String("pooling_mode_cls_token")].toBool(false);
    if (isFirst)
        m_pooling = Pooling::FirstToken;
    else if (!isMean)
        return fail(Errc::NoModel,
                    QStringLiteral("%1/1_Pooling/config.json wants a pooling that is "
                                   "neither mean nor first token")
                        .arg(folder));
    const int longest = (*sentence)[QLatin1String("max_seq_length")].toInt(0);
    if (longest > 2)
        m_tokensMax = std::min(m_tokensMax, size_t(longest));
    const QJsonObject prompts = (*prefixes)[QLatin1String("prompts")].toObject();
    m_queryPrefix = prompts[QLatin1String("query")].toString().toStdString();
    const QJsonValue passage = prompts.contains(QLatin1String("passage"))
                                   ? prompts[QLatin1String("passage")]
                                   : prompts[QLatin1String("document")];
    m_passagePrefix = passage.toString().toStdString();
    return {};
}

double LocalEmbedder::relevanceFloor() const
{
    // Sentence encoders differ widely; a volume's own scores are what floors are learnt from. Until
    // then next to nothing is held back.
    return 0.1;
}

double LocalEmbedder::slotFloor() const
{
    return 0.5;
}

double LocalEmbedder::hybridWeight() const
{
    return 1.0;
}

bool LocalEmbedder::knowsWord(const std::string &folded) const
{
    return m_tokenizer.knows(folded);
}

std::vector<float> LocalEmbedder::pooled(const float *rows, size_t tokens) const
{
    const size_t size = m_dimension;
    std::vector<float> out(rows, rows + size);
    for (size_t t = 1; m_pooling == Pooling::Mean && t < tokens; ++t) {
        for (size_t i = 0; i < size; ++i)
            out[i] += rows[t * size + i];
    }
    double square = 0.0;
    for (const float x : out)
        square += double(x) * double(x);
    const float scale = square > 0.0 ? float(1.0 / std::sqrt(square)) : 0.0F;
    for (float &x : out)
        x *= scale;
    return out;
}

Result<QVector<std::vector<float>>> LocalEmbedder::embed(const QVector<std::string_view> &texts,
                                                         EmbedPurpose purpose) const
{
    const std::string &prefix = purpose == EmbedPurpose::Query ? m_queryPrefix : m_passagePrefix;
    QVector<std::vector<float>> out(texts.size());
    for (qsizetype next = 0; next < texts.size();) {
        std::vector<std::vector<int32_t>> sequences;
        const qsizetype first = next;
        size_t tokens = 0;
        while (next < texts.size() && (sequences.empty() || tokens < kTokensAtOnce)) {
            const std::string text = prefix + std::string(texts[next++]);
            sequences.push_back(m_tokenizer.encode(text, m_tokensMax));
            tokens += sequences.back().size();
        }
        const Result<std::vector<float>> states = m_encoder->run(sequences);
        if (!states)
            return tl::unexpected(states.error());
        const float *rows = states->data();
        for (size_t s = 0; s < sequences.size(); ++s) {
            // Of a text without anything in it there is nothing to say.
            if (sequences[s].size() > 2)
                out[first + qsizetype(s)] = pooled(rows, sequences[s].size());
            else
                out[first + qsizetype(s)].assign(dimension(), 0.0F);
            rows += sequences[s].size() * dimension();
        }
    }
    return out;
}

} // namespace vexfs::daemon
