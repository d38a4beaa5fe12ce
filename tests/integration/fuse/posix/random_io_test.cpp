// SPDX-License-Identifier: Apache-2.0
// Goal: any sequence of writes, mappings, truncations, holes, reservations and copies of one file
//   reads back as memory would; many processes at once do not disturb each other.
// Method: as fsx: random operations on a file and on a model in memory, compared as they go; and
//   processes that make, change, move and remove trees, then look at what they have.
#include "tests/integration/fuse/posix/place.h"
#include "tests/support/random.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <set>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vexfs::test {
namespace {

constexpr size_t kSizeMax = 400000;

/// One file and what it should hold.
class Exerciser
{
public:
    Exerciser(const std::string &path, uint64_t seed)
        : m_random(seed), m_path(path), m_fd(open(path.c_str(), O_CREAT | O_RDWR, 0644))
    {}
    ~Exerciser() { close(m_fd); }

    void step();
    void compareAll();

private:
    void change(size_t at, size_t bytes);
    void writeAt(size_t at, const std::string &content);
    void mapAt(size_t at, const std::string &content);
    void allocate(int mode, size_t at, size_t bytes);
    void copy(size_t from, size_t to, size_t bytes);
    void compare(size_t at, size_t bytes);
    void compareMapped(size_t at, size_t bytes);
    void reopen();

    size_t aligned(size_t at) { return m_random.chance(30) ? at - at % 4096 : at; }

    Random m_random;
    std::string m_path;
    int m_fd;
    std::string m_model;
};

void Exerciser::writeAt(size_t at, const std::string &content)
{
    ASSERT_EQ(pwrite(m_fd, content.data(), content.size(), static_cast<off_t>(at)),
              static_cast<ssize_t>(content.size()));
    if (m_model.size() < at + content.size())
        m_model.resize(at + content.size());
    m_model.replace(at, content.size(), content);
}

void Exerciser::mapAt(size_t at, const std::string &content)
{
    if (at + content.size() > m_model.size())
        return; // beyond the end there is nothing to map
    const size_t start = at - at % 4096;
    const size_t bytes = at + content.size() - start;
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, m_fd,
                        static_cast<off_t>(start));
    ASSERT_NE(memory, MAP_FAILED);
    memcpy(static_cast<char *>(memory) + (at - start), content.data(), content.size());
    if (m_random.chance(30)) {
        ASSERT_EQ(msync(memory, bytes, MS_SYNC), 0);
    }
    munmap(memory, bytes);
    m_model.replace(at, content.size(), content);
}

void Exerciser::allocate(int mode, size_t at, size_t bytes)
{
    const int done = fallocate(m_fd, mode, static_cast<off_t>(at), static_cast<off_t>(bytes));
    if (done != 0 && errno == EOPNOTSUPP && !isOwnVolume())
        return;
    ASSERT_EQ(done, 0) << strerror(errno) << " mode " << mode;
    if (mode != 0 && at < m_model.size())
        std::fill_n(m_model.begin() + static_cast<ptrdiff_t>(at),
                    std::min(bytes, m_model.size() - at), '\0');
    if (!(mode & FALLOC_FL_KEEP_SIZE) && m_model.size() < at + bytes)
        m_model.resize(at + bytes);
}

void Exerciser::copy(size_t from, size_t to, size_t bytes)
{
    if (from >= m_model.size() || (from < to + bytes && to < from + bytes))
        return;
    bytes = std::min(bytes, m_model.size() - from);
    auto source = static_cast<off_t>(from);
    auto target = static_cast<off_t>(to);
    for (size_t done = 0; done < bytes;) {
        const ssize_t part = copy_file_range(m_fd, &source, m_fd, &target, bytes - done, 0);
        ASSERT_GT(part, 0) << strerror(errno);
        done += static_cast<size_t>(part);
    }
    const std::string content = m_model.substr(from, bytes);
    if (m_model.size() < to + bytes)
        m_model.resize(to + bytes);
    m_model.replace(to, bytes, content);
}

void Exerciser::compare(size_t at, size_t bytes)
{
    std::string got(bytes, '?');
    const ssize_t done = pread(m_fd, got.data(), bytes, static_cast<off_t>(at));
    ASSERT_GE(done, 0);
    got.resize(static_cast<size_t>(done));
    const std::string wanted = at < m_model.size() ? m_model.substr(at, bytes) : "";
    ASSERT_EQ(got.size(), wanted.size());
    const auto differs = std::mismatch(got.begin(), got.end(), wanted.begin());
    ASSERT_TRUE(differs.first == got.end()) << "at " << at + (differs.first - got.begin());
}

void Exerciser::compareMapped(size_t at, size_t bytes)
{
    if (at >= m_model.size())
        return;
    at -= at % 4096;
    bytes = std::min(bytes, m_model.size() - at);
    if (bytes == 0)
        return;
    void *memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, m_fd, static_cast<off_t>(at));
    ASSERT_NE(memory, MAP_FAILED);
    const bool isEqual = memcmp(memory, m_model.data() + at, bytes) == 0;
    munmap(memory, bytes);
    ASSERT_TRUE(isEqual) << "mapping at " << at;
}

void Exerciser::reopen()
{
    if (m_random.chance(50)) {
        ASSERT_EQ(fsync(m_fd), 0);
        posix_fadvise(m_fd, 0, 0, POSIX_FADV_DONTNEED);
    }
    close(m_fd);
    m_fd = open(m_path.c_str(), O_RDWR);
    ASSERT_GE(m_fd, 0);
}

void Exerciser::compareAll()
{
    struct stat info{};
    ASSERT_EQ(fstat(m_fd, &info), 0);
    ASSERT_EQ(static_cast<size_t>(info.st_size), m_model.size());
    ASSERT_NO_FATAL_FAILURE(compare(0, kSizeMax * 2));
}

void Exerciser::change(size_t at, size_t bytes)
{
    const int keep = FALLOC_FL_KEEP_SIZE;
    switch (m_random.below(11)) {
    case 0:
    case 1:
    case 2: return writeAt(at, m_random.bytes(bytes));
    case 3:
    case 4: return mapAt(at, m_random.bytes(bytes));
    case 5:
        ASSERT_EQ(ftruncate(m_fd, static_cast<off_t>(at)), 0);
        m_model.resize(at);
        return;
    case 6: return allocate(FALLOC_FL_PUNCH_HOLE | keep, at, bytes);
    case 7:
        return allocate(FALLOC_FL_ZERO_RANGE | (m_random.chance(50) ? keep : 0), at, bytes);
    case 8: {
        // Reserving changes no byte, so the model must not be zeroed.
        const int mode = m_random.chance(50) ? keep : 0;
        ASSERT_EQ(fallocate(m_fd, mode, static_cast<off_t>(at), static_cast<off_t>(bytes)), 0);
        if (!mode && m_model.size() < at + bytes)
            m_model.resize(at + bytes);
        return;
    }
    default: return copy(at, aligned(m_random.below(kSizeMax)), bytes);
    }
}

void Exerciser::step()
{
    const size_t at = aligned(m_random.below(kSizeMax));
    const size_t bytes = 1 + m_random.below(m_random.chance(20) ? 100000 : 9000);
    switch (m_random.below(8)) {
    case 0:
    case 1: return compare(at, bytes);
    case 2: return compareMapped(at, bytes);
    case 3:
        if (m_random.chance(20))
            return reopen();
        [[fallthrough]];
    default: return change(at, bytes);
    }
}

class RandomIo : public Posix
{};

TEST_F(RandomIo, OneFileReadsBackAsMemoryWould)
{
    const uint64_t seed = testSeed(31);
    const int files = isFullRun() ? 40 : 6;
    for (int file = 0; file < files; file++) {
        Exerciser exerciser("file" + std::to_string(file), seed + static_cast<uint64_t>(file));
        for (int i = 0; i < 2000; i++) {
            SCOPED_TRACE("file " + std::to_string(file) + " step " + std::to_string(i));
            ASSERT_NO_FATAL_FAILURE(exerciser.step());
            if (i % 200 == 199) {
                ASSERT_NO_FATAL_FAILURE(exerciser.compareAll());
            }
        }
    }
}

/// One process of the stress; returns its exit status.
int disturb(int number)
{
    Random random(testSeed(77) + static_cast<uint64_t>(number));
    const std::string own = "p" + std::to_string(number);
    std::set<std::string> files;
    if (mkdir(own.c_str(), 0755) != 0)
        return 1;
    for (int i = 0; i < 400; i++) {
        const std::string path = own + "/f" + std::to_string(random.below(40));
        const std::string to = own + "/f" + std::to_string(random.below(40));
        switch (random.below(6)) {
        case 0:
        case 1: {
            const int fd = open(path.c_str(), O_CREAT | O_RDWR, 0644);
            const std::string content(1 + random.below(30000), static_cast<char>('a' + number));
            if (pwrite(fd, content.data(), content.size(),
                       static_cast<off_t>(random.below(20000))) < 0)
                return 2;
            close(fd);
            files.insert(path);
            break;
        }
        case 2:
            if ((unlink(path.c_str()) == 0) != (files.erase(path) == 1))
                return 3;
            break;
        case 3:
            if ((rename(path.c_str(), to.c_str()) == 0) != (files.count(path) == 1))
                return 4;
            if (files.count(path) && path != to) {
                files.erase(path);
                files.insert(to);
            }
            break;
        case 4: // among all: who wins is open, but it must not fail otherwise
            if (symlink("x", ("shared" + std::to_string(random.below(10))).c_str()) != 0 &&
                errno != EEXIST)
                return 5;
            break;
        default:
            if (unlink(("shared" + std::to_string(random.below(10))).c_str()) != 0 &&
                errno != ENOENT)
                return 6;
        }
    }
    std::set<std::string> found;
    DIR *dir = opendir(own.c_str());
    while (const dirent *entry = readdir(dir)) {
        if (entry->d_name[0] != '.')
            found.insert(own + "/" + entry->d_name);
    }
    closedir(dir);
    return found == files ? 0 : 7;
}

TEST_F(RandomIo, ManyProcessesAtOnce)
{
    constexpr int kProcesses = 16;
    pid_t children[kProcesses];
    for (int i = 0; i < kProcesses; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(disturb(i));
    }
    for (const pid_t child : children) {
        int status = -1;
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0) << "exit " << WEXITSTATUS(status);
    }
}

TEST_F(RandomIo, PlacesInADirectoryStayWhileEntriesComeAndGo)
{
    makeDir("d");
    for (int i = 0; i < 5000; i++)
        makeFile("d/stay" + std::to_string(i));
    DIR *dir = opendir("d");
    ASSERT_NE(dir, nullptr);
    std::vector<std::pair<long, std::string>> places;
    std::set<std::string> seen;
    int count = 0;
    for (long place = telldir(dir);; place = telldir(dir)) {
        const dirent *entry = readdir(dir);
        if (!entry)
            break;
        EXPECT_TRUE(seen.insert(entry->d_name).second) << entry->d_name << " came twice";
        if (count % 97 == 0)
            places.emplace_back(place, entry->d_name);
        if (count % 50 == 0 && count < 5000)
            makeFile("d/come" + std::to_string(count));
        if (count % 100 == 0)
            unlink(("d/come" + std::to_string(count)).c_str());
        count++;
    }
    for (int i = 0; i < 5000; i++)
        EXPECT_EQ(seen.count("stay" + std::to_string(i)), 1u) << i;
    if (isOwnVolume()) { // tmpfs gives new places after a change
        for (const auto &[place, name] : places) {
            seekdir(dir, place);
            const dirent *entry = readdir(dir);
            ASSERT_NE(entry, nullptr) << name;
            // Something new may have come right there; what was there comes soon.
            for (int i = 0; i < 5 && entry && name != entry->d_name; i++)
                entry = readdir(dir);
            EXPECT_TRUE(entry && name == entry->d_name) << name;
        }
    }
    closedir(dir);
}

} // namespace
} // namespace vexfs::test
