// SPDX-License-Identifier: Apache-2.0
//
// Goal: what the daemon serves is what the XML says: the same methods, the same properties in the
// same types. Method: ObjectTree refuses objects that do not match; all objects are put into one
// that is on no bus. That a running daemon says so too is in tests/integration/daemon.
#include "common/dbus/names.h"
#include "common/dbus/types.h"
#include "daemon/bus/job_object.h"
#include "daemon/bus/root_object.h"
#include "daemon/bus/source_object.h"
#include "daemon/bus/volume_object.h"

#include <QTemporaryDir>
#include <gtest/gtest.h>

using namespace vexfs;
using namespace vexfs::daemon;

namespace {

class BindingsTest : public testing::Test
{
protected:
    QTemporaryDir m_folder;
    JobRegistry m_jobs;
    VolumeService m_volumes{m_folder.path(), m_folder.path()};
    SnapshotService m_snapshots{&m_volumes};
    MaintenanceService m_maintenance{&m_volumes};
    DocumentService m_documents{&m_volumes};
    SourceService m_sources{m_folder.path(), &m_volumes};
    IndexedPlaces m_indexed{&m_volumes, &m_sources};
    SearchService m_search{&m_indexed};
    WorkPolicy m_policy;
    SnapshotScheduler m_scheduler{&m_volumes, &m_snapshots, &m_policy};
    InhibitorKeeper m_inhibitors{&m_policy};
    QThreadPool m_pool;
    dbus::ObjectTree m_tree{QDBusConnection(QStringLiteral("none")), dbus::kRootPath};
    BusContext m_context{
        {&m_jobs, &m_volumes, &m_sources, &m_indexed, &m_snapshots, &m_maintenance,
         &m_scheduler, &m_documents, &m_search, &m_policy},
        &m_tree, &m_pool, &m_inhibitors};
};

QString why(const base::Status &status)
{
    return status ? QString() : status.error().what;
}

} // namespace

TEST_F(BindingsTest, EveryObjectMatchesItsXml)
{
    EXPECT_EQ(why(m_tree.addObject(dbus::kRootPath, rootBindings(m_context))), QString());
    const QString uuid = QStringLiteral("0a1b2c3d-0000-4000-8000-0123456789ab");
    EXPECT_EQ(why(m_tree.addObject(dbus::volumePath(uuid), volumeBindings(m_context, uuid))),
              QString());
    EXPECT_EQ(why(m_tree.addObject(dbus::jobPath(1), jobBindings(m_context, 1))), QString());
    const QString source = QStringLiteral("source-") + uuid;
    EXPECT_EQ(why(m_tree.addObject(dbus::volumePath(source), sourceBindings(m_context, source))),
              QString());
}

TEST_F(BindingsTest, EveryInterfaceIsServed)
{
    QStringList served;
    for (const auto &bindings :
         {rootBindings(m_context), volumeBindings(m_context, QStringLiteral("u")),
          jobBindings(m_context, 1), sourceBindings(m_context, QStringLiteral("source-u"))}) {
        for (const dbus::Binding &each : bindings)
            served.append(each.interface);
    }
    served.sort();
    served.removeDuplicates();
    EXPECT_EQ(served, dbus::interfaceNames());
}

TEST_F(BindingsTest, WhatDoesNotMatchIsRefused)
{
    dbus::Binding missing{dbus::kSearch, {}, {}};
    EXPECT_FALSE(m_tree.addObject(QStringLiteral("/a"), {missing}));
    auto bindings = jobBindings(m_context, 1);
    const auto properties = bindings[0].properties;
    bindings[0].properties = [properties] {
        QVariantMap map = properties();
        map.insert(QStringLiteral("Id"), QStringLiteral("7"));
        return map;
    };
    EXPECT_FALSE(m_tree.addObject(QStringLiteral("/b"), bindings));
    bindings[0].properties = [properties] {
        QVariantMap map = properties();
        map.remove(QStringLiteral("Stage"));
        return map;
    };
    EXPECT_FALSE(m_tree.addObject(QStringLiteral("/c"), bindings));
}

TEST_F(BindingsTest, IntrospectionTellsInterfacesAndChildren)
{
    ASSERT_TRUE(m_tree.addObject(dbus::kRootPath, rootBindings(m_context)));
    ASSERT_TRUE(m_tree.addObject(dbus::jobPath(7), jobBindings(m_context, 7)));
    const QString root = m_tree.introspect(dbus::kRootPath);
    EXPECT_TRUE(root.contains(QLatin1String("name=\"org.vexfs.VexFS1.Manager\"")));
    EXPECT_TRUE(root.contains(QLatin1String("<node name=\"jobs\"/>")));
    const QString jobs = m_tree.introspect(dbus::kRootPath + QStringLiteral("/jobs"));
    EXPECT_EQ(jobs.trimmed(), QStringLiteral("<node name=\"7\"/>"));
}
