// SPDX-License-Identifier: Apache-2.0
//
// Goal: no file is left out when memory is short while a tuned model is put in place, and a change
// of the model that was cut short leaves no fork to another one.
// Method: the real tuner over a real catalog, with a vector index that refuses some files at first.
// What is cut short is a tuner that is gone after some portions, as after a kill; kills themselves
// are in index_service_test.cpp.
#include "daemon/embed/vector_fork.h"
#include "daemon/service/model_tuner.h"
#include "tests/support/folder_volume.h"
#include "tests/support/model/tiny_model.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <map>
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
        volume = std::make_shared<FolderVolume>(base + "/root", base + "/state");
        context.view = volume;
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

    /// Files without vectors, and their rows.
    void addFiles(int count)
    {
        QVector<FileRecord> records;
        for (int i = 0; i < count; ++i) {
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
            record.row.textHash = textHash(record.text);
            record.row.textBytes = uint64_t(record.text.size());
            record.row.chunkCount = 1;
            record.chunks = {{0, uint64_t(record.text.size()), 0}};
            records.push_back(record);
            inodes[name] = now.st_ino;
        }
        ASSERT_TRUE(catalog->writeFiles(records, {}));
    }

    /// How many forks have the vectors of which model.
    std::map<QByteArray, int> forks()
    {
        std::map<QByteArray, int> models;
        for (const auto &[name, ino] : inodes) {
            const auto file = volume->open(name, ino);
            const auto bytes = file ? volume->readVectors(*file) : QByteArray();
            const auto fork = decodeVectorFork(bytes ? *bytes : QByteArray());
            ++models[fork ? fork->model : QByteArray()];
            if (file)
                ::close(*file);
        }
        return models;
    }

    QString tinyFolder() const { return folder.filePath(QStringLiteral("tiny")); }

    /// A model of a folder, opened, and the choice of it.
    std::pair<std::shared_ptr<Embedder>, ModelChoice> tinyModel()
    {
        test::writeTinyModel(tinyFolder(), test::TinyModel());
        const auto choice = ModelChoice::make(tinyFolder(), {}, {}, {});
        const auto opened = choice->open();
        EXPECT_TRUE(opened) << qPrintable(opened ? QString() : opened.error().what);
        return {opened ? *opened : nullptr, *choice};
    }

    /// All files have the shipped model's vectors, in forks and index.
    void embedAll()
    {
        ModelTuner tuner(context, *catalog, [] {});
        ASSERT_TRUE(tuner.changeTo(context.shipped, {}));
        finish(tuner);
    }

    /// Until a model is in place; false where that takes something to be learnt.
    bool finish(ModelTuner &tuner)
    {
        bool hasLearnt = false;
        for (int turn = 0; turn < 10'000; ++turn) {
            const auto step = tuner.step();
            EXPECT_TRUE(step) << qPrintable(step ? QString() : step.error().what);
            if (!step || *step == ModelTuner::Step::Finished)
                return step && !hasLearnt;
            EXPECT_NE(*step, ModelTuner::Step::Nothing);
            hasLearnt = hasLearnt || *step == ModelTuner::Step::Learning;
            if (*step == ModelTuner::Step::Learning)
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        ADD_FAILURE() << "no end";
        return false;
    }

    bool hasFile(const char *name) const
    {
        return QFile::exists(context.directory + u'/' + QLatin1String(name));
    }

    QTemporaryDir folder;
    QByteArray base;
    std::shared_ptr<FolderVolume> volume;
    std::map<QByteArray, uint64_t> inodes;
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
    addFiles(kFiles);

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

TEST_F(ModelTunerTest, ModelThatIsChosenHasAllForks)
{
    constexpr int kSome = 100;
    addFiles(kSome);
    embedAll();
    const QByteArray shipped = context.shipped->id();
    EXPECT_EQ(forks(), (std::map<QByteArray, int>{{shipped, kSome}}));

    const auto [tiny, choice] = tinyModel();
    ModelTuner tuner(context, *catalog, [] {});
    ASSERT_TRUE(tuner.changeTo(tiny, choice));
    ASSERT_TRUE(tuner.step());
    EXPECT_EQ(forks().size(), 2U);
    EXPECT_EQ(context.meaning().embedder->id(), shipped);
    // The one in place, chosen while others already have forks: only those are written again.
    const int before = volume->forkWrites();
    const int others = forks()[tiny->id()];
    ASSERT_TRUE(tuner.changeTo(context.shipped, {}));
    finish(tuner);
    EXPECT_EQ(volume->forkWrites() - before, others);
    EXPECT_EQ(forks(), (std::map<QByteArray, int>{{shipped, kSome}}));
    EXPECT_FALSE(hasFile("change.json"));
    EXPECT_FALSE(hasFile("model.json"));
}

TEST_F(ModelTunerTest, ChoiceThatWasCutShortGoesOn)
{
    constexpr int kSome = 100;
    addFiles(kSome);
    embedAll();
    const auto [tiny, choice] = tinyModel();
    const int before = volume->forkWrites();
    {
        ModelTuner tuner(context, *catalog, [] {});
        ASSERT_TRUE(tuner.changeTo(tiny, choice));
        ASSERT_TRUE(tuner.step());
    }
    EXPECT_EQ(forks().size(), 2U);
    EXPECT_TRUE(hasFile("change.json"));
    EXPECT_FALSE(hasFile("model.json"));

    ModelTuner tuner(context, *catalog, [] {});
    const auto hasWork = tuner.hasWork();
    ASSERT_TRUE(hasWork);
    EXPECT_FALSE(*hasWork);
    ASSERT_TRUE(tuner.resume());
    ASSERT_TRUE(*tuner.hasWork());
    EXPECT_EQ(tuner.pending(), uint64_t(kSome));
    const uint64_t embedded = context.embeddedChunks;
    EXPECT_TRUE(finish(tuner));
    EXPECT_EQ(volume->forkWrites() - before, kSome);
    EXPECT_LT(context.embeddedChunks - embedded, uint64_t(kSome));
    EXPECT_EQ(context.embeddedChunks - embedded + context.reusedChunks, uint64_t(kSome));
    EXPECT_EQ(forks(), (std::map<QByteArray, int>{{tiny->id(), kSome}}));
    EXPECT_EQ(context.meaning().embedder->id(), tiny->id());
    EXPECT_EQ(context.meaning().vectors->count(), size_t(kSome));
    const auto kept = ModelChoice::load(context.directory);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->id, tiny->id());
    EXPECT_FALSE(hasFile("change.json"));
}

TEST_F(ModelTunerTest, KillAfterTheChoiceIsSavedIsNoted)
{
    constexpr int kSome = 70;
    addFiles(kSome);
    embedAll();
    const auto [tiny, choice] = tinyModel();
    ModelTuner tuner(context, *catalog, [] {});
    ASSERT_TRUE(tuner.changeTo(tiny, choice));
    const auto note = ModelChange::load(context.directory);
    ASSERT_TRUE(note && note->has_value() && (*note)->choice);
    finish(tuner);
    // As if model and catalog were in place, and the note not yet gone.
    ASSERT_TRUE((*note)->save(context.directory));
    const int before = volume->forkWrites();
    ModelTuner next(context, *catalog, [] {});
    ASSERT_TRUE(next.resume());
    EXPECT_TRUE(finish(next));
    EXPECT_EQ(volume->forkWrites(), before);
    EXPECT_FALSE(hasFile("change.json"));
    EXPECT_TRUE(hasFile("model.json"));
}

TEST_F(ModelTunerTest, ChoiceOfAModelThatWentAwayIsTriedUntilAnotherIsMade)
{
    constexpr int kSome = 100;
    addFiles(kSome);
    embedAll();
    const auto [tiny, choice] = tinyModel();
    {
        ModelTuner tuner(context, *catalog, [] {});
        ASSERT_TRUE(tuner.changeTo(tiny, choice));
        ASSERT_TRUE(tuner.step());
    }
    ASSERT_TRUE(QDir(tinyFolder()).removeRecursively());
    ModelTuner tuner(context, *catalog, [] {});
    ASSERT_TRUE(tuner.resume());
    EXPECT_TRUE(*tuner.hasWork());
    // What it has written already can be read without it.
    auto step = tuner.step();
    for (int turn = 0; turn < kSome && step; ++turn)
        step = tuner.step();
    ASSERT_FALSE(step);
    EXPECT_EQ(step.error().code, Errc::NotFound);
    ASSERT_TRUE(tuner.changeTo(context.shipped, {}));
    EXPECT_TRUE(finish(tuner));
    EXPECT_EQ(forks(), (std::map<QByteArray, int>{{context.shipped->id(), kSome}}));
}

TEST_F(ModelTunerTest, LearntModelThatWasCutShortIsNotLearntAgain)
{
    addFiles(kFiles);
    embedAll();
    QByteArray learnt;
    {
        ModelTuner tuner(context, *catalog, [] {});
        auto step = tuner.step();
        while (step && *step == ModelTuner::Step::Learning) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            step = tuner.step();
        }
        ASSERT_TRUE(step);
        ASSERT_TRUE(tuner.step());
        const auto models = forks();
        ASSERT_EQ(models.size(), 2U);
        for (const auto &[model, count] : models)
            learnt = model == context.shipped->id() ? learnt : model;
    }
    EXPECT_TRUE(hasFile("change.vxt"));
    EXPECT_FALSE(hasFile("tuned.vxt"));
    ModelTuner tuner(context, *catalog, [] {});
    ASSERT_TRUE(tuner.resume());
    EXPECT_TRUE(finish(tuner));
    EXPECT_EQ(forks(), (std::map<QByteArray, int>{{learnt, kFiles}}));
    EXPECT_EQ(context.meaning().embedder->id(), learnt);
    EXPECT_EQ(ModelTuner::currentModel(context.directory, context.shipped)->id(), learnt);
    EXPECT_FALSE(hasFile("change.json"));
    EXPECT_FALSE(hasFile("change.vxt"));
    EXPECT_FALSE(*tuner.hasWork());
}

TEST_F(ModelTunerTest, ChangeWhoseNoteIsDamagedIsUndone)
{
    constexpr int kSome = 100;
    addFiles(kSome);
    embedAll();
    const auto [tiny, choice] = tinyModel();
    const QByteArray table = "no table";
    for (const QByteArray &note :
         {QByteArray(), QByteArray("{"), QByteArray("{\"choice\": {\"kind\": \"strange\"}}"),
          QByteArray("{\"choice\": {\"kind\": \"folder\"}}"),
          QByteArray("{\"files-learnt\": -1}"), QByteArray("{\"files-learnt\": 300}")}) {
        {
            ModelTuner tuner(context, *catalog, [] {});
            ASSERT_TRUE(tuner.changeTo(tiny, choice));
            ASSERT_TRUE(tuner.step());
        }
        ASSERT_EQ(forks().size(), 2U);
        test::writeFile(context.directory + QStringLiteral("/change.json"), note);
        test::writeFile(context.directory + QStringLiteral("/change.vxt"), table);
        ModelTuner tuner(context, *catalog, [] {});
        ASSERT_TRUE(tuner.resume()) << note.constData();
        EXPECT_TRUE(finish(tuner)) << note.constData();
        EXPECT_EQ(forks(), (std::map<QByteArray, int>{{context.shipped->id(), kSome}}))
            << note.constData();
        EXPECT_FALSE(hasFile("change.json"));
        EXPECT_FALSE(hasFile("change.vxt"));
        EXPECT_FALSE(hasFile("tuned.vxt"));
    }
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
