// SPDX-License-Identifier: Apache-2.0
#include "tests/support/documents.h"

#include <QtEndian>

#include <array>

namespace vexfs::test {

namespace {

uint32_t crc32(const QByteArray &bytes)
{
    uint32_t crc = 0xffffffff;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320U : 0);
    }
    return ~crc;
}

template <class T> void append(QByteArray &out, T value)
{
    const T little = qToLittleEndian(value);
    out.append(reinterpret_cast<const char *>(&little), sizeof little);
}

// What the local header and the central directory have in common.
void appendEntry(QByteArray &out, const QByteArray &name, const QByteArray &content)
{
    append<quint16>(out, 20);
    append<quint16>(out, 0);
    append<quint16>(out, 0);
    append<quint32>(out, 0x5a21'0000);
    append<quint32>(out, crc32(content));
    append<quint32>(out, quint32(content.size()));
    append<quint32>(out, quint32(content.size()));
    append<quint16>(out, quint16(name.size()));
    append<quint16>(out, 0);
}

QByteArray paragraphs(const QByteArray &open, const QByteArray &close,
                      const QList<QByteArray> &texts)
{
    QByteArray all;
    for (const QByteArray &text : texts)
        all += open + text + close;
    return all;
}

} // namespace

QByteArray makeZip(const QList<QPair<QByteArray, QByteArray>> &members)
{
    QByteArray file;
    QByteArray directory;
    for (const auto &[name, content] : members) {
        const auto offset = quint32(file.size());
        file += "PK\x03\x04";
        appendEntry(file, name, content);
        file += name + content;
        directory += "PK\x01\x02";
        append<quint16>(directory, 20);
        appendEntry(directory, name, content);
        directory += QByteArray(10, '\0');
        append<quint32>(directory, offset);
        // Comment, disk and attributes are zero; the offset comes last.
        directory += name;
    }
    const auto start = quint32(file.size());
    file += directory + "PK\x05\x06" + QByteArray(4, '\0');
    append<quint16>(file, quint16(members.size()));
    append<quint16>(file, quint16(members.size()));
    append<quint32>(file, quint32(directory.size()));
    append<quint32>(file, start);
    append<quint16>(file, 0);
    return file;
}

QByteArray makePdf(const QList<QByteArray> &pages, const QByteArray &title, bool isLocked)
{
    QList<QByteArray> objects;
    QByteArray kids;
    for (qsizetype i = 0; i < pages.size(); ++i)
        kids += QByteArray::number(5 + 2 * i) + " 0 R ";
    objects += "<< /Type /Catalog /Pages 2 0 R >>";
    objects += "<< /Type /Pages /Kids [" + kids + "] /Count " + QByteArray::number(pages.size())
        + " >>";
    objects += "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";
    objects += "<< /Title (" + title + ") >>";
    for (qsizetype i = 0; i < pages.size(); ++i) {
        const QByteArray content = "BT /F1 12 Tf 72 700 Td (" + pages[i] + ") Tj ET";
        objects += "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents "
            + QByteArray::number(6 + 2 * i)
            + " 0 R /Resources << /Font << /F1 3 0 R >> >> >>";
        objects += "<< /Length " + QByteArray::number(content.size()) + " >>\nstream\n" + content
            + "\nendstream";
    }
    QByteArray file = "%PDF-1.4\n";
    QByteArray table = "0000000000 65535 f \n";
    for (qsizetype i = 0; i < objects.size(); ++i) {
        table += QByteArray::number(file.size()).rightJustified(10, '0') + " 00000 n \n";
        file += QByteArray::number(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    const QByteArray size = QByteArray::number(objects.size() + 1);
    QByteArray lock;
    if (isLocked) {
        lock = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <"
            + QByteArray(64, '4') + "> /U <" + QByteArray(64, '5') + "> >> /ID [<00> <00>] ";
    }
    const qsizetype tableAt = file.size();
    file += "xref\n0 " + size + '\n' + table + "trailer\n<< /Size " + size
        + " /Root 1 0 R /Info 4 0 R " + lock + ">>\nstartxref\n" + QByteArray::number(tableAt)
        + "\n%%EOF\n";
    return file;
}

QByteArray makeDocx(const QByteArray &heading, const QList<QByteArray> &texts,
                    const QByteArray &title)
{
    const QByteArray body = "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>" + heading
        + "</w:t></w:r></w:p>"
        + paragraphs("<w:p><w:r><w:t>", "</w:t></w:r></w:p>", texts);
    const QByteArray document
        = "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/"
          "wordprocessingml/2006/main\"><w:body>"
        + body + "</w:body></w:document>";
    const QByteArray core
        = "<?xml version=\"1.0\"?><cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/"
          "package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
          "<dc:title>"
        + title + "</dc:title></cp:coreProperties>";
    return makeZip({{"[Content_Types].xml", "<Types/>"},
                    {"docProps/core.xml", core},
                    {"word/document.xml", document}});
}

QByteArray makeOdt(const QByteArray &heading, const QList<QByteArray> &texts, bool isEncrypted)
{
    const QByteArray content
        = "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:o\" "
          "xmlns:text=\"urn:t\"><office:body><office:text><text:h text:outline-level=\"1\">"
        + heading + "</text:h>" + paragraphs("<text:p>", "</text:p>", texts)
        + "</office:text></office:body></office:document-content>";
    const QByteArray manifest = isEncrypted
        ? "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
        : "<manifest:manifest/>";
    return makeZip({{"mimetype", "application/vnd.oasis.opendocument.text"},
                    {"META-INF/manifest.xml", manifest},
                    {"content.xml", content}});
}

QByteArray makeOpenDocument(const QByteArray &body)
{
    return makeZip({{"content.xml",
                     "<office:document-content"
                     " xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0'"
                     " xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'"
                     " xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0'"
                     " xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0'>"
                     "<office:body>" + body + "</office:body></office:document-content>"}});
}

namespace {

const QByteArray kRelated
    = "xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'";

QByteArray relationship(const QByteArray &id, const QByteArray &target)
{
    return "<Relationship Id='" + id + "' Target='" + target + "'/>";
}

} // namespace

QByteArray makeXlsx(const QByteArray &sheet, const QList<QList<QByteArray>> &rows)
{
    QByteArray strings;
    QByteArray cells;
    int count = 0;
    for (const QList<QByteArray> &row : rows) {
        cells += "<row>";
        for (const QByteArray &value : row) {
            bool isNumber = false;
            value.toDouble(&isNumber);
            if (isNumber) {
                cells += "<c><v>" + value + "</v></c>";
                continue;
            }
            strings += "<si><t>" + value + "</t></si>";
            cells += "<c t='s'><v>" + QByteArray::number(count++) + "</v></c>";
        }
        cells += "</row>";
    }
    return makeZip({{"docProps/core.xml",
                     "<p xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:t='terms'>"
                     "<dc:creator>Ann</dc:creator>"
                     "<t:modified>2024-03-01T10:00:00Z</t:modified></p>"},
                    {"xl/workbook.xml", "<workbook " + kRelated + "><sheets><sheet name='" + sheet
                         + "' sheetId='1' r:id='rId7'/></sheets></workbook>"},
                    {"xl/_rels/workbook.xml.rels",
                     "<Relationships>" + relationship("rId7", "worksheets/sheet1.xml")
                         + "</Relationships>"},
                    {"xl/sharedStrings.xml", "<sst>" + strings + "</sst>"},
                    {"xl/worksheets/sheet1.xml",
                     "<worksheet><sheetData>" + cells + "</sheetData></worksheet>"}});
}

QByteArray makePptx(const QList<QByteArray> &slides, const QByteArray &notes)
{
    const auto shown = [](const QByteArray &text) {
        return "<p:sld xmlns:p='p' xmlns:a='a'><a:p><a:r><a:t>" + text +
               "</a:t></a:r></a:p></p:sld>";
    };
    QByteArray ids;
    QByteArray relations;
    QList<QPair<QByteArray, QByteArray>> members;
    for (qsizetype i = 0; i < slides.size(); ++i) {
        const QByteArray number = QByteArray::number(i + 1);
        ids += "<p:sldId id='" + number + "' r:id='rId" + number + "'/>";
        relations += relationship("rId" + number, "slides/slide" + number + ".xml");
        members.append({"ppt/slides/slide" + number + ".xml", shown(slides[i])});
    }
    members.append({"ppt/presentation.xml", "<p:presentation xmlns:p='p' " + kRelated
                        + "><p:sldIdLst>" + ids + "</p:sldIdLst></p:presentation>"});
    members.append({"ppt/_rels/presentation.xml.rels",
                    "<Relationships>" + relations + "</Relationships>"});
    members.append({"ppt/slides/_rels/slide1.xml.rels",
                    "<Relationships>" + relationship("rId1", "../notesSlides/notesSlide1.xml")
                        + "</Relationships>"});
    members.append({"ppt/notesSlides/notesSlide1.xml", shown(notes)});
    return makeZip(members);
}

QByteArray makeEpub(const QByteArray &title, const QList<QByteArray> &chapters)
{
    QByteArray items;
    QByteArray spine;
    QList<QPair<QByteArray, QByteArray>> members{
        {"mimetype", "application/epub+zip"},
        {"META-INF/container.xml", "<container><rootfiles><rootfile full-path=\"OEBPS/book.opf\"/>"
                                   "</rootfiles></container>"}};
    for (qsizetype i = 0; i < chapters.size(); ++i) {
        const QByteArray id = "c" + QByteArray::number(i);
        items += "<item id=\"" + id + "\" href=\"" + id + ".xhtml\"/>";
        spine += "<itemref idref=\"" + id + "\"/>";
        members.push_back({"OEBPS/" + id + ".xhtml",
                           "<html><head><title>x</title></head><body><h1>Chapter</h1><p>"
                               + chapters[i] + "</p></body></html>"});
    }
    members.push_back({"OEBPS/book.opf",
                       "<package xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><metadata><dc:title>"
                           + title + "</dc:title></metadata><manifest>" + items
                           + "</manifest><spine>" + spine + "</spine></package>"});
    return makeZip(members);
}

} // namespace vexfs::test
