// SPDX-License-Identifier: Apache-2.0
//
// Goal: conditions are put into a query and taken out while the rest stays as it was typed; the
// moment that is asked about goes beside the query. Method: strings; a daemon whose answers the
// test gives.
#include "gui/models/query/query_words.h"
#include "gui/models/search_model.h"
#include "tests/gui/fake_client.h"

#include <QTest>

using namespace vexfs;
using namespace vexfs::gui;

class QueryModelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void wordsAreAsTheyStandThere_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<QString>("words"); // with | between them
        QTest::newRow("none") << QStringLiteral("  ") << QString();
        QTest::newRow("words") << QStringLiteral(" car  repair ") << QStringLiteral("car|repair");
        QTest::newRow("phrase") << QStringLiteral("\"in  arrears\" rent")
                                << QStringLiteral("\"in  arrears\"|rent");
        QTest::newRow("condition") << QStringLiteral("in:\"~/My work\" -type:pdf")
                                   << QStringLiteral("in:\"~/My work\"|-type:pdf");
        QTest::newRow("without") << QStringLiteral("-\"no  such\" a")
                                 << QStringLiteral("-\"no  such\"|a");
        QTest::newRow("open mark") << QStringLiteral("\"half a") << QStringLiteral("\"half|a");
        QTest::newRow("mark inside") << QStringLiteral("5\" or 6\" pipe")
                                     << QStringLiteral("5\"|or|6\"|pipe");
        QTest::newRow("curly") << QStringLiteral("\u201ctwo words\u201d x")
                               << QStringLiteral("\u201ctwo words\u201d|x");
    }
    void wordsAreAsTheyStandThere()
    {
        QFETCH(QString, query);
        QFETCH(QString, words);
        QCOMPARE(queryWords(query).join(u'|'), words);
    }

    void conditionsAreWrittenFoundAndTakenOut()
    {
        QCOMPARE(conditionOf(QStringLiteral("tag"), QStringLiteral("tax")),
                 QStringLiteral("tag:tax"));
        QCOMPARE(conditionOf(QStringLiteral("in"), QStringLiteral("~/My work")),
                 QStringLiteral("in:\"~/My work\""));
        QVERIFY(conditionOf(QStringLiteral("in"), QStringLiteral("~/5\" pipes")).isEmpty());
        QVERIFY(conditionOf(QStringLiteral("in"), QString()).isEmpty());
        const QString query = QStringLiteral("rent IN:\"~/My work\" in:/b tag:tax \"in:c d\"");
        QCOMPARE(valuesOf(query, QStringLiteral("in")),
                 (QStringList{QStringLiteral("~/My work"), QStringLiteral("/b")}));
        QVERIFY(valuesOf(query, QStringLiteral("at")).isEmpty());
        QVERIFY(valuesOf(QStringLiteral("at:"), QStringLiteral("at")).isEmpty());
        QCOMPARE(withoutCondition(query, QStringLiteral("in")),
                 QStringLiteral("rent tag:tax \"in:c d\""));
        QCOMPARE(withWord(query, QStringLiteral("tag:tax"), false),
                 QStringLiteral("rent IN:\"~/My work\" in:/b \"in:c d\""));
        QCOMPARE(withWord(QStringLiteral("a b"), QStringLiteral("a"), true),
                 QStringLiteral("b a"));
    }

    void theMomentGoesBesideTheQuery()
    {
        test::FakeClient daemon;
        SearchModel model(daemon);
        model.setPastToo(true);
        model.setQuery(QStringLiteral("rent at:\"before the move\" tag:tax"));
        model.askNow();
        QCOMPARE(daemon.searches.size(), size_t(2));
        QCOMPARE(daemon.searches[0].what, QStringLiteral("rent tag:tax"));
        QCOMPARE(daemon.lastSearch.at, QStringLiteral("before the move"));
        QVERIFY(daemon.lastSearch.snapshots.isEmpty());
        // As it was typed, blanks and all, where there is none.
        model.setQuery(QStringLiteral("\"two  blanks\"  x"));
        model.askNow();
        QCOMPARE(daemon.searches.back().what, QStringLiteral("\"two  blanks\"  x"));
        QVERIFY(daemon.lastSearch.at.isEmpty());
        QCOMPARE(daemon.lastSearch.snapshots, QStringLiteral("all"));
    }
};

QTEST_GUILESS_MAIN(QueryModelsTest)
#include "query_models_test.moc"
