// SPDX-License-Identifier: Apache-2.0
//
// Goal: every verb about volumes, snapshots, files and jobs, and whatever all verbs have in common,
// asks the daemon for the right thing, answers people and programs as CLI.md says, and exits with
// the right status. Method: verbs_fixture.h.
#include "tests/unit/cli/verbs_fixture.h"

#include <QJsonArray>

using namespace vexfs;
using base::Errc;
using cli::test::VerbsTest;

TEST_F(VerbsTest, ErrorsBecomeStatusAndJson)
{
    const std::pair<Errc, int> table[] = {{Errc::InvalidQuery, 2},  {Errc::NotFound, 3},
                                          {Errc::NotAuthorized, 4}, {Errc::ServiceUnavailable, 5},
                                          {Errc::TimedOut, 7},      {Errc::IndexNotReady, 1},
                                          {Errc::Cancelled, 130}};
    for (const auto &[code, status] : table) {
        m_client.found = base::fail(code, QStringLiteral("why"));
        EXPECT_EQ(run({"search", "x"}), status);
        EXPECT_EQ(m_err.str().substr(0, 12), "vexctl: why\n");
        EXPECT_EQ(run({"--json", "search", "x"}), status);
        EXPECT_EQ(errJson()[QStringLiteral("name")].toString(), base::errcBusName(code));
        EXPECT_EQ(m_out.str(), "");
    }
}

TEST_F(VerbsTest, BadUsageIsStatus2)
{
    for (const std::vector<std::string> &each : {std::vector<std::string>{},
                                                 {"nonsense"},
                                                 {"search"},
                                                 {"search", "-k", "0", "x"},
                                                 {"search", "-k", "1001", "x"},
                                                 {"search", "--mode", "odd", "x"},
                                                 {"volume"},
                                                 {"volume", "create"},
                                                 {"volume", "create", "x", "--size", "many"},
                                                 {"job", "show", "x"},
                                                 {"--timeout", "-1", "status"},
                                                 {"search", "--no-such-option", "x"}}) {
        EXPECT_EQ(run(each), 2) << (each.empty() ? "" : each.back());
        EXPECT_NE(m_err.str(), "");
    }
    EXPECT_EQ(run({"--json", "search"}), 2);
    EXPECT_FALSE(errJson()[QStringLiteral("message")].toString().isEmpty());
}

TEST_F(VerbsTest, HelpAndVersionAreStatus0)
{
    EXPECT_EQ(run({"--help"}), 0);
    EXPECT_NE(m_out.str().find("Examples:"), std::string::npos);
    EXPECT_EQ(run({"--version"}), 0);
    EXPECT_EQ(m_out.str(), "vexctl 0.1.0\n");
}

TEST_F(VerbsTest, AddTellsWhatFailedAndExits6)
{
    m_client.endedJob.result = {{QStringLiteral("added"), 2},
                                {QStringLiteral("skipped"), 1},
                                {QStringLiteral("failed"), 1}};
    m_client.endedJob.problems = 1;
    EXPECT_EQ(run({"add", "/a", "b", "--into", "/mnt/docs"}), 6);
    EXPECT_EQ(m_client.addOptions.uris.constFirst(), QStringLiteral("file:///a"));
    EXPECT_TRUE(m_client.addOptions.uris.constLast().endsWith(QLatin1String("/b")));
    EXPECT_EQ(m_client.addOptions.intoUri, QStringLiteral("file:///mnt/docs"));
    EXPECT_EQ(m_out.str(), "Added 2, already there 1, failed 1.\n");
    EXPECT_FALSE(m_client.addOptions.isMove || m_client.addOptions.makesInto);
    EXPECT_EQ(m_err.str(), "/x: unreadable\n");
    m_out.str({});
    EXPECT_EQ(run({"add", "/a", "--move", "--into", "/mnt/docs/Inbox", "--create"}), 6);
    EXPECT_TRUE(m_client.addOptions.isMove && m_client.addOptions.makesInto);
    EXPECT_EQ(m_out.str(), "Moved 2, already there 1, failed 1.\n");
}

TEST_F(VerbsTest, AFailedJobIsTheErrorOfItsVerb)
{
    m_client.endedJob.state = QStringLiteral("failed");
    m_client.endedJob.errorName = base::errcBusName(Errc::NoSpace);
    m_client.endedJob.errorMessage = QStringLiteral("full");
    EXPECT_EQ(run({"add", "/a"}), 1);
    EXPECT_EQ(m_err.str(), "vexctl: full\n");
    m_client.endedJob.state = QStringLiteral("cancelled");
    EXPECT_EQ(run({"job", "wait", "1"}), 3);
    m_client.known.jobs = {m_client.endedJob};
    EXPECT_EQ(run({"job", "wait", "1"}), 130);
}

TEST_F(VerbsTest, JobsArePausedAndGoOn)
{
    m_client.known.jobs = {m_client.endedJob};
    const QString object = m_client.endedJob.object;
    m_client.asked.clear();
    EXPECT_EQ(run({"job", "pause", "1"}), 0);
    EXPECT_EQ(run({"job", "resume", "1"}), 0);
    EXPECT_EQ(m_client.asked,
              (QStringList{QStringLiteral("pause ") + object, QStringLiteral("resume ") + object}));
    EXPECT_EQ(run({"job", "pause", "7"}), 3);
}

TEST_F(VerbsTest, VolumesAreFoundByWhatPeopleCallThem)
{
    for (const char *each : {"docs", "0a1b2c3d-0000-4000-8000-0123456789ab", "/img/docs.vexfs",
                             "/mnt/docs", "/mnt/docs/below"}) {
        m_client.asked.clear();
        EXPECT_EQ(run({"volume", "umount", each}), 0) << each;
        EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("unmount /v/1 0")});
    }
    EXPECT_EQ(run({"volume", "umount", "other"}), 3);
    EXPECT_EQ(run({"volume", "status"}), 0);
    EXPECT_NE(m_out.str().find("/mnt/docs"), std::string::npos);
}

TEST_F(VerbsTest, TheOnlyVolumeIsMeantUnlessThereAreTwo)
{
    EXPECT_EQ(run({"snapshot", "create"}), 0);
    auto second = m_client.known.volumes.constFirst();
    second.uuid = QStringLiteral("second");
    m_client.known.volumes.append(second);
    EXPECT_EQ(run({"snapshot", "create"}), 2);
    EXPECT_NE(m_err.str().find("second"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "--volume", "second", "create"}), 0);
    m_client.known.volumes.clear();
    EXPECT_EQ(run({"snapshot", "create"}), 3);
}

TEST_F(VerbsTest, CreatePassesSizesAndPlaces)
{
    m_client.endedJob.result = {
        {QStringLiteral("volume"), QStringLiteral("/org/vexfs/VexFS1/volumes/0a1b_2c")},
        {QStringLiteral("uri"), QStringLiteral("file:///mnt/new")}};
    EXPECT_EQ(run({"volume", "create", "/img/x", "/mnt/new", "--size", "2G", "-L", "l"}), 0);
    EXPECT_EQ(m_client.createOptions.sizeBytes, 2ULL << 30U);
    EXPECT_EQ(m_client.createOptions.mountPoint, QStringLiteral("file:///mnt/new"));
    EXPECT_EQ(m_out.str(), "Created volume 0a1b-2c\nMounted at /mnt/new\n");
}

TEST_F(VerbsTest, AsksForDifferencesVersionsAndRestoring)
{
    m_client.endedJob.result = QVariantMap{{QStringLiteral("restored"), 2U},
                                           {QStringLiteral("skipped"), 1U},
                                           {QStringLiteral("undo-snapshot"), QStringLiteral("u")}};
    EXPECT_EQ(run({"snapshot", "--json", "diff", "a", "b"}), 0);
    const QJsonArray changes = outJson()[QStringLiteral("changes")].toArray();
    ASSERT_EQ(changes.size(), 2);
    EXPECT_EQ(changes[0].toObject()[QStringLiteral("path")].toString(), QStringLiteral("a b.txt"));
    EXPECT_EQ(changes[1].toObject()[QStringLiteral("old_path")].toString(), QStringLiteral("c"));
    EXPECT_EQ(run({"snapshot", "show", "b"}), 0);
    EXPECT_EQ(m_client.asked.last(), QStringLiteral("changes a b"));
    EXPECT_EQ(run({"history", "/mnt/docs/x"}), 0);
    EXPECT_NE(m_out.str().find("b and 1 more"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "restore", "a", "/mnt/docs/x", "--replace"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("restore a file:///mnt/docs/x overwrite ")));
    EXPECT_NE(m_err.str().find("Restored 2, left alone 1.  Undo with: vexctl undo"),
              std::string::npos);
    EXPECT_EQ(run({"snapshot", "restore", "a", "sub/x"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("restore a file:///mnt/docs/sub/x  ")))
        << m_client.asked.join(u'\n').toStdString();
    EXPECT_EQ(run({"snapshot", "restore", "a", "/elsewhere/x"}), 3);
    EXPECT_EQ(run({"snapshot", "delete", "a", "b", "--dry-run"}), 0);
    EXPECT_EQ(m_client.asked.last(), QStringLiteral("estimate a,b"));
    EXPECT_NE(m_out.str().find("1.0 MiB"), std::string::npos) << m_out.str();
    EXPECT_EQ(run({"snapshot", "set", "a", "--name", "b", "--lock"}), 0);
    EXPECT_EQ(m_client.asked.last(), QStringLiteral("set a b true"));
    EXPECT_EQ(run({"snapshot", "set", "a"}), 2);
    EXPECT_EQ(run({"snapshot", "rollback", "a"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("rollback a")));
    EXPECT_EQ(run({"undo"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("undo ")));
    EXPECT_EQ(run({"guard"}), 2);
    EXPECT_EQ(run({"guard", "--", "sh", "-c", "exit 5"}), 5);
    EXPECT_EQ(run({"guard", "--", "/no/such/program"}), 3);
}

TEST_F(VerbsTest, SnapshotsAreListedOverAllPages)
{
    EXPECT_EQ(run({"snapshot", "list", "--json"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("snapshots")].toArray().size(), 2);
    m_client.undoSnapshot = QStringLiteral("undo-2026-01-02_03.04.05.006-restore");
    EXPECT_EQ(run({"snapshot", "list"}), 0);
    EXPECT_EQ(m_out.str().find("undo-"), std::string::npos);
    EXPECT_NE(m_err.str().find("2 more are kept for undo"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "list", "--all"}), 0);
    EXPECT_NE(m_out.str().find("for undo"), std::string::npos);
    EXPECT_EQ(run({"snapshot", "list", "--json"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("snapshots")].toArray().size(), 4);
    m_client.asked.clear();
    EXPECT_EQ(run({"snapshot", "delete", "a", "b"}), 0);
    EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("delete a,b")});
}

TEST_F(VerbsTest, UnknownCommandsAreNamed)
{
    EXPECT_EQ(run({"serch", "x"}), 2);
    EXPECT_EQ(m_err.str(),
              "vexctl: vexctl has no command 'serch'; did you mean 'search'? (see --help)\n");
    EXPECT_EQ(run({"snapshot", "creat", "x"}), 2);
    EXPECT_EQ(m_err.str(),
              "vexctl: snapshot has no command 'creat'; did you mean 'create'? (see --help)\n");
    EXPECT_EQ(run({"frobnicate"}), 2);
    EXPECT_EQ(m_err.str(), "vexctl: vexctl has no command 'frobnicate' (see --help)\n");
    EXPECT_EQ(run({}), 2);
    EXPECT_NE(m_err.str().find("subcommand is required"), std::string::npos);
}

TEST_F(VerbsTest, TimeoutIsStatus7)
{
    m_client.isSilent = true;
    EXPECT_EQ(run({"--timeout", "0.05", "status"}), 7);
}

TEST_F(VerbsTest, QuietSaysOnlyWhatWasAsked)
{
    EXPECT_EQ(run({"-q", "search", "x"}), 0);
    EXPECT_EQ(m_err.str(), "");
    EXPECT_EQ(run({"-q", "volume", "umount", "docs"}), 0);
    EXPECT_EQ(m_out.str() + m_err.str(), "");
}

TEST_F(VerbsTest, AScheduleIsASentence)
{
    client::VolumeInfo &volume = m_client.known.volumes[0];
    EXPECT_EQ(run({"snapshot", "schedule"}), 0);
    EXPECT_EQ(m_out.str(), "No snapshots are taken by themselves.\n");
    EXPECT_TRUE(m_client.asked.isEmpty());
    volume.schedule = {{QStringLiteral("enabled"), true},
                       {QStringLiteral("frequent"), 0},
                       {QStringLiteral("hourly"), 24},
                       {QStringLiteral("daily"), 7},
                       {QStringLiteral("min-free-percent"), 10.0},
                       {QStringLiteral("skip-unchanged"), true}};
    EXPECT_EQ(run({"snapshot", "schedule", "--hourly", "24", "--on-change"}), 0);
    EXPECT_EQ(m_client.configured,
              (QVariantMap{{QStringLiteral("enabled"), true},
                           {QStringLiteral("hourly"), 24U},
                           {QStringLiteral("skip-unchanged"), true}}));
    EXPECT_EQ(m_out.str().substr(0, m_out.str().find('\n')),
              "Every hour keep 24, every day 7; none where nothing changed; stop when less than "
              "10 % is free.");
    EXPECT_EQ(run({"snapshot", "schedule", "--off"}), 0);
    EXPECT_EQ(m_client.configured, (QVariantMap{{QStringLiteral("enabled"), false}}));
    EXPECT_EQ(run({"snapshot", "schedule", "--on", "--off"}), 2);
    EXPECT_EQ(run({"snapshot", "schedule", "--frequent-minutes", "0"}), 2);
}

TEST_F(VerbsTest, CompletionKnowsVerbsOptionsAndSnapshots)
{
    const auto offered = [this](std::vector<std::string> words) {
        words.insert(words.begin(), {"complete", "--"});
        EXPECT_EQ(run(words), 0);
        EXPECT_EQ(m_err.str(), "");
        QStringList out;
        for (const QString &line : QString::fromStdString(m_out.str()).split(u'\n')) {
            if (!line.isEmpty())
                out.append(line.section(u'\t', 0, 0));
        }
        return out.join(u' ');
    };
    EXPECT_EQ(offered({"hist"}), QStringLiteral("history"));
    EXPECT_EQ(offered({"snapshot", "re"}), QStringLiteral("restore receive"));
    EXPECT_EQ(offered({"snapshot", "delete", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"snapshot", "delete", "b", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"snapshot", "delete", "c"}), QString());
    EXPECT_EQ(offered({"snapshot", "send", "b", "--from", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"snapshot", "restore", "b", "x"}), QStringLiteral(":files"));
    EXPECT_EQ(offered({"search", "x", "--at", ""}), QStringLiteral("b"));
    EXPECT_EQ(offered({"history", "a"}), QStringLiteral(":files"));
    EXPECT_EQ(offered({"snapshot", "--volume", ""}), QStringLiteral("docs"));
    EXPECT_EQ(offered({"snapshot", "create", "--wri"}), QStringLiteral("--writable"));
    EXPECT_EQ(offered({"no-such-verb", "x"}), QString());
    EXPECT_EQ(offered({"comple"}), QStringLiteral("completion"));
    m_client.known.volumes.clear();
    EXPECT_EQ(offered({"snapshot", "delete", ""}), QString());
    EXPECT_EQ(run({"completion", "bash"}), 0);
    EXPECT_NE(m_out.str().find("complete -F"), std::string::npos);
    EXPECT_EQ(run({"completion", "csh"}), 2);
}

TEST_F(VerbsTest, FormsOfOtherImplementationsGoOn)
{
    EXPECT_EQ(run({"-f", "json", "list-indexes"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("schema")].toString(), QStringLiteral("vexctl.status/1"));
    EXPECT_EQ(run({"status", "--format", "human"}), 0);
    EXPECT_EQ(m_out.str().substr(0, 6), "vexfsd");
    EXPECT_EQ(run({"--format", "xml", "status"}), 2);
    EXPECT_EQ(run({"--timeout", "5", "fsck", "--repair", "docs"}), 6); // the scripted job says so
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("check /v/1"));
    EXPECT_EQ(run({"search", "--query", "[1,2]", "--metric", "cosine", "/mnt/docs"}), 0);
    EXPECT_EQ(m_client.searchOptions.scopeUris, QStringList{QStringLiteral("file:///mnt/docs")});
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("search "));
    EXPECT_EQ(run({"search", "rent", "/mnt/other"}), 0);
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("search rent /mnt/other"));
    EXPECT_TRUE(m_client.searchOptions.scopeUris.isEmpty());
    EXPECT_EQ(run({"search", "/mnt/docs"}), 0);
    EXPECT_EQ(m_client.asked.takeLast(), QStringLiteral("search /mnt/docs"));
    EXPECT_EQ(run({"search", "--file", "/mnt/docs/a.txt"}), 0);
    EXPECT_EQ(m_client.searchOptions.similarUri, QStringLiteral("file:///mnt/docs/a.txt"));
    EXPECT_EQ(run({"search", "--help"}), 0);
    EXPECT_EQ(m_out.str().find("--file"), std::string::npos);
}
