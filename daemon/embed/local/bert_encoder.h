// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/bert_encoder.h - the forward pass of a BERT encoder, in float by BLAS.
//
// After Vaswani et al., "Attention Is All You Need" (2017), and Devlin et al., "BERT" (2019); names
// of tensors as published models have them. All sequences of a call go through each layer's
// products together, without padding; attention is by sequence.
#pragma once

#include "daemon/embed/local/token_encoder.h"

#include <cstdint>
#include <string>
#include <vector>

class QJsonObject;

namespace vexfs::daemon {

class SafeTensors;

/// What config.json says of the network.
struct BertShape
{
    int64_t hidden = 0;
    int64_t inner = 0; ///< of the feed-forward part
    int64_t layers = 0;
    int64_t heads = 0;
    int64_t positions = 0; ///< tokens of a sequence, at most
    int64_t types = 0;
    int64_t vocabulary = 0;
    float epsilon = 1e-12F;
    enum class Activation { Gelu, GeluTanh, Relu } activation = Activation::Gelu;

    /// Fails with NoModel when it is none that this encoder can run.
    static base::Result<BertShape> fromConfig(const QJsonObject &config);
};

/// Thread: any once it is loaded.
class BertEncoder : public TokenEncoder
{
public:
    /// Fails with NoModel: a tensor is missing, or is not of @p shape.
    static base::Result<BertEncoder> load(const SafeTensors &tensors, const BertShape &shape);

    /// Does not fail.
    base::Result<std::vector<float>> run(
        const std::vector<std::vector<int32_t>> &sequences) const override;

private:
    struct Linear
    {
        std::vector<float> weight; ///< [out][in]
        std::vector<float> bias;
    };
    struct Norm
    {
        std::vector<float> weight, bias;
    };
    struct Layer
    {
        Linear query, key, value, attended, inner, outer;
        Norm attentionNorm, outerNorm;
    };
    class Loader;

    BertShape m_shape;
    std::vector<float> m_words, m_positions, m_types;
    Norm m_norm;
    std::vector<Layer> m_layers;

    void apply(const Linear &linear, const std::vector<float> &in, int64_t tokens,
               std::vector<float> &out) const;
    void normalize(const Norm &norm, std::vector<float> &rows, int64_t tokens) const;
    void attend(const std::vector<float> &query, const std::vector<float> &key,
                const std::vector<float> &value, int64_t first, int64_t tokens,
                std::vector<float> &out) const;
    void activate(std::vector<float> &values) const;
};

} // namespace vexfs::daemon
