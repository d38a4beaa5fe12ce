// SPDX-License-Identifier: Apache-2.0
//
// Goal: programs are found where they should be, and every way in which one can end is told apart.
// Method: small shell scripts in a folder named by VEXFS_BIN_DIR.
#include "daemon/volume/fuse_driver.h"
#include "daemon/volume/program.h"

#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

using namespace vexfs;
using namespace vexfs::daemon;
using base::Errc;

namespace {

class ProgramTest : public testing::Test
{
protected:
    void SetUp() override { qputenv("VEXFS_BIN_DIR", QFile::encodeName(m_folder.path())); }
    void TearDown() override { qunsetenv("VEXFS_BIN_DIR"); }

    void script(const char *name, const QByteArray &text) const
    {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\n" + text);
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }

    QTemporaryDir m_folder;
};

} // namespace

TEST_F(ProgramTest, GivesStatusAndOutput)
{
    script("speak", "echo out \"$1\"; echo err >&2; exit 3\n");
    const auto ran = runProgram(QStringLiteral("speak"), {QStringLiteral("a b")}, 10000);
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->exitStatus, 3);
    EXPECT_EQ(ran->out, QByteArray("out a b\n"));
    EXPECT_EQ(ran->complaint(), QStringLiteral("err"));
}

TEST_F(ProgramTest, TellsWhatIsMissingCrashesOrHangs)
{
    EXPECT_EQ(findProgram(QStringLiteral("vexfs-no-such-program")).error().code, Errc::Failed);
    script("crash", "kill -SEGV $$\n");
    EXPECT_EQ(runProgram(QStringLiteral("crash"), {}, 10000).error().code, Errc::Failed);
    script("hang", "exec sleep 100\n");
    EXPECT_EQ(runProgram(QStringLiteral("hang"), {}, 100).error().code, Errc::TimedOut);
}

TEST_F(ProgramTest, MountPassesWhatTheDriverSays)
{
    script("vexfs-fuse", "echo \"$1|$2|$3|$4\" >&2; exit 1\n");
    MountRequest request{"/img a", "/mnt", true, {QStringLiteral("noatime")}};
    const auto mounted = mountImage(request);
    ASSERT_FALSE(mounted);
    EXPECT_EQ(mounted.error().what, QStringLiteral("/img a|/mnt|-o|noatime,ro"));
}

TEST_F(ProgramTest, InspectsWhatDumpTells)
{
    const QByteArray image = QFile::encodeName(m_folder.filePath(QStringLiteral("image")));
    EXPECT_EQ(inspectImage(image).error().code, Errc::NotFound);
    script("image", "");
    script("vexfs-dump",
           "echo 'uuid:  0a1b2c3d-0000-4000-8000-0123456789ab'; echo '    label: \"my docs\"'\n");
    const auto info = inspectImage(image);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->uuid, QStringLiteral("0a1b2c3d-0000-4000-8000-0123456789ab"));
    EXPECT_EQ(info->label, QStringLiteral("my docs"));
    script("vexfs-dump", "echo 'not a VexFS volume' >&2; exit 8\n");
    EXPECT_EQ(inspectImage(image).error().code, Errc::Corrupt);
    script("vexfs-dump", "echo nothing\n");
    EXPECT_EQ(inspectImage(image).error().code, Errc::Corrupt);
}

TEST_F(ProgramTest, UnmountTellsBusyApart)
{
    script("fusermount3",
           "echo 'fusermount3: failed to unmount /mnt: Device or resource busy' >&2; exit 1\n");
    EXPECT_EQ(unmountImage("/mnt", {}, false).error().code, Errc::Busy);
    script("fusermount3", "echo 'fusermount3: entry for /mnt not found' >&2; exit 1\n");
    EXPECT_EQ(unmountImage("/mnt", {}, false).error().code, Errc::Failed);
}
