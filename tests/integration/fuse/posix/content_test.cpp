// SPDX-License-Identifier: Apache-2.0
// Goal: opening, reading, writing, sizes, holes, reservations, copies, mappings and locks.
// Method: one rule a test, on a real filesystem, as root and as users.
#include "tests/integration/fuse/posix/place.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vexfs::test {
namespace {

constexpr off_t kBlock = 4096;
constexpr off_t kLargest = INT64_MAX; // of an off_t, and of a file on VexFS

/// A descriptor that closes itself.
class File
{
public:
    explicit File(const std::string &path, int flags = O_CREAT | O_RDWR)
        : m_fd(open(path.c_str(), flags, 0644))
    {
        EXPECT_GE(m_fd, 0) << path << ": " << strerror(errno);
    }
    ~File() { close(m_fd); }
    File(const File &) = delete;
    File &operator=(const File &) = delete;
    int fd() const { return m_fd; }
    off_t size() const { return info().st_size; }
    struct stat info() const
    {
        struct stat out{};
        EXPECT_EQ(fstat(m_fd, &out), 0);
        return out;
    }
    void fill(off_t at, size_t bytes, char with) const
    {
        const std::string content(bytes, with);
        EXPECT_EQ(pwrite(m_fd, content.data(), bytes, at), static_cast<ssize_t>(bytes));
    }
    std::string read(off_t at, size_t bytes) const
    {
        std::string out(bytes, '?');
        const ssize_t got = pread(m_fd, out.data(), bytes, at);
        out.resize(got < 0 ? 0 : static_cast<size_t>(got));
        return out;
    }

private:
    int m_fd;
};

class Content : public Posix
{};

struct OpenRow
{
    const char *path;
    int flags;
    int error;
};

TEST_F(Content, BlocksAreCountedOfAnOpenFile)
{
    const File file("f");
    const auto blocksSoon = [&file](blkcnt_t wanted) {
        // At once, or when what the kernel keeps was asked for again.
        for (int i = 0; i < 30 && file.info().st_blocks != wanted; i++)
            usleep(100000);
        return file.info().st_blocks;
    };
    EXPECT_EQ(file.info().st_blocks, 0);
    file.fill(0, 1 << 20, 'x');
    ASSERT_EQ(fsync(file.fd()), 0);
    EXPECT_EQ(blocksSoon((1 << 20) / 512), (1 << 20) / 512);
    file.fill(4 << 20, 1 << 20, 'x');
    ASSERT_EQ(fdatasync(file.fd()), 0);
    EXPECT_EQ(blocksSoon((2 << 20) / 512), (2 << 20) / 512);
    EXPECT_EQ(file.size(), 5 << 20);
    {
        const File again("f", O_WRONLY);
        again.fill(1 << 20, 1 << 20, 'y');
    }
    EXPECT_EQ(file.info().st_blocks, (3 << 20) / 512) << "right after a close";
}

/// Programs that copy take a file with fewer blocks than bytes for one with holes.
TEST_F(Content, SmallFilesDoNotLookSparse)
{
    for (const off_t bytes : {1, 511, 512, 600, 2048, 2049, 4096, 5000}) {
        {
            const File file("f" + std::to_string(bytes));
            file.fill(0, static_cast<size_t>(bytes), 'x');
        }
        const File file("f" + std::to_string(bytes), O_RDONLY);
        EXPECT_GE(file.info().st_blocks * 512, bytes) << bytes << " bytes";
    }
    makeFile("empty");
    EXPECT_EQ(File("empty", O_RDONLY).info().st_blocks, 0);
    const File sparse("sparse");
    ASSERT_EQ(ftruncate(sparse.fd(), 1 << 20), 0);
    EXPECT_EQ(sparse.info().st_blocks, 0);
}

TEST_F(Content, OpenTellsWhatIsWrong)
{
    makeFile("file");
    makeDir("dir");
    ASSERT_EQ(mkfifo("pipe", 0644), 0);
    ASSERT_EQ(symlink("file", "link"), 0);
    ASSERT_EQ(symlink("absent", "dangling"), 0);
    const OpenRow rows[] = {
        {"dir", O_WRONLY, EISDIR},
        {"dir", O_RDWR, EISDIR},
        {"dir", O_RDONLY | O_CREAT, EISDIR},
        {"file", O_RDONLY | O_DIRECTORY, ENOTDIR},
        {"file/", O_RDONLY, ENOTDIR},
        {"absent/", O_CREAT | O_WRONLY, EISDIR},
        {"file", O_CREAT | O_EXCL | O_RDONLY, EEXIST},
        {"dangling", O_CREAT | O_EXCL | O_RDONLY, EEXIST},
        {"link", O_RDONLY | O_NOFOLLOW, ELOOP},
        {"pipe", O_WRONLY | O_NONBLOCK, ENXIO},
        {"absent", O_RDWR, ENOENT},
    };
    for (const OpenRow &row : rows)
        EXPECT_EQ(outcome(open(row.path, row.flags, 0644)), fails(row.error))
            << row.path << " " << row.flags;
}

TEST_F(Content, RunningProgramsAreNotWritten)
{
    ASSERT_EQ(system("cp /bin/sleep ./sleeper"), 0);
    const pid_t child = fork();
    if (child == 0) {
        execl("./sleeper", "sleeper", "30", nullptr);
        _exit(1);
    }
    while (contentOf("/proc/" + std::to_string(child) + "/comm") != "sleeper\n")
        waitForClock();
    EXPECT_EQ(outcome(open("sleeper", O_WRONLY)), fails(ETXTBSY));
    EXPECT_EQ(outcome(truncate("sleeper", 0)), fails(ETXTBSY));
    EXPECT_EQ(outcome(unlink("sleeper")), kDone);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
}

TEST_F(Content, DescriptorsAllowWhatTheyWereOpenedFor)
{
    makeFile("file", "content");
    const File reader("file", O_RDONLY);
    const File writer("file", O_WRONLY);
    char c = 0;
    EXPECT_EQ(outcome(write(reader.fd(), "x", 1)), fails(EBADF));
    EXPECT_EQ(outcome(read(writer.fd(), &c, 1)), fails(EBADF));
    EXPECT_EQ(outcome(ftruncate(reader.fd(), 0)), fails(EINVAL));
    EXPECT_EQ(outcome(fallocate(reader.fd(), 0, 0, 1)), fails(EBADF));
    EXPECT_EQ(outcome(copy_file_range(writer.fd(), nullptr, writer.fd(), nullptr, 1, 0)),
              fails(EBADF));
    const File dir(".", O_RDONLY);
    EXPECT_EQ(outcome(read(dir.fd(), &c, 1)), fails(EISDIR));
    EXPECT_EQ(outcome(pwrite(writer.fd(), "x", 1, -1)), fails(EINVAL));
    EXPECT_EQ(outcome(lseek(reader.fd(), -1, SEEK_SET)), fails(EINVAL));
}

TEST_F(Content, TruncateSetsAnySize)
{
    const File file("file");
    file.fill(0, 10000, 'x');
    for (const off_t size : {off_t{5000}, off_t{4096}, off_t{1}, off_t{0}, off_t{100000}}) {
        ASSERT_EQ(ftruncate(file.fd(), size), 0);
        EXPECT_EQ(file.size(), size);
    }
    EXPECT_EQ(file.read(0, 100), std::string(100, '\0'));
    file.fill(0, 5000, 'y');
    ASSERT_EQ(ftruncate(file.fd(), 4500), 0);
    ASSERT_EQ(ftruncate(file.fd(), 5000), 0);
    EXPECT_EQ(file.read(4490, 20), std::string(10, 'y') + std::string(10, '\0'));
    EXPECT_EQ(outcome(ftruncate(file.fd(), -1)), fails(EINVAL));
    makeDir("dir");
    EXPECT_EQ(outcome(truncate("dir", 0)), fails(EISDIR));
    ASSERT_EQ(mkfifo("pipe", 0644), 0);
    EXPECT_EQ(outcome(truncate("pipe", 0)), fails(EINVAL));
}

TEST_F(Content, SizesAreLimited)
{
    signal(SIGXFSZ, SIG_IGN);
    const Outcome limited = as({0, 0, {}}, [] {
        const rlimit limit{1000, 1000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const int fd = open("limited", O_CREAT | O_RDWR, 0644);
        return outcome(ftruncate(fd, 1001));
    });
    EXPECT_EQ(limited, fails(EFBIG));
    if (!isOwnVolume())
        return; // other filesystems end earlier
    const File file("file");
    ASSERT_EQ(ftruncate(file.fd(), kLargest), 0);
    EXPECT_EQ(file.size(), kLargest);
    EXPECT_EQ(pwrite(file.fd(), "end", 3, kLargest - 3), 3);
    EXPECT_EQ(file.read(kLargest - 4, 4), std::string("\0end", 4));
    EXPECT_LT(file.info().st_blocks, 100);
    ASSERT_EQ(ftruncate(file.fd(), 0), 0);
    EXPECT_EQ(file.info().st_blocks, 0);
}

TEST_F(Content, TimesFollowFromUse)
{
    const File file("file");
    file.fill(0, 10, 'x');
    fsync(file.fd());
    const struct stat before = file.info();
    waitForClock();
    file.fill(3, 1, 'y');
    const struct stat written = file.info();
    EXPECT_NE(written.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    EXPECT_NE(written.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
    waitForClock();
    ASSERT_EQ(fchmod(file.fd(), 0600), 0);
    EXPECT_EQ(file.info().st_mtim.tv_nsec, written.st_mtim.tv_nsec);
    EXPECT_NE(file.info().st_ctim.tv_nsec, written.st_ctim.tv_nsec);
    for (const timespec &time : {timespec{1, 2}, timespec{1234567890, 987654321},
                                 timespec{0x7fffffff, 999999999}, timespec{-100, 5}}) {
        const timespec both[2] = {time, time};
        ASSERT_EQ(futimens(file.fd(), both), 0);
        EXPECT_EQ(file.info().st_mtim.tv_sec, time.tv_sec);
        EXPECT_EQ(file.info().st_atim.tv_nsec, time.tv_nsec);
    }
    const timespec omit[2] = {{0, UTIME_OMIT}, {77, 7}};
    ASSERT_EQ(futimens(file.fd(), omit), 0);
    EXPECT_EQ(file.info().st_atim.tv_sec, -100);
    EXPECT_EQ(file.info().st_mtim.tv_sec, 77);
    const timespec bad[2] = {{0, 1000000000}, {0, 0}};
    EXPECT_EQ(outcome(futimens(file.fd(), bad)), fails(EINVAL));
}

TEST_F(Content, ReservationsTakeSpaceAndKeepContent)
{
    const File file("file");
    file.fill(0, 6000, 'x');
    ASSERT_EQ(fallocate(file.fd(), 0, 0, 1 << 20), 0);
    EXPECT_EQ(file.size(), 1 << 20);
    EXPECT_GE(file.info().st_blocks, (1 << 20) / 512);
    EXPECT_EQ(file.read(5990, 20), std::string(10, 'x') + std::string(10, '\0'));
    ASSERT_EQ(fallocate(file.fd(), FALLOC_FL_KEEP_SIZE, 1 << 20, 1 << 20), 0);
    EXPECT_EQ(file.size(), 1 << 20);
    EXPECT_GE(file.info().st_blocks, (2 << 20) / 512);
    file.fill(500000, 10, 'y');
    EXPECT_EQ(file.read(499995, 10), std::string(5, '\0') + std::string(5, 'y'));
    EXPECT_EQ(outcome(fallocate(file.fd(), 0, 0, 0)), fails(EINVAL));
    EXPECT_EQ(outcome(fallocate(file.fd(), 0, -1, 1)), fails(EINVAL));
    EXPECT_EQ(outcome(fallocate(file.fd(), FALLOC_FL_PUNCH_HOLE, 0, 1)), fails(EOPNOTSUPP));
    struct statvfs space{};
    ASSERT_EQ(fstatvfs(file.fd(), &space), 0);
    const auto tooMuch = static_cast<off_t>(space.f_blocks * space.f_frsize) * 2;
    EXPECT_EQ(outcome(fallocate(file.fd(), 0, 0, tooMuch)), fails(ENOSPC));
    struct statvfs after{};
    ASSERT_EQ(fstatvfs(file.fd(), &after), 0);
    EXPECT_TRUE(!isOwnVolume() || after.f_bavail + 64 >= space.f_bavail);
}

TEST_F(Content, HolesArePunchedAndFound)
{
    File("file").fill(0, 10 * kBlock, 'x'); // closed, so that the blocks are known
    const File file("file");
    const blkcnt_t before = file.info().st_blocks;
    const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    ASSERT_EQ(fallocate(file.fd(), punch, 2 * kBlock + 100, 3 * kBlock), 0);
    EXPECT_EQ(file.size(), 10 * kBlock);
    EXPECT_EQ(file.info().st_blocks, before - 2 * kBlock / 512);
    EXPECT_EQ(file.read(2 * kBlock + 99, 2), std::string("x\0", 2));
    EXPECT_EQ(file.read(5 * kBlock + 99, 2), std::string("\0x", 2));
    EXPECT_EQ(lseek(file.fd(), 0, SEEK_HOLE), 3 * kBlock);
    EXPECT_EQ(lseek(file.fd(), 3 * kBlock, SEEK_DATA), 5 * kBlock);
    EXPECT_EQ(lseek(file.fd(), 3 * kBlock + 5, SEEK_HOLE), 3 * kBlock + 5);
    EXPECT_EQ(lseek(file.fd(), 6 * kBlock, SEEK_HOLE), 10 * kBlock);
    EXPECT_EQ(outcome(lseek(file.fd(), 10 * kBlock, SEEK_DATA)), fails(ENXIO));
    EXPECT_EQ(outcome(lseek(file.fd(), 10 * kBlock, SEEK_HOLE)), fails(ENXIO));
    ASSERT_EQ(ftruncate(file.fd(), 20 * kBlock), 0);
    EXPECT_EQ(outcome(lseek(file.fd(), 10 * kBlock, SEEK_DATA)), fails(ENXIO));
    // What was just written is data, although nobody has written it back.
    const File fresh("fresh");
    fresh.fill(5 * kBlock, 100, 'y');
    EXPECT_EQ(lseek(fresh.fd(), 0, SEEK_DATA), 5 * kBlock);
    EXPECT_EQ(lseek(fresh.fd(), 5 * kBlock, SEEK_HOLE), 5 * kBlock + 100);
}

TEST_F(Content, RangesAreZeroed)
{
    const File file("file");
    file.fill(0, 10000, 'x');
    const int fd = file.fd();
    const int done = fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 9000, 5000);
    if (done != 0 && errno == EOPNOTSUPP && !isOwnVolume())
        return; // tmpfs
    ASSERT_EQ(done, 0) << strerror(errno);
    EXPECT_EQ(file.size(), 10000);
    ASSERT_EQ(fallocate(fd, FALLOC_FL_ZERO_RANGE, 100, 20000), 0);
    EXPECT_EQ(file.size(), 20100);
    EXPECT_EQ(file.read(0, 30000), std::string(100, 'x') + std::string(20000, '\0'));
}

TEST_F(Content, RangesAreCopied)
{
    const File from("from");
    const File to("to");
    std::string content;
    for (int i = 0; i < 300000; i++)
        content += static_cast<char>('a' + i % 23);
    ASSERT_EQ(pwrite(from.fd(), content.data(), content.size(), 0), 300000);
    const struct
    {
        off_t from, to;
        size_t bytes;
    } rows[] = {{0, 0, 300000},    {8192, 4096, 65536}, {1, 2, 100000},
                {4096, 5, 10},     {0, 400000, 5000},   {299999, 0, 10},
                {12288, 12288, 1}, {100, 4196, 200000}};
    std::string model;
    for (const auto &row : rows) {
        off_t source = row.from;
        off_t target = row.to;
        const size_t bytes = std::min(row.bytes, content.size() - static_cast<size_t>(row.from));
        for (size_t done = 0; done < bytes;) {
            const ssize_t part =
                copy_file_range(from.fd(), &source, to.fd(), &target, bytes - done, 0);
            ASSERT_GT(part, 0) << strerror(errno);
            done += static_cast<size_t>(part);
        }
        const auto at = static_cast<size_t>(row.to);
        if (model.size() < at + bytes)
            model.resize(at + bytes);
        model.replace(at, bytes, content, static_cast<size_t>(row.from), bytes);
        ASSERT_EQ(to.read(0, 1 << 20), model) << row.from << " " << row.to << " " << row.bytes;
    }
    // A later change of one does not show in the other.
    to.fill(0, 100, 'Z');
    from.fill(5000, 100, 'Y');
    EXPECT_EQ(from.read(0, 100), content.substr(0, 100));
    EXPECT_EQ(to.read(100, 50), model.substr(100, 50));
    off_t source = 0;
    off_t target = 5;
    EXPECT_EQ(outcome(copy_file_range(to.fd(), &source, to.fd(), &target, 100, 0)), fails(EINVAL));
    source = 1 << 30;
    EXPECT_EQ(copy_file_range(from.fd(), &source, to.fd(), &target, 100, 0), 0) << "at the end";
    EXPECT_EQ(outcome(copy_file_range(from.fd(), nullptr, to.fd(), nullptr, 1, 1)), fails(EINVAL));
}

TEST_F(Content, CopiesShareTheirBlocks)
{
    if (!isOwnVolume())
        return; // not every filesystem does
    const File from("from");
    const File to("to");
    from.fill(0, 64 << 20, 'x');
    fsync(from.fd());
    struct statvfs before{};
    struct statvfs after{};
    ASSERT_EQ(statvfs(".", &before), 0);
    off_t source = 0;
    off_t target = 0;
    ASSERT_EQ(copy_file_range(from.fd(), &source, to.fd(), &target, 64 << 20, 0), 64 << 20);
    fsync(to.fd());
    ASSERT_EQ(statvfs(".", &after), 0);
    EXPECT_LT(before.f_bfree - after.f_bfree, 1000u) << "64 MiB are 16384 blocks";
    EXPECT_EQ(to.read(50 << 20, 100), std::string(100, 'x'));
}

TEST_F(Content, MappingsAreShared)
{
    const File file("file");
    ASSERT_EQ(ftruncate(file.fd(), 20000), 0);
    auto *memory = static_cast<char *>(
        mmap(nullptr, 20000, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), 0));
    ASSERT_NE(memory, MAP_FAILED);
    file.fill(100, 5, 'w');
    EXPECT_EQ(memory[102], 'w');
    memcpy(memory + 9000, "mapped", 6);
    EXPECT_EQ(file.read(9000, 6), "mapped");
    ASSERT_EQ(msync(memory, 20000, MS_SYNC), 0);
    ASSERT_EQ(fallocate(file.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 4096), 0);
    EXPECT_EQ(memory[9000], '\0');
    munmap(memory, 20000);
    const File readOnly("file", O_RDONLY);
    EXPECT_EQ(mmap(nullptr, 1, PROT_WRITE, MAP_SHARED, readOnly.fd(), 0), MAP_FAILED);
    EXPECT_EQ(errno, EACCES);
}

TEST_F(Content, DirectAndSynchronousWrites)
{
    alignas(4096) static char block[4096];
    memset(block, 'd', sizeof(block));
    for (const int flag : {O_SYNC, O_DSYNC, O_DIRECT}) {
        const int fd = open("file", O_CREAT | O_RDWR | flag, 0644);
        if (fd < 0 && flag == O_DIRECT && !isOwnVolume())
            continue;
        ASSERT_GE(fd, 0);
        EXPECT_EQ(pwrite(fd, block, sizeof(block), 8192), kBlock);
        close(fd);
        EXPECT_EQ(contentOf("file").substr(8192), std::string(4096, 'd'));
    }
    const File file("file");
    EXPECT_EQ(fsync(file.fd()), 0);
    EXPECT_EQ(fdatasync(file.fd()), 0);
    EXPECT_EQ(syncfs(file.fd()), 0);
    const File dir(".", O_RDONLY);
    EXPECT_EQ(fsync(dir.fd()), 0);
}

TEST_F(Content, AppendingWritersDoNotOverwriteEachOther)
{
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            const int fd = open("log", O_CREAT | O_WRONLY | O_APPEND, 0644);
            const std::string line(100, static_cast<char>('a' + i));
            for (int n = 0; n < 300; n++) {
                if (write(fd, line.data(), line.size()) != 100)
                    _exit(1);
            }
            _exit(0);
        }
    }
    for (const pid_t child : children) {
        int status = 1;
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    const std::string content = contentOf("log");
    ASSERT_EQ(content.size(), 120000u);
    for (size_t at = 0; at < content.size(); at += 100)
        ASSERT_EQ(content.substr(at, 100), std::string(100, content[at]));
}

TEST_F(Content, LocksKeepOthersOut)
{
    makeFile("file", "x", 0666);
    const File file("file", O_RDWR);
    struct flock lock{};
    lock.l_type = F_WRLCK;
    ASSERT_EQ(fcntl(file.fd(), F_SETLK, &lock), 0);
    const auto attempt = [] {
        const int fd = open("file", O_RDWR);
        struct flock wanted{};
        wanted.l_type = F_RDLCK;
        return outcome(fcntl(fd, F_SETLK, &wanted));
    };
    EXPECT_EQ(as(kStranger, attempt), fails(EAGAIN));
    lock.l_type = F_UNLCK;
    ASSERT_EQ(fcntl(file.fd(), F_SETLK, &lock), 0);
    EXPECT_EQ(as(kStranger, attempt), kDone);
    ASSERT_EQ(::flock(file.fd(), LOCK_EX), 0);
    EXPECT_EQ(as(kStranger,
                 [] { return outcome(::flock(open("file", O_RDWR), LOCK_SH | LOCK_NB)); }),
              fails(EWOULDBLOCK));
}

TEST_F(Content, ReadingAfterAChangeSetsTheTimeOfAccess)
{
    makeFile("file", "content");
    makeDir("dir");
    ASSERT_EQ(symlink("target", "link"), 0);
    const timespec past[2] = {{1000000000, 0}, {1100000000, 0}};
    char text[10];
    for (const char *path : {"file", "dir", "link"})
        ASSERT_EQ(utimensat(AT_FDCWD, path, past, AT_SYMLINK_NOFOLLOW), 0);
    const File file("file", O_RDONLY);
    // Pages that the kernel holds are read without asking anybody.
    ASSERT_EQ(posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED), 0);
    ASSERT_EQ(read(file.fd(), text, sizeof(text)), 7);
    ASSERT_EQ(readlink("link", text, sizeof(text)), 6);
    ASSERT_EQ(system("ls dir > /dev/null"), 0);
    for (const char *path : {"file", "dir", "link"}) {
        EXPECT_GT(statOf(path).st_atim.tv_sec, 1000000000) << path;
        EXPECT_EQ(statOf(path).st_mtim.tv_sec, 1100000000) << path;
    }
    const File quiet("file", O_RDONLY | O_NOATIME);
    ASSERT_EQ(utimensat(AT_FDCWD, "file", past, 0), 0);
    ASSERT_EQ(posix_fadvise(quiet.fd(), 0, 0, POSIX_FADV_DONTNEED), 0);
    ASSERT_EQ(read(quiet.fd(), text, sizeof(text)), 7);
    EXPECT_EQ(statOf("file").st_atim.tv_sec, 1000000000);
}

TEST_F(Content, StatfsAddsUp)
{
    struct statvfs before{};
    struct statvfs after{};
    const File file("file");
    fsync(file.fd());
    ASSERT_EQ(fstatvfs(file.fd(), &before), 0);
    EXPECT_LE(before.f_bavail, before.f_bfree);
    EXPECT_LE(before.f_bfree, before.f_blocks);
    EXPECT_LE(before.f_ffree, before.f_files);
    EXPECT_GE(before.f_namemax, 255u);
    file.fill(0, 8 << 20, 'x');
    fsync(file.fd());
    ASSERT_EQ(fstatvfs(file.fd(), &after), 0);
    const auto taken = (before.f_bfree - after.f_bfree) * before.f_frsize;
    EXPECT_GE(taken, 8u << 20);
    EXPECT_LT(taken, 10u << 20);
}

} // namespace
} // namespace vexfs::test
