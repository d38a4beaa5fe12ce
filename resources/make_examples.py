#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_examples.py: writes the example documents that are not plain text, beside the others.

The text is here; the formats are written by hand with the standard library, so that anybody can make
the files again, byte for byte.
"""
import os
import zipfile
from xml.sax.saxutils import escape

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "examples")
ZIP_TIME = (2025, 1, 1, 0, 0, 0)
LINES_PER_PAGE = 46

# name: (title, paragraphs). A paragraph that begins with '# ' is a heading, '\f' begins a page.
DOCUMENTS = {
    "household/automobile-workshop-invoice.pdf": ("Rossi Motors, workshop invoice", [
        "# Rossi Motors: invoice of the automobile workshop",
        "Brake replacement on your automobile HH-AL 2019, 17 April 2025",
        "Front brake discs and pads replaced by the mechanic          218.40",
        "Worn hand brake cable of the vehicle fixed                    71.50",
        "Labour of the mechanic, two and a half hours                 212.50",
        "Amount payable, value added tax included: 598.00 euro. Payment is due within ten days.",
        "The automobile is safe on the road again.",
    ]),
    "household/dishwasher-manual.pdf": ("Dishwasher SilverClean 45, short manual", [
        "# Dishwasher SilverClean 45 - short manual",
        "Before first use fill the salt container with one litre of water and regenerating salt, then "
        "set the hardness of your water: see page 2.",
        "Load plates facing the spray arm, glasses at an angle in the upper basket, knives with the "
        "blade down. Nothing may block the arms.",
        "Programme Eco 50 takes three hours and uses 9.5 litres. Quick 45 takes half an hour.",
        "\f# Water hardness and fault codes",
        "Hardness 1 soft, 2 medium, 3 hard: hold the start button for five seconds and press it as "
        "often as the number says.",
        "E1 no water: open the tap, clean the sieve in the hose. E2 water does not drain: clean the "
        "filter and the siphon. E4 leak: close the tap and ring customer service.",
        "Clean the filter once a week under running water.",
    ]),
    "office/tax-assessment-2023.pdf": ("Income tax assessment 2023", [
        "# Tax office Hamburg North",
        "Income tax assessment for 2023, 19 September 2024",
        "Jonas and Alice Lindqvist, joint assessment, tax number 27/415/09988",
        "Income from trade 41,870 euro, from employment 33,204 euro, deductible expenses 4,912 euro.",
        "Assessed income tax 11,046 euro, already paid in advance 11,900 euro.",
        "The difference of 854 euro will be refunded to your account ending in 4417.",
        "You may object to this assessment in writing within one month.",
    ]),
    "reading/lighthouse-brochure.pdf": ("The lighthouse at Cape Espichel", [
        "# The lighthouse at Cape Espichel",
        "Since 1790 a light has warned ships off the cliffs south of Lisbon. The hexagonal tower is "
        "thirty-two metres high; its lens was made in Paris and turns on a bath of mercury.",
        "Open on Wednesday afternoons. 135 steps, no lift. Children under six stay on the ground "
        "floor. In strong wind the gallery is closed.",
    ]),
    "office/employment-contract-apprentice.docx": ("Training contract", [
        "# Training contract",
        "between Lindqvist & Moreau Joinery and Elif Kaya, born 4 April 2006",
        "Elif Kaya is trained as a joiner from 1 August 2025 for three years. The first four months "
        "are a trial period, in which either side may end the contract without a reason.",
        "Pay: 905 euro a month in the first year, 990 in the second, 1,085 in the third.",
        "Working time is 38 hours a week. Vocational school is on Mondays and every other Tuesday and "
        "counts as working time. Holidays: 28 working days a year.",
        "The company provides tools, safety shoes and hearing protection.",
    ]),
    "office/application-letter-kaya.docx": ("Application as an apprentice", [
        "Dear Ms. Moreau,",
        "since I built a loft bed with my grandfather two years ago I have known that I want to work "
        "with wood. In my work experience with you in October I was allowed to cut dovetails, and "
        "nobody laughed at the first three.",
        "I finish school in June with good marks in mathematics and art. I am punctual, I like to be "
        "on my feet, and I am not afraid of noise. My references and certificates are enclosed.",
        "I would be glad to introduce myself in person.",
        "Elif Kaya",
    ]),
    "family/power-of-attorney.docx": ("Power of attorney for health matters", [
        "# Power of attorney for health matters",
        "I, Margarethe Brandt, born 11 May 1948, authorise my niece Alice Lindqvist to decide for me "
        "about treatment, operations and care when I can no longer do so myself.",
        "She may see my medical records and speak with physicians and nurses, who are released from "
        "their duty of secrecy towards her. I do not wish to be kept alive by machines when there is "
        "no hope of recovery; pain is to be relieved even if that shortens my life.",
        "Place and date: Kiel, 3 October 2024. Signed in front of a notary.",
    ]),
    "household/moving-checklist.docx": ("Moving house: what to think of", [
        "# Moving house: what to think of",
        "Three months before: give notice for the old flat, ask two removal firms for prices.",
        "One month before: tell the bank, the insurers, the employer and the school the new address; "
        "order the forwarding of mail; collect cardboard boxes.",
        "The week before: defrost the freezer, take lamps down, fill holes in the walls, read the "
        "meters together with the landlady and write a handover record.",
        "The day itself: beds first, coffee machine second. Register at the town hall in two weeks.",
    ]),
    "family/choir-rehearsal-plan.odt": ("Chamber choir, rehearsals in spring", [
        "# Chamber choir, rehearsals in spring",
        "Thursdays at half past seven in the parish hall. Bring a pencil.",
        "6 March: Monteverdi, madrigals nos. 2 and 5. 13 March: altos and tenors alone. 20 March: "
        "Brahms, all parts. 27 March: with the organ in the church.",
        "Concert on Palm Sunday at five. Black clothes, folders in the left hand.",
        "Whoever is hoarse comes all the same and listens.",
    ]),
    "office/meeting-agenda-fair.odt": ("Furniture fair, preparation", [
        "# Furniture fair in Cologne, preparation",
        "Stand of twelve square metres between a lamp maker and a weaver. Electricity is ordered, "
        "carpet is not.",
        "We show the folding table, two chairs in ash and the sliding door without a rail. Piotr "
        "builds a sample of the joint that visitors can take apart.",
        "Price lists in English and French. Hanna collects addresses of dealers and writes to all of "
        "them within a week after the fair.",
    ]),
    "reading/beekeeping-for-beginners.epub": ("Beekeeping for beginners", [
        "# The first hive",
        "A colony in June counts forty thousand workers, some hundred drones and a single queen. Put "
        "the hive where the morning sun reaches it and the wind does not.",
        "Move slowly, wear light clothes, and use the smoker sparingly: a few puffs at the entrance "
        "are enough.",
        "# Honey and winter",
        "Harvest when two thirds of the comb are sealed with wax; unripe honey ferments. After the "
        "last harvest feed fifteen kilograms of sugar syrup, and treat against the varroa mite when "
        "the nights get cold.",
    ]),
    "reading/short-history-of-paper.epub": ("A short history of paper", [
        "# Rags and mills",
        "The court official Cai Lun described in the year 105 how bark, hemp and old nets were beaten "
        "to a pulp and lifted from the vat on a sieve. By way of Samarkand the craft came to Baghdad "
        "and from there to Spain and Italy.",
        "# Wood",
        "In 1844 a weaver from Saxony ground wood against a wet stone and made newsprint cheap. The "
        "acid in it eats the books of that century from within; libraries bathe them in lime.",
    ]),
}


def paragraphs_of(document):
    """(is heading, text) of each paragraph, page breaks left out."""
    for text in document[1]:
        text = text.lstrip("\f")
        yield text.startswith("# "), text.removeprefix("# ")


def write_zip(path, members):
    """members: (name, text, compressed). Times are fixed, so that the bytes are."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text, compressed in members:
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            archive.writestr(info, text)


def write_docx(path, document):
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    body = ""
    for is_heading, text in paragraphs_of(document):
        style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>' if is_heading else ""
        body += (f'<w:p>{style}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>')
    kinds = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    core = "application/vnd.openxmlformats-package.core-properties+xml"
    write_zip(path, [
        ("[Content_Types].xml", f'{head}<Types xmlns="{package}/content-types">'
         '<Default Extension="rels" '
         'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         f'<Override PartName="/word/document.xml" ContentType="{kinds}"/>'
         f'<Override PartName="/docProps/core.xml" ContentType="{core}"/></Types>', True),
        ("_rels/.rels", f'{head}<Relationships xmlns="{package}/relationships">'
         f'<Relationship Id="r1" Type="{office}/officeDocument" Target="word/document.xml"/>'
         f'<Relationship Id="r2" Type="{package}/relationships/metadata/core-properties" '
         'Target="docProps/core.xml"/></Relationships>', True),
        ("docProps/core.xml", f'{head}<cp:coreProperties xmlns:cp="{package}/metadata/'
         'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
         f'<dc:title>{escape(document[0])}</dc:title></cp:coreProperties>', True),
        ("word/document.xml", f'{head}<w:document xmlns:w="{word}"><w:body>{body}</w:body>'
         '</w:document>', True),
    ])


def write_odt(path, document):
    space = "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.text"
    body = ""
    for is_heading, text in paragraphs_of(document):
        tag = 'text:h text:outline-level="1"' if is_heading else "text:p"
        body += f"<{tag}>{escape(text)}</{tag.split()[0]}>"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    write_zip(path, [
        ("mimetype", kind, False),
        ("META-INF/manifest.xml", f'{head}<manifest:manifest xmlns:manifest="{space}:manifest:1.0" '
         'manifest:version="1.2">'
         f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
         '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
         '<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>'
         '</manifest:manifest>', True),
        ("content.xml", f'{head}<office:document-content xmlns:office="{space}:office:1.0" '
         f'xmlns:text="{space}:text:1.0" office:version="1.2"><office:body><office:text>{body}'
         '</office:text></office:body></office:document-content>', True),
        ("meta.xml", f'{head}<office:document-meta xmlns:office="{space}:office:1.0" '
         'xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.2"><office:meta>'
         f'<dc:title>{escape(document[0])}</dc:title></office:meta></office:document-meta>', True),
    ])


def write_epub(path, document):
    title = escape(document[0])
    body = ""
    for is_heading, text in paragraphs_of(document):
        tag = "h1" if is_heading else "p"
        body += f"<{tag}>{escape(text)}</{tag}>\n"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    write_zip(path, [
        ("mimetype", "application/epub+zip", False),
        ("META-INF/container.xml", f'{head}<container version="1.0" '
         'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
         'full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
         '</container>', True),
        ("OEBPS/book.opf", f'{head}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
         'unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
         f'<dc:identifier id="id">vexfs-example-{os.path.basename(path)}</dc:identifier>'
         f'<dc:title>{title}</dc:title><dc:language>en</dc:language></metadata><manifest>'
         '<item id="text" href="text.xhtml" media-type="application/xhtml+xml"/></manifest>'
         '<spine><itemref idref="text"/></spine></package>', True),
        ("OEBPS/text.xhtml", f'{head}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>'
         f'{title}</title></head><body>\n{body}</body></html>', True),
    ])


def pdf_text(text):
    data = text.encode("cp1252")
    for byte in (b"\\", b"(", b")"):
        data = data.replace(byte, b"\\" + byte)
    return data


def wrapped(text, columns):
    if len(text) <= columns:
        return [text]
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > columns:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return lines + [line]


def pdf_pages(document):
    """Each page as (font, size, line) rows."""
    pages = [[]]
    for text in document[1]:
        if text.startswith("\f") or len(pages[-1]) > LINES_PER_PAGE:
            pages.append([])
        text = text.lstrip("\f")
        if text.startswith("# "):
            pages[-1].append((2, 15, text[2:]))
        else:
            pages[-1] += [(1, 11, line) for line in wrapped(text, 88)]
        pages[-1].append((1, 11, ""))
    return pages


def write_pdf(path, document):
    pages = pdf_pages(document)
    first_page = 5
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * i) for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        content = b"BT 60 780 Td 16 TL\n"
        for font, size, line in page:
            content += b"/F%d %d Tf (%s) Tj T*\n" % (font, size, pdf_text(line))
        content += b"ET"
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                       b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
                       % (first_page + 2 * number + 1))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects.append(b"<< /Title (%s) >>" % pdf_text(document[0]))
    out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, len(objects), start)
    with open(path, "wb") as stream:
        stream.write(out)


WRITERS = {".pdf": write_pdf, ".docx": write_docx, ".odt": write_odt, ".epub": write_epub}


def main():
    for name, document in DOCUMENTS.items():
        path = os.path.join(ROOT, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        WRITERS[os.path.splitext(name)[1]](path, document)


if __name__ == "__main__":
    main()
