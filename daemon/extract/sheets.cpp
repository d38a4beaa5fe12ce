// SPDX-License-Identifier: Apache-2.0
//
// Spreadsheets and presentations of Office Open XML.
#include "daemon/extract/formats.h"
#include "daemon/extract/office.h"
#include "daemon/extract/zipped.h"

#include <QHash>
#include <QStringList>
#include <QXmlStreamReader>

namespace vexfs::extract {

namespace {

QString attributeOf(const QXmlStreamReader &xml, const char *name)
{
    for (const QXmlStreamAttribute &attribute : xml.attributes()) {
        if (attribute.name() == QLatin1String(name))
            return attribute.value().toString();
    }
    return {};
}

struct Part
{
    QString name;    ///< a sheet's; slides have none
    QString member;  ///< of the archive
};

// Where "r:id" leads, from word "xl/workbook.xml" to "xl/worksheets/sheet1.xml".
QHash<QString, QString> relations(Zipped &zip, const QString &folder, const QString &file)
{
    QHash<QString, QString> targets;
    const QString member = folder + QStringLiteral("_rels/") + file + QStringLiteral(".rels");
    if (!zip.has(member))
        return targets;
    QXmlStreamReader xml(zip.read(member));
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement
            || xml.name() != QLatin1String("Relationship"))
            continue;
        const QString target = attributeOf(xml, "Target");
        targets.insert(attributeOf(xml, "Id"), target.startsWith(QLatin1Char('/'))
                                                   ? target.mid(1)
                                                   : folder + target);
    }
    return targets;
}

// Sheets or slides, in the order that people see them in.
QVector<Part> partsOf(Zipped &zip, const QString &folder, const QString &file,
                      const char *element)
{
    const QHash<QString, QString> targets = relations(zip, folder, file);
    QVector<Part> parts;
    QXmlStreamReader xml(zip.read(folder + file));
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement
            || xml.name() != QLatin1String(element))
            continue;
        // "id" is a number of its own too: the reference is the one that is prefixed.
        for (const QXmlStreamAttribute &attribute : xml.attributes()) {
            if (attribute.name() == QLatin1String("id") && !attribute.prefix().isEmpty())
                parts.push_back({attributeOf(xml, "name"),
                                 targets.value(attribute.value().toString())});
        }
    }
    checkXml(xml);
    return parts;
}

QStringList sharedStrings(Zipped &zip)
{
    QStringList strings;
    const QString member = QStringLiteral("xl/sharedStrings.xml");
    if (!zip.has(member))
        return strings;
    QXmlStreamReader xml(zip.read(member));
    bool isText = false;
    while (!xml.atEnd()) {
        const auto token = xml.readNext();
        if (token == QXmlStreamReader::StartElement) {
            if (xml.name() == QLatin1String("si"))
                strings.push_back({});
            else if (xml.name() == QLatin1String("rPh"))
                xml.skipCurrentElement();  // how it is pronounced
            isText = xml.name() == QLatin1String("t");
        } else if (token == QXmlStreamReader::EndElement) {
            isText = false;
        } else if (token == QXmlStreamReader::Characters && isText && !strings.isEmpty()) {
            strings.last() += xml.text().toString();
        }
    }
    checkXml(xml);
    return strings;
}

void addCell(const QString &type, const QString &value, const QStringList &strings, Output &out)
{
    QString shown = value;
    if (type == QLatin1String("s"))
        shown = strings.value(value.toInt());
    out.addFlowing(shown.toStdString());
}

void readSheet(const QByteArray &content, const QStringList &strings, Output &out)
{
    QXmlStreamReader xml(content);
    QString type;
    QString value;
    bool isValue = false;
    bool isFirst = true;
    while (!xml.atEnd()) {
        const auto token = xml.readNext();
        if (token == QXmlStreamReader::StartElement) {
            if (xml.name() == QLatin1String("row")) {
                isFirst = true;
            } else if (xml.name() == QLatin1String("c")) {
                type = attributeOf(xml, "t");
                value.clear();
            }
            isValue = xml.name() == QLatin1String("v") || xml.name() == QLatin1String("t");
        } else if (token == QXmlStreamReader::Characters && isValue) {
            value += xml.text().toString();
        } else if (token == QXmlStreamReader::EndElement) {
            isValue = false;
            if (xml.name() == QLatin1String("row")) {
                out.endLine();
            } else if (xml.name() == QLatin1String("c")) {
                if (!isFirst)
                    out.addText("\t");
                isFirst = false;
                addCell(type, value, strings, out);
            }
        }
    }
    checkXml(xml);
}

void readSlide(const QByteArray &content, Output &out)
{
    QXmlStreamReader xml(content);
    bool isText = false;
    while (!xml.atEnd()) {
        const auto token = xml.readNext();
        if (token == QXmlStreamReader::StartElement) {
            isText = xml.name() == QLatin1String("t");
            if (xml.name() == QLatin1String("br"))
                out.endLine();
        } else if (token == QXmlStreamReader::Characters && isText) {
            out.addText(xml.text().toString().toStdString());
        } else if (token == QXmlStreamReader::EndElement) {
            isText = false;
            if (xml.name() == QLatin1String("p"))
                out.endLine();
        }
    }
    checkXml(xml);
}

// What the speaker says to a slide.
void readNotes(Zipped &zip, const QString &slide, Output &out)
{
    const int slash = slide.lastIndexOf(QLatin1Char('/')) + 1;
    const QString folder = slide.left(slash);
    for (QString target : relations(zip, folder, slide.mid(slash))) {
        target.replace(QLatin1String("slides/../"), QString());
        if (target.contains(QLatin1String("notesSlide")) && zip.has(target))
            readSlide(zip.read(target), out);
    }
}

} // namespace

void extractXlsx(std::string_view bytes, Output &out)
{
    Zipped zip(bytes, out);
    readCoreProperties(zip, out);
    const QVector<Part> sheets
        = partsOf(zip, QStringLiteral("xl/"), QStringLiteral("workbook.xml"), "sheet");
    const QStringList strings = sharedStrings(zip);
    for (const Part &sheet : sheets) {
        if (!zip.has(sheet.member))
            continue;
        out.endParagraph();
        out.markHeading(1);
        out.addFlowing(sheet.name.toStdString());
        out.endParagraph();
        readSheet(zip.read(sheet.member), strings, out);
    }
}

void extractPptx(std::string_view bytes, Output &out)
{
    Zipped zip(bytes, out);
    readCoreProperties(zip, out);
    uint32_t number = 0;
    for (const Part &slide : partsOf(zip, QStringLiteral("ppt/"),
                                     QStringLiteral("presentation.xml"), "sldId")) {
        ++number;
        if (!zip.has(slide.member))
            continue;
        out.endParagraph();
        out.markPage(number);
        readSlide(zip.read(slide.member), out);
        readNotes(zip, slide.member, out);
    }
}

} // namespace vexfs::extract
