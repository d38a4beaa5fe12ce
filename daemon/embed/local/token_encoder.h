// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/token_encoder.h - a network that turns sequences of tokens into hidden states.
#pragma once

#include "common/base/error.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vexfs::daemon {

/// Thread: any.
class TokenEncoder
{
public:
    virtual ~TokenEncoder() = default;

    /// The last hidden states of all tokens, one after another: for sequence s and its token t the
    /// row is (tokens of the sequences before s) + t. Sequences have one token at least, and no
    /// more, and no larger ones, than the model's configuration allows. Fails with NoModel.
    virtual base::Result<std::vector<float>> run(
        const std::vector<std::vector<int32_t>> &sequences) const = 0;
};

} // namespace vexfs::daemon
