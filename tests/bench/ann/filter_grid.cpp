// SPDX-License-Identifier: Apache-2.0
//
// bench_filter_grid [base.fbin query.fbin]: does the index choose the fastest way to search among
// some files? Each cell of a grid (share of the files that pass, hits wanted, whether they lie
// anywhere or near each other) is searched as the index chooses and by each of the three ways. The
// index has learnt from its own searches only. Without files: clustered random vectors of 384.
//
// The fastest way of a cell is the one with the least median of those that keep the recall: at
// least 0.95 of what a search for so many without a filter has. Two within 5 % of each other are
// both the fastest: more exact than that no median here is. One query goes through all cells before
// the next comes, so that no filter is in the processor's cache when it comes again.
#include "daemon/index/sealed_part.h"
#include "tests/bench/ann/make_segment.h"

#include "kernel/include/uapi/vexfs/vector_fork.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <unistd.h>

using namespace vexfs::daemon;

namespace {

constexpr uint32_t kChunksPerFile = 3;
constexpr size_t kMadeRows = 60'000;
constexpr uint32_t kMadeDimension = 384;
constexpr int kLearningSearches = 6000;
constexpr size_t kSearches = 61;
constexpr double kSameWithin = 1.05;
constexpr double kCloseWithin = 1.2;
constexpr double kRecallMin = 0.95;
constexpr std::array kShares{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                             0.1,    0.2,   0.35,  0.5,   0.7,  0.9};
constexpr std::array<size_t, 3> kCounts{10, 50, 200};
constexpr auto kWays = std::to_array(kFilterWays);

struct Rows
{
    uint32_t dimension = 0;
    std::vector<float> values;
    size_t count() const { return values.size() / dimension; }
    std::span<const float> row(size_t i) const
    {
        return {values.data() + i * dimension, dimension};
    }
};

Rows readRows(const char *path)
{
    std::ifstream stream(path, std::ios::binary);
    uint32_t count = 0;
    Rows rows;
    stream.read(reinterpret_cast<char *>(&count), sizeof count);
    stream.read(reinterpret_cast<char *>(&rows.dimension), sizeof rows.dimension);
    if (!stream || rows.dimension == 0 || rows.dimension > 4096) {
        fprintf(stderr, "bench_filter_grid: %s: not a file of float vectors\n", path);
        exit(1);
    }
    rows.values.resize(size_t{count} * rows.dimension);
    stream.read(reinterpret_cast<char *>(rows.values.data()),
                static_cast<std::streamsize>(rows.values.size() * sizeof(float)));
    if (!stream) {
        fprintf(stderr, "bench_filter_grid: %s: ends too early\n", path);
        exit(1);
    }
    return rows;
}

Rows madeRows(size_t count, uint32_t seed)
{
    constexpr size_t kCentres = 300;
    std::mt19937 centreRandom(1);
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> centres(kCentres * kMadeDimension);
    for (float &value : centres)
        value = normal(centreRandom);
    Rows rows{kMadeDimension, {}};
    for (size_t i = 0; i < count; i++) {
        const size_t centre = random() % kCentres;
        for (size_t at = 0; at < kMadeDimension; at++)
            rows.values.push_back(centres[centre * kMadeDimension + at] + normal(random));
    }
    return rows;
}

struct Cell
{
    double share;
    size_t count;
    bool isNear;
    InodeSet files;
    std::map<std::string, int> chosen = {};
    std::vector<double> chosenUs = {};
    std::array<std::vector<double>, 3> us = {};
    std::array<double, 3> found = {};
    double passing = 0.0; ///< that a scan found
};

// Files that lie near each other: those of whose first chunks a direction has most.
InodeSet filesOf(const Rows &base, double share, bool isNear, std::mt19937 &random)
{
    const size_t files = base.count() / kChunksPerFile;
    const auto wanted = static_cast<size_t>(static_cast<double>(files) * share);
    std::vector<size_t> order(files);
    std::iota(order.begin(), order.end(), 0);
    if (isNear) {
        const std::span<const float> pivot = base.row(random() % base.count());
        std::vector<float> product(files);
        for (size_t file = 0; file < files; file++) {
            const std::span<const float> row = base.row(file * kChunksPerFile);
            product[file] = std::inner_product(row.begin(), row.end(), pivot.begin(), 0.0F);
        }
        std::sort(order.begin(), order.end(),
                  [&](size_t a, size_t b) { return product[a] > product[b]; });
    } else {
        std::shuffle(order.begin(), order.end(), random);
    }
    InodeSet set;
    for (size_t i = 0; i < std::max<size_t>(1, wanted); i++)
        set.insert(order[i] + 1);
    return set;
}

double median(std::vector<double> values)
{
    std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

using Truth = std::set<std::pair<uint64_t, uint32_t>>;

double sameAs(const Truth &truth, const std::vector<VectorHit> &hits)
{
    return static_cast<double>(std::count_if(hits.begin(), hits.end(), [&](const VectorHit &hit) {
        return truth.contains({hit.ino, hit.chunk});
    }));
}

class Grid
{
public:
    Grid(const SealedPart &part, const Rows &base, const Rows &queries)
        : m_part(part), m_queries(queries)
    {
        for (const bool isNear : {false, true}) {
            for (const double share : kShares) {
                InodeSet files = filesOf(base, share, isNear, m_random);
                for (const size_t count : kCounts) {
                    // Who wants all that pass gets them by a scan: nothing to choose.
                    if (files.size() * kChunksPerFile > count)
                        m_cells.push_back({share, count, isNear, files});
                }
            }
        }
    }

    void run()
    {
        VectorPlan plan;
        for (int i = 0; i < kLearningSearches; i++) {
            const Cell &cell = m_cells[m_random() % m_cells.size()];
            m_part.search(query(m_random()), cell.count, &cell.files, plan);
        }
        for (size_t i = 0; i < kSearches; i++) {
            for (Cell &cell : m_cells) {
                m_part.search(query(i), cell.count, &cell.files, plan);
                cell.chosen[nameOf(plan.way)]++;
                cell.chosenUs.push_back(plan.actualUs);
            }
        }
        for (size_t i = 0; i < kSearches; i++) {
            for (Cell &cell : m_cells)
                measureWays(cell, i);
        }
        measureRecall();
    }

    void print() const
    {
        printf("%-7s %5s %-9s %9s %9s %9s  %-6s %9s  %s\n", "share", "hits", "files", "scan us",
               "during us", "after us", "chosen", "us", "of the fastest");
        int right = 0;
        int close = 0;
        for (const Cell &cell : m_cells) {
            std::array<double, 3> us{};
            double best = median(cell.us[0]);
            for (size_t way = 0; way < kWays.size(); way++) {
                us[way] = median(cell.us[way]);
                if (isKept(cell, way))
                    best = std::min(best, us[way]);
            }
            const size_t way = mostlyChosen(cell);
            const double ratio = us[way] / best;
            const bool isRight = ratio <= kSameWithin && isKept(cell, way);
            right += isRight ? 1 : 0;
            close += ratio <= kCloseWithin && isKept(cell, way) ? 1 : 0;
            printf("%-7g %5zu %-9s %9.1f %9.1f %9.1f  %-6s %9.1f  %.2f%s\n", cell.share,
                   cell.count, cell.isNear ? "near" : "anywhere", us[0], us[1], us[2],
                   nameOf(kWays[way]), median(cell.chosenUs), ratio, isRight ? "" : "  *");
        }
        printf("recall of 10, 50, 200 without a filter: %.3f %.3f %.3f\n", m_recall.at(10),
               m_recall.at(50), m_recall.at(200));
        const auto cells = static_cast<double>(m_cells.size());
        printf("chosen: the fastest way in %d of %zu cells (%.0f %%), one within %g of it in %d "
               "(%.0f %%)\n",
               right, m_cells.size(), 100.0 * right / cells, kCloseWithin, close,
               100.0 * close / cells);
    }

private:
    std::span<const float> query(size_t i) const { return m_queries.row(i % m_queries.count()); }

    static size_t mostlyChosen(const Cell &cell)
    {
        size_t most = 0;
        int times = -1;
        for (size_t way = 0; way < kWays.size(); way++) {
            const auto found = cell.chosen.find(nameOf(kWays[way]));
            if (found != cell.chosen.end() && found->second > times) {
                most = way;
                times = found->second;
            }
        }
        return most;
    }

    bool isKept(const Cell &cell, size_t way) const
    {
        return way == 0
               || cell.found[way] / cell.passing >= kRecallMin * m_recall.at(cell.count);
    }

    // The ways in another order each time.
    void measureWays(Cell &cell, size_t i)
    {
        std::array<std::vector<VectorHit>, 3> hits;
        for (size_t turn = 0; turn < kWays.size(); turn++) {
            const size_t way = (i + turn) % kWays.size();
            VectorPlan plan;
            hits[way] = m_part.search(query(i), cell.count, &cell.files, plan, kWays[way]);
            cell.us[way].push_back(plan.actualUs);
        }
        Truth truth;
        for (const VectorHit &hit : hits[0])
            truth.insert({hit.ino, hit.chunk});
        cell.passing += static_cast<double>(truth.size());
        for (size_t way = 0; way < kWays.size(); way++)
            cell.found[way] += sameAs(truth, hits[way]);
    }

    void measureRecall()
    {
        const std::vector<uint64_t> all = m_part.inodes();
        const InodeSet everything(all.begin(), all.end());
        for (const size_t count : kCounts) {
            double found = 0.0;
            for (size_t i = 0; i < kSearches; i++) {
                VectorPlan plan;
                Truth truth;
                for (const VectorHit &hit :
                     m_part.search(query(i), count, &everything, plan, FilterWay::Scan))
                    truth.insert({hit.ino, hit.chunk});
                found += sameAs(truth, m_part.search(query(i), count, nullptr, plan));
            }
            m_recall[count] = found / static_cast<double>(count * kSearches);
        }
    }

    const SealedPart &m_part;
    const Rows &m_queries;
    std::mt19937 m_random{3};
    std::vector<Cell> m_cells;
    std::map<size_t, double> m_recall;
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 1 && argc != 3) {
        fprintf(stderr, "usage: bench_filter_grid [base.fbin query.fbin]\n");
        return 2;
    }
    const Rows base = argc == 3 ? readRows(argv[1]) : madeRows(kMadeRows, 2);
    const Rows queries = argc == 3 ? readRows(argv[2]) : madeRows(500, 3);
    char folder[] = "/tmp/vexfs-filter-grid-XXXXXX";
    if (!mkdtemp(folder))
        return 1;
    const std::string path = std::string(folder) + "/segment";
    GraphBuildOptions options;
    options.dimension = base.dimension;
    options.metric = VEXFS_METRIC_COSINE;
    options.threads = 2;
    int error = vexfs::bench::makeSegment(path, base.values.data(),
                                          base.count() / kChunksPerFile * kChunksPerFile, options,
                                          kChunksPerFile);
    const auto part = error ? nullptr : SealedPart::open(folder, "segment", error);
    unlink(path.c_str());
    rmdir(folder);
    if (!part) {
        fprintf(stderr, "bench_filter_grid: %s\n", strerror(-error));
        return 1;
    }
    printf("%zu vectors of %u, %u a file\n", base.count(), base.dimension, kChunksPerFile);
    Grid grid(*part, base, queries);
    grid.run();
    grid.print();
    return 0;
}
