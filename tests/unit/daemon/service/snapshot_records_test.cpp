// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is noted of snapshots is there again, whoever asks; what is damaged or from elsewhere
// harms nothing. Method: bad files and texts first; then two connections to one file.
#include "daemon/service/schedule/snapshot_records.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <thread>

using namespace vexfs;
using namespace vexfs::daemon;
using base::Errc;
using base::Status;

namespace {

class RecordsTest : public testing::Test
{
protected:
    SnapshotRecords open(Database::Access access = Database::Access::ReadWrite)
    {
        auto records = SnapshotRecords::open(QFile::encodeName(m_folder.path()), access);
        EXPECT_TRUE(records.has_value()) << qPrintable(records ? QString() : records.error().what);
        return std::move(*records);
    }
    QString path() const { return m_folder.filePath(QStringLiteral("snapshots.sqlite")); }
    void write(const QByteArray &bytes) const
    {
        QFile file(path());
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }

    QTemporaryDir m_folder;
};

SnapshotRecord someRecord()
{
    SnapshotRecord record;
    record.description = QStringLiteral("before the clean-up");
    record.cleanup = kTimelineCleanup;
    record.keepUntilUs = 1'800'000'000'000'000;
    record.metadata = {{QStringLiteral("by"), QStringLiteral("apt")},
                       {QStringLiteral("\u00e9"), QStringLiteral("\"quoted\"\n")}};
    return record;
}

} // namespace

TEST_F(RecordsTest, NothingThereIsEmptyAndMakesNoFile)
{
    SnapshotRecords records = open(Database::Access::ReadOnly);
    EXPECT_TRUE(records.all()->isEmpty());
    EXPECT_EQ(*records.schedule(), SnapshotSchedule());
    EXPECT_FALSE(QFile::exists(path()));
}

TEST_F(RecordsTest, WhatIsDamagedIsSetAside)
{
    for (const auto access : {Database::Access::ReadOnly, Database::Access::ReadWrite}) {
        write(QByteArray("this is no database, but it is long enough to be one").repeated(300));
        EXPECT_TRUE(open(access).all()->isEmpty());
        EXPECT_TRUE(QFile::exists(path() + QStringLiteral(".damaged")));
    }
    EXPECT_FALSE(open().schedule()->isEnabled);
}

TEST_F(RecordsTest, ANewerVersionIsLeftAlone)
{
    {
        auto database = Database::open(path(), Database::Access::ReadWrite);
        ASSERT_TRUE((*database)->run(QStringLiteral("PRAGMA user_version = 99")));
        ASSERT_TRUE((*database)->run(QStringLiteral("CREATE TABLE other(x)")));
    }
    const auto records
        = SnapshotRecords::open(QFile::encodeName(m_folder.path()), Database::Access::ReadWrite);
    ASSERT_FALSE(records.has_value());
    EXPECT_EQ(records.error().code, Errc::NotSupported);
    EXPECT_TRUE(QFile::exists(path()));
}

TEST_F(RecordsTest, TooLongATextIsRefused)
{
    SnapshotRecords records = open();
    SnapshotRecord record;
    record.description = QString(kRecordTextMax + 1, u'x');
    EXPECT_EQ(records.put(1, record).error().code, Errc::InvalidArgs);
    record = SnapshotRecord();
    record.metadata.insert(QString(kRecordTextMax + 1, u'k'), QString());
    EXPECT_EQ(records.put(1, record).error().code, Errc::InvalidArgs);
    record = SnapshotRecord();
    for (int i = 0; i <= kRecordEntriesMax; ++i)
        record.metadata.insert(QString::number(i), QString());
    EXPECT_EQ(records.put(1, record).error().code, Errc::InvalidArgs);
    EXPECT_TRUE(records.all()->isEmpty());
}

TEST_F(RecordsTest, WhatIsPutIsThereAgain)
{
    open().put(7, someRecord());
    open().put(8, SnapshotRecord());
    open().put(uint64_t(1) << 40U, someRecord());
    SnapshotRecords records = open(Database::Access::ReadOnly);
    EXPECT_EQ(records.all()->value(7), someRecord());
    EXPECT_EQ(records.all()->value(uint64_t(1) << 40U), someRecord());
    ASSERT_TRUE(open().keepOnly({8}));
    EXPECT_EQ(open().all()->keys(), QList<uint64_t>{8});
}

TEST_F(RecordsTest, AnEditThatFailsChangesNothing)
{
    SnapshotRecords records = open();
    ASSERT_TRUE(records.changeSchedule([](SnapshotSchedule &schedule) -> Status {
        schedule.keep[1] = 5;
        return {};
    }));
    const auto failed = records.changeSchedule([](SnapshotSchedule &schedule) -> Status {
        schedule.keep[1] = 9;
        return base::fail(Errc::InvalidArgs, QStringLiteral("no"));
    });
    EXPECT_EQ(failed.error().code, Errc::InvalidArgs);
    EXPECT_EQ(records.schedule()->keep[1], 5U);
    EXPECT_EQ(open().schedule()->keep[1], 5U);
}

TEST_F(RecordsTest, ChangesOfTwoConnectionsAreBothThere)
{
    open();
    const auto count = [this](size_t period) {
        for (int i = 0; i < 50; ++i) {
            SnapshotRecords records = open();
            const auto done = records.changeSchedule([period](SnapshotSchedule &each) -> Status {
                ++each.keep[period];
                return {};
            });
            EXPECT_TRUE(done.has_value());
        }
    };
    std::thread other([&] { count(0); });
    count(5);
    other.join();
    EXPECT_EQ(open().schedule()->keep[0], 50U);
    EXPECT_EQ(open().schedule()->keep[5], 50U);
}
