// SPDX-License-Identifier: Apache-2.0
//
// bench_append fork|file PATH DIMENSION BATCH SECONDS: durable append of float vectors with their
// records, into fork 1 of a file on a volume or plainly into a file; an fsync after each batch. The
// same bytes either way. Prints vectors, seconds, p50 and p99 of a batch in us.
#include <vexfs/ioctl.h>
#include <vexfs/vector_fork.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <random>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kFileVectors = 20'000; ///< then another file is begun
constexpr size_t kBlockBytes = 4096;
constexpr uint64_t kVectorsMax = 400'000;

[[noreturn]] void fail(const char *what)
{
    fprintf(stderr, "bench_append: %s: %s\n", what, strerror(errno));
    exit(1);
}

double seconds(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Target
{
public:
    Target(bool isFork, std::string path) : m_isFork(isFork), m_path(std::move(path)) {}
    ~Target()
    {
        close(m_file);
        for (int i = 0; i < m_files; i++)
            unlink(name(i).c_str());
    }

    void next()
    {
        if (m_file >= 0)
            close(m_file);
        m_file = open(name(m_files++).c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
        if (m_file < 0)
            fail(m_path.c_str());
        m_offset = 0;
    }

    void append(const uint8_t *data, size_t bytes)
    {
        if (!m_isFork) {
            if (pwrite(m_file, data, bytes, static_cast<off_t>(m_offset))
                != static_cast<ssize_t>(bytes))
                fail("write");
            m_offset += bytes;
            return;
        }
        for (size_t at = 0; at < bytes;) {
            // Pieces that end with a block: the next need not write it again.
            const size_t most = VEXFS_IOC_FORK_DATA_BYTES
                                - (m_offset + VEXFS_IOC_FORK_DATA_BYTES) % kBlockBytes;
            const size_t piece = std::min(bytes - at, most);
            m_request->fork = 1;
            m_request->len_bytes = static_cast<uint32_t>(piece);
            m_request->offset_bytes = m_offset;
            memcpy(m_request->data, data + at, piece);
            if (ioctl(m_file, VEXFS_IOC_FORK_WRITE, m_request.get()) != 0)
                fail("VEXFS_IOC_FORK_WRITE");
            m_offset += piece;
            at += piece;
        }
    }

    void sync()
    {
        if (fsync(m_file) != 0)
            fail("fsync");
    }

private:
    std::string name(int number) const { return m_path + "." + std::to_string(number); }

    bool m_isFork;
    std::string m_path;
    int m_file = -1;
    int m_files = 0;
    uint64_t m_offset = 0;
    std::unique_ptr<vexfs_ioc_fork_write> m_request = std::make_unique<vexfs_ioc_fork_write>();
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: bench_append fork|file PATH DIMENSION BATCH SECONDS\n");
        return 2;
    }
    const auto dimension = static_cast<size_t>(atoi(argv[3]));
    const auto batch = static_cast<size_t>(atoi(argv[4]));
    const double limit = atof(argv[5]);
    const size_t recordBytes =
        (sizeof(vexfs_vector_record) + dimension * sizeof(float) + 15) / 16 * 16;
    std::vector<uint8_t> bytes(batch * recordBytes);
    std::mt19937_64 random(1);
    for (size_t i = 0; i + 8 <= bytes.size(); i += 8) {
        const uint64_t value = random();
        memcpy(bytes.data() + i, &value, sizeof value);
    }
    Target target(strcmp(argv[1], "fork") == 0, argv[2]);
    std::vector<double> took;
    uint64_t count = 0;
    const Clock::time_point begin = Clock::now();
    for (uint64_t inFile = kFileVectors; seconds(begin) < limit && count < kVectorsMax;) {
        if (inFile >= kFileVectors) {
            target.next();
            inFile = 0;
        }
        const Clock::time_point start = Clock::now();
        target.append(bytes.data(), bytes.size());
        target.sync();
        took.push_back(seconds(start) * 1e6);
        count += batch;
        inFile += batch;
    }
    const double all = seconds(begin);
    std::sort(took.begin(), took.end());
    printf("%llu %.6f %.1f %.1f\n", static_cast<unsigned long long>(count), all,
           took[took.size() / 2], took[took.size() * 99 / 100]);
    return 0;
}
