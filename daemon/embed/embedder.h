// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/embedder.h - turns texts into vectors; what model does it is the implementation's.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QVector>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vexfs::daemon {

/// Some models prefix what they embed by what it is for.
enum class EmbedPurpose { Passage, Query };

/// An embedding model. Owner: the index service. Thread: any.
class Embedder
{
public:
    virtual ~Embedder() = default;

    /// Names the model and everything that changes its vectors; at most 63 bytes of ASCII.
    virtual QByteArray id() const = 0;
    virtual uint32_t dimension() const = 0;

    /// Below this cosine a passage says nothing about a query by this model.
    virtual double relevanceFloor() const = 0;

    /// Above this one, where nothing was learnt from the files, it is about the same matter.
    virtual double slotFloor() const = 0;

    /// How much its cosine counts in a sum with the words' score relative to the best.
    virtual double hybridWeight() const = 0;

    /// False for a word whose meaning the model cannot know: only its letters can be matched.
    virtual bool knowsWord(const std::string &folded) const = 0;

    /// One vector of dimension() elements for each text, of length 1; all zero for a text without
    /// anything the model knows. Fails with NoModel, TimedOut, ServiceUnavailable.
    virtual base::Result<QVector<std::vector<float>>>
    embed(const QVector<std::string_view> &texts, EmbedPurpose purpose) const = 0;
};

} // namespace vexfs::daemon
