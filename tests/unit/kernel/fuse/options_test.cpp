// SPDX-License-Identifier: Apache-2.0
// Goal: the command line and the conventions of mount(8) are understood, and mistakes are named.
#include "kernel/fuse/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <unistd.h>
#include <vexfs/volume.h>

namespace vexfs::fuse {
namespace {

struct Parsed
{
    ParseResult result;
    Options options;
    std::string message;

    bool has(const std::string &option) const
    {
        const auto &all = options.mountOptions;
        return std::find(all.begin(), all.end(), option) != all.end();
    }
};

Parsed parse(std::vector<std::string> words)
{
    std::vector<char *> arguments;
    for (std::string &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    Parsed out{};
    out.result = parseOptions(static_cast<int>(words.size()), arguments.data(), &out.options,
                              &out.message);
    return out;
}

TEST(FuseOptions, ImageAndMountpointBecomeAbsolute)
{
    ASSERT_EQ(chdir("/"), 0);
    const Parsed parsed = parse({"vexfs-fuse", "dev/null", "tmp"});
    ASSERT_EQ(parsed.result, ParseResult::Run) << parsed.message;
    EXPECT_EQ(parsed.options.image, "/dev/null");
    EXPECT_EQ(parsed.options.mountpoint, "/tmp");
    EXPECT_FALSE(parsed.options.isReadOnly);
    EXPECT_FALSE(parsed.options.isForeground);
    EXPECT_EQ(parsed.has("suid"), geteuid() == 0);
    EXPECT_EQ(parsed.has("dev"), geteuid() == 0);
}

TEST(FuseOptions, CompressionIsAnAlgorithmWithOrWithoutALevel)
{
    const auto compress = [](const std::string &value) {
        return parse({"vexfs-fuse", "-o", "compress=" + value, "/dev/null", "/tmp"});
    };
    EXPECT_EQ(parse({"vexfs-fuse", "/dev/null", "/tmp"}).options.compress, 0u);
    EXPECT_EQ(compress("zstd").options.compress, VEXFS_COMPRESS_DEFAULT);
    EXPECT_EQ(compress("zstd:15").options.compress, 15u);
    EXPECT_EQ(compress("none").options.compress, VEXFS_COMPRESS_NONE);
    for (const char *value : {"", "zst", "zstd:", "zstd:0", "zstd:16", "zstd:-1", "zstd: 3",
                              "zstd:3x", "zstd:99999999999999999999", "lzo", "None"}) {
        const Parsed parsed = compress(value);
        EXPECT_EQ(parsed.result, ParseResult::Error) << value;
        EXPECT_NE(parsed.message.find("compress="), std::string::npos);
    }
}

TEST(FuseOptions, ListsAreTakenApart)
{
    const Parsed parsed = parse({"vexfs-fuse", "-f", "-o", "ro,allow_other,nosuid,cache=256M",
                                 "/dev/null", "-ocommit=30,nodev,noatime", "/tmp"});
    ASSERT_EQ(parsed.result, ParseResult::Run) << parsed.message;
    EXPECT_TRUE(parsed.options.isReadOnly);
    EXPECT_TRUE(parsed.options.isForeground);
    EXPECT_EQ(parsed.options.cacheBytes, 256u << 20);
    EXPECT_EQ(parsed.options.commitIntervalMs, 30000u);
    for (const char *option : {"ro", "allow_other", "nosuid", "nodev", "noatime"})
        EXPECT_TRUE(parsed.has(option)) << option;
    EXPECT_FALSE(parsed.has("suid"));
    EXPECT_FALSE(parsed.has("dev"));
}

TEST(FuseOptions, DiscardIsOnUnlessSaidOtherwise)
{
    EXPECT_TRUE(parse({"vexfs-fuse", "/dev/null", "/tmp"}).options.doesDiscard);
    EXPECT_FALSE(parse({"vexfs-fuse", "-o", "nodiscard", "/dev/null", "/tmp"}).options.doesDiscard);
    EXPECT_TRUE(parse({"vexfs-fuse", "-o", "discard", "/dev/null", "/tmp"}).options.doesDiscard);
}

TEST(FuseOptions, WhatMountPassesIsUnderstood)
{
    const Parsed parsed = parse({"/sbin/mount.fuse.vexfs", "/dev/null", "/tmp", "-n", "-s", "-v",
                                 "-t", "fuse.vexfs", "-o",
                                 "rw,defaults,_netdev,nofail,x-systemd.automount,user=me"});
    ASSERT_EQ(parsed.result, ParseResult::Run) << parsed.message;
    EXPECT_FALSE(parsed.options.isFake);
    EXPECT_FALSE(parsed.options.isForeground);
    for (const std::string &option : parsed.options.mountOptions)
        EXPECT_TRUE(option == "suid" || option == "dev") << option;
    EXPECT_TRUE(parse({"mount.fuse.vexfs", "/dev/null", "/tmp", "-f"}).options.isFake);
}

TEST(FuseOptions, MistakesAreNamed)
{
    const auto message = [](std::vector<std::string> words) {
        const Parsed parsed = parse(std::move(words));
        EXPECT_EQ(parsed.result, ParseResult::Error);
        return parsed.message;
    };
    EXPECT_NE(message({"vexfs-fuse", "/dev/null"}).find("mount point are needed"),
              std::string::npos);
    EXPECT_NE(message({"vexfs-fuse", "/dev/null", "/no/such"}).find("/no/such: No such file"),
              std::string::npos);
    EXPECT_NE(message({"vexfs-fuse", "/dev/null", "/dev/null"}).find("not a directory"),
              std::string::npos);
    EXPECT_NE(message({"vexfs-fuse", "/dev/null", "/tmp", "-o", "colour=red"}).find("colour=red"),
              std::string::npos);
    EXPECT_NE(message({"vexfs-fuse", "/dev/null", "/tmp", "--sideways"}).find("--sideways"),
              std::string::npos);
    EXPECT_NE(message({"vexfs-fuse", "/dev/null", "/tmp", "-o"}).find("-o needs a value"),
              std::string::npos);
    for (const char *bad : {"cache=", "cache=x", "cache=1", "cache=12Q", "cache=-5M", "cache=5MM"})
        EXPECT_NE(message({"vexfs-fuse", "/dev/null", "/tmp", "-o", bad}).find("cache="),
                  std::string::npos);
    for (const char *bad : {"commit=0", "commit=", "commit=3601"})
        EXPECT_NE(message({"vexfs-fuse", "/dev/null", "/tmp", "-o", bad}).find("commit="),
                  std::string::npos);
}

TEST(FuseOptions, HelpAndVersionComeFirst)
{
    EXPECT_EQ(parse({"vexfs-fuse", "--help"}).result, ParseResult::Help);
    EXPECT_EQ(parse({"vexfs-fuse", "-V"}).result, ParseResult::Version);
}

} // namespace
} // namespace vexfs::fuse
