// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/safetensors.h - reads the weights of a published model.
//
// Format: https://github.com/huggingface/safetensors#format. A file is 8 bytes of length, that much
// JSON, and the tensors' bytes; nothing in it is executed, and every number of it is checked.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QFile>
#include <QHash>
#include <QString>

#include <cstdint>
#include <memory>
#include <vector>

namespace vexfs::daemon {

/// A file of tensors, mapped. Thread: any, but open().
class SafeTensors
{
public:
    /// Fails with NotFound, Corrupt (the message names the tensor), and errors of the file.
    static base::Result<std::unique_ptr<SafeTensors>> open(const QString &path);

    bool has(const QString &name) const { return m_tensors.contains(name); }
    QStringList names() const { return m_tensors.keys(); }

    /// The elements of a tensor as float, row by row. Fails with NoModel when there is none of that
    /// name, or it has other dimensions than @p shape, or elements that are no numbers.
    base::Result<std::vector<float>> read(const QString &name,
                                          const std::vector<int64_t> &shape) const;
    /// Its dimensions; empty when there is none.
    std::vector<int64_t> shape(const QString &name) const;

private:
    enum class Kind { Float32, Float16, BFloat16, Other };
    struct Tensor
    {
        Kind kind = Kind::Other;
        std::vector<int64_t> shape;
        qint64 begin = 0; ///< in the file
        qint64 bytes = 0;
    };

    QFile m_file;
    const uchar *m_map = nullptr;
    QHash<QString, Tensor> m_tensors;

    base::Status readHeader();
    base::Status addTensor(const QString &name, const class QJsonObject &described,
                           qint64 dataBegin);
};

} // namespace vexfs::daemon
