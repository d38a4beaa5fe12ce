// SPDX-License-Identifier: Apache-2.0
//
// Goal: tags are read and written as desktops have them, and what fails changes nothing. Method:
// files on the filesystem that the test runs on, and the attribute itself.
#include "common/base/file_tags.h"

#include <QFile>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include <sys/xattr.h>

using namespace vexfs::base;

namespace {

const QString kShown = QStringLiteral("the file");

class FileTags : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(m_folder.isValid());
        QFile file(m_folder.filePath(QStringLiteral("a.txt")));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        m_path = QFile::encodeName(file.fileName());
    }
    QByteArray attribute() const
    {
        char value[4096];
        const ssize_t got = getxattr(m_path.constData(), "user.xdg.tags", value, sizeof value);
        return got < 0 ? QByteArray("none") : QByteArray(value, got);
    }
    void setAttribute(const QByteArray &value) const
    {
        ASSERT_EQ(setxattr(m_path.constData(), "user.xdg.tags", value.constData(),
                           size_t(value.size()), 0),
                  0);
    }

    QTemporaryDir m_folder{QStringLiteral("file_tags_test")};
    QByteArray m_path;
};

QStringList list(std::initializer_list<const char *> names)
{
    QStringList out;
    for (const char *name : names)
        out.append(QString::fromUtf8(name));
    return out;
}

} // namespace

TEST_F(FileTags, AreAddedAndTakenAway)
{
    ASSERT_TRUE(readTags(m_path, kShown));
    EXPECT_TRUE(readTags(m_path, kShown)->isEmpty());
    EXPECT_EQ(*changeTags(m_path, kShown, {list({"work", "tax 2026", "work"}), {}}),
              list({"work", "tax 2026"}));
    EXPECT_EQ(attribute(), "work,tax 2026");
    EXPECT_EQ(*changeTags(m_path, kShown, {list({"ä"}), list({"work", "unknown"})}),
              list({"tax 2026", "ä"}));
    EXPECT_EQ(*readTags(m_path, kShown), list({"tax 2026", "ä"}));
    // The last one takes the attribute with it.
    EXPECT_TRUE(changeTags(m_path, kShown, {{}, list({"tax 2026", "ä"})})->isEmpty());
    EXPECT_EQ(attribute(), "none");
}

TEST_F(FileTags, AreReadAsOthersWriteThem)
{
    setAttribute(" work , ,,home ");
    EXPECT_EQ(*readTags(m_path, kShown), list({"work", "home"}));
    // What changes nothing writes nothing.
    ASSERT_TRUE(changeTags(m_path, kShown, {{}, list({"other"})}));
    EXPECT_EQ(attribute(), " work , ,,home ");
}

TEST_F(FileTags, NamesThatCannotBeAreRefused)
{
    setAttribute("work");
    for (const char *name : {"", " ", "a,b", " a", "a ", "a\nb"}) {
        EXPECT_FALSE(isTagName(QString::fromUtf8(name))) << name;
        const auto done = changeTags(m_path, kShown, {list({"b", name}), {}});
        ASSERT_FALSE(done) << name;
        EXPECT_EQ(done.error().code, Errc::InvalidArgs);
    }
    EXPECT_EQ(attribute(), "work");
}

TEST_F(FileTags, TooManyAreRefusedAndNothingChanges)
{
    setAttribute("work");
    const auto done = changeTags(m_path, kShown, {{QString(4100, u'x')}, {}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::TooLarge);
    EXPECT_TRUE(done.error().what.contains(kShown));
    EXPECT_EQ(attribute(), "work");
}

TEST_F(FileTags, AFileThatIsNotThereIsSaid)
{
    const auto done = changeTags(m_path + "-none", kShown, {list({"a"}), {}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::NotFound);
    EXPECT_TRUE(done.error().what.contains(kShown));
}
