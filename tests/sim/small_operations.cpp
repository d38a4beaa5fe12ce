// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/small_operations.h"

#include "tests/support/steady_host.h"
#include "tests/support/volume_driver.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace vexfs::test {

namespace {

constexpr uint64_t kBlocks = 4096; // the smallest volume

void setUp(const std::vector<Operation> &script, SmallBase *base)
{
    SimDevice device(base->image);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    int error = vexfs_volume_open(device.dev(), &options, &volume);
    VolumeDriver driver(volume);
    for (const Operation &operation : script) {
        uint64_t done = 0;
        error = error ? error : driver.apply(operation, &done);
        error = error ? error : base->model.apply(operation, done);
    }
    error = error ? error : vexfs_volume_close(volume);
    if (error) {
        std::fprintf(stderr, "the base of the workloads cannot be made: %d\n", error);
        abort();
    }
    base->image = device.image();
}

constexpr uint64_t kNoReplace = VEXFS_RENAME_NOREPLACE;
constexpr uint64_t kExchange = VEXFS_RENAME_EXCHANGE;

const std::vector<Operation> kOperations = {
    // 0: names
    {OpKind::Mkdir, "A/C", "", 0, 0755, 0},
    {OpKind::Mkdir, "B/C", "", 0, 02775, 0},
    {OpKind::CreateFile, "A/bar", "", 0, 0644, 0},
    {OpKind::CreateFile, "bar", "", 0, 0600, 0},
    {OpKind::Symlink, "bar", "A/foo", 0, 0, 0},
    {OpKind::Mkfifo, "B/pipe", "", 0, 0600, 0},
    {OpKind::Link, "foo", "A/bar", 0, 0, 0},
    {OpKind::Link, "A/foo", "bar", 0, 0, 0},
    {OpKind::Unlink, "foo", "", 0, 0, 0},
    {OpKind::Unlink, "A/foo", "", 0, 0, 0},
    {OpKind::Unlink, "bar", "", 0, 0, 0},
    {OpKind::UnlinkHeld, "foo", "", 0, 0, 0},
    {OpKind::Rmdir, "B", "", 0, 0, 0},
    {OpKind::Rmdir, "A/C", "", 0, 0, 0},
    // 14: renames
    {OpKind::Rename, "foo", "bar", 0, 0, 0},
    {OpKind::Rename, "foo", "A/foo", 0, 0, 0},
    {OpKind::Rename, "A/foo", "foo", 0, 0, 0},
    {OpKind::Rename, "A/foo", "B/foo", 0, 0, 0},
    {OpKind::Rename, "bar", "foo", 0, 0, 0},
    {OpKind::Rename, "A", "B", 0, 0, 0},
    {OpKind::Rename, "A", "C", 0, 0, 0},
    {OpKind::Rename, "B", "A/C", 0, 0, 0},
    {OpKind::Rename, "foo", "bar", 0, kNoReplace, 0},
    {OpKind::Rename, "foo", "A/foo", 0, kNoReplace, 0},
    {OpKind::Rename, "foo", "A/foo", 0, kExchange, 0},
    {OpKind::Rename, "A", "B", 0, kExchange, 0},
    {OpKind::Rename, "foo", "B", 0, kExchange, 0},
    // 27: content
    {OpKind::Write, "foo", "", 100, 50, 201},
    {OpKind::Write, "foo", "", 0, 4096, 202},
    {OpKind::Write, "foo", "", 4090, 110, 203},
    {OpKind::Write, "foo", "", 9000, 5000, 204},
    {OpKind::Write, "foo", "", 0, 9000, 205},
    {OpKind::Write, "foo", "", 40000, 100, 206},
    {OpKind::Write, "A/foo", "", 100, 50, 207},
    {OpKind::Write, "A/foo", "", 0, 3000, 208},
    {OpKind::Write, "A/bar", "", 0, 700, 209},
    {OpKind::Write, "A/bar", "", 0, 40000, 210},
    {OpKind::WriteVectors, "foo", "", 0, 600, 211},
    {OpKind::WriteVectors, "foo", "", 0, 6000, 212},
    {OpKind::Truncate, "foo", "", 0, 0, 0},
    {OpKind::Truncate, "foo", "", 4096, 0, 0},
    {OpKind::Truncate, "foo", "", 5000, 0, 0},
    {OpKind::Truncate, "foo", "", 20000, 0, 0},
    {OpKind::Truncate, "A/foo", "", 10, 0, 0},
    {OpKind::Truncate, "A/foo", "", 5000, 0, 0},
    // 45: attributes
    {OpKind::Chmod, "foo", "", 0, 04711, 0},
    {OpKind::Chown, "A", "", 1001, 1000, 0},
    {OpKind::Utimes, "A/foo", "", 1234567890, 987654321, 0},
    {OpKind::SetXattr, "foo", "user.x", 0, 20, 213},
    {OpKind::SetXattr, "foo", "user.base", 0, 5000, 214},
    {OpKind::SetXattr, "A", "user.x", 0, 20, 215},
    {OpKind::RemoveXattr, "foo", "user.base", 0, 0, 0},
    // 52: snapshots and work in the background
    {OpKind::SnapshotCreate, "s1", "", 0, 0, 0},
    {OpKind::SnapshotDelete, "s0", "", 0, 0, 0},
    {OpKind::Tick, "", "", 0, 0, 0},
    {OpKind::EvictHeld, "", "", 0, 0, 0},
    // 56: ranges
    {OpKind::Reserve, "foo", "", 8000, 12000, 0},
    {OpKind::ReserveKeep, "foo", "", 20000, 8192, 0},
    {OpKind::Punch, "foo", "", 4096, 4096, 0},
    {OpKind::ZeroRange, "foo", "", 4096, 8192, 0},
    {OpKind::CopyRange, "foo", "A/bar", 0, 8192, 0},
    {OpKind::CreateUnnamed, "B/bar", "", 0, 600, 216},
    // 62: the blocks where nodes and data are, as far as they are free; edges of ranges
    {OpKind::Trim, "", "", 596, 48, 0},
    {OpKind::Punch, "foo", "", 3000, 7000, 0},
    {OpKind::ZeroRange, "foo", "", 1000, 9000, 0},
    {OpKind::ZeroRangeKeep, "A/foo", "", 50, 6000, 0},
    {OpKind::Punch, "foo", "", 0, 12288, 0},
    {OpKind::Write, "A/bar", "", 0, 40000, 217},
    {OpKind::Write, "foo", "", 4096, 4096, 218},
    // 69: what becomes of snapshots
    {OpKind::SnapshotRename, "s0", "s2", 0, 0, 0},
    {OpKind::Rollback, "s0", "s3", 0, 0, 0},
};

SmallBase makeBase(size_t index)
{
    SteadyHost::restart(1 + index);
    // The last one compresses: foo is one frame, which a snapshot has too.
    SmallBase base{formattedImage(kBlocks, index == 2 ? VEXFS_COMPRESS_DEFAULT : 0), {}};
    std::vector<Operation> script = {
        {OpKind::Mkdir, "A", "", 0, 0755, 0},
        {OpKind::Mkdir, "B", "", 0, 0755, 0},
        {OpKind::CreateFile, "foo", "", 0, 0644, 0},
        {OpKind::Write, "foo", "", 0, 9000, 101},
        {OpKind::SetXattr, "foo", "user.base", 0, 30, 102},
        {OpKind::CreateFile, "A/foo", "", 0, 0644, 0},
        {OpKind::Write, "A/foo", "", 0, 100, 103},
    };
    if (index > 0)
        script.push_back({OpKind::SnapshotCreate, "s0", "", 0, 0, 0});
    setUp(script, &base);
    return base;
}

std::string parentOf(const std::string &path)
{
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

} // namespace

const std::vector<Operation> &smallOperations()
{
    return kOperations;
}

const SmallBase &smallBase(size_t index)
{
    static const std::array<SmallBase, kSmallBases> kBases = {makeBase(0), makeBase(1),
                                                            makeBase(2)};
    return kBases.at(index);
}

std::string Workload::text() const
{
    std::string out = std::to_string(base);
    for (const auto &[number, sync] : steps)
        out += "-" + std::to_string(number) + static_cast<char>(sync);
    return out;
}

std::optional<Workload> Workload::parse(const std::string &text)
{
    Workload workload;
    std::istringstream in(text);
    if (!(in >> workload.base) || workload.base >= kSmallBases)
        return std::nullopt;
    for (char dash = 0; in >> dash;) {
        size_t number = 0;
        char sync = 0;
        if (dash != '-' || !(in >> number >> sync) || number >= smallOperations().size() ||
            !strchr("nfdc", sync))
            return std::nullopt;
        workload.steps.emplace_back(number, static_cast<Sync>(sync));
    }
    return workload;
}

std::vector<Operation> Workload::script() const
{
    std::vector<Operation> script;
    for (const auto &[number, sync] : steps) {
        const Operation &operation = smallOperations()[number];
        const bool hasTwo = operation.kind == OpKind::Link || operation.kind == OpKind::Rename;
        const std::string &file = hasTwo ? operation.second : operation.path;
        script.push_back(operation);
        if (sync == Sync::File)
            script.push_back({OpKind::Fsync, file, "", 0, 0, 0});
        else if (sync == Sync::Directory)
            script.push_back({OpKind::Fsync, parentOf(file), "", 0, 0, 0});
        else if (sync == Sync::Commit)
            script.push_back({OpKind::Commit, "", "", 0, 0, 0});
    }
    return script;
}

} // namespace vexfs::test
