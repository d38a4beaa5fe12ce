// SPDX-License-Identifier: Apache-2.0
// Goal: a device that loses, changes, misplaces or repeats a write, or returns something else than
//   what is there, makes errors and never wrong data (DESIGN.md, promise 2).
// Method: a script of operations with commits, in which the 1st, 2nd, 3rd ... write or read goes
//   wrong in silence. Then everything is read by that mount and by another one, and must be as
//   after some prefix of the operations, or an error that tells of damage.
#include "tests/support/damaged_volume.h"
#include "tests/support/figures.h"
#include "tests/support/steady_host.h"
#include "tests/support/volume_driver.h"

#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <cerrno>

namespace vexfs::test {
namespace {

/// Damage is meant here: warnings about it would bury the results.
const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

using Deceit = SimDevice::Deceit;

/// A script with the state after each operation, from a device that does as it is told.
struct Honest
{
    SimImage image;
    std::vector<Operation> script;
    std::vector<uint64_t> done; ///< bytes, by operation
    std::vector<TreeState> states;
    uint64_t calls = 0;

    void build(uint64_t seed)
    {
        SteadyHost::restart(3);
        image = formattedImage(4096, VEXFS_COMPRESS_DEFAULT);
        SimDevice device(image);
        vexfs_volume *volume = open(device);
        ASSERT_NE(volume, nullptr);
        VolumeDriver driver(volume);
        ModelVolume model;
        Random random(seed);
        TreeState state;
        ASSERT_EQ(readTree(volume, VEXFS_VOLUME_TREE_LIVE, &state), "");
        states.push_back(state);
        while (script.size() < 90) {
            Operation operation = randomOperation(random, model);
            operation.number = std::min<uint64_t>(operation.number, 30000);
            if (script.size() % 9 == 8)
                operation = {OpKind::Commit, "", "", 0, 0, 0};
            uint64_t bytes = 0;
            if (driver.apply(operation, &bytes) != 0)
                continue;
            ASSERT_EQ(model.apply(operation, bytes), 0) << operation.text();
            script.push_back(operation);
            done.push_back(bytes);
            TreeState next;
            ASSERT_EQ(readTree(volume, VEXFS_VOLUME_TREE_LIVE, &next), "");
            states.push_back(next);
        }
        ASSERT_EQ(driver.evictHeld(), 0);
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        calls = device.callCount();
    }

    static vexfs_volume *open(SimDevice &device)
    {
        vexfs_volume *volume = nullptr;
        vexfs_open_options options{};
        options.cache_bytes = 1u << 20; // so that things are read again
        options.commit_interval_ms = 3600000;
        return vexfs_volume_open(device.dev(), &options, &volume) ? nullptr : volume;
    }
};

bool isExpected(int error)
{
    return isReported(error) || error == -EROFS;
}

/// Whether what can be read is as in one of @p states.
std::string differenceFromAll(vexfs_volume *volume, const std::vector<TreeState> &states,
                              size_t first, size_t last)
{
    std::string problem;
    for (size_t i = last + 1; i-- > first;) {
        problem = readableDifference(volume, states[i]);
        if (problem.empty())
            return "";
    }
    return problem;
}

/// What failed on its way tells how far it came: a write, or a punched hole whose last block could
/// not be read. Then the tree is as after the operation up to there and as before it beyond.
TreeState stateInPart(const Honest &honest, size_t index, uint64_t bytes)
{
    const Operation &operation = honest.script[index];
    const bool isCopy = operation.kind == OpKind::CopyRange;
    const std::string &path = isCopy ? operation.second : operation.path;
    const uint64_t begin = isCopy ? operation.target : operation.offset;
    const auto mix = [&](std::string before, const std::string &after) {
        const size_t end = begin + bytes;
        before.resize(std::max(before.size(), std::min(end, after.size())));
        for (size_t i = begin; i < end && i < after.size(); i++)
            before[i] = after[i];
        return before;
    };
    TreeState state = honest.states[index];
    const uint64_t ino = state.at(path).ino;
    const NodeState &after = honest.states[index + 1].at(path);
    for (auto &[name, node] : state) {
        if (node.ino != ino)
            continue;
        const bool isOfVectors = operation.kind == OpKind::WriteVectors;
        if (isOfVectors)
            node.vectors = mix(node.vectors, after.vectors);
        else
            node.data = mix(node.data, after.data);
        node.attr.size_bytes = node.data.size();
    }
    return state;
}

/// The script with one deceit. Sets @p met when it came to it.
std::string runOne(const Honest &honest, Deceit deceit, uint64_t nth, bool *met)
{
    SteadyHost::restart(3);
    SimDevice device(honest.image);
    device.deceive(nth, deceit, nth * 7 + static_cast<uint64_t>(deceit));
    vexfs_volume *volume = Honest::open(device);
    *met = device.hasDeceived();
    if (!volume)
        return *met ? "" : "open failed";
    VolumeDriver driver(volume);
    size_t done = 0;
    size_t durable = 0;
    std::vector<TreeState> states = honest.states;
    bool isInPart = false;
    for (; done < honest.script.size(); done++) {
        uint64_t bytes = 0;
        const int error = driver.apply(honest.script[done], &bytes);
        if (error && !(device.hasDeceived() && isExpected(error)))
            return honest.script[done].text() + " gave " + std::to_string(error);
        if (error)
            break;
        isInPart = bytes != honest.done[done];
        if (isInPart) {
            states[done + 1] = stateInPart(honest, done, bytes);
            break;
        }
        if (honest.script[done].kind == OpKind::Commit)
            durable = done + 1;
    }
    // An operation of several steps may have got through some before one failed.
    const size_t last = std::min(done + 1, honest.script.size());
    // One that told how far it came did just that.
    const size_t first = isInPart ? last : done;
    std::string problem = differenceFromAll(volume, states, first, last);
    if (!problem.empty())
        problem = "in the same mount: " + problem;
    vexfs_volume_close(volume);
    *met = device.hasDeceived();
    volume = problem.empty() ? Honest::open(device) : nullptr;
    if (!volume)
        return problem;
    problem = differenceFromAll(volume, states, durable, last);
    vexfs_volume_close(volume);
    return problem.empty() ? "" : "after another mount: " + problem;
}

class DeceitSweep : public testing::TestWithParam<Deceit>
{};

TEST_P(DeceitSweep, IsAnErrorAndNeverWrongData)
{
    const SteadyHost host;
    const uint64_t seed = testSeed(11);
    uint64_t deceits = 0;
    for (uint64_t script = 0; script < (isFullRun() ? 40 : 4); script++) {
        Honest honest;
        ASSERT_NO_FATAL_FAILURE(honest.build(seed + script));
        bool met = true;
        for (uint64_t nth = 1; met; nth++) {
            ASSERT_EQ(runOne(honest, GetParam(), nth, &met), "")
                << "call " << nth << " of script " << script;
            ASSERT_LE(nth, honest.calls + 1000);
            deceits += met;
        }
    }
    EXPECT_GT(deceits, 20u);
    recordFigures("sim.deceit", {{"silent faults of the device", deceits}});
}

INSTANTIATE_TEST_SUITE_P(Deceits, DeceitSweep,
                         testing::Values(Deceit::DropWrite, Deceit::CorruptWrite,
                                         Deceit::MisdirectWrite, Deceit::RepeatWrite,
                                         Deceit::CorruptRead, Deceit::MisdirectRead));

} // namespace
} // namespace vexfs::test
