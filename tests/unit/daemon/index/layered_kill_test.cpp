// SPDX-License-Identifier: Apache-2.0
//
// Goal: SIGKILL at any moment of putting, sealing, merging and storing leaves the last stored state
// or the next one, whole. Method: a child applies numbered changes to an index and stores it under
// the number of changes; it is killed at a random moment, and what is loaded afterwards must be
// what the exact index makes of the same changes. VEXFS_TEST_FULL=1: 200 kills in place of 25.
#include "daemon/index/vector_index.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

constexpr uint32_t kDimension = 64;
constexpr uint64_t kInodes = 600;
constexpr size_t kSealMin = 150;
constexpr uint64_t kChangesPerSave = 40;
const VectorIndexIdentity kIdentity{"test/1", kDimension};

std::vector<float> vectorOf(std::mt19937_64 &random)
{
    std::normal_distribution<float> normal;
    std::vector<float> vector(kDimension);
    float squares = 0.0F;
    for (float &value : vector) {
        value = normal(random);
        squares += value * value;
    }
    for (float &value : vector)
        value /= std::sqrt(squares);
    return vector;
}

// The same for the same number, always.
void change(VectorIndex &index, uint64_t number)
{
    std::mt19937_64 random(number);
    const uint64_t ino = 1 + random() % kInodes;
    if (random() % 4 == 0) {
        index.remove(ino);
        return;
    }
    std::vector<std::vector<float>> vectors(1 + random() % 3);
    for (auto &vector : vectors)
        vector = vectorOf(random);
    if (!index.put(ino, vectors))
        _exit(3);
}

// Names of the segments that the last stored state consists of.
QByteArray namedSegments(const QString &path)
{
    QFile file(path);
    QByteArray names;
    if (!file.open(QIODevice::ReadOnly))
        return names;
    static const QRegularExpression name(QStringLiteral("vectors-[0-9a-f]+-[0-9]+\\.seg"));
    auto all = name.globalMatch(QString::fromLatin1(file.readAll()));
    while (all.hasNext())
        names += all.next().captured().toLatin1() + ' ';
    return names;
}

// Every second moment is soon after a new segment is part of what is stored: at one drawn
// beforehand a busy machine, where sealing waits for all else, has none yet.
void waitForAMoment(int kill, const QString &path, std::mt19937 &random)
{
    if (kill % 2 != 0) {
        usleep(20'000 + random() % 300'000);
        return;
    }
    const QByteArray before = namedSegments(path);
    const QDeadlineTimer limit(120'000);
    while (namedSegments(path) == before && !limit.hasExpired())
        usleep(2000);
    EXPECT_FALSE(limit.hasExpired());
    usleep(random() % 20'000);
}

// Never returns.
[[noreturn]] void live(const QString &folder)
{
    const QString path = folder + QStringLiteral("/vectors.vxi");
    const auto index = createLayeredIndex(kIdentity, folder, kSealMin);
    const auto loaded = index->load(path);
    for (uint64_t number = loaded ? *loaded : 0;; ++number) {
        change(*index, number);
        if ((number + 1) % kChangesPerSave == 0 && !index->save(path, number + 1))
            _exit(4);
    }
}

TEST(LayeredIndexKill, LeavesAWholeStateAtAnyMoment)
{
    const auto seed = unsigned(qEnvironmentVariableIntValue("VEXFS_TEST_SEED"));
    printf("seed=%u\n", seed);
    const int kills = qEnvironmentVariableIntValue("VEXFS_TEST_FULL") != 0 ? 200 : 25;
    std::mt19937 random(seed);
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("vectors.vxi"));
    const auto exact = createExactIndex(kIdentity);
    uint64_t known = 0;
    int withSegment = 0;
    int unfinished = 0;
    for (int kill = 0; kill < kills; ++kill) {
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0)
            live(folder.path());
        waitForAMoment(kill, path, random);
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "ended by itself: " << WEXITSTATUS(status);
        unfinished += QDir(folder.path()).entryList({QStringLiteral("*.new")}).isEmpty() ? 0 : 1;

        const auto index = createLayeredIndex(kIdentity, folder.path(), 1'000'000);
        const auto loaded = index->load(path);
        if (!loaded) {
            ASSERT_EQ(loaded.error().code, Errc::NotFound) << qPrintable(loaded.error().what);
            ASSERT_EQ(known, 0U);
            continue;
        }
        ASSERT_GE(*loaded, known);
        for (; known < *loaded; ++known)
            change(*exact, known);
        ASSERT_EQ(index->count(), exact->count());
        std::vector<VectorPlan> plans;
        std::mt19937_64 queries(static_cast<uint64_t>(kill));
        const std::vector<float> query = vectorOf(queries);
        const auto all = index->explain(query, exact->count() + 1, nullptr, FilterWay::None, plans);
        ASSERT_TRUE(all);
        withSegment += plans.size() > 1 ? 1 : 0;
        // By a scan of all: the same chunks, at the same distances but for the codes' precision.
        const std::vector<uint64_t> inodes = exact->inodes();
        const InodeSet every(inodes.begin(), inodes.end());
        std::map<std::pair<uint64_t, uint32_t>, float> found;
        const auto mine = index->search(query, exact->count() + 1, &every);
        const auto truth = exact->search(query, exact->count(), nullptr);
        ASSERT_TRUE(mine && truth);
        for (const VectorHit &hit : *mine)
            EXPECT_TRUE(found.insert({{hit.ino, hit.chunk}, hit.similarity}).second) << "twice";
        for (const VectorHit &hit : *truth) {
            const auto at = found.find({hit.ino, hit.chunk});
            ASSERT_NE(at, found.end()) << "lost: " << hit.ino;
            EXPECT_NEAR(at->second, hit.similarity, 0.01F);
        }
        EXPECT_EQ(found.size(), exact->count());
    }
    printf("%d kills, %d with segments, %d while one was written; %llu changes\n", kills,
           withSegment, unfinished, static_cast<unsigned long long>(known));
    EXPECT_GT(withSegment, kills / 2);
    EXPECT_GT(known, 1000U);
}

} // namespace
