// SPDX-License-Identifier: Apache-2.0
// Goal: a scrub of a mounted volume finds every block in use that is wrong on the device, also when
//   memory still has it right, says whose it is, and finds nothing on a volume that is in use.
// Method: a byte flipped in each written block in turn, judged by the offline check with data;
//   then scrubs while threads write.
#include "tests/support/volume_driver.h"

#include <vexfs/posix_hooks.h>
#include <vexfs/scrub.h>

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace vexfs::test {
namespace {

const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

struct Found
{
    std::vector<vexfs_finding> rows;
    static void add(void *context, const vexfs_finding *finding)
    {
        static_cast<Found *>(context)->rows.push_back(*finding);
    }
};

Found scrub(vexfs_volume *volume, vexfs_scrub_progress *progress = nullptr)
{
    Found found;
    vexfs_scrub *run = nullptr;
    vexfs_scrub_progress last{};
    vexfs_check_options options{};
    options.report = Found::add;
    options.context = &found;
    EXPECT_EQ(vexfs_volume_scrub_begin(volume, &run), 0);
    int more = 1;
    for (int steps = 0; more == 1 && steps < 100000; steps++)
        more = vexfs_volume_scrub_step(volume, run, &options, &last);
    EXPECT_EQ(more, 0);
    EXPECT_EQ(last.findings, found.rows.size());
    vexfs_volume_scrub_end(run);
    if (progress)
        *progress = last;
    return found;
}

SimImage someOfEverything(uint64_t seed)
{
    return randomImage(8192, seed, 500);
}

void flip(SimImage *image, uint64_t block, size_t byte)
{
    auto copy = std::make_shared<SimBlock>(*(*image)[block]);
    (*copy)[byte] ^= 0x20;
    (*image)[block] = std::move(copy);
}

u64 offlineFindings(const SimImage &image)
{
    SimDevice device(image);
    device.setReadOnly(true);
    vexfs_check_options options{};
    options.data = true;
    vexfs_check_result result{};
    return vexfs_check(device.dev(), &options, &result) ? 1 : result.findings;
}

TEST(Scrub, FindsWhateverTheOfflineCheckFinds)
{
    const SimImage healthy = someOfEverything(61);
    ASSERT_EQ(checkImage(healthy), "");
    Random random(testSeed(62));
    vexfs_open_options options{};
    options.read_only = true;
    size_t wrong = 0;
    size_t tried = 0;
    for (uint64_t block = 16; block < healthy.size() - 8; block++) {
        if (!healthy[block])
            continue;
        SimImage image = healthy;
        flip(&image, block, random.below(VEXFS_BLOCK_BYTES));
        SimDevice device(image);
        device.setReadOnly(true);
        vexfs_volume *volume = nullptr;
        tried++;
        if (vexfs_volume_open(device.dev(), &options, &volume))
            continue;
        const u64 expected = offlineFindings(image);
        const Found found = scrub(volume);
        EXPECT_EQ(found.rows.empty(), expected == 0) << "block " << block;
        for (const vexfs_finding &row : found.rows) {
            const bool isHit = block >= row.block && block < row.block + 4;
            EXPECT_TRUE(isHit) << "block " << block << " told as " << row.block;
        }
        wrong += !found.rows.empty();
        vexfs_volume_close(volume);
    }
    std::printf("flips: %zu tried, %zu in use and found\n", tried, wrong);
    EXPECT_GT(wrong, 50u);
}

TEST(Scrub, SaysWhoseDataIsWrongAndReadsPastTheCache)
{
    SimDevice device(formattedImage(8192));
    const vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
    vexfs_create what{};
    what.mode = S_IFREG | 0644;
    vexfs_id id{};
    vexfs_attr attr{};
    u32 done = 0;
    const std::string data(100000, 'M');
    ASSERT_EQ(vexfs_volume_create(volume, {VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO}, "f", 1, &what,
                                  &id, &attr), 0);
    ASSERT_EQ(vexfs_volume_write(volume, id, 0, 0, data.data(), 100000, &done), 0);
    ASSERT_EQ(vexfs_volume_commit(volume, nullptr), 0);
    vexfs_scrub_progress progress{};
    EXPECT_TRUE(scrub(volume, &progress).rows.empty());
    EXPECT_GE(progress.done_blocks, 25u + 3 * 4);
    EXPECT_GE(progress.used_blocks, progress.done_blocks / 2);
    // Behind the engine's back, so that its cache knows nothing of it.
    uint64_t hit = 0;
    const SimImage image = device.image();
    for (uint64_t block = 0; block < image.size() && !hit; block++) {
        if (image[block] && (*image[block])[0] == 'M' && (*image[block])[4095] == 'M')
            hit = block;
    }
    ASSERT_NE(hit, 0u);
    SimBlock wrong = *image[hit];
    wrong[7] = 'N';
    ASSERT_EQ(vexfs_port_dev_write(device.dev(), hit, 1, wrong.data()), 0);
    const Found found = scrub(volume);
    ASSERT_EQ(found.rows.size(), 1u);
    EXPECT_STREQ(found.rows[0].what, "data");
    EXPECT_EQ(found.rows[0].block, hit);
    EXPECT_EQ(found.rows[0].ino, id.ino);
    EXPECT_EQ(found.rows[0].tree, VEXFS_VOLUME_TREE_LIVE);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
}

TEST(Scrub, FindsNothingWhileThreadsWriteAndCommit)
{
    SimDevice device(formattedImage(32768));
    const vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
    std::atomic<bool> isOver{false};
    std::vector<std::thread> writers;
    for (int thread = 0; thread < 2; thread++) {
        writers.emplace_back([&, thread] {
            VolumeDriver driver(volume);
            for (int i = 0; !isOver; i++) {
                const std::string name = std::to_string(thread) + "-" + std::to_string(i % 50);
                uint64_t done = 0;
                driver.apply({OpKind::CreateFile, name, "", 0, 0644, 0}, &done);
                driver.apply({OpKind::Write, name, "", 0, 30000, 1}, &done);
                if (i % 7 == 0)
                    driver.apply({OpKind::Commit, "", "", 0, 0, 0}, &done);
                if (i % 3 == 0)
                    driver.apply({OpKind::Unlink, name, "", 0, 0, 0}, &done);
            }
        });
    }
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::seconds(isFullRun() ? 60 : 2);
    int round = 0;
    for (; std::chrono::steady_clock::now() < end; round++) {
        const Found found = scrub(volume);
        EXPECT_TRUE(found.rows.empty())
            << found.rows[0].what << " at " << found.rows[0].block << " round " << round;
        if (!found.rows.empty())
            break;
    }
    isOver = true;
    for (std::thread &writer : writers)
        writer.join();
    u64 generation = 0;
    EXPECT_EQ(vexfs_volume_commit(volume, &generation), 0);
    EXPECT_EQ(vexfs_volume_close(volume), 0);
    EXPECT_EQ(checkImage(device.image()), "");
    std::printf("%d scrubs over %llu generations\n", round,
                static_cast<unsigned long long>(generation));
    EXPECT_GT(generation, 20u);
}

} // namespace
} // namespace vexfs::test
