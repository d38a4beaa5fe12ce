// SPDX-License-Identifier: Apache-2.0
// Goal: mkfs.vexfs and fsck.vexfs do what they say, refuse what they should, exit as documented.
// Method: the programs run in this process on files in a temporary folder.
#include "cli/offline/tools.h"
#include "cli/offline/volume_file.h"

#include <vexfs/volume.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace vexfs::cli {
namespace {

struct Ended
{
    int code;
    std::string out;
    std::string err;
};

Ended run(int (*program)(int, const char *const *, std::ostream &, std::ostream &),
          std::vector<std::string> words)
{
    std::vector<const char *> arguments{"program"};
    for (const std::string &word : words)
        arguments.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const int code = program(static_cast<int>(arguments.size()), arguments.data(), out, err);
    return {code, out.str(), err.str()};
}

class OfflineTools : public testing::Test
{
protected:
    void SetUp() override
    {
        char name[] = "/tmp/vexfs-tools-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        // Users have no /sbin in their path, but the programs there serve them too.
        setenv("PATH", (std::string(getenv("PATH")) + ":/usr/sbin:/sbin").c_str(), 1);
        m_folder = name;
        m_image = m_folder + "/image";
    }

    void TearDown() override { std::system(("rm -rf " + m_folder).c_str()); }

    void write(const std::string &path, size_t offset, const std::string &bytes)
    {
        const int fd = open(path.c_str(), O_RDWR | O_CREAT, 0600);
        ASSERT_GE(fd, 0);
        ASSERT_EQ(pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
                  static_cast<ssize_t>(bytes.size()));
        close(fd);
    }

    static std::string read(const std::string &path)
    {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    std::string m_folder;
    std::string m_image;
};

TEST_F(OfflineTools, MakesASparseVolumeThatChecksClean)
{
    const Ended made =
        run(runMkfs, {"-L", "Papers", "--size", "64G", "--uuid",
                      "123e4567-e89b-12d3-a456-426614174000", m_image});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_NE(made.out.find("VexFS volume 'Papers', 64.0 GiB, uuid "
                            "123e4567-e89b-12d3-a456-426614174000"),
              std::string::npos)
        << made.out;
    struct stat info{};
    ASSERT_EQ(stat(m_image.c_str(), &info), 0);
    EXPECT_EQ(info.st_size, off_t{64} << 30);
    EXPECT_LT(info.st_blocks * 512, 16 << 20);
    const Ended checked = run(runFsck, {"-n", "--data", m_image});
    EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
    EXPECT_NE(checked.out.find(": clean; "), std::string::npos) << checked.out;
}

TEST_F(OfflineTools, RefusesToOverwriteWhatItKnows)
{
    ASSERT_EQ(run(runMkfs, {"-L", "First", "--size", "32M", m_image}).code, 0);
    const Ended again = run(runMkfs, {"--size", "32M", m_image});
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.err.find("VexFS volume 'First'"), std::string::npos) << again.err;
    EXPECT_NE(again.err.find("--force"), std::string::npos);
    EXPECT_EQ(run(runMkfs, {"--force", "-L", "Second", "--size", "48M", m_image}).code, 0);
    EXPECT_EQ(run(runFsck, {m_image}).code, 0);
}

TEST_F(OfflineTools, RefusesToOverwriteOtherFilesystemsAndDocuments)
{
    const std::string ext4 = m_folder + "/ext4";
    ASSERT_EQ(std::system(("truncate -s 32M " + ext4 + " && mkfs.ext4 -q " + ext4).c_str()), 0);
    const Ended refused = run(runMkfs, {ext4});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("'ext4'"), std::string::npos) << refused.err;
    ASSERT_EQ(run(runMkfs, {"--force", ext4}).code, 0);
    EXPECT_EQ(std::system(("test -z \"$(blkid -p " + ext4 + ")\"").c_str()), 0)
        << "the old filesystem can still be seen";

    const std::string document = m_folder + "/letter.txt";
    write(document, 0, std::string(20 << 20, 'x'));
    EXPECT_EQ(run(runMkfs, {document}).code, 1);

    const std::string disk = m_folder + "/disk";
    ASSERT_EQ(std::system(("truncate -s 32M " + disk).c_str()), 0);
    // One Linux partition of 2 MiB at 1 MiB, and the mark of a boot sector.
    write(disk, 446, std::string("\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x10\0\0", 16));
    write(disk, 510, "\x55\xaa");
    const Ended table = run(runMkfs, {disk});
    EXPECT_EQ(table.code, 1);
    EXPECT_NE(table.err.find("partition table"), std::string::npos) << table.err;
}

TEST_F(OfflineTools, MkfsRefusesWhatCannotBeAVolume)
{
    EXPECT_EQ(run(runMkfs, {m_image}).code, 2) << "no size and no image";
    EXPECT_EQ(run(runMkfs, {"--size", "1M", m_image}).code, 2);
    EXPECT_EQ(run(runMkfs, {"--size", "much", m_image}).code, 2);
    EXPECT_EQ(run(runMkfs, {"--uuid", "1234", "--size", "32M", m_image}).code, 2);
    EXPECT_EQ(run(runMkfs, {"-L", std::string(256, 'l'), "--size", "32M", m_image}).code, 2);
    EXPECT_EQ(run(runMkfs, {"--sideways", m_image}).code, 2);
    EXPECT_EQ(run(runMkfs, {}).code, 2);
    EXPECT_EQ(access(m_image.c_str(), F_OK), -1) << "nothing may be left behind";
    EXPECT_EQ(run(runMkfs, {"--size", "32M", "/no/such/folder/image"}).code, 1);
    EXPECT_EQ(run(runMkfs, {m_folder}).code, 1);
    const std::string small = m_folder + "/small";
    ASSERT_EQ(std::system(("truncate -s 1M " + small).c_str()), 0);
    const Ended refused = run(runMkfs, {small});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("too small"), std::string::npos) << refused.err;
}

TEST_F(OfflineTools, RefusesAnImageInUse)
{
    ASSERT_EQ(run(runMkfs, {"--size", "32M", m_image}).code, 0);
    vexfs_dev *device = nullptr;
    ASSERT_EQ(vexfs_dev_open(m_image.c_str(), 0, &device), 0);
    const Ended made = run(runMkfs, {"--force", m_image});
    EXPECT_EQ(made.code, 1);
    EXPECT_NE(made.err.find("in use"), std::string::npos) << made.err;
    EXPECT_EQ(run(runFsck, {m_image}).code, 8);
    vexfs_dev_close(device);
}

TEST_F(OfflineTools, FsckHasTheExitCodesOfFsck8)
{
    EXPECT_EQ(run(runFsck, {m_image}).code, 8) << "absent";
    EXPECT_EQ(run(runFsck, {}).code, 16);
    EXPECT_EQ(run(runFsck, {"-z", m_image}).code, 16);
    EXPECT_EQ(run(runFsck, {"-n", "-y", m_image}).code, 16);
    ASSERT_EQ(std::system(("truncate -s 32M " + m_image).c_str()), 0);
    const Ended zeros = run(runFsck, {m_image});
    EXPECT_EQ(zeros.code, 8);
    EXPECT_NE(zeros.err.find("nothing but zeros"), std::string::npos) << zeros.err;
}

TEST_F(OfflineTools, FsckFindsDamagedContentAndLeavesIt)
{
    ASSERT_EQ(run(runMkfs, {"--size", "32M", m_image}).code, 0);
    vexfs_dev *device = nullptr;
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    ASSERT_EQ(vexfs_dev_open(m_image.c_str(), 0, &device), 0);
    ASSERT_EQ(vexfs_volume_open(device, &options, &volume), 0);
    vexfs_create what{};
    vexfs_id id{};
    vexfs_attr attr{};
    u32 done = 0;
    const std::string marker(100000, 'M');
    what.mode = S_IFREG | 0644;
    ASSERT_EQ(vexfs_volume_create(volume, {VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO}, "f", 1, &what,
                                  &id, &attr),
              0);
    ASSERT_EQ(vexfs_volume_write(volume, id, 0, 0, marker.data(), static_cast<u32>(marker.size()),
                                 &done),
              0);
    ASSERT_EQ(vexfs_volume_close(volume), 0);
    vexfs_dev_close(device);
    std::ifstream in(m_image, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const size_t at = bytes.find(std::string(4096, 'M'));
    ASSERT_NE(at, std::string::npos);
    write(m_image, at + 10, "damage");

    EXPECT_EQ(run(runFsck, {"-n", m_image}).code, 0) << "data is read only when asked for";
    const Ended found = run(runFsck, {"-n", "--data", m_image});
    EXPECT_EQ(found.code, 4) << found.out << found.err;
    EXPECT_NE(found.out.find("inode " + std::to_string(id.ino)), std::string::npos) << found.out;
    EXPECT_EQ(found.err, "");
    const Ended repair = run(runFsck, {"-y", "--data", m_image});
    EXPECT_EQ(repair.code, 4) << "content that does not check cannot be made again";
    EXPECT_EQ(run(runFsck, {"-n", m_image}).code, 0);
}

TEST_F(OfflineTools, FsckWritesOnlyWhenItIsToldTo)
{
    ASSERT_EQ(run(runMkfs, {"--size", "32M", m_image}).code, 0);
    const std::string clean = read(m_image);
    EXPECT_EQ(run(runFsck, {"-y", m_image}).code, 0);
    EXPECT_TRUE(read(m_image) == clean) << "a clean volume is not written to";
    write(m_image, 8 * 4096, std::string(8 * 4096, '\0')); // the front ring
    const std::string damaged = read(m_image);
    EXPECT_EQ(run(runFsck, {"-n", m_image}).code, 4);
    EXPECT_TRUE(read(m_image) == damaged);
    ASSERT_NE(freopen("/dev/null", "r", stdin), nullptr);
    const Ended unasked = run(runFsck, {m_image});
    EXPECT_EQ(unasked.code, 4) << "without a terminal nobody can agree";
    EXPECT_NE(unasked.err.find("repair with -y"), std::string::npos) << unasked.err;
    EXPECT_TRUE(read(m_image) == damaged);
    const Ended repaired = run(runFsck, {"-y", m_image});
    EXPECT_EQ(repaired.code, 1) << repaired.out << repaired.err;
    EXPECT_EQ(run(runFsck, {"-n", m_image}).code, 0);
    EXPECT_EQ(run(runFsck, {"-p", m_image}).code, 0);
}

TEST_F(OfflineTools, TuneChangesLabelAndUuidAndTheVolumeStaysWhole)
{
    const std::string first = "123e4567-e89b-12d3-a456-426614174000";
    const std::string second = "00112233-4455-4677-8899-aabbccddeeff";
    ASSERT_EQ(run(runMkfs, {"-L", "One", "--size", "32M", "--uuid", first, m_image}).code, 0);
    const std::string before = read(m_image);
    const Ended shown = run(runTune, {m_image});
    EXPECT_EQ(shown.out, "label: One\nuuid: " + first + "\n");
    EXPECT_TRUE(read(m_image) == before) << "showing writes nothing";
    const Ended changed = run(runTune, {"-L", "Two", "-U", second, m_image});
    EXPECT_EQ(changed.code, 0) << changed.err;
    EXPECT_EQ(changed.out, "label: Two\nuuid: " + second + "\n");
    EXPECT_EQ(run(runFsck, {"-n", "--data", m_image}).code, 0);
    const Ended random = run(runTune, {"-U", "random", m_image});
    EXPECT_EQ(random.code, 0);
    EXPECT_EQ(random.out.find(second), std::string::npos);
    EXPECT_EQ(run(runFsck, {"-n", "--data", m_image}).code, 0);
    EXPECT_EQ(run(runTune, {"-U", first, "-L", "", m_image}).out,
              "label: \nuuid: " + first + "\n");
    EXPECT_EQ(run(runFsck, {"-n", "--data", m_image}).code, 0);
    EXPECT_EQ(run(runTune, {"-U", "no-uuid", m_image}).code, 2);
    EXPECT_EQ(run(runTune, {"-U", "00000000-0000-0000-0000-000000000000", m_image}).code, 1);
    EXPECT_EQ(run(runTune, {m_folder + "/none"}).code, 1);
}

TEST_F(OfflineTools, DumpShowsSuperblocksTreesAndInodes)
{
    ASSERT_EQ(run(runMkfs, {"-L", "it's", "--size", "32M", m_image}).code, 0);
    const Ended overview = run(runDump, {m_image});
    ASSERT_EQ(overview.code, 0) << overview.err;
    EXPECT_NE(overview.out.find("label: 'it\\x27s'"), std::string::npos) << overview.out;
    EXPECT_NE(overview.out.find("(1, 0x10, 0) root: block"), std::string::npos) << overview.out;
    const Ended tree = run(runDump, {"--tree", "1", m_image});
    EXPECT_NE(tree.out.find("(1, 0x20, 0) inode: mode 040755 links 2"), std::string::npos)
        << tree.out;
    EXPECT_EQ(run(runDump, {"--inode", "1", m_image}).out.find("node block"), std::string::npos);
    EXPECT_EQ(run(runDump, {"--tree", "77", m_image}).code, 1);
    EXPECT_EQ(run(runDump, {"--tree", "x", m_image}).code, 2);
    EXPECT_EQ(run(runDump, {}).code, 2);
    write(m_image, 0, std::string(32 << 20, '\0'));
    const Ended zeros = run(runDump, {m_image});
    EXPECT_EQ(zeros.code, 1);
    EXPECT_NE(zeros.err.find("nothing but zeros"), std::string::npos) << zeros.err;
}

TEST(SizeText, ReadsAndWritesSizes)
{
    EXPECT_EQ(parseSize("4096"), 4096u);
    EXPECT_EQ(parseSize("64G"), 64ull << 30);
    EXPECT_EQ(parseSize("1.5k"), 1536u);
    EXPECT_EQ(parseSize("2TiB"), 2ull << 40);
    for (const char *bad : {"", "x", "-1", " 5", "5X", "5GG", "1e30", "nan", "5 G"})
        EXPECT_EQ(parseSize(bad), std::nullopt) << bad;
    EXPECT_EQ(sizeText(512), "512 bytes");
    EXPECT_EQ(sizeText(3ull << 29), "1.5 GiB");
}

TEST(UuidText, ReadsAndWritesUuids)
{
    uint8_t uuid[16];
    ASSERT_TRUE(parseUuid("00112233-4455-6677-8899-AAbbccddeeff", uuid));
    EXPECT_EQ(uuid[15], 0xff);
    EXPECT_EQ(uuidText(uuid), "00112233-4455-6677-8899-aabbccddeeff");
    for (const char *bad : {"", "00112233-4455-6677-8899-aabbccddeef",
                            "00112233-4455-6677-8899-aabbccddeefff",
                            "0011223344-55-6677-8899-aabbccddeeff",
                            "0011223x-4455-6677-8899-aabbccddeeff"})
        EXPECT_FALSE(parseUuid(bad, uuid)) << bad;
}

} // namespace
} // namespace vexfs::cli
