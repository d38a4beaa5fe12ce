// SPDX-License-Identifier: Apache-2.0
//
// bench_inserts [FILES]: what the searchable index of the daemon takes in, and what it answers
// meanwhile, beside hnswlib's graph alone. Random clustered vectors of 384, four chunks a file.
// Prints for each: inserts/s alone; inserts/s with a thread that searches all the time; that
// thread's queries/s and p50 and p99; queries/s when nothing is inserted.
#include "daemon/index/vector_index.h"

#include <QTemporaryDir>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <thread>

using namespace vexfs::daemon;

namespace {

constexpr uint32_t kDimension = 384;
constexpr size_t kChunks = 4;
constexpr size_t kHits = 10;
constexpr double kQuietSeconds = 3.0;
const VectorIndexIdentity kIdentity{"bench/1", kDimension};

using Clock = std::chrono::steady_clock;
using Vectors = std::vector<std::vector<float>>;

double seconds(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Source
{
public:
    Source()
    {
        for (int i = 0; i < 200; i++)
            m_centres.push_back(around({}));
    }

    std::vector<float> next() { return around(m_centres[m_random() % m_centres.size()]); }

private:
    std::vector<float> around(const std::vector<float> &centre)
    {
        std::vector<float> vector(kDimension);
        float squares = 0.0F;
        for (size_t i = 0; i < vector.size(); i++) {
            vector[i] = m_normal(m_random) + (centre.empty() ? 0.0F : centre[i]);
            squares += vector[i] * vector[i];
        }
        const float scale = centre.empty() ? 1.0F : 1.0F / std::sqrt(squares);
        for (float &value : vector)
            value *= scale;
        return vector;
    }

    std::mt19937 m_random{5};
    std::normal_distribution<float> m_normal;
    std::vector<std::vector<float>> m_centres;
};

struct Answers
{
    size_t count = 0;
    double seconds = 0.0;
    std::vector<double> us;
};

Answers searchUntil(const VectorIndex &index, const Vectors &queries,
                    const std::function<bool()> &isOver)
{
    Answers answers;
    const Clock::time_point begin = Clock::now();
    while (!isOver()) {
        const Clock::time_point start = Clock::now();
        if (!index.search(queries[answers.count % queries.size()], kHits, nullptr))
            exit(1);
        answers.us.push_back(seconds(start) * 1e6);
        ++answers.count;
    }
    answers.seconds = seconds(begin);
    std::sort(answers.us.begin(), answers.us.end());
    return answers;
}

double insert(VectorIndex &index, const std::vector<Vectors> &files, uint64_t firstIno)
{
    const Clock::time_point begin = Clock::now();
    for (size_t i = 0; i < files.size(); i++) {
        if (!index.put(firstIno + i, files[i]))
            exit(1);
    }
    return static_cast<double>(files.size() * kChunks) / seconds(begin);
}

void measure(const char *name, VectorIndex &index, const std::vector<Vectors> &first,
             const std::vector<Vectors> &second, const Vectors &queries)
{
    const double alone = insert(index, first, 1);
    std::atomic<bool> isOver = false;
    Answers meanwhile;
    std::thread searcher([&] {
        meanwhile = searchUntil(index, queries, [&] { return isOver.load(); });
    });
    const double searched = insert(index, second, 1 + first.size());
    isOver = true;
    searcher.join();
    if (!index.settle())
        exit(1);
    const Clock::time_point begin = Clock::now();
    const Answers quiet
        = searchUntil(index, queries, [&] { return seconds(begin) > kQuietSeconds; });
    printf("%-16s %9.0f/s alone  %9.0f/s while searched  %9.0f queries/s meanwhile (p50 %.0f us, "
           "p99 %.0f us)  %9.0f queries/s afterwards\n",
           name, alone, searched, static_cast<double>(meanwhile.count) / meanwhile.seconds,
           meanwhile.us[meanwhile.us.size() / 2], meanwhile.us[meanwhile.us.size() * 99 / 100],
           static_cast<double>(quiet.count) / quiet.seconds);
}

} // namespace

int main(int argc, char **argv)
{
    const size_t files = argc > 1 ? static_cast<size_t>(atoi(argv[1])) : 6000;
    Source source;
    std::vector<Vectors> halves[2];
    for (auto &half : halves) {
        for (size_t i = 0; i < std::max<size_t>(1, files / 2); i++) {
            Vectors vectors;
            for (size_t chunk = 0; chunk < kChunks; chunk++)
                vectors.push_back(source.next());
            half.push_back(vectors);
        }
    }
    Vectors queries;
    for (int i = 0; i < 1000; i++)
        queries.push_back(source.next());
    printf("%zu files of %zu vectors of %u\n", halves[0].size() * 2, kChunks, kDimension);
    const QTemporaryDir folder;
    const auto layered = createLayeredIndex(kIdentity, folder.path());
    measure("the index", *layered, halves[0], halves[1], queries);
    const auto graph = createHnswIndex(kIdentity);
    measure("hnswlib's graph", *graph, halves[0], halves[1], queries);
    return 0;
}
