// SPDX-License-Identifier: Apache-2.0
//
// Goal: tags of many files are counted, changed one after the other, and each file that fails is
// told of. Method: files in a folder, the attribute itself.
#include "common/base/file_uri.h"
#include "gui/models/tags/file_tags.h"

#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace vexfs;
using namespace vexfs::gui;

namespace {

QStringList list(std::initializer_list<const char *> names)
{
    QStringList out;
    for (const char *name : names)
        out.append(QString::fromUtf8(name));
    return out;
}

} // namespace

class TagsModelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tagsAreCountedOverFiles()
    {
        FileTags tags;
        const QStringList uris{make("a", {"work", "tax"}), make("b", {"work"}), make("c", {})};
        tags.setFiles(uris);
        QTest::qWait(150);
        QVERIFY(tags.tags().isEmpty()); // nobody looks
        tags.setWanted(true);
        QTRY_COMPARE(shown(tags), QStringLiteral("tax 1, work 2"));
        tags.setFiles({uris[1]});
        QVERIFY(tags.tags().isEmpty());
        QTRY_COMPARE(shown(tags), QStringLiteral("work 1"));
    }

    void changesAreOfTheFilesThatWereSelectedThen()
    {
        FileTags tags;
        tags.setWanted(true);
        const QString a = make("a", {"work"});
        const QString b = make("b", {});
        QSignalSpy done(&tags, &FileTags::done);
        tags.setFiles({a});
        tags.change({list({"one"}), {}});
        tags.change({list({"two"}), list({"work"})});
        tags.setFiles({b});
        tags.change({list({"three"}), {}});
        QTRY_COMPARE(done.size(), 3);
        QVERIFY(!tags.isBusy());
        QCOMPARE(tagsOf(a), list({"one", "two"}));
        QCOMPARE(tagsOf(b), list({"three"}));
        for (const QList<QVariant> &each : done) {
            QCOMPARE(each[0].toLongLong(), 1);
            QVERIFY(each[1].toStringList().isEmpty());
        }
        QTRY_COMPARE(shown(tags), QStringLiteral("three 1"));
    }

    void eachFileThatFailsIsToldOf()
    {
        FileTags tags;
        const QString a = make("a", {});
        QSignalSpy done(&tags, &FileTags::done);
        const QString gone = a + QStringLiteral("-gone.txt");
        tags.setFiles({gone, a, QStringLiteral("http://no.file/")});
        tags.change({list({"one"}), {}});
        QTRY_COMPARE(done.size(), 1);
        QCOMPARE(done[0][0].toLongLong(), 1);
        const QStringList problems = done[0][1].toStringList();
        QCOMPARE(problems.size(), 2);
        QVERIFY(problems[0].startsWith(QStringLiteral("a-gone.txt: ")));
        QCOMPARE(tagsOf(a), list({"one"}));
        // More than there is room for.
        tags.setFiles({a});
        tags.change({{QString(5000, u'x')}, {}});
        QTRY_COMPARE(done.size(), 2);
        QCOMPARE(done[1][0].toLongLong(), 0);
        QVERIFY(done[1][1].toStringList().value(0).contains(QStringLiteral("more tags")));
        QCOMPARE(tagsOf(a), list({"one"}));
    }

    void withoutFilesNothingChanges()
    {
        FileTags tags;
        QSignalSpy done(&tags, &FileTags::done);
        tags.change({list({"one"}), {}});
        QVERIFY(!tags.isBusy());
        QTest::qWait(50);
        QCOMPARE(done.size(), 0);
    }

private:
    QString make(const char *name, std::initializer_list<const char *> tags)
    {
        const QString path = QFileInfo(m_folder.filePath(QLatin1String(name))).absoluteFilePath();
        QFile::remove(path);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write %s", qPrintable(path));
        if (!base::changeTags(QFile::encodeName(path), path, {list(tags), {}}))
            qFatal("no attributes here: %s", qPrintable(path));
        return base::uriFromPath(QFile::encodeName(path));
    }
    static QStringList tagsOf(const QString &uri)
    {
        const auto tags = base::readTags(*base::pathFromUri(uri), uri);
        return tags ? *tags : list({"unreadable"});
    }
    static QString shown(const FileTags &tags)
    {
        QStringList out;
        for (const TagCount &each : tags.tags())
            out.append(each.name + u' ' + QString::number(each.files));
        return out.join(QStringLiteral(", "));
    }

    // Beside the test: a tmpfs may have no such attributes.
    QTemporaryDir m_folder{QStringLiteral("tags_models_test")};
};

QTEST_GUILESS_MAIN(TagsModelsTest)
#include "tags_models_test.moc"
