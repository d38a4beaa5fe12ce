// SPDX-License-Identifier: Apache-2.0
// Goal: devices of the posix host keep what port.h and posix_dev.h promise, errors included.
// Method: real files in a temporary folder; a child process as the second opener.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <vexfs/posix_dev.h>

namespace {

class PosixDevice : public testing::Test
{
protected:
    void SetUp() override
    {
        char name[] = "/tmp/vexfs-device-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        m_folder = name;
    }

    void TearDown() override { std::system(("rm -rf " + m_folder).c_str()); }

    std::string image(off_t bytes)
    {
        std::string path = m_folder + "/image";
        const int fd = open(path.c_str(), O_RDWR | O_CREAT, 0600);
        EXPECT_GE(fd, 0);
        EXPECT_EQ(ftruncate(fd, bytes), 0);
        close(fd);
        return path;
    }

    std::string m_folder;
};

int openInChild(const std::string &path, u32 flags)
{
    const pid_t child = fork();
    if (child == 0) {
        vexfs_dev *dev = nullptr;
        _exit(-vexfs_dev_open(path.c_str(), flags, &dev));
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return -WEXITSTATUS(status);
}

TEST_F(PosixDevice, WritesComeBackAndSizeIsInWholeBlocks)
{
    vexfs_dev *dev = nullptr;
    ASSERT_EQ(vexfs_dev_open(image(10 * 4096 + 100).c_str(), 0, &dev), 0);
    EXPECT_EQ(vexfs_port_dev_size_blocks(dev), 10u);
    EXPECT_FALSE(vexfs_port_dev_is_read_only(dev));
    std::vector<char> out(3 * 4096, 'x');
    std::vector<char> in(3 * 4096);
    EXPECT_EQ(vexfs_port_dev_write(dev, 7, 3, out.data()), 0);
    EXPECT_EQ(vexfs_port_dev_flush(dev), 0);
    EXPECT_EQ(vexfs_port_dev_read(dev, 7, 3, in.data()), 0);
    EXPECT_EQ(in, out);
    EXPECT_EQ(vexfs_port_dev_read(dev, 6, 1, in.data()), 0);
    EXPECT_EQ(in[0], 0);
    vexfs_dev_close(dev);
}

TEST_F(PosixDevice, RefusesRangesBeyondTheEnd)
{
    vexfs_dev *dev = nullptr;
    ASSERT_EQ(vexfs_dev_open(image(10 * 4096).c_str(), 0, &dev), 0);
    std::vector<char> buffer(2 * 4096);
    EXPECT_EQ(vexfs_port_dev_read(dev, 9, 2, buffer.data()), -EIO);
    EXPECT_EQ(vexfs_port_dev_write(dev, 10, 1, buffer.data()), -EIO);
    EXPECT_EQ(vexfs_port_dev_read(dev, ~0ull, 2, buffer.data()), -EIO);
    vexfs_dev_close(dev);
}

TEST_F(PosixDevice, ReadOfAnImageThatWasCutIsAnError)
{
    vexfs_dev *dev = nullptr;
    const std::string path = image(10 * 4096);
    ASSERT_EQ(vexfs_dev_open(path.c_str(), 0, &dev), 0);
    ASSERT_EQ(truncate(path.c_str(), 4 * 4096 + 7), 0);
    std::vector<char> buffer(4096);
    EXPECT_EQ(vexfs_port_dev_read(dev, 3, 1, buffer.data()), 0);
    EXPECT_EQ(vexfs_port_dev_read(dev, 4, 1, buffer.data()), -EIO);
    EXPECT_EQ(vexfs_port_dev_read(dev, 8, 1, buffer.data()), -EIO);
    vexfs_dev_close(dev);
}

TEST_F(PosixDevice, ReadOnlyRefusesWrites)
{
    vexfs_dev *dev = nullptr;
    ASSERT_EQ(vexfs_dev_open(image(10 * 4096).c_str(), VEXFS_DEV_READ_ONLY, &dev), 0);
    std::vector<char> buffer(4096);
    EXPECT_TRUE(vexfs_port_dev_is_read_only(dev));
    EXPECT_EQ(vexfs_port_dev_write(dev, 0, 1, buffer.data()), -EROFS);
    EXPECT_EQ(vexfs_port_dev_flush(dev), 0);
    vexfs_dev_close(dev);
}

TEST_F(PosixDevice, PiecesAreWrittenEach)
{
    const std::string path = image(10 * 4096);
    const std::vector<char> ones(2 * 4096, '1'), twos(4096, '2');
    const vexfs_piece pieces[] = {{7, 2, ones.data()}, {1, 1, twos.data()}};
    const vexfs_piece beyond[] = {{3, 1, twos.data()}, {9, 2, ones.data()}};
    std::vector<char> back(4096);
    vexfs_dev *dev = nullptr;
    ASSERT_EQ(vexfs_dev_open(path.c_str(), 0, &dev), 0);
    EXPECT_EQ(vexfs_port_dev_write_pieces(dev, pieces, 2), 0);
    EXPECT_EQ(vexfs_port_dev_write_pieces(dev, beyond, 2), -EIO);
    EXPECT_EQ(vexfs_port_dev_read(dev, 8, 1, back.data()), 0);
    EXPECT_EQ(back[0], '1');
    EXPECT_EQ(vexfs_port_dev_read(dev, 1, 1, back.data()), 0);
    EXPECT_EQ(back, twos);
    vexfs_dev_close(dev);
    ASSERT_EQ(vexfs_dev_open(path.c_str(), VEXFS_DEV_READ_ONLY, &dev), 0);
    EXPECT_EQ(vexfs_port_dev_write_pieces(dev, pieces, 2), -EROFS);
    vexfs_dev_close(dev);
}

TEST_F(PosixDevice, AWriterIsAlone)
{
    const std::string path = image(10 * 4096);
    vexfs_dev *dev = nullptr;
    ASSERT_EQ(vexfs_dev_open(path.c_str(), 0, &dev), 0);
    EXPECT_EQ(openInChild(path, 0), -EBUSY);
    EXPECT_EQ(openInChild(path, VEXFS_DEV_READ_ONLY), -EBUSY);
    vexfs_dev_close(dev);
    EXPECT_EQ(openInChild(path, 0), 0);
}

TEST_F(PosixDevice, ReadersShare)
{
    const std::string path = image(10 * 4096);
    vexfs_dev *dev = nullptr;
    ASSERT_EQ(vexfs_dev_open(path.c_str(), VEXFS_DEV_READ_ONLY, &dev), 0);
    EXPECT_EQ(openInChild(path, VEXFS_DEV_READ_ONLY), 0);
    EXPECT_EQ(openInChild(path, 0), -EBUSY);
    vexfs_dev_close(dev);
}

TEST_F(PosixDevice, RefusesWhatIsNoDevice)
{
    vexfs_dev *dev = nullptr;
    EXPECT_EQ(vexfs_dev_open(m_folder.c_str(), 0, &dev), -EINVAL);
    EXPECT_EQ(vexfs_dev_open((m_folder + "/absent").c_str(), 0, &dev), -ENOENT);
    ASSERT_EQ(mkfifo((m_folder + "/fifo").c_str(), 0600), 0);
    EXPECT_EQ(vexfs_dev_open((m_folder + "/fifo").c_str(), 0, &dev), -EINVAL);
    EXPECT_EQ(dev, nullptr);
}

TEST(MemoryDevice, BeginsZeroedAndKeepsWhatIsWritten)
{
    vexfs_dev *dev = nullptr;
    ASSERT_EQ(vexfs_dev_open_memory(16, &dev), 0);
    std::vector<char> out(4096, 'm');
    std::vector<char> in(4096, 'n');
    EXPECT_EQ(vexfs_port_dev_read(dev, 15, 1, in.data()), 0);
    EXPECT_EQ(in, std::vector<char>(4096, 0));
    EXPECT_EQ(vexfs_port_dev_write(dev, 15, 1, out.data()), 0);
    EXPECT_EQ(vexfs_port_dev_read(dev, 15, 1, in.data()), 0);
    EXPECT_EQ(in, out);
    EXPECT_EQ(vexfs_port_dev_write(dev, 16, 1, out.data()), -EIO);
    vexfs_dev_close(dev);
}

} // namespace
