// SPDX-License-Identifier: Apache-2.0
// vector_volume make IMAGE VECTORS PER_FILE SEED: a volume full of vector forks, by the engine
// itself, in seconds. vector_volume oracle VECTORS PER_FILE SEED QUERIES: what searches of it must
// find, computed without VexFS. vector_volume search IMAGE SEED QUERIES [scalar]: what the engine
// finds, and how fast it is at its best; vector_volume ask FOLDER SEED QUERIES [scalar]: the same
// of a mounted one, through the SEARCH call.
//
// Lines of all three: query, then the file's name and record of each hit. VECTORS / PER_FILE files
// lie in folders of 1,000; queries are further vectors of the same source.
#include "kernel/include/uapi/vexfs/ioctl.h"
#include "kernel/include/uapi/vexfs/vector_fork.h"
#include "tests/support/vector/vector_files.h"

#include <vexfs/posix_dev.h>
#include <vexfs/posix_vector.h>
#include <vexfs/volume.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace vexfs::test;

namespace {

constexpr uint32_t kDimension = 384;
constexpr uint64_t kFilesPerFolder = 1000;
constexpr uint32_t kHits = 10;
constexpr uint32_t kQueries = 100; ///< the source's vectors that come first are these
const char kModel[] = "test-model";

void require(int error, const char *what)
{
    if (!error)
        return;
    std::fprintf(stderr, "%s: error %d\n", what, error);
    std::exit(1);
}

std::vector<TestVector> queriesOf(VectorSource &source)
{
    std::vector<TestVector> queries;
    for (uint32_t i = 0; i < kQueries; i++)
        queries.push_back(source.next());
    return queries;
}

vexfs_id create(vexfs_volume *volume, vexfs_id dir, const std::string &name, uint32_t mode)
{
    vexfs_create what{};
    what.mode = mode;
    vexfs_id id{};
    vexfs_attr attr{};
    require(vexfs_volume_create(volume, dir, name.data(), static_cast<uint32_t>(name.size()),
                                &what, &id, &attr),
            "create");
    return id;
}

void make(const char *image, uint64_t vectors, uint64_t perFile, uint64_t seed)
{
    vexfs_dev *dev = nullptr;
    require(vexfs_dev_open(image, 0, &dev), "open the image");
    vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    require(vexfs_volume_open(dev, &options, &volume), "open the volume");
    VectorSource source(seed, kDimension);
    queriesOf(source);
    vexfs_id folder{};
    for (uint64_t file = 0; file * perFile < vectors; file++) {
        if (file % kFilesPerFolder == 0)
            folder = create(volume, {1, 1}, "d" + std::to_string(file / kFilesPerFolder), 0040755);
        const vexfs_id id = create(volume, folder, "f" + std::to_string(file), 0100644);
        std::vector<TestVector> records;
        for (uint64_t i = 0; i < perFile; i++)
            records.push_back(source.next());
        const std::string fork = vectorFork(kModel, records);
        uint32_t done = 0;
        require(vexfs_volume_write(volume, id, 1, 0, fork.data(),
                                   static_cast<uint32_t>(fork.size()), &done),
                "write");
    }
    require(vexfs_volume_close(volume), "close");
    vexfs_dev_close(dev);
}

void printHits(uint32_t query, const std::vector<std::string> &names)
{
    std::printf("%u", query);
    for (const std::string &name : names)
        std::printf(" %s", name.c_str());
    std::printf("\n");
}

void oracle(uint64_t vectors, uint64_t perFile, uint64_t seed, uint32_t count)
{
    VectorSource source(seed, kDimension);
    const auto queries = queriesOf(source);
    std::vector<OracleRow> rows;
    for (uint64_t i = 0; i < vectors; i++)
        rows.push_back({i / perFile, static_cast<uint32_t>(i % perFile), source.next()});
    for (uint32_t query = 0; query < count; query++) {
        std::vector<std::string> names;
        for (const OracleHit &hit :
             oracleSearch(rows, queries[query % kQueries], VEXFS_NEAR_COSINE, kHits))
            names.push_back("f" + std::to_string(hit.ino) + ":" + std::to_string(hit.record));
        printHits(query, names);
    }
}

std::string nameOf(vexfs_volume *volume, uint64_t ino)
{
    char path[4096];
    require(vexfs_volume_path(volume, {1, ino}, 0, path, sizeof(path)), "path");
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/// Of this thread: what others do on the machine is not to count.
double processorSeconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void search(const char *image, uint64_t seed, uint32_t count, bool isScalar)
{
    vexfs_dev *dev = nullptr;
    require(vexfs_dev_open(image, 0, &dev), "open the image");
    vexfs_open_options options{};
    options.vector_kernels = vexfs_posix_vector_kernels();
    vexfs_volume *volume = nullptr;
    require(vexfs_volume_open(dev, &options, &volume), "open the volume");
    VectorSource source(seed, kDimension);
    const auto queries = queriesOf(source);
    std::vector<vexfs_hit> hits(kHits);
    vexfs_search_result result{};
    double fastest = 1e9;
    for (uint32_t query = 0; query < count; query++) {
        const TestVector &asked = queries[query % kQueries];
        vexfs_search question{};
        question.tree = 1;
        question.query = asked.codes.data();
        question.dimension = kDimension;
        question.scale = std::bit_cast<uint32_t>(asked.scale);
        question.metric = VEXFS_NEAR_COSINE;
        question.hits_max = kHits;
        question.flags = isScalar ? VEXFS_SEARCH_WITH_SCALAR : 0;
        memcpy(question.model, kModel, sizeof(kModel));
        question.who.privileged = true;
        const double begin = processorSeconds();
        require(vexfs_volume_search(volume, &question, hits.data(), &result), "search");
        const double took = processorSeconds() - begin;
        if (query == 0)
            std::fprintf(stderr, "first query %.1f ms\n", took * 1000);
        else
            fastest = std::min(fastest, took);
        std::vector<std::string> names;
        for (uint32_t i = 0; i < result.count; i++)
            names.push_back(nameOf(volume, hits[i].ino) + ":" + std::to_string(hits[i].record));
        printHits(query, names);
    }
    std::fprintf(stderr, "%s: %.2f queries/s over %llu vectors\n",
                 isScalar ? "scalar" : options.vector_kernels->name, 1 / fastest,
                 static_cast<unsigned long long>(result.scanned));
    require(vexfs_volume_close(volume), "close");
    vexfs_dev_close(dev);
}

double seconds()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string mountedNameOf(int fd, uint64_t ino)
{
    auto path = std::make_unique<vexfs_ioc_path>();
    path->tree = VEXFS_TREE_LIVE;
    path->ino = ino;
    require(ioctl(fd, VEXFS_IOC_PATH, path.get()), "the PATH call");
    const char *slash = strrchr(path->path, '/');
    return slash ? slash + 1 : path->path;
}

void ask(const char *folder, uint64_t seed, uint32_t count, bool isScalar)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY);
    require(fd < 0, folder);
    VectorSource source(seed, kDimension);
    const auto queries = queriesOf(source);
    auto search = std::make_unique<vexfs_ioc_search>();
    double fastest = 1e9;
    for (uint32_t query = 0; query < count; query++) {
        const TestVector &asked = queries[query % kQueries];
        memset(search.get(), 0, sizeof(*search));
        search->tree = VEXFS_TREE_LIVE;
        search->flags = isScalar ? VEXFS_SEARCH_SCALAR : 0;
        search->dimension = kDimension;
        search->metric = VEXFS_METRIC_COSINE;
        search->hits = kHits;
        search->scale = std::bit_cast<uint32_t>(asked.scale);
        memcpy(search->model, kModel, sizeof(kModel));
        memcpy(search->query, asked.codes.data(), kDimension);
        const double begin = seconds();
        require(ioctl(fd, VEXFS_IOC_SEARCH, search.get()), "the SEARCH call");
        const double took = seconds() - begin;
        if (query == 0)
            std::fprintf(stderr, "first query %.1f ms\n", took * 1000);
        else
            fastest = std::min(fastest, took);
        std::vector<std::string> names;
        for (uint32_t i = 0; i < search->hits; i++)
            names.push_back(mountedNameOf(fd, search->rows[i].ino) + ":" +
                            std::to_string(search->rows[i].record));
        printHits(query, names);
    }
    std::fprintf(stderr, "%s: %.2f queries/s over %llu vectors\n", isScalar ? "scalar" : "best",
                 1 / fastest, static_cast<unsigned long long>(search->scanned));
    close(fd);
}

} // namespace

int main(int count, char **words)
{
    const auto number = [&](int i) { return std::strtoull(words[i], nullptr, 10); };
    if (count == 6 && !strcmp(words[1], "make"))
        make(words[2], number(3), number(4), number(5));
    else if (count == 6 && !strcmp(words[1], "oracle"))
        oracle(number(2), number(3), number(4), static_cast<uint32_t>(number(5)));
    else if ((count == 5 || count == 6) && !strcmp(words[1], "search"))
        search(words[2], number(3), static_cast<uint32_t>(number(4)), count == 6);
    else if ((count == 5 || count == 6) && !strcmp(words[1], "ask"))
        ask(words[2], number(3), static_cast<uint32_t>(number(4)), count == 6);
    else
        return 2;
    return 0;
}
