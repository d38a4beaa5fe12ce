// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_states.h"

#include "tests/support/volume_driver.h"

#include <cstring>
#include <sstream>

namespace vexfs::test {

namespace {

constexpr size_t kSectorBytes = 512;
constexpr size_t kSectors = VEXFS_BLOCK_BYTES / kSectorBytes;

uint64_t hashOf(uint64_t block, const uint8_t *data)
{
    uint64_t hash = block * 0x9e3779b97f4a7c15ull + 1;
    for (size_t i = 0; i < VEXFS_BLOCK_BYTES; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, data + i, sizeof(word));
        hash = (hash ^ word) * 0xff51afd7ed558ccdull;
        hash ^= hash >> 32;
    }
    return hash | 1; // never 0, which stands for the base
}

void tear(uint8_t *to, const uint8_t *from, Fate fate)
{
    const size_t cut = fate.sectors * kSectorBytes;
    if (fate.kind == Fate::Head)
        memcpy(to, from, cut);
    else
        memcpy(to + cut, from + cut, VEXFS_BLOCK_BYTES - cut);
}

Fate tornFate(Random &random)
{
    return {random.chance(50) ? Fate::Head : Fate::Tail,
            static_cast<uint8_t>(1 + random.below(kSectors - 1))};
}

std::vector<Fate> fatesOfMask(uint64_t mask, size_t writes)
{
    std::vector<Fate> fates(writes);
    for (size_t i = 0; i < writes; i++)
        fates[i].kind = mask >> i & 1 ? Fate::Whole : Fate::Absent;
    return fates;
}

} // namespace

// ---- names of states

std::string CrashState::text() const
{
    std::ostringstream out;
    std::ostringstream torn;
    std::string hex;
    for (size_t i = 0; i < fates.size(); i += 4) {
        unsigned digit = 0;
        for (size_t bit = 0; bit < 4 && i + bit < fates.size(); bit++)
            digit |= (fates[i + bit].kind == Fate::Whole ? 1u : 0u) << bit;
        hex.insert(hex.begin(), "0123456789abcdef"[digit]);
    }
    for (size_t i = 0; i < fates.size(); i++) {
        if (fates[i].kind == Fate::Head || fates[i].kind == Fate::Tail)
            torn << '+' << i << (fates[i].kind == Fate::Head ? 'h' : 't')
                 << unsigned(fates[i].sectors);
    }
    out << epoch << ':' << fates.size() << ':' << (hex.empty() ? "0" : hex) << torn.str();
    return out.str();
}

std::optional<CrashState> CrashState::parse(const std::string &text)
{
    CrashState state;
    size_t writes = 0;
    char colon = 0;
    char second = 0;
    std::string rest;
    std::istringstream in(text);
    if (!(in >> state.epoch >> colon >> writes >> second >> rest) || colon != ':' ||
        second != ':' || writes > 1000000)
        return std::nullopt;
    state.fates.resize(writes);
    const size_t plus = std::min(rest.find('+'), rest.size());
    for (size_t i = 0; i < plus; i++) {
        const std::string digit(1, rest[plus - 1 - i]);
        const unsigned long bits = strtoul(digit.c_str(), nullptr, 16);
        for (size_t bit = 0; bit < 4 && 4 * i + bit < writes; bit++)
            state.fates[4 * i + bit].kind = bits >> bit & 1 ? Fate::Whole : Fate::Absent;
    }
    std::istringstream torn(rest.substr(plus));
    for (char sign = 0; torn >> sign;) {
        size_t index = 0;
        char side = 0;
        unsigned sectors = 0;
        if (!(torn >> index >> side >> sectors) || index >= writes || sectors >= kSectors)
            return std::nullopt;
        state.fates[index] = {side == 'h' ? Fate::Head : Fate::Tail,
                              static_cast<uint8_t>(sectors)};
    }
    return state;
}

// ---- the states of a recording

CrashStates::CrashStates(const SimImage &base, const std::vector<SimEvent> &events)
    : m_events(events), m_contentHash(events.size()), m_durableHash(base.size()), m_device(base)
{
    Epoch epoch;
    for (size_t i = 0; i < events.size(); i++) {
        if (events[i].isFlush()) {
            m_epochs.push_back(epoch);
            epoch = {i + 1, 0};
        } else {
            m_contentHash[i] = hashOf(events[i].block, events[i].data->data());
            epoch.writes++;
        }
    }
    m_epochs.push_back(epoch);
}

void CrashStates::moveTo(size_t epoch)
{
    for (; m_durableEpoch < epoch; m_durableEpoch++) {
        const Epoch &passed = m_epochs[m_durableEpoch];
        for (size_t i = passed.begin; i < passed.begin + passed.writes; i++) {
            const uint64_t block = m_events[i].block;
            m_device.settle(block, m_events[i].data->data());
            m_durableSum += m_contentHash[i] - m_durableHash[block];
            m_durableHash[block] = m_contentHash[i];
        }
    }
}

bool CrashStates::present(const CrashState &state)
{
    if (state.epoch >= m_epochs.size() || state.epoch < m_durableEpoch ||
        state.fates.size() != m_epochs[state.epoch].writes)
        return false;
    m_device.reset();
    moveTo(state.epoch);
    m_hash = m_durableSum;
    std::vector<std::pair<uint64_t, uint64_t>> hashes; // of blocks that this state touches
    const size_t begin = m_epochs[state.epoch].begin;
    for (size_t i = 0; i < state.fates.size(); i++) {
        const SimEvent &event = m_events[begin + i];
        const Fate fate = state.fates[i];
        if (fate.kind == Fate::Absent)
            continue;
        uint64_t hash = m_contentHash[begin + i];
        if (fate.kind == Fate::Whole) {
            m_device.put(event.block, event.data->data());
        } else {
            uint8_t *block = m_device.edit(event.block);
            tear(block, event.data->data(), fate);
            hash = hashOf(event.block, block);
        }
        uint64_t before = m_durableHash[event.block];
        for (auto &[block, last] : hashes) {
            if (block == event.block)
                before = last;
        }
        hashes.emplace_back(event.block, hash);
        m_hash += hash - before;
    }
    return true;
}

size_t CrashStates::earliest(const CrashState &state) const
{
    size_t events = m_epochs[state.epoch].begin;
    for (size_t i = 0; i < state.fates.size(); i++) {
        if (state.fates[i].kind != Fate::Absent)
            events = m_epochs[state.epoch].begin + i + 1;
    }
    return events;
}

namespace {

/// The states of one epoch of @p writes writes.
class EpochSearch
{
public:
    EpochSearch(size_t epoch, size_t writes, Random &random,
                const std::function<bool(const CrashState &)> &visit)
        : m_epoch(epoch), m_writes(writes), m_random(random), m_visit(visit)
    {}

    /// After each write, with nothing reordered.
    bool prefixes()
    {
        std::vector<Fate> fates(m_writes);
        bool goesOn = tell(fates);
        for (size_t i = 0; i < m_writes && goesOn; i++) {
            fates[i].kind = Fate::Whole;
            goesOn = tell(fates);
        }
        return goesOn;
    }

    bool allSubsets()
    {
        for (uint64_t mask = 0; mask < 1ull << m_writes; mask++) {
            if (!tell(fatesOfMask(mask, m_writes)))
                return false;
        }
        return true;
    }

    /// Each write alone, all but each, and random ones from sparse to dense.
    bool someSubsets(size_t samples)
    {
        for (size_t i = 0; i < m_writes; i++) {
            std::vector<Fate> alone(m_writes);
            std::vector<Fate> others(m_writes, Fate{Fate::Whole, 0});
            alone[i].kind = Fate::Whole;
            others[i].kind = Fate::Absent;
            if (!tell(alone) || !tell(others))
                return false;
        }
        for (size_t i = 0; i < samples; i++) {
            if (!tell(randomFates(10 + 80 * i / std::max<size_t>(samples, 1))))
                return false;
        }
        return true;
    }

    /// Each write torn at each sector, the others in every combination.
    bool allTorn()
    {
        for (uint64_t mask = 0; mask < 1ull << m_writes; mask++) {
            for (size_t i = 0; i < m_writes; i++) {
                if (!(mask >> i & 1))
                    continue;
                std::vector<Fate> fates = fatesOfMask(mask, m_writes);
                for (uint8_t cut = 1; cut < kSectors; cut++) {
                    for (const Fate::Kind kind : {Fate::Head, Fate::Tail}) {
                        fates[i] = {kind, cut};
                        if (!tell(fates))
                            return false;
                    }
                }
            }
        }
        return true;
    }

    bool someTorn(size_t samples)
    {
        for (size_t i = 0; i < samples && m_writes > 0; i++) {
            std::vector<Fate> fates = randomFates(85);
            for (size_t torn = 1 + m_random.below(2); torn > 0; torn--)
                fates[m_random.below(m_writes)] = tornFate(m_random);
            if (!tell(fates))
                return false;
        }
        return true;
    }

private:
    std::vector<Fate> randomFates(unsigned percent)
    {
        std::vector<Fate> fates(m_writes);
        for (Fate &fate : fates)
            fate.kind = m_random.chance(percent) ? Fate::Whole : Fate::Absent;
        return fates;
    }

    bool tell(std::vector<Fate> fates) { return m_visit(CrashState{m_epoch, std::move(fates)}); }

    size_t m_epoch;
    size_t m_writes;
    Random &m_random;
    const std::function<bool(const CrashState &)> &m_visit;
};

} // namespace

bool CrashStates::eachOfEpoch(size_t index, const CrashBounds &bounds, Random &random,
                              const std::function<bool(const CrashState &)> &visit) const
{
    const size_t writes = m_epochs[index].writes;
    EpochSearch search(index, writes, random, visit);
    bool goesOn = search.prefixes();
    if (goesOn)
        goesOn = writes <= bounds.exhaustiveWrites ? search.allSubsets()
                                                   : search.someSubsets(bounds.subsetSamples);
    if (goesOn)
        goesOn = writes <= bounds.tornExhaustiveWrites ? search.allTorn()
                                                       : search.someTorn(bounds.tornSamples);
    return goesOn;
}

void CrashStates::each(const CrashBounds &bounds, uint64_t seed,
                       const std::function<bool(const CrashState &)> &visit)
{
    Random random(seed);
    for (size_t i = 0; i < m_epochs.size(); i++) {
        if (!eachOfEpoch(i, bounds, random, visit))
            return;
    }
}

// ---- judging

namespace {

/// The volume goes on: a change is taken, committed, and there after another mount.
std::string useVolume(vexfs_dev *dev, const vexfs_open_options &options)
{
    vexfs_volume *volume = nullptr;
    if (const int error = vexfs_volume_open(dev, &options, &volume))
        return "second open failed: " + std::to_string(error);
    VolumeDriver driver(volume);
    uint64_t done = 0;
    const Operation probe{OpKind::Mkdir, "after-the-crash", "", 0, 0755, 0};
    const Operation content{OpKind::CreateFile, "after-the-crash/file", "", 0, 0644, 0};
    const Operation bytes{OpKind::Write, "after-the-crash/file", "", 0, 20000, 5};
    int error = driver.apply(probe, &done);
    error = error ? error : driver.apply(content, &done);
    error = error ? error : driver.apply(bytes, &done);
    error = error ? error : vexfs_volume_commit(volume, nullptr);
    const int closed = vexfs_volume_close(volume);
    if (error || closed)
        return "a change after the crash gives " + std::to_string(error) + ", close " +
               std::to_string(closed);
    return "";
}

} // namespace

std::string judgeCrash(CrashStates &states, const Recording &recording, const CrashState &state,
                       bool use)
{
    OverlayDevice &device = states.device();
    std::string problem = checkDevice(device.dev());
    if (!problem.empty())
        return "check before mount: " + problem;
    vexfs_volume *volume = nullptr;
    vexfs_open_options options{};
    options.cache_bytes = 4u << 20;
    if (const int error = vexfs_volume_open(device.dev(), &options, &volume))
        return std::string("open failed: ") + strerror(-error);
    VolumeState found;
    problem = readVolume(volume, &found);
    const int error = vexfs_volume_close(volume);
    if (!problem.empty() || error)
        return problem + " close=" + std::to_string(error);
    const auto [first, last] = recording.allowed(states.earliest(state));
    for (size_t i = last + 1; i-- > first;) {
        problem = recording.state(i).difference(found);
        if (problem.empty())
            break;
    }
    if (!problem.empty())
        return "equals no state from " + std::to_string(first) + " to " + std::to_string(last) +
               "; against the first: " + problem;
    if (use)
        problem = useVolume(device.dev(), options);
    if (!problem.empty())
        return problem;
    problem = checkDevice(device.dev());
    return problem.empty() ? "" : "check after mount: " + problem;
}

} // namespace vexfs::test
