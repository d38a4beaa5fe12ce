# SPDX-License-Identifier: Apache-2.0
"""Documents of all formats, good, damaged and hostile, made on the spot.

good(), damaged() and hostile() give (name, bytes, expected): expected is Refused or NoText with a
part of the reason, or any other string for what is read.
"""
import bz2
import gzip
import io
import json
import lzma
import os
import random
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib


class Refused(str):
    """The file is listed among the failures, with a reason that says this."""


class NoText(str):
    """Nothing is wrong with it, but there is nothing to find: the reason says this."""


ATTACHED = ("Content-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
            "{text}\r\n")


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def tarred(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def by_program(*command, content):
    """What a program makes of a file; {} in its words stands for the folder it works in."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "in.txt"), "wb") as stream:
            stream.write(content)
        subprocess.run([word.replace("{}", folder) for word in command], check=True,
                       stdout=subprocess.DEVNULL, cwd=folder)
        with open(os.path.join(folder, "out"), "rb") as stream:
            return stream.read()


def pdf_of(objects, root=1):
    """A PDF of objects that are given as bytes, the first being number 1."""
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, root, start)
    return bytes(out)


def pdf_page(text, extra=b""):
    stream = b"BT /F1 12 Tf 50 700 Td (" + text + b") Tj ET"
    return pdf_of([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources"
        b" << /Font << /F1 5 0 R >> " + extra + b" >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ])


def good():
    word = "heron in the reeds"
    text = f"The {word}.\n".encode()
    mail = (b"Subject: Birds\r\nFrom: Ann <ann@example.org>\r\nContent-Type: multipart/mixed;"
            b" boundary=q\r\n\r\n--q\r\n\r\nSee below.\r\n--q\r\n"
            + ATTACHED.format(kind="text/plain", name="note.txt", text=text.decode()).encode()
            + b"--q--\r\n")
    sheet = zipped([
        ("xl/workbook.xml", "<workbook xmlns:r='urn:r'><sheets><sheet name='Birds' r:id='a'/>"
                            "</sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='a' Target='s.xml'/>"
                                       "</Relationships>"),
        ("xl/s.xml", f"<worksheet><row><c t='inlineStr'><is><t>{word}</t></is></c></row>"
                     "</worksheet>")])
    slides = zipped([
        ("ppt/presentation.xml", "<p:presentation xmlns:p='p' xmlns:r='r'><p:sldId r:id='a'/>"
                                 "</p:presentation>"),
        ("ppt/_rels/presentation.xml.rels", "<Relationships><Relationship Id='a'"
                                            " Target='slides/slide1.xml'/></Relationships>"),
        ("ppt/slides/slide1.xml", f"<p xmlns:a='a'><a:p><a:t>{word}</a:t></a:p></p>")])
    document = (f"<office:document xmlns:office='o' xmlns:text='t'><office:body><text:p>{word}"
                "</text:p></office:body></office:document>")
    files = {
        "plain.txt": text, "utf16.txt": text.decode().encode("utf-16-le"),
        "utf32.txt": text.decode().encode("utf-32"), "page.html": b"<p>" + text, "note.md": text,
        "table.csv": b"a,b\n" + text, "data.json": json.dumps({"a": [word]}).encode(),
        "film.srt": b"1\n00:00:01,000 --> 00:00:02,000\n" + text, "film.vtt": b"WEBVTT\n\n" + text,
        "code.py": b"def f():\n    '''" + text + b"'''\n", "letter.rtf": b"{\\rtf1 " + text + b"}",
        "mail.eml": mail, "box.mbox": b"From ann@example.org Fri Mar  1 12:00:00 2024\n" + mail,
        "sheet.xlsx": sheet, "slides.pptx": slides,
        "text.odt": zipped([("content.xml", document)]),
        "sheet.ods": zipped([("content.xml", document)]),
        "slides.odp": zipped([("content.xml", document)]),
        "paper.pdf": pdf_page(word.encode()),
        "a.zip": zipped([("in/note.txt", text)]), "a.tar": tarred([("note.txt", text)]),
        "a.tar.gz": tarred([("note.txt", text)], "w:gz"),
        "a.tar.bz2": tarred([("note.txt", text)], "w:bz2"),
        "a.tar.xz": tarred([("note.txt", text)], "w:xz"),
        "a.tar.zst": by_program("zstd", "-q", "{}/in.txt", "-o", "{}/out",
                                content=tarred([("note.txt", text)])),
        "a.7z": by_program("sh", "-c", "7zr a a.7z in.txt && mv a.7z out", content=text),
        "note.txt.gz": gzip.compress(text), "note.txt.bz2": bz2.compress(text),
        "note.txt.xz": lzma.compress(text),
        "zip in zip.zip": zipped([("inner.zip", zipped([("note.txt", text)]))]),
        "mail in zip.zip": zipped([("mail.eml", mail)]),
        "film and note.zip": zipped([("film.bin", os.urandom(1 << 20)), ("note.txt", text)]),
        "up.zip": zipped([("../../note.txt", text)]),
    }
    return [(f"good/{name}", content, word) for name, content in files.items()]


def damaged():
    cases = []
    for name, content, _ in good():
        base = os.path.basename(name)
        if base.endswith((".xlsx", ".pptx", ".odt", ".ods", ".odp", ".zip", ".7z", ".tar.gz",
                          ".tar.bz2", ".tar.xz", ".tar.zst", ".gz", ".bz2", ".xz")):
            cases.append((f"damaged/cut {base}", content[:len(content) * 2 // 3],
                          Refused("damaged")))
    # Of several blocks, the first are whole: what unpacks is not all there was.
    long = b"".join(b"%d %s\n" % (number, random.Random(number).randbytes(40).hex().encode())
                    for number in range(20_000))
    for name, packed in (("long.txt.bz2", bz2.compress(long, 1)),
                         ("long.txt.zst", by_program("zstd", "-q", "{}/in.txt", "-o", "{}/out",
                                                     content=long))):
        for part in (3, 2, 1):
            cut = packed[:len(packed) * part // 4]
            cases.append((f"damaged/cut {part} quarters {name}", cut, Refused("damaged")))
        cases.append((f"damaged/cut last byte {name}", packed[:-1], Refused("damaged")))
    locked = by_program("sh", "-c", "zip -q -P pass locked.zip in.txt && mv locked.zip out",
                        content=b"secret words")
    cases += [
        ("damaged/locked.zip", locked, Refused("password")),
        ("damaged/empty.txt", b"", NoText("empty")),
        ("damaged/empty.zip", zipped([]), NoText("no text")),
        ("damaged/spaces.rtf", b"{\\rtf1   }", NoText("no text")),
        ("damaged/named.txt", random.Random(1).randbytes(50000), Refused("binary")),
        ("damaged/named.pdf", b"no pdf at all", Refused("damaged")),
        ("damaged/named.docx", zipped([("other", "x")]), Refused("missing")),
        ("damaged/named.rtf", b"no rich text", Refused("damaged")),
        ("damaged/named.7z", b"7z\xbc\xaf\x27\x1c" + b"\xff" * 100, Refused("damaged")),
        ("damaged/named.tar.gz", b"\x1f\x8b" + b"\xff" * 100, Refused("damaged")),
    ]
    return cases


def nested_zip(depth):
    content = zipped([("bottom.txt", b"the bottom")])
    for level in range(depth):
        content = zipped([(f"level{level}.zip", content)])
    return content


def png(width, height, rows):
    """A grey picture; rows are bytes, each with its filter's number in front."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content
                + struct.pack(">I", zlib.crc32(kind + content)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9))
            + chunk(b"IEND", b""))


LETTERS = {
    "N": "1...1 11..1 1.1.1 1..11 1...1 1...1 1...1",
    " ": "..... ..... ..... ..... ..... ..... .....",
    "O": ".111. 1...1 1...1 1...1 1...1 1...1 .111.",
    "E": "11111 1.... 1.... 1111. 1.... 1.... 11111",
    "T": "11111 ..1.. ..1.. ..1.. ..1.. ..1.. ..1..",
    "R": "1111. 1...1 1...1 1111. 1.1.. 1..1. 1...1",
    "Y": "1...1 1...1 .1.1. ..1.. ..1.. ..1.. ..1..",
}


def picture_of(word, scale=8):
    """The word in large letters of five by seven squares."""
    rows = [".." * 20] * 2
    for row in range(7):
        rows.append("......." + "..".join(LETTERS[letter].split()[row] for letter in word))
    rows += [".." * 20] * 2
    width = max(len(row) for row in rows) + 7
    lines = b"".join((b"\0" + b"".join((b"\0" if cell == "1" else b"\xff") * scale
                                      for cell in row.ljust(width, "."))) * scale for row in rows)
    return png(width * scale, len(rows) * scale, lines)


def media():
    """(name, bytes) of pictures and sounds, whole, cut and made to fill memory."""
    stripes = png(300, 100, (b"\0" + b"\xff\0" * 150) * 100)
    song = (b"ID3\x03\0\0\0\0\0\x40TIT2\0\0\0\x05\0\0\0Song" + bytes(49)
            + (b"\xff\xfb\x90\0" + bytes(413)) * 4)
    files = {"stripes.png": stripes, "song.mp3": song,
             "huge.png": png(60_000, 60_000, bytes(1 << 20)),
             "lies.png": png(2_000_000_000, 2_000_000_000, b""),
             "named.jpg": random.Random(2).randbytes(5000),
             "named.flac": b"fLaC" + b"\xff" * 5000,
             "named.tiff": b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 5000,
             "named.mp4": struct.pack(">I", 16) + b"ftypisom\0\0\0\0"
                          + struct.pack(">I", 0x7fffffff) + b"moov" * 100}
    cut = {f"cut {name}": content[:len(content) // 2] for name, content in files.items()}
    return [(f"media/{name}", content) for name, content in (files | cut).items()]


def hostile():
    zeros = zipped([("zeros.csv", b"\x20" * (64 << 20))])
    spread = zipped([(f"{number}.txt", random.Random(number).randbytes(40).hex() * (1 << 18))
                     for number in range(20)])
    loop = pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>",
                   b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"])
    form = (b"/XObject << /X 6 0 R >>")
    page = pdf_page(b"loop", form).replace(b"(loop) Tj ET", b"ET /X Do    ")
    deep_json = b"[" * 2_000_000
    billion = (b"<!DOCTYPE r [<!ENTITY a 'lol'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9))
        + b"]><document><body><p><t>&j;</t></p></body></document>")
    many = zipped([(f"{number}", b"x") for number in range(11_000)], zipfile.ZIP_STORED)
    parts = b"Subject: parts\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
        for number in range(20_000))
    messages = b"Subject: inner\n\nbody\n"
    for _ in range(10):
        messages = b"Subject: outer\nContent-Type: message/rfc822\n\n" + messages
    return [
        ("hostile/greedy.html", b"<p>x" * 12_000_000, Refused("reading it")),
        ("hostile/bomb.zip", zeros, Refused("200 times")),
        ("hostile/bomb.csv.gz", gzip.compress(b" " * (64 << 20)), Refused("200 times")),
        ("hostile/bomb.tar.bz2", bz2.compress(bytes(64 << 20)), Refused("200 times")),
        ("hostile/bomb.7z", by_program("sh", "-c", "7zr a a.7z in.txt && mv a.7z out",
                                       content=b" " * (64 << 20)), Refused("200 times")),
        ("hostile/bomb.docx", zipped([("word/document.xml", b" " * (64 << 20))]),
         Refused("200 times")),
        ("hostile/large.zip", zipped([(f"{number}.bin", os.urandom(1 << 10) * (8 << 10))
                                      for number in range(1)]
                                     + [(f"{number}.pdf", b"%PDF-" + bytes(1 << 20) * 30
                                         + os.urandom(1 << 20)) for number in range(10)]),
         Refused("256 MiB")),
        ("hostile/deep.zip", nested_zip(12), Refused("deeper")),
        ("hostile/many.zip", many, Refused("10000")),
        ("hostile/spread.zip", spread, Refused("200 times")),
        ("hostile/loop.pdf", loop, NoText("no text")),
        ("hostile/form.pdf", page, NoText("no text")),
        ("hostile/deep.json", deep_json, ""),
        ("hostile/deep2.json", deep_json + b"]" * 2_000_000, NoText("no text")),
        ("hostile/deep.html", b"<div>" * 100_000 + b"bottom", Refused("nested")),
        ("hostile/deep.rtf", b"{\\rtf1 " + b"{" * 100_000, Refused("nested")),
        ("hostile/laughs.docx", zipped([("word/document.xml", billion)]), Refused("damaged")),
        ("hostile/parts.eml", parts, Refused("nested")),
        ("hostile/messages.eml", messages, Refused("nested")),
        ("hostile/evil.odt", zipped([("content.xml", b"<a>" * 500_000)]), Refused("damaged")),
    ]
