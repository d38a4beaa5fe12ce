// SPDX-License-Identifier: Apache-2.0
// Goal: memory, locks, clocks and randomness of the posix host keep what port.h promises.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <vexfs/port.h>
#include <vexfs/posix_hooks.h>

namespace {

TEST(PosixMemory, IsZeroedAndAligned)
{
    for (const size_t bytes : {0ul, 1ul, 511ul, 512ul, 4096ul, 100000ul}) {
        auto *memory = static_cast<char *>(vexfs_port_alloc(bytes));
        ASSERT_NE(memory, nullptr);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % (bytes >= 512 ? 512 : 16), 0u);
        for (size_t i = 0; i < bytes; i++)
            ASSERT_EQ(memory[i], 0);
        memset(memory, 0xff, bytes);
        vexfs_port_free(memory);
    }
    vexfs_port_free(nullptr);
}

TEST(PosixMemory, OfCachesIsUsedAgain)
{
    constexpr size_t kNode = 16384;
    std::vector<void *> nodes;
    std::vector<void *> rows;
    std::set<void *> places;
    // As a cache does it: a piece comes for each that goes, while small things stay for good.
    for (int round = 0; round < 20000; round++) {
        nodes.push_back(vexfs_port_alloc(kNode));
        ASSERT_NE(nodes.back(), nullptr);
        places.insert(nodes.back());
        rows.push_back(vexfs_port_alloc(40));
        if (nodes.size() > 100) {
            memset(nodes[round % 100], 0xff, kNode);
            vexfs_port_free(nodes[round % 100]);
            nodes[round % 100] = nodes.back();
            nodes.pop_back();
        }
        const auto *bytes = static_cast<const unsigned char *>(nodes[round % nodes.size()]);
        ASSERT_EQ(bytes[0] | bytes[kNode - 1], 0);
    }
#ifndef __SANITIZE_ADDRESS__
    EXPECT_LE(places.size(), 101u);
#endif
    for (void *memory : nodes)
        vexfs_port_free(memory);
    for (void *memory : rows)
        vexfs_port_free(memory);
}

TEST(PosixMemory, OfCachesIsTakenByManyThreads)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([i] {
            std::vector<unsigned char *> mine;
            for (int round = 0; round < 3000; round++) {
                const size_t bytes = round % 3 ? 4096 : 16384;
                mine.push_back(static_cast<unsigned char *>(vexfs_port_alloc(bytes)));
                ASSERT_NE(mine.back(), nullptr);
                memset(mine.back(), i + 1, bytes);
                if (mine.size() > 50) {
                    ASSERT_EQ(mine[round % 50][4000], i + 1);
                    vexfs_port_free(mine[round % 50]);
                    mine[round % 50] = mine.back();
                    mine.pop_back();
                }
            }
            for (unsigned char *memory : mine)
                vexfs_port_free(memory);
        });
    }
    for (std::thread &thread : threads)
        thread.join();
}

std::atomic<int> allocationsLeft;

TEST(PosixMemory, HookMakesTheNthAllocationFail)
{
    allocationsLeft = 2;
    vexfs_posix_set_alloc_hook([](size_t) { return allocationsLeft-- > 0; });
    void *first = vexfs_port_alloc(10);
    vexfs_mutex *second = vexfs_port_mutex_create(VEXFS_RANK_CACHE);
    EXPECT_NE(first, nullptr);
    EXPECT_NE(second, nullptr);
    EXPECT_EQ(vexfs_port_alloc(10), nullptr);
    EXPECT_EQ(vexfs_port_alloc(10000), nullptr);
    EXPECT_EQ(vexfs_port_rwlock_create(VEXFS_RANK_VOLUME), nullptr);
    EXPECT_EQ(vexfs_port_cond_create(), nullptr);
    vexfs_posix_set_alloc_hook(nullptr);
    vexfs_port_free(first);
    vexfs_port_mutex_destroy(second);
    vexfs_port_mutex_destroy(nullptr);
}

TEST(PosixLocks, AWaitingWriterIsNotStarvedByReaders)
{
    vexfs_rwlock *lock = vexfs_port_rwlock_create(VEXFS_RANK_VOLUME);
    std::atomic<bool> stop{false};
    std::atomic<bool> written{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; i++) {
        readers.emplace_back([&] {
            while (!stop) {
                vexfs_port_rwlock_read_lock(lock);
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                vexfs_port_rwlock_read_unlock(lock);
            }
        });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::thread writer([&] {
        vexfs_port_rwlock_write_lock(lock);
        written = true;
        vexfs_port_rwlock_write_unlock(lock);
    });
    for (int i = 0; i < 2000 && !written; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(written);
    stop = true;
    writer.join();
    for (std::thread &reader : readers)
        reader.join();
    vexfs_port_rwlock_destroy(lock);
}

TEST(PosixLocks, CondWaitEndsByTimeAndByBroadcast)
{
    vexfs_mutex *mutex = vexfs_port_mutex_create(VEXFS_RANK_CACHE);
    vexfs_cond *cond = vexfs_port_cond_create();
    vexfs_port_mutex_lock(mutex);
    const u64 begin = vexfs_port_monotonic_us();
    int result = 0;
    while (result == 0)
        result = vexfs_port_cond_wait(cond, mutex, 30);
    EXPECT_EQ(result, -ETIMEDOUT);
    EXPECT_GE(vexfs_port_monotonic_us() - begin, 29000u);

    bool ready = false;
    std::thread other([&] {
        vexfs_port_mutex_lock(mutex);
        ready = true;
        vexfs_port_cond_broadcast(cond);
        vexfs_port_mutex_unlock(mutex);
    });
    while (!ready)
        ASSERT_EQ(vexfs_port_cond_wait(cond, mutex, 10000), 0);
    vexfs_port_mutex_unlock(mutex);
    other.join();
    vexfs_port_cond_destroy(cond);
    vexfs_port_mutex_destroy(mutex);
}

TEST(PosixLocks, TryLockDoesNotWait)
{
    vexfs_mutex *low = vexfs_port_mutex_create(VEXFS_RANK_CACHE);
    vexfs_mutex *high = vexfs_port_mutex_create(VEXFS_RANK_WAIT);
    vexfs_port_mutex_lock(high);
    // Against the order, and by two.
    ASSERT_TRUE(vexfs_port_mutex_trylock(low));
    bool other = true;
    std::thread([&] { other = vexfs_port_mutex_trylock(low); }).join();
    EXPECT_FALSE(other);
    vexfs_port_mutex_unlock(low);
    vexfs_port_mutex_unlock(high);
    vexfs_port_mutex_destroy(low);
    vexfs_port_mutex_destroy(high);
}

TEST(PosixHost, RandomBytesDiffer)
{
    u8 first[32] = {};
    u8 second[32] = {};
    vexfs_port_random(first, sizeof(first));
    vexfs_port_random(second, sizeof(second));
    EXPECT_NE(memcmp(first, second, sizeof(first)), 0);
}

TEST(PosixHost, ClocksRun)
{
    EXPECT_GT(vexfs_port_time_ns(), s64{1700000000} * 1000000000);
    const u64 begin = vexfs_port_monotonic_us();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_GE(vexfs_port_monotonic_us(), begin + 2000);
}

u64 warnedSecond;
int tracedLine;

TEST(PosixHost, HooksHearWarningsAndErrors)
{
    vexfs_posix_set_warn([](const char *, u64, u64 second) { warnedSecond = second; });
    vexfs_port_warn("test", 1, 2);
    vexfs_posix_set_warn(nullptr);
    EXPECT_EQ(warnedSecond, 2u);
    vexfs_posix_set_trace([](int, const char *, int line) { tracedLine = line; });
    vexfs_port_trace_error(-5, "file.c", 77);
    vexfs_posix_set_trace(nullptr);
    vexfs_port_trace_error(-5, "file.c", 78);
    EXPECT_EQ(tracedLine, 77);
}

TEST(PosixHostDeathTest, PanicSaysWhereAndStops)
{
    EXPECT_DEATH(vexfs_port_panic("a == b", "engine.c", 12), "engine.c:12.*a == b");
}

} // namespace
