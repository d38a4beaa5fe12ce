// SPDX-License-Identifier: Apache-2.0
// Goal: after a crash at any write, the volume mounts, checks clean, and is exactly some state
//   between the last commit and the crash (DESIGN.md, promises 1 and 4).
// Method: a scripted workload on a device that records every block written and every barrier. For
//   each prefix of that record, and for random subsets and torn blocks of what no barrier covered,
//   the image is checked with every reference count recomputed, opened, read back in full, and
//   compared with the model after each operation that it may show.
#include "tests/support/volume_driver.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vexfs::test {
namespace {

Operation make(OpKind kind, std::string path = "", std::string second = "", uint64_t offset = 0,
               uint64_t number = 0)
{
    static uint64_t seed = 1000;
    return {kind, std::move(path), std::move(second), offset, number, seed++};
}

void appendDocuments(std::vector<Operation> &script)
{
    for (int i = 0; i < 16; i++) {
        const std::string path = "docs/file" + std::to_string(i);
        script.push_back(make(OpKind::CreateFile, path, "", 0, 0644));
        script.push_back(make(OpKind::Write, path, "", 0, 300u << (i % 10)));
        script.push_back(make(OpKind::WriteVectors, path, "", 0, 160 + 400u * i));
        script.push_back(make(OpKind::SetXattr, path, "user.mime_type", 0, 20 + 150u * i));
        if (i % 3 == 2)
            script.push_back(make(OpKind::Commit));
    }
}

void appendEditing(std::vector<Operation> &script)
{
    for (int i = 0; i < 16; i++) {
        const std::string path = "docs/file" + std::to_string(i);
        // As editors save: a new file, then a rename over the old one.
        script.push_back(make(OpKind::CreateFile, "docs/.save", "", 0, 0600));
        script.push_back(make(OpKind::Write, "docs/.save", "", 0, 5000u + 3000u * i));
        script.push_back(make(OpKind::Rename, "docs/.save", path));
        if (i % 4 == 0)
            script.push_back(make(OpKind::Write, path, "", 4096u * (i + 1) + 7, 9000));
        if (i % 5 == 0)
            script.push_back(make(OpKind::Truncate, path, "", 1000u * i + 1));
        if (i % 4 == 3)
            script.push_back(make(OpKind::Commit));
    }
}

void appendTree(std::vector<Operation> &script)
{
    for (int i = 0; i < 24; i++) {
        const std::string dir = "tree/d" + std::to_string(i % 4);
        if (i < 4)
            script.push_back(make(OpKind::Mkdir, dir, "", 0, 0755));
        const std::string path = dir + "/entry-with-a-longer-name-" + std::to_string(i);
        script.push_back(make(OpKind::CreateFile, path, "", 0, 0640));
        if (i % 3 == 0)
            script.push_back(make(OpKind::Link, path, "tree/link" + std::to_string(i)));
        if (i % 4 == 1)
            script.push_back(make(OpKind::Symlink, "tree/sym" + std::to_string(i), path));
        if (i % 6 == 5)
            script.push_back(make(OpKind::Unlink, path));
        if (i % 8 == 7)
            script.push_back(make(OpKind::Commit));
    }
    script.push_back(make(OpKind::Rename, "tree/d0", "docs/moved"));
    script.push_back(make(OpKind::Rename, "tree/d1", "tree/d2", 0, VEXFS_RENAME_EXCHANGE));
    script.push_back(make(OpKind::Commit));
}

void appendRemoval(std::vector<Operation> &script)
{
    for (int i = 0; i < 16; i++) {
        const std::string path = "docs/file" + std::to_string(i);
        script.push_back(make(i % 2 ? OpKind::Unlink : OpKind::UnlinkHeld, path));
        if (i % 4 == 3) {
            script.push_back(make(OpKind::Tick));
            script.push_back(make(OpKind::Commit));
        }
    }
    script.push_back(make(OpKind::EvictHeld));
    script.push_back(make(OpKind::SnapshotDelete, "before"));
    for (int i = 0; i < 6; i++)
        script.push_back(make(OpKind::Tick));
    script.push_back(make(OpKind::Mkdir, "last", "", 0, 0700));
    script.push_back(make(OpKind::Commit));
}

std::vector<Operation> workload()
{
    std::vector<Operation> script;
    script.push_back(make(OpKind::Mkdir, "docs", "", 0, 0755));
    script.push_back(make(OpKind::Mkdir, "tree", "", 0, 02775));
    appendDocuments(script);
    script.push_back(make(OpKind::SnapshotCreate, "before"));
    appendEditing(script);
    appendTree(script);
    script.push_back(make(OpKind::SnapshotCreate, "middle"));
    script.push_back(make(OpKind::CreateFile, "big", "", 0, 0644));
    script.push_back(make(OpKind::Write, "big", "", 0, 1500000));
    script.push_back(make(OpKind::SetXattr, "big", "user.mime_type", 0, 5000));
    script.push_back(make(OpKind::Commit));
    script.push_back(make(OpKind::Write, "big", "", 700001, 300000));
    script.push_back(make(OpKind::Chmod, "big", "", 0, 04711));
    script.push_back(make(OpKind::Chown, "docs", "", 1001, 1000));
    script.push_back(make(OpKind::Utimes, "big", "", 1234567890, 987654321));
    script.push_back(make(OpKind::RemoveXattr, "big", "user.mime_type"));
    script.push_back(make(OpKind::Truncate, "big", "", 4097));
    script.push_back(make(OpKind::Commit));
    appendRemoval(script);
    return script;
}

/// A workload done once, with what is needed to judge each crash.
class Recording
{
public:
    Recording() : device(formattedImage(8192)) {}

    void run()
    {
        const std::vector<Operation> script = workload();
        ASSERT_GE(script.size(), 200u);
        device.beginRecording();
        vexfs_volume *volume = nullptr;
        vexfs_open_options options{};
        options.commit_interval_ms = 3600000; // the script says when
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        note(true);
        VolumeDriver driver(volume);
        for (const Operation &operation : script) {
            uint64_t done = 0;
            const int error = driver.apply(operation, &done);
            ASSERT_EQ(error, m_model.apply(operation, done)) << operation.text();
            ASSERT_EQ(error, 0) << operation.text();
            note(operation.kind == OpKind::Commit || operation.kind == OpKind::SnapshotCreate);
        }
        ASSERT_EQ(volumeDifference(volume, m_model), "");
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        note(true);
        std::printf("%zu operations, %zu events\n", script.size(), device.eventCount());
    }

    /// Which states a crash after @p events events may show: [first, last] of states.
    std::pair<size_t, size_t> allowed(size_t events) const
    {
        size_t first = 0;
        size_t last = 0;
        for (size_t i = 0; i < states.size(); i++) {
            if (m_isDurable[i] && m_eventsAfter[i] <= events)
                first = i;
            if (i == 0 || m_eventsAfter[i - 1] < events)
                last = i;
        }
        return {first, last};
    }

    SimDevice device;
    std::vector<ModelVolume> states;

private:
    void note(bool isDurable)
    {
        states.push_back(m_model);
        m_eventsAfter.push_back(device.eventCount());
        m_isDurable.push_back(isDurable);
    }

    ModelVolume m_model;
    std::vector<size_t> m_eventsAfter;
    std::vector<bool> m_isDurable;
};

/// The crash state @p image after @p events events: "" when all promises hold.
std::string judge(const Recording &recording, const SimImage &image, size_t events, bool checkAfter)
{
    std::string findings = checkImage(image);
    if (!findings.empty())
        return "check before mount: " + findings;
    SimDevice device(image);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    if (const int error = vexfs_volume_open(device.dev(), &options, &volume))
        return "open failed: " + std::to_string(error);
    VolumeState state;
    std::string problem = readVolume(volume, &state);
    const int error = vexfs_volume_close(volume);
    if (!problem.empty() || error)
        return problem + " close=" + std::to_string(error);
    if (checkAfter)
        findings = checkImage(device.image());
    if (!findings.empty())
        return "check after mount: " + findings;
    const auto [first, last] = recording.allowed(events);
    for (size_t i = last + 1; i-- > first;) {
        problem = recording.states[i].difference(state);
        if (problem.empty())
            return "";
    }
    return "equals no state from " + std::to_string(first) + " to " + std::to_string(last) +
           "; against the first: " + problem;
}

TEST(Crash, EveryPrefixOfTheWritesIsAStateBetweenCommitAndCrash)
{
    Recording recording;
    ASSERT_NO_FATAL_FAILURE(recording.run());
    const size_t events = recording.device.eventCount();
    ASSERT_GT(events, 400u);
    for (size_t count = 0; count <= events; count++) {
        const std::string problem =
            judge(recording, recording.device.prefixImage(count), count, count % 8 == 0);
        ASSERT_EQ(problem, "") << "after " << count << " of " << events << " events";
    }
    std::printf("crash states tried: %zu\n", events + 1);
}

TEST(Crash, AnySubsetOfUnflushedWritesIsAStateBetweenCommitAndCrash)
{
    Recording recording;
    ASSERT_NO_FATAL_FAILURE(recording.run());
    const uint64_t seed = testSeed(20261);
    const size_t events = recording.device.eventCount();
    const int rounds = isFullRun() ? 20 : 1;
    size_t tried = 0;
    for (int round = 0; round < rounds; round++) {
        for (size_t count = 1; count <= events; count++) {
            Random random(seed + count * 1000 + static_cast<uint64_t>(round));
            const SimImage image = recording.device.reorderedImage(count, random);
            const std::string problem = judge(recording, image, count, count % 8 == 0);
            ASSERT_EQ(problem, "") << "after " << count << " events, round " << round;
            tried++;
        }
    }
    std::printf("crash states tried: %zu\n", tried);
}

} // namespace
} // namespace vexfs::test
