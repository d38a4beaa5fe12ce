// SPDX-License-Identifier: Apache-2.0
//
// Goal: in the sandbox of vexfs-extract nothing can be opened, started, sent or kept, whatever code
// runs there. Method: a child enters it and tries each way out; it must be told no, or be killed.
#include "daemon/extract/sandbox.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>

namespace {

constexpr int kSucceeded = 100;
constexpr int kNoSandbox = 101;

// How a child ends that does this in the sandbox: a signal as a negative number, else the error, or
// kSucceeded.
int endIn(const std::function<long()> &attempt)
{
    const pid_t child = fork();
    if (child == 0) {
        if (!vexfs::extract::enterSandbox().empty())
            _exit(kNoSandbox);
        errno = 0;
        const long result = attempt();
        _exit(result >= 0 ? kSucceeded : errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct Attempt
{
    const char *name;
    std::function<long()> run;
};

// Every way must be closed for root too, who owns this test.
const Attempt kAttempts[] = {
    {"open", [] { return syscall(SYS_open, "/etc/passwd", O_RDONLY); }},
    {"openat", [] { return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY); }},
    {"open for writing",
     [] { return syscall(SYS_openat, AT_FDCWD, "/tmp/x", O_RDWR | O_CREAT, 0600); }},
    {"openat2", [] { return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", nullptr, 0); }},
    {"creat", [] { return syscall(SYS_creat, "/tmp/vexfs-escape", 0600); }},
    {"open_by_handle_at", [] { return syscall(SYS_open_by_handle_at, 0, nullptr, 0); }},
    {"socket of the network", [] { return long(socket(AF_INET, SOCK_STREAM, 0)); }},
    {"socket without a connection", [] { return long(socket(AF_INET, SOCK_DGRAM, 0)); }},
    {"local socket", [] { return long(socket(AF_UNIX, SOCK_STREAM, 0)); }},
    {"socketpair",
     [] {
         int ends[2];
         return long(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
     }},
    {"execve", [] { return long(execl("/bin/true", "true", nullptr)); }},
    {"fork", [] { return syscall(SYS_fork); }},
    {"clone", [] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"ptrace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"kill", [] { return long(kill(getppid(), 0)); }},
    {"unlink", [] { return long(unlink("/tmp/vexfs-escape")); }},
    {"mkdir", [] { return long(mkdir("/tmp/vexfs-escape", 0700)); }},
    {"symlink", [] { return long(symlink("/etc", "/tmp/vexfs-escape")); }},
    {"chroot", [] { return long(chroot("/tmp")); }},
    {"unshare", [] { return syscall(SYS_unshare, 0x10000000); }},
    {"memfd_create", [] { return syscall(SYS_memfd_create, "x", 0); }},
    {"io_uring_setup", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
    {"process_vm_readv", [] { return syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0); }},
    {"memory that runs",
     [] {
         void *at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return at == MAP_FAILED ? -1L : 0L;
     }},
    {"limits raised",
     [] {
         const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
         return long(setrlimit(RLIMIT_CPU, &limit));
     }},
};

TEST(Sandbox, EveryWayOutIsClosed)
{
    for (const Attempt &attempt : kAttempts) {
        const int end = endIn(attempt.run);
        printf("%s: %s\n", attempt.name, end < 0 ? strsignal(-end) : strerror(end));
        EXPECT_NE(end, kSucceeded) << attempt.name;
        EXPECT_NE(end, kNoSandbox) << attempt.name;
        EXPECT_TRUE(end == -SIGSYS || end == EACCES || end == EPERM) << attempt.name << ": " << end;
    }
    // The way that is needed is open: without it the test would prove nothing.
    EXPECT_EQ(endIn([] { return syscall(SYS_read, -1, nullptr, 0); }), EBADF);
    EXPECT_EQ(endIn([] { return 0L; }), kSucceeded);
}

TEST(Sandbox, NothingIsKeptAndMemoryEnds)
{
    char path[] = "/tmp/vexfs-sandbox-test.XXXXXX";
    const int file = mkstemp(path);
    ASSERT_GE(file, 0);
    unlink(path);
    EXPECT_EQ(endIn([&] { return long(write(file, "x", 1)); }), EFBIG);
    close(file);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_EQ(endIn([] {
                  void *at = mmap(nullptr, size_t(2) << 30, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  return at == MAP_FAILED ? -1L : 0L;
              }), ENOMEM);
#endif
}

} // namespace
