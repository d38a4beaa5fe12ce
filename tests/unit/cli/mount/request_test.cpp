// SPDX-License-Identifier: Apache-2.0
// Goal: what mount(8) and umount(8) give their helpers is understood, and each driver gets options
// that it knows. Method: argument lists as util-linux makes them, and wrong ones.
#include "cli/mount/request.h"

#include <gtest/gtest.h>

namespace vexfs::cli {

namespace {

struct Parsed
{
    bool isGood;
    MountRequest request;
    std::string message;
};

Parsed parse(std::vector<const char *> words)
{
    words.insert(words.begin(), "/sbin/mount.vexfs");
    Parsed parsed{};
    parsed.isGood = parseMount(static_cast<int>(words.size()), words.data(), &parsed.request,
                               &parsed.message);
    return parsed;
}

bool parseUmountWords(std::vector<const char *> words, UmountRequest *request, std::string *message)
{
    words.insert(words.begin(), "/sbin/umount.vexfs");
    return parseUmount(static_cast<int>(words.size()), words.data(), request, message);
}

} // namespace

TEST(MountRequest, RefusesWhatMakesNoSense)
{
    EXPECT_EQ(parse({}).message, "a device or image and a mount point are needed");
    EXPECT_EQ(parse({"a"}).message, "a device or image and a mount point are needed");
    EXPECT_EQ(parse({"a", "b", "c"}).message, "a device or image and a mount point are needed");
    EXPECT_EQ(parse({"a", "b", "-o"}).message, "-o needs a value");
    EXPECT_EQ(parse({"a", "b", "-z"}).message, "unknown argument -z");
    EXPECT_EQ(parse({"a", "b", "--zeal"}).message, "unknown argument --zeal");
    EXPECT_EQ(parse({"a", "b", "-o", "driver=windows"}).message,
              "driver=windows: kernel, fuse or auto");
    EXPECT_EQ(parse({"a", "b", "-o", "driver="}).message, "driver=: kernel, fuse or auto");
}

TEST(MountRequest, TakesWhatMountGives)
{
    const Parsed parsed = parse({"/dev/vda", "/mnt", "-sfnv", "-N", "/proc/1/ns/mnt", "-o",
                                 "rw,noatime,driver=fuse,cache=64M", "-t", "vexfs"});
    ASSERT_TRUE(parsed.isGood) << parsed.message;
    EXPECT_EQ(parsed.request.source, "/dev/vda");
    EXPECT_EQ(parsed.request.target, "/mnt");
    EXPECT_EQ(parsed.request.driver, DriverChoice::Fuse);
    EXPECT_EQ(joined(parsed.request.options), "rw,noatime,cache=64M");
    EXPECT_TRUE(parsed.request.isFake && parsed.request.isSloppy && parsed.request.hasNoTable);
    EXPECT_EQ(parse({"a", "b"}).request.driver, DriverChoice::Auto);
    EXPECT_TRUE(parse({"--help"}).request.wantsHelp);
}

TEST(MountRequest, KeepsQuotedCommasTogether)
{
    const Parsed parsed = parse({"a", "b", "-o", "x-note=\"one,two\",driver=kernel,,ro"});
    ASSERT_TRUE(parsed.isGood) << parsed.message;
    EXPECT_EQ(parsed.request.options, (std::vector<std::string>{"x-note=\"one,two\"", "ro"}));
    EXPECT_EQ(parsed.request.driver, DriverChoice::Kernel);
}

TEST(MountRequest, GivesEachDriverWhatItKnows)
{
    const MountRequest request =
        parse({"a", "b", "-o", "noquickwake,allow_other,loop,compress=zstd:9"}).request;
    EXPECT_EQ(joined(optionsForKernel(request)), "loop,compress=zstd:9");
    EXPECT_EQ(joined(optionsForFuse(request, true)), "noquickwake,allow_other,compress=zstd:9");
    EXPECT_EQ(joined(optionsForFuse(parse({"a", "b"}).request, true)), "allow_other");
    EXPECT_EQ(joined(optionsForFuse(parse({"a", "b"}).request, false)), "");
}

TEST(UmountRequest, TakesWhatUmountGives)
{
    UmountRequest request;
    std::string message;
    ASSERT_TRUE(parseUmountWords({"/mnt", "-lfnr", "-t", "fuse.vexfs"}, &request, &message));
    EXPECT_EQ(request.target, "/mnt");
    EXPECT_TRUE(request.isLazy && request.isForced && request.hasNoTable &&
                request.isReadOnlyElse);
    EXPECT_FALSE(parseUmountWords({}, &request, &message));
    EXPECT_EQ(message, "one mount point is needed");
    message.clear();
    EXPECT_FALSE(parseUmountWords({"/mnt", "-o", "x"}, &request, &message));
    EXPECT_EQ(message, "unknown argument -o");
}

} // namespace vexfs::cli
