// SPDX-License-Identifier: Apache-2.0
// Goal: after any crash, in any order that the barriers allow, a volume mounts, checks clean, and
//   is exactly the state after some prefix of the operations, at or after the last one that was
//   made durable (DESIGN.md, promises 1 and 4).
// Method: every sequence of one and two operations over a small namespace, and samples of three,
//   with fsync of the file, of its directory, or a commit at each place, on three bases, one of
//   which compresses. Each is done on a recording device; every prefix of its writes, every subset
//   of what no barrier covered (or samples, when there are many), and torn blocks are presented on
//   an overlay, checked with all reference counts recomputed, mounted, read in full and compared
//   with the model. A state whose bytes and expectation were judged before is not judged again,
//   nor counted.
#include "tests/sim/small_operations.h"
#include "tests/support/crash_states.h"
#include "tests/support/figures.h"
#include "tests/support/steady_host.h"
#include "tests/support/random.h"

#include <vexfs/posix_hooks.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <unordered_set>

namespace vexfs::test {
namespace {

constexpr uint64_t kViolationsMax = 10;
constexpr uint64_t kUseEvery = 16; ///< of so many states one is written to after the crash

struct Options
{
    uint64_t shard = 0;
    uint64_t shards = 1;
    uint64_t seed = 0;
    uint64_t pairs = 0; ///< sequences of two: so many random ones; 0: all
    uint64_t triples = 0;
    CrashBounds bounds;
};

struct Totals
{
    uint64_t workloads = 0, states = 0, repeated = 0, violations = 0;
};

class Search
{
public:
    explicit Search(const Options &options) : m_options(options) {}

    /// Judges the states of @p workload; false when enough violations were found.
    bool run(const Workload &workload);
    const Totals &totals() const { return m_totals; }

private:
    void violation(const Workload &workload, const std::string &state, const std::string &problem);

    Options m_options;
    Totals m_totals;
    std::unordered_set<uint64_t> m_judged;
};

void printScript(const Workload &workload)
{
    for (const Operation &operation : workload.script())
        std::printf("    %s\n", operation.text().c_str());
}

void Search::violation(const Workload &workload, const std::string &state,
                       const std::string &problem)
{
    m_totals.violations++;
    std::printf("VIOLATION %s%s%s\n  %s\n  again: sim_crash_space_test --replay %s%s%s\n",
                workload.text().c_str(), state.empty() ? "" : ":", state.c_str(), problem.c_str(),
                workload.text().c_str(), state.empty() ? "" : ":", state.c_str());
    printScript(workload);
}

bool Search::run(const Workload &workload)
{
    const SmallBase &base = smallBase(workload.base);
    SteadyHost::restart(1000);
    const Recording recording(base.image, base.model, workload.script());
    m_totals.workloads++;
    if (!recording.problem().empty()) {
        violation(workload, "", recording.problem());
        return m_totals.violations < kViolationsMax;
    }
    CrashStates states(base.image, recording.events());
    const uint64_t seed = m_options.seed ^ std::hash<std::string>()(workload.text());
    states.each(m_options.bounds, seed, [&](const CrashState &state) {
        states.present(state);
        const auto [first, last] = recording.allowed(states.earliest(state));
        const uint64_t key = states.imageHash() * 0x9e3779b97f4a7c15ull ^
                             recording.expectation(first, last) ^ workload.base << 60;
        if (!m_judged.insert(key).second) {
            m_totals.repeated++;
            return true;
        }
        const bool use = m_totals.states++ % kUseEvery == 0;
        SteadyHost::restart(2000);
        const std::string problem = judgeCrash(states, recording, state, use);
        if (!problem.empty())
            violation(workload, state.text(), problem);
        return m_totals.violations < kViolationsMax;
    });
    return m_totals.violations < kViolationsMax;
}

constexpr Sync kSyncs[] = {Sync::None, Sync::File, Sync::Directory, Sync::Commit};

/// What follows the last operation. Without a sync there is nothing that the others do not show.
constexpr Sync kLastSyncs[] = {Sync::File, Sync::Directory, Sync::Commit};

bool runSingles(Search &search, const Options &options)
{
    for (size_t base = 0; base < kSmallBases; base++) {
        for (size_t op = options.shard; op < smallOperations().size(); op += options.shards) {
            for (const Sync sync : kLastSyncs) {
                if (!search.run({base, {{op, sync}}}))
                    return false;
            }
        }
    }
    return true;
}

bool runPairs(Search &search, const Options &options)
{
    const size_t count = smallOperations().size();
    for (size_t base = 0; base < kSmallBases; base++) {
        for (size_t one = options.shard; one < count; one += options.shards) {
            for (size_t two = 0; two < count; two++) {
                for (const Sync sync : kSyncs) {
                    for (const Sync last : kLastSyncs) {
                        if (!search.run({base, {{one, sync}, {two, last}}}))
                            return false;
                    }
                }
            }
        }
    }
    return true;
}

/// Random sequences of @p length operations.
bool runSamples(Search &search, const Options &options, size_t length, uint64_t samples)
{
    Random random(options.seed + length + 1000 * options.shard);
    for (uint64_t i = 0; i < samples; i++) {
        Workload workload{random.below(kSmallBases), {}};
        for (size_t step = 0; step < length; step++) {
            const Sync sync = step + 1 < length ? kSyncs[random.below(std::size(kSyncs))]
                                                : kLastSyncs[random.below(std::size(kLastSyncs))];
            workload.steps.emplace_back(random.below(smallOperations().size()), sync);
        }
        if (!search.run(workload))
            return false;
    }
    return true;
}

/// NAME of a workload, or of a state: workload:state. Tells what it is and judges it.
int replay(const std::string &name, Options options)
{
    const size_t colon = std::min(name.find(':'), name.size());
    const auto workload = Workload::parse(name.substr(0, colon));
    if (!workload) {
        std::fprintf(stderr, "no such workload: %s\n", name.c_str());
        return 2;
    }
    if (colon == name.size()) {
        Search search(options);
        printScript(*workload);
        search.run(*workload);
        std::printf("%llu states\n", static_cast<unsigned long long>(search.totals().states));
        return search.totals().violations != 0;
    }
    const SmallBase &base = smallBase(workload->base);
    SteadyHost::restart(1000);
    const Recording recording(base.image, base.model, workload->script());
    CrashStates states(base.image, recording.events());
    const auto state = CrashState::parse(name.substr(colon + 1));
    if (!state || !states.present(*state)) {
        std::fprintf(stderr, "the workload has no such state: %s\n", name.c_str());
        return 2;
    }
    printScript(*workload);
    for (size_t i = 0; i < recording.events().size(); i++) {
        const SimEvent &event = recording.events()[i];
        if (event.isFlush())
            std::printf("  event %zu: flush\n", i);
        else
            std::printf("  event %zu: block %llu\n", i,
                        static_cast<unsigned long long>(event.block));
    }
    const auto [first, last] = recording.allowed(states.earliest(*state));
    SteadyHost::restart(2000);
    const std::string problem = judgeCrash(states, recording, *state, true);
    std::printf("epoch %zu of %zu, allowed states %zu to %zu: %s\n", state->epoch,
                states.epochCount(), first, last, problem.empty() ? "good" : problem.c_str());
    return problem.empty() ? 0 : 1;
}

int run(const Options &options)
{
    Search search(options);
    const auto begin = std::chrono::steady_clock::now();
    bool goesOn = runSingles(search, options);
    if (goesOn)
        goesOn = options.pairs ? runSamples(search, options, 2, options.pairs)
                               : runPairs(search, options);
    if (goesOn)
        runSamples(search, options, 3, options.triples);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const Totals &totals = search.totals();
    recordFigures("sim.crash_space", {{"workloads", totals.workloads},
                                      {"crash states, all different", totals.states},
                                      {"crash states met again", totals.repeated},
                                      {"violations", totals.violations}});
    std::printf("%.1f s, %.0f states a second\n", seconds.count(),
                static_cast<double>(totals.states) / seconds.count());
    return totals.violations != 0;
}

/// Without barriers a crash loses what was committed: a search that does not find that could find
/// nothing at all.
int runCanary(const Options &options)
{
    const SmallBase &base = smallBase(0);
    const Workload workload{0, {{3, Sync::Commit}, {28, Sync::Commit}}};
    SteadyHost::restart(1000);
    const Recording recording(base.image, base.model, workload.script());
    std::vector<SimEvent> events = recording.events();
    for (size_t i = 1; i < events.size(); i++) {
        if (events[i].isFlush())
            events[i] = events[i - 1];
    }
    CrashStates states(base.image, events);
    uint64_t violations = 0;
    states.each(options.bounds, options.seed, [&](const CrashState &state) {
        states.present(state);
        violations += !judgeCrash(states, recording, state, false).empty();
        return true;
    });
    std::printf("without barriers: %llu violations, as there should be some\n",
                static_cast<unsigned long long>(violations));
    return violations == 0;
}

int usage()
{
    std::fprintf(stderr, "usage: sim_crash_space_test [--shard I/N] [--pairs N] [--triples N]\n"
                         "       sim_crash_space_test --replay WORKLOAD[:STATE]\n"
                         "       sim_crash_space_test --canary\n");
    return 2;
}

} // namespace
} // namespace vexfs::test

int main(int argc, char **argv)
{
    using namespace vexfs::test;
    const SteadyHost host;
    vexfs_posix_set_warn([](const char *, u64, u64) {}); // read-only after damage is expected here
    Options options;
    options.seed = testSeed(20263);
    const bool isExhaustive = isFullRun() && !isSanitized();
    options.pairs = isExhaustive ? 0 : isSanitized() ? 100 : 1500;
    options.triples = isExhaustive ? 10000 : isSanitized() ? 50 : 300;
    if (argc == 2 && std::string(argv[1]) == "--canary")
        return runCanary(options);
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string option = argv[i];
        const std::string value = argv[i + 1];
        if (option == "--replay")
            return replay(value, options);
        if (option == "--pairs")
            options.pairs = std::stoull(value);
        else if (option == "--triples")
            options.triples = std::stoull(value);
        else if (option != "--shard" ||
                 sscanf(value.c_str(), "%lu/%lu", &options.shard, &options.shards) != 2 ||
                 options.shard >= options.shards)
            return usage();
    }
    return argc % 2 ? run(options) : usage();
}
