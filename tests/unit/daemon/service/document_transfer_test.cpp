// SPDX-License-Identifier: Apache-2.0
//
// Goal: a file that is added is there whole, with its mode and time, or not at all; nothing that
// was there is lost. Method: two temporary folders, every outcome of copyDocument().
#include "daemon/service/document_transfer.h"
#include "daemon/service/search_service.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QThread>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace vexfs;
using namespace vexfs::daemon;
using base::Errc;

namespace {

class DocumentCopyTest : public testing::Test
{
protected:
    QByteArray write(const QTemporaryDir &folder, const char *name, const QByteArray &bytes) const
    {
        QFile file(folder.filePath(QString::fromUtf8(name)));
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        return QFile::encodeName(file.fileName());
    }

    QByteArray read(const char *name) const
    {
        QFile file(m_to.filePath(QString::fromUtf8(name)));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("absent");
    }

    base::Result<CopyOutcome> copy(const QByteArray &source, const char *name,
                                   OnDuplicate onDuplicate = OnDuplicate::Skip)
    {
        CopyRequest request{source, QFile::encodeName(m_to.path()), name, onDuplicate, m_moves,
                            {}};
        request.progress = [this](uint64_t bytes) {
            m_told += bytes;
            return !m_stops;
        };
        const auto result = copyDocument(request);
        if (!result)
            return tl::unexpected(result.error());
        m_identity = result->identity;
        return result->outcome;
    }

    /// Whether the original is still what was copied last.
    bool isUnchanged(const QByteArray &source) const
    {
        struct stat now = {};
        return lstat(source.constData(), &now) == 0 && m_identity.isOf(now);
    }

    qsizetype entries() const
    {
        return QDir(m_to.path())
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)
            .size();
    }

    QTemporaryDir m_from;
    QTemporaryDir m_to;
    uint64_t m_told = 0;
    bool m_stops = false;
    bool m_moves = false;
    FileIdentity m_identity;
};

} // namespace

TEST_F(DocumentCopyTest, CopiesBytesModeAndTime)
{
    const QByteArray bytes(3 * 1000 * 1000, 'x');
    const QByteArray source = write(m_from, "a.txt", bytes);
    ASSERT_EQ(chmod(source.constData(), 0640), 0);
    const timespec times[2] = {{1000, 0}, {1234567890, 123456789}};
    ASSERT_EQ(utimensat(AT_FDCWD, source.constData(), times, 0), 0);
    EXPECT_EQ(copy(source, "a.txt").value(), CopyOutcome::Added);
    EXPECT_EQ(read("a.txt"), bytes);
    EXPECT_EQ(m_told, static_cast<uint64_t>(bytes.size()));
    struct stat info = {};
    ASSERT_EQ(stat((QFile::encodeName(m_to.path()) + "/a.txt").constData(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0640U);
    EXPECT_EQ(info.st_mtim.tv_sec, 1234567890);
    EXPECT_EQ(entries(), 1);
}

TEST_F(DocumentCopyTest, SkipsTheSameContent)
{
    const QByteArray source = write(m_from, "a", "same");
    write(m_to, "a", "same");
    EXPECT_EQ(copy(source, "a").value(), CopyOutcome::SameThere);
    EXPECT_EQ(copy(source, "a", OnDuplicate::KeepBoth).value(), CopyOutcome::SameThere);
    EXPECT_EQ(entries(), 1);
}

TEST_F(DocumentCopyTest, KeepsWhatIsThere)
{
    const QByteArray source = write(m_from, "a", "mine");
    write(m_to, "a", "theirs");
    EXPECT_EQ(copy(source, "a").error().code, Errc::AlreadyExists);
    EXPECT_EQ(read("a"), QByteArray("theirs"));
    EXPECT_EQ(entries(), 1);
}

TEST_F(DocumentCopyTest, KeepBothNumbersTheName)
{
    const QByteArray source = write(m_from, "a.txt", "mine");
    write(m_to, "a.txt", "theirs");
    EXPECT_EQ(copy(source, "a.txt", OnDuplicate::KeepBoth).value(), CopyOutcome::Added);
    EXPECT_EQ(read("a (2).txt"), QByteArray("mine"));
    EXPECT_EQ(copy(source, "a.txt", OnDuplicate::KeepBoth).value(), CopyOutcome::SameThere);
    EXPECT_EQ(entries(), 2);
}

TEST_F(DocumentCopyTest, MovesByNameOnOneFileSystem)
{
    m_moves = true;
    const QByteArray source = write(m_from, "a.txt", "mine");
    struct stat before = {};
    struct stat after = {};
    ASSERT_EQ(lstat(source.constData(), &before), 0);
    EXPECT_EQ(copy(source, "a.txt").value(), CopyOutcome::Renamed);
    EXPECT_EQ(read("a.txt"), QByteArray("mine"));
    EXPECT_EQ(m_told, 4U);
    ASSERT_EQ(lstat((QFile::encodeName(m_to.path()) + "/a.txt").constData(), &after), 0);
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_FALSE(QFile::exists(QFile::decodeName(source)));
}

TEST_F(DocumentCopyTest, AMoveReplacesNothingAndLeavesWhatItCannotMove)
{
    m_moves = true;
    write(m_to, "a.txt", "theirs");
    const QByteArray other = write(m_from, "a.txt", "mine");
    EXPECT_EQ(copy(other, "a.txt").error().code, Errc::AlreadyExists);
    EXPECT_EQ(read("a.txt"), QByteArray("theirs"));
    EXPECT_TRUE(QFile::exists(QFile::decodeName(other)));
    const QByteArray same = write(m_from, "b.txt", "theirs");
    EXPECT_EQ(copy(same, "a.txt").value(), CopyOutcome::SameThere);
    EXPECT_TRUE(isUnchanged(same));
    // Whoever removes the original of what is there already would remove the only one.
    const QByteArray there = QFile::encodeName(m_to.filePath(QStringLiteral("a.txt")));
    EXPECT_EQ(copy(there, "a.txt").value(), CopyOutcome::ItselfThere);
    EXPECT_EQ(copy(there, "a.txt", OnDuplicate::KeepBoth).value(), CopyOutcome::ItselfThere);
    EXPECT_EQ(read("a.txt"), QByteArray("theirs"));
}

TEST_F(DocumentCopyTest, TellsAnOriginalThatWasWrittenToFromOneThatWasNot)
{
    const QByteArray source = write(m_from, "a.txt", "mine");
    const QByteArray second = QFile::encodeName(m_from.filePath(QStringLiteral("second")));
    ASSERT_EQ(link(source.constData(), second.constData()), 0);
    EXPECT_EQ(copy(source, "a.txt").value(), CopyOutcome::Added);
    EXPECT_TRUE(isUnchanged(source));
    // Another of its names goes, which changes nothing of what it holds.
    ASSERT_EQ(unlink(second.constData()), 0);
    EXPECT_TRUE(isUnchanged(source));
    EXPECT_EQ(copy(source, "b.txt").value(), CopyOutcome::Added);
    EXPECT_TRUE(isUnchanged(source));
    // Of the same size, and its time put back: as long ago as the clock of inodes can tell.
    QThread::msleep(50);
    struct stat info = {};
    ASSERT_EQ(stat(source.constData(), &info), 0);
    write(m_from, "a.txt", "HERS");
    const timespec times[2] = {info.st_atim, info.st_mtim};
    ASSERT_EQ(utimensat(AT_FDCWD, source.constData(), times, 0), 0);
    EXPECT_FALSE(isUnchanged(source));
}

TEST_F(DocumentCopyTest, CancelledLeavesNothing)
{
    m_stops = true;
    EXPECT_EQ(copy(write(m_from, "a", "bytes"), "a").error().code, Errc::Cancelled);
    EXPECT_EQ(entries(), 0);
}

TEST_F(DocumentCopyTest, TakesNamesOfFullLength)
{
    const QByteArray name(255, 'n');
    const QByteArray source = write(m_from, "s", "x");
    EXPECT_EQ(copy(source, name.constData()).value(), CopyOutcome::Added);
}

TEST_F(DocumentCopyTest, RefusesWhatIsNotThereOrALink)
{
    EXPECT_EQ(copy("/no/such/file", "a").error().code, Errc::NotFound);
    const QByteArray link = QFile::encodeName(m_from.filePath(QStringLiteral("link")));
    ASSERT_EQ(symlink("/etc/passwd", link.constData()), 0);
    EXPECT_FALSE(copy(link, "a"));
    EXPECT_EQ(entries(), 0);
}

TEST(SearchTypes, StandForMimeTypes)
{
    EXPECT_EQ(mimeTypesOf(QStringLiteral("text/html")).value(),
              QStringList{QStringLiteral("text/html")});
    EXPECT_EQ(mimeTypesOf(QStringLiteral("image")).value(), QStringList{QStringLiteral("image/*")});
    EXPECT_EQ(mimeTypesOf(QStringLiteral("pdf")).value(),
              QStringList{QStringLiteral("application/pdf")});
    EXPECT_EQ(mimeTypesOf(QStringLiteral("nosuchextension")).error().code, Errc::InvalidArgs);
}
