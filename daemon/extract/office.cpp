// SPDX-License-Identifier: Apache-2.0
//
// Word processor documents: Office Open XML and OpenDocument.
#include "daemon/extract/formats.h"
#include "daemon/extract/zipped.h"

#include <QXmlStreamReader>

namespace vexfs::extract {

namespace {

constexpr QXmlStreamReader::TokenType kStart = QXmlStreamReader::StartElement;
constexpr QXmlStreamReader::TokenType kEnd = QXmlStreamReader::EndElement;
constexpr QXmlStreamReader::TokenType kCharacters = QXmlStreamReader::Characters;

bool isNamed(const QXmlStreamReader &xml, const char *name)
{
    return xml.name() == QLatin1String(name);
}

void checkXml(const QXmlStreamReader &xml)
{
    if (xml.hasError())
        throw Refused("it is damaged: " + xml.errorString().toStdString());
}

void readTitle(Zipped &zip, const QString &member, Output &out)
{
    if (!zip.has(member))
        return;
    QXmlStreamReader xml(zip.read(member));
    while (!xml.atEnd()) {
        if (xml.readNext() == kStart && isNamed(xml, "title")
            && xml.namespaceUri() == QLatin1String("http://purl.org/dc/elements/1.1/")) {
            out.setTitle(xml.readElementText(QXmlStreamReader::SkipChildElements).toStdString());
            return;
        }
    }
}

// "Heading1", "Heading 2", and the translated "berschrift3" alike: a digit at the end says it.
uint32_t docxHeadingLevel(const QXmlStreamReader &xml)
{
    QString style;
    for (const QXmlStreamAttribute &attribute : xml.attributes()) {
        if (attribute.name() == QLatin1String("val"))
            style = attribute.value().toString();
    }
    if (style == QLatin1String("Title"))
        return 1;
    if (!style.startsWith(QLatin1String("Heading")) || style.isEmpty())
        return 0;
    const int level = style.right(1).toInt();
    return level >= 1 && level <= 6 ? static_cast<uint32_t>(level) : 0;
}

void docxStart(const QXmlStreamReader &xml, bool &isText, Output &out)
{
    if (isNamed(xml, "t")) {
        isText = true;
    } else if (isNamed(xml, "tab")) {
        out.addText("\t");
    } else if (isNamed(xml, "br") || isNamed(xml, "cr")) {
        out.endLine();
    } else if (isNamed(xml, "pStyle")) {
        if (const uint32_t level = docxHeadingLevel(xml); level > 0)
            out.markHeading(level);
    }
}

uint32_t odtHeadingLevel(const QXmlStreamReader &xml)
{
    for (const QXmlStreamAttribute &attribute : xml.attributes()) {
        if (attribute.name() == QLatin1String("outline-level")) {
            const int level = attribute.value().toString().toInt();
            return level >= 1 && level <= 6 ? static_cast<uint32_t>(level) : 6;
        }
    }
    return 1;
}

void odtStart(const QXmlStreamReader &xml, int &paragraphs, Output &out)
{
    if (isNamed(xml, "h")) {
        out.endParagraph();
        out.markHeading(odtHeadingLevel(xml));
        ++paragraphs;
    } else if (isNamed(xml, "p")) {
        ++paragraphs;
    } else if (isNamed(xml, "tab")) {
        out.addText("\t");
    } else if (isNamed(xml, "s")) {
        out.addText(" ");
    } else if (isNamed(xml, "line-break")) {
        out.endLine();
    }
}

void odtEnd(const QXmlStreamReader &xml, int &paragraphs, Output &out)
{
    if (isNamed(xml, "h")) {
        --paragraphs;
        out.endParagraph();
    } else if (isNamed(xml, "p")) {
        --paragraphs;
        out.endLine();
    }
}

bool isOdtEncrypted(Zipped &zip)
{
    const QString manifest = QStringLiteral("META-INF/manifest.xml");
    return zip.has(manifest) && zip.read(manifest).contains("encryption-data");
}

} // namespace

void extractDocx(std::string_view bytes, Output &out)
{
    Zipped zip(bytes);
    readTitle(zip, QStringLiteral("docProps/core.xml"), out);
    QXmlStreamReader xml(zip.read(QStringLiteral("word/document.xml")));
    bool isText = false;
    while (!xml.atEnd()) {
        const QXmlStreamReader::TokenType token = xml.readNext();
        if (token == kStart) {
            docxStart(xml, isText, out);
        } else if (token == kCharacters && isText) {
            out.addText(xml.text().toString().toStdString());
        } else if (token == kEnd) {
            if (isNamed(xml, "t"))
                isText = false;
            else if (isNamed(xml, "p"))
                out.endLine();
        }
    }
    checkXml(xml);
}

void extractOdt(std::string_view bytes, Output &out)
{
    Zipped zip(bytes);
    if (isOdtEncrypted(zip))
        throw Refused("it is encrypted and needs a password");
    readTitle(zip, QStringLiteral("meta.xml"), out);
    QXmlStreamReader xml(zip.read(QStringLiteral("content.xml")));
    int paragraphs = 0;
    while (!xml.atEnd()) {
        const QXmlStreamReader::TokenType token = xml.readNext();
        if (token == kStart)
            odtStart(xml, paragraphs, out);
        else if (token == kCharacters && paragraphs > 0)
            out.addFlowing(xml.text().toString().toStdString());
        else if (token == kEnd)
            odtEnd(xml, paragraphs, out);
    }
    checkXml(xml);
}

} // namespace vexfs::extract
