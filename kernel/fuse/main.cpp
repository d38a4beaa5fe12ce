// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// vexfs-fuse: mounts a VexFS volume. Opens the image, opens the volume, mounts, serves, closes;
// each step that fails says so on stderr before the program goes to the background.
#include "driver.h"
#include "options.h"
#include "raw_requests.h"
#include "kernel/fuse/serve/dirty_limit.h"
#include "kernel/fuse/serve/request_loop.h"
#include "kernel/fuse/serve/ticker.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <malloc.h>
#include <memory>
#include <syslog.h>
#include <thread>
#include <unistd.h>
#include <vector>
#include <vexfs/posix_hooks.h>
#include <vexfs/posix_identify.h>
#include <vexfs/posix_vector.h>

namespace vexfs::fuse {

namespace {

// Exit codes of mount(8).
constexpr int kExitUsage = 1;
constexpr int kExitSystem = 2;
constexpr int kExitMount = 32;

constexpr unsigned kMaxRequestBytes = 1 << 20;
/// umount(8) returns before the driver has closed the image; a mount that follows waits for it.
constexpr std::chrono::milliseconds kBusyWait{5000};
constexpr std::chrono::milliseconds kBusyStep{50};
constexpr std::chrono::milliseconds kDrainStep{50};
constexpr int kLargeBufferBytes = 256 << 10;
constexpr std::chrono::milliseconds kDrainMax{10000};

void say(const char *text)
{
    fprintf(stderr, "vexfs-fuse: %s\n", text);
}

void warnToSyslog(const char *what, u64 first, u64 second)
{
    syslog(LOG_WARNING, "%s (%llu, %llu)", what, static_cast<unsigned long long>(first),
           static_cast<unsigned long long>(second));
}

void doInit(void *, fuse_conn_info *connection)
{
    // The kernel clears set-id bits itself when it has to; and nobody else changes the files, so
    // pages stay valid whatever mtime says. O_TRUNC comes as a setattr, which clears those bits.
    connection->want &= ~(FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_AUTO_INVAL_DATA |
                          FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
                          FUSE_CAP_SPLICE_MOVE);
    const unsigned wanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_WRITEBACK_CACHE |
                            FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_POSIX_ACL | FUSE_CAP_DONT_MASK |
                            FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
                            FUSE_CAP_IOCTL_DIR | FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_ASYNC_DIO;
    connection->want |= wanted & connection->capable;
    connection->max_write = kMaxRequestBytes;
    connection->max_readahead = kMaxRequestBytes;
    connection->time_gran = 1;
}

fuse_lowlevel_ops makeOperations()
{
    fuse_lowlevel_ops operations{};
    operations.init = doInit;
    fillNameOperations(&operations);
    fillAttrOperations(&operations);
    fillXattrOperations(&operations);
    fillDirOperations(&operations);
    fillDataOperations(&operations);
    fillRangeOperations(&operations);
    fillIoctlOperation(&operations);
    return operations;
}

struct DeviceCloser
{
    void operator()(vexfs_dev *device) const { vexfs_dev_close(device); }
};
using Device = std::unique_ptr<vexfs_dev, DeviceCloser>;

Device openDevice(const Options &options)
{
    const u32 flags = options.isReadOnly ? VEXFS_DEV_READ_ONLY : 0;
    vexfs_dev *device = nullptr;
    int error = vexfs_dev_open(options.image.c_str(), flags, &device);
    for (auto waited = kBusyStep; error == -EBUSY && waited < kBusyWait; waited += kBusyStep) {
        std::this_thread::sleep_for(kBusyStep);
        error = vexfs_dev_open(options.image.c_str(), flags, &device);
    }
    if (error) {
        char text[1024];
        vexfs_explain_dev_error(options.image.c_str(), error, text, sizeof(text));
        say(text);
    }
    return Device(device);
}

vexfs_volume *openVolume(const Options &options, vexfs_dev *device)
{
    vexfs_open_options open{};
    open.read_only = options.isReadOnly;
    open.discard = options.doesDiscard;
    open.cache_bytes = options.cacheBytes;
    open.commit_interval_ms = options.commitIntervalMs;
    open.compress = options.compress;
    open.vector_kernels = vexfs_posix_vector_kernels();
    vexfs_volume *volume = nullptr;
    if (const int error = vexfs_volume_open(device, &open, &volume)) {
        char text[1024];
        vexfs_explain_volume_error(options.image.c_str(), device, error, text, sizeof(text));
        say(text);
        return nullptr;
    }
    return volume;
}

/// libfuse splits option lists at commas; a name may have some.
std::string escaped(const std::string &text)
{
    std::string out;
    for (const char c : text) {
        if (c == ',' || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

fuse_session *makeSession(const Options &options, Driver *driver)
{
    std::string list = "fsname=" + escaped(options.image) + ",subtype=vexfs,default_permissions";
    for (const std::string &option : options.mountOptions)
        list += "," + option;
    std::vector<std::string> words = {"vexfs-fuse", "-o", list};
    if (options.isDebug)
        words.emplace_back("-d");
    std::vector<char *> arguments;
    for (std::string &word : words)
        arguments.push_back(word.data());
    fuse_args args = FUSE_ARGS_INIT(static_cast<int>(arguments.size()), arguments.data());
    static const fuse_lowlevel_ops kOperations = makeOperations();
    fuse_session *session = fuse_session_new(&args, &kOperations, sizeof(kOperations), driver);
    fuse_opt_free_args(&args);
    return session;
}

/// After a signal: has the kernel write back what it holds for files that are still open, while
/// requests are served a little longer. A second signal ends it at once.
int drain(RequestLoop &loop, Driver &driver, const std::string &mountpoint)
{
    std::thread flusher([&] {
        const int fd = open(mountpoint.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0) {
            syncfs(fd); // starts the writes; newer kernels do not wait for them on FUSE
            close(fd);
        }
        uint64_t before = driver.writes + 1;
        for (auto waited = kDrainStep; before != driver.writes && waited < kDrainMax;
             waited += kDrainStep) {
            before = driver.writes;
            std::this_thread::sleep_for(kDrainStep);
        }
        loop.stop();
    });
    const int result = loop.run();
    flusher.join();
    return result;
}

/// Serves requests until unmount or a signal. Returns the exit code.
int serve(RequestLoop &loop, Driver &driver, const std::string &mountpoint)
{
    const Ticker ticker(driver, loop);
    int result = loop.run();
    if (result > 0)
        result = drain(loop, driver, mountpoint);
    driver.worker.stop();
    driver.waits.close();
    driver.scrubber.stop();
    vexfs_volume_shutdown(driver.volume);
    // Positive: the number of the signal that ended it, which is a clean end.
    if (result < 0)
        syslog(LOG_ERR, "serving requests failed: %s", strerror(-result));
    return result < 0 ? kExitSystem : 0;
}

void evictUnlinked(Driver &driver)
{
    for (const uint64_t node : driver.nodes.unlinked())
        vexfs_volume_evict(driver.volume, idOfNode(node)); // else freed at the next open
}

int mountAndServe(const Options &options, Driver &driver)
{
    fuse_session *session = makeSession(options, &driver);
    if (!session)
        return kExitUsage;
    int exitCode = kExitMount;
    becomeFlusher();
    RequestLoop loop(session, options.isQuickToWake);
    if (fuse_session_mount(session, options.mountpoint.c_str()) != 0) {
        fprintf(stderr, "vexfs-fuse: %s: cannot mount here (libfuse says why above)\n",
                options.mountpoint.c_str());
    } else {
        raiseDirtyLimit(options.mountpoint);
        driver.session = session;
        if (interceptRequests(session) != 0) {
            say("libfuse does not take requests from us");
        } else if (fuse_daemonize(options.isForeground) != 0) {
            say("cannot go to the background");
        } else {
            openlog("vexfs-fuse", LOG_PID | (options.isForeground ? LOG_PERROR : 0), LOG_DAEMON);
            vexfs_posix_set_warn(warnToSyslog);
            exitCode = serve(loop, driver, options.mountpoint);
            driver.accessTimes.store(true);
            evictUnlinked(driver);
        }
        fuse_session_unmount(session);
    }
    fuse_session_destroy(session);
    return exitCode;
}

int run(const Options &options)
{
    const Device device = openDevice(options);
    if (!device)
        return kExitMount;
    vexfs_volume *volume = openVolume(options, device.get());
    if (!volume)
        return kExitMount;
    int exitCode = 0;
    if (!options.isFake) {
        const bool keepsAccessTimes = !options.isReadOnly && !options.isNoAtime;
        auto driver = std::make_unique<Driver>(volume, keepsAccessTimes);
        driver->device = device.get();
        exitCode = mountAndServe(options, *driver);
    }
    if (const int error = vexfs_volume_close(volume)) {
        fprintf(stderr, "vexfs-fuse: %s: the last changes are not on disk: %s\n",
                options.image.c_str(), strerror(-error));
        syslog(LOG_ERR, "%s: the last changes are not on disk: %s", options.image.c_str(),
               strerror(-error));
        return kExitSystem;
    }
    return exitCode;
}

} // namespace

} // namespace vexfs::fuse

int main(int argc, char **argv)
{
    vexfs::fuse::Options options;
    std::string message;
    // Else each thread's heap comes to keep the largest buffers that it ever had.
    mallopt(M_MMAP_THRESHOLD, vexfs::fuse::kLargeBufferBytes);
    switch (vexfs::fuse::parseOptions(argc, argv, &options, &message)) {
    case vexfs::fuse::ParseResult::Help:
        fputs(vexfs::fuse::kUsage, stdout);
        return 0;
    case vexfs::fuse::ParseResult::Version:
        printf("vexfs-fuse %s\n", VEXFS_VERSION);
        return 0;
    case vexfs::fuse::ParseResult::Error:
        fprintf(stderr, "vexfs-fuse: %s\n", message.c_str());
        return vexfs::fuse::kExitUsage;
    case vexfs::fuse::ParseResult::Run:
        break;
    }
    return vexfs::fuse::run(options);
}
