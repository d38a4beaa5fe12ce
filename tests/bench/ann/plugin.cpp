// SPDX-License-Identifier: Apache-2.0
//
// vexfs-annbench.so: the index of the project as an engine of a comparison. What is measured is
// what the daemon does: vectors become codes, a graph is built, a segment is written, synced,
// opened with all its checks, and searched.
//
// Parameters: links, own, width and second (of building), slack, ways, entries, isa (1 scalar, 2
// avx2). Keys: tune (what a search keeps in view), rerank (hits times this are compared exactly),
// coarse (0: not), plan (of filtered search: 0 chosen, 1 scan, 2 filter on the way, 3 filter
// afterwards).
#include "daemon/index/segment/sealed_segment.h"
#include "tests/bench/ann/engine_abi.h"
#include "tests/bench/ann/make_segment.h"

#include "kernel/include/uapi/vexfs/vector_fork.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <unistd.h>

using namespace vexfs::daemon;

namespace {

struct Engine
{
    GraphBuildOptions options;
    std::unique_ptr<SealedSegment> segment;
    std::vector<uint32_t> rowOf; ///< by node, the number that the driver knows
    std::vector<uint32_t> nodeOf; ///< the other way
    SegmentLook look;
    FilterCosts costs;
    FilterWay plan = FilterWay::None; ///< None: the cheapest
    uint64_t chosen[4] = {};
    WalkCounters before;
    std::string words;
    std::string kernels;
};

double parameter(const char *parameters, const char *key, double otherwise)
{
    const std::string all = std::string(",") + (parameters ? parameters : "");
    const size_t at = all.find("," + std::string(key) + "=");
    return at == std::string::npos ? otherwise : atof(all.c_str() + at + strlen(key) + 2);
}

void *create(const char *parameters, int dimension, int metric, size_t count)
{
    if (dimension <= 0 || dimension > 4096 || count == 0 || count > 1U << 26)
        return nullptr;
    auto *engine = new Engine;
    engine->options.dimension = static_cast<uint32_t>(dimension);
    engine->options.metric = metric == EngineL2 ? VEXFS_METRIC_L2 : VEXFS_METRIC_COSINE;
    engine->options.links =
        static_cast<uint32_t>(parameter(parameters, "links", engine->options.links));
    engine->options.ownLinks =
        static_cast<uint32_t>(parameter(parameters, "own", engine->options.ownLinks));
    engine->options.width =
        static_cast<uint32_t>(parameter(parameters, "width", engine->options.width));
    engine->options.secondWidth =
        static_cast<uint32_t>(parameter(parameters, "second", engine->options.secondWidth));
    engine->options.slack =
        static_cast<float>(parameter(parameters, "slack", engine->options.slack));
    engine->options.ways =
        static_cast<uint32_t>(parameter(parameters, "ways", engine->options.ways));
    engine->options.entries =
        static_cast<uint32_t>(parameter(parameters, "entries", engine->options.entries));
    const int isa = static_cast<int>(parameter(parameters, "isa", 0));
    engine->kernels = isa == 1 ? "scalar" : isa == 2 ? "avx2" : "";
    return engine;
}

int build(void *self, const float *base, size_t count, int threads)
{
    auto *engine = static_cast<Engine *>(self);
    engine->options.threads = static_cast<unsigned>(std::max(1, threads));
    const char *folder = getenv("TMPDIR");
    std::string path = std::string(folder ? folder : "/tmp") + "/vexfs-annbench-XXXXXX";
    const int fd = mkstemp(path.data());
    if (fd < 0)
        return 1;
    close(fd);
    int error = vexfs::bench::makeSegment(path, base, count, engine->options, 1);
    if (!error)
        engine->segment = SealedSegment::open(path, SealedSegment::Memory::Packed, error);
    unlink(path.c_str());
    if (error) {
        fprintf(stderr, "vexfs-annbench: %s\n", strerror(-error));
        return 1;
    }
    if (const WalkKernels *chosen = walkKernelsNamed(engine->kernels.c_str()))
        engine->segment->useKernels(*chosen);
    engine->nodeOf.resize(count);
    for (uint32_t node = 0; node < engine->segment->count(); node++) {
        engine->rowOf.push_back(static_cast<uint32_t>(engine->segment->row(node).ino - 1));
        engine->nodeOf[engine->rowOf.back()] = node;
    }
    return 0;
}

size_t bytes(void *self)
{
    const auto *engine = static_cast<Engine *>(self);
    return engine->segment->bytes() +
           (engine->rowOf.size() + engine->nodeOf.size()) * sizeof(uint32_t);
}

int set(void *self, const char *key, double value)
{
    auto *engine = static_cast<Engine *>(self);
    if (strcmp(key, "tune") == 0)
        engine->look.width = static_cast<uint32_t>(std::max(1.0, value));
    else if (strcmp(key, "rerank") == 0)
        engine->look.rerank = static_cast<float>(value);
    else if (strcmp(key, "coarse") == 0)
        engine->look.isCoarse = value != 0.0;
    else if (strcmp(key, "plan") == 0)
        engine->plan = static_cast<FilterWay>(value);
    else
        return 1;
    return 0;
}

int search(void *self, const float *query, int k, uint32_t *ids)
{
    auto *engine = static_cast<Engine *>(self);
    SegmentLook look = engine->look;
    look.count = static_cast<uint32_t>(k);
    const std::vector<SegmentHit> hits =
        engine->segment->search({query, engine->options.dimension}, look);
    for (size_t i = 0; i < hits.size(); i++)
        ids[i] = engine->rowOf[hits[i].node];
    return static_cast<int>(hits.size());
}

double nowNs()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// What passes, as numbers of nodes.
std::vector<uint32_t> nodesOf(const Engine &engine, const uint64_t *allowed, size_t allowedCount)
{
    std::vector<uint32_t> nodes;
    nodes.reserve(allowedCount);
    for (size_t word = 0; word < (engine.nodeOf.size() + 63) / 64; word++) {
        for (uint64_t bits = allowed[word]; bits != 0; bits &= bits - 1)
            nodes.push_back(engine.nodeOf[word * 64 + static_cast<size_t>(std::countr_zero(bits))]);
    }
    return nodes;
}

int searchFiltered(void *self, const float *query, int k, const uint64_t *allowed,
                   size_t allowedCount, uint32_t *ids)
{
    auto *engine = static_cast<Engine *>(self);
    const std::span<const float> values(query, engine->options.dimension);
    SegmentLook look = engine->look;
    look.count = static_cast<uint32_t>(k);
    FilterCounts counts{engine->segment->count(), static_cast<uint32_t>(allowedCount),
                        std::max(look.width, look.count), 0};
    const FilterChoice choice = engine->costs.choose(counts, engine->plan);
    engine->chosen[static_cast<size_t>(choice.way)]++;
    const double begun = nowNs();
    std::vector<SegmentHit> hits;
    WalkCounters counters;
    if (choice.way == FilterWay::Scan) {
        const std::vector<uint32_t> nodes = nodesOf(*engine, allowed, allowedCount);
        hits = engine->segment->scan(values, nodes, look.count);
        counters.distances = nodes.size();
    } else {
        const WalkFilter filter{allowed, engine->rowOf.data()};
        look.maybeFilter = &filter;
        look.way = choice.way;
        look.reach = choice.reach;
        hits = engine->segment->search(values, look, &counters);
    }
    engine->costs.learn(choice, counters.distances, nowNs() - begun);
    for (size_t i = 0; i < hits.size(); i++)
        ids[i] = engine->rowOf[hits[i].node];
    return static_cast<int>(hits.size());
}

const char *statistics(void *self)
{
    auto *engine = static_cast<Engine *>(self);
    const WalkCounters now = engine->segment->counters();
    engine->words = "hops=" + std::to_string(now.opened - engine->before.opened) +
                    ",dist=" + std::to_string(now.distances - engine->before.distances);
    for (const FilterWay way : {FilterWay::Scan, FilterWay::During, FilterWay::After}) {
        uint64_t &times = engine->chosen[static_cast<size_t>(way)];
        if (times > 0)
            engine->words += std::string(",") + nameOf(way) + "=" + std::to_string(times);
        times = 0;
    }
    engine->before = now;
    return engine->words.c_str();
}

void destroy(void *self)
{
    delete static_cast<Engine *>(self);
}

constexpr EngineCalls kCalls = {"vexfs", create, build, bytes,      set,
                                search,  searchFiltered, statistics, destroy};

} // namespace

const EngineCalls *ann_engine()
{
    return &kCalls;
}
