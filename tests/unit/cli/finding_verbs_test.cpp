// SPDX-License-Identifier: Apache-2.0
//
// Goal: verbs that find (search, explain, map) or are about what is found (index, model, source)
// ask the daemon for the right thing, answer people and programs as CLI.md says, and exit with the
// right status. Method: verbs_fixture.h.
#include "tests/unit/cli/verbs_fixture.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>

using namespace vexfs;
using base::Errc;
using cli::test::VerbsTest;

TEST_F(VerbsTest, SearchLooksAsDocumented)
{
    EXPECT_EQ(run({"search", "flat", "rental", "--type", "pdf", "-k", "5", "--mode", "hybrid"}), 0);
    EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("search flat rental")});
    EXPECT_EQ(m_client.searchOptions.limit, 5U);
    EXPECT_EQ(m_client.searchOptions.mode, QStringLiteral("hybrid"));
    EXPECT_EQ(m_client.searchOptions.types, QStringList{QStringLiteral("pdf")});
    EXPECT_EQ(m_out.str(), " 0.83 meaning  /mnt/docs/a b.txt  p. 3\n      line one line two\n");
    EXPECT_EQ(m_err.str(), "1 file (0.04 s).\n");
}

TEST_F(VerbsTest, SearchInJsonHasItsSchema)
{
    EXPECT_EQ(run({"search", "--json", "x"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("schema")].toString(), QStringLiteral("vexctl.search/1"));
    const QJsonObject hit = outJson()[QStringLiteral("hits")].toArray()[0].toObject();
    EXPECT_EQ(hit[QStringLiteral("uri")].toString(), QStringLiteral("file:///mnt/docs/a%20b.txt"));
    EXPECT_EQ(hit[QStringLiteral("path")].toString(), QStringLiteral("/mnt/docs/a b.txt"));
    EXPECT_EQ(m_err.str(), "");
    EXPECT_EQ(run({"search", "--jsonl", "x"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("page")].toInt(), 3);
}

TEST_F(VerbsTest, SearchForXargsAndForTests)
{
    EXPECT_EQ(run({"search", "-0", "x"}), 0);
    EXPECT_EQ(m_out.str(), std::string("/mnt/docs/a b.txt\0", 18));
    m_client.found = client::SearchReply();
    EXPECT_EQ(run({"search", "x"}), 0);
    EXPECT_EQ(run({"search", "-e", "x"}), 3);
}

TEST_F(VerbsTest, PathsThatAreNotUtf8HaveOnlyAUri)
{
    client::SearchReply reply;
    client::SearchHit hit;
    hit.uri = QStringLiteral("file:///mnt/%FF");
    reply.hits = {hit};
    m_client.found = reply;
    EXPECT_EQ(run({"search", "--jsonl", "x"}), 0);
    EXPECT_FALSE(outJson().contains(QStringLiteral("path")));
    EXPECT_EQ(run({"search", "-0", "x"}), 0);
    EXPECT_EQ(m_out.str(), std::string("/mnt/\xff\0", 7));
}

TEST_F(VerbsTest, IndexAndExplain)
{
    EXPECT_EQ(run({"index", "status"}), 0);
    EXPECT_EQ(run({"index", "pause"}), 0);
    const std::pair<const char *, const char *> times[] = {
        {"90", "pause 90 talk"}, {"90m", "pause 90 talk"}, {"1h30m", "pause 90 talk"},
        {"2d", "pause 2880 talk"}};
    for (const auto &[typed, asked] : times) {
        EXPECT_EQ(run({"index", "pause", "--for", typed, "--reason", "talk"}), 0);
        EXPECT_EQ(m_client.asked.constLast(), QLatin1String(asked));
    }
    for (const char *bad : {"soon", "0", "-1h", "1x"})
        EXPECT_EQ(run({"index", "pause", "--for", bad}), 2) << bad;
    EXPECT_EQ(run({"index", "resume"}), 0);
    EXPECT_EQ(run({"index", "failures"}), 0);
    EXPECT_EQ(m_out.str(), "/mnt/docs/bad.pdf: encrypted\n");
    EXPECT_EQ(run({"explain", "/mnt/docs/f", "--json"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("text_bytes")].toInt(), 5);
    m_client.explained = QVariantMap{{QStringLiteral("state"), QStringLiteral("missing")}};
    EXPECT_EQ(run({"explain", "/mnt/docs/f"}), 3);
    EXPECT_EQ(run({"explain", "/elsewhere"}), 3);
    m_client.explained = QVariantMap{
        {QStringLiteral("state"), QStringLiteral("indexed")},
        {QStringLiteral("verdict"), QStringLiteral("outranked")},
        {QStringLiteral("matched-terms"), QStringList{QStringLiteral("a"), QStringLiteral("b")}}};
    EXPECT_EQ(run({"explain", "/mnt/docs/f", "--query", "tea"}), 0);
    EXPECT_TRUE(m_client.asked.constLast().endsWith(QLatin1String(" tea")));
    EXPECT_NE(m_out.str().find("a, b"), std::string::npos);
}

TEST_F(VerbsTest, ConditionsReachTheDaemonAsTheyWereMeant)
{
    QTemporaryDir parent;
    ASSERT_TRUE(QDir(parent.path()).mkdir(QStringLiteral("my docs")));
    const std::string folder = parent.path().toStdString() + "/my docs";
    EXPECT_EQ(run({"search", "in:Work rent type:pdf"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("search in:Work rent type:pdf"));
    EXPECT_EQ(run({"search", "tea", "in:" + folder, "-k", "3", "--since", "2025-01", "--until",
                   "7d", "--prefix", "--explain"}),
              0);
    EXPECT_EQ(m_client.asked.constLast(),
              QStringLiteral("search tea in:\"%1\" after:\"2025-01\" before:\"7d\"")
                  .arg(QString::fromStdString(folder)));
    EXPECT_TRUE(m_client.searchOptions.isPrefix);
    EXPECT_TRUE(m_client.searchOptions.isExplained);
    EXPECT_EQ(run({"similar", "/mnt/docs/a.txt", "-0"}), 0);
    EXPECT_EQ(m_client.searchOptions.similarUri, QStringLiteral("file:///mnt/docs/a.txt"));
    EXPECT_EQ(run({"search", "--snapshots", "--similar", "/mnt/docs/a.txt"}), 0);
    EXPECT_EQ(m_client.searchOptions.snapshots, QStringLiteral("all"));
    EXPECT_EQ(run({"search", "x", "--at", "2025"}), 0);
    EXPECT_EQ(m_client.searchOptions.at, QStringLiteral("2025"));
}

TEST_F(VerbsTest, AVectorIsOneInJsonAndAnythingElseIsText)
{
    EXPECT_EQ(run({"search", "--query", "[1, -0.5]", "--metric", "cosine"}), 0);
    const QByteArray floats("\x00\x00\x80\x3f\x00\x00\x00\xbf", 8);
    EXPECT_EQ(m_client.searchOptions.vector, floats);
    EXPECT_EQ(m_client.searchOptions.mode, QStringLiteral("vector"));
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("search "));
    EXPECT_EQ(run({"search", "--query", "tea cup"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("search tea cup"));
    EXPECT_TRUE(m_client.searchOptions.vector.isEmpty());
    for (const char *bad : {"[", "[]", "[\"x\"]", "[1,"})
        EXPECT_EQ(run({"search", "--query", bad}), 2) << bad;
}

TEST_F(VerbsTest, OfGuessesPeopleGetThreeAndProgramsAll)
{
    client::SearchReply reply;
    for (int i = 0; i < 5; ++i) {
        client::SearchHit hit;
        hit.uri = QStringLiteral("file:///mnt/guess-%1").arg(i);
        reply.hits.append(hit);
    }
    reply.isWeak = true;
    m_client.found = reply;
    EXPECT_EQ(run({"search", "x"}), 0);
    EXPECT_NE(m_out.str().find("guess-2"), std::string::npos);
    EXPECT_EQ(m_out.str().find("guess-3"), std::string::npos);
    EXPECT_NE(m_err.str().find("3 files"), std::string::npos);
    EXPECT_EQ(run({"search", "-0", "x"}), 0);
    EXPECT_NE(m_out.str().find("guess-4"), std::string::npos);
    EXPECT_EQ(run({"search", "--json", "x"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("hits")].toArray().size(), 5);
}

TEST_F(VerbsTest, WhatDoesNotFitIsSaid)
{
    client::SearchReply reply;
    reply.isWeak = true;
    reply.rewritten = QStringLiteral("household");
    m_client.found = reply;
    EXPECT_EQ(run({"search", "hoseuhold"}), 0);
    EXPECT_NE(m_err.str().find("Nothing fits."), std::string::npos);
    EXPECT_NE(m_err.str().find("household"), std::string::npos);
    EXPECT_EQ(run({"search", "-o", "x"}), 3);
    reply.stages = {{{}, QStringLiteral("words"), QStringLiteral("BM25"), 12.4, 9, 1500}};
    m_client.found = reply;
    EXPECT_EQ(run({"search", "--explain", "x"}), 0);
    EXPECT_NE(m_out.str().find("words"), std::string::npos);
    EXPECT_NE(m_out.str().find("1.50"), std::string::npos);
    EXPECT_EQ(run({"search", "--json", "x"}), 0);
    const auto stage = outJson()[QStringLiteral("stages")].toArray()[0].toObject();
    EXPECT_EQ(stage[QStringLiteral("took_us")].toInt(), 1500);
}

TEST_F(VerbsTest, ThePlanThatIsAskedForIsPassedOnAndShownBesideTheOthers)
{
    client::SearchPlan plan;
    plan.part = QStringLiteral("sealed");
    plan.way = QStringLiteral("during");
    plan.estimatedRows = 600;
    plan.taken = 93;
    plan.estimatedUs = 345.4;
    plan.tookUs = 321;
    plan.waysUs = {{QStringLiteral("during"), 345.4}, {QStringLiteral("scan"), 777.2}};
    client::SearchReply reply;
    reply.stages = {{{}, QStringLiteral("meaning"), QStringLiteral("x"), 600, 93, 400, {plan}}};
    m_client.found = reply;
    EXPECT_EQ(run({"search", "x", "--in", "/", "--plan", "during"}), 0);
    EXPECT_EQ(m_client.searchOptions.plan, QStringLiteral("during"));
    EXPECT_TRUE(m_client.searchOptions.isExplained);
    for (const char *each : {"during", "600", "93", "345", "321", "taken", "scan", "777"})
        EXPECT_NE(m_out.str().find(each), std::string::npos) << each << m_out.str();
    EXPECT_EQ(run({"search", "--json", "x", "--explain"}), 0);
    EXPECT_TRUE(m_client.searchOptions.plan.isEmpty());
    const auto told = outJson()[QStringLiteral("stages")].toArray()[0].toObject()
                          [QStringLiteral("plans")].toArray()[0].toObject();
    EXPECT_EQ(told[QStringLiteral("estimated_rows")].toInt(), 600);
    EXPECT_EQ(told[QStringLiteral("ways_us")].toObject()[QStringLiteral("scan")].toDouble(), 777.2);
    EXPECT_EQ(run({"search", "x", "--plan", "fastest"}), 2);
}

TEST_F(VerbsTest, ModelsAreListedWithWhereTheTextGoes)
{
    EXPECT_EQ(run({"index", "models"}), 0);
    for (const char *each : {"builtin", "256", "openai small", "leaves this machine", "here"})
        EXPECT_NE(m_out.str().find(each), std::string::npos) << each << m_out.str();
    EXPECT_NE(m_err.str().find("model.onnx only"), std::string::npos);
    EXPECT_EQ(run({"--json", "index", "models"}), 0);
    const auto rows = outJson()[QStringLiteral("models")].toArray();
    ASSERT_EQ(rows.size(), 3);
    EXPECT_EQ(rows[0].toObject()[QStringLiteral("bytes")].toInt(), 4'603'439);
    EXPECT_FALSE(rows[1].toObject()[QStringLiteral("local")].toBool(true));
    EXPECT_FALSE(rows[2].toObject()[QStringLiteral("installed")].toBool(true));
}

TEST_F(VerbsTest, SuggestionsAndStatistics)
{
    EXPECT_EQ(run({"suggest", "inv", "-k", "3"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("suggest inv 3"));
    EXPECT_EQ(m_out.str(), "term     invoice\n");
    EXPECT_EQ(run({"stats"}), 0);
    EXPECT_NE(m_out.str().find("75.0 %"), std::string::npos);
    EXPECT_EQ(run({"stats", "cache.*", "--watch", "0.05", "--count", "2", "--json"}), 0);
    EXPECT_EQ(m_client.asked.constLast(), QStringLiteral("stats cache.*"));
    EXPECT_EQ(run({"stats", "--watch", "0.05", "--count", "2"}), 0);
    EXPECT_NE(m_out.str().find("30.0"), std::string::npos) << m_out.str();
    EXPECT_EQ(run({"stats", "none"}), 3);
    EXPECT_EQ(run({"stats", "--watch", "0"}), 2);
}

TEST_F(VerbsTest, SettingsOfAnIndexHaveTheTypesOfTheInterface)
{
    EXPECT_EQ(run({"index", "config", "ocr=yes", "max-file-size=20M", "cpu-limit=0.5",
                   "exclude=*.log,/mnt/docs/tmp", "roots=", "on-battery=run"}),
              0);
    const QVariantMap expected{
        {QStringLiteral("ocr"), true},
        {QStringLiteral("max-file-size"), qulonglong(20) << 20},
        {QStringLiteral("cpu-limit"), 0.5},
        {QStringLiteral("exclude"),
         QStringList{QStringLiteral("*.log"), QStringLiteral("file:///mnt/docs/tmp")}},
        {QStringLiteral("roots"), QStringList()},
        {QStringLiteral("on-battery"), QStringLiteral("run")}};
    EXPECT_EQ(m_client.configured, expected);
    for (const char *bad : {"ocr", "=1", "ocr=maybe", "max-file-size=-1", "cpu-limit=half"})
        EXPECT_EQ(run({"index", "config", bad}), 2) << bad;
}

TEST_F(VerbsTest, SourcesAreAddedListedAndRemoved)
{
    client::SourceInfo source;
    source.object = QStringLiteral("/sources/1");
    source.uri = QStringLiteral("file:///home/ann/Documents");
    source.state = QStringLiteral("partly-watched");
    source.folders = 9;
    source.watchedFolders = 3;
    m_client.known.sources = {source};
    EXPECT_EQ(run({"source", "list"}), 0);
    EXPECT_NE(m_out.str().find("/home/ann/Documents"), std::string::npos);
    EXPECT_NE(m_err.str().find("max_user_watches"), std::string::npos);
    EXPECT_EQ(run({"source", "remove", "/home/ann"}), 3);
    EXPECT_EQ(run({"source", "remove", "/home/ann/Documents"}), 0);
    EXPECT_TRUE(m_client.asked.contains(QStringLiteral("remove source /sources/1")));
    EXPECT_EQ(run({"index", "status", "--volume", "/home/ann/Documents/a.txt"}), 0);
}

TEST_F(VerbsTest, MapListsWhatThereIs)
{
    m_client.mapped
        = client::MapPoints{{{1, 1, 2, 7, 0, false}, {2, 2, 3, 7, 0, false}}, 5, {}, false};
    EXPECT_EQ(run({"map", "--at", "then"}), 0);
    EXPECT_EQ(m_client.asked, QStringList{QStringLiteral("map  then")});
    EXPECT_EQ(m_out.str(), "FILES  ABOUT\n    2  rent, flat\n");
    EXPECT_NE(m_err.str().find("2 files, 2 of them in 1 groups."), std::string::npos);
}

TEST_F(VerbsTest, MapInJsonHasEachFileThatMayBeRead)
{
    m_client.mapped = client::MapPoints{
        {{1, 1, 2, 7, 0.5F, false}, {2, 2, 3, client::MapPoint().cluster, 0, true}}, 5, {}, true};
    EXPECT_EQ(run({"map", "--json", "--query", "rent"}), 0);
    EXPECT_EQ(outJson()[QStringLiteral("schema")].toString(), QStringLiteral("vexctl.map/1"));
    EXPECT_TRUE(outJson()[QStringLiteral("stale")].toBool());
    const QJsonArray points = outJson()[QStringLiteral("points")].toArray();
    ASSERT_EQ(points.size(), 2);
    const QJsonObject first = points[0].toObject();
    EXPECT_EQ(first[QStringLiteral("path")].toString(), QStringLiteral("/mnt/docs/a b.txt"));
    EXPECT_EQ(first[QStringLiteral("cluster")].toInt(), 7);
    EXPECT_EQ(first[QStringLiteral("score")].toDouble(), 0.5);
    EXPECT_FALSE(points[1].toObject().contains(QStringLiteral("uri")));
    EXPECT_FALSE(points[1].toObject().contains(QStringLiteral("cluster")));
    EXPECT_TRUE(points[1].toObject()[QStringLiteral("gone")].toBool());
}

TEST_F(VerbsTest, MapGoesToAFile)
{
    const QTemporaryDir folder;
    const std::string name = folder.filePath(QStringLiteral("m.svg")).toStdString();
    m_client.mapped = client::MapPoints{{{1, 1, 2, 7, 0, false}}, 5, {}, false};
    EXPECT_EQ(run({"map", "--out", name, "--layout"}), 0);
    EXPECT_EQ(m_client.asked.constFirst(), QStringLiteral("relayout"));
    QFile file(QString::fromStdString(name));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_TRUE(file.readAll().contains("<title>/mnt/docs/a b.txt</title>"));
    EXPECT_EQ(run({"map", "--out", "map.bmp"}), 2);
    EXPECT_EQ(run({"map", "--out", "/nowhere/map.svg"}), 1);
    EXPECT_NE(m_err.str().find("/nowhere/map.svg cannot be written"), std::string::npos);
    m_client.mapped = base::fail(Errc::IndexNotReady, QStringLiteral("why"));
    EXPECT_EQ(run({"map"}), 1);
    EXPECT_NE(m_err.str().find("vexctl map --layout"), std::string::npos);
}
