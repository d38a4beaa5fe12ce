// SPDX-License-Identifier: Apache-2.0
//
// Goal: the XML of the interfaces is read as it is written. Method: its members are compared with
// an independent reading for one interface, and rules of VexFS1 are checked over all of them.
#include "common/dbus/interfaces.h"
#include "common/dbus/names.h"

#include <gtest/gtest.h>

using namespace vexfs::dbus;

TEST(Interfaces, AreAllCompiledIn)
{
    EXPECT_EQ(interfaceNames(),
              (QStringList{kDocuments, kIndex, kJob, kManager, kMap, kSearch, kSnapshots,
                           kSource, kStatistics, kVolume}));
    EXPECT_EQ(findInterface(QStringLiteral("org.vexfs.VexFS1.Nothing")), nullptr);
}

TEST(Interfaces, HaveTheMembersOfTheXml)
{
    const InterfaceInfo *job = findInterface(kJob);
    ASSERT_NE(job, nullptr);
    EXPECT_EQ(job->methods.size(), 6);
    EXPECT_EQ(job->methods[QStringLiteral("ListProblems")].inSignature, QStringLiteral("a{sv}"));
    EXPECT_EQ(job->methods[QStringLiteral("ListProblems")].outSignature,
              QStringLiteral("a(sssa{sv})a{sv}"));
    EXPECT_EQ(job->properties[QStringLiteral("Items")].signature, QStringLiteral("(tt)"));
    EXPECT_TRUE(job->properties[QStringLiteral("Id")].isConstant);
    EXPECT_FALSE(job->properties[QStringLiteral("State")].isConstant);
    EXPECT_EQ(job->signalSignatures[QStringLiteral("Finished")], QStringLiteral("sssa{sv}"));
}

TEST(Interfaces, EveryMethodEndsInOptions)
{
    for (const QString &name : interfaceNames()) {
        const InterfaceInfo *info = findInterface(name);
        for (auto each = info->methods.constBegin(); each != info->methods.constEnd(); ++each) {
            // Questions about which there is nothing to choose.
            const bool isReadOnlyQuestion = each.key() == QLatin1String("ResolveUri")
                || each.key() == QLatin1String("ListModels")
                || each.key() == QLatin1String("GetPermissions");
            EXPECT_TRUE(isReadOnlyQuestion || each->inSignature.endsWith(QLatin1String("a{sv}")))
                << qPrintable(name) << '.' << qPrintable(each.key());
        }
    }
}

TEST(Interfaces, IntrospectionCarriesNoComments)
{
    const QString xml = findInterface(kSearch)->xml;
    EXPECT_FALSE(xml.contains(QLatin1String("<!--")));
    const auto again = parseInterfaces(xml);
    ASSERT_EQ(again.size(), 1);
    EXPECT_EQ(again[0].methods[QStringLiteral("Search")].outSignature,
              QStringLiteral("a(sda{sv})a{sv}"));
}

TEST(Interfaces, DamagedXmlIsNoInterface)
{
    EXPECT_TRUE(parseInterfaces(QStringLiteral("<node><interface name='a'><method")).isEmpty());
}

TEST(Names, PathsOfVolumesAndJobsGoBothWays)
{
    const QString uuid = QStringLiteral("0a1b2c3d-0000-4000-8000-0123456789ab");
    EXPECT_EQ(volumePath(uuid), QStringLiteral("/org/vexfs/VexFS1/volumes/"
                                               "0a1b2c3d_0000_4000_8000_0123456789ab"));
    EXPECT_EQ(volumeUuid(volumePath(uuid)), uuid);
    const QString source = QStringLiteral("source-") + uuid;
    EXPECT_EQ(volumePath(source), QStringLiteral("/org/vexfs/VexFS1/sources/"
                                                 "0a1b2c3d_0000_4000_8000_0123456789ab"));
    EXPECT_EQ(volumeUuid(volumePath(source)), source);
    EXPECT_EQ(volumeUuid(QStringLiteral("/elsewhere")), QString());
    EXPECT_EQ(jobId(jobPath(42)), 42U);
}
