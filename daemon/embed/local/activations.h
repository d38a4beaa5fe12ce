// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/activations.h - what an encoder does between its products, for many values.
#pragma once

#include <cstddef>

namespace vexfs::daemon {

/// Values become e^value over the sum of all, count > 0 of them.
void softmax(float *values, size_t count);

/// x becomes x * P(X <= x) for a normal X (Hendrycks and Gimpel, 2016), the error function by
/// Abramowitz and Stegun 7.1.26: absolute error below 3e-7 * |x|.
void gelu(float *values, size_t count);

/// The same by the authors' own approximation, with tanh, which some models were trained with.
void geluByTanh(float *values, size_t count);

} // namespace vexfs::daemon
