// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/bert_encoder.h"

#include "daemon/embed/local/activations.h"
#include "daemon/embed/local/safetensors.h"

#include <QJsonObject>

#include <algorithm>
#include <cmath>

#include <cblas.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr int64_t kHiddenMax = 8192;
constexpr int64_t kLayersMax = 96;

// Sizes fit an int: shapes are bounded, and so are the tokens of a call.
int blasInt(int64_t value)
{
    return static_cast<int>(value);
}

} // namespace

Result<BertShape> BertShape::fromConfig(const QJsonObject &config)
{
    const auto number = [&](const char *name) {
        return int64_t(config[QLatin1String(name)].toDouble(0));
    };
    BertShape shape;
    shape.hidden = number("hidden_size");
    shape.inner = number("intermediate_size");
    shape.layers = number("num_hidden_layers");
    shape.heads = number("num_attention_heads");
    shape.positions = number("max_position_embeddings");
    shape.types = number("type_vocab_size");
    shape.vocabulary = number("vocab_size");
    shape.epsilon = float(config[QLatin1String("layer_norm_eps")].toDouble(1e-12));
    const QString type = config[QLatin1String("model_type")].toString();
    if (type != QLatin1String("bert")) {
        return fail(Errc::NoModel, QStringLiteral("config.json is of a model of type \"%1\"; only "
                                                  "\"bert\" encoders are understood")
                                       .arg(type));
    }
    const QString position = config[QLatin1String("position_embedding_type")].toString();
    if (!position.isEmpty() && position != QLatin1String("absolute")) {
        return fail(Errc::NoModel, QStringLiteral("config.json wants positions of type \"%1\"; "
                                                  "only \"absolute\" is understood")
                                       .arg(position));
    }
    const QString activation = config[QLatin1String("hidden_act")].toString(QStringLiteral("gelu"));
    if (activation == QLatin1String("gelu_new") || activation == QLatin1String("gelu_pytorch_tanh"))
        shape.activation = Activation::GeluTanh;
    else if (activation == QLatin1String("relu"))
        shape.activation = Activation::Relu;
    else if (activation != QLatin1String("gelu"))
        return fail(Errc::NoModel,
                    QStringLiteral("config.json wants the activation \"%1\"").arg(activation));
    const auto isWithin = [](int64_t value, int64_t max) { return value > 0 && value <= max; };
    if (!isWithin(shape.hidden, kHiddenMax) || !isWithin(shape.inner, 8 * kHiddenMax) ||
        !isWithin(shape.layers, kLayersMax) || !isWithin(shape.heads, shape.hidden) ||
        shape.hidden % shape.heads || !isWithin(shape.positions, 1 << 16) ||
        !isWithin(shape.types, 16) || !isWithin(shape.vocabulary, 1 << 22)) {
        return fail(Errc::NoModel, QStringLiteral("config.json has sizes that cannot be those of a "
                                                  "BERT encoder"));
    }
    return shape;
}

// Reads tensors until one is wrong; the first error is kept.
class BertEncoder::Loader
{
public:
    explicit Loader(const SafeTensors &tensors) : m_tensors(tensors)
    {
        // Encoders are published bare, or inside of a whole model.
        if (!tensors.has(QStringLiteral("embeddings.word_embeddings.weight")))
            m_prefix = QStringLiteral("bert.");
    }

    std::vector<float> tensor(const QString &name, const std::vector<int64_t> &shape)
    {
        if (m_error)
            return {};
        Result<std::vector<float>> read = m_tensors.read(m_prefix + name, shape);
        if (read)
            return std::move(*read);
        m_error = read.error();
        return {};
    }
    Linear linear(const QString &name, int64_t in, int64_t out)
    {
        return {tensor(name + QStringLiteral(".weight"), {out, in}),
                tensor(name + QStringLiteral(".bias"), {out})};
    }
    Norm norm(const QString &name, int64_t size)
    {
        // Models that were converted from TensorFlow have the older names.
        const bool isOld = m_tensors.has(m_prefix + name + QStringLiteral(".gamma"));
        const char *weight = isOld ? ".gamma" : ".weight";
        const char *bias = isOld ? ".beta" : ".bias";
        return {tensor(name + QLatin1String(weight), {size}),
                tensor(name + QLatin1String(bias), {size})};
    }
    const std::optional<base::Error> &error() const { return m_error; }

private:
    const SafeTensors &m_tensors;
    QString m_prefix;
    std::optional<base::Error> m_error;
};

Result<BertEncoder> BertEncoder::load(const SafeTensors &tensors, const BertShape &shape)
{
    // One call is one thread: how many run at once is the business of who calls.
    openblas_set_num_threads(1);
    BertEncoder out;
    Loader loader(tensors);
    const int64_t size = shape.hidden;
    const QString base = QStringLiteral("embeddings.");
    out.m_shape = shape;
    out.m_words =
        loader.tensor(base + QStringLiteral("word_embeddings.weight"), {shape.vocabulary, size});
    out.m_positions =
        loader.tensor(base + QStringLiteral("position_embeddings.weight"), {shape.positions, size});
    out.m_types =
        loader.tensor(base + QStringLiteral("token_type_embeddings.weight"), {shape.types, size});
    out.m_norm = loader.norm(base + QStringLiteral("LayerNorm"), size);
    for (int64_t i = 0; i < shape.layers && !loader.error(); ++i) {
        const QString at = QStringLiteral("encoder.layer.%1.").arg(i);
        const QString self = at + QStringLiteral("attention.self.");
        Layer layer;
        layer.query = loader.linear(self + QStringLiteral("query"), size, size);
        layer.key = loader.linear(self + QStringLiteral("key"), size, size);
        layer.value = loader.linear(self + QStringLiteral("value"), size, size);
        layer.attended = loader.linear(at + QStringLiteral("attention.output.dense"), size, size);
        layer.attentionNorm = loader.norm(at + QStringLiteral("attention.output.LayerNorm"), size);
        layer.inner = loader.linear(at + QStringLiteral("intermediate.dense"), size, shape.inner);
        layer.outer = loader.linear(at + QStringLiteral("output.dense"), shape.inner, size);
        layer.outerNorm = loader.norm(at + QStringLiteral("output.LayerNorm"), size);
        out.m_layers.push_back(std::move(layer));
    }
    if (loader.error())
        return tl::unexpected(*loader.error());
    return out;
}

// out = in * weight^T + bias, for all tokens at once.
void BertEncoder::apply(const Linear &linear, const std::vector<float> &in, int64_t tokens,
                        std::vector<float> &out) const
{
    const auto width = int64_t(linear.bias.size());
    const int64_t depth = int64_t(linear.weight.size()) / width;
    out.resize(size_t(tokens * width));
    for (int64_t t = 0; t < tokens; ++t)
        std::copy(linear.bias.begin(), linear.bias.end(), out.begin() + t * width);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, blasInt(tokens), blasInt(width),
                blasInt(depth), 1.0F, in.data(), blasInt(depth), linear.weight.data(),
                blasInt(depth), 1.0F, out.data(), blasInt(width));
}

void BertEncoder::normalize(const Norm &norm, std::vector<float> &rows, int64_t tokens) const
{
    const int64_t size = m_shape.hidden;
    for (int64_t t = 0; t < tokens; ++t) {
        float *row = rows.data() + t * size;
        double sum = 0.0, squares = 0.0;
        for (int64_t i = 0; i < size; ++i)
            sum += double(row[i]);
        const double mean = sum / double(size);
        for (int64_t i = 0; i < size; ++i)
            squares += (double(row[i]) - mean) * (double(row[i]) - mean);
        const double scale = 1.0 / std::sqrt(squares / double(size) + double(m_shape.epsilon));
        for (int64_t i = 0; i < size; ++i)
            row[i] = float((double(row[i]) - mean) * scale) * norm.weight[size_t(i)] +
                     norm.bias[size_t(i)];
    }
}

// Each token of one sequence looks at all of them, head by head.
void BertEncoder::attend(const std::vector<float> &query, const std::vector<float> &key,
                         const std::vector<float> &value, int64_t first, int64_t tokens,
                         std::vector<float> &out) const
{
    const int64_t size = m_shape.hidden, width = size / m_shape.heads;
    const float scale = 1.0F / std::sqrt(float(width));
    std::vector<float> scores(size_t(tokens * tokens));
    for (int64_t head = 0; head < m_shape.heads; ++head) {
        const int64_t at = first * size + head * width;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, blasInt(tokens), blasInt(tokens),
                    blasInt(width), scale, query.data() + at, blasInt(size), key.data() + at,
                    blasInt(size), 0.0F, scores.data(), blasInt(tokens));
        for (int64_t t = 0; t < tokens; ++t)
            softmax(scores.data() + t * tokens, size_t(tokens));
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blasInt(tokens), blasInt(width),
                    blasInt(tokens), 1.0F, scores.data(), blasInt(tokens), value.data() + at,
                    blasInt(size), 0.0F, out.data() + at, blasInt(size));
    }
}

void BertEncoder::activate(std::vector<float> &values) const
{
    switch (m_shape.activation) {
    case BertShape::Activation::Gelu:
        gelu(values.data(), values.size());
        return;
    case BertShape::Activation::GeluTanh:
        geluByTanh(values.data(), values.size());
        return;
    case BertShape::Activation::Relu:
        for (float &x : values)
            x = std::max(x, 0.0F);
        return;
    }
}

Result<std::vector<float>> BertEncoder::run(
    const std::vector<std::vector<int32_t>> &sequences) const
{
    const int64_t size = m_shape.hidden;
    int64_t tokens = 0;
    for (const auto &sequence : sequences)
        tokens += int64_t(sequence.size());
    std::vector<float> state(size_t(tokens * size));
    float *row = state.data();
    for (const auto &sequence : sequences) {
        for (size_t t = 0; t < sequence.size(); ++t, row += size) {
            const float *word = m_words.data() + int64_t(sequence[t]) * size;
            const float *position = m_positions.data() + int64_t(t) * size;
            for (int64_t i = 0; i < size; ++i)
                row[i] = word[i] + position[i] + m_types[size_t(i)];
        }
    }
    normalize(m_norm, state, tokens);
    std::vector<float> query, key, value, attended(state.size()), other;
    for (const Layer &layer : m_layers) {
        apply(layer.query, state, tokens, query);
        apply(layer.key, state, tokens, key);
        apply(layer.value, state, tokens, value);
        int64_t first = 0;
        for (const auto &sequence : sequences) {
            attend(query, key, value, first, int64_t(sequence.size()), attended);
            first += int64_t(sequence.size());
        }
        apply(layer.attended, attended, tokens, other);
        cblas_saxpy(blasInt(tokens * size), 1.0F, other.data(), 1, state.data(), 1);
        normalize(layer.attentionNorm, state, tokens);
        apply(layer.inner, state, tokens, query);
        activate(query);
        apply(layer.outer, query, tokens, other);
        cblas_saxpy(blasInt(tokens * size), 1.0F, other.data(), 1, state.data(), 1);
        normalize(layer.outerNorm, state, tokens);
    }
    return state;
}

} // namespace vexfs::daemon
