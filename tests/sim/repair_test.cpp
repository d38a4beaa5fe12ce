// SPDX-License-Identifier: Apache-2.0
// Goal: vexfs_repair() makes any damaged volume clean and usable, keeps at its place all that could
//   be read before, brings back what was only cut off, and can be interrupted at any write.
// Method: volumes with some of everything are damaged (bytes on the device; items and counts
//   through the engine's own trees, so that every checksum is right), repaired, checked, read,
//   written to. What a read-only mount of the damaged volume could read is what must be there.
#include "tests/support/volume_driver.h"

extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" // C has functions that are called as structs are
#include "snap/snap.h"
#include "fs/fork.h"
#pragma GCC diagnostic pop
}

#include <vexfs/check.h>
#include <vexfs/posix_hooks.h>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <functional>
#include <map>
#include <set>

namespace vexfs::test {
namespace {

const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

constexpr uint64_t kBlocks = 16384;

std::string randomVolume(uint64_t seed, SimImage *image)
{
    SimDevice device(formattedImage(kBlocks));
    const vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    if (vexfs_volume_open(device.dev(), &options, &volume))
        return "open";
    VolumeDriver driver(volume);
    ModelVolume model;
    Random random(seed);
    for (int i = 0; i < 700; i++) {
        Operation operation = randomOperation(random, model);
        operation.number = std::min<uint64_t>(operation.number, 20000);
        uint64_t done = 0;
        if (driver.apply(operation, &done) != -ENOSPC)
            model.apply(operation, done);
    }
    driver.evictHeld();
    const int error = vexfs_volume_close(volume);
    *image = device.image();
    return error ? "close" : checkImage(*image);
}

/// Files by path with what they hold; what cannot be read is left out.
std::map<std::string, std::string> readable(const SimImage &image)
{
    std::map<std::string, std::string> out;
    SimDevice device(image);
    device.setReadOnly(true);
    vexfs_open_options options{};
    options.read_only = true;
    vexfs_volume *volume = nullptr;
    if (vexfs_volume_open(device.dev(), &options, &volume))
        return out;
    struct Frame
    {
        vexfs_volume *volume;
        std::map<std::string, std::string> *out;
        std::vector<std::pair<std::string, vexfs_id>> todo;
        std::string path;
    } frame{volume, &out, {{"", {VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO}}}, ""};
    std::set<uint64_t> seen;
    while (!frame.todo.empty()) {
        const auto [path, dir] = frame.todo.back();
        frame.todo.pop_back();
        if (!seen.insert(dir.ino).second)
            continue;
        frame.path = path;
        vexfs_volume_readdir(volume, dir, 0, [](void *context, const vexfs_entry *entry) {
            Frame &at = *static_cast<Frame *>(context);
            const std::string name(entry->name, entry->name_bytes);
            if (name == "." || name == "..")
                return true;
            const std::string full = at.path.empty() ? name : at.path + "/" + name;
            at.todo.emplace_back(full, entry->id);
            return true;
        }, &frame);
        // Files among what was found, and directories as they are entered.
        for (auto at = frame.todo.begin(); at != frame.todo.end();) {
            vexfs_attr attr{};
            if (vexfs_volume_getattr(volume, at->second, &attr)) {
                at = frame.todo.erase(at);
                continue;
            }
            if ((attr.mode & S_IFMT) == S_IFDIR) {
                ++at;
                continue;
            }
            std::string data;
            bool isWhole = (attr.mode & S_IFMT) == S_IFREG && attr.size_bytes < (4 << 20);
            while (isWhole && data.size() < attr.size_bytes) {
                std::string part(65536, '\0');
                u32 got = 0;
                isWhole = vexfs_volume_read(volume, at->second, 0, data.size(), part.data(),
                                            static_cast<u32>(part.size()), &got) == 0 && got;
                data.append(part, 0, got);
            }
            if (isWhole)
                out[at->first] = data;
            at = frame.todo.erase(at);
        }
    }
    vexfs_volume_close(volume);
    return out;
}

struct Telling
{
    std::vector<std::string> lines;
    static void tell(void *context, const vexfs_finding *finding)
    {
        static_cast<Telling *>(context)->lines.emplace_back(
            std::string(finding->what) + " (tree " + std::to_string(finding->tree) + " inode " +
            std::to_string(finding->ino) + ")");
    }
    bool has(const std::string &what) const
    {
        for (const std::string &line : lines) {
            if (line.starts_with(what))
                return true;
        }
        return false;
    }
    std::string text() const
    {
        std::string out;
        for (const std::string &line : lines)
            out += line + "\n";
        return out;
    }
};

int findings(const SimImage &image, u64 *count)
{
    SimDevice device(image);
    device.setReadOnly(true);
    const vexfs_check_options options{};
    vexfs_check_result result{};
    const int error = vexfs_check(device.dev(), &options, &result);
    *count = result.findings;
    return error;
}

/// Repairs until the check is content, as fsck.vexfs does. Returns problems in words.
std::string repair(SimImage *image, Telling *telling)
{
    for (int round = 0; round < 3; round++) {
        SimDevice device(*image);
        vexfs_check_options options{};
        options.report = Telling::tell;
        options.context = telling;
        u64 actions = 0;
        if (const int error = vexfs_repair(device.dev(), &options, &actions))
            return "repair gives " + std::to_string(error) + "\n" + telling->text();
        *image = device.image();
        u64 left = 0;
        if (const int error = findings(*image, &left))
            return "check gives " + std::to_string(error);
        if (left == 0)
            return "";
    }
    SimDevice device(*image);
    Telling left;
    vexfs_check_options options{};
    options.report = Telling::tell;
    options.context = &left;
    vexfs_check_result result{};
    vexfs_check(device.dev(), &options, &result);
    return "still not clean:\n" + left.text() + "after\n" + telling->text();
}

/// Mounts, writes, deletes, and checks that the volume is clean afterwards.
std::string use(SimImage *image)
{
    SimDevice device(*image);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    if (const int error = vexfs_volume_open(device.dev(), &options, &volume))
        return "open gives " + std::to_string(error);
    VolumeDriver driver(volume);
    const Operation operations[] = {
        {OpKind::Mkdir, "probe", "", 0, 0755, 0},
        {OpKind::CreateFile, "probe/file", "", 0, 0644, 0},
        {OpKind::Write, "probe/file", "", 0, 100000, 1},
        {OpKind::Commit, "", "", 0, 0, 0},
        {OpKind::Unlink, "probe/file", "", 0, 0, 0},
        {OpKind::Rmdir, "probe", "", 0, 0, 0},
    };
    std::string problem;
    for (const Operation &operation : operations) {
        uint64_t done = 0;
        const int error = driver.apply(operation, &done);
        if (error && error != -EEXIST)
            problem = operation.text() + " gives " + std::to_string(error);
    }
    driver.evictHeld();
    while (vexfs_volume_tick(volume) == 1) {
    }
    if (const int error = vexfs_volume_close(volume))
        return "close gives " + std::to_string(error);
    *image = device.image();
    u64 left = 0;
    if (findings(*image, &left) || left)
        problem += " not clean after use: " + checkImage(*image);
    return problem;
}

/// All of it: what was readable before must be there afterwards.
std::string repairAndUse(const SimImage &damaged, Telling *telling, SimImage *out = nullptr)
{
    const auto before = readable(damaged);
    SimImage image = damaged;
    std::string problem = repair(&image, telling);
    if (!problem.empty())
        return problem;
    const auto after = readable(image);
    for (const auto &[path, data] : before) {
        const auto at = after.find(path);
        if (at == after.end())
            return "'" + path + "' was readable and is gone\n" + telling->text();
        if (at->second != data)
            return "'" + path + "' reads differently\n" + telling->text();
    }
    problem = use(&image);
    if (out)
        *out = image;
    return problem.empty() ? "" : problem + "\n" + telling->text();
}

std::vector<uint64_t> writtenBlocks(const SimImage &image)
{
    std::vector<uint64_t> blocks;
    for (uint64_t block = 0; block < image.size(); block++) {
        if (image[block])
            blocks.push_back(block);
    }
    return blocks;
}

void flip(SimImage *image, uint64_t block, size_t byte, uint8_t mask)
{
    auto copy = (*image)[block] ? std::make_shared<SimBlock>(*(*image)[block])
                                : std::make_shared<SimBlock>();
    (*copy)[byte] ^= mask;
    (*image)[block] = std::move(copy);
}

class Repair : public testing::Test
{
protected:
    void SetUp() override { ASSERT_EQ(randomVolume(4712, &m_healthy), ""); }
    SimImage m_healthy;
};

TEST_F(Repair, AFlippedByteInAnyBlockIsMended)
{
    Random random(testSeed(41));
    const std::vector<uint64_t> blocks = writtenBlocks(m_healthy);
    size_t repaired = 0;
    const size_t rounds = isFullRun() ? blocks.size() * 8 : blocks.size();
    for (size_t i = 0; i < rounds; i++) {
        SimImage image = m_healthy;
        flip(&image, blocks[i % blocks.size()], random.below(VEXFS_BLOCK_BYTES),
             static_cast<uint8_t>(1 + random.below(255)));
        u64 found = 0;
        if (findings(image, &found) || found == 0)
            continue;
        Telling telling;
        ASSERT_EQ(repairAndUse(image, &telling), "") << "block " << blocks[i % blocks.size()];
        repaired++;
    }
    std::printf("flips repaired: %zu of %zu\n", repaired, rounds);
    EXPECT_GT(repaired, 10u);
}

TEST_F(Repair, RandomDamageIsMendedAndTheVolumeTakesWrites)
{
    const uint64_t seed = testSeed(42);
    Random random(seed);
    const std::vector<uint64_t> blocks = writtenBlocks(m_healthy);
    int repaired = 0;
    for (int round = 0; round < (isFullRun() ? 2000 : 150); round++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round));
        SimImage image = m_healthy;
        for (uint64_t i = 1 + random.below(6); i > 0; i--) {
            const uint64_t block = blocks[random.below(blocks.size())];
            if (random.chance(20))
                image[block] = nullptr;
            else if (random.chance(20))
                image[block] = m_healthy[blocks[random.below(blocks.size())]];
            else
                flip(&image, block, random.below(VEXFS_BLOCK_BYTES), 0x5a);
        }
        u64 found = 0;
        if (findings(image, &found) || found == 0)
            continue; // not even a superblock, or nothing that the check looks at
        Telling telling;
        ASSERT_EQ(repairAndUse(image, &telling), "");
        repaired++;
    }
    std::printf("random damage repaired: %d\n", repaired);
    EXPECT_GT(repaired, 20);
}

/// Changes bytes of some leaves' items and gives all nodes the checksums that fit.
SimImage withWrongItems(const SimImage &image, Random &random)
{
    SimDevice device(image);
    auto txn = std::make_unique<vexfs_txn>();
    const vexfs_open_options options{};
    EXPECT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
    EXPECT_EQ(vexfs_txn_begin(txn.get(), VEXFS_SPACE_NORMAL), 0);
    for (uint64_t i = 1 + random.below(4); i > 0; i--) {
        vexfs_subvol *subvol = nullptr;
        const uint64_t ids[] = {1, 1, 1, 2, 256, 257, 258};
        const bool isRoot = random.chance(10);
        if (!isRoot && vexfs_subvol_get(txn.get(), ids[random.below(7)], &subvol))
            continue;
        vexfs_tree *tree = isRoot ? &txn->root_tree : &subvol->tree;
        vexfs_key key{};
        key.object = random.below(isRoot ? 260 : subvol->next_ino + 1);
        key.type = static_cast<u8>(random.below(0x50));
        if (vexfs_tree_prepare(tree, &key, 0))
            continue;
        vexfs_cursor cursor;
        if (vexfs_cursor_open_floor(&cursor, tree, &key) == 0 && !cursor.at_end) {
            vexfs_node *leaf = cursor.path[0];
            const u32 bytes = vexfs_cursor_bytes(&cursor);
            if (leaf->state == VEXFS_NODE_DIRTY && bytes) {
                u8 *data = vexfs_node_data(leaf->data, cursor.index[0]);
                data[random.below(bytes)] ^= static_cast<u8>(1 + random.below(255));
            }
            // A key, which may come out of order; the commit needs those of the root tree.
            if (leaf->state == VEXFS_NODE_DIRTY && !isRoot && random.chance(20)) {
                auto *item = reinterpret_cast<u8 *>(vexfs_node_items(leaf->data) +
                                                    cursor.index[0]);
                item[random.below(17)] ^= 1;
            }
        }
        vexfs_cursor_close(&cursor);
    }
    vexfs_txn_end(txn.get(), 0);
    EXPECT_EQ(vexfs_txn_commit(txn.get(), nullptr), 0);
    vexfs_txn_close(txn.get());
    return device.image();
}

TEST_F(Repair, WrongItemsUnderRightChecksumsAreMended)
{
    const uint64_t seed = testSeed(44);
    Random random(seed);
    int repaired = 0;
    for (int round = 0; round < (isFullRun() ? 5000 : 300); round++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " round " + std::to_string(round));
        SimImage image = withWrongItems(m_healthy, random);
        u64 found = 0;
        if (findings(image, &found) || found == 0)
            continue;
        Telling telling;
        ASSERT_EQ(repair(&image, &telling), "");
        ASSERT_EQ(use(&image), "") << telling.text();
        repaired++;
    }
    std::printf("wrong items repaired: %d\n", repaired);
    EXPECT_GT(repaired, 50);
}

TEST_F(Repair, ACleanVolumeHasNothingToRepairInIt)
{
    SimDevice device(m_healthy);
    const vexfs_check_options options{};
    u64 actions = 77;
    ASSERT_EQ(vexfs_repair(device.dev(), &options, &actions), 0);
    EXPECT_EQ(actions, 0u);
    EXPECT_EQ(checkImage(device.image()), "");
    EXPECT_EQ(readable(device.image()), readable(m_healthy));
}

/// A volume whose content is known, changed through the engine's own trees.
class Edited : public testing::Test
{
protected:
    void SetUp() override
    {
        SimDevice device(formattedImage(kBlocks));
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        VolumeDriver driver(volume);
        const auto run = [&](OpKind kind, const char *path, const char *other = "",
                             uint64_t number = 0, uint64_t offset = 0) {
            uint64_t done = 0;
            ASSERT_EQ(driver.apply({kind, path, other, offset, number, 7}, &done), 0) << path;
        };
        run(OpKind::Mkdir, "d", "", 0755);
        run(OpKind::Mkdir, "d/e", "", 0755);
        run(OpKind::CreateFile, "d/file", "", 0644);
        run(OpKind::Write, "d/file", "", 100000);
        run(OpKind::CreateFile, "d/e/deep", "", 0644);
        run(OpKind::Write, "d/e/deep", "", 9000);
        run(OpKind::CreateFile, "plain", "", 0644);
        run(OpKind::Write, "plain", "", 5000);
        run(OpKind::Link, "plain", "d/second");
        ASSERT_EQ(vexfs_volume_commit(volume, nullptr), 0);
        for (const char *path : {"d", "d/e", "d/file", "d/e/deep", "plain"})
            m_ino[path] = lookup(volume, path);
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
        ASSERT_EQ(checkImage(m_image), "");
        m_files = readable(m_image);
        ASSERT_EQ(m_files.size(), 4u);
    }

    static uint64_t lookup(vexfs_volume *volume, const std::string &path)
    {
        vexfs_id id{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
        for (size_t at = 0; at < path.size();) {
            const size_t slash = std::min(path.find('/', at), path.size());
            vexfs_attr attr{};
            EXPECT_EQ(vexfs_volume_lookup(volume, id, path.data() + at,
                                          static_cast<u32>(slash - at), &id, &attr), 0);
            at = slash + 1;
        }
        return id.ino;
    }

    /// Runs @p change on the live tree and commits; the volume must be damaged afterwards.
    void damage(const std::function<void(vexfs_txn *, vexfs_tree *)> &change,
                bool storesTree = true)
    {
        SimDevice device(m_image);
        auto txn = std::make_unique<vexfs_txn>();
        const vexfs_open_options options{};
        ASSERT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_txn_begin(txn.get(), VEXFS_SPACE_NORMAL), 0);
        ASSERT_EQ(vexfs_subvol_get(txn.get(), VEXFS_VOLUME_TREE_LIVE, &subvol), 0);
        change(txn.get(), &subvol->tree);
        subvol->dirty = subvol->dirty || storesTree;
        vexfs_txn_end(txn.get(), 0);
        ASSERT_EQ(vexfs_txn_commit(txn.get(), nullptr), 0);
        vexfs_txn_close(txn.get());
        m_image = device.image();
        u64 found = 0;
        ASSERT_EQ(findings(m_image, &found), 0);
        ASSERT_GT(found, 0u) << "the damage is none";
    }

    static void removeItems(vexfs_tree *tree, uint64_t object, u8 type)
    {
        for (;;) {
            vexfs_cursor cursor;
            vexfs_key key{};
            key.object = object;
            key.type = type;
            ASSERT_EQ(vexfs_cursor_open(&cursor, tree, &key), 0);
            const bool isThere = !cursor.at_end && vexfs_cursor_key(&cursor).object == object &&
                                 vexfs_cursor_key(&cursor).type == type;
            if (isThere)
                key = vexfs_cursor_key(&cursor);
            vexfs_cursor_close(&cursor);
            if (!isThere)
                return;
            ASSERT_EQ(vexfs_tree_prepare(tree, &key, 0), 0);
            vexfs_tree_remove(tree, &key);
        }
    }

    static void changeInode(vexfs_tree *tree, uint64_t ino,
                            const std::function<void(vexfs_inode *)> &change)
    {
        vexfs_inode inode{};
        ASSERT_EQ(vexfs_inode_read(tree, ino, &inode), 0);
        ASSERT_EQ(vexfs_inode_prepare(tree, ino, 0), 0);
        change(&inode);
        vexfs_inode_update(tree, ino, &inode);
    }

    /// Repairs; afterwards all files are there again, wherever they were.
    void expectAllBack()
    {
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
        EXPECT_EQ(readable(out), m_files) << telling.text();
    }

    SimImage m_image;
    std::map<std::string, uint64_t> m_ino;
    std::map<std::string, std::string> m_files;
};

TEST_F(Edited, ALostBackReferenceIsMadeFromTheEntry)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, m_ino["plain"], VEXFS_ITEM_BACKREF);
        removeItems(tree, m_ino["d/e"], VEXFS_ITEM_BACKREF);
    });
    expectAllBack();
}

TEST_F(Edited, ALostEntryIsMadeFromTheBackReference)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, m_ino["d"], VEXFS_ITEM_ENTRY);
        removeItems(tree, VEXFS_ROOT_INO, VEXFS_ITEM_ENTRY);
    });
    expectAllBack();
}

TEST_F(Edited, WrongNumbersOfInodesAreCorrected)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        changeInode(tree, m_ino["plain"], [](vexfs_inode *inode) { inode->nlink = 9; });
        changeInode(tree, m_ino["d"], [](vexfs_inode *inode) { inode->nlink = 1; });
        changeInode(tree, m_ino["d/e"], [](vexfs_inode *inode) { inode->size[0] = 77; });
        changeInode(tree, m_ino["d/file"], [](vexfs_inode *inode) { inode->blocks[0] = 3; });
    });
    expectAllBack();
}

TEST_F(Edited, WrongSumsOfATreeAreCorrected)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) {
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &subvol), 0);
        ASSERT_EQ(vexfs_inode_prepare(&subvol->tree, VEXFS_ROOT_INO, 0), 0); // so that it commits
        subvol->inodes = 1;
        subvol->next_ino = 3;
        subvol->vectors_bytes = 5;
    });
    expectAllBack();
}

TEST_F(Edited, AFileWithoutAnyNameGoesToLostAndFound)
{
    const uint64_t ino = m_ino["d/e/deep"];
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, ino, VEXFS_ITEM_BACKREF);
        removeItems(tree, m_ino["d/e"], VEXFS_ITEM_ENTRY);
    });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    const std::string path = "lost+found/#" + std::to_string(ino);
    ASSERT_EQ(files.count(path), 1u) << telling.text();
    EXPECT_EQ(files.at(path), m_files.at("d/e/deep"));
    EXPECT_EQ(files.at("d/file"), m_files.at("d/file"));
}

TEST_F(Edited, ABackReferenceOfAnotherNameGetsTheNameOfItsEntry)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        for (const char *path : {"plain", "d"}) {
            vexfs_key key = vexfs_backref_key(m_ino[path], 0);
            vexfs_cursor cursor;
            ASSERT_EQ(vexfs_cursor_open(&cursor, tree, &key), 0);
            key = vexfs_cursor_key(&cursor);
            vexfs_backref ref{};
            ASSERT_EQ(vexfs_backref_decode(vexfs_cursor_data(&cursor),
                                           vexfs_cursor_bytes(&cursor), &ref), 0);
            vexfs_cursor_close(&cursor);
            ref.name = {"quite another", 13};
            ASSERT_EQ(vexfs_tree_prepare(tree, &key, VEXFS_NAME_ROOM_BYTES), 0);
            vexfs_backref_update(tree, m_ino[path], key.offset, &ref);
        }
    });
    expectAllBack();
}

TEST_F(Edited, ContentWithoutAnInodeIsKept)
{
    const uint64_t ino = m_ino["d/e/deep"];
    damage([&](vexfs_txn *, vexfs_tree *tree) { removeItems(tree, ino, VEXFS_ITEM_INODE); });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    ASSERT_EQ(files.count("d/e/deep"), 1u) << telling.text();
    // The length went with the inode; what is known is the count of blocks.
    EXPECT_EQ(files.at("d/e/deep").substr(0, 9000), m_files.at("d/e/deep"));
    EXPECT_EQ(files.at("d/e/deep").size(), 3u * 4096);
}

TEST_F(Edited, EntriesWithoutAnInodeGo)
{
    const uint64_t ino = m_ino["plain"];
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        removeItems(tree, ino, VEXFS_ITEM_INODE);
        removeItems(tree, ino, VEXFS_ITEM_BACKREF);
        removeItems(tree, ino, VEXFS_ITEM_EXTENT);
    });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    EXPECT_EQ(files.size(), 2u) << telling.text();
    EXPECT_EQ(files.count("plain"), 0u);
}

TEST_F(Edited, ACircleOfDirectoriesIsCut)
{
    damage([&](vexfs_txn *, vexfs_tree *tree) {
        // "d" becomes a child of its own child.
        removeItems(tree, m_ino["d"], VEXFS_ITEM_BACKREF);
        vexfs_place place{};
        const vexfs_name name{"d", 1};
        ASSERT_EQ(vexfs_entry_find(tree, VEXFS_ROOT_INO, name, &place), 0);
        ASSERT_EQ(vexfs_entry_prepare(tree, VEXFS_ROOT_INO, place.cookie, 0), 0);
        vexfs_entry_remove(tree, VEXFS_ROOT_INO, place.cookie);
        ASSERT_EQ(vexfs_entry_find(tree, m_ino["d/e"], name, &place), 0);
        vexfs_backref ref{m_ino["d/e"], place.free_cookie, name};
        bool found = false;
        u64 offset = 0;
        u64 freeOffset = 0;
        ASSERT_EQ(vexfs_backref_find(tree, m_ino["d"], ref.parent, ref.cookie, &found, &offset,
                                     &freeOffset), 0);
        ASSERT_EQ(vexfs_entry_prepare(tree, ref.parent, ref.cookie, VEXFS_NAME_ROOM_BYTES), 0);
        vexfs_key key = vexfs_backref_key(m_ino["d"], freeOffset);
        ASSERT_EQ(vexfs_tree_prepare(tree, &key, VEXFS_NAME_ROOM_BYTES), 0);
        vexfs_entry_insert(tree, ref.parent, ref.cookie, m_ino["d"], S_IFDIR, name);
        vexfs_backref_insert(tree, m_ino["d"], freeOffset, &ref);
    });
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
    const auto files = readable(out);
    const std::string d = "lost+found/#" + std::to_string(m_ino["d"]);
    EXPECT_EQ(files.count(d + "/e/deep"), 1u) << telling.text();
    EXPECT_EQ(files.count(d + "/file"), 1u) << telling.text();
}

TEST_F(Edited, WrongReferenceCountsAreRebuilt)
{
    for (const uint16_t wrong : {uint16_t{0}, uint16_t{2}, uint16_t{9}}) {
        SetUp();
        damage([&](vexfs_txn *txn, vexfs_tree *tree) {
            vexfs_cursor cursor;
            vexfs_key key = vexfs_fork_key(m_ino["d/file"], 0, 0);
            ASSERT_EQ(vexfs_cursor_open(&cursor, tree, &key), 0);
            vexfs_extent extent{};
            ASSERT_EQ(vexfs_extent_decode(vexfs_cursor_data(&cursor),
                                          vexfs_cursor_bytes(&cursor), 0, &extent), 0);
            vexfs_cursor_close(&cursor);
            vexfs_count_page *page = nullptr;
            ASSERT_EQ(vexfs_space_page(&txn->space, extent.block / VEXFS_MAP_PAGE_COUNTS, &page),
                      0);
            page->counts[extent.block % VEXFS_MAP_PAGE_COUNTS] = vexfs_put16(wrong);
            page->counts[VEXFS_MAP_PAGE_COUNTS - 100] = vexfs_put16(3); // used by nobody
            vexfs_space_page_tally(page);
            vexfs_space_mark_dirty(&txn->space, page);
        });
        expectAllBack();
    }
}

TEST_F(Edited, LostRingsOfSuperblocksAreWrittenAgain)
{
    for (const uint64_t first : {uint64_t{8}, kBlocks - 8}) {
        SimImage image = m_image;
        for (uint64_t slot = 0; slot < 8; slot++)
            image[first + slot] = nullptr;
        u64 found = 0;
        ASSERT_EQ(findings(image, &found), 0);
        EXPECT_EQ(found, 1u);
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(image, &telling, &out), "");
        EXPECT_EQ(readable(out), m_files);
        EXPECT_NE(out[first], nullptr);
    }
}

TEST_F(Edited, WhatWasSyncedButNotCommittedSurvivesARepair)
{
    SimDevice device(m_image);
    const vexfs_open_options options{};
    vexfs_volume *volume = nullptr;
    ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
    VolumeDriver driver(volume);
    uint64_t done = 0;
    ASSERT_EQ(driver.apply({OpKind::CreateFile, "synced", "", 0, 0644, 0}, &done), 0);
    ASSERT_EQ(driver.apply({OpKind::Write, "synced", "", 0, 50000, 3}, &done), 0);
    ASSERT_EQ(vexfs_volume_fsync(volume, {VEXFS_VOLUME_TREE_LIVE, lookup(volume, "synced")}), 0);
    SimImage image = device.image(); // the power is lost here
    ASSERT_EQ(vexfs_volume_close(volume), 0);
    const std::string content = readable(device.image()).at("synced");
    for (uint64_t slot = 0; slot < 8; slot++)
        image[8 + slot] = nullptr;
    Telling telling;
    SimImage out;
    ASSERT_EQ(repairAndUse(image, &telling, &out), "");
    const auto files = readable(out);
    ASSERT_EQ(files.count("synced"), 1u) << telling.text();
    EXPECT_EQ(files.at("synced"), content);
}

TEST_F(Edited, AnOlderStateIsTakenWhenTheRootTreeIsLost)
{
    vexfs_super super{};
    SimDevice device(m_image);
    ASSERT_EQ(vexfs_super_ring_read(device.dev(), &super), 0);
    SimImage image = m_image;
    flip(&image, super.root_tree.block, 100, 1);
    Telling telling;
    ASSERT_EQ(repairAndUse(image, &telling), "");
    EXPECT_TRUE(telling.has("went back to an older state")) << telling.text();
}

/// The same with three snapshots, "s0" to "s2".
class EditedSnapshots : public Edited
{
protected:
    void SetUp() override
    {
        Edited::SetUp();
        SimDevice device(m_image);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (vexfs_snapshot &row : m_rows) {
            const std::string name = "s" + std::to_string(&row - m_rows.data());
            ASSERT_EQ(vexfs_volume_snapshot_create(volume, VEXFS_VOLUME_TREE_LIVE, name.data(), 2,
                                                   0, &row), 0);
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
    }

    static void rename(vexfs_txn *txn, uint64_t id, const std::string &name)
    {
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_subvol_get(txn, id, &subvol), 0);
        ASSERT_EQ(subvol->name_bytes, name.size()); // a commit makes no room for more
        vexfs_key key = vexfs_key_make(id, VEXFS_ITEM_ROOT, 0);
        ASSERT_EQ(vexfs_tree_prepare(&txn->root_tree, &key, 0), 0); // begins the commit
        memcpy(subvol->name, name.data(), name.size());
        subvol->dirty = true;
    }

    /// Repairs; then each snapshot is found by its name of @p names, and can be deleted.
    void expectNames(const std::vector<std::string> &names)
    {
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
        SimDevice device(out);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (size_t i = 0; i < m_rows.size(); i++) {
            vexfs_snapshot found{};
            ASSERT_EQ(vexfs_volume_snapshot_lookup(volume, names[i].data(),
                                                   static_cast<u32>(names[i].size()), &found), 0)
                << names[i] << "\n" << telling.text();
            EXPECT_EQ(found.id, m_rows[i].id);
            EXPECT_EQ(vexfs_volume_snapshot_delete(volume, found.id), 0);
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        EXPECT_EQ(checkImage(device.image()), "");
        EXPECT_EQ(nameItems(device.image()), 0u);
    }

    static size_t nameItems(const SimImage &image)
    {
        SimDevice device(image);
        auto txn = std::make_unique<vexfs_txn>();
        const vexfs_open_options options{};
        EXPECT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
        vexfs_key key = vexfs_key_make(0, VEXFS_ITEM_ROOT_NAME, 0);
        vexfs_cursor cursor;
        size_t count = 0;
        EXPECT_EQ(vexfs_cursor_open(&cursor, &txn->root_tree, &key), 0);
        int error = 0;
        while (!error && !cursor.at_end) {
            key = vexfs_cursor_key(&cursor);
            count += key.object == 0 && key.type == VEXFS_ITEM_ROOT_NAME;
            error = vexfs_cursor_next(&cursor);
        }
        EXPECT_EQ(error, 0);
        vexfs_cursor_close(&cursor);
        vexfs_txn_close(txn.get());
        return count;
    }

    std::string number(size_t row) const { return "#" + std::to_string(m_rows[row].id); }

    std::array<vexfs_snapshot, 3> m_rows{};
};

TEST_F(EditedSnapshots, OneOfTwoWithTheSameNameGetsAnother)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) { rename(txn, m_rows[2].id, "s0"); });
    expectNames({"s0", "s1", number(2)});
}

TEST_F(EditedSnapshots, ANameThatNoLookupTakesIsReplaced)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) { rename(txn, m_rows[1].id, "a/"); });
    expectNames({"s0", number(1), "s2"});
}

TEST_F(EditedSnapshots, ANameAtAKeyOfAnotherHashIsMoved)
{
    damage([&](vexfs_txn *txn, vexfs_tree *) {
        vexfs_place place{};
        ASSERT_EQ(vexfs_snap_name_find(txn, {"s1", 2}, &place), 0);
        ASSERT_TRUE(place.found);
        vexfs_key from = vexfs_key_make(0, VEXFS_ITEM_ROOT_NAME, place.cookie);
        vexfs_key to = from;
        to.offset -= 1000;
        std::array<char, VEXFS_ROOT_ITEM_MAX_BYTES> item{};
        u32 bytes = 0;
        ASSERT_EQ(vexfs_tree_read(&txn->root_tree, &from, item.data(), item.size(), &bytes), 0);
        ASSERT_EQ(vexfs_tree_prepare(&txn->root_tree, &to, VEXFS_TREE_ITEM_ROOM(bytes)), 0);
        vexfs_tree_insert(&txn->root_tree, &to, item.data(), bytes);
        ASSERT_EQ(vexfs_tree_prepare(&txn->root_tree, &from, 0), 0);
        vexfs_tree_remove(&txn->root_tree, &from);
    });
    expectNames({"s0", "s1", "s2"});
}

/// With so many snapshots that the root tree has nodes above its leaves.
class ManySnapshots : public Edited
{
protected:
    static constexpr int kSnapshots = 150;

    void SetUp() override
    {
        Edited::SetUp();
        SimDevice device(m_image);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (int i = 0; i < kSnapshots; i++) {
            const std::string name = nameOf(i);
            vexfs_snapshot row{};
            ASSERT_EQ(vexfs_volume_snapshot_create(volume, VEXFS_VOLUME_TREE_LIVE, name.data(),
                                                   static_cast<u32>(name.size()), 0, &row), 0);
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
        ASSERT_EQ(checkImage(m_image), "");
    }

    static std::string nameOf(int i) { return std::string(150, 'n') + std::to_string(i); }

    /// Runs @p change on the root of the root tree.
    void damageRoot(const std::function<void(void *)> &change)
    {
        damage([&](vexfs_txn *txn, vexfs_tree *) {
            vexfs_tree &tree = txn->root_tree;
            vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
            ASSERT_EQ(vexfs_tree_prepare(&tree, &live, 0), 0);
            ASSERT_GT(tree.root.level, 0u) << "the root tree is too low for the test";
            vexfs_node *node = vexfs_node_dirty_find(tree.io, tree.root.block);
            ASSERT_NE(node, nullptr);
            ASSERT_GT(vexfs_node_count(node->data), 2u);
            change(node->data);
        }, false);
    }

    void expectAllThere()
    {
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(m_image, &telling, &out), "");
        EXPECT_TRUE(telling.has("put the root tree in order")) << telling.text();
        EXPECT_FALSE(telling.has("went back")) << telling.text();
        EXPECT_TRUE(readable(out) == m_files);
        SimDevice device(out);
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        for (int i = 0; i < kSnapshots; i++) {
            const std::string name = nameOf(i);
            vexfs_snapshot found{};
            EXPECT_EQ(vexfs_volume_snapshot_lookup(volume, name.data(),
                                                   static_cast<u32>(name.size()), &found), 0) << i;
        }
        ASSERT_EQ(vexfs_volume_close(volume), 0);
    }
};

TEST_F(ManySnapshots, AreFoundAgainWhenLeavesChangedPlaces)
{
    for (const u32 first : {0u, 1u}) {
        SCOPED_TRACE(first);
        const SimImage healthy = m_image;
        damageRoot([first](void *root) {
            vexfs_ptr one{}, two{};
            vexfs_node_child(root, first, &one);
            vexfs_node_child(root, first + 1, &two);
            vexfs_node_set_child(root, first, &two);
            vexfs_node_set_child(root, first + 1, &one);
        });
        ASSERT_NO_FATAL_FAILURE(expectAllThere());
        m_image = healthy;
    }
}

TEST_F(ManySnapshots, AreFoundAgainWhenALeafBeginsBeforeItsKey)
{
    damageRoot([](void *root) {
        const u32 last = vexfs_node_count(root) - 1;
        vexfs_key key = vexfs_node_key(root, last);
        key.object++;
        vexfs_node_set_key(root, last, &key);
    });
    expectAllThere();
}

/// With so many files that the tree has nodes between root and leaves.
class Tall : public testing::Test
{
protected:
    void SetUp() override
    {
        SimDevice device(formattedImage(32768));
        const vexfs_open_options options{};
        vexfs_volume *volume = nullptr;
        ASSERT_EQ(vexfs_volume_open(device.dev(), &options, &volume), 0);
        VolumeDriver driver(volume);
        uint64_t done = 0;
        for (int i = 0; i < 30000; i++) {
            const std::string dir = "dir" + std::to_string(i / 500);
            if (i % 500 == 0) {
                ASSERT_EQ(driver.apply({OpKind::Mkdir, dir, "", 0, 0755, 0}, &done), 0);
            }
            const std::string path = dir + "/a file with a name " + std::to_string(i);
            ASSERT_EQ(driver.apply({OpKind::CreateFile, path, "", 0, 0644, 0}, &done), 0);
        }
        ASSERT_EQ(vexfs_volume_commit(volume, nullptr), 0);
        ASSERT_EQ(driver.apply({OpKind::SnapshotCreate, "s0", "", 0, 0, 0}, &done), 0);
        ASSERT_EQ(driver.apply({OpKind::CreateFile, "after", "", 0, 0644, 0}, &done), 0);
        ASSERT_EQ(vexfs_volume_close(volume), 0);
        m_image = device.image();
        auto txn = std::make_unique<vexfs_txn>();
        ASSERT_EQ(vexfs_txn_open(txn.get(), device.dev(), &options), 0);
        vexfs_subvol *subvol = nullptr;
        ASSERT_EQ(vexfs_subvol_get(txn.get(), VEXFS_VOLUME_TREE_LIVE, &subvol), 0);
        m_root = subvol->tree.root;
        vexfs_node *node = nullptr;
        ASSERT_EQ(vexfs_node_get(&txn->io, &m_root, &node), 0);
        for (u32 i = 0; i < vexfs_node_count(node->data); i++) {
            vexfs_ptr child{};
            vexfs_node_child(node->data, i, &child);
            m_children.push_back(child);
        }
        vexfs_node_put(&txn->io, node);
        vexfs_txn_close(txn.get());
        ASSERT_GE(m_root.level, 2) << "the tree is too low for the test";
        m_files = readable(m_image);
        ASSERT_EQ(m_files.size(), 30001u);
    }

    SimImage m_image;
    vexfs_ptr m_root{};
    std::vector<vexfs_ptr> m_children;
    std::map<std::string, std::string> m_files;
};

TEST_F(Tall, NothingIsLostWithAnInnerNode)
{
    // The root of the live tree alone; then a node below it, which the snapshot shares.
    for (const uint64_t block : {m_root.block, m_children[1].block}) {
        SimImage image = m_image;
        flip(&image, block, 2000, 0x10);
        Telling telling;
        SimImage out;
        ASSERT_EQ(repairAndUse(image, &telling, &out), "");
        EXPECT_EQ(readable(out).size(), m_files.size()) << telling.text();
        EXPECT_TRUE(readable(out) == m_files);
    }
}

TEST_F(Tall, ACrashInTheMiddleOfARepairCanBeRepaired)
{
    SimImage image = m_image;
    flip(&image, m_root.block, 2000, 0x10);
    SimDevice device(image);
    device.beginRecording();
    const vexfs_check_options options{};
    u64 actions = 0;
    ASSERT_EQ(vexfs_repair(device.dev(), &options, &actions), 0);
    Random random(testSeed(43));
    const size_t events = device.eventCount();
    for (int i = 0; i < (isFullRun() ? 200 : 12); i++) {
        const size_t at = random.below(events);
        SimImage crashed = device.reorderedImage(at, random);
        u64 left = 0;
        ASSERT_EQ(findings(crashed, &left), 0) << at;
        if (!left) {
            EXPECT_TRUE(readable(crashed) == m_files) << "event " << at;
            continue;
        }
        Telling telling;
        ASSERT_EQ(repair(&crashed, &telling), "") << "event " << at << " of " << events;
        EXPECT_TRUE(readable(crashed) == m_files) << "event " << at << " of " << events;
    }
    std::printf("a repair of %zu writes and flushes, interrupted\n", events);
}

} // namespace
} // namespace vexfs::test
