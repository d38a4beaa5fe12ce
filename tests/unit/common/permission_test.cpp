// SPDX-License-Identifier: Apache-2.0
//
// Goal: permissions go over the bus and come back, and what is not known does not become a right.
// Method: words of both kinds, ours and others.
#include "common/base/permission.h"

#include <gtest/gtest.h>

using namespace vexfs::base;

namespace {

const QString kMount = QStringLiteral("org.vexfs.vexfs1.volume-mount");

} // namespace

TEST(Permission, GoesOverTheBusAndBack)
{
    const Permissions permissions{{Action::VolumeMount, Permission::Auth},
                                  {Action::Maintain, Permission::Yes},
                                  {Action::Statistics, Permission::No}};
    const QMap<QString, QString> words = permissionWords(permissions);
    EXPECT_EQ(words.size(), 3);
    EXPECT_EQ(words[kMount], QStringLiteral("auth"));
    EXPECT_EQ(words[QStringLiteral("org.vexfs.vexfs1.statistics")], QStringLiteral("no"));
    EXPECT_EQ(permissionsFromWords(words), permissions);
}

TEST(Permission, WhatIsNotKnownIsLeftOut)
{
    EXPECT_TRUE(permissionsFromWords({}).isEmpty());
    EXPECT_TRUE(permissionsFromWords({{kMount, QStringLiteral("perhaps")}}).isEmpty());
    EXPECT_TRUE(permissionsFromWords({{kMount, QStringLiteral("YES")}}).isEmpty());
    EXPECT_TRUE(permissionsFromWords({{QStringLiteral("volume-mount"), QStringLiteral("yes")}})
                    .isEmpty());
    EXPECT_TRUE(permissionsFromWords({{QStringLiteral("org.vexfs.vexfs1.fly"),
                                       QStringLiteral("yes")}})
                    .isEmpty());
}
