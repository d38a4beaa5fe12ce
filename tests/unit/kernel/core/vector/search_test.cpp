// SPDX-License-Identifier: Apache-2.0
// Goal: a search gives what an exact computation over all vector forks gives, whatever the trees
// have gone through, says what it left out, and gives nobody what he may not read. Method: volumes
// in memory; an oracle in long double; forks of every kind that is wrong; random changes between
// searches, with the cache large, tiny, and fresh; changes during a search, from another thread.
#include "tests/support/random.h"
#include "tests/support/vector/test_segment.h"
#include "tests/support/vector/vector_files.h"

#include <vexfs/posix_dev.h>
#include <vexfs/posix_hooks.h>
#include <vexfs/posix_vector.h>
#include <vexfs/search.h>

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

using namespace vexfs::test;

namespace {

constexpr double kUnit = 4294967296.0; // of scores
constexpr double kNear = 1e-5;

class Search : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_EQ(vexfs_dev_open_memory(65536, &m_dev), 0);
        const vexfs_format_options format{};
        ASSERT_EQ(vexfs_volume_format(m_dev, &format), 0);
        open(0);
    }

    void TearDown() override
    {
        EXPECT_EQ(vexfs_volume_close(m_volume), 0);
        vexfs_dev_close(m_dev);
    }

    void open(uint64_t vectorCacheBytes)
    {
        vexfs_open_options options{};
        options.vector_cache_bytes = vectorCacheBytes;
        options.vector_kernels = vexfs_posix_vector_kernels();
        ASSERT_EQ(vexfs_volume_open(m_dev, &options, &m_volume), 0);
    }

    void reopen(uint64_t vectorCacheBytes)
    {
        ASSERT_EQ(vexfs_volume_close(m_volume), 0);
        open(vectorCacheBytes);
    }

    vexfs_id create(const std::string &name, uint32_t mode = 0100644, vexfs_id dir = {1, 1})
    {
        vexfs_create what{};
        what.mode = mode;
        vexfs_id id{};
        vexfs_attr attr;
        EXPECT_EQ(vexfs_volume_create(m_volume, dir, name.data(), uint32_t(name.size()), &what,
                                      &id, &attr), 0);
        return id;
    }

    void writeFork(vexfs_id id, const std::string &bytes)
    {
        uint32_t done = 0;
        ASSERT_EQ(vexfs_volume_truncate(m_volume, id, 1, 0), 0);
        for (size_t at = 0; at < bytes.size(); at += done)
            ASSERT_EQ(vexfs_volume_write(m_volume, id, 1, at, bytes.data() + at,
                                         uint32_t(bytes.size() - at), &done), 0);
    }

    void put(vexfs_id id, const std::vector<TestVector> &vectors)
    {
        writeFork(id, vectorFork("model", vectors));
        std::erase_if(m_rows, [&](const OracleRow &row) { return row.ino == id.ino; });
        for (size_t i = 0; i < vectors.size(); i++)
            m_rows.push_back({id.ino, uint32_t(i), vectors[i]});
    }

    void remove(const std::string &name)
    {
        vexfs_removed removed{};
        ASSERT_EQ(vexfs_volume_unlink(m_volume, {1, 1}, name.data(), uint32_t(name.size()),
                                      &removed), 0);
        ASSERT_EQ(vexfs_volume_evict(m_volume, removed.id), 0);
        std::erase_if(m_rows, [&](const OracleRow &row) { return row.ino == removed.id.ino; });
    }

    static vexfs_search question(const TestVector &query, uint32_t hits,
                                 vexfs_metric metric = VEXFS_NEAR_COSINE)
    {
        vexfs_search search{};
        search.tree = 1;
        search.query = query.codes.data();
        search.dimension = uint32_t(query.codes.size());
        search.scale = std::bit_cast<uint32_t>(query.scale);
        search.metric = metric;
        search.hits_max = hits;
        memcpy(search.model, "model", 6);
        search.who.privileged = true;
        search.who.in_group = [](void *, u32) { return false; };
        return search;
    }

    std::vector<vexfs_hit> find(const vexfs_search &search)
    {
        std::vector<vexfs_hit> hits(VEXFS_SEARCH_HITS_MAX);
        m_result = {};
        EXPECT_EQ(vexfs_volume_search(m_volume, &search, hits.data(), &m_result), 0);
        hits.resize(m_result.count);
        return hits;
    }

    /// The same places in the same order, but that scores nearer than the arithmetic may swap.
    static void expectSame(const std::vector<vexfs_hit> &hits, const std::vector<OracleHit> &oracle)
    {
        ASSERT_EQ(hits.size(), oracle.size());
        for (size_t i = 0; i < hits.size(); i++) {
            const double score = double(hits[i].score) / kUnit;
            const double allowed = kNear * std::max(1.0, std::fabs(oracle[i].score));
            ASSERT_NEAR(score, oracle[i].score, allowed) << "hit " << i;
            const bool isTied = (i > 0 && oracle[i - 1].score - oracle[i].score < allowed) ||
                                (i + 1 < oracle.size() &&
                                 oracle[i].score - oracle[i + 1].score < allowed) ||
                                i + 1 == oracle.size();
            if (!isTied) {
                ASSERT_EQ(hits[i].ino, oracle[i].ino) << "hit " << i;
                ASSERT_EQ(hits[i].record, oracle[i].record) << "hit " << i;
            }
        }
    }

    void expectAsOracle(const TestVector &query, uint32_t hits,
                        vexfs_metric metric = VEXFS_NEAR_COSINE)
    {
        vexfs_search search = question(query, hits, metric);
        const auto found = find(search);
        expectSame(found, oracleSearch(m_rows, query, metric, hits));
        EXPECT_EQ(m_result.scanned, m_rows.size());
        search.flags = VEXFS_SEARCH_WITH_SCALAR;
        const auto plain = find(search);
        ASSERT_EQ(plain.size(), found.size());
        for (size_t i = 0; i < plain.size(); i++) {
            EXPECT_EQ(plain[i].score, found[i].score);
            EXPECT_EQ(plain[i].ino, found[i].ino);
            EXPECT_EQ(plain[i].record, found[i].record);
        }
    }

    vexfs_dev *m_dev = nullptr;
    vexfs_volume *m_volume = nullptr;
    std::vector<OracleRow> m_rows;
    vexfs_search_result m_result{};
};

TEST_F(Search, EveryMetricIsAsTheOracleSays)
{
    Random random(testSeed(21));
    VectorSource source(1, 48, 10);
    for (int i = 0; i < 300; i++) {
        std::vector<TestVector> vectors(1 + random.below(5));
        for (TestVector &vector : vectors) {
            vector = source.next();
            vector.scale *= 0.5F + float(random.below(1000)) / 500.0F;
        }
        put(create("f" + std::to_string(i)), vectors);
    }
    for (const auto metric : {VEXFS_NEAR_COSINE, VEXFS_NEAR_L2, VEXFS_NEAR_DOT}) {
        for (const uint32_t hits : {1u, 10u, VEXFS_SEARCH_HITS_MAX})
            expectAsOracle(source.next(), hits, metric);
    }
}

TEST_F(Search, ScalesOfAllSizesSaturateOrVanishInOrder)
{
    TestVector vector;
    vector.codes = {127, -128, 5};
    for (int exponent = -149; exponent <= 127; exponent += 6) {
        vector.scale = std::ldexp(1.0F, exponent);
        put(create("f" + std::to_string(exponent)), {vector});
    }
    vector.scale = 1;
    const auto hits = find(question(vector, VEXFS_SEARCH_HITS_MAX, VEXFS_NEAR_DOT));
    EXPECT_EQ(hits.size(), m_rows.size());
    for (size_t i = 1; i < hits.size(); i++)
        EXPECT_GE(hits[i - 1].score, hits[i].score);
    EXPECT_GT(hits.front().score, int64_t{1} << 60);
    EXPECT_EQ(hits.back().score, 0);
    for (const auto &hit : find(question(vector, VEXFS_SEARCH_HITS_MAX)))
        EXPECT_NEAR(double(hit.score) / kUnit, 1.0, kNear);
    for (const auto &hit : find(question(vector, VEXFS_SEARCH_HITS_MAX, VEXFS_NEAR_L2)))
        EXPECT_LE(hit.score, 4096);
}

TEST_F(Search, ZeroVectorsAreNearToNothing)
{
    TestVector zero;
    zero.codes.assign(8, 0);
    TestVector one = zero;
    one.codes[3] = 1;
    put(create("zero"), {zero});
    put(create("one"), {one});
    const auto hits = find(question(one, 10));
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_EQ(hits[0].score, int64_t{1} << 32);
    EXPECT_EQ(hits[1].score, 0);
    for (const auto &hit : find(question(zero, 10)))
        EXPECT_EQ(hit.score, 0);
}

TEST_F(Search, RefusesWhatIsNoQuestion)
{
    VectorSource source(2, 16, 2);
    const TestVector query = source.next();
    vexfs_hit hit;
    vexfs_search_result result{};
    const auto ask = [&](auto change) {
        vexfs_search search = question(query, 1);
        change(search);
        return vexfs_volume_search(m_volume, &search, &hit, &result);
    };
    EXPECT_EQ(ask([](auto &) {}), 0);
    EXPECT_EQ(ask([](auto &s) { s.dimension = 0; }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.dimension = VEXFS_SEARCH_DIMENSION_MAX + 1; }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.hits_max = 0; }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.hits_max = VEXFS_SEARCH_HITS_MAX + 1; }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.metric = vexfs_metric(0); }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.metric = vexfs_metric(4); }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.flags = 4; }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.model[0] = 0; }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.scale = 0; }), -EINVAL);
    EXPECT_EQ(ask([](auto &s) { s.scale = 0x7f800000; }), -EINVAL); // infinite
    EXPECT_EQ(ask([](auto &s) { s.scale = 0x7fc00000; }), -EINVAL); // not a number
    EXPECT_EQ(ask([](auto &s) { s.scale = 0xbf800000; }), -EINVAL); // -1
    EXPECT_EQ(ask([](auto &s) { s.tree = 999; }), -ENOENT);
    put(create("f"), {query});
    EXPECT_EQ(ask([](auto &s) { s.interrupted = [](void *) { return true; }; }), -EINTR);
}

TEST_F(Search, ForksThatAreNoneAreCountedAndLeftOut)
{
    VectorSource source(3, 32, 3);
    const TestVector query = source.next();
    put(create("good"), {source.next(), source.next()});
    const std::string good = vectorFork("model", {source.next(), source.next()});
    const auto bad = [&](size_t at, char byte) {
        std::string fork = good;
        fork[at] = byte;
        writeFork(create("bad" + std::to_string(at) + "," + std::to_string(byte)), fork);
    };
    bad(0, 'x');     // magic
    bad(4, 1);       // header_bytes
    bad(8, 0);       // dimension 0
    bad(9, 100);     // dimension 25,632
    bad(12, 0);      // element
    bad(12, 4);      // element
    bad(14, 1);      // flags
    bad(16, 3);      // record_count
    bad(20, 80);     // record_bytes
    writeFork(create("short"), good.substr(0, 100));
    writeFork(create("cut"), good.substr(0, good.size() - 1));
    expectAsOracle(query, 10);
    EXPECT_EQ(m_result.damaged, 11u);
    EXPECT_EQ(m_result.skipped, 0u);
    // Whole, but not to be compared: of another element type, dimension, or with an odd record.
    std::string halves = vectorFork("model", {TestVector{std::vector<int8_t>(64, 1)}});
    halves[8] = 32;
    halves[12] = 2;
    writeFork(create("halves"), halves);
    writeFork(create("other dimension"), vectorFork("model", {TestVector{{1, 2, 3}}}));
    writeFork(create("other model"), vectorFork("other", {query, query}));
    TestVector odd = query;
    odd.beginBytes = 11;
    writeFork(create("odd range"), vectorFork("model", {odd}));
    odd.beginBytes = 0;
    odd.endBytes = 2 << 20;
    writeFork(create("odd end"), vectorFork("model", {odd}));
    odd.endBytes = 10;
    odd.scale = -1;
    writeFork(create("odd scale"), vectorFork("model", {odd}));
    expectAsOracle(query, 10);
    EXPECT_EQ(m_result.skipped, 5u);
}

TEST_F(Search, HitsTellTheRecordAndWhetherItsTextIsOld)
{
    VectorSource source(4, 32, 3);
    TestVector vector = source.next();
    vector.beginBytes = 7;
    vector.endBytes = 4242;
    vector.page = 3;
    const vexfs_id id = create("f");
    vexfs_attr attr{};
    ASSERT_EQ(vexfs_volume_getattr(m_volume, id, &attr), 0);
    writeFork(id, vectorFork("model", {source.next(), vector}, attr.data_generation));
    auto hits = find(question(vector, 1));
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_EQ(hits[0].record, 1u);
    EXPECT_EQ(hits[0].begin_bytes, 7u);
    EXPECT_EQ(hits[0].end_bytes, 4242u);
    EXPECT_EQ(hits[0].page, 3u);
    EXPECT_FALSE(hits[0].stale);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    uint32_t done = 0;
    ASSERT_EQ(vexfs_volume_write(m_volume, id, 0, 0, "x", 1, &done), 0);
    hits = find(question(vector, 1));
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_TRUE(hits[0].stale);
}

TEST_F(Search, EqualsComeInOrderOfInodeAndRecord)
{
    VectorSource source(5, 32, 3);
    const TestVector same = source.next();
    for (int i = 0; i < 40; i++)
        put(create("f" + std::to_string(i)), {same, same, same});
    const auto hits = find(question(same, 50));
    ASSERT_EQ(hits.size(), 50u);
    for (size_t i = 1; i < hits.size(); i++)
        EXPECT_TRUE(hits[i - 1].ino < hits[i].ino || (hits[i - 1].ino == hits[i].ino &&
                                                      hits[i - 1].record < hits[i].record));
}

TEST_F(Search, LargeForksAreComparedInParts)
{
    VectorSource source(6, 64, 20);
    std::vector<TestVector> vectors(30000); // 2.9 MB
    for (TestVector &vector : vectors)
        vector = source.next();
    put(create("large"), vectors);
    put(create("small"), {source.next()});
    for (int i = 0; i < 3; i++) {
        expectAsOracle(source.next(), 20);
        ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    }
}

TEST_F(Search, RandomChangesAreSeenAtOnceInEveryTree)
{
    Random random(testSeed(22));
    VectorSource source(7, 40, 30);
    std::map<std::string, vexfs_id> files;
    std::map<uint64_t, std::vector<OracleRow>> snapshots;
    const int rounds = isFullRun() ? 400 : 60;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < 30; i++) {
            const std::string name = "f" + std::to_string(random.below(400));
            if (files.contains(name) && random.chance(20)) {
                remove(name);
                files.erase(name);
                continue;
            }
            if (!files.contains(name))
                files[name] = create(name);
            std::vector<TestVector> vectors(random.below(random.chance(5) ? 200 : 6));
            for (TestVector &vector : vectors)
                vector = source.next();
            put(files[name], vectors);
        }
        if (random.chance(40)) {
            ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
        }
        if (random.chance(10)) {
            vexfs_snapshot made{};
            const std::string name = "s" + std::to_string(round);
            ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, name.data(), uint32_t(name.size()),
                                                   0, &made), 0);
            snapshots[made.id] = m_rows;
        }
        if (random.chance(10))
            reopen(random.chance(50) ? 0 : 64 << 10);
        expectAsOracle(source.next(), 10);
        for (const auto &[tree, rows] : snapshots) {
            const TestVector query = source.next();
            vexfs_search search = question(query, 5);
            search.tree = tree;
            expectSame(find(search), oracleSearch(rows, query, VEXFS_NEAR_COSINE, 5));
            EXPECT_EQ(m_result.scanned, rows.size());
        }
    }
}

TEST_F(Search, WhatIsInTheCacheIsNotReadAgain)
{
    VectorSource source(8, 128, 10);
    for (int i = 0; i < 500; i++)
        put(create("f" + std::to_string(i)), {source.next()});
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    const auto counter = [&](const char *name) {
        vexfs_counter rows[64];
        const uint32_t count = vexfs_volume_counters(m_volume, rows, 64);
        for (uint32_t i = 0; i < count; i++) {
            if (!strcmp(rows[i].name, name))
                return rows[i].value;
        }
        ADD_FAILURE() << name;
        return u64{0};
    };
    const TestVector query = source.next();
    find(question(query, 10));
    const uint64_t misses = counter("vector_cache.misses");
    EXPECT_GT(misses, 10u);
    find(question(query, 10));
    EXPECT_EQ(counter("vector_cache.misses"), misses);
    put(create("one more"), {source.next()});
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    expectAsOracle(query, 10);
    EXPECT_LE(counter("vector_cache.misses"), misses + 4); // a leaf or two, not all
    EXPECT_EQ(counter("search.searches"), 4u);
    EXPECT_EQ(counter("search.vectors"), 500u * 2 + 501 * 2);
}

TEST_F(Search, TheCacheKeepsToItsBudget)
{
    reopen(256 << 10);
    VectorSource source(9, 256, 10);
    for (int i = 0; i < 3000; i++)
        put(create("f" + std::to_string(i)), {source.next()});
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    for (int i = 0; i < 3; i++) {
        expectAsOracle(source.next(), 10);
        vexfs_counter rows[64];
        const uint32_t count = vexfs_volume_counters(m_volume, rows, 64);
        for (uint32_t j = 0; j < count; j++) {
            if (!strcmp(rows[j].name, "vector_cache.bytes")) {
                EXPECT_LE(rows[j].value, 256u << 10);
                EXPECT_GT(rows[j].value, 128u << 10);
            }
        }
    }
    for (int i = 0; i < 3000; i += 2) // what was cached is no more, and makes room
        put({1, m_rows[size_t(i)].ino}, {source.next()});
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    for (int i = 0; i < 6; i++)
        expectAsOracle(source.next(), 10);
}

TEST_F(Search, AFileThatIsRewrittenDuringSearchesIsFoundAsItWasOrAsItIs)
{
    VectorSource source(10, 64, 5);
    for (int i = 0; i < 400; i++)
        put(create("f" + std::to_string(i)), {source.next()});
    // Each file of these always holds vectors of one sort: a hit of another sort would be a
    // mixture.
    TestVector sorts[2] = {source.next(), source.next()};
    std::vector<vexfs_id> moving;
    for (int i = 0; i < 8; i++)
        moving.push_back(create("moving" + std::to_string(i)));
    std::atomic<bool> ends{false};
    std::thread writer([&] {
        for (unsigned round = 0; !ends; round++) {
            const std::string fork =
                vectorFork("model", std::vector<TestVector>(1 + round % 40, sorts[round % 2]));
            const vexfs_id id = moving[round % moving.size()];
            uint32_t done = 0;
            EXPECT_EQ(vexfs_volume_truncate(m_volume, id, 1, 0), 0);
            EXPECT_EQ(vexfs_volume_write(m_volume, id, 1, 0, fork.data(), uint32_t(fork.size()),
                                         &done), 0);
            if (round % 16 == 0) {
                EXPECT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
            }
        }
    });
    for (int i = 0; i < 200; i++) {
        const auto hits = find(question(sorts[i % 2], 200));
        EXPECT_GE(m_result.scanned, 400u);
        // A fork that is half written is none; so says its size, and it is told as such.
        EXPECT_LE(m_result.damaged, moving.size());
        EXPECT_EQ(m_result.skipped, 0u);
        std::map<std::pair<uint64_t, uint32_t>, int> seen;
        for (const auto &hit : hits)
            EXPECT_EQ((seen[{hit.ino, hit.record}]++), 0) << "twice";
    }
    ends = true;
    writer.join();
}

TEST_F(Search, HiddenTreesAreForTheOwnerOfTheVolume)
{
    VectorSource source(11, 16, 2);
    const TestVector query = source.next();
    put(create("f"), {query});
    vexfs_snapshot made{};
    ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "h", 1, VEXFS_TREE_HIDDEN, &made), 0);
    vexfs_search search = question(query, 1);
    search.tree = made.id;
    EXPECT_EQ(find(search).size(), 1u);
    search.who.privileged = false;
    search.who.uid = 1000;
    vexfs_hit hit;
    EXPECT_EQ(vexfs_volume_search(m_volume, &search, &hit, &m_result), -EACCES);
    vexfs_setattr set{};
    set.valid = VEXFS_SET_UID;
    set.uid = 1000;
    ASSERT_EQ(vexfs_volume_setattr(m_volume, {1, 1}, &set, nullptr), 0);
    EXPECT_EQ(find(search).size(), 1u);
}

TEST_F(Search, FilesThatMayNotBeReadAreNeverHitsAndDoNotUseUpTheirNumber)
{
    VectorSource source(12, 32, 2);
    const TestVector query = source.next();
    const vexfs_id closed = create("closed", 0040700);
    for (int i = 0; i < 300; i++) {
        const std::string name = "f" + std::to_string(i);
        const vexfs_id id = i % 3 == 0   ? create(name, 0100644, closed)
                            : i % 3 == 1 ? create(name, 0100600)
                                         : create(name);
        // Those that are denied are nearer than all others.
        put(id, {i % 3 == 2 ? source.next() : query});
    }
    // A file without a name is no one's to open, not even root's.
    vexfs_create what{};
    what.mode = 0100644;
    vexfs_id nameless{};
    vexfs_attr attr;
    ASSERT_EQ(vexfs_volume_create(m_volume, {1, 1}, nullptr, 0, &what, &nameless, &attr), 0);
    writeFork(nameless, vectorFork("model", {query}));
    vexfs_search search = question(query, 60);
    search.who.privileged = false;
    search.who.uid = 1000;
    const auto hits = find(search);
    EXPECT_EQ(hits.size(), 60u);
    EXPECT_GE(m_result.denied, 200u);
    for (const auto &hit : hits) {
        bool may = false;
        ASSERT_EQ(vexfs_volume_may_read(m_volume, {1, hit.ino}, &search.who, &may), 0);
        EXPECT_TRUE(may);
        vexfs_attr got{};
        ASSERT_EQ(vexfs_volume_getattr(m_volume, {1, hit.ino}, &got), 0);
        EXPECT_EQ(got.mode & 0777, 0644u);
    }
    bool may = true;
    search.who.privileged = true;
    EXPECT_EQ(vexfs_volume_may_read(m_volume, nameless, &search.who, &may), 0);
    EXPECT_FALSE(may);
    EXPECT_EQ(vexfs_volume_may_read(m_volume, {1, 9999999}, &search.who, &may), 0);
    EXPECT_FALSE(may);
    EXPECT_EQ(vexfs_volume_may_read(m_volume, closed, &search.who, &may), 0);
    EXPECT_FALSE(may);
    EXPECT_EQ(vexfs_volume_may_read(m_volume, {77, 1}, &search.who, &may), -ESTALE);
}

// ---- with sealed segments

class SealedSearch : public Search
{
protected:
    /// Seals what m_rows has, as of now, into a file of tree 2.
    void seal(const std::string &name, vexfs_metric metric = VEXFS_NEAR_COSINE)
    {
        u64 generation = 0;
        ASSERT_EQ(vexfs_volume_commit(m_volume, &generation), 0);
        std::vector<TestVector> vectors;
        for (const OracleRow &row : m_rows)
            vectors.push_back(row.vector);
        const TestGraph made(vectors, 24, 3);
        auto graph = made.graph(metric);
        const auto inner = graph.node;
        graph.generation = generation;
        struct vexfs_volume_info info;
        vexfs_volume_info(m_volume, &info);
        memcpy(graph.uuid, info.uuid, sizeof(graph.uuid));
        graph.node = [&](uint32_t i) {
            auto node = inner(i);
            node.ino = m_rows[i].ino;
            node.record = m_rows[i].record;
            return node;
        };
        const std::string path = testing::TempDir() + "sealed." + std::to_string(getpid());
        ASSERT_EQ(vexfs::daemon::writeSegment(path, graph), 0);
        std::ifstream stream(path, std::ios::binary);
        writeSegment(name, std::string(std::istreambuf_iterator<char>(stream), {}));
        std::filesystem::remove(path);
    }

    void writeSegment(const std::string &name, const std::string &bytes)
    {
        if (!m_folder.ino)
            m_folder = create("segments", 0040700, {2, 1});
        const vexfs_id id = create(name, 0100600, m_folder);
        uint32_t done = 0;
        for (size_t at = 0; at < bytes.size(); at += done)
            ASSERT_EQ(vexfs_volume_write(m_volume, id, 0, at, bytes.data() + at,
                                         uint32_t(bytes.size() - at), &done), 0);
        ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    }

    double recall(int queries, VectorSource &source, u32 count = 10)
    {
        size_t right = 0;
        for (int i = 0; i < queries; i++) {
            const TestVector query = source.next();
            const auto hits = find(question(query, count));
            std::map<std::pair<uint64_t, uint32_t>, double> wanted;
            for (const auto &hit : oracleSearch(m_rows, query, VEXFS_NEAR_COSINE, count))
                wanted[{hit.ino, hit.record}] = hit.score;
            EXPECT_EQ(hits.size(), wanted.size());
            for (const auto &hit : hits) {
                const auto at = wanted.find({hit.ino, hit.record});
                if (at == wanted.end())
                    continue;
                right++;
                EXPECT_NEAR(double(hit.score) / kUnit, at->second, kNear);
            }
        }
        return double(right) / (double(queries) * count);
    }

    vexfs_id m_folder{};
};

TEST_F(SealedSearch, AnswersNearlyAsAnExactOneAndLooksAtLess)
{
    VectorSource source(41, 64, 40);
    for (int i = 0; i < 1200; i++)
        put(create("f" + std::to_string(i)), {source.next()});
    seal("one");
    const double got = recall(50, source);
    std::printf("recall@10 %.3f\n", got);
    EXPECT_GE(got, 0.95);
    EXPECT_GT(m_result.segment_generation, 0u);
    EXPECT_LT(m_result.scanned, 400u);
    vexfs_search search = question(source.next(), 10);
    const TestVector query = source.next();
    search = question(query, 10);
    search.flags = VEXFS_SEARCH_EXACTLY;
    expectSame(find(search), oracleSearch(m_rows, query, VEXFS_NEAR_COSINE, 10));
    EXPECT_EQ(m_result.segment_generation, 0u);
    EXPECT_EQ(m_result.scanned, 1200u);
}

TEST_F(SealedSearch, WhatChangedSinceIsFoundAsItIs)
{
    Random random(testSeed(42));
    VectorSource source(43, 64, 40);
    const auto several = [&] {
        std::vector<TestVector> vectors(1 + random.below(random.chance(3) ? 300 : 3));
        for (TestVector &vector : vectors)
            vector = source.next();
        return vectors;
    };
    for (int i = 0; i < 500; i++)
        put(create("f" + std::to_string(i)), several());
    seal("one");
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 8; i++) {
            const std::string name = "f" + std::to_string(random.below(500));
            vexfs_id id{};
            vexfs_attr attr;
            if (vexfs_volume_lookup(m_volume, {1, 1}, name.data(), uint32_t(name.size()), &id,
                                    &attr) == -ENOENT)
                put(create(name), several());
            else if (random.chance(30))
                remove(name);
            else
                put(id, several());
        }
        if (random.chance(50)) {
            ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
        }
        // What is asked for is in a file that changed: it must be there, and nothing that is gone.
        for (int i = 0; i < 10; i++) {
            const OracleRow &row = m_rows[m_rows.size() - 1 - random.below(20)];
            const auto hits = find(question(row.vector, 5));
            ASSERT_FALSE(hits.empty());
            EXPECT_NEAR(double(hits[0].score) / kUnit, 1.0, kNear);
            for (const auto &hit : hits) {
                EXPECT_TRUE(std::any_of(m_rows.begin(), m_rows.end(), [&](const OracleRow &each) {
                    return each.ino == hit.ino && each.record == hit.record;
                })) << "a vector that is gone";
            }
        }
        EXPECT_GE(recall(10, source), 0.9);
        if (round == 6)
            seal("two");
    }
    EXPECT_GT(m_result.segment_generation, 0u);
}

TEST_F(SealedSearch, SnapshotsThatWereTakenLaterAreAnsweredTooAndEarlierOnesAreNot)
{
    VectorSource source(44, 64, 10);
    for (int i = 0; i < 300; i++)
        put(create("f" + std::to_string(i)), {source.next()});
    const auto take = [&](const char *name) {
        vexfs_snapshot made{};
        EXPECT_EQ(vexfs_volume_snapshot_create(m_volume, 1, name, 1, 0, &made), 0);
        return made.id;
    };
    const uint64_t earlier = take("e");
    put(create("later"), {source.next()});
    seal("one");
    const uint64_t later = take("l");
    remove("f1");
    const TestVector query = m_rows.back().vector;
    vexfs_search search = question(query, 3);
    search.tree = later;
    EXPECT_EQ(find(search)[0].ino, m_rows.back().ino);
    EXPECT_GT(m_result.segment_generation, 0u);
    search.tree = earlier;
    EXPECT_NE(find(search)[0].ino, m_rows.back().ino);
    EXPECT_EQ(m_result.segment_generation, 0u);
}

TEST_F(SealedSearch, FilesThatMayNotBeReadLeadToAnExactSearch)
{
    VectorSource source(45, 64, 2);
    const TestVector query = source.next();
    for (int i = 0; i < 600; i++)
        put(create("f" + std::to_string(i), i % 20 ? 0100600 : 0100644),
            {i % 20 ? query : source.next()});
    seal("one");
    vexfs_search search = question(query, 20);
    search.who.privileged = false;
    search.who.uid = 1000;
    EXPECT_EQ(find(search).size(), 20u);
    EXPECT_EQ(m_result.segment_generation, 0u);
    EXPECT_EQ(m_result.scanned, 600u);
}

TEST_F(SealedSearch, OtherFilesOfTheFolderAreSteppedOver)
{
    VectorSource source(46, 32, 2);
    for (int i = 0; i < 100; i++)
        put(create("f" + std::to_string(i)), {source.next()});
    writeSegment("a", "no segment");
    writeSegment("b", std::string(10000, 'x'));
    expectAsOracle(source.next(), 10);
    seal("l2", VEXFS_NEAR_L2); // not for cosines
    expectAsOracle(source.next(), 10);
    EXPECT_EQ(m_result.segment_generation, 0u);
    seal("good");
    find(question(source.next(), 10));
    EXPECT_GT(m_result.segment_generation, 0u);
    // Damaged behind its header: searched without.
    vexfs_id id{};
    vexfs_attr attr;
    ASSERT_EQ(vexfs_volume_lookup(m_volume, m_folder, "good", 4, &id, &attr), 0);
    const std::string junk(4096, '\xff');
    uint32_t done = 0;
    ASSERT_EQ(vexfs_volume_write(m_volume, id, 0, 4096, junk.data(), 4096, &done), 0);
    ASSERT_EQ(vexfs_volume_commit(m_volume, nullptr), 0);
    expectAsOracle(source.next(), 10);
    EXPECT_EQ(m_result.segment_generation, 0u);
}

// ---- memory that runs out

int g_allocationsLeft = 0;

/// Calls @p operation with the first allocation failing, then the second, until it works.
template <class Operation> int failEachAllocation(Operation operation)
{
    for (int count = 0;; count++) {
        g_allocationsLeft = count;
        vexfs_posix_set_alloc_hook([](size_t) { return g_allocationsLeft-- > 0; });
        const int error = operation();
        vexfs_posix_set_alloc_hook(nullptr);
        if (!error)
            return count;
        EXPECT_EQ(error, -ENOMEM);
    }
}

TEST_F(SealedSearch, EveryAllocationThatFailsIsAnErrorAndChangesNothing)
{
    VectorSource source(47, 64, 5);
    for (int i = 0; i < 60; i++)
        put(create("f" + std::to_string(i), 0100640), {source.next()});
    const char acl[] = "\2\0\0\0\1\0\7\0\xff\xff\xff\xff\4\0\4\0\xff\xff\xff\xff"
                       "\x20\0\0\0\xff\xff\xff\xff";
    for (const OracleRow &row : m_rows)
        ASSERT_EQ(vexfs_volume_setxattr(m_volume, {1, row.ino}, "system.posix_acl_access", 23, acl,
                                        sizeof(acl) - 1, 0), 0);
    seal("one");
    const TestVector query = source.next();
    vexfs_search search = question(query, 10);
    search.who.privileged = false;
    search.who.uid = 1000;
    search.who.in_group = [](void *, u32 gid) { return gid == 0; };
    vexfs_hit hits[10];
    const auto ask = [&] { return vexfs_volume_search(m_volume, &search, hits, &m_result); };
    EXPECT_GT(failEachAllocation(ask), 10);
    EXPECT_GT(m_result.segment_generation, 0u);
    EXPECT_EQ(m_result.count, 10u);
    // What is kept between searches was an allocation in one turn and none in the next, so that
    // some were passed over.
    EXPECT_GT(failEachAllocation(ask), 2);
    reopen(0);
    search.flags = VEXFS_SEARCH_EXACTLY;
    EXPECT_GT(failEachAllocation(ask), 10);
    EXPECT_EQ(m_result.count, 10u);
    bool may = false;
    EXPECT_GT(failEachAllocation([&] {
                  return vexfs_volume_may_read(m_volume, {1, m_rows[0].ino}, &search.who, &may);
              }), 1);
    EXPECT_TRUE(may);
}

/// Does something at one of the times when a search asks whether it is to go on.
struct AtACall
{
    int left = 0; ///< asks until then
    int asks = 0;
    std::function<bool()> act;

    static bool ask(void *context)
    {
        auto *self = static_cast<AtACall *>(context);
        self->asks++;
        return self->left-- == 0 && self->act();
    }
};

TEST_F(SealedSearch, CanBeEndedWheneverItAsks)
{
    VectorSource source(53, 64, 5);
    for (int i = 0; i < 400; i++)
        put(create("f" + std::to_string(i), 0100644), {source.next(), source.next()});
    seal("one");
    const TestVector query = source.next();
    vexfs_search search = question(query, 10);
    search.who.privileged = false;
    search.who.uid = 1000;
    AtACall at;
    at.act = [] { return true; };
    search.interrupted = AtACall::ask;
    search.context = &at;
    vexfs_hit hits[10];
    for (const u32 flags : {0u, u32(VEXFS_SEARCH_EXACTLY)}) {
        search.flags = flags;
        int ended = 0;
        for (;; ended++) {
            at.left = ended;
            const int error = vexfs_volume_search(m_volume, &search, hits, &m_result);
            if (!error)
                break;
            ASSERT_EQ(error, -EINTR);
        }
        EXPECT_GT(ended, 10);
    }
}

TEST_F(Search, OfATreeThatIsDeletedMeanwhileSaysSo)
{
    VectorSource source(59, 64, 5);
    for (int i = 0; i < 300; i++)
        put(create("f" + std::to_string(i)), {source.next(), source.next(), source.next()});
    const TestVector query = source.next();
    int gone = 0;
    for (int call = 0;; call++) {
        vexfs_snapshot made{};
        ASSERT_EQ(vexfs_volume_snapshot_create(m_volume, 1, "s", 1, 0, &made), 0);
        vexfs_search search = question(query, 10);
        search.tree = made.id;
        search.who.privileged = false;
        search.who.uid = 1000;
        AtACall at;
        at.left = call;
        at.act = [&] {
            EXPECT_EQ(vexfs_volume_snapshot_delete(m_volume, made.id), 0);
            return false;
        };
        search.interrupted = AtACall::ask;
        search.context = &at;
        vexfs_hit hits[10];
        const int error = vexfs_volume_search(m_volume, &search, hits, &m_result);
        if (at.asks <= call) {
            EXPECT_EQ(error, 0);
            break;
        }
        ASSERT_TRUE(error == -ENOENT || !error) << error;
        gone += error != 0;
    }
    EXPECT_GT(gone, 3);
}

} // namespace
