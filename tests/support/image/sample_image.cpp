// SPDX-License-Identifier: Apache-2.0
#include "tests/support/image/sample_image.h"

#include "tests/support/steady_host.h"
#include "tests/support/volume_driver.h"

#include <cstdio>
#include <cstdlib>

namespace vexfs::test {

namespace {

std::vector<Operation> sampleScript()
{
    std::vector<Operation> script = {
        {OpKind::Mkdir, "d", "", 0, 0755, 0},
        {OpKind::Mkdir, "d/e", "", 0, 02775, 0},
    };
    for (int i = 0; i < 64; i++) {
        const std::string path = "d/file-with-some-name-" + std::to_string(i);
        script.push_back({OpKind::CreateFile, path, "", 0, 0644, 0});
        if (i % 3 == 0)
            script.push_back({OpKind::Write, path, "", 0, 300u + 40u * i, 1u + i});
        if (i % 4 == 0)
            script.push_back({OpKind::SetXattr, path, "user.mime_type", 0, 20u + i, 200u + i});
    }
    const std::vector<Operation> rest = {
        {OpKind::CreateFile, "large", "", 0, 0644, 0},
        {OpKind::Write, "large", "", 0, 200000, 3},
        {OpKind::Write, "large", "", 900000, 9000, 6}, // noise: plain; the rest is compressed
        {OpKind::WriteVectors, "large", "", 0, 9000, 7},
        {OpKind::CreateFile, "small", "", 0, 0600, 0},
        {OpKind::Write, "small", "", 0, 700, 9},
        {OpKind::WriteVectors, "small", "", 0, 160, 11},
        {OpKind::SetXattr, "small", "user.large", 0, 20000, 13},
        {OpKind::Symlink, "link", "d/file-with-some-name-3", 0, 0, 0},
        {OpKind::Mkfifo, "d/e/pipe", "", 0, 0600, 0},
        {OpKind::Link, "small", "d/e/hard", 0, 0, 0},
        {OpKind::SnapshotCreate, "first", "", 0, 0, 0},
        {OpKind::Write, "large", "", 50000, 10000, 16},
        {OpKind::Write, "large", "", 90000, 30000, 15},
        {OpKind::Unlink, "d/file-with-some-name-7", "", 0, 0, 0},
        {OpKind::SnapshotCreate, "second", "", 0, 0, 0},
        {OpKind::Rename, "d/file-with-some-name-9", "d/e/moved", 0, 0, 0},
        {OpKind::Truncate, "large", "", 903000, 0, 0},
        {OpKind::Write, "small", "", 100, 50, 17},
        {OpKind::UnlinkHeld, "d/file-with-some-name-12", "", 0, 0, 0},
        {OpKind::UnlinkHeld, "d/file-with-some-name-15", "", 0, 0, 0},
        {OpKind::SnapshotDelete, "first", "", 0, 0, 0},
        {OpKind::Commit, "", "", 0, 0, 0},
    };
    script.insert(script.end(), rest.begin(), rest.end());
    return script;
}

std::vector<Operation> syncedScript()
{
    return {
        {OpKind::CreateFile, "synced", "", 0, 0644, 0},
        {OpKind::Write, "synced", "", 0, 30000, 21},
        {OpKind::SetXattr, "synced", "user.a", 0, 300, 23},
        {OpKind::Fsync, "synced", "", 0, 0, 0},
        {OpKind::Rename, "d/file-with-some-name-6", "d/e/renamed", 0, 0, 0},
        {OpKind::Link, "synced", "d/e/another", 0, 0, 0},
        {OpKind::Unlink, "d/file-with-some-name-3", "", 0, 0, 0},
        {OpKind::Truncate, "synced", "", 5000, 0, 0},
        {OpKind::Fsync, "", "", 0, 0, 0},
        {OpKind::UnlinkHeld, "d/file-with-some-name-21", "", 0, 0, 0},
        {OpKind::Mkdir, "d/f", "", 0, 0755, 0},
        {OpKind::Write, "small", "", 0, 9000, 25},
        {OpKind::WriteVectors, "synced", "", 0, 500, 27},
        {OpKind::Fsync, "small", "", 0, 0, 0},
    };
}

SimImage makeSample(bool withLog)
{
    SteadyHost::restart(77);
    SimDevice device(formattedImage(4096, VEXFS_COMPRESS_DEFAULT));
    vexfs_volume *volume = nullptr;
    vexfs_open_options options{};
    options.commit_interval_ms = 3600000;
    int error = vexfs_volume_open(device.dev(), &options, &volume);
    VolumeDriver driver(volume);
    std::vector<Operation> script = sampleScript();
    for (const Operation &operation : withLog ? syncedScript() : std::vector<Operation>())
        script.push_back(operation);
    for (const Operation &operation : script) {
        uint64_t done = 0;
        error = error ? error : driver.apply(operation, &done);
    }
    SimImage image = device.image(); // power is lost here
    error = error ? error : vexfs_volume_close(volume);
    if (error) {
        std::fprintf(stderr, "the sample volume cannot be made: %d\n", error);
        abort();
    }
    return image;
}

} // namespace

const SimImage &sampleImage()
{
    static const SimImage kImage = makeSample(false);
    return kImage;
}

const SimImage &sampleLogImage()
{
    static const SimImage kImage = makeSample(true);
    return kImage;
}

} // namespace vexfs::test
