// SPDX-License-Identifier: Apache-2.0
// Goal: no image, however damaged, crashes or hangs the engine; what is read is right or an error
//   (DESIGN.md, promises 2 and 5).
// Method: a small volume with some of everything; then truncated, zeroed, random, misdirected and
//   flipped variants of it are opened, read in full, changed, closed and checked; and variants
//   whose structures were changed and whose checksums were made right again.
#include "tests/support/damaged_volume.h"
#include "tests/support/image/exercise.h"
#include "tests/support/figures.h"
#include "tests/support/image/image_script.h"
#include "tests/support/overlay_device.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/steady_host.h"
#include "tests/support/volume_driver.h"

#include <vexfs/check.h>
#include <vexfs/format.h>
#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <cerrno>

namespace vexfs::test {
namespace {

/// Damage is meant here: warnings about it would bury the results.
const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

constexpr uint64_t kBlocks = 4096;

struct Healthy
{
    SimImage image;
    ModelVolume model;
    VolumeState state;
};

void build(Healthy *healthy)
{
    SimDevice device(formattedImage(kBlocks, VEXFS_COMPRESS_DEFAULT));
    const vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
    VolumeDriver driver(volume);
    Random random(4711);
    for (int i = 0; i < 400; i++) {
        Operation operation = randomOperation(random, healthy->model);
        operation.number = std::min<uint64_t>(operation.number, 20000);
        uint64_t done = 0;
        const int error = driver.apply(operation, &done);
        if (error != -ENOSPC) {
            ASSERT_EQ(error, healthy->model.apply(operation, done)) << operation.text();
        }
    }
    ASSERT_EQ(driver.evictHeld(), 0);
    ASSERT_EQ(readVolume(volume, &healthy->state), "");
    ASSERT_EQ(healthy->model.difference(healthy->state), "");
    ASSERT_EQ(vexfs_volume_close(volume), 0);
    healthy->image = device.image();
    ASSERT_EQ(checkImage(healthy->image), "");
}

std::string use(vexfs_dev *dev, const Healthy *healthy);

/// Uses a damaged image in every way. @p healthy null: nothing is known of what it should hold.
std::string use(const SimImage &image, const Healthy *healthy)
{
    SimDevice device(image);
    return use(device.dev(), healthy);
}

std::string use(vexfs_dev *dev, const Healthy *healthy)
{
    vexfs_check_result result{};
    vexfs_check_options check{};
    check.data = true;
    vexfs_check(dev, &check, &result); // any result, but it ends
    vexfs_volume *volume = nullptr;
    vexfs_open_options options{};
    options.cache_bytes = 4u << 20;
    const int error = vexfs_volume_open(dev, &options, &volume);
    if (error)
        return volume ? "open failed but gave a volume" : "";
    std::string problem = healthy ? readableDifference(volume, healthy->state.live) : "";
    if (!healthy) {
        VolumeState state;
        readVolume(volume, &state);
    }
    VolumeDriver driver(volume);
    uint64_t done = 0;
    driver.apply({OpKind::Mkdir, "probe", "", 0, 0755, 0}, &done);
    driver.apply({OpKind::CreateFile, "probe/file", "", 0, 0644, 0}, &done);
    driver.apply({OpKind::Write, "probe/file", "", 0, 100000, 1}, &done);
    driver.apply({OpKind::SnapshotDelete, "s0", "", 0, 0, 0}, &done);
    for (int i = 0; i < 50 && vexfs_volume_tick(volume) == 1; i++) {
    }
    vexfs_volume_commit(volume, nullptr);
    vexfs_volume_close(volume);
    return problem;
}

/// Whether the check tells of anything.
bool isFound(vexfs_dev *dev)
{
    vexfs_check_result result{};
    vexfs_check_options check{};
    check.data = true;
    return vexfs_check(dev, &check, &result) != 0 || result.findings != 0;
}

class Damage : public testing::Test
{
protected:
    void SetUp() override { ASSERT_NO_FATAL_FAILURE(build(&m_healthy)); }
    Healthy m_healthy;
};

/// The blocks in use: those that a whole check reads, superblocks left out, which come twice.
std::vector<uint64_t> blocksInUse(OverlayDevice &device)
{
    std::set<uint64_t> reads;
    vexfs_check_result result{};
    vexfs_check_options check{};
    check.data = true;
    device.trackReads(&reads);
    const int error = vexfs_check(device.dev(), &check, &result);
    device.trackReads(nullptr);
    EXPECT_EQ(error, 0);
    std::erase_if(reads, [](uint64_t block) {
        return block < VEXFS_FRONT_BLOCKS || block >= kBlocks - VEXFS_SUPER_SLOTS;
    });
    // All nodes, pages of the map, and data; reserved blocks have no content, shared ones count
    // twice.
    EXPECT_GT(result.data_blocks_read, 50u);
    EXPECT_GT(reads.size(), VEXFS_NODE_BLOCKS * result.nodes + 50);
    return {reads.begin(), reads.end()};
}

/// Flips bytes of @p blocks, all in turn; with @p mustBeFound the check tells of each.
void flipBytes(OverlayDevice &device, const Healthy &healthy, const std::vector<uint64_t> &blocks,
               size_t flips, bool mustBeFound)
{
    Random random(testSeed(31));
    for (size_t i = 0; i < flips; i++) {
        // The head of a block, where structure is, more often than the rest.
        const uint64_t block = blocks[i % blocks.size()];
        const size_t byte = random.below(random.chance(30) ? 256 : VEXFS_BLOCK_BYTES);
        const auto mask = static_cast<uint8_t>(random.chance(50) ? 1u << random.below(8)
                                                                 : 1 + random.below(255));
        device.edit(block)[byte] ^= mask;
        SCOPED_TRACE("block " + std::to_string(block) + " byte " + std::to_string(byte) + " mask " +
                     std::to_string(mask));
        ASSERT_TRUE(!mustBeFound || isFound(device.dev())) << "the check finds nothing";
        ASSERT_EQ(use(device.dev(), &healthy), "");
        device.reset();
    }
}

TEST_F(Damage, AFlippedByteOfABlockInUseIsFoundAndNeverReadAsData)
{
    OverlayDevice device(m_healthy.image);
    const std::vector<uint64_t> blocks = blocksInUse(device);
    ASSERT_GT(blocks.size(), 50u);
    const size_t flips = isSanitized() ? 1000 : isFullRun() ? 100000 : 4000;
    ASSERT_NO_FATAL_FAILURE(flipBytes(device, m_healthy, blocks, flips, true));
    recordFigures("sim.damage", {{"byte flips in blocks in use", flips}});
    std::printf("flips over %zu blocks\n", blocks.size());
}

TEST_F(Damage, AFlippedByteElsewhereDoesNotMatter)
{
    OverlayDevice device(m_healthy.image);
    const std::vector<uint64_t> inUse = blocksInUse(device);
    std::vector<uint64_t> blocks;
    for (const uint64_t block : writtenBlocks(m_healthy.image)) {
        if (!std::binary_search(inUse.begin(), inUse.end(), block))
            blocks.push_back(block);
    }
    ASSERT_GT(blocks.size(), 16u); // superblocks, and what was freed
    const size_t flips = isFullRun() && !isSanitized() ? 20000 : 1000;
    ASSERT_NO_FATAL_FAILURE(flipBytes(device, m_healthy, blocks, flips, false));
    recordFigures("sim.damage", {{"byte flips elsewhere", flips}});
}

TEST_F(Damage, AMisdirectedBlockIsAnError)
{
    Random random(testSeed(32));
    const std::vector<uint64_t> blocks = writtenBlocks(m_healthy.image);
    for (size_t i = 0; i < (isFullRun() ? 3000 : 300); i++) {
        const uint64_t to = blocks[i % blocks.size()];
        const uint64_t from = blocks[random.below(blocks.size())];
        SimImage image = m_healthy.image;
        image[to] = m_healthy.image[from];
        ASSERT_EQ(use(image, &m_healthy), "") << "block " << from << " at " << to;
    }
}

TEST_F(Damage, AZeroedBlockIsAnError)
{
    for (const uint64_t block : writtenBlocks(m_healthy.image)) {
        SimImage image = m_healthy.image;
        image[block] = nullptr;
        ASSERT_EQ(use(image, &m_healthy), "") << "block " << block;
    }
}

TEST_F(Damage, ATruncatedImageIsRefused)
{
    for (uint64_t blocks = 0; blocks < m_healthy.image.size(); blocks += 61) {
        SimImage image = m_healthy.image;
        image.resize(blocks);
        SimDevice device(image);
        vexfs_volume *volume = nullptr;
        const vexfs_open_options options{};
        ASSERT_NE(vexfs_volume_open(device.dev(), &options, &volume), 0) << blocks;
        ASSERT_EQ(volume, nullptr);
        vexfs_check_result result{};
        const vexfs_check_options check{};
        vexfs_check(device.dev(), &check, &result);
    }
}

TEST(Garbage, ZeroedAndRandomImagesAreNoVolumes)
{
    Random random(testSeed(33));
    for (int round = 0; round < 20; round++) {
        SimImage image(4096);
        for (auto &block : image) {
            if (round == 0 || random.chance(80))
                continue;
            const std::string bytes = random.bytes(VEXFS_BLOCK_BYTES);
            auto data = std::make_shared<SimBlock>();
            std::copy(bytes.begin(), bytes.end(), data->begin());
            block = std::move(data);
        }
        SimDevice device(image);
        vexfs_volume *volume = nullptr;
        const vexfs_open_options options{};
        EXPECT_EQ(vexfs_volume_open(device.dev(), &options, &volume), -EINVAL);
        EXPECT_EQ(volume, nullptr);
    }
}

TEST_F(Damage, RandomBytesOverPartsOfAVolumeNeverCrash)
{
    Random random(testSeed(34));
    const std::vector<uint64_t> blocks = writtenBlocks(m_healthy.image);
    for (int round = 0; round < (isFullRun() ? 1000 : 100); round++) {
        SimImage image = m_healthy.image;
        for (uint64_t i = 1 + random.below(20); i > 0; i--) {
            const uint64_t block = blocks[random.below(blocks.size())];
            auto copy = std::make_shared<SimBlock>(*m_healthy.image[block]);
            const size_t begin = random.below(VEXFS_BLOCK_BYTES);
            const std::string bytes = random.bytes(random.below(VEXFS_BLOCK_BYTES - begin));
            std::copy(bytes.begin(), bytes.end(), copy->begin() + static_cast<long>(begin));
            image[block] = std::move(copy);
        }
        ASSERT_EQ(use(image, nullptr), "") << "round " << round;
    }
}

TEST(Forgery, AChangedStructureUnderRightChecksumsNeverCrashes)
{
    const SteadyHost host;
    const SimImage &image = sampleImage();
    ASSERT_EQ(checkImage(image), "");
    const ImageMap map(image);
    ASSERT_GT(map.nodes().size(), 8u);
    ASSERT_GE(map.pages().size(), 3u);
    OverlayDevice device(image);
    Random random(testSeed(35));
    const size_t scripts = isSanitized() ? 300 : isFullRun() ? 100000 : 1500;
    size_t opened = 0;
    for (size_t i = 0; i < scripts; i++) {
        const std::string script = randomImageScript(random, 4);
        ImageEditor editor(map);
        device.reset();
        applyImageScript(reinterpret_cast<const uint8_t *>(script.data()), script.size(), editor,
                         device);
        vexfs_volume *volume = nullptr;
        const vexfs_open_options options{};
        if (vexfs_volume_open(device.dev(), &options, &volume) == 0) {
            opened++;
            vexfs_volume_close(volume);
        }
        exerciseImage(device.dev());
    }
    // If checksums were not right after a change, next to none would get past the superblock.
    EXPECT_GT(opened, scripts / 2);
    recordFigures("sim.damage", {{"forged images", scripts}});
}

} // namespace
} // namespace vexfs::test
