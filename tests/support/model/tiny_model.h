// SPDX-License-Identifier: Apache-2.0
//
// tests/support/model/tiny_model.h - a sentence encoder in the published layout, small enough to be
// made in a test, and its network once more in plain loops of double.
#pragma once

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtEndian>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace vexfs::test {

using namespace Qt::Literals::StringLiterals;

inline constexpr int kHidden = 8, kInner = 12, kLayers = 2, kHeads = 2, kPositions = 16;
inline const QStringList kPieces =
    u"[PAD] [UNK] [CLS] [SEP] un ##aff ##able naive do n ' t 東 京 the rent ##al query :"_s.split(
        u' ');

inline void writeFile(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

/// The tensors of a tiny encoder, by name, and the file that has them.
class TinyModel
{
public:
    TinyModel()
    {
        add("embeddings.word_embeddings.weight", {kPieces.size(), kHidden});
        add("embeddings.position_embeddings.weight", {kPositions, kHidden});
        add("embeddings.token_type_embeddings.weight", {2, kHidden});
        addNorm("embeddings.LayerNorm");
        for (int i = 0; i < kLayers; ++i) {
            const std::string at = "encoder.layer." + std::to_string(i) + ".";
            for (const char *name : {"query", "key", "value"})
                addLinear(at + "attention.self." + name, kHidden, kHidden);
            addLinear(at + "attention.output.dense", kHidden, kHidden);
            addNorm(at + "attention.output.LayerNorm");
            addLinear(at + "intermediate.dense", kHidden, kInner);
            addLinear(at + "output.dense", kInner, kHidden);
            addNorm(at + "output.LayerNorm");
        }
    }

    const std::vector<float> &operator[](const std::string &name) const
    {
        return m_values.at(name);
    }

    QByteArray file(const QString &leftOut = {}) const
    {
        QJsonObject header;
        QByteArray data;
        for (const auto &[name, values] : m_values) {
            if (QString::fromStdString(name) == leftOut)
                continue;
            QJsonArray shape;
            for (const qint64 size : m_shapes.at(name))
                shape.append(size);
            const qint64 begin = data.size();
            data.append(reinterpret_cast<const char *>(values.data()),
                        qsizetype(values.size() * sizeof(float)));
            header[QString::fromStdString(name)] =
                QJsonObject{{u"dtype"_s, u"F32"_s},
                            {u"shape"_s, shape},
                            {u"data_offsets"_s, QJsonArray{begin, data.size()}}};
        }
        const QByteArray json = QJsonDocument(header).toJson(QJsonDocument::Compact);
        const quint64 length = qToLittleEndian(quint64(json.size()));
        return QByteArray(reinterpret_cast<const char *>(&length), 8) + json + data;
    }

    /// The network once more, as its papers write it.
    std::vector<double> states(const std::vector<int32_t> &tokens) const
    {
        std::vector<double> x;
        for (size_t t = 0; t < tokens.size(); ++t) {
            for (int i = 0; i < kHidden; ++i)
                x.push_back(
                    double((*this)["embeddings.word_embeddings.weight"]
                                  [size_t(tokens[t] * kHidden + i)]) +
                    (*this)["embeddings.position_embeddings.weight"][t * kHidden + size_t(i)] +
                    (*this)["embeddings.token_type_embeddings.weight"][size_t(i)]);
        }
        norm("embeddings.LayerNorm", x);
        for (int layer = 0; layer < kLayers; ++layer) {
            const std::string at = "encoder.layer." + std::to_string(layer) + ".";
            add(x, linear(at + "attention.output.dense", attention(at, x), kHidden, kHidden));
            norm(at + "attention.output.LayerNorm", x);
            auto inner = linear(at + "intermediate.dense", x, kHidden, kInner);
            for (double &v : inner)
                v = 0.5 * v * (1 + std::erf(v / std::sqrt(2.0)));
            add(x, linear(at + "output.dense", inner, kInner, kHidden));
            norm(at + "output.LayerNorm", x);
        }
        return x;
    }

private:
    std::map<std::string, std::vector<float>> m_values;
    std::map<std::string, std::vector<qint64>> m_shapes;
    std::mt19937 m_random{20};

    void add(const std::string &name, const std::vector<qint64> &shape, float middle = 0.0F)
    {
        qint64 count = 1;
        for (const qint64 size : shape)
            count *= size;
        std::uniform_real_distribution<float> some(middle - 0.5F, middle + 0.5F);
        m_shapes[name] = shape;
        for (qint64 i = 0; i < count; ++i)
            m_values[name].push_back(some(m_random));
    }
    void addLinear(const std::string &name, qint64 in, qint64 out)
    {
        add(name + ".weight", {out, in});
        add(name + ".bias", {out});
    }
    void addNorm(const std::string &name)
    {
        add(name + ".weight", {kHidden}, 1.0F);
        add(name + ".bias", {kHidden});
    }
    static void add(std::vector<double> &x, const std::vector<double> &y)
    {
        for (size_t i = 0; i < x.size(); ++i)
            x[i] += y[i];
    }
    std::vector<double> linear(const std::string &name, const std::vector<double> &x, int in,
                               int out) const
    {
        std::vector<double> y;
        for (size_t t = 0; t < x.size() / size_t(in); ++t) {
            for (int o = 0; o < out; ++o) {
                double sum = (*this)[name + ".bias"][size_t(o)];
                for (int i = 0; i < in; ++i)
                    sum += x[t * size_t(in) + size_t(i)] *
                           (*this)[name + ".weight"][size_t(o * in + i)];
                y.push_back(sum);
            }
        }
        return y;
    }
    void norm(const std::string &name, std::vector<double> &x) const
    {
        for (size_t t = 0; t < x.size(); t += kHidden) {
            double mean = 0, variance = 0;
            for (size_t i = t; i < t + kHidden; ++i)
                mean += x[i] / kHidden;
            for (size_t i = t; i < t + kHidden; ++i)
                variance += (x[i] - mean) * (x[i] - mean) / kHidden;
            for (size_t i = 0; i < kHidden; ++i)
                x[t + i] =
                    (x[t + i] - mean) / std::sqrt(variance + 1e-12) * (*this)[name + ".weight"][i] +
                    (*this)[name + ".bias"][i];
        }
    }
    std::vector<double> attention(const std::string &at, const std::vector<double> &x) const
    {
        const auto query = linear(at + "attention.self.query", x, kHidden, kHidden);
        const auto key = linear(at + "attention.self.key", x, kHidden, kHidden);
        const auto value = linear(at + "attention.self.value", x, kHidden, kHidden);
        const size_t tokens = x.size() / kHidden, width = kHidden / kHeads;
        std::vector<double> out(x.size());
        for (size_t head = 0; head < kHeads; ++head) {
            for (size_t a = 0; a < tokens; ++a) {
                std::vector<double> weight(tokens);
                double sum = 0;
                for (size_t b = 0; b < tokens; ++b) {
                    for (size_t i = head * width; i < (head + 1) * width; ++i)
                        weight[b] += query[a * kHidden + i] * key[b * kHidden + i];
                    weight[b] = std::exp(weight[b] / std::sqrt(double(width)));
                    sum += weight[b];
                }
                for (size_t b = 0; b < tokens; ++b) {
                    for (size_t i = head * width; i < (head + 1) * width; ++i)
                        out[a * kHidden + i] += weight[b] / sum * value[b * kHidden + i];
                }
            }
        }
        return out;
    }
};

inline QJsonObject tinyConfig()
{
    return {{u"model_type"_s, u"bert"_s},       {u"hidden_size"_s, kHidden},
            {u"intermediate_size"_s, kInner},   {u"num_hidden_layers"_s, kLayers},
            {u"num_attention_heads"_s, kHeads}, {u"max_position_embeddings"_s, kPositions},
            {u"type_vocab_size"_s, 2},          {u"vocab_size"_s, kPieces.size()},
            {u"layer_norm_eps"_s, 1e-12},       {u"hidden_act"_s, u"gelu"_s}};
}

inline void writeTinyModel(const QString &folder, const TinyModel &model)
{
    writeFile(folder + u"/config.json"_s, QJsonDocument(tinyConfig()).toJson());
    writeFile(folder + u"/vocab.txt"_s, kPieces.join(u'\n').toUtf8() + '\n');
    writeFile(folder + u"/model.safetensors"_s, model.file());
}

} // namespace vexfs::test
