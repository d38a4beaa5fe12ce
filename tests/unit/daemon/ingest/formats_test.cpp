// SPDX-License-Identifier: Apache-2.0
//
// Goal: of each format the text comes out as people read it, with what the document says of itself.
// Method: small documents through the real vexfs-extract.
#include "tests/support/documents.h"
#include "tests/unit/daemon/ingest/extracting.h"

using namespace vexfs;
using namespace vexfs::daemon;

namespace {

using FormatsTest = test::Extracting;

QVector<uint64_t> offsetsOf(const Document &document, MarkKind kind)
{
    QVector<uint64_t> offsets;
    for (const TextMark &mark : document.marks) {
        if (mark.kind == kind)
            offsets += mark.offsetBytes;
    }
    return offsets;
}

QByteArray lineAt(const Document &document, uint64_t offset)
{
    const QByteArray rest = document.text.mid(qsizetype(offset));
    return rest.left(rest.indexOf('\n'));
}

constexpr int64_t kSecond = 1'000'000'000;

const QByteArray kMail
    = "From: =?ISO-8859-1?Q?J=F6rg?= <joerg@example.org>\r\n"
      "To: Ann <ann@example.org>\r\n"
      "Subject: =?UTF-8?B?UmVjaG51bmcgw7xiZXI=?= 12 EUR\r\n"
      "Date: Fri, 01 Mar 2024 12:00:00 +0100\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
      "--b\r\nContent-Type: multipart/alternative; boundary=\"c\"\r\n\r\n"
      "--c\r\nContent-Type: text/html\r\n\r\n<p>the <b>rich</b> body</p>\r\n"
      "--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\nthe plain body, f=FCr dich\r\n"
      "--c--\r\n"
      "--b\r\nContent-Type: text/csv; name=\"sums.csv\"\r\n"
      "Content-Disposition: attachment; filename=\"sums.csv\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nYSxiCjEsMgo=\r\n"
      "--b\r\nContent-Type: image/png; name=\"logo.png\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgoAAAANSUhEUg==\r\n"
      "--b--\r\n";

TEST_F(FormatsTest, SheetsAreHeadingsAndRowsLines)
{
    const Document xlsx = extract(
        test::makeXlsx("Costs", {{"Item", "Price"}, {"Brake pads", "41"}}), ExtractFormat::Xlsx);
    EXPECT_EQ(xlsx.text.trimmed(), "Costs\n\nItem\tPrice\nBrake pads\t41");
    EXPECT_EQ(xlsx.author, QStringLiteral("Ann"));
    EXPECT_EQ(xlsx.dateNs, 1709287200 * kSecond);
    ASSERT_EQ(offsetsOf(xlsx, MarkKind::Heading).size(), 1);
    const Document ods =
        extract(test::makeOpenDocument(
                    "<office:spreadsheet><table:table table:name='Costs'><table:table-row>"
                    "<table:table-cell><text:p>Item</text:p></table:table-cell>"
                    "<table:table-cell><text:p>Price</text:p></table:table-cell>"
                    "</table:table-row></table:table></office:spreadsheet>"),
                ExtractFormat::Odt);
    EXPECT_EQ(ods.text.trimmed(), "Costs\n\nItem\tPrice");
}

TEST_F(FormatsTest, SlidesArePages)
{
    const Document pptx = extract(test::makePptx({"First slide", "Second slide"}, "Say hello"),
                                  ExtractFormat::Pptx);
    ASSERT_EQ(pptx.marks.size(), 2);
    EXPECT_EQ(pptx.marks[1].kind, MarkKind::Page);
    EXPECT_EQ(pptx.marks[1].value, 2u);
    EXPECT_EQ(lineAt(pptx, pptx.marks[1].offsetBytes), "Second slide");
    EXPECT_TRUE(pptx.text.contains("Say hello"));
    const Document odp = extract(
        test::makeOpenDocument("<office:presentation><draw:page draw:name='page1'><text:p>One"
                               "</text:p></draw:page><draw:page><text:p>Two</text:p></draw:page>"
                               "</office:presentation>"),
        ExtractFormat::Odt);
    ASSERT_EQ(odp.marks.size(), 2);
    EXPECT_EQ(lineAt(odp, odp.marks[1].offsetBytes), "Two");
}

TEST_F(FormatsTest, RichTextIsDecoded)
{
    const Document rtf = extract(
        R"({\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Cyr;}})"
        R"({\colortbl;\red0\green0\blue0;}{\info{\title My title}{\author Ann}})"
        R"(\outlinelevel0 Head\par\pard M\'fcller {\b bold}\emdash \u8364? 5\par)"
        R"({\f1\'cf\'f0\'e8}{\*\unknown hidden}{\pict 0a0b0c}\par \u-10179?\u-8704?\'})",
        ExtractFormat::Rtf);
    EXPECT_EQ(rtf.title, QStringLiteral("My title"));
    EXPECT_EQ(rtf.author, QStringLiteral("Ann"));
    EXPECT_EQ(rtf.text.trimmed(), "Head\nMüller bold—€ 5\nПри\n😀");
    EXPECT_EQ(offsetsOf(rtf, MarkKind::Heading).size(), 1);
    expectFailed("no rtf", ExtractFormat::Rtf, "damaged");
    expectFailed("{\\rtf1 " + QByteArray("{").repeated(20'000), ExtractFormat::Rtf, "nested");
    EXPECT_EQ(extract("{\\rtf1 a}}}}\\bin99999999999 x\\u", ExtractFormat::Rtf).text, "a");
}

TEST_F(FormatsTest, TablesAndJsonAreLines)
{
    EXPECT_EQ(extract("a;b\n\"x;\"\"y\"\"\nz\";2\n", ExtractFormat::Table).text,
              "a\tb\nx;\"y\" z\t2\n");
    EXPECT_EQ(
        extract(R"({"name":"Ann","tags":["a","b"],"sub":{"n":1.5}})", ExtractFormat::Json).text,
        "name: Ann\ntags: a\ntags: b\nn: 1.5\n");
    const Document list = extract(R"([{"t":"one"},{"t":"two"}])", ExtractFormat::Json);
    EXPECT_EQ(offsetsOf(list, MarkKind::Block).size(), 2);
    EXPECT_EQ(extract("{\"broken\": ", ExtractFormat::Json).text, "{\"broken\": ");
    // Nothing to find, but no crash either.
    EXPECT_EQ(extract(QByteArray("[").repeated(500'000) + QByteArray("]").repeated(500'000),
                      ExtractFormat::Json).outcome, ExtractOutcome::NoText);
}

TEST_F(FormatsTest, SubtitlesAreWhatIsSaid)
{
    EXPECT_EQ(extract("1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i>\nthere\n\n2\n"
                      "00:00:03,000 --> 00:00:04,000\nBye\n", ExtractFormat::Subtitles).text,
              "Hello\nthere\nBye\n");
    EXPECT_EQ(extract("WEBVTT\n\nNOTE hidden\n\n00:01.000 --> 00:02.000\nHello\n",
                      ExtractFormat::Subtitles).text, "Hello\n");
    EXPECT_EQ(extract("{25}{75}Hello|there\n", ExtractFormat::Subtitles).text, "Hello there\n");
    const Document ass =
        extract("[Script Info]\nTitle: Film\n[Events]\nFormat: x\n"
                "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{\\an8}Hello,\\Nyou\n",
                ExtractFormat::Subtitles);
    EXPECT_EQ(ass.text, "Hello, you\n");
    EXPECT_EQ(ass.title, QStringLiteral("Film"));
}

TEST_F(FormatsTest, CodeIsMarkedWhereFunctionsBegin)
{
    const Document code =
        extract("#include <a>\n\nint one()\n{\n\n    return 1;\n}\n\nint two()\n{\n}\n",
                ExtractFormat::Code);
    const QVector<uint64_t> blocks = offsetsOf(code, MarkKind::Block);
    ASSERT_EQ(blocks.size(), 2);
    EXPECT_EQ(lineAt(code, blocks[0]), "int one()");
    EXPECT_EQ(lineAt(code, blocks[1]), "int two()");
}

TEST_F(FormatsTest, MailIsItsHeadersBodyAndAttachments)
{
    const Document mail = extract(kMail, ExtractFormat::Mail);
    EXPECT_EQ(mail.title, QStringLiteral("Rechnung über 12 EUR"));
    EXPECT_EQ(mail.author, QStringLiteral("Jörg"));
    EXPECT_EQ(mail.dateNs, 1709290800 * kSecond);
    EXPECT_TRUE(mail.text.contains("the plain body, für dich")) << mail.text.constData();
    EXPECT_FALSE(mail.text.contains("rich"));
    EXPECT_TRUE(mail.text.contains("a\tb\n1\t2"));
    const QVector<uint64_t> members = offsetsOf(mail, MarkKind::Member);
    ASSERT_EQ(members.size(), 2);
    EXPECT_EQ(lineAt(mail, members[0]), "sums.csv");
    EXPECT_EQ(lineAt(mail, members[1]), "logo.png");
    const QByteArray begin = "From ann@example.org Fri Mar  1 12:00:00 2024\n";
    const Document box = extract(begin + kMail + "\n" + begin + "Subject: Second\n\nbody two\n",
                                 ExtractFormat::Mbox);
    EXPECT_TRUE(box.text.contains("body two"));
    EXPECT_EQ(lineAt(box, offsetsOf(box, MarkKind::Member).last()), "Second");
    EXPECT_TRUE(box.title.isEmpty());
}

TEST_F(FormatsTest, MailNestedWithoutEndIsRefused)
{
    QByteArray nested = "Subject: inner\n\nbody\n";
    for (int i = 0; i < 8; ++i)
        nested = "Subject: outer\nContent-Type: message/rfc822\n\n" + nested;
    expectFailed(nested, ExtractFormat::Mail, "nested");
    QByteArray parts = "Subject: parts\n";
    for (int i = 0; i < 5000; ++i) {
        const QByteArray name = QByteArray::number(i);
        parts += "Content-Type: multipart/mixed; boundary=\"b" + name + "\"\n\n--b" + name + "\n";
    }
    EXPECT_NE(extract(parts + "\nx", ExtractFormat::Mail).outcome, ExtractOutcome::Extracted);
}

TEST_F(FormatsTest, LanguageIsToldOrGuessed)
{
    EXPECT_EQ(extract("<html lang='de-AT'><p>x</p>", ExtractFormat::Html).language,
              QStringLiteral("de-AT"));
    EXPECT_EQ(extract("Die Werkstatt hat die Bremsen des Wagens erneuert und die Rechnung mit der "
                      "Post geschickt, aber sie ist noch nicht angekommen.",
                      ExtractFormat::Text).language, QStringLiteral("de"));
    EXPECT_EQ(extract("short", ExtractFormat::Text).language, QString());
}

} // namespace
