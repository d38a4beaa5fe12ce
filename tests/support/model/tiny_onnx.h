// SPDX-License-Identifier: Apache-2.0
//
// tests/support/model/tiny_onnx.h - a sentence encoder in ONNX, small enough to be made in a test.
//
// The state of a token is its row of `words`, plus the row of its type, plus the rows of all tokens
// of its sequence that the mask leaves: so padding that is not masked is seen in every state.
// Messages are written by the numbers of onnx.proto (https://onnx.ai/onnx/repo-docs/IR.html).
#pragma once

#include <QByteArray>

#include <cstdint>
#include <string>
#include <vector>

namespace vexfs::test {

class TinyOnnx
{
public:
    static constexpr int kFloat = 1, kInt32 = 6, kInt64 = 7;

    int64_t hidden = 0;
    std::vector<float> words; ///< [vocabulary][hidden]
    std::vector<float> types; ///< [2][hidden]
    std::string idsName = "input_ids";
    int idsType = kInt64;

    QByteArray file() const
    {
        QByteArray graph;
        graph += node("Gather", {"words", idsName}, "rows");
        graph += node("Gather", {"types", "token_type_ids"}, "kinds");
        graph += node("Cast", {"attention_mask"}, "weights", "to", kFloat);
        graph += node("Unsqueeze", {"weights", "last"}, "mask");
        graph += node("Mul", {"rows", "mask"}, "masked");
        graph += node("ReduceSum", {"masked", "middle"}, "sum", "keepdims", 1);
        graph += node("Add", {"rows", "kinds"}, "alone");
        graph += node("Add", {"alone", "sum"}, "last_hidden_state");
        graph += bytes(2, "tiny");
        graph += bytes(5, floats("words", words)) + bytes(5, floats("types", types));
        graph += bytes(5, axis("last", 2)) + bytes(5, axis("middle", 1));
        graph += bytes(11, tensor(idsName, idsType, 2));
        graph += bytes(11, tensor("attention_mask", kInt64, 2));
        graph += bytes(11, tensor("token_type_ids", kInt64, 2));
        graph += bytes(12, tensor("last_hidden_state", kFloat, 3));
        return number(1, 8) + bytes(7, graph) + bytes(8, number(2, 13));
    }

    /// States of one sequence whose tokens are all of type 0.
    std::vector<double> states(const std::vector<int32_t> &tokens) const
    {
        std::vector<double> out;
        for (const int32_t token : tokens) {
            for (int64_t i = 0; i < hidden; ++i) {
                double sum = double(words[size_t(token * hidden + i)]) + double(types[size_t(i)]);
                for (const int32_t other : tokens)
                    sum += double(words[size_t(other * hidden + i)]);
                out.push_back(sum);
            }
        }
        return out;
    }

private:
    static QByteArray varint(uint64_t value)
    {
        QByteArray out;
        for (; value >= 0x80; value >>= 7)
            out += char(value | 0x80);
        return out + char(value);
    }
    static QByteArray number(int field, uint64_t value)
    {
        return varint(uint64_t(field) << 3) + varint(value);
    }
    static QByteArray bytes(int field, const QByteArray &value)
    {
        return varint(uint64_t(field) << 3 | 2) + varint(uint64_t(value.size())) + value;
    }
    static QByteArray text(int field, const std::string &value)
    {
        return bytes(field, QByteArray::fromStdString(value));
    }
    static QByteArray node(const std::string &kind, const std::vector<std::string> &inputs,
                           const std::string &output, const std::string &attribute = {},
                           uint64_t value = 0)
    {
        constexpr int kIntAttribute = 2;
        QByteArray out;
        for (const std::string &input : inputs)
            out += text(1, input);
        out += text(2, output) + text(4, kind);
        if (!attribute.empty())
            out += bytes(5, text(1, attribute) + number(3, value) + number(20, kIntAttribute));
        return bytes(1, out);
    }
    QByteArray floats(const std::string &name, const std::vector<float> &values) const
    {
        const uint64_t rows = values.size() / size_t(hidden);
        return number(1, rows) + number(1, uint64_t(hidden)) + number(2, kFloat) + text(8, name) +
               bytes(9, QByteArray(reinterpret_cast<const char *>(values.data()),
                                   qsizetype(values.size() * sizeof(float))));
    }
    static QByteArray axis(const std::string &name, int64_t value)
    {
        return number(1, 1) + number(2, kInt64) + text(8, name) +
               bytes(9, QByteArray(reinterpret_cast<const char *>(&value), sizeof value));
    }
    static QByteArray tensor(const std::string &name, int type, int dimensions)
    {
        QByteArray shape;
        for (int i = 0; i < dimensions; ++i)
            shape += bytes(1, text(2, name + std::to_string(i)));
        return text(1, name) + bytes(2, bytes(1, number(1, uint64_t(type)) + bytes(2, shape)));
    }
};

} // namespace vexfs::test
