// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/local_embedder.h - a published sentence encoder from a folder of this machine.
//
// Layout as sentence-transformers publishes it: config.json, model.safetensors, vocab.txt or
// tokenizer.json; 1_Pooling/config.json (mean or first token), sentence_bert_config.json (longest
// sequence) and config_sentence_transformers.json (prefixes of queries and passages) when there.
#pragma once

#include "daemon/embed/embedder.h"
#include "daemon/embed/local/bert_encoder.h"
#include "daemon/embed/local/word_piece.h"

#include <memory>

namespace vexfs::daemon {

/// What a model's folder says of itself.
struct LocalModelInfo
{
    BertShape shape;
    uint64_t bytes = 0; ///< of the weights
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
    uint32_t dimension() const override { return uint32_t(m_encoder.shape().hidden); }
    double relevanceFloor() const override;
    double slotFloor() const override;
    double hybridWeight() const override;
    bool knowsWord(const std::string &folded) const override;
    base::Result<QVector<std::vector<float>>> embed(const QVector<std::string_view> &texts,
                                                    EmbedPurpose purpose) const override;

private:
    enum class Pooling { Mean, FirstToken };

    LocalEmbedder(WordPiece tokenizer, BertEncoder encoder);

    WordPiece m_tokenizer;
    BertEncoder m_encoder;
    Pooling m_pooling = Pooling::Mean;
    size_t m_tokensMax = 512;
    std::string m_queryPrefix, m_passagePrefix;
    QByteArray m_id;

    base::Status readSentenceFiles(const QString &folder);
    std::vector<float> pooled(const float *rows, size_t tokens) const;
};

} // namespace vexfs::daemon
