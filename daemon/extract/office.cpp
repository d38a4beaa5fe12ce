// SPDX-License-Identifier: Apache-2.0
//
// Word processor documents of Office Open XML, and all documents of OpenDocument.
#include "daemon/extract/office.h"

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

// Both families call them by Dublin Core's names, or nearly.
void readProperties(Zipped &zip, const QString &member, Output &out)
{
    if (!zip.has(member))
        return;
    QXmlStreamReader xml(zip.read(member));
    const auto value = [&] {
        return xml.readElementText(QXmlStreamReader::SkipChildElements).toStdString();
    };
    while (!xml.atEnd()) {
        if (xml.readNext() != kStart)
            continue;
        if (isNamed(xml, "title"))
            out.setTitle(value());
        else if (isNamed(xml, "creator") || isNamed(xml, "initial-creator"))
            out.setAuthor(value());
        else if (isNamed(xml, "language"))
            out.setLanguage(value());
        else if (isNamed(xml, "modified") || isNamed(xml, "date"))
            out.setDate(secondsOf(value()));
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

// A sheet, or a slide: tables in texts have names too, but those are not for people.
struct OdtPlace
{
    int paragraphs = 0;  ///< open ones
    bool isSpreadsheet = false;
    bool isRowBegun = false;
    uint32_t page = 0;
};

void beginSheet(const QXmlStreamReader &xml, Output &out)
{
    out.endParagraph();
    out.markHeading(1);
    for (const QXmlStreamAttribute &attribute : xml.attributes()) {
        if (attribute.name() == QLatin1String("name"))
            out.addFlowing(attribute.value().toString().toStdString());
    }
    out.endParagraph();
}

void odtStart(const QXmlStreamReader &xml, OdtPlace &place, Output &out)
{
    if (isNamed(xml, "h")) {
        out.endParagraph();
        out.markHeading(odtHeadingLevel(xml));
        ++place.paragraphs;
    } else if (isNamed(xml, "p")) {
        ++place.paragraphs;
    } else if (isNamed(xml, "tab")) {
        out.addText("\t");
    } else if (isNamed(xml, "s")) {
        out.addText(" ");
    } else if (isNamed(xml, "line-break")) {
        out.endLine();
    } else if (isNamed(xml, "spreadsheet")) {
        place.isSpreadsheet = true;
    } else if (isNamed(xml, "page")) {
        out.endParagraph();
        out.markPage(++place.page);
    } else if (place.isSpreadsheet && isNamed(xml, "table")) {
        beginSheet(xml, out);
    } else if (place.isSpreadsheet && isNamed(xml, "table-row")) {
        place.isRowBegun = false;
    } else if (place.isSpreadsheet && isNamed(xml, "table-cell")) {
        if (place.isRowBegun)
            out.addText("\t");
        place.isRowBegun = true;
    }
}

void odtEnd(const QXmlStreamReader &xml, OdtPlace &place, Output &out)
{
    if (isNamed(xml, "h")) {
        --place.paragraphs;
        out.endParagraph();
    } else if (isNamed(xml, "p")) {
        --place.paragraphs;
        if (!place.isSpreadsheet)
            out.endLine();
    } else if (isNamed(xml, "table-row")) {
        out.endLine();
    }
}

bool isOdtEncrypted(Zipped &zip)
{
    const QString manifest = QStringLiteral("META-INF/manifest.xml");
    return zip.has(manifest) && zip.read(manifest).contains("encryption-data");
}

} // namespace

void checkXml(const QXmlStreamReader &xml)
{
    if (xml.hasError())
        throw Refused("it is damaged: " + xml.errorString().toStdString());
}

void readCoreProperties(Zipped &zip, Output &out)
{
    readProperties(zip, QStringLiteral("docProps/core.xml"), out);
}

void extractDocx(std::string_view bytes, Output &out)
{
    Zipped zip(bytes, out);
    readCoreProperties(zip, out);
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
    Zipped zip(bytes, out);
    if (isOdtEncrypted(zip))
        throw Refused("it is encrypted and needs a password");
    readProperties(zip, QStringLiteral("meta.xml"), out);
    QXmlStreamReader xml(zip.read(QStringLiteral("content.xml")));
    OdtPlace place;
    while (!xml.atEnd()) {
        const QXmlStreamReader::TokenType token = xml.readNext();
        if (token == kStart)
            odtStart(xml, place, out);
        else if (token == kCharacters && place.paragraphs > 0)
            out.addFlowing(xml.text().toString().toStdString());
        else if (token == kEnd)
            odtEnd(xml, place, out);
    }
    checkXml(xml);
}

} // namespace vexfs::extract
