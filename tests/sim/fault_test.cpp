// SPDX-License-Identifier: Apache-2.0
// Goal: a failed allocation or I/O leaves every operation fully done or not done, and the volume
//   usable or cleanly poisoned (DESIGN.md, promise 3).
// Method: each kind of operation, followed by a commit or an fsync, with the 1st, 2nd, 3rd ...
//   allocation or device call failing, once or from then on, until it passes without the fault.
#include "tests/support/figures.h"
#include "tests/support/volume_driver.h"

#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace vexfs::test {
namespace {

/// Damage is meant here: warnings about it would bury the results.
const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

std::atomic<int64_t> allocationsLeft;
std::atomic<bool> isLasting;
std::atomic<bool> hasAllocationFailed;

bool allowAllocation(size_t)
{
    const int64_t left = allocationsLeft.fetch_sub(1);
    const bool fails = isLasting ? left <= 1 : left == 1;
    if (fails)
        hasAllocationFailed = true;
    return !fails;
}

enum class Fault { Allocation, LastingAllocation, Io, LastingIo, FullDisk };

const char *faultName(Fault fault)
{
    static const char *const kNames[] = {"allocation", "allocations from", "I/O", "all I/O from",
                                         "ENOSPC of the host at"};
    return kNames[static_cast<int>(fault)];
}

bool isOfMemory(Fault fault)
{
    return fault == Fault::Allocation || fault == Fault::LastingAllocation;
}

/// Switches a fault on for its lifetime.
class FaultScope
{
public:
    FaultScope(Fault fault, uint64_t nth, SimDevice &device) : m_fault(fault), m_device(device)
    {
        const unsigned all = SimDevice::Reads | SimDevice::Writes | SimDevice::Flushes;
        if (isOfMemory(fault)) {
            allocationsLeft = static_cast<int64_t>(nth);
            isLasting = fault == Fault::LastingAllocation;
            hasAllocationFailed = false;
            vexfs_posix_set_alloc_hook(allowAllocation);
        } else if (fault == Fault::FullDisk) {
            device.failCall(nth, SimDevice::Writes, true, -ENOSPC);
        } else {
            device.failCall(nth, all, fault == Fault::LastingIo);
        }
    }

    ~FaultScope() { end(); }

    /// Ends the fault; whether anything failed by it.
    bool end()
    {
        vexfs_posix_set_alloc_hook(nullptr);
        const bool failed = isOfMemory(m_fault) ? hasAllocationFailed.load() : m_device.hasFailed();
        m_device.clearFault();
        return failed;
    }

private:
    Fault m_fault;
    SimDevice &m_device;
};

/// A volume with some of everything, committed, as image and model.
struct Prepared
{
    /// With @p compress what is written from odd seeds is compressed.
    explicit Prepared(u32 compress = 0) : image(formattedImage(8192, compress)) {}

    SimImage image;
    ModelVolume model;

    void build()
    {
        SimDevice device(image);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        VolumeDriver driver(volume);
        const auto doIt = [&](const Operation &operation) {
            uint64_t done = 0;
            ASSERT_EQ(driver.apply(operation, &done), 0) << operation.text();
            ASSERT_EQ(model.apply(operation, done), 0) << operation.text();
        };
        doIt({OpKind::Mkdir, "d", "", 0, 0755, 0});
        doIt({OpKind::Mkdir, "empty", "", 0, 0755, 0});
        for (int i = 0; i < 300; i++)
            doIt({OpKind::CreateFile, "d/name-" + std::to_string(i), "", 0, 0644, 0});
        doIt({OpKind::CreateFile, "small", "", 0, 0644, 0});
        doIt({OpKind::Write, "small", "", 0, 500, 3});
        doIt({OpKind::CreateFile, "large", "", 0, 0644, 0});
        doIt({OpKind::Write, "large", "", 0, 1200000, 4});
        doIt({OpKind::WriteVectors, "large", "", 0, 30000, 5});
        doIt({OpKind::SetXattr, "small", "user.a", 0, 100, 6});
        doIt({OpKind::SetXattr, "small", "user.big", 0, 20000, 7});
        doIt({OpKind::SnapshotCreate, "old", "", 0, 0, 0});
        doIt({OpKind::Write, "large", "", 5000, 100000, 8});
        doIt({OpKind::CreateFile, "text", "", 0, 0644, 0});
        doIt({OpKind::Write, "text", "", 0, 300000, 19});
        doIt({OpKind::Commit, "", "", 0, 0, 0});
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        image = device.image();
    }
};

std::vector<Operation> operations()
{
    return {
        {OpKind::Mkdir, "d/sub", "", 0, 0755, 0},
        {OpKind::CreateFile, "d/file", "", 0, 0644, 0},
        {OpKind::Symlink, "link", std::string(3000, 't'), 0, 0, 0},
        {OpKind::Link, "small", "d/hard", 0, 0, 0},
        {OpKind::Unlink, "d/name-7", "", 0, 0, 0},
        {OpKind::Unlink, "large", "", 0, 0, 0},
        {OpKind::Rmdir, "empty", "", 0, 0, 0},
        {OpKind::Rename, "small", "d/name-9", 0, 0, 0},
        {OpKind::Rename, "d", "empty/d", 0, 0, 0},
        {OpKind::Rename, "d", "empty", 0, VEXFS_RENAME_EXCHANGE, 0},
        {OpKind::Write, "small", "", 100, 700, 9},
        {OpKind::Write, "small", "", 0, 60000, 10},
        {OpKind::Write, "large", "", 4000, 300000, 11},
        {OpKind::Write, "large", "", 3000000, 5000, 12},
        {OpKind::WriteVectors, "small", "", 0, 9000, 13},
        {OpKind::Truncate, "large", "", 70001, 0, 0},
        {OpKind::Truncate, "large", "", 0, 0, 0},
        {OpKind::Truncate, "small", "", 900000, 0, 0},
        {OpKind::Chmod, "small", "", 0, 0600, 0},
        {OpKind::SetXattr, "large", "user.b", 0, 50, 14},
        {OpKind::SetXattr, "large", "user.b", 0, 65536, 15},
        {OpKind::RemoveXattr, "small", "user.big", 0, 0, 0},
        {OpKind::CreateUnnamed, "d/unnamed", "", 0, 20000, 16},
        {OpKind::Reserve, "small", "", 0, 90000, 0},
        {OpKind::ReserveKeep, "large", "", 1100000, 400000, 0},
        {OpKind::Punch, "small", "", 100, 50, 0},
        {OpKind::Punch, "large", "", 5000, 20000, 0},
        {OpKind::Punch, "large", "", 1000000, 900000, 0},
        {OpKind::ZeroRange, "large", "", 5000, 2000000, 0},
        {OpKind::ZeroRangeKeep, "small", "", 10, 90000, 0},
        {OpKind::CopyRange, "large", "small", 4096, 70000, 0, 8192},
        {OpKind::CopyRange, "large", "large", 8192, 300000, 0, 409600},
        {OpKind::CopyRange, "small", "large", 0, 500, 0, 0},
        {OpKind::CopyRange, "large", "small", 10, 30000, 0, 3},
        {OpKind::Mkfifo, "d/pipe", "", 0, 0600, 0},
        {OpKind::UnlinkHeld, "large", "", 0, 0, 0},
        {OpKind::Rename, "small", "d/name-9", 0, VEXFS_RENAME_EXCHANGE, 0},
        {OpKind::Rename, "small", "other", 0, VEXFS_RENAME_NOREPLACE, 0},
        {OpKind::Rename, "small", "d/name-9", 0, VEXFS_RENAME_WHITEOUT, 0},
        {OpKind::Write, "large", "", 1200000, 3000, 16},
        {OpKind::Write, "small", "", 9000, 100, 17},
        {OpKind::TruncateVectors, "large", "", 100, 0, 0},
        {OpKind::Chown, "d", "", 1001, 1000, 0},
        {OpKind::Utimes, "small", "", 1234567890, 987654321, 0},
        {OpKind::SnapshotCreate, "new", "", 0, 0, 0},
        {OpKind::SnapshotDelete, "old", "", 0, 0, 0},
        {OpKind::SnapshotRename, "old", "older", 0, 0, 0},
        {OpKind::Rollback, "old", "safety", 0, 0, 0},
    };
}

/// What is done to frames, and with them: made, cut, shared, given up.
std::vector<Operation> frameOperations()
{
    return {
        {OpKind::Write, "text", "", 0, 300000, 21},
        {OpKind::Write, "text", "", 50000, 100, 23},
        {OpKind::Write, "text", "", 300000, 90000, 25},
        {OpKind::Write, "small", "", 0, 9000, 27},
        {OpKind::Truncate, "text", "", 150000, 0, 0},
        {OpKind::Punch, "text", "", 40960, 40960, 0},
        {OpKind::ZeroRange, "text", "", 5000, 200000, 0},
        {OpKind::CopyRange, "text", "small", 8192, 200000, 0, 4096},
        {OpKind::CopyRange, "text", "text", 0, 12288, 0, 65536},
        {OpKind::CreateUnnamed, "d/unnamed", "", 0, 20000, 29},
        {OpKind::Unlink, "text", "", 0, 0, 0},
    };
}

/// Whether @p image is clean and equals one of @p first and @p second.
std::string judgeImage(const SimImage &image, const ModelVolume &first, const ModelVolume &second)
{
    const std::string findings = checkImage(image);
    if (!findings.empty())
        return "check: " + findings;
    SimDevice device(image);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    if (const int error = vexfs_volume_open(device.dev(), &options, &volume))
        return "open failed: " + std::to_string(error);
    VolumeState state;
    std::string problem = readVolume(volume, &state);
    vexfs_volume_close(volume);
    if (!problem.empty())
        return problem;
    problem = first.difference(state);
    return problem.empty() || second.difference(state).empty() ? "" : problem;
}

bool isExpected(Fault fault, int error)
{
    if (isOfMemory(fault))
        return error == -ENOMEM;
    if (fault == Fault::FullDisk)
        return error == -ENOSPC || error == -EIO || error == -EROFS;
    return error == -EIO;
}

/// One operation, and what makes it durable, with one fault. Sets @p met when the fault was met.
std::string runOne(const Prepared &prepared, const Operation &operation, const Operation &sync,
                   Fault fault, uint64_t nth, bool *met)
{
    SimDevice device(prepared.image);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    if (const int error = vexfs_volume_open(device.dev(), &options, &volume))
        return "open failed: " + std::to_string(error);
    VolumeDriver driver(volume);
    uint64_t done = 0;
    FaultScope scope(fault, nth, device);
    const int error = driver.apply(operation, &done);
    uint64_t none = 0;
    const int syncError = driver.apply(sync, &none);
    *met = scope.end();
    const int evictError = driver.evictHeld();

    ModelVolume after = prepared.model;
    after.apply(operation, done);
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    std::string problem;
    if (evictError && !info.poisoned)
        problem = "evict without fault: " + std::to_string(evictError);
    else if (error && !isExpected(fault, error))
        problem = "unexpected error " + std::to_string(error);
    else if (!error && !info.poisoned)
        problem = volumeDifference(volume, after);
    else if (!info.poisoned)
        problem = volumeDifference(volume, prepared.model);
    // Only what says that it is on disk when it returns has no way back without memory.
    const bool endsInCommit = operation.kind == OpKind::SnapshotCreate ||
                              operation.kind == OpKind::SnapshotDelete ||
                              operation.kind == OpKind::SnapshotRename ||
                              operation.kind == OpKind::Rollback;
    if (problem.empty() && info.poisoned && isOfMemory(fault) && !endsInCommit)
        problem = "poisoned by want of memory";
    // What was interrupted must be possible again, or refused for good.
    if (problem.empty() && info.poisoned) {
        uint64_t ignored = 0;
        const int again = driver.apply({OpKind::Mkdir, "again", "", 0, 0755, 0}, &ignored);
        if (again != -EROFS)
            problem = "a poisoned volume answers a change with " + std::to_string(again);
    } else if (problem.empty() && error) {
        const int again = driver.apply(operation, &done);
        after = prepared.model;
        after.apply(operation, done);
        if (again)
            problem = "again without fault: " + std::to_string(again);
        else
            problem = volumeDifference(volume, after);
    }
    if (!info.poisoned && syncError && !error && problem.empty() &&
        vexfs_volume_commit(volume, nullptr) != 0)
        problem = "a commit that failed without poison fails again";
    const int closed = vexfs_volume_close(volume);
    if (problem.empty() && closed && !info.poisoned)
        problem = "close failed: " + std::to_string(closed);
    if (!problem.empty())
        return problem;
    return judgeImage(device.image(), after, info.poisoned ? prepared.model : after);
}

class FaultSweep : public testing::TestWithParam<Fault>
{};

void sweep(Fault fault, const Prepared &prepared, const std::vector<Operation> &operations)
{
    size_t injected = 0;
    const Operation syncs[] = {{OpKind::Commit, "", "", 0, 0, 0}, {OpKind::Fsync, "", "", 0, 0, 0}};
    for (const Operation &operation : operations) {
        for (const Operation &sync : syncs) {
            bool met = true;
            for (uint64_t nth = 1; met; nth++) {
                const std::string problem =
                    runOne(prepared, operation, sync, fault, nth, &met);
                ASSERT_EQ(problem, "") << faultName(fault) << " " << nth << " of "
                                       << operation.text() << " and " << sync.text();
                ASSERT_LT(nth, 20000u) << "the fault is met for ever";
                injected += met;
            }
        }
    }
    EXPECT_GT(injected, operations.size());
    recordFigures("sim.fault", {{"faults injected", injected}});
}

TEST_P(FaultSweep, EveryOperationIsDoneOrNotDone)
{
    Prepared prepared;
    ASSERT_NO_FATAL_FAILURE(prepared.build());
    sweep(GetParam(), prepared, operations());
}

TEST_P(FaultSweep, EveryOperationOnCompressedDataIsDoneOrNotDone)
{
    Prepared prepared(VEXFS_COMPRESS_DEFAULT);
    ASSERT_NO_FATAL_FAILURE(prepared.build());
    sweep(GetParam(), prepared, frameOperations());
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultSweep,
                         testing::Values(Fault::Allocation, Fault::LastingAllocation, Fault::Io,
                                         Fault::LastingIo, Fault::FullDisk));

TEST(FaultAtOpen, FailsCleanlyOrOpens)
{
    Prepared prepared;
    ASSERT_NO_FATAL_FAILURE(prepared.build());
    for (const Fault fault : {Fault::Allocation, Fault::Io, Fault::LastingIo}) {
        bool met = true;
        for (uint64_t nth = 1; met; nth++) {
            SimDevice device(prepared.image);
            vexfs_volume *volume = nullptr;
            const vexfs_open_options options{};
            FaultScope scope(fault, nth, device);
            const int error = vexfs_volume_open(device.dev(), &options, &volume);
            met = scope.end();
            if (error) {
                ASSERT_EQ(volume, nullptr);
                continue;
            }
            EXPECT_EQ(volumeDifference(volume, prepared.model), "") << faultName(fault) << nth;
            EXPECT_EQ(vexfs_volume_close(volume), 0);
        }
    }
}

} // namespace
} // namespace vexfs::test
