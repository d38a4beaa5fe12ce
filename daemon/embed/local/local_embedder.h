// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/local_embedder.h - a published sentence encoder from a folder of this machine.
//
// Layout as sentence-transformers publishes it: config.json, model.safetensors (or model.onnx, for
// which the system's ONNX Runtime is needed), vocab.txt or tokenizer.json; 1_Pooling/config.json
// (mean or first token), sentence_bert_config.json (longest sequence) and
// config_sentence_transformers.json (prefixes of queries and passages) when there.
#pragma once

#include "daemon/embed/embedder.h"
#include "daemon/embed/local/bert_encoder.h"
#include "daemon/embed/local/word_piece.h"

#include <memory>
#include <optional>

namespace vexfs::daemon {

/// What a model's folder says of itself.
struct LocalModelInfo
{
    int64_t hidden = 0;     ///< numbers of a vector
    int64_t positions = 0;  ///< tokens of a text, at most
    int64_t vocabulary = 0; ///< tokens that there are
    QString weights;        ///< path of the file
    uint64_t bytes = 0;     ///< of the weights
    /// Of a network that is run here; one in ONNX has its own.
    std::optional<BertShape> shape;
};

class LocalEmbedder : public Embedder
{
public:
    /// Reads the configuration and looks at what lies beside it. Fails as open(), but does not read
    /// weights and vocabulary.
    static base::Result<LocalModelInfo> describe(const QString &folder);
    /// Fails with NoModel, NotFound, Corrupt; the message names the file and the remedy.
    static base::Result<std::shared_ptr<LocalEmbedder>> open(const QString &folder);

    QByteArray id() const override { return m_id; }
    uint32_t dimension() const override { return m_dimension; }
    double relevanceFloor() const override;
    double slotFloor() const override;
    double hybridWeight() const override;
    bool knowsWord(const std::string &folded) const override;
    base::Result<QVector<std::vector<float>>> embed(const QVector<std::string_view> &texts,
                                                    EmbedPurpose purpose) const override;

private:
    enum class Pooling { Mean, FirstToken };

    LocalEmbedder(WordPiece tokenizer, std::unique_ptr<const TokenEncoder> encoder,
                  const LocalModelInfo &info);

    WordPiece m_tokenizer;
    std::unique_ptr<const TokenEncoder> m_encoder;
    uint32_t m_dimension;
    Pooling m_pooling = Pooling::Mean;
    size_t m_tokensMax;
    std::string m_queryPrefix, m_passagePrefix;
    QByteArray m_id;

    base::Status readSentenceFiles(const QString &folder);
    std::vector<float> pooled(const float *rows, size_t tokens) const;
};

} // namespace vexfs::daemon
