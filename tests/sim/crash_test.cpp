// SPDX-License-Identifier: Apache-2.0
// Goal: after a crash at any write, the volume mounts, checks clean, and is exactly some state
//   between the last commit and the crash (DESIGN.md, promises 1 and 4).
// Method: a scripted workload with commits and fsyncs on a device that records every block written
//   and every barrier. For each prefix of that record, and for random subsets and torn blocks of
//   what no barrier covered, the image is checked with every reference count recomputed, opened,
//   read back in full, and compared with the model after each operation that it may show. The
//   short workloads, all of them, are in crash_space_test.cpp.
#include "tests/support/crash_states.h"
#include "tests/support/figures.h"
#include "tests/support/random.h"
#include "tests/support/steady_host.h"
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
        if (i % 6 == 5)
            script.push_back(make(OpKind::Commit));
        else if (i % 3 == 2)
            script.push_back(make(OpKind::Fsync, path));
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
        if (i % 2 == 1)
            script.push_back(make(i % 8 == 7 ? OpKind::Commit : OpKind::Fsync, path));
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
        if (i % 4 == 3)
            script.push_back(make(i % 8 == 7 ? OpKind::Commit : OpKind::Fsync, "tree"));
    }
    script.push_back(make(OpKind::Rename, "tree/d0", "docs/moved"));
    script.push_back(make(OpKind::Rename, "tree/d1", "tree/d2", 0, VEXFS_RENAME_EXCHANGE));
    script.push_back(make(OpKind::Commit));
}

/// Holes, reserved blocks, and blocks that several files refer to.
void appendRanges(std::vector<Operation> &script)
{
    const auto range = [&script](OpKind kind, const char *path, uint64_t offset, uint64_t bytes) {
        script.push_back(make(kind, path, "", offset, bytes));
    };
    const auto copy = [&script](const char *from, const char *to, uint64_t offset, uint64_t bytes,
                                uint64_t target) {
        script.push_back(make(OpKind::CopyRange, from, to, offset, bytes));
        script.back().target = target;
    };
    script.push_back(make(OpKind::CreateUnnamed, "docs/unnamed", "", 0, 200000));
    script.push_back(make(OpKind::CreateFile, "docs/copy", "", 0, 0644));
    copy("docs/unnamed", "docs/copy", 0, 200000, 0);
    range(OpKind::Punch, "docs/unnamed", 5000, 60000);
    script.push_back(make(OpKind::Commit));
    range(OpKind::Reserve, "docs/copy", 190000, 50000);
    range(OpKind::ReserveKeep, "docs/copy", 300000, 50000);
    script.push_back(make(OpKind::Write, "docs/copy", "", 220000, 9000));
    range(OpKind::ZeroRange, "docs/copy", 10, 30000);
    script.push_back(make(OpKind::Commit));
    range(OpKind::Trim, "", 660, 200);
    copy("docs/copy", "docs/unnamed", 8192, 90000, 40960);
    copy("docs/copy", "docs/copy", 65536, 40960, 131072);
    script.push_back(make(OpKind::Truncate, "docs/unnamed", "", 60001));
    range(OpKind::ZeroRangeKeep, "docs/unnamed", 50000, 50000);
    script.push_back(make(OpKind::Unlink, "docs/copy"));
    script.push_back(make(OpKind::Commit));
}

void appendRemoval(std::vector<Operation> &script)
{
    for (int i = 0; i < 16; i++) {
        const std::string path = "docs/file" + std::to_string(i);
        script.push_back(make(i % 2 ? OpKind::Unlink : OpKind::UnlinkHeld, path));
        if (i % 4 == 3) {
            script.push_back(make(OpKind::Tick));
            script.push_back(make(OpKind::Trim, "", "", 660 + 100u * i, 60));
            script.push_back(make(i % 8 == 7 ? OpKind::Commit : OpKind::Fsync, "docs"));
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
    script.push_back(make(OpKind::Rollback, "before", "undone"));
    script.push_back(make(OpKind::Mkdir, "tree/afterwards", "", 0, 0755));
    script.push_back(make(OpKind::Fsync, "tree"));
    script.push_back(make(OpKind::SnapshotRename, "middle", "centre"));
    script.push_back(make(OpKind::Rollback, "undone", "before2"));
    script.push_back(make(OpKind::CreateFile, "big", "", 0, 0644));
    script.push_back(make(OpKind::Write, "big", "", 0, 300000));
    script.push_back(make(OpKind::SetXattr, "big", "user.mime_type", 0, 5000));
    script.push_back(make(OpKind::Commit));
    script.push_back(make(OpKind::Write, "big", "", 70001, 60000));
    script.push_back(make(OpKind::Fsync, "big"));
    script.push_back(make(OpKind::Chmod, "big", "", 0, 04711));
    script.push_back(make(OpKind::Chown, "docs", "", 1001, 1000));
    script.push_back(make(OpKind::Utimes, "big", "", 1234567890, 987654321));
    script.push_back(make(OpKind::RemoveXattr, "big", "user.mime_type"));
    script.push_back(make(OpKind::Truncate, "big", "", 4097));
    script.push_back(make(OpKind::Commit));
    appendRanges(script);
    appendRemoval(script);
    return script;
}

class Crash : public testing::TestWithParam<u32>
{
protected:
    static constexpr uint64_t kBlocks = 8192;

    Crash() : m_base(formattedImage(kBlocks, GetParam())), m_recording(m_base, {}, workload()) {}

    void SetUp() override
    {
        ASSERT_EQ(m_recording.problem(), "");
        ASSERT_GT(m_recording.events().size(), 400u);
    }

    /// Judges every state within @p bounds.
    void search(const CrashBounds &bounds, uint64_t seed)
    {
        CrashStates states(m_base, m_recording.events());
        uint64_t tried = 0;
        uint64_t violations = 0;
        states.each(bounds, seed, [&](const CrashState &state) {
            EXPECT_TRUE(states.present(state));
            const std::string problem = judgeCrash(states, m_recording, state, tried++ % 8 == 0);
            EXPECT_EQ(problem, "") << state.text();
            violations += !problem.empty();
            return problem.empty();
        });
        recordFigures("sim.crash", {{"crash states of a long workload", tried},
                                    {"violations", violations}});
    }

    SteadyHost m_host;
    SimImage m_base;
    Recording m_recording;
};

TEST_P(Crash, AnyPrefixAndSubsetOfTheWritesIsAStateBetweenTheLastSyncAndTheCrash)
{
    const size_t samples = isFullRun() && !isSanitized() ? 300 : 10;
    search({6, samples, 1, samples}, testSeed(20261));
}

INSTANTIATE_TEST_SUITE_P(AsItIsAndCompressed, Crash, testing::Values(0u, VEXFS_COMPRESS_DEFAULT));

} // namespace
} // namespace vexfs::test
