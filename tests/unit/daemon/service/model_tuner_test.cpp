// SPDX-License-Identifier: Apache-2.0
//
// Goal: no file is left out when memory is short while a tuned model is put in place.
// Method: the real tuner over a real catalog, with a vector index that refuses some files at first.
#include "daemon/service/model_tuner.h"
#include "tests/support/folder_volume.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <set>
#include <thread>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;
using vexfs::test::FolderVolume;

namespace {

constexpr int kFiles = 320;

/// Finds no memory for each seventh file, the first time.
class ShortOfMemory : public VectorIndex
{
public:
    explicit ShortOfMemory(const VectorIndexIdentity &identity) : m_real(createExactIndex(identity))
    {
    }

    base::Status put(uint64_t ino, const std::vector<std::vector<float>> &vectors) override
    {
        if (++m_calls % 7 == 0 && m_refused.insert(ino).second)
            return base::fail(Errc::NoSpace, QStringLiteral("out of memory"));
        return m_real->put(ino, vectors);
    }
    void remove(uint64_t ino) override { m_real->remove(ino); }
    base::Result<std::vector<VectorHit>> search(std::span<const float> query, size_t count,
                                                const InodeSet *maybeOnly) const override
    {
        return m_real->search(query, count, maybeOnly);
    }
    std::vector<float> vector(uint64_t ino, uint32_t chunk) const override
    {
        return m_real->vector(ino, chunk);
    }
    size_t count() const override { return m_real->count(); }
    std::vector<uint64_t> inodes() const override { return m_real->inodes(); }
    base::Status save(const QString &path, uint64_t generation) const override
    {
        return m_real->save(path, generation);
    }
    base::Status seal(const SealRequest &request) const override { return m_real->seal(request); }
    base::Result<uint64_t> load(const QString &path) override { return m_real->load(path); }

    size_t refused() const { return m_refused.size(); }

private:
    std::unique_ptr<VectorIndex> m_real;
    int m_calls = 0;
    std::set<uint64_t> m_refused;
};

/// An index of a folder by the shipped model; its catalog is empty.
class ModelTunerTest : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(QDir(folder.path()).mkpath(QStringLiteral("root")));
        ASSERT_TRUE(QDir(folder.path()).mkpath(QStringLiteral("state/index")));
        base = QFile::encodeName(folder.path());
        context.view = std::make_shared<FolderVolume>(base + "/root", base + "/state");
        context.directory = folder.path() + QStringLiteral("/state/index");
        auto shipped = StaticEmbedder::open(QStringLiteral(VEXFS_TEST_MODEL));
        ASSERT_TRUE(shipped);
        context.shipped = std::move(*shipped);
        context.setMeaning({context.shipped,
                            createExactIndex({context.shipped->id(), context.shipped->dimension()}),
                            std::nullopt});
        auto opened = Catalog::open(context.directory, Database::Access::ReadWrite);
        ASSERT_TRUE(opened);
        catalog = std::move(*opened);
    }

    QTemporaryDir folder;
    QByteArray base;
    IndexContext context;
    std::unique_ptr<Catalog> catalog;
};

} // namespace

TEST_F(ModelTunerTest, FilesThatFoundNoMemoryAreTriedAgain)
{
    ShortOfMemory *made = nullptr;
    context.makeVectors = [&](const VectorIndexIdentity &identity) {
        auto vectors = std::make_unique<ShortOfMemory>(identity);
        made = vectors.get();
        return vectors;
    };
    QVector<FileRecord> records;
    for (int i = 0; i < kFiles; ++i) {
        FileRecord record;
        const QByteArray name = "f" + QByteArray::number(i) + ".txt";
        for (int j = 0; j < 5; ++j)
            record.text += "The zorblat feeds pump " + QByteArray::number(5 * i + j)
                + " beside the drellick when the quimfer rests. ";
        QFile file(QFile::decodeName(base + "/root/" + name));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly) && file.write(record.text) > 0);
        file.close();
        struct stat now = {};
        ASSERT_EQ(stat((base + "/root/" + name).constData(), &now), 0);
        record.row.ino = now.st_ino;
        record.row.paths = {name};
        record.chunks = {{0, uint64_t(record.text.size()), 0}};
        records.push_back(record);
    }
    ASSERT_TRUE(catalog->writeFiles(records, {}));

    ModelTuner tuner(context, *catalog, [] {});
    bool isFinished = false;
    for (int turn = 0; turn < 10'000 && !isFinished; ++turn) {
        const auto step = tuner.step();
        if (!step) {
            EXPECT_EQ(step.error().code, Errc::NoSpace);
            continue;
        }
        ASSERT_NE(*step, ModelTuner::Step::Nothing);
        isFinished = *step == ModelTuner::Step::Finished;
        if (*step == ModelTuner::Step::Learning)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_TRUE(isFinished);
    ASSERT_NE(made, nullptr);
    // Those before one that found none are done all the same.
    EXPECT_GT(made->refused(), 20U);
    EXPECT_EQ(context.meaning().vectors->count(), size_t(kFiles));
    const auto later = catalog->notEmbedded(kFiles);
    ASSERT_TRUE(later);
    EXPECT_TRUE(later->isEmpty());
}

TEST_F(ModelTunerTest, FilesTakenInWithoutVectorsAreEmbeddedWhereThereIsNothingToLearn)
{
    constexpr int kLate = 100;
    QVector<FileRecord> records;
    for (int i = 0; i < kLate; ++i) {
        FileRecord record;
        record.text = "A garden needs water, number " + QByteArray::number(i);
        record.row.ino = uint64_t(1000 + i);
        record.row.paths = {"gone" + QByteArray::number(i)};
        record.chunks = {{0, uint64_t(record.text.size()), 0}};
        // One of them has its vectors already.
        record.row.model = i == 0 ? context.shipped->id() : QByteArray();
        records.push_back(record);
    }
    ASSERT_TRUE(catalog->writeFiles(records, {}));
    const auto before = catalog->counts();
    ASSERT_TRUE(before);
    EXPECT_EQ(before->later, uint64_t(kLate - 1));
    const auto stored = catalog->generation();
    ASSERT_TRUE(stored);

    ModelTuner tuner(context, *catalog, [] {});
    const auto willLearn = tuner.willLearn(kFiles);
    ASSERT_TRUE(willLearn);
    EXPECT_TRUE(*willLearn);
    auto step = tuner.step();
    for (int turn = 0; turn < kLate && step && *step == ModelTuner::Step::Worked; ++turn)
        step = tuner.step();
    ASSERT_TRUE(step);
    EXPECT_EQ(*step, ModelTuner::Step::Nothing);
    EXPECT_EQ(context.meaning().vectors->count(), size_t(kLate - 1));
    const auto row = catalog->file(1001);
    ASSERT_TRUE(row && row->has_value());
    EXPECT_EQ((*row)->model, context.shipped->id());
    // A vector index that was stored before lacks them, and can tell.
    const auto since = catalog->embeddedSince(*stored);
    ASSERT_TRUE(since);
    EXPECT_EQ(since->size(), kLate - 1);
    const auto after = catalog->counts();
    ASSERT_TRUE(after);
    EXPECT_EQ(after->later, 0U);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
