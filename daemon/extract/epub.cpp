// SPDX-License-Identifier: Apache-2.0
#include "daemon/extract/formats.h"
#include "daemon/extract/zipped.h"

#include <QHash>
#include <QStringList>
#include <QUrl>
#include <QXmlStreamReader>

namespace vexfs::extract {

namespace {

QString attribute(const QXmlStreamReader &xml, const char *name)
{
    return xml.attributes().value(QLatin1String(name)).toString();
}

QString packagePath(Zipped &zip)
{
    QXmlStreamReader xml(zip.read(QStringLiteral("META-INF/container.xml")));
    while (!xml.atEnd()) {
        if (xml.readNext() == QXmlStreamReader::StartElement
            && xml.name() == QLatin1String("rootfile"))
            return attribute(xml, "full-path");
    }
    throw Refused("it is damaged: it does not say where its content is");
}

struct Package
{
    QString title;
    QString author;
    QString language;
    QString date;
    QStringList chapters;  ///< members of the archive, in reading order
};

Package readPackage(Zipped &zip)
{
    const QString path = packagePath(zip);
    const QString folder = path.left(path.lastIndexOf(QLatin1Char('/')) + 1);
    QXmlStreamReader xml(zip.read(path));
    QHash<QString, QString> members;
    Package package;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement)
            continue;
        if (xml.name() == QLatin1String("item")) {
            const QByteArray encoded = attribute(xml, "href").toUtf8();
            members.insert(attribute(xml, "id"), folder + QUrl::fromPercentEncoding(encoded));
        } else if (xml.name() == QLatin1String("itemref")) {
            package.chapters += members.value(attribute(xml, "idref"));
        } else if (xml.name() == QLatin1String("title") && package.title.isEmpty()) {
            package.title = xml.readElementText(QXmlStreamReader::SkipChildElements);
        } else if (xml.name() == QLatin1String("creator") && package.author.isEmpty()) {
            package.author = xml.readElementText(QXmlStreamReader::SkipChildElements);
        } else if (xml.name() == QLatin1String("language") && package.language.isEmpty()) {
            package.language = xml.readElementText(QXmlStreamReader::SkipChildElements);
        } else if (xml.name() == QLatin1String("date") && package.date.isEmpty()) {
            package.date = xml.readElementText(QXmlStreamReader::SkipChildElements);
        }
    }
    if (xml.hasError())
        throw Refused("it is damaged: " + xml.errorString().toStdString());
    return package;
}

} // namespace

void extractEpub(std::string_view bytes, Output &out)
{
    Zipped zip(bytes, out);
    const bool isProtected = zip.has(QStringLiteral("META-INF/rights.xml"));
    const Package package = readPackage(zip);
    for (const QString &chapter : package.chapters) {
        if (!zip.has(chapter))
            continue;
        const QByteArray content = zip.read(chapter);
        out.endParagraph();
        try {
            extractHtml({content.constData(), static_cast<size_t>(content.size())}, out);
        } catch (const Refused &) {
            // Encrypted chapters are bytes without meaning.
            if (isProtected)
                throw Refused("it is encrypted by its seller");
            throw;
        }
    }
    // After the chapters: each has a title of its own.
    out.setTitle(package.title.toStdString());
    out.setAuthor(package.author.toStdString());
    out.setLanguage(package.language.toStdString());
    out.setDate(secondsOf(package.date.toStdString()));
}

} // namespace vexfs::extract
