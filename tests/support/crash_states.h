// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/model_fs.h"
#include "tests/support/overlay_device.h"
#include "tests/support/sim_device.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vexfs::test {

/// A script of operations done once on a recording device, with what is needed to judge crashes.
class Recording
{
public:
    /// Does @p script on @p base, which @p model describes. Stops at the first difference.
    Recording(const SimImage &base, const ModelVolume &model,
              const std::vector<Operation> &script);

    /// How engine and model disagreed while the script ran; "" when they did not.
    const std::string &problem() const { return m_problem; }
    const std::vector<SimEvent> &events() const { return m_events; }

    /// The model after each operation, and inside those that are done in portions, in their order;
    /// first the one before all of them.
    const ModelVolume &state(size_t step) const { return m_steps[step].model; }

    /// Which of them a crash after @p events events may show: the last one that was made durable
    /// by then, up to the one that had begun to write.
    std::pair<size_t, size_t> allowed(size_t events) const;

    /// Names what state(first..last) expect: equal for equal histories of changes.
    uint64_t expectation(size_t first, size_t last) const;

private:
    struct Step
    {
        ModelVolume model;
        size_t eventsAfter = 0;
        bool isDurable = false;
        uint64_t history = 0; ///< hash of the changes up to here
    };

    void notePortions(const ModelVolume &before, const Operation &operation, uint64_t done,
                      size_t events);
    void note(const ModelVolume &model, size_t events, bool isDurable, const std::string &change);

    std::vector<SimEvent> m_events;
    std::vector<Step> m_steps;
    std::string m_problem;
};

/// What became of one unflushed write: absent, whole, or some sectors of its begin or end.
struct Fate
{
    enum Kind : uint8_t { Absent, Whole, Head, Tail };
    Kind kind = Absent;
    uint8_t sectors = 0;
};

/// A legal state after a crash: all writes before its epoch, some of those in it. An epoch is what
/// lies between two barriers.
struct CrashState
{
    size_t epoch = 0;
    std::vector<Fate> fates;

    /// As in 3:ff01+4h2: epoch, mask of the writes there (first one in the lowest bit), and the
    /// torn ones, here write 4 with the first two sectors only.
    std::string text() const;
    static std::optional<CrashState> parse(const std::string &text);
};

/// How thoroughly epochs are searched.
struct CrashBounds
{
    size_t exhaustiveWrites = 8; ///< up to so many writes in an epoch: every subset
    size_t subsetSamples = 24;   ///< else so many random ones
    size_t tornExhaustiveWrites = 2;
    size_t tornSamples = 8;
};

/// Presents the crash states of a recording on an overlay of its base, one after the other.
class CrashStates
{
public:
    CrashStates(const SimImage &base, const std::vector<SimEvent> &events);

    size_t epochCount() const { return m_epochs.size(); }

    /// Calls @p visit with each state: of each epoch all prefixes, all subsets or samples of them,
    /// torn writes. Stops when it returns false.
    void each(const CrashBounds &bounds, uint64_t seed,
              const std::function<bool(const CrashState &)> &visit);

    /// Makes device() show @p state; false when there is no such state.
    bool present(const CrashState &state);
    OverlayDevice &device() { return m_device; }

    /// Events that had happened at the earliest moment at which this state can be on the medium.
    size_t earliest(const CrashState &state) const;
    /// Hash of all that differs from the base in the state that is presented.
    uint64_t imageHash() const { return m_hash; }

private:
    struct Epoch
    {
        size_t begin = 0;
        size_t writes = 0;
    };

    bool eachOfEpoch(size_t index, const CrashBounds &bounds, Random &random,
                     const std::function<bool(const CrashState &)> &visit) const;
    void moveTo(size_t epoch);

    const std::vector<SimEvent> &m_events;
    std::vector<Epoch> m_epochs;
    std::vector<uint64_t> m_contentHash; ///< by event
    std::vector<uint64_t> m_durableHash; ///< by block; 0: as in the base
    OverlayDevice m_device;
    size_t m_durableEpoch = 0;
    uint64_t m_durableSum = 0;
    uint64_t m_hash = 0;
};

/// Checks, mounts, reads, compares, uses, and checks again what @p states presents: "" when every
/// promise holds. @p use: also that the volume takes changes and commits them.
std::string judgeCrash(CrashStates &states, const Recording &recording, const CrashState &state,
                       bool use);

} // namespace vexfs::test
