// SPDX-License-Identifier: Apache-2.0
// mkfs.vexfs: makes a volume in an image file or on a block device. Refuses to overwrite what looks
// like somebody's data unless told to.
#include "cli/offline/tools.h"
#include "cli/offline/volume_file.h"

#include <vexfs/posix_identify.h>
#include <vexfs/posix_options.h>
#include <vexfs/volume.h>

#include <CLI/CLI.hpp>
#include <blkid/blkid.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::cli {

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

struct Request
{
    std::string path;
    std::string label;
    std::string size;
    std::string uuid;
    std::string compress;
    bool isForced = false;
};

class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            close(m_fd);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    int get() const { return m_fd; }

private:
    int m_fd;
};

/// libblkid's view of a device: filesystems, RAID members, partition tables.
class Probe
{
public:
    explicit Probe(int fd) : m_probe(blkid_new_probe())
    {
        if (m_probe && blkid_probe_set_device(m_probe, fd, 0, 0) != 0) {
            blkid_free_probe(m_probe);
            m_probe = nullptr;
        }
        if (!m_probe)
            return;
        blkid_probe_enable_superblocks(m_probe, 1);
        blkid_probe_set_superblocks_flags(m_probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_MAGIC);
        blkid_probe_enable_partitions(m_probe, 1);
        blkid_probe_set_partitions_flags(m_probe, BLKID_PARTS_MAGIC);
    }
    ~Probe()
    {
        if (m_probe)
            blkid_free_probe(m_probe);
    }
    Probe(const Probe &) = delete;
    Probe &operator=(const Probe &) = delete;

    bool isUsable() const { return m_probe != nullptr; }

    /// The first thing that is found, in words; empty when nothing is.
    std::string find()
    {
        const char *name = nullptr;
        if (blkid_do_probe(m_probe) != 0)
            return "";
        if (blkid_probe_lookup_value(m_probe, "TYPE", &name, nullptr) == 0)
            return std::string("a '") + name + "' filesystem or member";
        if (blkid_probe_lookup_value(m_probe, "PTTYPE", &name, nullptr) == 0)
            return std::string("a partition table of type '") + name + "'";
        return "data of a known kind";
    }

    /// Takes the magic numbers away, so that nothing takes the volume for what was there before.
    bool wipe()
    {
        blkid_reset_probe(m_probe);
        for (int i = 0; i < 64 && blkid_do_probe(m_probe) == 0; i++) {
            if (blkid_do_wipe(m_probe, 0) != 0)
                return false;
        }
        return true;
    }

private:
    blkid_probe m_probe;
};

class Maker
{
public:
    Maker(const Request &request, std::ostream &out, std::ostream &err)
        : m_request(request), m_out(out), m_err(err)
    {}

    int make();

private:
    int fail(const std::string &text, int code = kExitFailed)
    {
        m_err << "mkfs.vexfs: " << text << "\n";
        return code;
    }
    int prepareOptions();
    int prepareFile();
    int checkContent();
    int format();
    std::string contentOfVolume(vexfs_dev *device) const;

    const Request &m_request;
    std::ostream &m_out;
    std::ostream &m_err;
    vexfs_format_options m_options{};
    uint64_t m_sizeBytes = 0; ///< 0: as large as what is there
    bool m_hasCreated = false;
};

int Maker::prepareOptions()
{
    if (m_request.label.size() > VEXFS_LABEL_MAX_BYTES)
        return fail("the label is longer than 255 bytes", kExitUsage);
    if (!m_request.uuid.empty() && !parseUuid(m_request.uuid, m_options.uuid))
        return fail("'" + m_request.uuid + "' is no UUID", kExitUsage);
    if (!m_request.compress.empty() &&
        vexfs_parse_compression(m_request.compress.c_str(), &m_options.compress) != 0)
        return fail("--compress=" + m_request.compress +
                        ": zstd, zstd:LEVEL with a level from 1 to 15, or none",
                    kExitUsage);
    if (m_options.compress == VEXFS_COMPRESS_NONE)
        m_options.compress = 0;
    if (!m_request.size.empty()) {
        const std::optional<uint64_t> size = parseSize(m_request.size);
        if (!size || *size == 0)
            return fail("'" + m_request.size + "' is no size; try 64G or 500M", kExitUsage);
        m_sizeBytes = *size / VEXFS_BLOCK_BYTES * VEXFS_BLOCK_BYTES;
        if (m_sizeBytes < VEXFS_DEVICE_MIN_BYTES)
            return fail("a volume has at least " + sizeText(VEXFS_DEVICE_MIN_BYTES), kExitUsage);
    }
    m_options.label = m_request.label.data();
    m_options.label_bytes = static_cast<u32>(m_request.label.size());
    m_options.uid = getuid();
    m_options.gid = getgid();
    return 0;
}

/// Makes the image where there is none. What exists is not touched before its content was checked.
int Maker::prepareFile()
{
    struct stat info{};
    const std::string &path = m_request.path;
    if (stat(path.c_str(), &info) == 0)
        return 0;
    if (errno != ENOENT)
        return fail(path + ": " + strerror(errno));
    if (m_sizeBytes == 0)
        return fail(path + ": there is no such image or device; give --size to make an image",
                    kExitUsage);
    const Descriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (fd.get() < 0)
        return fail(path + ": cannot make the image: " + strerror(errno));
    m_hasCreated = true;
    if (ftruncate(fd.get(), static_cast<off_t>(m_sizeBytes)) != 0)
        return fail(path + ": cannot make an image of " + sizeText(m_sizeBytes) + ": " +
                    strerror(errno));
    return 0;
}

/// A volume of ours, whole or damaged, which libblkid does not know.
std::string Maker::contentOfVolume(vexfs_dev *device) const
{
    vexfs_open_options options{};
    options.read_only = true;
    vexfs_volume *volume = nullptr;
    const int error = vexfs_volume_open(device, &options, &volume);
    if (error == -EINVAL)
        return "";
    if (error)
        return "a damaged or newer VexFS volume";
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    vexfs_volume_close(volume);
    const std::string label = info.label;
    return "a VexFS volume" + (label.empty() ? "" : " '" + label + "'");
}

int Maker::checkContent()
{
    const std::string &path = m_request.path;
    const Device device = openDevice("mkfs.vexfs", path, m_request.isForced ? false : true, m_err);
    if (!device)
        return kExitFailed;
    const Descriptor fd(
        open(path.c_str(), (m_request.isForced ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    if (fd.get() < 0)
        return fail(path + ": " + strerror(errno));
    Probe probe(fd.get());
    struct stat info{};
    if (fstat(fd.get(), &info) != 0)
        return fail(path + ": " + strerror(errno));
    const bool isEmpty = S_ISREG(info.st_mode) && info.st_size == 0;
    if (!isEmpty && !probe.isUsable())
        return fail(path + ": cannot look at what is there");
    if (m_request.isForced) {
        if (!isEmpty && !probe.wipe())
            return fail(path + ": cannot wipe what is there: " + strerror(errno));
        return 0;
    }
    std::string found = isEmpty ? "" : probe.find();
    if (found.empty() && !isEmpty)
        found = contentOfVolume(device.get());
    // A file with content is somebody's document; a device may hold leftovers of anything.
    const char *looks = isEmpty ? nullptr : vexfs_identify(device.get());
    const bool isBlank = isEmpty || (looks && strcmp(looks, "nothing but zeros") == 0);
    if (found.empty() && S_ISREG(info.st_mode) && !isBlank)
        found = looks ? looks : "data of an unknown kind";
    if (!found.empty())
        return fail(path + ": holds " + found + "; --force overwrites it");
    return 0;
}

int Maker::format()
{
    const std::string &path = m_request.path;
    struct stat info{};
    if (stat(path.c_str(), &info) != 0)
        return fail(path + ": " + strerror(errno));
    if (S_ISREG(info.st_mode) && m_sizeBytes &&
        truncate(path.c_str(), static_cast<off_t>(m_sizeBytes)) != 0)
        return fail(path + ": cannot make it " + sizeText(m_sizeBytes) + " long: " +
                    strerror(errno));
    const Device device = openDevice("mkfs.vexfs", path, false, m_err);
    if (!device)
        return kExitFailed;
    m_options.size_blocks = S_ISBLK(info.st_mode) ? m_sizeBytes / VEXFS_BLOCK_BYTES : 0;
    const uint64_t bytes = vexfs_port_dev_size_blocks(device.get()) * VEXFS_BLOCK_BYTES;
    const int error = vexfs_volume_format(device.get(), &m_options);
    if (error == -ENOSPC && bytes < std::max<uint64_t>(m_sizeBytes, VEXFS_DEVICE_MIN_BYTES))
        return fail(path + ": too small: " + sizeText(bytes) + ", but " +
                    sizeText(std::max<uint64_t>(m_sizeBytes, VEXFS_DEVICE_MIN_BYTES)) +
                    " are needed");
    if (error == -EFBIG)
        return fail(path + ": " + sizeText(bytes) + " is more than a volume can have");
    if (error)
        return fail(path + ": formatting failed: " + strerror(-error));
    vexfs_volume *volume = nullptr;
    vexfs_open_options readOnly{};
    readOnly.read_only = true;
    if (const int opened = vexfs_volume_open(device.get(), &readOnly, &volume))
        return fail(path + ": the new volume cannot be opened: " + strerror(-opened));
    struct vexfs_volume_info made{};
    vexfs_volume_info(volume, &made);
    vexfs_volume_close(volume);
    m_out << path << ": VexFS volume" << (made.label[0] ? std::string(" '") + made.label + "'" : "")
          << ", " << sizeText(made.size_blocks * VEXFS_BLOCK_BYTES) << ", uuid "
          << uuidText(made.uuid) << "\n";
    return 0;
}

int Maker::make()
{
    int code = prepareOptions();
    if (code == 0)
        code = prepareFile();
    if (code == 0 && !m_hasCreated)
        code = checkContent();
    if (code == 0)
        code = format();
    if (code != 0 && m_hasCreated)
        unlink(m_request.path.c_str());
    return code;
}

} // namespace

int runMkfs(int argc, const char *const *argv, std::ostream &out, std::ostream &err)
{
    Request request;
    CLI::App app("Makes a VexFS volume in an image file or on a block device.", "mkfs.vexfs");
    app.add_option("-L,--label", request.label, "Name of the volume, up to 255 bytes");
    app.add_option("--size", request.size, "Size of the volume, for example 64G");
    app.add_option("--uuid", request.uuid, "UUID of the volume; made up by default");
    app.add_option("--compress", request.compress,
                   "Compress new data: zstd, zstd:LEVEL from 1 to 15 (default 3), or none");
    app.add_flag("--force", request.isForced, "Overwrite whatever is there");
    app.add_option("IMAGE|DEVICE", request.path, "Where to make it; images are made as needed")
        ->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, out, err) == 0 ? 0 : kExitUsage;
    }
    return Maker(request, out, err).make();
}

} // namespace vexfs::cli
