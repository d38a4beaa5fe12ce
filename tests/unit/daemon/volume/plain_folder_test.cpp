// SPDX-License-Identifier: Apache-2.0
//
// Goal: the record of a plain folder says what happened in it, whatever happened to the record.
// Method: real folders; a damaged record; a number of an inode that goes to another kind of file.
// What the index makes of it is in tests/integration/daemon/source_test.py.
#include "daemon/volume/plain_folder.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <algorithm>

using namespace vexfs;
using namespace vexfs::daemon;

namespace {

class PlainFolderTest : public testing::Test
{
protected:
    void SetUp() override
    {
        QDir(m_folder.path()).mkpath(QStringLiteral("root"));
        attach();
    }
    void attach()
    {
        m_view.reset();
        PlainFolderOptions options;
        options.root = QFile::encodeName(m_folder.path()) + "/root";
        options.uuid = QStringLiteral("source-1");
        options.stateDirectory = m_folder.path() + QStringLiteral("/state");
        const auto attached = PlainFolder::attach(options);
        ASSERT_TRUE(attached) << qPrintable(attached.error().what);
        m_view = *attached;
    }
    void write(const char *name, const QByteArray &text)
    {
        QFile file(m_folder.path() + QStringLiteral("/root/") + QLatin1String(name));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    /// Name of each file in the feed from one anchor to the other.
    QList<QByteArray> changed(uint64_t from, uint64_t to)
    {
        QList<QByteArray> names;
        const auto page = m_view->changes(from, to, 0);
        for (const VolumeChange &each : page->changes) {
            const auto paths = m_view->paths(1, each.ino);
            names.append(paths ? paths->constFirst() : QByteArray("gone"));
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<PlainFolder> m_view;
};

} // namespace

TEST_F(PlainFolderTest, TellsWhatChangedBetweenAnchors)
{
    write("a", "one");
    write("b", "two");
    const uint64_t first = m_view->createAnchor({}).value();
    EXPECT_EQ(changed(0, first), (QList<QByteArray>{"a", "b"}));
    write("b", "three");
    write("c", "new");
    QFile::remove(m_folder.path() + QStringLiteral("/root/a"));
    const uint64_t second = m_view->createAnchor({}).value();
    EXPECT_EQ(changed(first, second).size(), 3);
    EXPECT_TRUE(m_view->deleteAnchor(first));
    EXPECT_EQ(m_view->deleteAnchor(first).error().code, base::Errc::NotFound);
    EXPECT_EQ(changed(second, m_view->createAnchor({}).value()), QList<QByteArray>());
}

TEST_F(PlainFolderTest, ManyChangesComeInPages)
{
    for (int number = 0; number < 1200; ++number)
        write(QByteArray::number(number).constData(), "x");
    const uint64_t anchor = m_view->createAnchor({}).value();
    int seen = 0;
    uint64_t after = 0;
    for (bool isAtEnd = false; !isAtEnd;) {
        const auto page = m_view->changes(0, anchor, after);
        ASSERT_TRUE(page);
        isAtEnd = page->atEnd;
        seen += int(page->changes.size());
        after = page->changes.isEmpty() ? after : page->changes.constLast().ino;
    }
    EXPECT_EQ(seen, 1200);
}

TEST_F(PlainFolderTest, DamagedRecordIsBegunAnewAndKeepsNoAnchor)
{
    write("a", "one");
    const uint64_t before = m_view->createAnchor({}).value();
    m_view.reset();
    QFile record(m_folder.path() + QStringLiteral("/state/folder.sqlite"));
    ASSERT_TRUE(record.open(QIODevice::WriteOnly));
    record.write(QByteArray(8192, 'x'));
    record.close();
    attach();
    EXPECT_EQ(m_view->listAnchors().value(), QVector<uint64_t>());
    const uint64_t after = m_view->createAnchor({}).value();
    EXPECT_NE(before, after);
    EXPECT_EQ(changed(0, after), QList<QByteArray>{"a"});
}

TEST_F(PlainFolderTest, AnAbsentFolderIsAnErrorAndNothingIsGone)
{
    write("a", "one");
    const uint64_t anchor = m_view->createAnchor({}).value();
    const uint64_t ino = m_view->changes(0, anchor, 0)->changes.constFirst().ino;
    QDir(m_folder.path()).rename(QStringLiteral("root"), QStringLiteral("away"));
    EXPECT_FALSE(m_view->isThere());
    EXPECT_EQ(m_view->stat(1, ino).error().code, base::Errc::Failed);
    EXPECT_EQ(m_view->createAnchor({}).error().code, base::Errc::Failed);
    QDir(m_folder.path()).rename(QStringLiteral("away"), QStringLiteral("root"));
    EXPECT_TRUE(m_view->stat(1, ino));
    EXPECT_EQ(changed(anchor, m_view->createAnchor({}).value()), QList<QByteArray>());
}
