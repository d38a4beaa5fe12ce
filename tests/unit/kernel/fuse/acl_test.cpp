// SPDX-License-Identifier: Apache-2.0
// Goal: access lists and mode bits are kept in step as POSIX.1e (withdrawn draft 17) and Linux do.
#include "kernel/fuse/acl.h"

#include <gtest/gtest.h>

#include <vector>

namespace vexfs::fuse {
namespace {

struct Row
{
    uint8_t tag;
    uint8_t permissions;
    uint8_t id;
};

/// The kernel's form: version 2, then tag, permissions and id of each entry, little-endian.
std::string list(const std::vector<Row> &rows)
{
    std::string out("\x02\0\0\0", 4);
    for (const Row &row : rows) {
        for (const uint8_t field : {row.tag, row.permissions, row.id})
            out.append({static_cast<char>(field), '\0'});
        out.append(2, '\0'); // ids have four bytes
    }
    return out;
}

const std::vector<Row> kExtended = {{1, 7, 0}, {2, 6, 9}, {4, 5, 0}, {16, 7, 0}, {32, 5, 0}};

TEST(Acl, ValidityNeedsVersionSizeAndTheThreeObjects)
{
    EXPECT_TRUE(isValidAcl(list(kExtended)));
    EXPECT_TRUE(isValidAcl(list({{1, 7, 0}, {4, 5, 0}, {32, 5, 0}})));
    EXPECT_FALSE(isValidAcl(""));
    EXPECT_FALSE(isValidAcl(list(kExtended) + "x"));
    EXPECT_FALSE(isValidAcl(list({{1, 7, 0}, {32, 5, 0}})));
    EXPECT_FALSE(isValidAcl(list({{1, 9, 0}, {4, 5, 0}, {32, 5, 0}})));
    EXPECT_FALSE(isValidAcl(list({{3, 7, 0}, {1, 7, 0}, {4, 5, 0}, {32, 5, 0}})));
    std::string wrongVersion = list(kExtended);
    wrongVersion[0] = 1;
    EXPECT_FALSE(isValidAcl(wrongVersion));
}

TEST(Acl, ANewFileGetsTheListCutByTheModeAskedFor)
{
    mode_t mode = 0100640;
    std::string access;
    ASSERT_TRUE(inheritAcl(list(kExtended), &mode, &access));
    // The mask, not the group entry, is cut by the group bits.
    EXPECT_EQ(access, list({{1, 6, 0}, {2, 6, 9}, {4, 5, 0}, {16, 4, 0}, {32, 0, 0}}));
    EXPECT_EQ(mode, 0100640u);
}

TEST(Acl, TheListCutsTheModeAskedFor)
{
    mode_t mode = 0100666;
    std::string access;
    ASSERT_TRUE(inheritAcl(list({{1, 6, 0}, {2, 7, 9}, {4, 7, 0}, {16, 4, 0}, {32, 0, 0}}), &mode,
                           &access));
    EXPECT_EQ(mode, 0100640u);
    EXPECT_EQ(access, list({{1, 6, 0}, {2, 7, 9}, {4, 7, 0}, {16, 4, 0}, {32, 0, 0}}));
}

TEST(Acl, AMinimalListIsInheritedAsModeAlone)
{
    mode_t mode = 0100777;
    std::string access = "before";
    ASSERT_TRUE(inheritAcl(list({{1, 7, 0}, {4, 5, 0}, {32, 1, 0}}), &mode, &access));
    EXPECT_EQ(mode, 0100751u);
    EXPECT_EQ(access, "");
}

TEST(Acl, ADamagedDefaultListIsNotInherited)
{
    mode_t mode = 0100777;
    std::string access;
    EXPECT_FALSE(inheritAcl("damaged", &mode, &access));
}

TEST(Acl, SettingAListSetsTheMode)
{
    bool isRedundant = true;
    EXPECT_EQ(modeOfAcl(list(kExtended), 0104600, &isRedundant), 0104775u);
    EXPECT_FALSE(isRedundant);
    EXPECT_EQ(modeOfAcl(list({{1, 6, 0}, {4, 4, 0}, {32, 4, 0}}), 0100777, &isRedundant), 0100644u);
    EXPECT_TRUE(isRedundant);
}

TEST(Acl, ChmodChangesMaskUserAndOther)
{
    EXPECT_EQ(aclOfMode(list(kExtended), 0640),
              list({{1, 6, 0}, {2, 6, 9}, {4, 5, 0}, {16, 4, 0}, {32, 0, 0}}));
}

} // namespace
} // namespace vexfs::fuse
