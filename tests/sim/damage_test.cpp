// SPDX-License-Identifier: Apache-2.0
// Goal: no image, however damaged, crashes or hangs the engine; what is read is right or an error
//   (DESIGN.md, promises 2 and 5).
// Method: a small volume with some of everything; then truncated, zeroed, random, misdirected and
//   flipped variants of it are opened, read in full, changed, closed and checked.
#include "tests/support/volume_driver.h"

#include <vexfs/check.h>
#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <cerrno>

namespace vexfs::test {
namespace {

/// Damage is meant here: warnings about it would bury the results.
const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

struct Healthy
{
    SimImage image;
    ModelVolume model;
    VolumeState state;
};

void build(Healthy *healthy)
{
    SimDevice device(formattedImage(4096));
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

bool isReported(int error)
{
    return error == -EIO || error == -EBADMSG || error == -EUCLEAN;
}

/// Reads one inode of the damaged volume and compares it with what it was.
std::string compareNode(vexfs_volume *volume, vexfs_id id, const NodeState &state)
{
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(volume, id, &attr))
        return isReported(error) ? "" : "getattr gives " + std::to_string(error);
    if (attr.mode != state.attr.mode || attr.size_bytes != state.attr.size_bytes)
        return "wrong attributes";
    std::string buffer(65536, '\0');
    for (u32 fork = 0; fork < 2; fork++) {
        const std::string &wanted = fork ? state.vectors : state.data;
        for (size_t at = 0; at < wanted.size(); at += buffer.size()) {
            u32 got = 0;
            const int error = vexfs_volume_read(volume, id, fork, at, buffer.data(),
                                                static_cast<u32>(buffer.size()), &got);
            if (error && !isReported(error))
                return "read gives " + std::to_string(error);
            if (!error && buffer.compare(0, got, wanted, at, buffer.size()) != 0)
                return "wrong data";
        }
    }
    return "";
}

/// Looks up and reads everything that the healthy volume had.
std::string compareAll(vexfs_volume *volume, const TreeState &tree)
{
    for (const auto &[path, state] : tree) {
        vexfs_id id{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
        int error = 0;
        for (size_t at = 0; at < path.size() && !error;) {
            const size_t slash = std::min(path.find('/', at), path.size());
            vexfs_attr attr{};
            error = vexfs_volume_lookup(volume, id, path.data() + at,
                                        static_cast<u32>(slash - at), &id, &attr);
            at = slash + 1;
        }
        if (error && !isReported(error))
            return "lookup of '" + path + "' gives " + std::to_string(error);
        const std::string problem = error ? "" : compareNode(volume, id, state);
        if (!problem.empty())
            return "'" + path + "': " + problem;
    }
    return "";
}

/// Uses a damaged image in every way. @p healthy null: nothing is known of what it should hold.
std::string use(const SimImage &image, const Healthy *healthy)
{
    SimDevice device(image);
    vexfs_check_result result{};
    vexfs_check_options check{};
    check.data = true;
    vexfs_check(device.dev(), &check, &result); // any result, but it ends
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    const int error = vexfs_volume_open(device.dev(), &options, &volume);
    if (error)
        return volume ? "open failed but gave a volume" : "";
    std::string problem = healthy ? compareAll(volume, healthy->state.live) : "";
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

std::vector<uint64_t> writtenBlocks(const SimImage &image)
{
    std::vector<uint64_t> blocks;
    for (uint64_t block = 0; block < image.size(); block++) {
        if (image[block])
            blocks.push_back(block);
    }
    return blocks;
}

SimImage withFlip(const SimImage &image, uint64_t block, size_t byte, uint8_t mask)
{
    SimImage out = image;
    auto copy = std::make_shared<SimBlock>(*image[block]);
    (*copy)[byte] ^= mask;
    out[block] = std::move(copy);
    return out;
}

class Damage : public testing::Test
{
protected:
    void SetUp() override { ASSERT_NO_FATAL_FAILURE(build(&m_healthy)); }
    Healthy m_healthy;
};

TEST_F(Damage, AFlippedByteIsAnErrorOrDoesNotMatter)
{
    Random random(testSeed(31));
    const std::vector<uint64_t> blocks = writtenBlocks(m_healthy.image);
    ASSERT_GT(blocks.size(), 50u);
    const size_t flips = isFullRun() ? 10000 : 1200;
    for (size_t i = 0; i < flips; i++) {
        // Every block in turn; the head of a block, where structure is, more often than the rest.
        const uint64_t block = blocks[i % blocks.size()];
        const size_t byte = random.below(random.chance(50) ? 256 : VEXFS_BLOCK_BYTES);
        const auto mask = static_cast<uint8_t>(random.chance(50) ? 1u << random.below(8)
                                                                 : 1 + random.below(255));
        const SimImage image = withFlip(m_healthy.image, block, byte, mask);
        ASSERT_EQ(use(image, &m_healthy), "")
            << "block " << block << " byte " << byte << " mask " << int(mask);
    }
    std::printf("flips tried: %zu over %zu blocks\n", flips, blocks.size());
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

} // namespace
} // namespace vexfs::test
