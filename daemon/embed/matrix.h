// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/matrix.h - the few dense operations of training, with one result on every machine.
//
// Each element is a sum over k in ascending order, without fused multiply-add, whatever the vector
// width: the same table comes out of the same text on any x86-64 or arm64.
#pragma once

#include <cstddef>
#include <vector>

namespace vexfs::daemon {

/// Row-major matrix of floats.
struct Matrix
{
    size_t rows = 0;
    size_t columns = 0;
    std::vector<float> values;

    Matrix() = default;
    Matrix(size_t r, size_t c) : rows(r), columns(c), values(r * c, 0.0F) {}
    float *row(size_t i) { return values.data() + i * columns; }
    const float *row(size_t i) const { return values.data() + i * columns; }
};

/// out = a * b. Shapes must fit; out is resized.
void multiply(const Matrix &a, const Matrix &b, Matrix &out);

/// out = transposed a.
void transpose(const Matrix &a, Matrix &out);

/// e^x by a polynomial, relative error below 1e-6 for -87 < x < 87: libm's differs by machine.
float portableExp(float x);

/// Each score becomes e^((score - 1) * inverse), as portableExp() has it, and is added to the sum
/// of its column.
void softenScores(float *scores, float *columnSums, size_t count, float inverse);

} // namespace vexfs::daemon
