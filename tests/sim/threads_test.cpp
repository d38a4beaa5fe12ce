// SPDX-License-Identifier: Apache-2.0
// Goal: any number of threads may use one volume at once: none sees a state between two, nothing is
// lost, and the references are exact afterwards. Method: writers with a directory each, readers
// that
// walk all of them and compare what they read with what a writer could have put there, snapshots
// and commits in between. Meant for the thread sanitizer as much as for itself.
#include "tests/support/random.h"

#include <vexfs/check.h>
#include <vexfs/posix_dev.h>
#include <vexfs/volume.h>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr uint32_t kWriters = 3, kReaders = 2, kFiles = 12;
constexpr uint32_t kFile = 0100644, kDir = 0040755;

/// Every byte of a file is the same letter at any moment: a write covers the whole file.
constexpr uint32_t kFileBytes = 3 * 4096;

class Threads : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_EQ(vexfs_dev_open_memory(32768, &m_dev), 0);
        const vexfs_format_options format{};
        ASSERT_EQ(vexfs_volume_format(m_dev, &format), 0);
        vexfs_open_options options{};
        options.cache_bytes = 1 << 20; // small, so that nodes are evicted under the readers
        options.commit_interval_ms = 5;
        ASSERT_EQ(vexfs_volume_open(m_dev, &options, &m_volume), 0);
        m_rounds = getenv("VEXFS_TEST_FULL") ? 4000 : 300;
    }

    vexfs_id create(vexfs_id dir, const std::string &name, uint32_t mode)
    {
        vexfs_create what{};
        what.mode = mode;
        vexfs_id id{};
        vexfs_attr attr;
        const int error = vexfs_volume_create(m_volume, dir, name.data(), uint32_t(name.size()),
                                              &what, &id, &attr);
        EXPECT_EQ(error, 0) << name;
        return id;
    }

    /// Gives a file new content under a temporary name, moves it over the old one, or removes it.
    void writeOne(vexfs_id dir, vexfs::test::Random &random)
    {
        const std::string name = "f" + std::to_string(random.below(kFiles));
        vexfs_removed removed{};
        if (random.chance(20)) {
            const int error = vexfs_volume_unlink(m_volume, dir, name.data(),
                                                  uint32_t(name.size()), &removed);
            EXPECT_TRUE(error == 0 || error == -ENOENT) << error;
            if (!error) {
                EXPECT_EQ(vexfs_volume_evict(m_volume, removed.id), 0);
            }
            return;
        }
        const vexfs_id id = create(dir, "new", kFile);
        const std::string data(kFileBytes, char('a' + random.below(26)));
        uint32_t done = 0;
        EXPECT_EQ(vexfs_volume_write(m_volume, id, 0, 0, data.data(), kFileBytes, &done), 0);
        EXPECT_EQ(done, kFileBytes);
        EXPECT_EQ(vexfs_volume_setxattr(m_volume, id, "user.letter", 11, data.data(), 1, 0), 0);
        vexfs_rename rename{dir, dir, "new", name.data(), 3, uint32_t(name.size()), 0, 0, 0};
        EXPECT_EQ(vexfs_volume_rename(m_volume, &rename, &removed), 0);
        if (removed.id.ino) {
            EXPECT_EQ(vexfs_volume_evict(m_volume, removed.id), 0);
        }
    }

    /// A file found under its name is whole: one letter, the same in its attribute.
    void readOne(vexfs_id dir, const std::string &name, std::vector<char> &buffer)
    {
        vexfs_id id{};
        vexfs_attr attr;
        if (vexfs_volume_lookup(m_volume, dir, name.data(), uint32_t(name.size()), &id, &attr))
            return;
        uint32_t got = 0, bytes = 0;
        const int error = vexfs_volume_read(m_volume, id, 0, 0, buffer.data(), kFileBytes, &got);
        if (error == -ESTALE)
            return; // freed since
        ASSERT_EQ(error, 0);
        ASSERT_EQ(got, kFileBytes);
        char letter = 0;
        if (vexfs_volume_getxattr(m_volume, id, "user.letter", 11, &letter, 1, &bytes) == 0)
            ++m_compared;
        const std::string text(buffer.data(), got);
        EXPECT_EQ(text.find_first_not_of(text[0]), std::string::npos);
        if (letter) {
            EXPECT_EQ(text[0], letter);
        }
    }

    static bool countEntry(void *context, const vexfs_entry *)
    {
        ++*static_cast<uint32_t *>(context);
        return true;
    }

    void readAll(const std::vector<vexfs_id> &dirs)
    {
        std::vector<char> buffer(kFileBytes);
        while (!m_ended) {
            for (const vexfs_id &dir : dirs) {
                uint32_t entries = 0;
                EXPECT_EQ(vexfs_volume_readdir(m_volume, dir, 0, countEntry, &entries), 0);
                EXPECT_LE(entries, kFiles + 3);
                for (uint32_t i = 0; i < kFiles; ++i)
                    readOne(dir, "f" + std::to_string(i), buffer);
            }
        }
    }

    void tickAndSnapshot()
    {
        for (int i = 0; !m_ended; ++i) {
            EXPECT_GE(vexfs_volume_tick(m_volume), 0);
            const std::string name = "s" + std::to_string(i);
            vexfs_snapshot made{};
            if (i % 20 == 0) {
                EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, name.data(),
                                                       uint32_t(name.size()), 0, &made), 0);
                EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, made.id), 0);
            }
            std::vector<vexfs_counter> rows(64);
            vexfs_volume_counters(m_volume, rows.data(), 64);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    void expectClean()
    {
        vexfs_check_options options{};
        options.data = true;
        options.report = [](void *, const vexfs_finding *finding) {
            ADD_FAILURE() << finding->what << " tree " << finding->tree << " ino " << finding->ino
                          << " block " << finding->block << ": " << finding->expected << ", is "
                          << finding->actual << ", error " << finding->error;
        };
        vexfs_check_result result{};
        ASSERT_EQ(vexfs_check(m_dev, &options, &result), 0);
        EXPECT_EQ(result.findings, 0u);
    }

    vexfs_dev *m_dev = nullptr;
    vexfs_volume *m_volume = nullptr;
    uint32_t m_rounds = 0;
    std::atomic<bool> m_ended = false;
    std::atomic<uint64_t> m_compared = 0;
};

TEST_F(Threads, SeeWholeFilesAndLoseNone)
{
    const char *given = getenv("VEXFS_TEST_SEED");
    const uint64_t seed = given ? strtoull(given, nullptr, 10) : 5;
    printf("seed=%llu\n", static_cast<unsigned long long>(seed));
    std::vector<vexfs_id> dirs;
    for (uint32_t i = 0; i < kWriters; ++i)
        dirs.push_back(create({1, 1}, "d" + std::to_string(i), kDir));

    std::vector<std::thread> writers, others;
    for (uint32_t i = 0; i < kWriters; ++i) {
        writers.emplace_back([this, i, seed, &dirs] {
            vexfs::test::Random random(seed + i);
            // On a busy machine the readers may come late.
            for (uint32_t round = 0;
                 round < m_rounds || (!m_compared && round < 100 * m_rounds); ++round)
                writeOne(dirs[i], random);
        });
    }
    for (uint32_t i = 0; i < kReaders; ++i)
        others.emplace_back([this, &dirs] { readAll(dirs); });
    others.emplace_back([this] { tickAndSnapshot(); });
    for (std::thread &writer : writers)
        writer.join();
    m_ended = true;
    for (std::thread &other : others)
        other.join();
    EXPECT_GT(m_compared.load(), 0u) << "the readers saw something";

    EXPECT_EQ(vexfs_volume_close(m_volume), 0);
    expectClean();
    vexfs_dev_close(m_dev);
}

} // namespace
