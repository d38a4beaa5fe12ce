// SPDX-License-Identifier: Apache-2.0
// Goal: long random sequences of operations give what POSIX says, survive remounts, keep snapshots
//   as they were, and leave exact reference counts; a full volume still lets files be deleted.
// Method: each operation is done on engine and model; results and, now and then, all content are
//   compared.
#include "tests/support/volume_driver.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace vexfs::test {
namespace {

/// A volume on a simulated device beside its model.
class Pair
{
public:
    explicit Pair(uint64_t blocks, u32 compress = 0) : m_device(formattedImage(blocks, compress))
    {
        open();
    }
    ~Pair() { vexfs_volume_close(m_volume); }

    void step(const Operation &operation)
    {
        uint64_t done = 0;
        const int error = m_driver->apply(operation, &done);
        if (error == -ENOSPC) {
            m_full++;
            ASSERT_TRUE(operation.kind != OpKind::Unlink && operation.kind != OpKind::Rmdir &&
                        operation.kind != OpKind::UnlinkHeld && operation.kind != OpKind::Commit)
                << operation.text();
            return;
        }
        const ModelVolume before = m_model;
        const int expected = m_model.apply(operation, done);
        ASSERT_EQ(error, expected) << operation.text();
    }

    void compare() { ASSERT_EQ(volumeDifference(m_volume, m_model), ""); }

    void remount()
    {
        m_driver.reset();
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        ASSERT_EQ(checkImage(m_device.image()), "");
        open();
    }

    const ModelVolume &model() const { return m_model; }
    vexfs_volume *volume() { return m_volume; }
    uint64_t timesFull() const { return m_full; }

private:
    void open()
    {
        vexfs_open_options options{};
        options.discard = true;
        m_volume = nullptr;
        const int error = vexfs_volume_open(m_device.dev(), &options, &m_volume);
        if (error) {
            std::fprintf(stderr, "open failed: %d\n", error);
            abort();
        }
        m_driver = std::make_unique<VolumeDriver>(m_volume);
    }

    SimDevice m_device;
    vexfs_volume *m_volume = nullptr;
    std::unique_ptr<VolumeDriver> m_driver;
    ModelVolume m_model;
    uint64_t m_full = 0;
};

void runRandom(uint64_t seed, uint64_t blocks, int operations, uint64_t *timesFull)
{
    Random random(seed);
    // Every other volume compresses, at one level or another.
    Pair pair(blocks, seed % 2 ? 1 + seed / 2 % 7 : 0);
    for (int i = 0; i < operations; i++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " operation " + std::to_string(i));
        ASSERT_NO_FATAL_FAILURE(pair.step(randomOperation(random, pair.model())));
        if (i % 100 == 99) {
            ASSERT_NO_FATAL_FAILURE(pair.compare());
        }
        if (random.below(200) == 0) {
            ASSERT_NO_FATAL_FAILURE(pair.remount());
            ASSERT_NO_FATAL_FAILURE(pair.compare());
        }
    }
    ASSERT_NO_FATAL_FAILURE(pair.remount());
    ASSERT_NO_FATAL_FAILURE(pair.compare());
    *timesFull = pair.timesFull();
}

TEST(RandomOperations, GiveWhatTheModelSays)
{
    const uint64_t seed = testSeed(7);
    const int runs = isFullRun() ? 200 : 6;
    for (int run = 0; run < runs; run++) {
        uint64_t timesFull = 0;
        ASSERT_NO_FATAL_FAILURE(
            runRandom(seed + static_cast<uint64_t>(run), 65536, 1500, &timesFull));
        EXPECT_EQ(timesFull, 0u);
    }
}

TEST(RandomOperations, OnASmallVolumeOftenFindItFull)
{
    const uint64_t seed = testSeed(100);
    const int runs = isFullRun() ? 100 : 4;
    uint64_t total = 0;
    for (int run = 0; run < runs; run++) {
        uint64_t timesFull = 0;
        ASSERT_NO_FATAL_FAILURE(
            runRandom(seed + static_cast<uint64_t>(run), 4096, 1500, &timesFull));
        total += timesFull;
    }
    EXPECT_GT(total, 0u) << "the volume was never full: the test misses its goal";
}

TEST(FullVolume, DeletingWorksAndSpaceComesBack)
{
    Pair pair(4096);
    struct vexfs_volume_info before{};
    vexfs_volume_info(pair.volume(), &before);
    ASSERT_NO_FATAL_FAILURE(pair.step({OpKind::Mkdir, "d", "", 0, 0755, 1}));
    int files = 0;
    for (; files < 20000 && pair.timesFull() == 0; files++) {
        const std::string path = "d/f" + std::to_string(files);
        ASSERT_NO_FATAL_FAILURE(pair.step({OpKind::CreateFile, path, "", 0, 0644, 1}));
        if (pair.timesFull() == 0) {
            ASSERT_NO_FATAL_FAILURE(pair.step({OpKind::Write, path, "", 0, 9000, 2}));
        }
    }
    ASSERT_GT(pair.timesFull(), 0u);
    ASSERT_GT(files, 500);
    ASSERT_NO_FATAL_FAILURE(pair.remount());
    for (const std::string &path : pair.model().live.paths()) {
        if (path.starts_with("d/")) {
            ASSERT_NO_FATAL_FAILURE(pair.step({OpKind::Unlink, path, "", 0, 0, 0}));
        }
    }
    ASSERT_NO_FATAL_FAILURE(pair.step({OpKind::Rmdir, "d", "", 0, 0, 0}));
    for (int i = 0; i < 10000 && vexfs_volume_tick(pair.volume()) == 1; i++) {
    }
    for (int i = 0; i < 3; i++)
        ASSERT_NO_FATAL_FAILURE(pair.step({OpKind::Commit, "", "", 0, 0, 0}));
    struct vexfs_volume_info after{};
    vexfs_volume_info(pair.volume(), &after);
    EXPECT_GE(after.free_blocks + 16, before.free_blocks);
    ASSERT_NO_FATAL_FAILURE(pair.remount());
    ASSERT_NO_FATAL_FAILURE(pair.compare());
}

} // namespace
} // namespace vexfs::test
