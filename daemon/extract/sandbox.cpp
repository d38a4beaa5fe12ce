// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace vexfs::extract {

namespace {

constexpr rlim_t kMemoryBytes = rlim_t(1) << 30;
// Above what the daemon lets a worker live for; it ends a worker whose daemon is gone.
constexpr rlim_t kCpuSeconds = 90;
constexpr rlim_t kDescriptors = 32;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasShadowMemory = true;
#else
constexpr bool kHasShadowMemory = false;
#endif

bool setLimit(__rlimit_resource resource, rlim_t value)
{
    const rlimit limit{value, value};
    return setrlimit(resource, &limit) == 0;
}

bool setLimits()
{
    // A library that tries to write a file is told so, instead of taking the whole worker down.
    signal(SIGXFSZ, SIG_IGN);
    return setLimit(RLIMIT_CORE, 0) && setLimit(RLIMIT_FSIZE, 0) && setLimit(RLIMIT_NPROC, 0)
        && setLimit(RLIMIT_CPU, kCpuSeconds) && setLimit(RLIMIT_NOFILE, kDescriptors)
        // The shadow of a sanitizer needs the whole address space.
        && (kHasShadowMemory || setLimit(RLIMIT_AS, kMemoryBytes));
}

// Every right that version 1 of Landlock knows, and no rule that grants any.
bool closeFiles()
{
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE
        | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR
        | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
        | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR
        | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK
        | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK
        | LANDLOCK_ACCESS_FS_MAKE_SYM;
    const long rules = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0)
        return errno == ENOSYS || errno == EOPNOTSUPP;
    const bool isClosed = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(static_cast<int>(rules));
    return isClosed;
}

// What libc, the allocator and the document libraries need once everything is loaded.
const int kAllowed[] = {
    SCMP_SYS(read),          SCMP_SYS(write),         SCMP_SYS(readv),
    SCMP_SYS(writev),        SCMP_SYS(pread64),       SCMP_SYS(lseek),
    SCMP_SYS(recvmsg),       SCMP_SYS(sendto),        SCMP_SYS(sendmsg),
    SCMP_SYS(close),         SCMP_SYS(fstat),         SCMP_SYS(fcntl),
    SCMP_SYS(munmap),        SCMP_SYS(mremap),        SCMP_SYS(brk),
    SCMP_SYS(madvise),       SCMP_SYS(futex),         SCMP_SYS(poll),
    SCMP_SYS(ppoll),         SCMP_SYS(getrandom),     SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),  SCMP_SYS(time),          SCMP_SYS(clock_nanosleep),
    SCMP_SYS(sched_yield),   SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(sigaltstack),   SCMP_SYS(getpid),
    SCMP_SYS(gettid),        SCMP_SYS(tgkill),        SCMP_SYS(getuid),
    SCMP_SYS(geteuid),       SCMP_SYS(getgid),        SCMP_SYS(getegid),
    SCMP_SYS(uname),         SCMP_SYS(sysinfo),       SCMP_SYS(sched_getaffinity),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),          SCMP_SYS(get_mempolicy), SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
};

// What libraries try and can do without; killing them for it would lose the document.
const int kRefused[] = {
    SCMP_SYS(open),       SCMP_SYS(openat),     SCMP_SYS(openat2),    SCMP_SYS(stat),
    SCMP_SYS(lstat),      SCMP_SYS(newfstatat), SCMP_SYS(statx),      SCMP_SYS(access),
    SCMP_SYS(faccessat),  SCMP_SYS(faccessat2), SCMP_SYS(readlink),   SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),     SCMP_SYS(statfs),     SCMP_SYS(fstatfs),    SCMP_SYS(getdents64),
    SCMP_SYS(socket),     SCMP_SYS(connect),    SCMP_SYS(ioctl),      SCMP_SYS(prlimit64),
    SCMP_SYS(clone),      SCMP_SYS(clone3),     SCMP_SYS(unlink),     SCMP_SYS(mkdir),
    SCMP_SYS(pipe2),      SCMP_SYS(eventfd2),   SCMP_SYS(memfd_create),
};

bool addRules(scmp_filter_ctx filter)
{
    for (const int call : kAllowed) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0)
            return false;
    }
    for (const int call : kRefused) {
        // fstat() of newer C libraries is newfstatat() with an empty path: let that one through.
        if (call == SCMP_SYS(newfstatat)) {
            if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                                 SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH)) != 0
                || seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 1,
                                    SCMP_A3(SCMP_CMP_NE, AT_EMPTY_PATH)) != 0)
                return false;
            continue;
        }
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 0) != 0)
            return false;
    }
    // Memory, but none that can be run.
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0)
            return false;
    }
    return true;
}

bool closeCalls()
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return false;
    const bool isClosed = addRules(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return isClosed;
}

} // namespace

std::string enterSandbox()
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return std::string("no_new_privs: ") + strerror(errno);
    if (!setLimits())
        return std::string("resource limits: ") + strerror(errno);
    if (!closeFiles())
        return std::string("Landlock: ") + strerror(errno);
    if (!closeCalls())
        return "seccomp could not be set up";
    return {};
}

} // namespace vexfs::extract
