// SPDX-License-Identifier: Apache-2.0
#include "tests/support/volume_driver.h"

#include <array>
#include <sys/stat.h>

namespace vexfs::test {

namespace {

struct Weight
{
    OpKind kind;
    unsigned weight;
};

constexpr std::array kWeights = {
    Weight{OpKind::Mkdir, 8},          Weight{OpKind::CreateFile, 14},
    Weight{OpKind::Symlink, 3},        Weight{OpKind::Mkfifo, 1},
    Weight{OpKind::Link, 5},           Weight{OpKind::Unlink, 7},
    Weight{OpKind::UnlinkHeld, 2},     Weight{OpKind::EvictHeld, 1},
    Weight{OpKind::Rmdir, 4},          Weight{OpKind::Rename, 10},
    Weight{OpKind::Write, 22},         Weight{OpKind::WriteVectors, 5},
    Weight{OpKind::Truncate, 6},       Weight{OpKind::TruncateVectors, 1},
    Weight{OpKind::Chmod, 2},          Weight{OpKind::Chown, 2},
    Weight{OpKind::Utimes, 2},         Weight{OpKind::SetXattr, 6},
    Weight{OpKind::RemoveXattr, 2},    Weight{OpKind::SnapshotCreate, 1},
    Weight{OpKind::SnapshotDelete, 2}, Weight{OpKind::Commit, 4},
    Weight{OpKind::SnapshotRename, 1}, Weight{OpKind::Rollback, 1},
    Weight{OpKind::Tick, 2},           Weight{OpKind::Fsync, 3},
    Weight{OpKind::Tick, 2},           Weight{OpKind::CreateUnnamed, 2},
    Weight{OpKind::Reserve, 3},        Weight{OpKind::ReserveKeep, 2},
    Weight{OpKind::Punch, 5},          Weight{OpKind::ZeroRange, 3},
    Weight{OpKind::ZeroRangeKeep, 1},  Weight{OpKind::CopyRange, 8},
};

OpKind randomKind(Random &random)
{
    unsigned total = 0;
    for (const Weight &weight : kWeights)
        total += weight.weight;
    uint64_t at = random.below(total);
    for (const Weight &weight : kWeights) {
        if (at < weight.weight)
            return weight.kind;
        at -= weight.weight;
    }
    return OpKind::Commit;
}

class Chooser
{
public:
    Chooser(Random &random, const ModelVolume &model)
        : m_random(random), m_tree(model.live), m_paths(model.live.paths())
    {}

    /// A path that exists; mostly one that @p fits.
    template <class Fits> std::string existing(Fits fits)
    {
        std::string path;
        for (int attempt = 0; attempt < 12; attempt++) {
            path = m_paths[m_random.below(m_paths.size())];
            if (fits(path))
                break;
        }
        return path;
    }

    std::string file()
    {
        return existing([this](const std::string &path) { return m_tree.isFile(path); });
    }

    std::string notRoot()
    {
        return existing([](const std::string &path) { return !path.empty(); });
    }

    /// A path whose directory exists; now and then one that is taken, too long, or without parent.
    std::string fresh()
    {
        if (m_random.chance(8))
            return notRoot().empty() ? "taken" : notRoot();
        if (m_random.chance(2))
            return "absent/" + name();
        const std::string dir =
            existing([this](const std::string &path) { return m_tree.isDirectory(path); });
        return dir.empty() ? name() : dir + "/" + name();
    }

private:
    std::string name()
    {
        const uint64_t shape = m_random.below(40);
        const std::string base = "n" + std::to_string(m_random.below(500));
        if (shape == 0)
            return base + std::string(VEXFS_NAME_MAX_BYTES - base.size(), 'x');
        if (shape == 1)
            return base + std::string(VEXFS_NAME_MAX_BYTES + 1 - base.size(), 'x');
        if (shape == 2)
            return base + "\xff\x01 \n";
        return base;
    }

    Random &m_random;
    const ModelTree &m_tree;
    std::vector<std::string> m_paths;
};

/// Around the sizes at which the engine changes its mind: inline, block, extent.
uint64_t interestingSize(Random &random)
{
    static constexpr std::array<uint64_t, 12> kSizes = {0,    1,    100,   2000,   2048,    4095,
                                                        4096, 4097, 70000, 131072, 1048576, 300000};
    const uint64_t base = kSizes[random.below(kSizes.size())];
    return random.chance(50) ? base : random.below(base + 2);
}

/// Mostly where a block begins, so that references are possible.
uint64_t interestingOffset(Random &random)
{
    const uint64_t offset = interestingSize(random);
    return random.chance(60) ? offset - offset % VEXFS_BLOCK_BYTES : offset;
}

/// The names for operations that make, move and remove them. False when @p operation is another.
bool fillNames(Operation &operation, Chooser &choose, Random &random)
{
    switch (operation.kind) {
    case OpKind::Mkdir:
        operation.path = choose.fresh();
        operation.number = random.chance(15) ? 02775 : 0755;
        return true;
    case OpKind::CreateFile:
    case OpKind::CreateUnnamed:
    case OpKind::Mkfifo:
        operation.path = choose.fresh();
        operation.number = random.below(010000);
        return true;
    case OpKind::Symlink:
        operation.path = choose.fresh();
        operation.second = std::string(1 + random.below(random.chance(10) ? 4095 : 60), 't');
        return true;
    case OpKind::Link:
        operation.path = random.chance(90) ? choose.file() : choose.notRoot();
        operation.second = choose.fresh();
        return true;
    case OpKind::Rename: {
        operation.path = choose.notRoot();
        operation.second = random.chance(60) ? choose.fresh() : choose.notRoot();
        const uint64_t flags = random.below(10);
        operation.number = flags == 0   ? VEXFS_RENAME_NOREPLACE
                           : flags == 1 ? VEXFS_RENAME_EXCHANGE
                           : flags == 2 ? VEXFS_RENAME_WHITEOUT
                                        : 0;
        return true;
    }
    case OpKind::Unlink:
    case OpKind::UnlinkHeld:
    case OpKind::Rmdir:
    case OpKind::Fsync:
        operation.path = choose.notRoot();
        return true;
    default:
        return false;
    }
}

/// The rest: content, attributes, snapshots.
void fillChange(Operation &operation, Chooser &choose, Random &random, const ModelTree &live)
{
    switch (operation.kind) {
    case OpKind::Write:
    case OpKind::WriteVectors:
        operation.path = choose.file();
        operation.number = interestingSize(random);
        operation.offset =
            random.chance(40) ? live.sizeBytes(operation.path) : interestingSize(random);
        break;
    case OpKind::Truncate:
    case OpKind::TruncateVectors:
        operation.path = choose.file();
        operation.offset = interestingSize(random);
        break;
    case OpKind::Reserve:
    case OpKind::ReserveKeep:
    case OpKind::Punch:
    case OpKind::ZeroRange:
    case OpKind::ZeroRangeKeep:
        operation.path = random.chance(95) ? choose.file() : choose.notRoot();
        operation.offset = interestingOffset(random);
        operation.number = interestingSize(random);
        break;
    case OpKind::CopyRange:
        operation.path = random.chance(97) ? choose.file() : choose.notRoot();
        operation.second = random.chance(15) ? operation.path : choose.file();
        operation.offset = interestingOffset(random);
        operation.target = random.chance(50) ? operation.offset : interestingOffset(random);
        operation.number =
            random.chance(40) ? live.sizeBytes(operation.path) : interestingSize(random);
        break;
    case OpKind::Chmod:
        operation.path = choose.notRoot();
        operation.number = random.below(010000);
        break;
    case OpKind::Chown:
    case OpKind::Utimes:
        operation.path = choose.notRoot();
        operation.number = random.below(1000000000);
        operation.offset = random.below(1u << 31);
        break;
    case OpKind::SetXattr:
    case OpKind::RemoveXattr:
        operation.path = choose.notRoot();
        operation.second = "user.x" + std::to_string(random.below(12));
        operation.number = random.chance(5) ? random.below(65537) : random.below(300);
        operation.offset = random.chance(20) ? random.below(3) : 0;
        break;
    case OpKind::SnapshotCreate:
    case OpKind::SnapshotDelete:
        operation.path = "s" + std::to_string(random.below(4));
        break;
    case OpKind::SnapshotRename:
    case OpKind::Rollback:
        operation.path = "s" + std::to_string(random.below(4));
        operation.second = "s" + std::to_string(random.below(4));
        break;
    default:
        break;
    }
}

} // namespace

Operation randomOperation(Random &random, const ModelVolume &model)
{
    Chooser choose(random, model);
    Operation operation;
    operation.kind = randomKind(random);
    operation.seed = random.next();
    if (!fillNames(operation, choose, random)) {
        fillChange(operation, choose, random, model.live);
        return operation;
    }
    // An empty path in place of a name would be the root; no host passes that down.
    if (operation.path.empty())
        operation.path = "absent";
    const bool hasTwo = operation.kind == OpKind::Link || operation.kind == OpKind::Rename;
    if (hasTwo && operation.second.empty())
        operation.second = "absent";
    return operation;
}

} // namespace vexfs::test
