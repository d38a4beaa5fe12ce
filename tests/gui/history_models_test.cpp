// SPDX-License-Identifier: Apache-2.0
//
// Goal: a copy is written whole or not at all, and over nothing; pictures are compared as pictures;
// snapshots are of a day. Method: files in a folder.
#include "common/base/file_uri.h"
#include "gui/models/copying/file_copier.h"
#include "gui/models/snapshot_model.h"
#include "gui/models/text_diff.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

using namespace vexfs;
using namespace vexfs::gui;

class HistoryModelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aCopyHasTheBytesAndTheTime()
    {
        const QByteArray bytes = QByteArray("0123456789").repeated(300'000);
        const QString from = write("from.bin", bytes);
        const struct timespec times[] = {{1000, 0}, {1'600'000'000, 0}};
        QCOMPARE(::utimensat(AT_FDCWD, pathOf("from.bin").constData(), times, 0), 0);
        FileCopier copier;
        QSignalSpy copied(&copier, &FileCopier::copied);
        copier.copy(from, uriOf("to.bin"));
        QTRY_COMPARE(copied.size(), 1);
        QVERIFY(!copier.isCopying());
        QCOMPARE(read("to.bin"), bytes);
        struct stat facts = {};
        QCOMPARE(::stat(pathOf("to.bin").constData(), &facts), 0);
        QCOMPARE(facts.st_mtim.tv_sec, 1'600'000'000);
    }

    void nothingIsWrittenOver()
    {
        const QString from = write("a.txt", "fresh");
        write("there.txt", "mine");
        FileCopier copier;
        QSignalSpy failed(&copier, &FileCopier::failed);
        copier.copy(from, uriOf("there.txt"));
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(failed[0][0].toString().contains(QStringLiteral("there is a file of that name")));
        QCOMPARE(read("there.txt"), QByteArray("mine"));
        // Neither onto itself, nor from what is no file, nor into what is no folder.
        copier.copy(from, from);
        QTRY_COMPARE(failed.size(), 2);
        QCOMPARE(read("a.txt"), QByteArray("fresh"));
        copier.copy(uriOf("none.txt"), uriOf("b.txt"));
        QTRY_COMPARE(failed.size(), 3);
        QCOMPARE(::mkfifo(pathOf("pipe").constData(), 0600), 0);
        copier.copy(uriOf("pipe"), uriOf("b.txt"));
        QTRY_COMPARE(failed.size(), 4);
        copier.copy(from, uriOf("none/b.txt"));
        QTRY_COMPARE(failed.size(), 5);
        QVERIFY(!QFile::exists(QFile::decodeName(pathOf("b.txt"))));
    }

    void picturesAreComparedAsPictures()
    {
        const QString red = picture("red.png", Qt::red);
        const QString blue = picture("blue.png", Qt::blue);
        const Comparison pictures = compareFiles(red, blue).result();
        QVERIFY(pictures.problem.isEmpty() && pictures.lines.isEmpty());
        QCOMPARE(pictures.left.pixelColor(0, 0), QColor(Qt::red));
        QCOMPARE(pictures.right.pixelColor(0, 0), QColor(Qt::blue));
        // One picture is no comparison; two texts still are one.
        const QString text = write("text.txt", "a\nb\n");
        const Comparison mixed = compareFiles(red, text).result();
        QVERIFY(!mixed.problem.isEmpty() && mixed.left.isNull());
        QVERIFY(!compareFiles(text, red).result().problem.isEmpty());
        const Comparison lines = compareFiles(text, text).result();
        QCOMPARE(lines.lines.size(), 2);
        QVERIFY(lines.left.isNull());
    }

    void aDayHasItsName()
    {
        const QDate today(2026, 11, 29);
        QCOMPARE(dayOf(today, today), QStringLiteral("Today"));
        QCOMPARE(dayOf(QDate(2026, 11, 28), today), QStringLiteral("Yesterday"));
        const QString older = dayOf(QDate(2026, 11, 27), today);
        QVERIFY(older.contains(QStringLiteral("27")) && older != dayOf(QDate(2025, 11, 27), today));
    }

private:
    QByteArray pathOf(const char *name) const
    {
        return QFile::encodeName(m_folder.path()) + '/' + name;
    }
    QString uriOf(const char *name) const { return base::uriFromPath(pathOf(name)); }
    QString write(const char *name, const QByteArray &bytes) const
    {
        QFile file(QFile::decodeName(pathOf(name)));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", name);
        return uriOf(name);
    }
    QByteArray read(const char *name) const
    {
        QFile file(QFile::decodeName(pathOf(name)));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
    }
    QString picture(const char *name, Qt::GlobalColor color) const
    {
        QImage image(300, 200, QImage::Format_RGB32);
        image.fill(color);
        if (!image.save(QFile::decodeName(pathOf(name))))
            qFatal("cannot write %s", name);
        return uriOf(name);
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(HistoryModelsTest)
#include "history_models_test.moc"
