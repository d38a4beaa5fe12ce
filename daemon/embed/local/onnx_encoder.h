// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/onnx_encoder.h - a sentence encoder from model.onnx, run by ONNX Runtime.
#pragma once

#include "daemon/embed/local/token_encoder.h"

#include <QString>

#include <memory>
#include <string>

namespace vexfs::daemon {

class OnnxRuntime;

/// Takes models as they are exported for sentence encoders: input_ids and, where they are wanted,
/// attention_mask and token_type_ids, all int64 [sequences][tokens]; last_hidden_state, or else the
/// first output, float [sequences][tokens][hidden]. Thread: any once it is loaded.
class OnnxEncoder : public TokenEncoder
{
public:
    /// Fails with NoModel: there is no ONNX Runtime, or @p file is no model that it or this class
    /// can run. @p hidden: numbers of a token's state.
    static base::Result<std::unique_ptr<OnnxEncoder>> load(const QString &file, int64_t hidden);
    ~OnnxEncoder() override;
    OnnxEncoder(const OnnxEncoder &) = delete;
    OnnxEncoder &operator=(const OnnxEncoder &) = delete;

    base::Result<std::vector<float>> run(
        const std::vector<std::vector<int32_t>> &sequences) const override;

private:
    struct Batch;

    OnnxEncoder(const OnnxRuntime *runtime, QString file, int64_t hidden);

    const OnnxRuntime *m_runtime;
    QString m_file;
    int64_t m_hidden;
    void *m_session = nullptr;
    std::vector<std::string> m_inputs;
    std::string m_output;

    base::Status open();
    base::Status readNames();
    base::Status checkInput(size_t index) const;
    base::Status runBatch(const Batch &batch, std::vector<float> &out) const;
    base::Status copyStates(const Batch &batch, void *value, std::vector<float> &out) const;
    base::Error wrong(const QString &what) const;
};

} // namespace vexfs::daemon
